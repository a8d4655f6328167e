"""The networks that `pytorch.py` measures, their metrics and their updates.

Passes, metrics and updates of the first two are written by hand into memory allocated once, which is
faster here than autograd. Steps are tiny so that every repetition does the same work.

Samples are rows. `g` is the gradient of the log-likelihood, `b` its derivative with respect to a
unit's pre-activation, `c` = r² m the weight of a sample in a unit's metric. Equations are those of
Ollivier, "Riemannian metrics for neural networks I" (2015).
"""

import torch
import torch.nn.functional as F
from torch import nn


def quasi_diagonal_step(g0, g, a00, a0, aii, damping, scratch, mask=None):
    """(δw_0, δw_i) of a layer's units: equations 22 and 23 divided by A_00; overwrites g."""
    inverse = 1 / (a00 + damping)
    mean = torch.mul(a0, inverse, out=scratch[0])
    variance = torch.add(aii, damping, out=scratch[1]).addcmul_(mean, a0, value=-1)
    step = g.addcmul_(mean, g0, value=-1).div_(variance)
    if mask is not None:
        step.mul_(mask)
    return g0 * inverse - mean.mul_(step).sum(1, keepdim=True), step


class SparseLayer:
    """Units reading [1, a] through a mask; all views of its buffers are made once."""

    def __init__(self, mask, samples):
        outputs, inputs = mask.shape[0], mask.shape[1] - 1
        like = {"dtype": mask.dtype}
        # One more column than inputs: the padding of `links` points there and stays zero.
        self.wide = torch.zeros(outputs, inputs + 2, **like)
        self.w = self.wide[:, :-1]
        self.w.copy_(mask * torch.randn(mask.shape, **like) / mask.sum(1, keepdim=True).sqrt())
        self.wt, self.w0, self.w_in = self.w.t(), self.w[:, :1], self.w[:, 1:]
        self.mask, self.mask_in = mask, mask[:, 1:]
        # [1, a, a²]: one product with it gives A_00, A_0i and A_ii.
        self.moments = torch.ones(samples, 1 + 2 * inputs, **like)
        self.ones = self.moments[:, : 1 + inputs]
        self.a = self.moments[:, 1 : 1 + inputs]
        self.squares = self.moments[:, 1 + inputs :]
        self.y, self.b, self.c, self.slope = (torch.zeros(samples, outputs, **like) for _ in "ybcs")
        self.bt, self.ct = self.b.t(), self.c.t()
        self.g, self.w2 = torch.zeros(mask.shape, **like), torch.zeros(outputs, inputs, **like)
        self.g0, self.g_in = self.g[:, :1], self.g[:, 1:]
        self.metric = torch.zeros(outputs, 1 + 2 * inputs, **like)
        self.a00, self.a0 = self.metric[:, :1], self.metric[:, 1 : 1 + inputs]
        self.aii = self.metric[:, 1 + inputs :]
        self.scratch = torch.zeros(2, outputs, inputs, **like).unbind()
        # The inputs of every unit, bias first.
        degree = int(mask.sum(1).max())
        self.links = torch.full((outputs, degree), 1 + inputs)
        for k, row in enumerate(mask):
            linked = row.nonzero().flatten()
            self.links[k, : len(linked)] = linked
        self.flat_links = self.links.flatten()
        self.by_unit = torch.zeros(2 + inputs, samples, **like)
        self.eye = torch.eye(degree, **like).repeat(outputs, 1, 1)


class AutoEncoder:
    """100-30-10-30-100 tanh units, sparsely wired; Bernoulli outputs with p = (1 + a)/2."""

    sizes, samples, fan = (100, 30, 10, 30, 100), 16, 5
    precision, rate, damping = "float64", 1e-6, 1e-4

    def __init__(self):
        like = {"dtype": torch.float64}
        self.layers = []
        for i, o in zip(self.sizes, self.sizes[1:]):
            mask = torch.zeros(o, 1 + i, **like)
            mask[:, 0] = 1
            # Each unit of the wider layer is linked to `fan` units of the narrower one.
            links = mask[:, 1:].t() if i > o else mask[:, 1:]
            for row in links:
                row[torch.randperm(len(row))[: self.fan]] = 1
            self.layers.append(SparseLayer(mask, self.samples))
        self.a = [layer.a for layer in self.layers]
        self.a.append(torch.zeros(self.samples, self.sizes[-1], **like))
        self.a[0].copy_(2 * torch.randint(0, 2, self.a[0].shape, **like) - 1)
        self.signs = 2 * self.a[0]
        self.one = torch.ones((), **like)

    def gradients(self):
        """At the outputs r b = ±1 − a, which needs no quotient."""
        for layer, a in zip(self.layers, self.a[1:]):
            torch.mm(layer.ones, layer.wt, out=layer.y)
            torch.tanh(layer.y, out=a)
        loss = F.logsigmoid(self.signs * self.layers[-1].y).sum()
        above = None
        for layer, a in zip(reversed(self.layers), reversed(self.a)):
            torch.addcmul(self.one, a, a, value=-1, out=layer.slope)
            if above is None:
                torch.sub(self.a[0], a, out=layer.b)
            else:
                torch.mm(above.b, above.w_in, out=layer.b)
                layer.b.mul_(layer.slope)
            torch.mm(layer.bt, layer.ones, out=layer.g)
            above = layer
        return loss

    def moduli(self):
        """c = r² m with m_i = Σ_j w_ij² r_j² m_j; at the outputs r² m = 4 p (1 − p) = 1 − a²."""
        above = self.layers[-1]
        above.c.copy_(above.slope)
        for layer in reversed(self.layers[:-1]):
            torch.mul(above.w_in, above.w_in, out=above.w2)
            torch.mm(above.c, above.w2, out=layer.c)
            layer.c.mul_(layer.slope).mul_(layer.slope)
            above = layer

    def backpropagation(self):
        loss = self.gradients()
        for layer in self.layers:
            layer.w.addcmul_(layer.g, layer.mask, value=self.rate / self.samples)
        return loss

    def quasi_diagonal(self):
        loss = self.gradients()
        self.moduli()
        for layer in self.layers:
            torch.mul(layer.a, layer.a, out=layer.squares)
            torch.mm(layer.ct, layer.moments, out=layer.metric)
            # Sums over samples on both sides, hence a damping times their number.
            step0, step = quasi_diagonal_step(
                layer.g0, layer.g_in, layer.a00, layer.a0, layer.aii,
                self.damping * self.samples, layer.scratch, layer.mask_in)
            layer.w0.add_(step0, alpha=self.rate)
            layer.w_in.add_(step, alpha=self.rate)
        return loss

    def unitwise(self):
        """A = Σ_x c ã ãᵀ + ε Id of a unit over its own inputs: one batched Cholesky a layer."""
        loss = self.gradients()
        self.moduli()
        for layer in self.layers:
            unit_count, degree = layer.links.shape
            layer.by_unit[:-1].copy_(layer.ones.t())
            x = layer.by_unit.index_select(0, layer.flat_links).view(unit_count, degree, -1)
            matrix = torch.baddbmm(layer.eye, x * layer.ct.unsqueeze(1), x.mT,
                                   beta=self.damping * self.samples)
            factor, _ = torch.linalg.cholesky_ex(matrix)
            right = torch.bmm(x, layer.bt.unsqueeze(2))
            step = torch.cholesky_solve(right, factor).squeeze(2)
            layer.wide.scatter_add_(1, layer.links, step.mul_(self.rate))
        return loss


class Dense:
    """784-500-500-10 ReLU units with a softmax output, batch 100."""

    sizes, samples = (784, 500, 500, 10), 100
    precision, rate, damping, average = "float32", 1e-6, 1e-2, 0.05

    def __init__(self):
        pairs = list(zip(self.sizes, self.sizes[1:]))
        self.w = [torch.randn(o, i) * (2 / i) ** 0.5 for i, o in pairs]
        self.w0 = [torch.zeros(o, 1) for _, o in pairs]
        self.a = [torch.rand(self.samples, n) for n in self.sizes]  # the last: log probabilities
        self.a2 = [torch.empty_like(a) for a in self.a]
        self.b, self.c = ([torch.empty_like(a) for a in self.a[1:]] for _ in "bc")
        self.g, self.w2 = ([torch.empty_like(w) for w in self.w] for _ in "gw")
        self.scratch = [(torch.empty_like(w), torch.empty_like(w)) for w in self.w]
        self.targets = torch.randint(0, self.sizes[-1], (self.samples, 1))
        self.a0, self.aii = ([torch.zeros_like(w) for w in self.w] for _ in range(2))
        self.a00 = [torch.zeros_like(w0) for w0 in self.w0]

    def forward(self):
        for l, (w, w0) in enumerate(zip(self.w, self.w0)):
            torch.addmm(w0.t(), self.a[l], w.t(), out=self.a[l + 1])
            if l < len(self.w) - 1:
                self.a[l + 1].relu_()
        torch.log_softmax(self.a[-1], 1, out=self.a[-1])
        return self.a[-1].gather(1, self.targets).sum()

    def output_signals(self):
        p = torch.exp(self.a[-1])
        torch.addcmul(p, p, p, value=-1, out=self.c[-1])
        torch.neg(p, out=self.b[-1])
        self.b[-1].scatter_add_(1, self.targets, torch.ones_like(p))

    def backward(self, l):
        torch.mm(self.b[l], self.w[l], out=self.b[l - 1])
        self.rectify(self.b[l - 1], self.a[l])

    @staticmethod
    def rectify(signal, a):
        torch.ops.aten.threshold_backward.grad_input(signal, a, 0, grad_input=signal)

    def gradient_descent(self):
        loss = self.forward()
        self.output_signals()
        rate = self.rate / self.samples
        for l in reversed(range(len(self.w))):
            if l:
                self.backward(l)
            # The product adds to the weights itself: the gradient is never stored.
            self.w[l].addmm_(self.b[l].t(), self.a[l], alpha=rate)
            self.w0[l].add_(self.b[l].sum(0).unsqueeze(1), alpha=rate)
        return loss

    def quasi_diagonal(self):
        loss = self.forward()
        self.output_signals()
        keep, take = 1 - self.average, self.average / self.samples
        for l in reversed(range(len(self.w))):
            a, b, c, w = self.a[l], self.b[l], self.c[l], self.w[l]
            torch.mm(b.t(), a, out=self.g[l]).mul_(1 / self.samples)
            torch.mul(a, a, out=self.a2[l])
            self.a0[l].addmm_(c.t(), a, beta=keep, alpha=take)
            self.aii[l].addmm_(c.t(), self.a2[l], beta=keep, alpha=take)
            self.a00[l].mul_(keep).add_(c.sum(0).unsqueeze(1), alpha=take)
            if l:
                self.backward(l)
                torch.mul(w, w, out=self.w2[l])
                torch.mm(c, self.w2[l], out=self.c[l - 1])
                self.rectify(self.c[l - 1], a)
            step0, step = quasi_diagonal_step(
                b.mean(0).unsqueeze(1), self.g[l], self.a00[l], self.a0[l], self.aii[l],
                self.damping, self.scratch[l])
            self.w0[l].add_(step0, alpha=self.rate)
            w.add_(step, alpha=self.rate)
        return loss


class Convolutional:
    """conv32-conv32-conv64-conv64-pool-fc512-fc10 with 3 × 3 windows and ReLU on 64 images of
    32 × 32 × 3, channels last in memory, the faster layout."""

    precision, rate, samples = "float32", 1e-6, 64

    def __init__(self, normalized=False):
        layers, channels = [], 3
        for units in (32, 32, 64, 64):
            layers.append(nn.Conv2d(channels, units, 3, padding=1, bias=not normalized))
            layers += [nn.BatchNorm2d(units)] if normalized else []
            layers.append(nn.ReLU(inplace=True))
            channels = units
        layers += [nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64 * 16 * 16, 512, bias=not normalized)]
        layers += [nn.BatchNorm1d(512)] if normalized else []
        layers += [nn.ReLU(inplace=True), nn.Linear(512, 10)]
        layout = {"memory_format": torch.channels_last}
        self.network = nn.Sequential(*layers).to(**layout)
        self.images = torch.rand(self.samples, 3, 32, 32).to(**layout)
        self.targets = torch.randint(0, 10, (self.samples,))

    @classmethod
    def batch_normalized(cls):
        return cls(normalized=True)

    @torch.inference_mode(False)
    def gradient_descent(self):
        parameters = list(self.network.parameters())
        with torch.enable_grad():
            loss = F.cross_entropy(self.network(self.images), self.targets)
            gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            torch._foreach_add_(parameters, gradients, alpha=-self.rate)
        return loss
