"""Recordings and what the model is to write of them, in batches of about the same length."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor
from torch.utils.data import Dataset

import speak
from augment import Room
from features import RATE
from texts import Line
from whisper import END, FULL, NO_TIMESTAMPS, START

LONGEST = 8 * RATE
# of the utterances so many are noise instead, of which there is nothing to write
NOBODY = 0.04


@dataclass(frozen=True)
class Item:
    """A recording of 16 bits a sample, its text, and the text's tokens from the prompt to the end."""

    name: str
    text: str
    kind: str
    recording: Tensor
    tokens: list[int]

    @property
    def samples(self) -> Tensor:
        """Between -1 and 1."""
        return self.recording.float() / 32768


@dataclass(frozen=True)
class Batch:
    """Samples (batch, length) and tokens (batch, tokens), of which those count where `counts` is 1.

    `names` and `texts` are the items'.
    """

    names: list[str]
    texts: list[str]
    samples: Tensor
    tokens: Tensor
    counts: Tensor
    positions: int

    def to(self, device: torch.device) -> "Batch":
        """The same batch, with what is learnt from it on `device`."""
        there = {name: getattr(self, name).to(device) for name in ("samples", "tokens", "counts")}
        return replace(self, **there)

    @property
    def given(self) -> Tensor:
        return self.tokens[:, :-1]

    @property
    def wanted(self) -> Tensor:
        return self.tokens[:, 1:]


def load(lines: list[Line], folder: Path, tokenizer: Tokenizer) -> list[Item]:
    """The lines that are not too long, the shortest first."""
    items = []
    for line in lines:
        recording = torch.from_numpy(speak.read(line, folder))
        if len(recording) <= LONGEST:
            text = tokenizer.encode(f" {line.text}", add_special_tokens=False).ids
            items.append(
                Item(
                    speak.recording(line, folder).stem,
                    line.text,
                    line.kind,
                    recording,
                    [START, NO_TIMESTAMPS, *text, END],
                )
            )
    return sorted(items, key=lambda item: len(item.recording))


def need(samples: int) -> int:
    """The encoder's positions that so many samples fill."""
    return math.ceil(samples / 320)


def context(needed: int, dice: Random) -> int:
    """How many positions the encoder is given: mostly few more than needed, as nixvox gives, seldom all."""
    kind = dice.random()
    spare = dice.randint(16, 80) if kind < 0.85 else dice.randint(64, 240) if kind < 0.99 else FULL
    return min(FULL, needed + spare)


def collate(items: list[Item], heard: list[Tensor], positions: int | None, dice: Random) -> Batch:
    """A batch of what was heard; `positions` beyond the need, or drawn."""
    longest = max(len(samples) for samples in heard)
    samples = torch.stack([F.pad(samples, (0, longest - len(samples))) for samples in heard])
    width = max(len(item.tokens) for item in items)
    tokens = torch.tensor([item.tokens + [END] * (width - len(item.tokens)) for item in items])
    # neither the prompt nor what follows the end is learnt
    counts = torch.tensor(
        [[0.0] + [1.0] * (len(item.tokens) - 2) + [0.0] * (width - len(item.tokens)) for item in items]
    )
    needed = need(longest)
    given = context(needed, dice) if positions is None else min(FULL, needed + positions)
    names, texts = [item.name for item in items], [item.text for item in items]
    return Batch(names, texts, samples, tokens, counts, given)


def draw(part: list[Item], items: list[Item], seed: str) -> Batch:
    """A training batch of `part`, each in a room of its own, where others of `items` may talk."""
    dice = Random(f"batch {seed}")
    chosen = list(part)
    others = [item.samples for item in dice.sample(items, min(8, len(items)))]
    heard = []
    for index, item in enumerate(chosen):
        room = Room.draw(f"{seed} {index}", others)
        if dice.random() < NOBODY:
            chosen[index] = Item("", "", "noise", item.recording, [START, NO_TIMESTAMPS, END])
            heard.append(room.nobody(len(item.recording)))
        else:
            heard.append(room.hear(item.samples))
    return collate(chosen, heard, None, dice)


@dataclass
class Drawn(Dataset):
    """The training batch of each step: the same seed, the same batches, whoever makes them.

    No item comes again before all were there.
    """

    items: list[Item]
    size: int
    seed: int
    # the latest epoch: its number, and each of its batches
    epoch: tuple[int, list[list[Item]]] = (-1, [])

    def parts(self, number: int) -> list[list[Item]]:
        """All items, about neighbours in length together, in an order of this epoch."""
        if self.epoch[0] != number:
            dice = Random(f"epoch {self.seed} {number}")
            order = sorted(self.items, key=lambda item: len(item.recording) * dice.uniform(0.93, 1.07))
            parts = [order[start : start + self.size] for start in range(0, len(order), self.size)]
            dice.shuffle(parts)
            self.epoch = (number, parts)
        return self.epoch[1]

    def __getitem__(self, step: int) -> Batch:
        number, part = divmod(step, math.ceil(len(self.items) / self.size))
        return draw(self.parts(number)[part], self.items, f"{self.seed} {step}")


def checks(items: list[Item], size: int, spare: int, noisy: bool) -> list[Batch]:
    """Every item once, the same each time: as it is, or heard in a room."""
    batches = []
    for start in range(0, len(items), size):
        part = items[start : start + size]
        others = [item.samples for item in items[start - size : start] or items[-size:]]
        heard = [
            Room.draw(f"check {start} {index}", others).hear(item.samples)
            if noisy
            else F.pad(item.samples, (RATE // 5, RATE // 5))
            for index, item in enumerate(part)
        ]
        batches.append(collate(part, heard, spare, Random(0)))
    return batches
