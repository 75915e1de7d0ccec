"""Folding of batch norms into the convolutions before them, as in any deployed network, dense or pruned."""

import warnings

from torch import nn


def fold_norms(module: nn.Module) -> nn.Module:
    """Return a copy in evaluation mode with batch norms folded, by ``torch.fx``.

    Raises:
        ValueError: a network that cannot be traced.
    """
    from torch.fx.experimental.optimization import fuse
    from torch.fx.proxy import TraceError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return fuse(module.eval())
        except TraceError as error:
            raise ValueError(f"the network cannot be traced: {error}") from error
