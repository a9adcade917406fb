#!/usr/bin/env python3
"""Real radiographs as `demo --archive N --images CSV` takes them: pictures of public repositories, with their labels.

    pip install numpy opencv-python-headless
    python3 tests/bench/radiographs.py CLONES OUT [--only-test | --collimated]

CLONES holds clones of the repositories below, named OWNER+NAME, whole or as many of them as there are. Most state no
licence: the pictures serve to measure, are never committed and train no shipped weights. What the shipped model was
trained on is not among them, nor is the half of them that its thresholds were set on (models/xray-1/train/evalset.py
divides them). `--only-test` takes the other half alone, of the sources that the model's card measures, and the shoulders.
`--collimated` cuts exams of further parts out of the hands and skulls, so that there are twelve labels: every picture is
one exam, whole or cut, as if the collimator had been closed. No pixel is made up.

One picture a patient where names tell patients; of pictures that look alike (correlation above 0.98) the first.
Which parts can be seen was judged by eye once for each source, not picture by picture: a part counts when about an
eighth of it lies in the field, as for renderings. Parts that only some pictures of a source show count as not visible.
"""

import argparse
import csv
import pathlib
import subprocess
import sys

import cv2
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models/xray-1/train"))
import evalset  # noqa: E402  (the division into halves is the model's own)

CHEST = "WB SP CS NE TS CH RI CL SH"
SPINE = "WB SP TS LS CH RI AB CL"
# Repository, folder, label, view, visible parts, most pictures, who is the patient.
SOURCES = [
    ("muhammedtalo+COVID-19", "X-Ray Image DataSet/", "CH", "", CHEST, 250),
    ("apolanco3225+Medical-MNIST-Classification", "resized/CXR/", "CH", "", CHEST, 100),
    ("apolanco3225+Medical-MNIST-Classification", "resized/Hand/", "HA", "PA", "EX UL WR HA FI", 250),
    ("aditya-sridhar-git+RestNet50-Osteoarthritis-Classifier", "data/sample_xrays/test/", "KN", "AP", "EX TH KN LE", 250),
    ("Thiggel+Cephalometric-Landmark-Detection-Using-Contemporary-DL", "dataset/benchmark/images/", "SK", "lateral",
     "WB HE SK FA PS JA NE SP CS", 400),
    ("AdamSkog+Scoliosis-Xray-Classification", "data/", "SP", "AP", SPINE, 250),
    ("Zzz512+MLUA", "dataset/test/images/", "JA", "panoramic", "HE SK FA PS JA NE", 250),
    ("icgncl+Dissima", "data/", "SH", "", "EX CL SH UA RI", 250),
    ("radoss-org+radoss-creative-commons", "other/xray/331_DDH_", "PE", "AP", "EX SP LS AB PE SC SI HI TH", 250),
]
# What hands and skulls become in turn under --collimated: label, view, visible parts; top, bottom, left and right of the
# part that is kept, as shares of the picture. By its label, None: the whole picture as above.
EXAMS = {
    "HA": [None, None, ("FI", "PA", "EX UL HA FI", (0, 0.5, 0, 1)), ("WR", "PA", "EX UL WR HA", (0.45, 1, 0, 1))],
    "SK": [None, None, ("CS", "lateral", "HE JA NE SP CS", (0.55, 1, 0, 0.6)),
           ("FA", "lateral", "HE SK FA PS JA NE", (0.3, 1, 0.35, 1))],
}
# The shipped model was trained on these five; the others with lines drawn in are the same pictures again.
TRAINED_ON = {f"331_DDH_{n}" for n in (1, 10, 107, 116, 138)}
LONGEST = 512


def codes():
    """SCTIDs by key."""
    lines = (ROOT / "mappings/concepts.tsv").read_text().splitlines()
    rows = csv.DictReader([line for line in lines if not line.startswith("#")], delimiter="\t")
    return {row["key"]: row["sctid"] for row in rows}


def halves(source):
    """The pictures that the model's card measures or was tuned on: name to half."""
    repository, under, label = source[:3]
    measured = [s for s in evalset.SOURCES if s[:3] == (repository, under, label)]
    if not measured:
        return None, {}
    names = sorted(evalset.files(str(source[-1]), under), key=evalset.rank)[: measured[0][3]]
    odd = {n: int(evalset.rank("half " + evalset.group(n))[:8], 16) % 2 for n in names}
    return names, {n: "test" if o else "validation" for n, o in odd.items()}


def names(source, only_test):
    """The usable names of a source, in an order that depends on nothing else."""
    repository, under, label, *_ = source
    known, half = halves(source)
    if only_test and known is None:
        return sorted(evalset.files(str(source[-1]), under), key=evalset.rank) if label == "SH" else []
    tuned_on = {evalset.group(n) for n, h in half.items() if h == "validation"}
    every = [n for n in known if half[n] == "test"] if only_test else evalset.files(str(source[-1]), under)
    stem = lambda n: pathlib.Path(n).stem
    every = [n for n in every if stem(n) not in TRAINED_ON and not stem(n).endswith("_processed")]
    patients = set()
    chosen = []
    for name in sorted(every, key=evalset.rank):
        patient = evalset.group(name)
        if patient not in tuned_on and (label != "KN" or patient not in patients):
            chosen.append(name)
            patients.add(patient)
    return chosen


def picture(clone, name):
    raw = subprocess.run(["git", "-C", clone, "show", f"HEAD:{name}"], capture_output=True)
    x = cv2.imdecode(np.frombuffer(raw.stdout, np.uint8), cv2.IMREAD_GRAYSCALE) if raw.stdout else None
    if x is None:
        return None
    f = LONGEST / max(x.shape)
    return cv2.resize(x, None, fx=f, fy=f, interpolation=cv2.INTER_AREA) if f < 1 else x


def thumbnail(x):
    t = cv2.resize(x, (24, 24), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    t -= t.mean()
    return t / max(float(np.linalg.norm(t)), 1e-6)


def collimated(x, edges):
    (top, bottom), (left, right) = ([round(e * n) for e in pair] for pair, n in zip((edges[:2], edges[2:]), x.shape))
    return x[top:bottom, left:right]


def exam(x, source, number, cut):
    """What the picture shows once the collimator has been closed, with label, view and visible parts."""
    repository, under, label, view, visible, most = source[:6]
    choices = EXAMS.get(label, [None]) if cut else [None]
    chosen = choices[number % len(choices)]
    return (label, view, visible, x) if chosen is None else (*chosen[:3], collimated(x, chosen[3]))


def gather(source, out, only_test, cut):
    """Writes the pictures of one source; returns their rows."""
    repository, label, most = source[0], source[2], source[5]
    by_key = codes()
    seen, rows = [], []
    for name in names(source, only_test):
        if len(rows) == most:
            break
        x = picture(str(source[-1]), name)
        if x is None:
            continue
        t = thumbnail(x)
        # A rigidly framed exam looks alike from patient to patient: only the same picture again correlates like this.
        if any(float(t @ s) > (0.98 if label in ("CH", "SP", "SH", "PE") else 0.9995) for s in seen):
            continue
        seen.append(t)
        part, view, visible, x = exam(x, source, len(rows), cut)
        path = f"{part}-{repository.split('+')[1][:12]}-{len(rows):04}.png"
        cv2.imwrite(str(out / path), x)
        stem = pathlib.Path(name).stem
        side = stem[-1] if part == "KN" and stem[-1] in "LR" else ""
        parts = "|".join(by_key[k] for k in visible.split())
        rows.append([path, by_key[part], parts, side, view, repository.split("+")[1]])
    return rows


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("clones", type=pathlib.Path)
    ask.add_argument("out", type=pathlib.Path)
    which = ask.add_mutually_exclusive_group()
    which.add_argument("--only-test", action="store_true")
    which.add_argument("--collimated", action="store_true")
    asked = ask.parse_args()
    asked.out.mkdir(parents=True)
    with open(asked.out / "images.csv", "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow("path examined visible laterality view group".split())
        for source in SOURCES:
            clone = asked.clones / source[0]
            clone = clone / "repo" if (clone / "repo").exists() else clone
            if not clone.exists():
                print(f"{source[0]}: no clone, left out", file=sys.stderr)
                continue
            rows = gather((*source, clone), asked.out, asked.only_test, asked.collimated)
            table.writerows(rows)
            print(source[2], source[0], len(rows), flush=True)


if __name__ == "__main__":
    main()
