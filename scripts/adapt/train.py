"""Training: from a checkpoint or the beginning, until held-out voices are heard no better."""

import math
import sys
import time
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.utils.data import DataLoader

import adapter
import batches
from adapter import Changes
from batches import Batch, Item
from measure import Figures, logits, loss, measure
from teacher import Teacher
from weights import Weights

WARM_UP = 30


@dataclass(frozen=True)
class Settings:
    """What a checkpoint must have in common with a run that goes on with it.

    `texts` and `begun_from` name what is said, and the adapter at the beginning, by their content.
    """

    seed: int
    texts: str
    steps: int
    batch: int
    learning_rate: float
    distillation: float
    check_every: int
    patience: int
    begun_from: str


@dataclass
class State:
    """What a checkpoint holds beside the optimizer's state: where the run is, and the best so far."""

    changes: Changes
    best: Changes
    best_figures: dict[str, float]
    step: int = 0
    best_step: int = 0
    seconds: float = 0.0


@dataclass
class Run:
    """One training on one device."""

    settings: Settings
    base: Weights
    mel: Tensor
    teacher: Teacher
    tokenizer: Tokenizer
    training: list[Item]
    held_out: list[Item]
    autocast: torch.autocast
    checkpoint: Path
    # processes that make batches; 0: the one that learns from them
    workers: int

    @cached_property
    def checks(self) -> dict[str, list[Batch]]:
        """Held-out voices, as they are and in rooms, with 64 positions beyond the need."""
        rooms = (("clean", False), ("noisy", True))
        return {
            name: [batch.to(self.mel.device) for batch in batches.checks(self.held_out, self.settings.batch, 64, noisy)]
            for name, noisy in rooms
        }

    def check(self, changes: Changes) -> dict[str, Figures]:
        """How they are heard."""
        weights = adapter.merge(self.base, changes)
        with self.autocast:
            return {name: measure(given, weights, self.mel, self.tokenizer) for name, given in self.checks.items()}

    def optimizer(self, changes: Changes) -> torch.optim.AdamW:
        """Vectors, which count everywhere, learn a tenth as fast as factors."""
        rate = self.settings.learning_rate
        factors = [change for name, change in changes.items() if name.endswith((".a", ".b"))]
        vectors = [change for name, change in changes.items() if not name.endswith((".a", ".b"))]
        groups = [{"params": factors, "highest": rate}, {"params": vectors, "highest": rate / 10}]
        return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), weight_decay=0.0)

    def begin(self, changes: Changes) -> tuple[State, torch.optim.AdamW]:
        """The state of the checkpoint, where there is one, or the first."""
        if self.checkpoint.exists():
            kept = torch.load(self.checkpoint, map_location=self.mel.device)
            if kept["settings"] != asdict(self.settings):
                sys.exit(f"{self.checkpoint} is of a run with other settings: delete it, or name another --work")
            state = State(**kept["state"])
            optimizer = self.optimizer(self.learning(state.changes))
            optimizer.load_state_dict(kept["optimizer"])
            print(f"going on from step {state.step}", flush=True)
            return state, optimizer
        figures = self.check(changes)
        print(f"before: {describe(figures)}", flush=True)
        best = {name: change.clone() for name, change in changes.items()}
        state = State(self.learning(changes), best, summary(figures))
        return state, self.optimizer(state.changes)

    @staticmethod
    def learning(changes: Changes) -> Changes:
        return {name: change.requires_grad_() for name, change in changes.items()}

    def keep(self, state: State, optimizer: torch.optim.AdamW) -> None:
        half = self.checkpoint.with_suffix(".part")
        kept = {"settings": asdict(self.settings), "state": vars(state), "optimizer": optimizer.state_dict()}
        torch.save(kept, half)
        half.rename(self.checkpoint)

    def step(self, state: State, optimizer: torch.optim.AdamW, batch: Batch, pace: float) -> float:
        """One step; `pace` is how far the run is, from 0 to 1."""
        for group in optimizer.param_groups:
            warm = min(1.0, (state.step + 1) / WARM_UP)
            group["lr"] = group["highest"] * warm * (0.5 + 0.5 * math.cos(math.pi * min(1.0, pace)))
        batch = batch.to(self.mel.device)
        with self.autocast:
            found = logits(batch, adapter.merge(self.base, state.changes), self.mel)
        labels = loss(batch, found)
        total = labels + self.settings.distillation * self.teacher.loss(batch, found)
        optimizer.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(list(state.changes.values()), 1.0)
        optimizer.step()
        return labels.item()

    def train(self, changes: Changes, minutes: float) -> State:
        """Until the steps are done, the minutes are over, or so many checks found nothing better."""
        state, optimizer = self.begin(changes)
        begun, recent = time.monotonic() - state.seconds, []
        drawn = batches.Drawn(self.training, self.settings.batch, self.settings.seed)
        steps = range(state.step, self.settings.steps)
        for batch in DataLoader(drawn, batch_size=None, sampler=steps, num_workers=self.workers):
            pace = max(state.step / self.settings.steps, state.seconds / (60 * minutes))
            recent.append(self.step(state, optimizer, batch, pace))
            state.step += 1
            state.seconds = time.monotonic() - begun
            over = state.step == self.settings.steps or state.seconds >= 60 * minutes
            if state.step % self.settings.check_every and not over:
                continue
            figures = self.check(state.changes)
            mean = sum(recent) / len(recent)
            told = f"step {state.step}, {state.seconds:.0f} s: training loss {mean:.3f}; {describe(figures)}"
            recent = []
            if (found := summary(figures))["loss"] < state.best_figures["loss"]:
                state.best = {name: change.detach().clone() for name, change in state.changes.items()}
                state.best_figures, state.best_step = found, state.step
                told += " (best)"
            print(told, flush=True)
            self.keep(state, optimizer)
            if state.step - state.best_step >= self.settings.patience * self.settings.check_every:
                print("no better any more", flush=True)
                over = True
            if over:
                break
        return state


def describe(figures: dict[str, Figures]) -> str:
    return "; ".join(f"{name} {found}" for name, found in figures.items())


def summary(figures: dict[str, Figures]) -> dict[str, float]:
    """What decides which state is the best: the mean loss; the word errors go with it."""
    return {
        "loss": sum(found.loss for found in figures.values()) / len(figures),
        **{name: found.errors for name, found in figures.items()},
    }
