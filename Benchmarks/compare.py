#!/usr/bin/env python3
"""Joins the JSON of `intrinsic bench` and of `pytorch.py`, the two arguments, in one table."""

import json
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    return report, {(r["job"], r["precision"], r["threads"]): r["microseconds"]
                    for r in report["results"]}


(own_report, own), (torch_report, other) = map(load, sys.argv[1:3])
print(f"Intrinsic: {own_report.get('blas', 'BLAS not stated')}")
print(f"PyTorch {torch_report.get('torch', '')}: {torch_report.get('blas', 'BLAS not stated')}\n")
print(f"{'job':<44}{'precision':>10}{'threads':>9}"
      f"{'Intrinsic µs':>14}{'PyTorch µs':>12}{'ratio':>8}")
for key in [*own, *(key for key in other if key not in own)]:
    a, b = own.get(key), other.get(key)
    job, precision, threads = key
    cells = ["–" if t is None else f"{t:.1f}" for t in (a, b)]
    ratio = f"{b / a:.1f}×" if a and b else "–"
    print(f"{job:<44}{precision:>10}{threads:>9}{cells[0]:>14}{cells[1]:>12}{ratio:>8}")
print("\nMinimum time of one iteration; the ratio is PyTorch's time over Intrinsic's.")
