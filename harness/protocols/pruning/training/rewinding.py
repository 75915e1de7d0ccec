"""Full state of a network at one time: parameters and buffers, including batch-norm statistics."""

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class Snapshot:
    """A copy of a network's state that later training does not change.

    Attributes:
        tensors: parameters and buffers by name.
    """

    tensors: dict[str, Tensor]

    @classmethod
    def of(cls, module: nn.Module) -> "Snapshot":
        """Return a copy of the current state."""
        return cls({name: tensor.detach().clone() for name, tensor in module.state_dict().items()})

    def restore(self, module: nn.Module) -> None:
        """Write the state back, bit for bit.

        Raises:
            RuntimeError: the network has other parameters or buffers.
        """
        module.load_state_dict(self.tensors)
