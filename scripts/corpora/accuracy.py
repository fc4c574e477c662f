"""Tell what each model got right: accuracy.py CORPORA RESULTS MODEL...

CORPORA holds coffee/corpus.jsonl and nix/corpus.jsonl, RESULTS what nixvox eval --json wrote of them as
coffee/MODEL.jsonl and nix/MODEL.jsonl; what is not there was not measured.
"""

import json
import os
import platform
import sys
from pathlib import Path

corpora, results, models = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def is_meant(line, reading):
    return reading is not None and (reading["intent"], reading["slots"]) == (line["intent"], line["slots"])


heard = {
    (corpus, model): list(zip(lines(corpora / corpus / "corpus.jsonl"), lines(results / corpus / f"{model}.jsonl")))
    for corpus in ("coffee", "nix")
    for model in models
    if (results / corpus / f"{model}.jsonl").exists()
}
for pairs in heard.values():
    assert all(line["id"] == result["id"] for line, result in pairs), "the results are of another corpus"


def row(name, corpus, tell):
    pairs = [heard.get((corpus, model)) for model in models]
    print(f"{name:<32}" + "".join(f"{tell(some) if some else '–':>16}" for some in pairs))


def right(clean):
    def tell(pairs):
        some = [result["correct"] for line, result in pairs if (line["condition"] == "clean") == clean]
        return f"{100 * sum(some) / len(some):.1f} %"

    return tell


def accepted(pairs):
    return [(line, result) for line, result in pairs if result["intent"] != "none"]


def wrong(pairs):
    pairs = accepted([pair for pair in pairs if pair[0]["intent"] != "none"])
    return f"{sum(not result['correct'] for _, result in pairs)} of {len(pairs)}"


def asked(pairs):
    questions = [pair for pair in pairs if pair[1].get("doubtful") and pair[0]["intent"] != "none"]
    good = sum(any(is_meant(line, result.get(key)) for key in ("doubtful", "rival")) for line, result in questions)
    return f"{len(questions)}, {good} with it"


def no_command(pairs):
    pairs = [pair for pair in pairs if pair[0]["intent"] == "none"]
    return f"{len(accepted(pairs))} of {len(pairs)}"


print(f"{f'{os.cpu_count()} cores, {platform.machine()}':<32}" + "".join(f"{model:>16}" for model in models))
row("coffee, clean: right", "coffee", right(True))
row("coffee, kitchen 6–24 dB: right", "coffee", right(False))
row("nix, clean: right", "nix", right(True))
row("nix, noisy: right", "nix", right(False))
row("nix: wrong of what was accepted", "nix", wrong)
row("nix: asked back", "nix", asked)
row("nix: no command, yet accepted", "nix", no_command)
