"""Whisper's spectrogram: 80 mel channels, 100 frames a second."""

import torch
import torch.nn.functional as F
from torch import Tensor

RATE, WINDOW, HOP, CHANNELS = 16_000, 400, 160, 80


def filters(device: torch.device) -> Tensor:
    """Slaney's mel filters, each of area 1: (channels, frequencies)."""
    step = torch.log(torch.tensor(6.4)) / 27

    def hertz(mel: Tensor) -> Tensor:
        return torch.where(mel >= 15, 1000 * torch.exp(step * (mel - 15)), 200 * mel / 3)

    highest = 15 + torch.log(torch.tensor(RATE / 2 / 1000)) / step
    corners = hertz(torch.linspace(0, float(highest), CHANNELS + 2, dtype=torch.float64))
    away = corners[:, None] - torch.linspace(0, RATE / 2, WINDOW // 2 + 1, dtype=torch.float64)
    width = corners.diff()[:, None]
    triangles = torch.minimum(-away[:-2] / width[:-1], away[2:] / width[1:]).clamp(min=0)
    return (triangles * 2 / (corners[2:] - corners[:-2])[:, None]).float().to(device)


def spectrogram(samples: Tensor, positions: int, mel: Tensor) -> Tensor:
    """Of samples (batch, length) the (batch, 80, 2 * positions) that the encoder takes; silence follows them."""
    frames = 2 * positions
    padded = F.pad(samples, (0, max(0, frames * HOP + WINDOW - samples.shape[1])))
    window = torch.hann_window(WINDOW, device=samples.device)
    waves = torch.stft(padded, WINDOW, HOP, window=window, return_complex=True)
    power = waves[:, :, :frames].abs().square()
    with torch.autocast(samples.device.type, enabled=False):  # sixteen bits are too few for a spectrum
        loudness = (mel @ power).clamp(min=1e-10).log10()
    return (torch.maximum(loudness, loudness.amax((1, 2), keepdim=True) - 8) + 4) / 4
