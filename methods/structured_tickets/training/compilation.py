"""A trained ticket compiled for inference: dense, CSR, blocks, and the fastest of all layer by layer."""

import copy
from collections.abc import Mapping

from torch import Tensor, nn

from harness.protocols.pruning.training.masks import apply_masks
from methods.structured_tickets.inference.csr import CsrConv2d
from methods.structured_tickets.inference.network import CompiledNetwork, compile_network
from methods.structured_tickets.inference.plan import Step
from methods.structured_tickets.inference.sequential import read_stages
from methods.structured_tickets.inference.stages import Convolution, InferenceStage, Shape
from methods.structured_tickets.training.ticket import Ticket


def compile_ticket(module: nn.Module, ticket: Ticket, input_shape: Shape) -> dict[str, CompiledNetwork]:
    """Return different implementations of a network with the same logits.

    | way | computes |
    | --- | --- |
    | dense | the network with its zeros, each layer the fastest dense way |
    | csr | prunable layers as CSR matrices with 32-bit indices, the others dense, images batch-innermost |
    | blocks | layers that have blocks by blocks, the others as one block; batch-innermost |
    | dispatch | each layer the fastest way on this machine, layout changes counted |

    Args:
        module: trained (nested) ``nn.Sequential``, see `compile_network`; masked once more here, on a copy.
        input_shape: (N, C, H, W).

    Raises:
        ValueError: a network that cannot be compiled, e.g. with skip paths, or masks that do not fit.
    """
    module = copy.deepcopy(module).eval()
    apply_masks(module, ticket.masks)
    return {
        "dense": compile_network(module, input_shape),
        "csr": _by_rows(module, ticket.masks, input_shape),
        "blocks": compile_network(module, input_shape, ticket.blocks, dispatch=False),
        "dispatch": compile_network(module, input_shape, ticket.blocks),
    }


def _by_rows(module: nn.Module, masks: Mapping[str, Tensor], input_shape: Shape) -> CompiledNetwork:
    stages, output_shape = read_stages(module, input_shape, {})
    steps = tuple(
        _csr_step(stage) if _is_masked(stage, masks) else stage.blocks_only() for stage in stages
    )  # fmt: skip
    return CompiledNetwork(input_shape, output_shape, steps)


def _is_masked(stage: InferenceStage, masks: Mapping[str, Tensor]) -> bool:
    return isinstance(stage, Convolution) and f"{stage.name}.weight" in masks


def _csr_step(stage: InferenceStage) -> Step:
    assert isinstance(stage, Convolution)
    layer = CsrConv2d(stage.weight, stage.geometry, stage.bias, stage.relu)
    return Step(stage.name, "csr", layer.layout, layer)
