"""The implementations of instance-dependent noise as the kernel times them: `prepare(case, data, threads)`."""

from collections.abc import Callable

import numpy as np

from baselines.noisy_labels.instance_noise_inputs import InstanceNoiseInputs
from harness.kernels.contract import KernelCase, Timed

Call = Callable[[], np.ndarray]
MOST_LOOPED = 6000
"""Images of a call of the loops; their time is divided by the share."""


def fused(case: KernelCase, data: InstanceNoiseInputs, threads: int) -> Call:
    """One pass by numba."""
    from baselines.noisy_labels.instance_noise_fused import fused_labels

    def call() -> np.ndarray:
        by_label = np.ascontiguousarray(data.projections.transpose(0, 2, 1))
        return np.asarray(fused_labels(data.rows, data.targets, data.rates, by_label, data.uniform))

    return call


def products(case: KernelCase, data: InstanceNoiseInputs, threads: int) -> Call:
    """One matrix product a class, numpy: the noise of this family's data sets."""
    from harness.protocols.noisy_labels.noise.synthetic import instance_labels

    return lambda: instance_labels(data.rows, data.targets, data.rates, data.projections, data.uniform)


def torch_products(case: KernelCase, data: InstanceNoiseInputs, threads: int) -> Call:
    """One matrix product a class, torch."""
    import torch

    rows, targets, rates, projections, uniform = (
        torch.from_numpy(array) for array in (data.rows, data.targets, data.rates, data.projections, data.uniform)
    )

    def call() -> np.ndarray:
        scores = torch.empty(len(rows), len(projections))
        for label, projection in enumerate(projections):
            members = (targets == label).nonzero().squeeze(1)
            scores[members] = rows[members] @ projection
        scores.scatter_(1, targets[:, None], -torch.inf)
        chances = rates[:, None] * scores.softmax(dim=1)
        chances.scatter_add_(1, targets[:, None], (1 - rates)[:, None])
        return (uniform[:, None] >= chances.cumsum(dim=1)[:, :-1]).sum(dim=1).numpy()

    return call


def loop(case: KernelCase, data: InstanceNoiseInputs, threads: int) -> Timed:
    """One image at a time, numpy, nothing else than the arithmetic."""
    count = min(len(data.rows), MOST_LOOPED)
    return Timed(lambda: looped(data, count), count / len(data.rows))


def looped(data: InstanceNoiseInputs, count: int) -> np.ndarray:
    """Return the labels of the first `count` images."""
    return np.array([np.searchsorted(chances_of(data, i)[:-1], data.uniform[i], "right") for i in range(count)])


def chances_of(data: InstanceNoiseInputs, i: int, dtype: type = np.float32) -> np.ndarray:
    """Return the running sums of the probabilities of an image's labels, (classes,) float64."""
    target, rate = data.targets[i], data.rates[i]
    scores = (data.rows[i].astype(dtype) @ data.projections[target].astype(dtype)).astype(np.float64)
    scores[target] = -np.inf
    raised = np.exp(scores - scores.max())
    chances = rate * raised / raised.sum()
    chances[target] += 1 - rate
    return np.cumsum(chances)


def published(case: KernelCase, data: InstanceNoiseInputs, threads: int) -> Timed:
    """The structure of the published program: torch for one image, an array that grows by a copy for each.

    The cost of the growth is quadratic; that of the counted share is the one which is extrapolated.
    """
    import torch

    count = min(len(data.rows), MOST_LOOPED)
    rows, projections = torch.from_numpy(data.rows), torch.from_numpy(data.projections)

    def call() -> np.ndarray:
        chances = np.empty((0, len(projections)))
        for i in range(count):
            target, rate = int(data.targets[i]), float(data.rates[i])
            scores = rows[i].view(1, -1).mm(projections[target]).squeeze(0)
            scores[target] = -torch.inf
            found = rate * torch.softmax(scores, dim=0)
            found[target] += 1 - rate
            chances = np.vstack([chances, found.numpy()])
        labels = [
            np.searchsorted(np.cumsum(row)[:-1], u, "right")
            for row, u in zip(chances, data.uniform[:count], strict=True)
        ]
        return np.array(labels)

    return Timed(call, count / len(data.rows))
