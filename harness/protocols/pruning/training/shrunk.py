"""A channel ticket computed as the smaller network that it is."""

from torch import nn

from harness.protocols.pruning.training.folding import fold_norms
from harness.protocols.pruning.training.shrinking import shrink
from harness.protocols.pruning.training.tickets import Computation


def compile_shrunk(module: nn.Module, shape: tuple[int, ...]) -> dict[str, Computation]:
    """Return the way ``shrunk``: without dead channels, batch norms folded.

    Raises:
        ValueError: a network with skip paths.
    """
    return {"shrunk": fold_norms(shrink(module))}
