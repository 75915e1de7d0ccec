"""The full state of a network at some moment: parameters and buffers, batch-norm statistics among them."""

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class Snapshot:
    """A copy of a network's state that later training does not touch.

    Attributes:
        tensors: parameters and buffers by name.
    """

    tensors: dict[str, Tensor]

    @classmethod
    def of(cls, module: nn.Module) -> "Snapshot":
        """Copy the present state."""
        return cls({name: tensor.detach().clone() for name, tensor in module.state_dict().items()})

    def restore(self, module: nn.Module) -> None:
        """Write the state back, bit for bit.

        Raises:
            RuntimeError: the network has other parameters or buffers.
        """
        module.load_state_dict(self.tensors)
