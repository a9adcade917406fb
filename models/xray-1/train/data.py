"""Pictures and their labels: renderings, openly licensed radiographs, and what is no radiograph of the 36."""

import csv
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

KEYS = "WB HE SK FA PS JA NE SP CS TS LS SC CH RI AB PE SI EX UL CL SH UA EL FO WR HA FI LL HI TH KN LE AN FT CA TO".split()
EXAMINED = [k for k in KEYS if k not in ("HE", "EX")]
REJECT = len(EXAMINED)
VISIBLE_SHARE = 0.12
REAL_LABEL = {"chest": "CH", "spine": "SP", "thoracolumbar_spine": "SP", "whole_spine": "SP", "pelvis": "PE"}


def trimmed(x):
    """Without the black margin that the raw file's square adds."""
    rows, cols = np.flatnonzero(x.any(1)), np.flatnonzero(x.any(0))
    if rows.size < 32 or cols.size < 32:
        return x
    return x[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]


class Rendered:
    """A raw file of the renderer (`--raw`) with its labels."""

    def __init__(self, raw, size=256):
        self.rows = list(csv.DictReader(open(Path(raw).with_suffix(".csv"))))
        self.pixels = np.memmap(raw, np.uint8, "r").reshape(-1, size, size)
        self.rows = self.rows[: len(self.pixels)]

    def __len__(self):
        return len(self.rows)

    def image(self, i):
        return trimmed(np.array(self.pixels[i]))

    def label(self, i):
        return EXAMINED.index(self.rows[i]["key"])

    def visible(self, i):
        v = np.zeros(len(KEYS), np.float32)
        for part in filter(None, self.rows[i]["visible"].split("|")):
            key, share = part.split(":")
            v[KEYS.index(key)] = share
        return v

    def domain(self, i):
        return 0


def fitted(image, side):
    h, w = image.shape
    f = side / max(h, w)
    return image if f >= 1 else cv2.resize(image, (max(1, round(w * f)), max(1, round(h * f))), interpolation=cv2.INTER_AREA)


class Radiographs:
    """The openly licensed folder with its `manifest.csv`; a label repeated so that sources weigh alike."""

    def __init__(self, folder, repeat):
        folder = Path(folder)
        self.rows, self.pixels = [], []
        for row in csv.DictReader(open(folder / "manifest.csv")):
            image = fitted(np.asarray(Image.open(folder.parent / row["path"]).convert("L")), 320)
            for _ in range(repeat.get(row["dataset"], 1)):
                self.rows.append(row)
                self.pixels.append(image)

    def __len__(self):
        return len(self.rows)

    def image(self, i):
        return self.pixels[i]

    def label(self, i):
        return EXAMINED.index(REAL_LABEL[self.rows[i]["label"]])

    def visible(self, i):
        return np.full(len(KEYS), -1, np.float32)

    def domain(self, i):
        return 1


class Negatives:
    """Pictures of a numpy file: no radiograph of the 36."""

    def __init__(self, path):
        self.pixels = list(np.load(path, allow_pickle=True)["images"])

    def __len__(self):
        return len(self.pixels)

    def image(self, i):
        return self.pixels[i]

    def label(self, i):
        return REJECT

    def visible(self, i):
        return np.zeros(len(KEYS), np.float32)

    def domain(self, i):
        return 2


def donors(folder):
    """The fine structure of real radiographs: the picture less its blur."""
    out = []
    for source in ("hannover_cxr", "cadma_spine", "jordan_ddh"):
        for path in sorted((Path(folder) / source).iterdir())[:60]:
            if path.suffix.lower() not in (".jpg", ".jpeg", ".png"):
                continue
            x = fitted(np.asarray(Image.open(path).convert("L")), 640).astype(np.float32) / 255
            out.append(x - cv2.GaussianBlur(x, (0, 0), 2.5))
    return out
