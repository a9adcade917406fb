"""Pictures that are no radiograph of the 36: slices through the meshes, photographs of package samples, patterns, pages, breasts.

python negatives.py MESHES OUT.npz [--count 1500] [--seed 5]
"""

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np

cv2.setNumThreads(1)
TISSUE = {"cortical bone": (500, 1300), "cancellous bone": (200, 500), "tooth": (1500, 2500), "lung air": (-850, -700), "soft / gas": (-900, 60), "gas": (-1000, -950), "cartilage": (80, 160)}


def load_mesh(path):
    """Triangles of a binary little-endian PLY."""
    raw = path.read_bytes()
    end = raw.index(b"end_header") + 11
    header = raw[:end].decode("ascii")
    n = int(header.split("element vertex ")[1].split()[0])
    m = int(header.split("element face ")[1].split()[0])
    fields = header.split("element vertex")[1].split("element face")[0].count("property float")
    v = np.frombuffer(raw, "<f4", n * fields, end).reshape(n, fields)[:, :3]
    f = np.frombuffer(raw, np.dtype([("k", "u1"), ("i", "<i4", 3)]), m, end + 4 * n * fields)
    return v[f["i"]]


def section(triangles, axis, at):
    """Segments where a plane cuts the triangles, in the two other axes."""
    d = triangles[:, :, axis] - at
    hit = (d.min(1) < 0) & (d.max(1) > 0)
    t, d = triangles[hit], d[hit]
    others = [a for a in range(3) if a != axis]
    points = []
    for a, b in ((0, 1), (1, 2), (2, 0)):
        da, db = d[:, a], d[:, b]
        cross = (da < 0) != (db < 0)
        f = np.where(cross, da / np.where(cross, da - db, 1), np.nan)
        points.append((t[:, a] + f[:, None] * (t[:, b] - t[:, a]))[:, others])
    p = np.stack(points, 1)
    keep = ~np.isnan(p[:, :, 0])
    return np.stack([row[k][:2] for row, k in zip(p, keep)]) if len(p) else np.empty((0, 2, 2))


def filled(segments, shape):
    """Even-odd fill by scan line."""
    h, w = shape
    flip = np.zeros((h, w + 1), np.int32)
    for (x0, y0), (x1, y1) in segments:
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        rows = np.arange(max(0, int(np.ceil(y0))), min(h, int(np.ceil(y1))))
        if rows.size:
            xs = x0 + (rows - y0) / (y1 - y0) * (x1 - x0)
            np.add.at(flip, (rows, np.clip(np.ceil(xs).astype(int), 0, w)), 1)
    return (np.cumsum(flip, 1)[:, :w] % 2).astype(bool)


class Slicer:
    """CT- and MR-like sections of the body."""

    def __init__(self, folder):
        self.parts = []
        for row in csv.DictReader(open(folder / "parts.csv")):
            path = folder / row["file"]
            if path.exists():
                t = load_mesh(path)
                self.parts.append((row["file"].split("/")[0], row["tissue"], t, t.reshape(-1, 3).min(0), t.reshape(-1, 3).max(0)))
        low = np.min([p[3] for p in self.parts], 0)
        self.low, self.high = low, np.max([p[4] for p in self.parts], 0)
        self.up = int(np.argmax(self.high - self.low))

    def slice(self, r):
        axis = self.up if r.random() < 0.75 else int(r.choice([a for a in range(3) if a != self.up]))
        span = self.high[axis] - self.low[axis]
        at = self.low[axis] + span * ((r.uniform(0.45, 0.99) if r.random() < 0.75 else r.uniform(0.02, 0.98)) if axis == self.up else r.uniform(0.3, 0.7))
        others = [a for a in range(3) if a != axis]
        cut = [(g, t, section(tri, axis, at)) for g, t, tri, lo, hi in self.parts if lo[axis] < at < hi[axis]]
        cut = [c for c in cut if len(c[2])]
        if not cut:
            return None
        skin = [c[2] for c in cut if "skin" in c[0]] or [c[2] for c in cut]
        points = np.concatenate(skin).reshape(-1, 2)
        low, high = points.min(0), points.max(0)
        if self.up in others:
            k = others.index(self.up)
            reach = r.uniform(250, 600)
            middle = r.uniform(low[k] + reach / 2, max(low[k] + reach / 2 + 1, high[k] - reach / 2))
            low[k], high[k] = middle - reach / 2, middle + reach / 2
        size = 256
        scale = size * r.uniform(0.7, 0.95) / max(high - low)
        mr = r.random() < 0.4
        hu = np.full((size, size), -1000.0, np.float32)
        tissue_value = {}
        for group, tissue, segments in sorted(cut, key=lambda c: 0 if "skin" in c[0] else 1 if "soft" in c[1] else 2):
            p = (segments - (low + high) / 2) * scale + size / 2
            if self.up in others and others.index(self.up) == 1:
                p[:, :, 1] = size - p[:, :, 1]
            mask = filled(p, (size, size))
            key = "skin" if "skin" in group else tissue
            if key not in tissue_value or r.random() < 0.3:
                lo, hi = next((v for k, v in TISSUE.items() if key.startswith(k)), (20, 90)) if not mr else (-900, 600)
                tissue_value[key] = r.uniform(lo, hi)
            hu[mask] = tissue_value[key] if key != "skin" else r.uniform(-80, 40)
            if key == "cortical bone" and not mr:
                inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
                hu[inner] -= r.uniform(100, 500)
        hu = cv2.GaussianBlur(hu, (0, 0), r.uniform(0.5, 1.5)) + r.normal(0, 1, hu.shape) * r.uniform(5, 50)
        centre, width = [(40, 400), (-500, 1500), (400, 1800), (50, 150)][r.integers(4)] if not mr else (r.uniform(-300, 100), r.uniform(800, 1600))
        return np.clip((hu - centre) / width + 0.5, 0, 1)


def fractal(r, h, w, slope):
    f = np.hypot(np.fft.fftfreq(h)[:, None], np.fft.rfftfreq(w)[None])
    f[0, 0] = 1
    s = (r.normal(size=f.shape) + 1j * r.normal(size=f.shape)) / f**slope
    x = np.fft.irfft2(s, (h, w))
    return ((x - x.min()) / (np.ptp(x) + 1e-9)).astype(np.float32)


def pattern(r):
    h, w = (int(v) for v in r.integers(96, 300, 2))
    kind = r.integers(7)
    y, x = np.mgrid[0:1 : h * 1j, 0:1 : w * 1j].astype(np.float32)
    if kind == 0:
        return r.random((h, w)).astype(np.float32) ** r.uniform(0.5, 3)
    if kind == 1:
        return np.clip(r.uniform(-1, 1) * x + r.uniform(-1, 1) * y + r.uniform(0, 1) + r.normal(0, 0.01, (h, w)), 0, 1).astype(np.float32)
    if kind == 2:
        return fractal(r, h, w, r.uniform(0.5, 2.5))
    if kind == 3:
        page = np.full((h, w), int(r.uniform(150, 255)), np.uint8)
        for line in range(8, h, int(r.integers(8, 24))):
            text = "".join(chr(c) for c in r.integers(48, 123, r.integers(4, 50)))
            cv2.putText(page, text, (int(r.integers(2, 20)), line), int(r.integers(0, 6)), float(r.uniform(0.25, 0.6)), int(r.uniform(0, 80)), 1)
        page = page.astype(np.float32) / 255
        return page if r.random() < 0.5 else 1 - page
    if kind == 4:
        page = np.full((h, w), r.random(), np.float32)
        for _ in range(r.integers(1, 20)):
            c = tuple(int(v) for v in r.integers(0, 256, 2))
            if r.random() < 0.5:
                cv2.circle(page, c, int(r.integers(3, 80)), float(r.random()), -1 if r.random() < 0.6 else 2)
            else:
                cv2.rectangle(page, c, tuple(int(v) for v in r.integers(0, 256, 2)), float(r.random()), -1 if r.random() < 0.6 else 2)
        return cv2.GaussianBlur(page, (0, 0), r.uniform(0.3, 4))
    if kind == 5:
        k = r.uniform(3, 60)
        return (0.5 + 0.5 * np.sin(k * (x * np.cos(a := r.uniform(0, 3.1)) + y * np.sin(a)) + fractal(r, h, w, 2) * r.uniform(0, 8))).astype(np.float32)
    page = np.full((h, w), int(50 * r.random()), np.uint8)
    cv2.putText(page, "R" if r.random() < 0.5 else "L", (int(r.integers(0, w // 2)), int(r.integers(30, h))), 0, 1, 255, 2)
    return np.clip(page.astype(np.float32) / 255 + r.normal(0, r.uniform(0.005, 0.05), (h, w)), 0, 1).astype(np.float32)


def breast(r):
    """A mammogram-like half disc with glandular texture."""
    h, w = int(r.integers(200, 300)), int(r.integers(120, 240))
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    a, b = w * r.uniform(0.6, 0.95), h * r.uniform(0.32, 0.5)
    c = h * r.uniform(0.45, 0.6)
    e = (x / a) ** 2 + ((y - c) / b) ** 2
    inside = e < 1
    gland = fractal(r, h, w, r.uniform(1.2, 2.0)) ** r.uniform(1, 3)
    t = np.sqrt(np.clip(1 - e, 0, 1)) ** r.uniform(0.2, 0.7)
    out = np.where(inside, r.uniform(0.15, 0.4) * t + r.uniform(0.4, 0.9) * gland * np.clip(1.3 - e, 0, 1) * t, 0)
    if r.random() < 0.5:
        corner = x * r.uniform(0.7, 1.6) + y < h * r.uniform(0.2, 0.45)
        out = np.where(corner & (inside | (r.random() < 0.3)), np.maximum(out, r.uniform(0.5, 0.9)), out)
    out = cv2.GaussianBlur(np.clip(out, 0, 1).astype(np.float32), (0, 0), 1)
    return out[:, ::-1] if r.random() < 0.5 else out


def photographs(test):
    """Sample pictures that packages carry; the last third by name is kept for evaluation."""
    import matplotlib
    import pydicom
    import skimage
    import sklearn

    found = []
    for folder in (Path(skimage.__file__).parent / "data", Path(sklearn.__file__).parent / "datasets/images", Path(matplotlib.__file__).parent / "mpl-data/sample_data"):
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".bmp"):
                x = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
                if x is not None and min(x.shape) >= 64:
                    found.append((path.name, x.astype(np.float32) / 255))
    for path in sorted((Path(pydicom.__file__).parent / "data/test_files").rglob("*.dcm")):
        try:
            d = pydicom.dcmread(path)
            if d.Modality not in ("CT", "MR", "US", "PT", "NM") or d.get("SamplesPerPixel", 1) != 1:
                continue
            x = np.atleast_3d(d.pixel_array.astype(np.float32)) if d.get("NumberOfFrames", 1) == 1 else d.pixel_array[0][..., None].astype(np.float32)
            x = x[..., 0]
            if min(x.shape) >= 48 and np.ptp(x) > 0:
                found.append((path.name, (x - x.min()) / np.ptp(x)))
        except Exception:
            continue
    found.sort(key=lambda f: f[0])
    return [x for k, (_, x) in enumerate(found) if (k % 3 == 2) == test]


def crop(x, r):
    h, w = x.shape
    f = r.uniform(0.25, 1)
    ch, cw = max(48, int(h * f)), max(48, int(w * min(1, f * np.exp(r.normal(0, 0.3)))))
    ch, cw = min(ch, h), min(cw, w)
    t, l = int(r.integers(0, h - ch + 1)), int(r.integers(0, w - cw + 1))
    x = x[t : t + ch, l : l + cw]
    k = 256 / max(x.shape)
    return cv2.resize(x, None, fx=k, fy=k, interpolation=cv2.INTER_AREA) if k < 1 else x


def main():
    p = argparse.ArgumentParser()
    p.add_argument("meshes")
    p.add_argument("out")
    p.add_argument("--count", type=int, default=1500)
    p.add_argument("--seed", type=int, default=5)
    p.add_argument("--test", action="store_true")
    p.add_argument("--photographs", help="a folder of further photographs")
    a = p.parse_args()
    r = np.random.default_rng(a.seed)
    slicer, photos = Slicer(Path(a.meshes)), photographs(a.test)
    for path in sorted(Path(a.photographs).iterdir()) if a.photographs else []:
        x = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if x is not None and min(x.shape) >= 64:
            photos.append(x.astype(np.float32) / 255)
    print(len(photos), "photographs and sections")
    images, kinds = [], []
    while len(images) < a.count:
        u = r.random()
        if u < 0.3:
            kind, x = "section", slicer.slice(r)
            if x is None:
                continue
        elif u < 0.65:
            kind, x = "photograph", crop(photos[r.integers(len(photos))], r)
        elif u < 0.85:
            kind, x = "pattern", pattern(r)
        else:
            kind, x = "breast", breast(r)
        images.append((255 * np.clip(x, 0, 1)).astype(np.uint8))
        kinds.append(kind)
    box = np.empty(len(images), object)
    box[:] = images
    np.savez(a.out, images=box, kinds=np.array(kinds))


if __name__ == "__main__":
    main()
