"""Scores a model folder on pictures it was not trained on and writes `metrics.json`: python evaluate.py FOLDER --eval eval.npz --rendered val.raw --negatives negtest.npz."""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
import torch

import data
import infer
from calibrate import rendered_validation


HEADS_AGREE = 0.3


def answers(e, v, s):
    """(index or -1, probability, reason) by the rules of the product."""
    p = infer.softmax(e / s["temperature_examined"])
    seen = infer.sigmoid(v / s["temperature_visible"])
    energy = infer.energy(e)
    out = []
    for i in range(len(e)):
        if np.isnan(e[i, 0]):
            out.append((-1, 0.0, "unsuitable"))
            continue
        best = int(p[i, :-1].argmax())
        top = float(p[i, best])
        if p[i, -1] >= s["reject_threshold"] or energy[i] > s["max_energy"]:
            out.append((-1, top, "no_radiograph"))
        elif seen[i, data.KEYS.index(data.EXAMINED[best])] < HEADS_AGREE:
            out.append((-1, top, "heads_disagree"))
        elif top < s["threshold"]:
            out.append((-1, top, "unsure"))
        else:
            out.append((best, top, ""))
    return out


def table(rows):
    """Per label: n, right at the first rank, interval, answered, right among the answered."""
    out = {}
    for label in sorted({r[0] for r in rows}):
        mine = [r for r in rows if r[0] == label]
        right, answered = sum(r[1] for r in mine), [r for r in mine if r[2]]
        out[label] = {
            "n": len(mine), "right": right, "accuracy": round(right / len(mine), 3), "interval": infer.wilson(right, len(mine)),
            "answered": len(answered), "right_of_answered": sum(r[1] for r in answered),
            "taken_for": dict(Counter(r[3] for r in mine if not r[1]).most_common(4)),
        }
    return out


def must_and_cannot(raw):
    """Per exam the parts that its renderings nearly always, and nearly never, show."""
    source = data.Rendered(raw)
    share = np.stack([source.visible(i) for i in range(len(source))])
    y = np.array([source.label(i) for i in range(len(source))])
    must = {k: (share[y == i] >= 0.35).mean(0) >= 0.95 for i, k in enumerate(data.EXAMINED)}
    cannot = {k: (share[y == i] > 0.02).mean(0) <= 0.005 for i, k in enumerate(data.EXAMINED)}
    return must, cannot


def score(e, v, labels, s, must=None, cannot=None):
    p = infer.softmax(e / s["temperature_examined"])
    given = answers(e, v, s)
    rows, sure, right = [], [], []
    hit = needed = false = impossible = 0
    for i, label in enumerate(labels):
        best = data.EXAMINED[int(p[i, :-1].argmax())] if not np.isnan(e[i, 0]) else "-"
        rows.append((label, best == label, given[i][0] >= 0, best))
        sure.append(given[i][1])
        right.append(best == label)
        if must is not None:
            on = infer.sigmoid(v[i]) >= s["visible_threshold"]
            hit, needed = hit + int((on & must[label]).sum()), needed + int(must[label].sum())
            false, impossible = false + int((on & cannot[label]).sum()), impossible + int(cannot[label].sum())
    sure, right = np.array(sure), np.array(right)
    by = table(rows)
    order = np.argsort(-sure)[: int(np.ceil(0.6 * len(sure)))]
    out = {
        "n": len(rows), "accuracy": round(float(right.mean()), 4), "interval": infer.wilson(int(right.sum()), len(right)),
        "macro_of_labels_with_10": round(float(np.mean([b["accuracy"] for b in by.values() if b["n"] >= 10])), 4),
        "accuracy_on_surest_60_percent": round(float(right[order].mean()), 4), "ece": round(infer.ece(sure, right), 4),
        "answered": round(float(np.mean([g[0] >= 0 for g in given])), 4),
        "accuracy_of_answered": round(float(np.mean([right[i] for i, g in enumerate(given) if g[0] >= 0] or [0])), 4),
        "taken_for_no_radiograph": round(float(np.mean([g[2] in ("no_radiograph", "unsuitable") for g in given])), 4),
        "abstained_because": dict(Counter(g[2] for g in given if g[0] < 0)), "labels": by,
    }
    if must is not None:
        out["visible_recall"] = round(hit / max(needed, 1), 4)
        out["visible_impossible_claimed"] = round(false / max(impossible, 1), 4)
        out["visible_counts"] = {"must": needed, "cannot": impossible}
    return out


def main():
    p = argparse.ArgumentParser()
    p.add_argument("folder")
    p.add_argument("--eval", required=True)
    p.add_argument("--rendered", required=True)
    p.add_argument("--negatives", required=True)
    p.add_argument("--half", default="test")
    a = p.parse_args()
    torch.set_num_threads(2)
    s, net = infer.settings(a.folder), infer.from_folder(a.folder)
    z = np.load(a.eval, allow_pickle=True)
    take = z["halves"] == a.half
    images, labels, sources = [x for x, t in zip(z["images"], take) if t], z["labels"][take], z["sources"][take]
    e, v = infer.logits(net, images, s["size"])
    must, cannot = must_and_cannot(a.rendered)
    real = labels != "reject"
    result = {"model": s["id"], "sha256": s["sha256"], "half": a.half}
    result["real"] = score(e[real], v[real], labels[real], s, must, cannot)
    result["real_by_source"] = {}
    for name in sorted(set(sources[real])):
        at = sources == name
        one = score(e[at], v[at], labels[at], s)
        result["real_by_source"][name] = {k: one[k] for k in ("n", "accuracy", "interval", "answered", "accuracy_of_answered", "taken_for_no_radiograph")}
        result["real_by_source"][name]["taken_for"] = list(one["labels"].values())[0]["taken_for"]
    result["not_radiographs"] = {}
    for name in sorted(set(sources[~real])):
        at = sources == name
        given = answers(e[at], v[at], s)
        n, no = len(given), sum(g[0] < 0 for g in given)
        result["not_radiographs"][name] = {"n": n, "abstained": no, "share": round(no / n, 3), "interval": infer.wilson(no, n)}
    images, y, truth = rendered_validation(a.rendered, 2040, seed=47)
    e, v = infer.logits(net, images, s["size"])
    result["rendered_held_out"] = score(e, v, [data.EXAMINED[k] for k in y], s)
    on = infer.sigmoid(v) >= s["visible_threshold"]
    result["rendered_held_out"]["visible_recall"] = round(float(on[truth >= 0.35].mean()), 4)
    result["rendered_held_out"]["visible_impossible_claimed"] = round(float(on[truth < 0.02].mean()), 4)
    n = np.load(a.negatives, allow_pickle=True)
    e, v = infer.logits(net, list(n["images"]), s["size"])
    given = answers(e, v, s)
    for kind in sorted(set(n["kinds"])):
        mine = [g for g, k in zip(given, n["kinds"]) if k == kind]
        no = sum(g[0] < 0 for g in mine)
        result["not_radiographs"]["made/" + kind] = {"n": len(mine), "abstained": no, "share": round(no / len(mine), 3), "interval": infer.wilson(no, len(mine))}
    (Path(a.folder) / ("metrics.json" if a.half == "test" else "metrics-validation.json")).write_text(json.dumps(result, indent=1) + "\n")
    brief = {k: result["real"][k] for k in ("n", "accuracy", "macro_of_labels_with_10", "accuracy_on_surest_60_percent", "ece", "answered", "accuracy_of_answered", "taken_for_no_radiograph", "visible_recall", "visible_impossible_claimed", "abstained_because")}
    print(json.dumps({"real": brief, "by_source": result["real_by_source"], "not_radiographs": {k: (v["n"], v["share"]) for k, v in result["not_radiographs"].items()},
                      "rendered": {k: result["rendered_held_out"][k] for k in ("accuracy", "visible_recall", "visible_impossible_claimed", "ece", "answered", "accuracy_of_answered")}}, indent=1))


if __name__ == "__main__":
    main()
