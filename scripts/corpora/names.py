"""Make a corpus of package names, spoken in carrier phrases by Piper, espeak-ng and flite.

names.py OUT COUNT NIXVOX: so many of the shipped names, drawn by a fixed seed, half of them commonly known; nixvox,
the program that is named, speaks with its Piper voice. In OUT/text is the same corpus without recordings.
"""

import json
import random
import re
import sys
from pathlib import Path

from voices import VOICES, speak

NAMES = Path(__file__).parents[2] / "grammars/en/names"
CARRIERS = [
    ("install {}", "package.install"),
    ("what is {}", "package.info"),
    ("try {}", "package.try"),
    ("please remove {}", "package.remove"),
]


def names(file):
    # what only builders use, and sets of packages, few would say aloud
    plain = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+){0,2}")
    lines = (NAMES / file).read_text(encoding="utf-8").split()
    return [name for name in lines if plain.fullmatch(name) and len(name) > 2]


def spoken(name):
    """As it would be read: a part without a vowel letter by letter."""
    parts = [part for part in re.split(r"[-_]|(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])", name) if part]
    return " ".join(part if re.search(r"[aeiouy0-9]", part) else " ".join(part.upper()) for part in parts)


def main():
    out, count = Path(sys.argv[1]), int(sys.argv[2])
    (out / "text").mkdir(parents=True, exist_ok=True)
    dice = random.Random(500)
    drawn = dice.sample(names("common.txt"), count - count // 2)
    drawn = [("common", name) for name in drawn]
    drawn += [("rare", name) for name in dice.sample(names("packages.txt"), count // 2)]
    dice.shuffle(drawn)
    with open(out / "corpus.jsonl", "w") as corpus, open(out / "text/corpus.jsonl", "w") as texts:
        for number, (condition, name) in enumerate(drawn):
            carrier, intent = CARRIERS[number % len(CARRIERS)]
            # every voice comes to every carrier
            voice = VOICES[(number + number // 36) % len(VOICES)]
            text = carrier.format(spoken(name))
            speak(voice, text, str(out / f"{number:03}.wav"), sys.argv[3])
            line = {
                "id": f"{number:03} {' '.join(voice)}",
                "audio": f"{number:03}.wav",
                "text": text,
                "intent": intent,
                "slots": {"package": name},
                "condition": condition,
            }
            print(json.dumps(line), file=corpus)
            del line["audio"]
            print(json.dumps(line), file=texts)


main()
