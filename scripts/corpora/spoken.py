"""Have a corpus of texts spoken, a line by each voice in turn.

spoken.py OUT CORPUS NIXVOX: CORPUS is a folder with corpus.jsonl; OUT becomes one with recordings.
"""

import json
import sys
from itertools import cycle
from pathlib import Path

from voices import VOICES, speak


def main():
    out, corpus = Path(sys.argv[1]), Path(sys.argv[2]) / "corpus.jsonl"
    out.mkdir(parents=True, exist_ok=True)
    with open(corpus, encoding="utf-8") as lines, open(out / "corpus.jsonl", "w", encoding="utf-8") as spoken:
        for number, (text, voice) in enumerate(zip(lines, cycle(VOICES))):
            line = json.loads(text)
            line["id"] += f" {' '.join(voice)}"
            line["audio"] = f"{number:04}.wav"
            speak(voice, line["text"], str(out / line["audio"]), sys.argv[3])
            print(json.dumps(line), file=spoken)


main()
