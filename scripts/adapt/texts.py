"""What is to be said: commands of the grammar, commands as people word them, package names, and general English."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from random import Random

from spelling import words
from voices import HELD_OUT, Voice, training_voice

ROOT = Path(__file__).parents[2]
NAMES = [ROOT / "grammars/en/names" / name for name in ("common.txt", "packages.txt")]
WORDINGS = [ROOT / "tests/wordings" / corpus / "corpus.jsonl" for corpus in ("seen", "learnt")]
FORTUNES = Path("/usr/share/games/fortunes")
# general English keeps what else is said intact
SHARES = {"command": 0.26, "wording": 0.08, "name": 0.48, "talk": 0.18}
LONGEST = 20
# of commands so many have a sound of hesitation in them: without these in its training, Whisper takes "um install" for
# "uninstall"
HESITANT = 0.15
SOUNDS = "um uh er erm um um uh".split()
CARRIERS = (
    """
install {}|install {} please|please add {}|get me {}|i need {}|put {} on this machine|remove {}|please remove {}
uninstall {}|get rid of {}|search for {}|is there a package called {}|what is {}|tell me about {}|is {} installed
what version of {} do i have|upgrade {}|update {} please|why is {} here|try {}|try {} for a moment
run {} without installing it|which package has {}|how do i install {}|install {} and {}|remove {} and {}|{}|{} please
""".strip()
    .replace("\n", "|")
    .split("|")
)


@dataclass(frozen=True)
class Line:
    """One thing to say: `said` is for the synthesiser, `text` is what the model is to write."""

    said: str
    text: str
    kind: str
    engine: str
    voice: str
    pace: float
    held_out: bool


def commands(nixvox: Path, count: int, seed: int) -> Iterator[str]:
    """Sentences that the grammar draws: commands, follow-ups, numbers, settings."""
    command = [nixvox, "grammar", "sample", "--count", str(count), "--seed", str(seed), "--json"]
    drawn = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return cycle([json.loads(line)["text"] for line in drawn.splitlines()])


def hesitantly(said: str, dice: Random) -> tuple[str, str]:
    """With a sound of hesitation before one of its words, mostly the first, with a pause or none: to say, and to write."""
    words, sound = said.split(), dice.choice(SOUNDS)
    # nobody hesitates in a name that is spelled
    later = [at for at in range(1, len(words)) if len(words[at - 1] + words[at]) > 2]
    at = dice.choice(later) if later and dice.random() < 0.4 else 0
    before, after = " ".join(words[:at]), " ".join(words[at:])
    pause = dice.choice(("", ",", " ..."))
    return f"{before} {sound}{pause} {after}".strip(), f"{before} {sound} {after}".strip().lower()


def wordings() -> list[dict]:
    """What people say who do not know the grammar, with its label."""
    return [json.loads(line) for path in WORDINGS for line in path.read_text(encoding="utf-8").splitlines()]


def people(dice: Random) -> Iterator[str]:
    """Commands as they word them, and what else they say."""
    texts = [line["text"] for line in wordings()]
    dice.shuffle(texts)
    return cycle(texts)


def carriers() -> list[str]:
    """Their phrases with names, without the names."""
    found = set()
    for line in wordings():
        slots, phrase = line["slots"], line["text"]
        for name in (slots.get("package") or slots.get("packages", "")).split(","):
            # in one word or several
            letters = " ?".join(re.sub("[^a-z0-9]", "", name.lower()))
            phrase = re.sub(rf"\b{letters}\b", "{}", phrase, count=1) if letters else phrase
        if "{}" in phrase:
            found.add(phrase)
    return sorted(found)


def names(dice: Random) -> Iterator[str]:
    """Every name that nixvox knows in carrier phrases, half of them people's; none twice before all were there."""
    known = sorted({name for path in NAMES for name in path.read_text(encoding="utf-8").split()})
    dice.shuffle(known)
    endless, phrases = cycle(known), [CARRIERS, carriers()]
    while True:
        yield re.sub(r"\{\}", lambda _: next(endless), dice.choice(dice.choice(phrases)))


def talk(dice: Random) -> Iterator[str]:
    """Sentences of Debian's fortunes that are plain words."""
    sentences: set[str] = set()
    for path in FORTUNES.iterdir():
        if path.suffix in {".dat", ".u8"}:
            continue
        for fortune in path.read_text(encoding="utf-8", errors="ignore").split("\n%\n"):
            for sentence in re.split(r"(?<=[.!?])\s+", " ".join(fortune.split())):
                plain = re.sub(r"[,.!?;:]", "", sentence.lower()).split()
                # without "mr", "tv" and the like, that are not said as they are written
                as_written = all(re.fullmatch(r"[a-z']+", word) and re.search("[aeiouy]", word) for word in plain)
                if as_written and 3 <= len(plain) <= LONGEST:
                    sentences.add(" ".join(plain))
    drawn = sorted(sentences)
    dice.shuffle(drawn)
    return cycle(drawn)


def draw(nixvox: Path, count: int, seed: int, voice: Callable[[Random], Voice], held_out: bool) -> list[Line]:
    """So many lines, whose voices `voice` draws."""
    dice = Random(f"texts {seed} {held_out}")
    sources = {
        "command": commands(nixvox, count, seed),
        "wording": people(dice),
        "name": names(dice),
        "talk": talk(dice),
    }
    lines = []
    while len(lines) < count:
        kind = dice.choices(list(SHARES), weights=list(SHARES.values()))[0]
        text = next(sources[kind])
        # talk is said as it stands: "mr" is no name to spell
        said, label = (text, text) if kind == "talk" else words(text, dice)
        if kind != "talk" and dice.random() < HESITANT:
            said, label = hesitantly(said, dice)
        if len(label.split()) <= LONGEST:
            speaker = voice(dice)
            pace = round(dice.uniform(0.85, 1.2), 2)
            lines.append(Line(said, label, kind, speaker.engine, speaker.name, pace, held_out))
    return lines


def plan(nixvox: Path, count: int, checks: int, seed: int, path: Path) -> list[Line]:
    """`count` lines to train with and `checks` of held-out voices, in `path` too; none says what another set says."""
    training = draw(nixvox, count, seed, training_voice, held_out=False)
    known = {line.text for line in training}
    # the held-out voices in turn
    turn = cycle(HELD_OUT)
    others = draw(nixvox, 2 * checks, seed + 1, lambda _: next(turn), held_out=True)
    lines = training + [line for line in others if line.text not in known][:checks]
    path.write_text("".join(json.dumps(asdict(line)) + "\n" for line in lines), encoding="utf-8")
    return lines
