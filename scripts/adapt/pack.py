"""Write an adapter as the .safetensors file that nixvox merges into a Whisper model.

Under the names that ggml gives a Whisper's tensors it holds either NAME.a (rows, rank) and NAME.b (rank, columns),
whose product is added to NAME, or NAME, which is added whole. The same input gives the same bytes.
"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors import safe_open

Arrays = dict[str, np.ndarray]


def check(arrays: Arrays) -> None:
    """End with a message where the arrays are no adapter."""
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            sys.exit(f"{name} holds values that are no numbers")
        if name.endswith(".a"):
            other = arrays.get(name[:-2] + ".b")
            if other is None or array.shape[1] != other.shape[0]:
                sys.exit(f"{name} has no fitting {name[:-2]}.b")


def write(path: Path, arrays: Arrays, meta: dict[str, str]) -> None:
    """Write `arrays` in 16 bits; the library would order the metadata anew each time."""
    arrays = {name: np.ascontiguousarray(array.astype("<f2")) for name, array in sorted(arrays.items())}
    check(arrays)
    header, at = {"__metadata__": meta}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F16", "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            out.write(array.tobytes())
    with safe_open(path, "np") as packed:
        assert all((packed.get_tensor(name) == array).all() for name, array in arrays.items())
        print(path, packed.metadata(), len(arrays), "tensors")
