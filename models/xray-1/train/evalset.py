"""Gathers evaluation images from clones of public repositories (never for training): python evalset.py CLONES OUT.npz

Each file is assigned to the validation or the test half by the hash of its group, so the halves share no group.
CLONES holds bare or normal clones named OWNER+NAME.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

SOURCES = [
    ("muhammedtalo+COVID-19", "X-Ray Image DataSet/", "CH", 240),
    ("apolanco3225+Medical-MNIST-Classification", "resized/Hand/", "HA", 200),
    ("apolanco3225+Medical-MNIST-Classification", "resized/CXR/", "CH", 60),
    ("apolanco3225+Medical-MNIST-Classification", "resized/HeadCT/", "reject", 80),
    ("apolanco3225+Medical-MNIST-Classification", "resized/ChestCT/", "reject", 80),
    ("apolanco3225+Medical-MNIST-Classification", "resized/AbdomenCT/", "reject", 80),
    ("apolanco3225+Medical-MNIST-Classification", "resized/BreastMRI/", "reject", 80),
    ("aditya-sridhar-git+RestNet50-Osteoarthritis-Classifier", "data/sample_xrays/test/", "KN", 240),
    ("Thiggel+Cephalometric-Landmark-Detection-Using-Contemporary-DL", "dataset/benchmark/images/", "SK", 160),
    ("AdamSkog+Scoliosis-Xray-Classification", "data/", "SP", 259),
    ("Zzz512+MLUA", "dataset/test/images/", "JA", 100),
]


def files(clone, under):
    names = subprocess.run(["git", "-C", clone, "-c", "core.quotePath=off", "ls-tree", "-r", "HEAD", "--name-only"], capture_output=True, text=True, check=True).stdout
    keep = (".png", ".jpg", ".jpeg", ".bmp", ".tif")
    return [n for n in names.splitlines() if n.startswith(under) and n.lower().endswith(keep)]


def rank(name):
    return hashlib.sha256(name.encode()).hexdigest()


def group(name):
    """OAI files of one person's two knees share the number."""
    stem = Path(name).stem
    return stem[:-1] if stem and stem[-1] in "LR" and stem[:-1].isdigit() else stem


def main():
    clones, out = Path(sys.argv[1]), sys.argv[2]
    images, labels, sources, names, halves = [], [], [], [], []
    for repository, under, label, count in SOURCES:
        clone = clones / repository
        clone = clone / "repo" if (clone / "repo").exists() else clone
        for name in sorted(files(str(clone), under), key=rank)[:count]:
            raw = subprocess.run(["git", "-C", str(clone), "show", f"HEAD:{name}"], capture_output=True, check=True).stdout
            x = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_GRAYSCALE)
            if x is None:
                continue
            f = 512 / max(x.shape)
            images.append(cv2.resize(x, None, fx=f, fy=f, interpolation=cv2.INTER_AREA) if f < 1 else x)
            labels.append(label)
            sources.append(repository.split("+")[1] + "/" + label)
            names.append(name)
            halves.append("test" if int(rank("half " + group(name))[:8], 16) % 2 else "validation")
        print(repository, label, labels.count(label), flush=True)
    box = np.empty(len(images), object)
    box[:] = images
    np.savez_compressed(out, images=box, labels=labels, sources=sources, names=names, halves=halves)


if __name__ == "__main__":
    main()
