"""Whisper's weights as CTranslate2 stores them, under the names that OpenAI and ggml give them."""

import struct
from collections.abc import Iterator

import numpy as np
import torch

KINDS = [np.dtype(kind) for kind in ("<f4", "i1", "<i2", "<i4", "<f2")]
VERSION = 6

Weights = dict[str, torch.Tensor]


def variables(packed: bytes) -> dict[str, np.ndarray]:
    """The arrays of a `model.bin`, by name."""
    at = 0

    def number(form: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from("<" + form, packed, at)
        at += struct.calcsize(form)
        return value

    def text() -> str:
        nonlocal at
        length = number("H")
        at += length
        return packed[at - length : at - 1].decode()

    if (version := number("I")) != VERSION:
        raise ValueError(f"model.bin is of version {version}; {VERSION} is known")
    text(), number("I")
    found = {}
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        kind, size = KINDS[number("B")], number("I")
        found[name] = np.frombuffer(packed, kind, size // kind.itemsize, at).reshape(shape)
        at += size
    return found


def attention(
    given: dict[str, np.ndarray], theirs: str, ours: str, linears: list[list[str]]
) -> Iterator[tuple[str, np.ndarray]]:
    """The projections of one attention, of which CTranslate2 keeps several in one matrix."""
    for index, names in enumerate(linears):
        for part in ("weight", "bias"):
            for name, array in zip(names, np.split(given[f"{theirs}/linear_{index}/{part}"], len(names)), strict=True):
                # Whisper's keys have no bias: CTranslate2 writes zeros
                if (name, part) != ("key", "bias"):
                    yield f"{ours}.{name}.{part}", array


def named(given: dict[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """Every array under OpenAI's name."""

    def norm(theirs: str, ours: str) -> Iterator[tuple[str, np.ndarray]]:
        yield f"{ours}.weight", given[f"{theirs}/gamma"]
        yield f"{ours}.bias", given[f"{theirs}/beta"]

    yield "decoder.token_embedding.weight", given["decoder/embeddings/weight"]
    for conv in ("conv1", "conv2"):
        for part in ("weight", "bias"):
            yield f"encoder.{conv}.{part}", given[f"encoder/{conv}/{part}"]
    for side, last in (("encoder", "ln_post"), ("decoder", "ln")):
        yield f"{side}.positional_embedding", given[f"{side}/position_encodings/encodings"]
        yield from norm(f"{side}/layer_norm", f"{side}.{last}")
        layer = 0
        while f"{side}/layer_{layer}/ffn/layer_norm/gamma" in given:
            theirs, ours = f"{side}/layer_{layer}", f"{side}.blocks.{layer}"
            yield from norm(f"{theirs}/ffn/layer_norm", f"{ours}.mlp_ln")
            for index, mlp in ((0, 0), (1, 2)):
                for part in ("weight", "bias"):
                    yield f"{ours}.mlp.{mlp}.{part}", given[f"{theirs}/ffn/linear_{index}/{part}"]
            yield from norm(f"{theirs}/self_attention/layer_norm", f"{ours}.attn_ln")
            together = [["query", "key", "value"], ["out"]]
            yield from attention(given, f"{theirs}/self_attention", f"{ours}.attn", together)
            if side == "decoder":
                yield from norm(f"{theirs}/attention/layer_norm", f"{ours}.cross_attn_ln")
                apart = [["query"], ["key", "value"], ["out"]]
                yield from attention(given, f"{theirs}/attention", f"{ours}.cross_attn", apart)
            layer += 1


def load(packed: bytes, device: torch.device) -> Weights:
    """The weights in 32 bits."""
    found = named(variables(packed))
    return {name: torch.from_numpy(array.astype(np.float32)).to(device) for name, array in found}
