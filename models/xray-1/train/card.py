"""Prints the tables of the model card from `metrics.json`: python card.py FOLDER."""

import json
import sys
from pathlib import Path

m = json.loads((Path(sys.argv[1]) / "metrics.json").read_text())
r = m["real"]


def percent(x):
    return f"{x:.3f}"


print("| source | label | n | right | accuracy (95 % Wilson) | answered | right of answered | mostly taken for |\n|---|---|---|---|---|---|---|---|")
for name, s in m["real_by_source"].items():
    taken = ", ".join(f"{k} {v}" for k, v in s["taken_for"].items()) or "-"
    print(f"| {name.rsplit('/', 1)[0]} | {name.rsplit('/', 1)[1]} | {s['n']} | {round(s['n'] * s['accuracy'])} | {percent(s['accuracy'])} ({s['interval'][0]}–{s['interval'][1]}) | {percent(s['answered'])} | {percent(s['accuracy_of_answered'])} | {taken} |")
print("\n| not a radiograph of the 36 | n | abstained | share (95 % Wilson) |\n|---|---|---|---|")
for name, s in m["not_radiographs"].items():
    print(f"| {name} | {s['n']} | {s['abstained']} | {percent(s['share'])} ({s['interval'][0]}–{s['interval'][1]}) |")
print("\n| label | rendered, held out: n | accuracy | mostly taken for |\n|---|---|---|---|")
for name, s in m["rendered_held_out"]["labels"].items():
    taken = ", ".join(f"{k} {v}" for k, v in s["taken_for"].items()) or "-"
    print(f"| {name} | {s['n']} | {percent(s['accuracy'])} ({s['interval'][0]}–{s['interval'][1]}) | {taken} |")
