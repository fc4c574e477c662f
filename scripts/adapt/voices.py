"""The voices that speak the texts, and which of them no training may hear.

Held out are the voices of `scripts/bench names`, four of Kokoro, and with Piper a whole synthesiser.
"""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Voice:
    """A voice of an engine: "kokoro", "hibari", "espeak-ng", "flite" or "piper"."""

    engine: str
    name: str

    def __str__(self) -> str:
        return f"{self.engine} {self.name}"


KOKORO_HELD_OUT = ["af_nova", "am_onyx", "bf_isabella", "bm_fable"]
# the first letter tells the language that a voice was made for: of another than English, it has an accent
KOKORO = """
af_alloy af_aoede af_bella af_heart af_jessica af_kore af_nicole af_river af_sarah af_sky am_adam am_echo am_eric
am_fenrir am_liam am_michael am_puck am_santa bf_alice bf_emma bf_lily bm_daniel bm_george bm_lewis ef_dora em_alex
em_santa ff_siwis hf_alpha hf_beta hm_omega hm_psi if_sara im_nicola jf_alpha jf_gongitsune jf_nezumi jf_tebukuro
jm_kumo pf_dora pm_alex pm_santa zf_xiaobei zf_xiaoni zf_xiaoxiao zf_xiaoyi zm_yunjian zm_yunxi zm_yunxia zm_yunyang
""".split()

ESPEAK_ACCENTS = "en-us en-us-nyc en-gb en-gb-x-rp en-gb-scotland en-gb-x-gbclan en-gb-x-gbcwmd en-029".split()
ESPEAK_VARIANTS = """
m1 m2 m3 m4 m5 m6 m7 f1 f2 f4 f5 Alicia Andy Annie edward Gene linda max Michael paul steph
""".split()

TRAINING: dict[str, list[Voice]] = {
    "kokoro": [Voice("kokoro", name) for name in KOKORO],
    "hibari": [Voice("hibari", accent) for accent in ("us", "gb")],
    "espeak-ng": [Voice("espeak-ng", f"{a}+{v}") for a in ESPEAK_ACCENTS for v in ESPEAK_VARIANTS],
    "flite": [Voice("flite", "kal16")],
}
SHARES = {"kokoro": 0.1, "hibari": 0.5, "espeak-ng": 0.28, "flite": 0.12}

HELD_OUT = [
    *(Voice("kokoro", name) for name in KOKORO_HELD_OUT),
    Voice("piper", "en_US-joe-medium"),
    Voice("espeak-ng", "en-us"),
    Voice("espeak-ng", "en-gb"),
    Voice("espeak-ng", "en-us+f3"),
    Voice("flite", "slt"),
    Voice("flite", "rms"),
    Voice("flite", "awb"),
]


def training_voice(dice: Random) -> Voice:
    """One of the voices to train with; the better an engine, and the quicker, the more often.

    Half of Kokoro's are two of them at once; Hibari's are a man's to a child's.
    """
    engine = dice.choices(list(SHARES), weights=list(SHARES.values()))[0]
    if engine == "kokoro" and dice.random() < 0.5:
        return Voice(engine, "+".join(dice.sample(KOKORO, 2)))
    voice = dice.choice(TRAINING[engine])
    if engine == "hibari":
        # who has a short vocal tract has a high voice too, mostly
        tract = dice.uniform(0.8, 1.15)
        pitch = tract**3 * dice.uniform(0.8, 1.25)
        return Voice(engine, f"{voice.name} {pitch:.2f} {tract:.2f}")
    return voice
