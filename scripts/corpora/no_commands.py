"""Make a corpus of sounds that are no command: silence, tones and noise, and recordings that are named.

no_commands.py OUT [CONDITION FILE.wav]...; a recording longer than 30 s is cut into pieces of 3 s.
"""

import json
import math
import random
import sys
import wave
from array import array
from pathlib import Path

RATE = 16_000
PIECE = 3 * RATE
WHOLE = 30 * RATE


def tone(hertz, to=None, level=0.3, seconds=2.5):
    """A sine, or a sweep to another pitch."""
    phase, samples = 0.0, []
    for n in range(int(seconds * RATE)):
        samples.append(level * math.sin(phase))
        pitch = hertz + ((to or hertz) - hertz) * n / (seconds * RATE)
        phase += 2 * math.pi * pitch / RATE
    return samples


def noise(dice, memory, level, seconds=2.5):
    """White where nothing is remembered, the browner the more."""
    last, samples = 0.0, []
    for _ in range(int(seconds * RATE)):
        last = memory * last + dice.uniform(-1, 1)
        samples.append(last)
    loudest = max(map(abs, samples))
    return [level * sample / loudest for sample in samples]


def knocks(dice, count, seconds=2.5):
    samples = [0.0] * int(seconds * RATE)
    for _ in range(count):
        at = dice.randrange(len(samples) - 800)
        for n in range(800):
            samples[at + n] += 0.6 * dice.uniform(-1, 1) * math.exp(-n / 120)
    return samples


def made():
    dice = random.Random(7)
    for seconds in (0.5, 1, 2, 4):
        yield "silence", [0.0] * int(seconds * RATE)
        yield "silence", noise(dice, 0.0, 0.001, seconds)
    for hertz in (50, 110, 220, 440, 1000, 3000):
        yield "tones", tone(hertz)
        yield "tones", tone(hertz, 2 * hertz)
    for memory in (0.0, 0.9, 0.995):
        for level in (0.02, 0.1, 0.5):
            yield "noise", noise(dice, memory, level)
    for count in (1, 2, 4, 8):
        yield "knocks", knocks(dice, count)


def recorded(path):
    """The samples of a WAV file, at the rate that it has, in pieces where it is long."""
    with wave.open(str(path)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        assert file.getsampwidth() == 2, f"{path}: 16 bits a sample are expected"
        samples = array("h", file.readframes(file.getnframes()))[::channels]
    piece = len(samples) if len(samples) <= WHOLE * rate // RATE else PIECE * rate // RATE
    for start in range(0, len(samples) - piece + 1, max(piece, 1)):
        yield rate, samples[start : start + piece]


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    pieces = [
        (condition, RATE, array("h", (int(32767 * max(-1.0, min(1.0, s))) for s in samples)))
        for condition, samples in made()
    ]
    for condition, path in zip(sys.argv[2::2], sys.argv[3::2]):
        pieces += [(condition, rate, samples) for rate, samples in recorded(path)]
    with open(out / "corpus.jsonl", "w", encoding="utf-8") as corpus:
        for number, (condition, rate, samples) in enumerate(pieces):
            name = f"{number:03}.wav"
            with wave.open(str(out / name), "wb") as file:
                file.setparams((1, 2, rate, 0, "NONE", ""))
                file.writeframes(samples.tobytes())
            line = {"id": f"{number:03}", "audio": name, "intent": "none", "condition": condition}
            print(json.dumps(line), file=corpus)


main()
