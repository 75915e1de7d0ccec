"""Kernel `tram-step`: a training step of TRAM against one without side information, and one with tiled images."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from harness.kernels.contract import Implementation, Kernel, KernelCase, KernelCost, Mismatch, Target, case

OURS, BASELINE = "methods.tram.step_timed", "baselines.noisy_labels.privileged.timed"
BATCH = 128
TOLERANCE = 1e-3
CONVOLUTIONS = "network=mnist-convolutions,images=mnist,labels=2"
PERCEPTRON = "network=perceptron,images=digits,labels=2"


class TRAMStep(Kernel):
    """128 images with several labels each -> losses and gradients, and an Adam step."""

    name = "tram-step"
    title = "Training step of TRAM"
    headline = "tram"
    size_name = "labels an image"
    notes = (
        "no-pi has one linear head; its ratio is below 1 where TRAM costs more. tiled repeats each image for each "
        "of its labels before the body, and computes the same losses and gradients as tram.",
        "Networks are those of the tasks, without dropout, on real images with labels of 20 simulated annotators. "
        "The learning rate is 0, so that all calls compute the same numbers.",
        "Limit: the products of a step without side information.",
    )
    implementations = (
        Implementation("tram", f"{OURS}:tram", "ours", "both heads on one pass of the body"),
        Implementation("no-pi", f"{BASELINE}:no_pi", "peer", "no side information: one linear head"),
        Implementation("tiled", f"{OURS}:tiled", "reference", "the body runs once a label"),
    )
    targets = (
        Target(CONVOLUTIONS, "ratio", "no-pi", at_least=1 / 1.15, reason="design: one small head more"),
        Target(PERCEPTRON, "ratio", "no-pi", at_least=1 / 1.6, reason="design: the head is as large as the body"),
        Target(
            CONVOLUTIONS, "ratio", "tiled", at_least=1.5, reason="design: half of the body's work for two labels"
        ),
    )

    def cases(self, profile: str) -> Iterable[KernelCase]:
        if profile == "smoke":
            return [_step("perceptron", "digits", 2)]
        if profile == "standard":
            return [_step("perceptron", "digits", 2), _step("mnist-convolutions", "mnist", 2)]
        return [
            _step(network, images, labels)
            for network, images in (("perceptron", "digits"), ("mnist-convolutions", "mnist"))
            for labels in (1, 2, 4, 16)
        ]

    def data(self, case: KernelCase, seed: int) -> Any:
        from methods.tram.step_data import timed_batch

        return timed_batch(case["network"], case["images"], case["labels"], BATCH, seed)

    def reference(self, case: KernelCase, data: Any) -> Any:
        """Return the losses and gradients of ``tram`` and ``no-pi`` in float64, the images tiled."""
        from methods.tram.step_data import in_float64

        return in_float64(data)

    def check(self, case: KernelCase, data: Any, name: str, output: Any, expected: Any) -> None:
        wanted = expected["no-pi" if name == "no-pi" else "tram"]
        for loss, value in output.losses.items():
            if not abs(float(value) - wanted.losses[loss]) <= TOLERANCE * abs(wanted.losses[loss]):
                raise Mismatch(f"the {loss} loss is {float(value):g}, expected {float(wanted.losses[loss]):g}")
        if set(output.losses) != set(wanted.losses):
            raise Mismatch(f"losses are {sorted(output.losses)}, expected {sorted(wanted.losses)}")
        found, right = (
            np.concatenate([g.detach().double().numpy().ravel() for g in one.gradients]) for one in (output, wanted)
        )
        error = float(np.linalg.norm(found - right) / np.linalg.norm(right)) if found.shape == right.shape else 1.0
        if not error <= TOLERANCE:
            raise Mismatch(
                f"the body's gradients differ by {error:.2g} of their norm, expected {TOLERANCE:g} at most"
            )

    def cost(self, case: KernelCase, data: Any) -> KernelCost:
        from methods.tram.step_data import products_without_side_information

        flops = products_without_side_information(data)
        return KernelCost(flops=flops, bytes=data.batch.pixels.numel() * 4)


def _step(network: str, images: str, labels: int) -> KernelCase:
    return case(size=labels, series=f"{network}, {images}", network=network, images=images, labels=labels)


KERNEL = TRAMStep()
