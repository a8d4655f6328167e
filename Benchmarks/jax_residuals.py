#!/usr/bin/env python3
"""The jobs `residuals` of `intrinsic bench` in JAX, compiled: one damped step of a physics-informed network in
double precision, with Jacobian, matrix, factorization and the loss of the step.

Second derivatives go forward with the values, as by hand; residuals are differentiated in reverse, point by point.
"""

import argparse
import json
import os
import time

PROBLEMS = {
    "residuals/poisson-2d": ([2, 64, 1], 900, 120),
    "residuals/poisson-5d": ([5, 64, 64, 48, 48, 1], 3000, 500),
}


def build(layers, interior, boundary):
    """A compiled trial and its arguments."""
    import jax
    import jax.numpy as jnp
    import jax.scipy.linalg as linalg

    dimensions = layers[0]
    keys = jax.random.split(jax.random.PRNGKey(1), len(layers) + 2)
    shapes = list(zip(layers[1:], layers))
    parts = [jnp.concatenate([jnp.zeros((rows, 1)),
                              jax.random.normal(key, (rows, columns)) / columns**0.5], axis=1)
             for key, (rows, columns) in zip(keys, shapes)]
    theta = jnp.concatenate([part.ravel() for part in parts])

    def weights(theta):
        place = 0
        for rows, columns in shapes:
            part = theta[place:place + rows * (columns + 1)].reshape(rows, columns + 1)
            place += rows * (columns + 1)
            yield part[:, 0], part[:, 1:]

    def value(theta, x):
        *hidden, last = weights(theta)
        for bias, w in hidden:
            x = jnp.tanh(w @ x + bias)
        return (last[1] @ x + last[0])[0]

    def laplacian(theta, x):
        slopes, curve = jnp.eye(dimensions), jnp.zeros(dimensions)
        *hidden, last = weights(theta)
        for bias, w in hidden:
            x, slopes, curve = jnp.tanh(w @ x + bias), w @ slopes, w @ curve
            first = 1 - x * x
            curve = first * curve - 2 * x * first * (slopes * slopes).sum(1)
            slopes = first[:, None] * slopes
        return (last[1] @ curve)[0]

    def source(x):
        return (jnp.pi**2 * jnp.cos(jnp.pi * x).sum() if dimensions > 2
                else 2 * jnp.pi**2 * jnp.prod(jnp.sin(jnp.pi * x)))

    def inside(theta, x):
        return (-laplacian(theta, x) - source(x)) / interior**0.5

    def edge(theta, x):
        return value(theta, x) / boundary**0.5

    def residuals(theta, points, sides):
        return jnp.concatenate([jax.vmap(inside, (None, 0))(theta, points),
                                jax.vmap(edge, (None, 0))(theta, sides)])

    @jax.jit
    def trial(theta, damping, points, sides):
        r = residuals(theta, points, sides)
        j = jnp.concatenate([jax.vmap(jax.grad(inside), (None, 0))(theta, points),
                             jax.vmap(jax.grad(edge), (None, 0))(theta, sides)])
        if j.shape[0] < j.shape[1]:
            gram = j @ j.T
            factor = linalg.cho_factor(gram + damping * jnp.eye(j.shape[0]))
            step = j.T @ linalg.cho_solve(factor, r)
        else:
            matrix = j.T @ j
            factor = linalg.cho_factor(matrix + damping * jnp.diag(jnp.diag(matrix)))
            step = linalg.cho_solve(factor, j.T @ r)
        after = residuals(theta - step, points, sides)
        return theta - 1e-6 * step, (after * after).sum() / 2

    points = jax.random.uniform(keys[-1], (interior, dimensions))
    sides = jax.random.uniform(keys[-2], (boundary, dimensions)).at[:, 0].set(0)
    return trial, theta, points, sides


def measure(job, threads, seconds):
    """The shortest time of one trial in microseconds."""
    trial, theta, points, sides = build(*PROBLEMS[job])
    for _ in range(3):
        theta, loss = trial(theta, 1e-3, points, sides)
    loss.block_until_ready()
    best, repetitions, end = float("inf"), 0, time.perf_counter() + seconds
    while repetitions < 3 or time.perf_counter() < end:
        start = time.perf_counter_ns()
        theta, loss = trial(theta, 1e-3, points, sides)
        loss.block_until_ready()
        best = min(best, time.perf_counter_ns() - start)
        repetitions += 1
    return {"job": job, "precision": "float64", "threads": threads,
            "microseconds": round(best / 1000, 2), "repetitions": repetitions}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--jobs", nargs="+", action="extend", metavar="TEXT",
                        help="only jobs whose name contains one of these")
    parser.add_argument("--seconds", type=float, default=5, help="of repetitions of each job")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    arguments = parser.parse_args()
    # Before JAX starts: XLA takes as many threads as the process may run on.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:arguments.threads])
    import jax
    jax.config.update("jax_enable_x64", True)
    results = [measure(job, arguments.threads, arguments.seconds) for job in PROBLEMS
               if any(text in job for text in arguments.jobs or [""])]
    if arguments.format == "json":
        print(json.dumps({"jax": jax.__version__, "results": results}, indent=2))
        return
    print(f"JAX {jax.__version__}")
    for r in results:
        print(f"{r['job']:<44}{r['precision']:>10}{r['threads']:>9}{r['microseconds']:>14.1f}")


if __name__ == "__main__":
    main()
