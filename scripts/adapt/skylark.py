"""hibari-tts: one of Kokoro's voices at a fiftieth of its cost, which is given pitches and vocal tracts of others."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hibari import Hibari, dsp
from hibari.g2p import G2P

RATE = dsp.SR


def reach(parts: np.ndarray, tract: float) -> np.ndarray:
    """A spectrum's parts (bins, frames) with what is at a frequency moved to `tract` times that."""
    bins = len(parts)
    at = np.minimum(np.arange(bins) / tract, bins - 1)
    below = np.minimum(at.astype(int), bins - 2)
    share = (at - below)[:, None].astype(np.float32)
    return parts[below] * (1 - share) + parts[below + 1] * share


@dataclass
class Skylark:
    """A voice is an accent, what its pitch is of the model's own, and where its formants are: "us 0.61 0.85"."""

    model: Hibari = field(default_factory=Hibari)
    accents: dict[str, Any] = field(default_factory=lambda: {"us": G2P(british=False), "gb": G2P(british=True)})

    def say(self, text: str, voice: str, pace: float) -> tuple[int, np.ndarray]:
        """The rate and the samples."""
        accent, pitch, tract = voice.split()
        signs = self.model.ids(self.accents[accent](text))
        given = {"ids": np.array([signs]), "speed": np.array([pace], np.float32)}
        *parts, height = (part[0] for part in self.model.sess.run(None, given))
        moved = [reach(part, float(tract)) for part in parts]
        seed = int(hashlib.sha1(text.encode()).hexdigest()[:8], 16)
        return RATE, dsp.synth(*moved, height * np.float32(pitch), np.random.default_rng(seed))
