"""A sine whose values an annotator may replace by noise: regression with side information.

Provodin et al. 2024 (Rethinking Knowledge Transfer in Learning Using Privileged Information), after Collier et al.
2022 (TRAM):

    x ~ U[0, 1],  a ~ Bernoulli(0.3),  v ~ U(-1, 1),  e ~ N(0, 0.1^2)
    y = (1 - a) sin(2 pi x) + a v + e

The side information is a. The mean of y given x is 0.7 sin(2 pi x): a consistent method has the error 0.3^2 / 2 =
0.045 against the sine.
"""

from itertools import pairwise

import numpy as np

from harness.contract.split import Split, split_arrays
from harness.data.entry import DatasetEntry
from harness.payload import Payload
from harness.seeds import stream


def privileged_sine(entry: DatasetEntry) -> Payload:
    """Return all draws of the samples.

    Options: ``train``, ``valid`` and ``test`` samples of a draw, ``draws``, ``corrupted`` (probability of a = 1),
    ``noise`` (standard deviation of e).
    """
    options = entry.options
    counts = [options["train"], options["valid"], options["test"]]
    drawn = [
        _draw(
            sum(counts), options["corrupted"], options["noise"], stream("data", entry.name, entry.version, number)
        )
        for number in range(options["draws"])
    ]
    arrays = {name: np.stack([one[name] for one in drawn]) for name in drawn[0]}
    ends = np.cumsum([0, *counts])
    split = Split(*(np.arange(start, end) for start, end in pairwise(ends)))
    return Payload({**arrays, **split_arrays([split] * options["draws"])})


def _draw(count: int, corrupted: float, noise: float, random: np.random.Generator) -> dict[str, np.ndarray]:
    x = random.random(count)
    side = (random.random(count) < corrupted).astype(np.float64)
    replacement, error = random.uniform(-1, 1, count), random.normal(0, noise, count)
    signal = np.sin(2 * np.pi * x)
    y = (1 - side) * signal + side * replacement + error
    return {"x": x, "side": side, "y": y, "marginal": (1 - corrupted) * signal, "signal": signal}
