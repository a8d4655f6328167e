#!/usr/bin/env python3
"""Joins the JSON of `intrinsic bench` and of `pytorch.py`, the two arguments, in one table."""

import json
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    return report, {(r["job"], r["precision"], r["threads"]): r for r in report["results"]}


def cell(result, key):
    value = result and result.get(key)
    return "–" if value is None else f"{value:.1f}"


(own_report, own), (torch_report, other) = map(load, sys.argv[1:3])
print(f"Intrinsic: {own_report.get('blas', 'BLAS not stated')}")
print(f"PyTorch {torch_report.get('torch', '')}: {torch_report.get('blas', 'BLAS not stated')}\n")
print(f"{'job':<44}{'precision':>10}{'threads':>9}"
      f"{'Intrinsic µs':>14}{'PyTorch µs':>12}{'ratio':>8}{'Intrinsic MB':>14}{'PyTorch MB':>12}")
for key in [*own, *(key for key in other if key not in own)]:
    a, b = own.get(key), other.get(key)
    job, precision, threads = key
    ratio = f"{b['microseconds'] / a['microseconds']:.1f}×" if a and b else "–"
    print(f"{job:<44}{precision:>10}{threads:>9}{cell(a, 'microseconds'):>14}"
          f"{cell(b, 'microseconds'):>12}{ratio:>8}{cell(a, 'megabytes'):>14}"
          f"{cell(b, 'megabytes'):>12}")
print("\nMinimum time of one iteration; the ratio is PyTorch's time over Intrinsic's. Memory: by how "
      "much\nthe process grew at most, data included.")
