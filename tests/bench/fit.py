#!/usr/bin/env python3
"""`bodysite train` on archives whose headers are partly wrong, with no label from a person, beside the model as shipped.

    python3 tests/bench/radiographs.py CLONES pictures --collimated
    cargo build --release -p bodysite-cli
    python3 tests/bench/fit.py pictures/images.csv OUT [--seeds 3] [--studies 600] [--blocks 0]

For every seed `demo --archive` wraps the pictures into studies (headers wrong in 15 % of them, missing in 10 %, coarse in
10 %) and three in ten studies are held out. `train` sees the other seven and their headers only; truth.csv is read by
nobody but `evaluate`, which judges header, model and both on the held-out studies with the shipped and the fitted model.
"""

import argparse
import csv
import hashlib
import json
import os
import pathlib
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARE_HELD_OUT = 30


def run(*words):
    done = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout


def is_held_out(study):
    return int(hashlib.sha256(study.encode()).hexdigest(), 16) % 100 < SHARE_HELD_OUT


def divide(archive):
    """The archive's files once more as hard links, in archive/learn and archive/held; truth of the latter beside them."""
    with open(archive / "truth.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["side"] = "held" if is_held_out(pathlib.PurePath(row["path"]).parent.name) else "learn"
        target = archive / row["side"] / row["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(archive / "dicom" / row["path"], target)
    held = [row for row in rows if row["side"] == "held"]
    with open(archive / "held.csv", "w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(held)
    return len(rows) - len(held), len(held), len({row["examined"] for row in held})


def figures(program, archive, model, report):
    """Examined accuracy of header, model and both, and visible accuracy of the model."""
    with_model = ["--model", model] if model else []
    text = run(program, "evaluate", "--labels", archive / "held.csv", archive / "held", *with_model, "--out", report,
               "--format", "json")
    every = json.loads(text)["all"]
    examined = {e["source"]: e["accuracy"]["value"] for e in every["examined"]}
    of_answers = {e["source"]: e["accuracy_answered"]["value"] for e in every["examined"]}
    return {
        "header": examined["header"],
        "model": examined["model"],
        "model, of its answers": of_answers["model"],
        "both": examined["reconciled"],
        "visible": every["visible"]["label_accuracy"]["value"],
    }


def one_seed(asked, seed):
    folder = asked.out / f"seed-{seed}"
    archive = folder / "archive"
    run(asked.program, "demo", "--archive", asked.studies, "--seed", seed, "--images", asked.images, "--out", archive)
    learnt, held, labels = divide(archive)
    print(f"seed {seed}: {learnt} images to learn from, {held} held out with {labels} labels", flush=True)
    told = run(asked.program, "train", archive / "learn", "--id", f"fitted-{seed}", "--out", folder / "models", "--seed", seed,
               "--blocks", asked.blocks)
    print(told, end="", flush=True)
    shipped = figures(asked.program, archive, None, folder / "report-shipped")
    fitted = figures(asked.program, archive, folder / "models" / f"fitted-{seed}", folder / "report-fitted")
    return shipped, fitted


def table(pairs):
    lines = ["| accuracy on held-out studies | shipped model | fitted | least of the seeds |", "|---|---|---|---|"]
    for name in pairs[0][0]:
        before, after = ([pair[at][name] for pair in pairs] for at in (0, 1))
        lines.append(f"| {name} | {statistics.mean(before):.3f} | {statistics.mean(after):.3f} | {min(after):.3f} |")
    return "\n".join(lines)


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("images", type=pathlib.Path)
    ask.add_argument("out", type=pathlib.Path)
    ask.add_argument("--program", default=str(ROOT / "target/release/bodysite"))
    ask.add_argument("--seeds", type=int, default=3)
    ask.add_argument("--studies", type=int, default=600)
    ask.add_argument("--blocks", type=int, default=0, help="passes over the network's last blocks")
    asked = ask.parse_args()
    print(table([one_seed(asked, seed) for seed in range(1, asked.seeds + 1)]))


if __name__ == "__main__":
    main()
