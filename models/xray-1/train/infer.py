"""Logits of both heads for whole pictures, and the answers that the product gives from them."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

import data
from net import Net
from prepare import Unsuitable, normalised, prepare

PARENT = {"SK": "HE", "FA": "HE", "PS": "HE", "JA": "HE", "CS": "SP", "TS": "SP", "LS": "SP", "SC": "SP", "CL": "UL", "SH": "UL", "UA": "UL",
          "EL": "UL", "FO": "UL", "WR": "UL", "HA": "UL", "FI": "UL", "HI": "LL", "TH": "LL", "KN": "LL", "LE": "LL", "AN": "LL", "FT": "LL",
          "CA": "LL", "TO": "LL", "RI": "CH", "SI": "PE"}


def from_folder(folder):
    """The shipped network, strictly."""
    net = Net(data.REJECT + 1, len(data.KEYS))
    tensors = {k: v.float() for k, v in load_file(str(Path(folder) / "weights.safetensors")).items()}
    names = {k.replace(".conv.", "."): k for k in net.state_dict()}
    net.load_state_dict({names[k]: v for k, v in tensors.items()}, strict=True)
    return net.eval()


@torch.no_grad()
def logits(net, images, size, batch=32):
    """Examined and visible logits; rows of NaN where an image is unsuitable."""
    net.eval()
    e = np.full((len(images), data.REJECT + 1), np.nan, np.float32)
    v = np.full((len(images), len(data.KEYS)), np.nan, np.float32)
    rows, tensors = [], []

    def flush():
        if rows:
            x = torch.from_numpy(np.stack(tensors)[:, None]).contiguous(memory_format=torch.channels_last)
            a, b = net(x)
            e[rows], v[rows] = a.numpy(), b.numpy()
            rows.clear()
            tensors.clear()

    for i, image in enumerate(images):
        try:
            tensors.append(normalised(prepare(image, size)))
            rows.append(i)
        except Unsuitable:
            continue
        if len(rows) == batch:
            flush()
    flush()
    return e, v


def softmax(z):
    z = np.exp(z - z.max(-1, keepdims=True))
    return z / z.sum(-1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def energy(e):
    """Minus the log of the summed exponentials of all labels but reject: high for what looks like none of them."""
    z = e[:, :-1]
    m = z.max(1)
    return -(m + np.log(np.exp(z - m[:, None]).sum(1)))


def wilson(right, n, z=1.96):
    if n == 0:
        return [0.0, 1.0]
    p = right / n
    d = 1 + z * z / n
    c, h = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return [round(float((c - h) / d), 3), round(float((c + h) / d), 3)]


def ece(p, right, bins=15):
    """Expected calibration error over bins of alike width."""
    at = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(p[at == b].mean() - right[at == b].mean()) * (at == b).mean() for b in range(bins) if (at == b).any()))


def settings(folder):
    import tomllib

    return tomllib.loads((Path(folder) / "model.toml").read_text())
