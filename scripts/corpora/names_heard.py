"""Tell how often a name was accepted rightly and wrongly, asked about, and first or among the first three, by voice.

names_heard.py DIR, which holds corpus.jsonl and what nixvox eval --json made of it, results.jsonl.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path


def lines(name):
    with open(Path(sys.argv[1]) / name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


counts = defaultdict(lambda: [0, 0, 0, 0, 0, 0])
for line, heard in zip(lines("corpus.jsonl"), lines("results.jsonl")):
    name = line["slots"]["package"]
    more = [*heard.get("others", []), *heard.get("instead", [])]
    readings = [heard.get("doubtful") or heard, heard.get("rival"), *more]
    told = [reading["slots"].get("package") for reading in readings if reading]
    voice = line["id"].split(" ", 1)[1]
    for key in (voice, line["condition"], "all"):
        count = counts[key]
        count[0] += 1
        count[1] += heard["correct"]
        count[2] += not heard["correct"] and heard["intent"] != "none"
        count[3] += "doubtful" in heard and name in told
        count[4] += name == told[0]
        count[5] += name in [*told, *heard.get("near", [])][:3]
print(f"{'':<24} {'names':>5} {'right':>7} {'wrong':>7} {'asked':>7} {'top 1':>7} {'top 3':>7}")
for key, (of, *parts) in sorted(counts.items()):
    shares = " ".join(f"{100 * part / of:>6.1f}%" for part in parts)
    print(f"{key:<24} {of:>5} {shares}")
