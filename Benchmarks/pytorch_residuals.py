"""Damped steps of physics-informed networks in PyTorch: Jacobian, matrix, factorization and the loss of the step.

Second derivatives go forward with the values, as by hand; residuals are differentiated point by point by
`torch.func`, which is the fastest way that PyTorch has.
"""

import math

import torch
from torch.func import grad, vmap


class Residuals:
    """−Δu = f with u given on the boundary, in double precision."""

    precision = "float64"

    def __init__(self, layers, interior, boundary):
        self.dimensions = layers[0]
        self.shapes = list(zip(layers[1:], layers))
        parts = [torch.cat([torch.zeros(rows, 1), torch.randn(rows, columns) / columns**0.5], 1)
                 for rows, columns in self.shapes]
        self.theta = torch.cat([part.flatten() for part in parts]).double()
        self.points = torch.rand(interior, self.dimensions, dtype=torch.float64)
        self.sides = torch.rand(boundary, self.dimensions, dtype=torch.float64)
        self.sides[:, 0] = 0
        self.roots = interior**0.5, boundary**0.5

    @classmethod
    def plane(cls):
        return cls([2, 64, 1], 900, 120)

    @classmethod
    def five_dimensions(cls):
        return cls([5, 64, 64, 48, 48, 1], 3000, 500)

    def weights(self, theta):
        place = 0
        for rows, columns in self.shapes:
            part = theta[place:place + rows * (columns + 1)].reshape(rows, columns + 1)
            place += rows * (columns + 1)
            yield part[:, 0], part[:, 1:]

    def edge(self, theta, x):
        *hidden, last = self.weights(theta)
        for bias, w in hidden:
            x = torch.tanh(w @ x + bias)
        return (last[1] @ x + last[0])[0] / self.roots[1]

    def source(self, x):
        if self.dimensions > 2:
            return math.pi**2 * torch.cos(math.pi * x).sum()
        return 2 * math.pi**2 * torch.sin(math.pi * x).prod()

    def inside(self, theta, x):
        source = self.source(x)
        slopes = torch.eye(self.dimensions, dtype=torch.float64)
        curve = torch.zeros(self.dimensions, dtype=torch.float64)
        *hidden, last = self.weights(theta)
        for bias, w in hidden:
            x, slopes, curve = torch.tanh(w @ x + bias), w @ slopes, w @ curve
            first = 1 - x * x
            curve = first * curve - 2 * x * first * (slopes * slopes).sum(1)
            slopes = first[:, None] * slopes
        return (-(last[1] @ curve)[0] - source) / self.roots[0]

    def residuals(self, theta):
        return torch.cat([vmap(self.inside, (None, 0))(theta, self.points),
                          vmap(self.edge, (None, 0))(theta, self.sides)])

    def step(self):
        r = self.residuals(self.theta)
        j = torch.cat([vmap(grad(self.inside), (None, 0))(self.theta, self.points),
                       vmap(grad(self.edge), (None, 0))(self.theta, self.sides)])
        if j.shape[0] < j.shape[1]:
            gram = j @ j.T
            gram.diagonal().add_(1)
            step = j.T @ torch.cholesky_solve(r[:, None], torch.linalg.cholesky(gram))
        else:
            matrix = j.T @ j
            matrix.diagonal().mul_(2)
            step = torch.cholesky_solve((j.T @ r)[:, None], torch.linalg.cholesky(matrix))
        after = self.residuals(self.theta - step[:, 0])
        self.theta -= 1e-6 * step[:, 0]
        return after.square().sum() / 2
