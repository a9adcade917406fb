"""The preparation of an image, step for step as the inference code does it (`preparation = 1`)."""

import numpy as np
from PIL import Image

MIN_SIDE = 32
MIN_SPAN = 0.02
LINE_SPAN = 0.06
MAX_BORDER = 0.4


class Unsuitable(Exception):
    """Too small or constant: no tensor can be made."""


def to_unit(image):
    """8-bit (times 257) or 16-bit grey to 0..1."""
    if image.dtype == np.uint8:
        image = image.astype(np.uint16) * 257
    return (image.astype(np.float32) / np.float32(65535)).astype(np.float32)


def quantile(flat, q):
    """The value at the floor of the rank: no interpolation."""
    at = int(np.floor(q * (flat.size - 1)))
    return np.partition(flat, at)[at]


def span_of_lines(lines):
    """Per line the span between its 2 % extreme values."""
    n = lines.shape[1]
    low, high = int(np.floor(0.02 * (n - 1))), int(np.floor(0.98 * (n - 1)))
    ordered = np.partition(lines, (low, high), axis=1)
    return ordered[:, high] - ordered[:, low]


def without_border(x):
    """Top, bottom, left, right; each measured on what the earlier ones left, at most 40 % of the full side each."""
    height, width = x.shape

    def cut(lines, full):
        return min(leading_of(lines, full), lines.shape[0] - 1)

    def leading_of(lines, full):
        most = min(int(MAX_BORDER * full), lines.shape[0])
        spans = span_of_lines(lines[:most]) if most else np.empty(0)
        busy = np.flatnonzero(spans >= LINE_SPAN)
        return int(busy[0]) if busy.size else most

    x = x[cut(x, height) :]
    x = x[: x.shape[0] - cut(x[::-1], height)]
    x = x[:, cut(x.T, width) :]
    return x[:, : x.shape[1] - cut(x.T[::-1], width)]


def stretched(image):
    """Clamped between the 1 % and 99 % values, border removed."""
    if min(image.shape) < MIN_SIDE:
        raise Unsuitable("too small")
    x = to_unit(image)
    low, high = quantile(x.ravel(), 0.01), quantile(x.ravel(), 0.99)
    if high - low < MIN_SPAN:
        raise Unsuitable("constant")
    x = np.clip((x - low) / (high - low), 0, 1).astype(np.float32)
    return without_border(x)


def squared(x, size):
    """Centred on a black square, then the triangle filter."""
    height, width = x.shape
    side = max(height, width)
    out = np.zeros((side, side), np.float32)
    top, left = (side - height) // 2, (side - width) // 2
    out[top : top + height, left : left + width] = x
    return np.asarray(Image.fromarray(out).resize((size, size), Image.BILINEAR))


def prepare(image, size):
    """uint8 or uint16 grey to `size` x `size` f32, 0..1 (the network takes `normalised` of it)."""
    return squared(stretched(image), size)


def normalised(x):
    """What the network sees."""
    return (x - np.float32(0.45)) / np.float32(0.25)
