"""Makes a clean picture look as the many archives hold it: crops, processing, windows, borders, text, compression."""

import cv2
import numpy as np

cv2.setNumThreads(1)


def smooth_noise(r, h, w, cells):
    n = r.normal(0, 1, (max(2, int(h / w * cells) if w else 2), max(2, cells))).astype(np.float32)
    return cv2.resize(n, (w, h), interpolation=cv2.INTER_CUBIC)


def recrop(x, r, limit):
    """Keeps most of the picture: the label must stay true."""
    h, w = x.shape
    low = limit
    ch, cw = int(h * r.uniform(low, 1)), int(w * r.uniform(low, 1))
    top, left = int(r.uniform(0.2, 0.8) * (h - ch)), int(r.uniform(0.2, 0.8) * (w - cw))
    return x[top : top + ch, left : left + cw]


def aspect(x, r):
    """Off proportions; now and then squashed to a square, as some archives keep them."""
    if r.random() < 0.12:
        return cv2.resize(x, (int(r.integers(96, 257)),) * 2, interpolation=cv2.INTER_AREA)
    f = np.exp(r.normal(0, 0.1)) if r.random() < 0.85 else np.exp(r.uniform(-0.7, 0.7))
    h, w = x.shape
    return cv2.resize(x, (max(32, int(w * np.sqrt(f))), max(32, int(h / np.sqrt(f)))), interpolation=cv2.INTER_AREA)


def turn(x, r):
    if r.random() < 0.5:
        x = x[:, ::-1]
    u = r.random()
    if u < 0.2:
        x = np.rot90(x, r.integers(1, 4))
    if r.random() < 0.4:
        h, w = x.shape
        m = cv2.getRotationMatrix2D((w / 2, h / 2), r.normal(0, 8), 1)
        x = cv2.warpAffine(np.ascontiguousarray(x), m, (w, h), borderMode=cv2.BORDER_CONSTANT)
    return np.ascontiguousarray(x)


def warp(x, r):
    """Bends and swells the picture a little: no two people have bones of the same shape."""
    h, w = x.shape
    reach = r.uniform(0.01, 0.035) * min(h, w)
    cells = int(r.integers(3, 6))
    across, down = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    bend = lambda: reach * cv2.resize(r.normal(0, 1, (cells, cells)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    return cv2.remap(x, across + bend(), down + bend(), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def tone(x, r):
    """Gamma, window, sigmoid, local equalisation, unsharp mask."""
    if r.random() < 0.35:
        s = max(x.shape) * r.uniform(0.03, 0.15)
        slow = cv2.resize(cv2.GaussianBlur(cv2.resize(x, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA), (0, 0), s / 4), x.shape[::-1])
        x = x - r.uniform(0.2, 0.9) * (slow - slow.mean())
    if r.random() < 0.25:
        t = int(r.integers(2, 9))
        x8 = (255 * np.clip(x, 0, 1)).astype(np.uint8)
        y = cv2.createCLAHE(float(r.uniform(1, 4)), (t, t)).apply(x8).astype(np.float32) / 255
        x = x + r.uniform(0.3, 1) * (y - x)
    if r.random() < 0.3:
        x = x + r.uniform(0.3, 2) * (x - cv2.GaussianBlur(x, (0, 0), r.uniform(0.8, 4)))
    if r.random() < 0.5:
        lo, hi = np.quantile(x[::3, ::3], [r.uniform(0, 0.15), r.uniform(0.9, 1)])
        x = (x - lo) / max(hi - lo, 0.05)
    x = np.clip(x, 0, 1)
    if r.random() < 0.8:
        x = x ** np.float32(np.exp(r.normal(0, 0.4)))
    if r.random() < 0.2:
        k = r.uniform(3, 8)
        x = 1 / (1 + np.exp(-k * (x - r.uniform(0.35, 0.65))))
    return x.astype(np.float32)


def random_filter(x, r):
    """A random small kernel mixed in: local texture is not to be trusted."""
    k = int(r.choice([3, 5, 7]))
    f = r.normal(0, 1 / k, (k, k)).astype(np.float32)
    y = cv2.filter2D(x, -1, f)
    y = (y - y.mean()) / (y.std() + 1e-4) * x.std() + x.mean()
    a = r.uniform(0.1, 0.6)
    return np.clip((1 - a) * x + a * y, 0, 1)


def texture(x, r, donors):
    """Fine structure of an openly licensed radiograph laid over the picture."""
    d = donors[r.integers(len(donors))]
    h, w = x.shape
    s = r.uniform(0.5, 1.5)
    d = cv2.resize(d, (max(w, int(d.shape[1] * s)), max(h, int(d.shape[0] * s))))
    t, l = r.integers(0, d.shape[0] - h + 1), r.integers(0, d.shape[1] - w + 1)
    d = d[t : t + h, l : l + w]
    if r.random() < 0.5:
        d = d[::-1]
    return np.clip(x + r.uniform(0.3, 1.5) * d * (0.15 + np.sqrt(np.clip(x, 0, 1))), 0, 1)


def degrade(x, r):
    """Noise, blur, loss of resolution, compression."""
    h, w = x.shape
    if r.random() < 0.4:
        n = r.normal(0, 1, (h, w)).astype(np.float32)
        if r.random() < 0.5:
            n = cv2.GaussianBlur(n, (0, 0), r.uniform(0.5, 1.5)) * 2
        x = x + n * r.uniform(0.005, 0.05) * (0.3 + x)
    if r.random() < 0.3:
        x = cv2.GaussianBlur(x, (0, 0), r.uniform(0.4, 2))
    if r.random() < 0.4:
        f = r.uniform(0.22, 0.8)
        x = cv2.resize(cv2.resize(x, (max(24, int(w * f)), max(24, int(h * f))), interpolation=cv2.INTER_AREA), (w, h), interpolation=cv2.INTER_LINEAR)
    if r.random() < 0.25:
        q = int(r.uniform(15, 80))
        x = cv2.imdecode(cv2.imencode(".jpg", (255 * np.clip(x, 0, 1)).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, q])[1], 0).astype(np.float32) / 255
    return np.clip(x, 0, 1)


def collimate(x, r):
    """Borders, masks and margins."""
    h, w = x.shape
    value = 0.0 if r.random() < 0.6 else r.uniform(0, 1)
    u = r.random()
    if u < 0.15:
        t = (r.uniform(0, 0.12, 4) * np.array([h, h, w, w])).astype(int)
        y = np.full_like(x, value)
        y[t[0] : h - t[1], t[2] : w - t[3]] = x[t[0] : h - t[1], t[2] : w - t[3]]
        return y
    if u < 0.25:
        t = (r.uniform(0, 0.25, 4) * np.array([h, h, w, w])).astype(int)
        return cv2.copyMakeBorder(x, *map(int, t), cv2.BORDER_CONSTANT, value=float(value))
    if u < 0.30:
        m = np.zeros((h, w), np.float32)
        cv2.circle(m, (w // 2, h // 2), int(0.5 * np.hypot(h, w) * r.uniform(0.75, 0.95)), 1, -1)
        return x * m + value * (1 - m)
    return x


TEXTS = "R L PA AP LAT SUPINE ERECT PORTABLE 12:31 kV 70 TECH JM 1 2 3 XR SIN DEXT re li STANDING".split()


def marks(x, r):
    """Printed letters and lines, on 8-bit grey."""
    h, w = x.shape
    for _ in range(r.integers(1, 4)):
        p = (int(r.uniform(0, 0.9) * w), int(r.uniform(0.05, 1) * h))
        s = r.uniform(0.25, 0.9) * max(h, w) / 256
        cv2.putText(x, TEXTS[r.integers(len(TEXTS))], p, int(r.choice([0, 1, 2, 3])), s, int(r.uniform(180, 255)), max(1, int(2 * s)), cv2.LINE_AA)
    if r.random() < 0.15:
        p = (r.uniform(0, 1, 4) * [w, h, w, h]).astype(int)
        cv2.line(x, tuple(map(int, p[:2])), tuple(map(int, p[2:])), int(r.uniform(128, 255)), 1, cv2.LINE_AA)
    return x


def augmented(image, r, donors=None, crop=0.8, warped=0.0):
    """uint8 grey in, uint8 grey out."""
    x = image.astype(np.float32) / 255
    if warped and r.random() < warped:
        x = warp(x, r)
    if r.random() < 0.6:
        x = recrop(x, r, crop if r.random() < 0.8 else crop - 0.17)
    if r.random() < 0.55:
        x = aspect(x, r)
    x = turn(x, r)
    if donors is not None and r.random() < 0.45:
        x = texture(np.clip(x, 0, 1), r, donors)
    if r.random() < 0.85:
        x = tone(x, r)
    if r.random() < 0.2:
        x = random_filter(x, r)
    if r.random() < 0.2:
        x = np.clip(x + r.uniform(0.03, 0.15) * smooth_noise(r, *x.shape, int(r.integers(2, 8))), 0, 1).astype(np.float32)
    x = degrade(x.astype(np.float32), r)
    if r.random() < 0.15:
        x = 1 - x
    x = collimate(np.ascontiguousarray(x), r)
    x = np.ascontiguousarray((255 * np.clip(x, 0, 1)).astype(np.uint8))
    return marks(x, r) if r.random() < 0.25 else x
