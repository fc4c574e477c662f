"""What the unadapted model, with its whole window and no noise, thinks of general speech; the student is held to it."""

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from batches import Batch, Item
from features import spectrogram
from weights import Weights
from whisper import FULL, decode, encode

LIKELIEST = 8
TOGETHER = 4

# of each token but the first and the end: the likeliest tokens and their logarithmic probabilities
Opinions = dict[str, tuple[Tensor, Tensor]]


@torch.no_grad()
def ask(items: list[Item], weights: Weights, mel: Tensor, path: Path, autocast: torch.autocast) -> Opinions:
    """The opinions on every item of general speech; those in the file at `path` are not asked again.

    The teacher isn't asked for the first word nor for the end, where it would want capitals and full stops.
    """
    known: Opinions = torch.load(path) if path.exists() else {}
    missing = [item for item in items if item.kind == "talk" and item.name not in known]
    for start in range(0, len(missing), TOGETHER):
        part = missing[start : start + TOGETHER]
        longest = max(len(item.recording) for item in part)
        width = max(len(item.tokens) for item in part)
        device = mel.device
        samples = torch.stack([F.pad(item.samples, (0, longest - len(item.recording))) for item in part]).to(device)
        tokens = torch.tensor([item.tokens + [0] * (width - len(item.tokens)) for item in part], device=device)
        with autocast:
            logits = decode(tokens[:, :-1], encode(spectrogram(samples, FULL, mel), weights), weights)
        for item, line in zip(part, logits.float().log_softmax(-1), strict=True):
            found = line[2 : len(item.tokens) - 2].topk(LIKELIEST)
            known[item.name] = (found.indices.cpu(), found.values.cpu())
        if start % (25 * TOGETHER) == 0:
            keep(known, path)
            print(f"  asked the teacher about {start} of {len(missing)}", flush=True)
    if missing:
        keep(known, path)
    return known


def keep(opinions: Opinions, path: Path) -> None:
    """Write them to `path`, all or nothing."""
    half = path.with_suffix(".part")
    torch.save(opinions, half)
    half.rename(path)


@dataclass(frozen=True)
class Teacher:
    """Compares a student's logits with the opinions."""

    opinions: Opinions

    def loss(self, batch: Batch, logits: Tensor) -> Tensor:
        """The mean cross entropy with the teacher, over the tokens that it was asked about; 0 without any."""
        student, indices, shares = [], [], []
        for line, name in enumerate(batch.names):
            if name in self.opinions:
                tokens, values = self.opinions[name]
                student.append(logits[line, 2 : 2 + len(tokens)])
                indices.append(tokens.to(logits.device))
                shares.append(values.to(logits.device).softmax(-1))
        if not student or not sum(map(len, student)):
            return logits.new_zeros(())
        found = torch.cat(student).float().log_softmax(-1).gather(1, torch.cat(indices))
        return -(torch.cat(shares) * found).sum(-1).mean()
