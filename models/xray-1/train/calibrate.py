"""Fits temperature, thresholds and reject rule on validation pictures only, then writes the model folder.

python calibrate.py STATE.pt FOLDER --rendered val.raw --eval eval.npz --negatives negtest-free.npz [--id xray-1] [--size 160]
"""

import argparse
import base64
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

import augment
import data
import infer
from net import Net
from prepare import normalised, prepare

CONCEPTS = "38266002 69536005 89546000 91397008 2095001 661005 45048000 421060004 122494005 122495006 122496007 1217254007 816094009 113197003 818981001 816092008 39723000 66019005 53120007 51299004 16982005 40983000 16953009 14975008 74670003 85562004 7569003 61685007 24136001 68367000 72696002 30021000 70258002 56459004 80144004 29707007".split()


def rendered_validation(raw, count, seed=31):
    """Held-out renderings, each once as augmented as in training."""
    source = data.Rendered(raw)
    rows = np.linspace(0, len(source) - 1, min(count, len(source))).astype(int)
    images, labels, visible = [], [], []
    for i in rows:
        images.append(augment.augmented(source.image(i), np.random.default_rng([seed, int(i)]), None, 0.85))
        labels.append(source.label(i))
        visible.append(source.visible(i))
    return images, np.array(labels), np.stack(visible)


def nll(e, y, w, t):
    z = e / t
    z = z - z.max(1, keepdims=True)
    return float((w * (np.log(np.exp(z).sum(1)) - z[np.arange(len(y)), y])).sum() / w.sum())


def visible_shift(v, truth, wanted=0.012):
    """Per label the logit shift that lets the wanted share of impossible parts through, no further than 2 from nought."""
    shift = np.zeros(v.shape[1], np.float32)
    for k in range(v.shape[1]):
        must, cannot = truth[:, k] >= 0.35, truth[:, k] < 0.02
        if must.sum() < 20 or cannot.sum() < 50:
            continue
        allowed = np.quantile(v[cannot, k], 1 - wanted)
        needed = np.quantile(v[must, k], 0.05)
        cut = allowed if allowed > needed else 0.5 * (allowed + needed)
        shift[k] = -np.clip(cut, -2, 2)
    return shift


def write_labels(path, support):
    rows = ["index\thead\tsctid\tkey\tsupport\tnote"]
    for head, keys in (("examined", data.EXAMINED), ("visible", data.KEYS)):
        for i, key in enumerate(keys):
            rows.append(f"{i}\t{head}\t{CONCEPTS[data.KEYS.index(key)]}\t{key}\t{support.get(key, 'synthetic') if head == 'examined' else 'synthetic'}\t")
    rows.insert(1 + len(data.EXAMINED), f"{data.REJECT}\texamined\t\treject\treal\tno radiograph of the 36")
    Path(path).write_text("\n".join(rows) + "\n")


def parity(net, images, size):
    """Twenty small pictures, checksums of their tensors, and the logits."""
    out = []
    with torch.no_grad():
        for x in images:
            t = normalised(prepare(x, size))
            e, v = net(torch.from_numpy(t[None, None]))
            at = [int(i) for i in np.linspace(0, t.size - 1, 8)]
            out.append({
                "width": int(x.shape[1]), "height": int(x.shape[0]), "grey8": base64.b64encode(np.ascontiguousarray(x).tobytes()).decode(),
                "mean": float(t.mean(dtype=np.float64)), "samples": [[i, float(t.ravel()[i])] for i in at],
                "examined": [float(s) for s in e[0]], "visible": [float(s) for s in v[0]],
            })
    return {"images": out}


def small(images, r):
    import cv2

    out = []
    for x in images:
        w, h = int(r.integers(48, 161)), int(r.integers(40, 121))
        out.append(cv2.resize(x, (w, h), interpolation=cv2.INTER_AREA))
    return out


def main():
    p = argparse.ArgumentParser()
    p.add_argument("state")
    p.add_argument("folder")
    p.add_argument("--rendered", required=True)
    p.add_argument("--eval", required=True)
    p.add_argument("--negatives", required=True)
    p.add_argument("--id", default="xray-1")
    p.add_argument("--size", type=int, default=160)
    p.add_argument("--count", type=int, default=1020)
    a = p.parse_args()
    torch.set_num_threads(2)
    folder = Path(a.folder)
    folder.mkdir(parents=True, exist_ok=True)
    net = Net(data.REJECT + 1, len(data.KEYS))
    net.load_state_dict(torch.load(a.state, weights_only=True))
    net.eval()
    images, y, truth = rendered_validation(a.rendered, a.count)
    es, vs = infer.logits(net, images, a.size)
    z = np.load(a.eval, allow_pickle=True)
    half = z["halves"] == "validation"
    real = [x for x, h in zip(z["images"], half) if h]
    ry = np.array([data.REJECT if l == "reject" else data.EXAMINED.index(l) for l in z["labels"][half]])
    er, _ = infer.logits(net, real, a.size)
    negative = list(np.load(a.negatives, allow_pickle=True)["images"])
    en, _ = infer.logits(net, negative, a.size)

    shift = visible_shift(vs, truth)
    with torch.no_grad():
        net.visible.bias += torch.from_numpy(shift)
    tensors = {k: v.to(torch.float16).contiguous() for k, v in net.tensors().items()}
    save_file(tensors, str(folder / "weights.safetensors"), metadata={"format": "pt"})
    digest = hashlib.sha256((folder / "weights.safetensors").read_bytes()).hexdigest()

    e, labels = np.concatenate([es, er]), np.concatenate([y, ry])
    kind = np.concatenate([np.zeros(len(y)), np.ones(len(ry))])
    good = ~np.isnan(e[:, 0]) & (labels != data.REJECT)
    e, labels, kind = e[good], labels[good], kind[good]
    w = np.zeros(len(labels))
    for k in (0, 1):
        for l in np.unique(labels[kind == k]):
            at = (kind == k) & (labels == l)
            w[at] = 1 / at.sum() / len(np.unique(labels[kind == k]))
    grid = np.exp(np.linspace(np.log(0.4), np.log(3), 80))
    t = float(grid[np.argmin([nll(e, labels, w, g) for g in grid])])
    prob = infer.softmax(e / t)
    en = en[~np.isnan(en[:, 0])]
    reject_real = prob[kind == 1][:, -1]
    reject_all = np.concatenate([prob[kind == 0][:, -1], reject_real])
    reject_threshold = float(np.clip(max(np.quantile(reject_real, 0.97), np.quantile(reject_all, 0.97)), 0.02, 0.6))
    energy = infer.energy(e)
    max_energy = float(max(np.quantile(energy[kind == 1], 0.985), np.quantile(energy[kind == 0], 0.985)))
    best, right = prob[:, :-1].max(1), prob[:, :-1].argmax(1) == labels
    threshold = 0.95
    for c in np.linspace(0.2, 0.95, 76):
        keep = best >= c
        if (w * keep * right).sum() / max((w * keep).sum(), 1e-9) >= 0.93:
            threshold = float(c)
            break
    write_labels(folder / "labels.tsv", {"CH": "real", "SP": "real", "PE": "real"})
    (folder / "model.toml").write_text(f'''# Written by train/calibrate.py; fitted on validation pictures only.
id = "{a.id}"
size = {a.size}
preparation = 1
sha256 = "{digest}"
temperature_examined = {t:.4f}
temperature_visible = 1.0
threshold = {threshold:.3f}
visible_threshold = 0.5
reject_threshold = {reject_threshold:.4f}
max_energy = {max_energy:.4f}
edition = "2026-11"
licence = "CC-BY-4.0 AND Apache-2.0"
''')
    shipped = infer.from_folder(folder)
    r = np.random.default_rng(3)
    few = small([images[i] for i in np.linspace(0, len(images) - 1, 17).astype(int)] + [negative[i] for i in (0, 1, 2)], r)
    (folder / "parity.json").write_text(json.dumps(parity(shipped, few, a.size)))
    print(json.dumps({
        "temperature": t, "threshold": threshold, "reject_threshold": reject_threshold, "max_energy": max_energy,
        "rendered validation accuracy": float((infer.softmax(es)[:, :-1].argmax(1) == y)[~np.isnan(es[:, 0])].mean()),
        "real validation accuracy": float(right[kind == 1].mean()),
    }, indent=1))


if __name__ == "__main__":
    main()
