"""Declaration of `instance-dependent-noise`: labels of images, one random projection for each class."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from harness.kernels.contract import Implementation, Kernel, KernelCase, KernelCost, Mismatch, Target, case

TIMED = "baselines.noisy_labels.instance_noise_timed"
LOOPS = ("loop", "published")
TOLERANCE = 1e-4
"""Largest distance of a drawn number from the bounds of its label: rounding of scores in single precision."""

MOST_ROUNDED = 1e-3
"""Largest share of labels that may differ from the reference by rounding."""


class InstanceDependentNoise(Kernel):
    """Rows (n, d), targets, rates, projections (10, d, 10) and uniform numbers -> noisy labels (n,)."""

    name = "instance-dependent-noise"
    title = "Drawing noisy labels that depend on the image"
    headline = "fused"
    size_name = "images"
    implementations = (
        Implementation("fused", f"{TIMED}:fused", "ours", "one pass, numba"),
        Implementation("products", f"{TIMED}:products", "ours", "one matrix product a class, numpy"),
        Implementation("torch", f"{TIMED}:torch_products", "peer", "one matrix product a class, torch"),
        Implementation("loop", f"{TIMED}:loop", "peer", "one image at a time, numpy", threaded=False),
        Implementation("published", f"{TIMED}:published", "reference",
                       "one image at a time, torch, growing array", threaded=False),
    )  # fmt: skip
    targets = (
        Target("*", "ratio", "published", at_least=50, reason="design: over the published program's structure"),
        Target("*", "ratio", "published", at_least=50, name="products",
               reason="design: matrix products alone over the published program's structure"),
        Target("*", "limit", at_least=0.3, reason="design: each image is read once"),
    )  # fmt: skip
    notes = (
        "All random numbers are drawn beforehand and are the same for all. A label may differ from the reference "
        "only where its number is at a bound between two labels.",
        "loop and published are timed on 6,000 images at most; the time of more is extrapolated in proportion. The "
        "published program's array grows by a copy for each image: its time for all images is longer.",
        "products is what the family's own data sets are made with: they need the labels once, and compiling takes "
        "longer than that. Rows of MNIST where it is here; digits are bundled.",
        "Limit: the slower of reading images and writing labels once, and n d classes multiply-adds.",
    )

    def cases(self, profile: str) -> Iterable[KernelCase]:
        from baselines.noisy_labels.instance_noise_inputs import is_here

        if profile == "smoke":
            return [_point("digits", 500)]
        sizes = {"standard": (2000, 6000, 20_000), "paper": (2000, 6000, 20_000, 60_000)}[profile]
        return [_point("digits", 1797), *(_point("mnist", n) for n in sizes if is_here("mnist"))]

    def data(self, case: KernelCase, seed: int) -> Any:
        from baselines.noisy_labels.instance_noise_inputs import noise_inputs

        return noise_inputs(case["images"], case["n"], seed)

    def reference(self, case: KernelCase, data: Any) -> np.ndarray:
        """Return the running sums of the probabilities of all labels, (n, classes), in double precision."""
        from baselines.noisy_labels.instance_noise_timed import chances_of

        return np.array([chances_of(data, i, np.float64) for i in range(len(data.rows))])

    def check(self, case: KernelCase, data: Any, name: str, output: Any, expected: np.ndarray) -> None:
        count = len(output) if name in LOOPS else len(expected)
        if output.shape != (count,) or output.dtype != np.int64:
            raise Mismatch(f"labels are {output.dtype} of shape {output.shape}; expected ({count},) int64")
        if not 0 <= output.min() <= output.max() < expected.shape[1]:
            raise Mismatch(f"labels span {output.min()} .. {output.max()}; expected 0 .. {expected.shape[1] - 1}")
        sums, drawn = expected[:count], data.uniform[:count]
        above = np.take_along_axis(sums, output[:, None], axis=1)[:, 0]
        below = np.where(output > 0, np.take_along_axis(sums, np.maximum(output - 1, 0)[:, None], axis=1)[:, 0], 0)
        if wrong := int(((drawn < below - TOLERANCE) | (drawn > above + TOLERANCE)).sum()):
            raise Mismatch(f"{wrong} of {count} labels are not those of their numbers")
        rounded = int(((drawn < below) | (drawn >= above)).sum())
        if rounded > max(1, MOST_ROUNDED * count):
            raise Mismatch(f"{rounded} of {count} labels differ by rounding; expected {MOST_ROUNDED:g} at most")

    def cost(self, case: KernelCase, data: Any) -> KernelCost:
        count, width = data.rows.shape
        numbers = 32.0 * count  # target, rate and uniform number in, label out
        return KernelCost(2.0 * count * width * len(data.projections), 4.0 * count * width + numbers)


def _point(images: str, count: int) -> KernelCase:
    return case(size=count, series=images, images=images, n=count)


KERNEL = InstanceDependentNoise()
