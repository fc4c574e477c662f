"""Noise made by formula: nothing of it was recorded, so that recordings of noise stay for measuring."""

import math
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor

from features import RATE


@dataclass
class Noises:
    """Draws noise; the same dice and generator give the same."""

    dice: Random
    generator: torch.Generator

    def white(self, length: int) -> Tensor:
        return torch.randn(length, generator=self.generator)

    def coloured(self, length: int) -> Tensor:
        """From white to brown."""
        spectrum = torch.fft.rfft(self.white(length))
        slope = self.dice.uniform(0, 1)
        rising = torch.arange(1, len(spectrum) + 1)
        return torch.fft.irfft(spectrum * rising.pow(-slope), length)

    def band(self, length: int, low: float, high: float) -> Tensor:
        """White noise between two frequencies."""
        spectrum = torch.fft.rfft(self.white(length))
        hertz = torch.linspace(0, RATE / 2, len(spectrum))
        return torch.fft.irfft(spectrum * ((hertz > low) & (hertz < high)), length)

    def seconds(self, length: int) -> Tensor:
        return torch.arange(length) / RATE

    def hum(self, length: int) -> Tensor:
        """Mains and a motor: harmonics of one pitch, and air."""
        pitch, time = self.dice.choice((50, 60, self.dice.uniform(80, 400))), self.seconds(length)
        tones = [torch.sin(2 * math.pi * pitch * n * time + 6 * self.dice.random()) / n for n in range(1, 9)]
        return torch.stack(tones).sum(0) + self.dice.uniform(0.1, 1) * self.coloured(length)

    def fan(self, length: int) -> Tensor:
        """A band of noise that swells and ebbs."""
        low = self.dice.uniform(50, 600)
        swell = 1 + 0.5 * torch.sin(2 * math.pi * self.dice.uniform(0.3, 12) * self.seconds(length))
        return self.band(length, low, low * self.dice.uniform(2, 8)) * swell

    def clatter(self, length: int) -> Tensor:
        """Dishes, keys and steps: short ringing knocks."""
        noise = 0.03 * self.coloured(length)
        for _ in range(self.dice.randint(2, 12)):
            size = min(length, int(RATE * self.dice.uniform(0.03, 0.3)))
            start = self.dice.randint(0, length - size)
            low = self.dice.uniform(200, 4000)
            ring = self.band(size, low, low * self.dice.uniform(1.2, 2))
            fade = torch.exp(-self.seconds(size) * self.dice.uniform(15, 80))
            noise[start : start + size] += self.dice.uniform(0.3, 3) * ring * fade / (ring.std() + 1e-6)
        return noise

    def chords(self, length: int) -> Tensor:
        """Something like music: tones of a scale, begun one after the other."""
        music, at = torch.zeros(length), 0
        while at < length:
            size = min(length - at, int(RATE * self.dice.uniform(0.1, 0.6)))
            time = self.seconds(size)
            for _ in range(self.dice.randint(1, 4)):
                pitch = 110 * 2 ** (self.dice.choice((0, 2, 4, 5, 7, 9, 11)) / 12 + self.dice.randint(0, 3))
                for harmonic in range(1, 5):
                    music[at : at + size] += torch.sin(2 * math.pi * pitch * harmonic * time) / harmonic
            music[at : at + size] *= torch.exp(-time * self.dice.uniform(1, 6))
            at += size
        return music

    def babble(self, length: int, others: list[Tensor]) -> Tensor:
        """Others who talk at once, each from a moment of their own."""
        noise = torch.zeros(length)
        for _ in range(self.dice.randint(1, 6)):
            other = self.dice.choice(others)
            repeated = other.repeat(-(-length // len(other)))[:length]
            noise += self.dice.uniform(0.3, 1) * repeated.roll(self.dice.randint(0, length))
        return noise

    def wordless(self, length: int) -> Tensor:
        """Of any kind that nobody speaks in."""
        kinds = [self.coloured, self.hum, self.fan, self.clatter, self.chords]
        return self.dice.choice(kinds)(length)

    def any(self, length: int, others: list[Tensor]) -> Tensor:
        return self.babble(length, others) if self.dice.random() < 0.3 else self.wordless(length)
