"""Runs augmented copies through the frozen early blocks and keeps the maps (f16): resumable, sharded.

python features.py rendered|radiographs|negatives SOURCE OUT --weights W [--copies 1] [--clean] [--shard 0/2]
"""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime as ort

import augment
import data
from prepare import Unsuitable, normalised, prepare


JOINTS = ["SH", "EL", "WR", "HA", "HI", "KN", "AN", "FT"]


def tight(image, r):
    """The middle of a picture of a joint, square as some archives crop it; what lies outside is no longer known to be seen."""
    h, w = image.shape
    side = min(h, w, int(max(h, w) * r.uniform(0.45, 0.85)))
    top, left = (h - side) * r.uniform(0.4, 0.6), (w - side) * r.uniform(0.4, 0.6)
    return image[int(top) : int(top) + side, int(left) : int(left) + side]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("kind")
    p.add_argument("source")
    p.add_argument("out")
    p.add_argument("--onnx", required=True, help="the frozen part, made by export_early.py")
    p.add_argument("--donors", help="folder of openly licensed radiographs")
    p.add_argument("--size", type=int, default=160)
    p.add_argument("--copies", type=int, default=1)
    p.add_argument("--clean", action="store_true")
    p.add_argument("--warped", type=float, default=0.0, help="share of the pictures that are bent a little")
    p.add_argument("--tight", type=float, default=0.0, help="share of the renderings of joints of which only the middle is kept")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--first", type=int, default=0)
    p.add_argument("--last", type=int, default=10**9)
    p.add_argument("--views", help="only renderings of these projections")
    p.add_argument("--shard", default="0/1")
    a = p.parse_args()
    shard, of = map(int, a.shard.split("/"))
    if a.kind == "rendered":
        source = data.Rendered(a.source)
    elif a.kind == "radiographs":
        source = data.Radiographs(a.source, {"hannover_cxr": 3, "cadma_spine": 3, "jordan_ddh": 60})
    else:
        source = data.Negatives(a.source)
    donors = data.donors(a.donors) if a.donors else None
    o = ort.SessionOptions()
    o.intra_op_num_threads = 1
    net = ort.InferenceSession(a.onnx, o, providers=["CPUExecutionProvider"])
    rows = [i for i in range(a.first, min(a.last, len(source))) if not a.views or source.rows[i]["view"] in a.views.split(",")]
    todo = [(c, i) for c in range(a.copies) for i in rows][shard::of]
    maps, labels, visible, domains = [], [], [], []
    batch = []

    def flush():
        if batch:
            maps.append(net.run(None, {"x": np.stack(batch)[:, None]})[0].astype(np.float16))
            batch.clear()

    for n, (copy, i) in enumerate(todo):
        r = np.random.default_rng([a.seed, copy, i])
        image = source.image(i)
        known = source.visible(i)
        if a.tight and source.rows[i]["key"] in JOINTS and source.rows[i]["view"] != "both" and r.random() < a.tight:
            image = tight(image, r)
            known = np.where(known == 0, 0, -1).astype(np.float32)
        try:
            crop = 0.85 if a.kind == "rendered" else 0.75
            picture = image if a.clean else augment.augmented(image, r, donors if a.kind == "rendered" else None, crop, a.warped)
            x = normalised(prepare(picture, a.size))
        except Unsuitable:
            continue
        batch.append(x)
        labels.append(source.label(i))
        visible.append(known)
        domains.append(source.domain(i))
        if len(batch) == 32:
            flush()
        if n % 500 == 0:
            print(n, len(todo), flush=True)
    flush()
    out = Path(f"{a.out}.{shard}.npz")
    np.savez(out, maps=np.concatenate(maps), labels=np.array(labels, np.int16), visible=np.stack(visible), domains=np.array(domains, np.int8))
    print("wrote", out)


if __name__ == "__main__":
    main()
