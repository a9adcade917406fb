#!/usr/bin/env python3
"""Headers a second: `bodysite normalize` (headers, mapping, FHIR and rows written) beside pydicom (headers read, nothing
written), in turn over the same files, with warm caches.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install pydicom==3.0.*
    cargo build --release -p bodysite-cli
    /tmp/v/bin/python tests/bench/headers.py [--files 10000] [--rounds 3] [--postgres URL]
"""

import argparse
import pathlib
import resource
import shutil
import statistics
import subprocess
import tempfile
import time

import pydicom

ROOT = pathlib.Path(__file__).resolve().parents[2]


def archive(program: str, folder: pathlib.Path, wanted: int) -> list[pathlib.Path]:
    """Demo studies under as many seeds as it takes."""
    found: list[pathlib.Path] = []
    seed = 0
    while len(found) < wanted:
        seed += 1
        out = folder / str(seed)
        subprocess.run([program, "demo", "--seed", str(seed), "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
        (out / "truth.csv").unlink()
        found += sorted(out.rglob("*.dcm"))
    return found


def peer(files: list[pathlib.Path]) -> float:
    began = time.perf_counter()
    for file in files:
        header = pydicom.dcmread(file, stop_before_pixels=True)
        header.get("BodyPartExamined"), header.get("Laterality"), header.get("SeriesDescription")
    return time.perf_counter() - began


def ours(program: str, folder: pathlib.Path, more: list[str]) -> float:
    out = pathlib.Path(tempfile.mkdtemp())
    began = time.perf_counter()
    subprocess.run([program, "normalize", str(folder), "--out", str(out), "--model", "off", *more], check=True,
                   stdout=subprocess.DEVNULL)
    took = time.perf_counter() - began
    shutil.rmtree(out)
    return took


def most_memory() -> float:
    """Of all programs that were run, in MB; getrusage(2) gives KiB on Linux."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--program", default=str(ROOT / "target/release/bodysite"))
    ask.add_argument("--files", type=int, default=10_000)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--postgres", help="also measure with this database")
    asked = ask.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = archive(asked.program, folder, asked.files)
        rows: dict[str, list[float]] = {}
        for _ in range(asked.rounds):
            rows.setdefault("pydicom, headers only", []).append(peer(files))
            rows.setdefault("bodysite, FHIR and SQLite", []).append(ours(asked.program, folder, []))
            rows.setdefault("bodysite, no FHIR, SQLite in memory", []).append(
                ours(asked.program, folder, ["--fhir", "off", "--database", "sqlite::memory:"]))
            if asked.postgres:
                rows.setdefault("bodysite, no FHIR, PostgreSQL", []).append(
                    ours(asked.program, folder, ["--fhir", "off", "--fresh", "--database", asked.postgres]))
        base = statistics.median(rows["pydicom, headers only"])
        print(f"{len(files)} files, {asked.rounds} rounds")
        for what, took in rows.items():
            middle = statistics.median(took)
            print(f"{what:<38} {len(files) / middle:>9.0f} files/s   {base / middle:5.1f} times pydicom")
        print(f"bodysite took at most {most_memory():.0f} MB")


if __name__ == "__main__":
    main()
