"""Whisper in PyTorch, as a function of its weights, so that these may be the base's and a change to them."""

import torch
import torch.nn.functional as F
from torch import Tensor

from weights import Weights

HEADS = 6
FULL = 1500  # positions of 20 ms that the encoder was trained with
START, NO_TIMESTAMPS, END = 50257, 50362, 50256

Memory = list[tuple[Tensor, Tensor]]


def linear(x: Tensor, name: str, weights: Weights) -> Tensor:
    return F.linear(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"))


def norm(x: Tensor, name: str, weights: Weights) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"])


def heads(x: Tensor) -> Tensor:
    """(batch, time, width) as (batch, heads, time, width of a head)."""
    return x.unflatten(-1, (HEADS, -1)).transpose(1, 2)


def attend(x: Tensor, keys: Tensor, values: Tensor, name: str, weights: Weights, causal: bool = False) -> Tensor:
    query = heads(linear(x, f"{name}.query", weights))
    mixed = F.scaled_dot_product_attention(query, keys, values, is_causal=causal)
    return linear(mixed.transpose(1, 2).flatten(2), f"{name}.out", weights)


def keys_and_values(x: Tensor, name: str, weights: Weights) -> tuple[Tensor, Tensor]:
    return heads(linear(x, f"{name}.key", weights)), heads(linear(x, f"{name}.value", weights))


def perceptron(x: Tensor, block: str, weights: Weights) -> Tensor:
    inner = F.gelu(linear(norm(x, f"{block}.mlp_ln", weights), f"{block}.mlp.0", weights))
    return linear(inner, f"{block}.mlp.2", weights)


def blocks(side: str, weights: Weights) -> list[str]:
    count = sum(name.startswith(f"{side}.blocks.") and name.endswith("mlp_ln.bias") for name in weights)
    return [f"{side}.blocks.{index}" for index in range(count)]


def encode(mel: Tensor, weights: Weights) -> Memory:
    """What the decoder's blocks look at, of a spectrogram (batch, 80, twice the positions)."""
    x = mel
    for conv, stride in (("encoder.conv1", 1), ("encoder.conv2", 2)):
        x = F.gelu(F.conv1d(x, weights[f"{conv}.weight"], weights[f"{conv}.bias"], stride=stride, padding=1))
    x = x.transpose(1, 2)
    x = x + weights["encoder.positional_embedding"][: x.shape[1]]
    for block in blocks("encoder", weights):
        inner = norm(x, f"{block}.attn_ln", weights)
        x = x + attend(inner, *keys_and_values(inner, f"{block}.attn", weights), f"{block}.attn", weights)
        x = x + perceptron(x, block, weights)
    x = norm(x, "encoder.ln_post", weights)
    return [keys_and_values(x, f"{block}.cross_attn", weights) for block in blocks("decoder", weights)]


def decode(tokens: Tensor, memory: Memory, weights: Weights, last: bool = False) -> Tensor:
    """Logits of what follows each of the tokens (batch, length), or, where `last` is set, only the last of them."""
    x = F.embedding(tokens, weights["decoder.token_embedding.weight"])
    x = x + weights["decoder.positional_embedding"][: tokens.shape[1]]
    for block, (keys, values) in zip(blocks("decoder", weights), memory, strict=True):
        inner = norm(x, f"{block}.attn_ln", weights)
        own = keys_and_values(inner, f"{block}.attn", weights)
        x = x + attend(inner, *own, f"{block}.attn", weights, causal=True)
        x = x + attend(norm(x, f"{block}.cross_attn_ln", weights), keys, values, f"{block}.cross_attn", weights)
        x = x + perceptron(x, block, weights)
    x = norm(x[:, -1:] if last else x, "decoder.ln", weights)
    return F.linear(x, weights["decoder.token_embedding.weight"])


@torch.no_grad()
def greedy(memory: Memory, weights: Weights, longest: int = 48) -> list[list[int]]:
    """The likeliest token after the likeliest tokens, of each of a batch, until its end."""
    batch = memory[0][0].shape[0]
    device = memory[0][0].device
    tokens = torch.tensor([[START, NO_TIMESTAMPS]], device=device).repeat(batch, 1)
    ended = torch.zeros(batch, dtype=torch.bool, device=device)
    while tokens.shape[1] < longest and not bool(ended.all()):
        following = decode(tokens, memory, weights, last=True)[:, -1].float()
        following[:, END + 1 :] = -torch.inf  # neither marks of time nor of language
        found = following.argmax(-1).masked_fill(ended, END)
        ended |= found == END
        tokens = torch.cat([tokens, found[:, None]], 1)
    return [[token for token in line[2:] if token != END] for line in tokens.tolist()]
