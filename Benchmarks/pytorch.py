#!/usr/bin/env python3
"""The jobs of `intrinsic bench` in PyTorch: the shortest time of one iteration (forward, loss,
backward, metric, update) over many repetitions."""

import argparse
import json
import time

import torch

from pytorch_networks import AutoEncoder, Convolutional, Dense
from pytorch_residuals import Residuals

JOBS = {
    "autoencoder/backpropagation": (AutoEncoder, AutoEncoder.backpropagation),
    "autoencoder/quasi-diagonal-backpropagated": (AutoEncoder, AutoEncoder.quasi_diagonal),
    "autoencoder/unitwise-backpropagated": (AutoEncoder, AutoEncoder.unitwise),
    "dense/gradient-descent": (Dense, Dense.gradient_descent),
    "dense/quasi-diagonal-backpropagated": (Dense, Dense.quasi_diagonal),
    "convolution/gradient-descent": (Convolutional, Convolutional.gradient_descent),
    "convolution/batch-normalization": (
        Convolutional.batch_normalized, Convolutional.gradient_descent),
    "residuals/poisson-2d": (Residuals.plane, Residuals.step),
    "residuals/poisson-5d": (Residuals.five_dimensions, Residuals.step),
}


def resident(key):
    """VmRSS or VmHWM of this process in kB."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key + ":"))


def measure(job, seconds):
    """The shortest time of one iteration in microseconds, how many were measured, and by how many MB
    (10⁶ bytes) the memory of the process grew at most, where the system tells."""
    kind, step = JOBS[job]
    torch.manual_seed(1)
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as peak:
            peak.write("5")
        before = resident("VmRSS")
    except OSError:
        before = None
    with torch.inference_mode(False):
        network = kind()
    for _ in range(3):
        step(network)
    best, repetitions, end = float("inf"), 0, time.perf_counter() + seconds
    while repetitions < 3 or time.perf_counter() < end:
        start = time.perf_counter_ns()
        step(network)
        best = min(best, time.perf_counter_ns() - start)
        repetitions += 1
    grown = None if before is None else round((resident("VmHWM") - before) * 1024e-6, 1)
    return {"job": job, "precision": network.precision, "threads": torch.get_num_threads(),
            "microseconds": round(best / 1000, 2), "repetitions": repetitions, "megabytes": grown}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--jobs", nargs="+", action="extend", metavar="TEXT",
                        help="only jobs whose name contains one of these")
    parser.add_argument("--seconds", type=float, default=2, help="of repetitions of each job")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    arguments = parser.parse_args()
    if arguments.threads < 1:
        parser.error("--threads must be at least 1")
    torch.set_num_threads(arguments.threads)
    blas = next((line.strip(" -") for line in torch.__config__.show().splitlines()
                 if "Math Kernel Library" in line), "unknown")
    with torch.inference_mode():
        results = [measure(job, arguments.seconds) for job in JOBS
                   if any(text in job for text in arguments.jobs or [""])]
    if arguments.format == "json":
        print(json.dumps({"torch": torch.__version__, "blas": blas, "results": results}, indent=2))
        return
    print(f"PyTorch {torch.__version__}, BLAS: {blas}")
    print(f"{'job':<44}{'precision':>10}{'threads':>9}{'µs':>12}{'repetitions':>13}{'MB':>8}")
    for r in results:
        print(f"{r['job']:<44}{r['precision']:>10}{r['threads']:>9}{r['microseconds']:>12.1f}"
              f"{r['repetitions']:>13}{'–' if r['megabytes'] is None else r['megabytes']:>8}")


if __name__ == "__main__":
    main()
