"""What is trained: a change of low rank to every matrix but the embeddings, and a whole one to every vector."""

import math
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from weights import Weights

Changes = dict[str, Tensor]


def begin(base: Weights, rank: int, seed: int) -> Changes:
    """A change of nothing: `NAME.a` (rows, rank) is zero, `NAME.b` (rank, columns) is not, so that both can learn."""
    dice = torch.Generator().manual_seed(seed)
    changes: Changes = {}
    for name, weight in base.items():
        if "embedding" in name:
            continue
        if weight.ndim == 1:
            changes[name] = torch.zeros_like(weight)
            continue
        rows, columns = weight.flatten(1).shape
        factor = torch.randn(rank, columns, generator=dice) / math.sqrt(columns)
        changes[f"{name}.a"] = torch.zeros(rows, rank, device=weight.device)
        changes[f"{name}.b"] = factor.to(weight.device)
    return changes


def load(path: Path, device: torch.device) -> Changes:
    """The changes of an adapter file."""
    with safe_open(path, "pt") as packed:
        return {name: packed.get_tensor(name).float().to(device) for name in packed.keys()}  # noqa: SIM118


def merge(base: Weights, changes: Changes) -> Weights:
    """The weights with the changes in them."""
    merged = dict(base)
    for name, change in changes.items():
        if name.endswith(".a"):
            target = name[:-2]
            merged[target] = base[target] + (change @ changes[f"{target}.b"]).view_as(base[target])
        elif not name.endswith(".b"):
            merged[name] = base[name] + change.view_as(base[name])
    return merged


def average(one: Changes, other: Changes) -> Changes:
    """Midway between two changes of the same rank, and of that rank: what is least of it is left out."""
    found: Changes = {}
    for name, change in one.items():
        if name.endswith(".a"):
            factor, rank = f"{name[:-2]}.b", change.shape[1]
            both = (change @ one[factor] + other[name] @ other[factor]) / 2
            left, sizes, right = torch.linalg.svd(both, full_matrices=False)
            root = sizes[:rank].sqrt()
            found[name], found[factor] = left[:, :rank] * root, root[:, None] * right[:rank]
        elif not name.endswith(".b"):
            found[name] = (change + other[name]) / 2
    return found
