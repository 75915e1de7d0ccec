"""Inputs of the regrouping kernel, and the quality measures of its outputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from harness.kernels.contract import KernelCase
from methods.structured_tickets.blocks import block_profit
from methods.structured_tickets.masks import pruned_mask
from methods.structured_tickets.regroup import RegroupResult, regroup_layers
from methods.structured_tickets.statistics import share
from methods.structured_tickets.tickets import VGG16_TICKET
from methods.structured_tickets.validation import BoolArray

# Densities at which generated masks regroup to about the published kept density of each layer. The first three kept
# more than the ratio rule can give (a dense group keeps t / (1 + t) = 0.6 of its columns), so theirs are plausible
# values for a network of which about a seventh survives.
VGG16_DENSITY = {
    "conv3_1": 0.65,
    "conv3_2": 0.6,
    "conv3_3": 0.55,
    "conv4_1": 0.5,
    "conv4_2": 0.15,
    "conv4_3": 0.07,
    "conv5_1": 0.035,
    "conv5_2": 0.033,
    "conv5_3": 0.047,
}


@dataclass(frozen=True)
class Layers:
    """Masks of a case, one a layer, and the options of all implementations."""

    masks: tuple[BoolArray, ...]
    options: dict[str, Any]

    @cached_property
    def peer_efficiencies(self) -> dict[str, float]:
        """Efficiency by the partitions of others, on the same masks: METIS where it is installed, and random."""
        peers = {"metis": "pymetis", "random": "random"}
        return {
            name: network_figures(self.masks, regroup_layers(self.masks, **self.options, method=method))[
                "efficiency"
            ]
            for name, method in peers.items()
            if find_spec(method)
        }


def generate(case: KernelCase, seed: int) -> Layers:
    """The masks of a case."""
    parameters = dict(case.parameters)
    if "network" in parameters:
        masks = tuple(
            pruned_mask(layer.rows, layer.columns, VGG16_DENSITY[layer.name], seed=seed) for layer in VGG16_TICKET
        )
        return Layers(masks, {})
    mask = pruned_mask(case["rows"], case["columns"], case["density"], seed=seed)
    return Layers((mask,), {"min_rows": case["min_rows"]})


def network_figures(masks: Sequence[BoolArray], results: Sequence[RegroupResult]) -> dict[str, float]:
    """Efficiency, coverage, kept density and profit (theta = 1/2) over all layers together."""
    nnz = sum(result.stats.nnz for result in results)
    size = sum(mask.size for mask in masks)
    coverage = share(sum(result.stats.inside for result in results), nnz)
    kept = share(
        sum(result.stats.kept_density * mask.size for mask, result in zip(masks, results, strict=True)), size
    )
    return {
        "efficiency": share(coverage, kept),
        "coverage": coverage,
        "kept_density": kept,
        "profit": sum(block_profit(mask, result.blocks) for mask, result in zip(masks, results, strict=True)),
    }
