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
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--first", type=int, default=0)
    p.add_argument("--last", type=int, default=10**9)
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
    todo = [(c, i) for c in range(a.copies) for i in range(a.first, min(a.last, len(source)))][shard::of]
    maps, labels, visible, domains = [], [], [], []
    batch = []

    def flush():
        if batch:
            maps.append(net.run(None, {"x": np.stack(batch)[:, None]})[0].astype(np.float16))
            batch.clear()

    for n, (copy, i) in enumerate(todo):
        r = np.random.default_rng([a.seed, copy, i])
        image = source.image(i)
        try:
            crop = 0.85 if a.kind == "rendered" else 0.75
            picture = image if a.clean else augment.augmented(image, r, donors if a.kind == "rendered" else None, crop)
            x = normalised(prepare(picture, a.size))
        except Unsuitable:
            continue
        batch.append(x)
        labels.append(source.label(i))
        visible.append(source.visible(i))
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
