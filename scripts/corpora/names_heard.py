"""Tell how often a name was the first or among the first three, by voice: names_heard.py DIR."""

import json
import sys
from collections import defaultdict
from pathlib import Path


def lines(name):
    with open(Path(sys.argv[1]) / name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


counts = defaultdict(lambda: [0, 0, 0, 0])
for line, heard in zip(lines("corpus.jsonl"), lines("results.jsonl")):
    name = line["slots"]["package"]
    first = (heard.get("doubtful") or heard)["slots"].get("package")
    voice = line["id"].split(" ", 1)[1]
    for key in (voice, line["condition"], "all"):
        count = counts[key]
        count[0] += 1
        count[1] += heard["correct"]
        count[2] += name == first
        count[3] += name == first or name in heard.get("near", [])[:3]
print(f"{'':<20} {'names':>6} {'accepted':>9} {'top 1':>7} {'top 3':>7}")
for key, (of, *parts) in sorted(counts.items()):
    accepted, first, three = (100 * part / of for part in parts)
    print(f"{key:<20} {of:>6} {accepted:>8.1f}% {first:>6.1f}% {three:>6.1f}%")
