"""What a room and a microphone make of speech."""

from dataclasses import dataclass
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor

from features import RATE
from noises import Noises


@dataclass
class Room:
    """Draws what happens to a recording on its way; all of it by chance, from one dice."""

    dice: Random
    noises: Noises
    others: list[Tensor]

    @classmethod
    def draw(cls, seed: str, others: list[Tensor]) -> "Room":
        """The same seed draws the same."""
        dice = Random(seed)
        generator = torch.Generator().manual_seed(dice.getrandbits(60))
        return cls(dice, Noises(dice, generator), others)

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def pause(self, samples: Tensor) -> Tensor:
        """With silence around it."""
        before, after = (int(RATE * self.dice.uniform(0.05, 0.6)) for _ in range(2))
        return F.pad(samples, (before, after))

    def speed(self, samples: Tensor) -> Tensor:
        """Faster or slower, and higher or lower with it."""
        scale = self.dice.uniform(0.9, 1.1)
        return F.interpolate(samples[None, None], scale_factor=scale, mode="linear")[0, 0]

    def reverberation(self, samples: Tensor) -> Tensor:
        """A room's decaying echo after the direct sound."""
        time = torch.arange(int(0.4 * RATE)) / RATE
        echo = self.noises.white(len(time)) * torch.exp(-time / self.dice.uniform(0.04, 0.14))
        echo[0] = self.dice.uniform(4, 9)
        length = len(samples) + len(echo)
        return torch.fft.irfft(torch.fft.rfft(samples, length) * torch.fft.rfft(echo, length), length)[: len(samples)]

    def noise(self, samples: Tensor) -> Tensor:
        """At 0 to 25 dB, against the speech where it is."""
        noise = self.noises.any(len(samples), self.others)
        loud = samples.abs() > 0.02 * samples.abs().max()
        ratio = 10 ** (self.dice.uniform(0, 25) / 10)
        power = samples[loud].square().mean() / (noise.square().mean() * ratio + 1e-9)
        return samples + noise * power.sqrt()

    def microphone(self, samples: Tensor) -> Tensor:
        """A band, now and then a telephone's, and a slope within it."""
        spectrum = torch.fft.rfft(samples)
        hertz = torch.linspace(1, RATE / 2, len(spectrum))
        low, high = self.dice.uniform(30, 300), self.dice.choice((3400, self.dice.uniform(4000, 12000)))
        band = 1 / ((1 + (low / hertz).pow(4)) * (1 + (hertz / high).pow(8))).sqrt()
        slope = (hertz / 1000).pow(self.dice.uniform(-0.3, 0.3))
        return torch.fft.irfft(spectrum * band * slope, len(samples))

    def gain(self, samples: Tensor) -> Tensor:
        """Quiet or loud, seldom too loud."""
        level = self.dice.uniform(1, 2.5) if self.chance(0.05) else self.dice.uniform(0.03, 0.9)
        return (samples / (samples.abs().max() + 1e-6) * level).clamp(-1, 1)

    def nobody(self, length: int) -> Tensor:
        """Noise as it arrives where nobody speaks."""
        noise = self.noises.wordless(length)
        return self.gain(self.microphone(noise) if self.chance(0.4) else noise)

    def hear(self, samples: Tensor) -> Tensor:
        """The recording as it arrives."""
        if self.chance(0.3):
            samples = self.speed(samples)
        samples = self.pause(samples)
        for share, change in ((0.25, self.reverberation), (0.75, self.noise), (0.4, self.microphone)):
            if self.chance(share):
                samples = change(samples)
        return self.gain(samples)
