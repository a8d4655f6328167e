#!/usr/bin/env python3
"""Joins the JSON of `intrinsic bench`, of `pytorch.py` and, if given, of `jax_residuals.py` in one table."""

import json
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    return report, {(r["job"], r["precision"], r["threads"]): r for r in report["results"]}


def cell(result, key):
    value = result and result.get(key)
    return "–" if value is None else f"{value:.1f}"


def ratio(own, other):
    return f"{other['microseconds'] / own['microseconds']:.1f}×" if own and other else "–"


reports = [load(path) for path in sys.argv[1:]]
(own_report, own), (torch_report, torch), *rest = reports
(jax_report, jax), = rest or [({}, {})]
print(f"Intrinsic: {own_report.get('blas', 'BLAS not stated')}")
print(f"PyTorch {torch_report.get('torch', '')}: {torch_report.get('blas', 'BLAS not stated')}")
if jax:
    print(f"JAX {jax_report.get('jax', '')}")
print(f"\n{'job':<44}{'precision':>10}{'threads':>9}{'Intrinsic µs':>14}{'PyTorch µs':>12}{'ratio':>8}"
      f"{'JAX µs':>12}{'ratio':>8}{'Intrinsic MB':>14}{'PyTorch MB':>12}")
keys = dict.fromkeys([*own, *torch, *jax])
for key in keys:
    a, b, c = own.get(key), torch.get(key), jax.get(key)
    job, precision, threads = key
    print(f"{job:<44}{precision:>10}{threads:>9}{cell(a, 'microseconds'):>14}"
          f"{cell(b, 'microseconds'):>12}{ratio(a, b):>8}{cell(c, 'microseconds'):>12}{ratio(a, c):>8}"
          f"{cell(a, 'megabytes'):>14}{cell(b, 'megabytes'):>12}")
print("\nMinimum time of one iteration; ratios are times of the others over Intrinsic's. Memory: by how much\n"
      "the process grew at most, data included.")
