"""How well held-out voices are heard: loss, and word errors of free, greedy decoding."""

import re
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from batches import Batch
from features import spectrogram
from weights import Weights
from whisper import decode, encode, greedy


@dataclass(frozen=True)
class Figures:
    """Loss a token, and word errors in a hundred words."""

    loss: float
    errors: float

    def __str__(self) -> str:
        return f"loss {self.loss:.3f}, word errors {self.errors:.1f} %"


def logits(batch: Batch, weights: Weights, mel: Tensor) -> Tensor:
    memory = encode(spectrogram(batch.samples, batch.positions, mel), weights)
    return decode(batch.given, memory, weights)


def loss(batch: Batch, found: Tensor) -> Tensor:
    """The mean cross entropy of the tokens that count."""
    each = F.cross_entropy(found.float().transpose(1, 2), batch.wanted, reduction="none")
    return (each * batch.counts).sum() / batch.counts.sum()


def distance(found: list[str], wanted: list[str]) -> int:
    """Words to put in, take out or exchange."""
    row = list(range(len(wanted) + 1))
    for line, word in enumerate(found, 1):
        before, row[0] = row[0], line
        for at, other in enumerate(wanted, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (word != other))
    return row[-1]


def plain(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


@torch.no_grad()
def measure(batches: list[Batch], weights: Weights, mel: Tensor, tokenizer: Tokenizer) -> Figures:
    losses, tokens, errors, words = 0.0, 0.0, 0, 0
    for batch in batches:
        memory = encode(spectrogram(batch.samples, batch.positions, mel), weights)
        count = float(batch.counts.sum())
        losses += count * loss(batch, decode(batch.given, memory, weights)).item()
        tokens += count
        for text, found in zip(batch.texts, greedy(memory, weights), strict=True):
            wanted = plain(text)
            errors += distance(plain(tokenizer.decode(found)), wanted)
            words += len(wanted)
    return Figures(losses / tokens, 100 * errors / words)
