"""Error feedback: a rank keeps unsent elements and adds them to the next gradient.

    none       acc = g
    residual   acc = g + e,            e ← acc, zero where sent
    dgc        u ← μu + g, acc = v + u, v ← acc, u and v zero where sent

Residual: S. U. Stich, J.-B. Cordonnier and M. Jaggi, "Sparsified SGD with Memory", NeurIPS 2018, algorithm 1. DGC:
Y. Lin et al., "Deep Gradient Compression", ICLR 2018, section 3: momentum correction with momentum factor masking;
the optimizer must then have no momentum of its own. If a bucket sends exact values, sent + kept = acc to the bit.

DDP rebuilds its buckets after the first backward pass. Kept vectors belong to parameters, not to places in
a bucket: a bucket of another layout takes over the vectors of its parameters.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from harness.protocols.gradients.data_parallel.contract import BucketLayout, Gradient

FEEDBACKS = ("none", "residual", "dgc")
Sent = npt.NDArray[np.int32] | None


class PerParameter:
    """One vector for each parameter, stored flat in the layout of the bucket that used it last."""

    def __init__(self) -> None:
        self._buckets: dict[BucketLayout, Gradient] = {}
        self._loose: dict[str, Gradient] = {}

    def of(self, layout: BucketLayout) -> Gradient:
        """Return the bucket's vector, which callers change in place; new parameters start from zeros.

        Raises:
            ValueError: a parameter had another number of elements before.
        """
        if layout not in self._buckets:
            names = {name for name, _ in layout}
            for old in [old for old in self._buckets if names & {name for name, _ in old}]:
                self._loose.update(_split(old, self._buckets.pop(old)))
            parts = [self._taken(name, size) for name, size in layout]
            self._buckets[layout] = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return self._buckets[layout]

    def _taken(self, name: str, size: int) -> Gradient:
        part = self._loose.get(name)
        if part is None:
            return np.zeros(size, np.float32)
        if part.size != size:
            raise ValueError(
                f"parameter {name} has {size} elements, but {part.size} are kept from earlier steps; "
                "expected the model of those steps"
            )
        return self._loose.pop(name)

    def state_dict(self) -> dict[str, Gradient]:
        """Return a copy of every parameter's vector by name, for a checkpoint."""
        state = {name: part.copy() for name, part in self._loose.items()}
        for layout, flat in self._buckets.items():
            state.update({name: part.copy() for name, part in _split(layout, flat).items()})
        return state

    def load_state_dict(self, state: Mapping[str, Gradient]) -> None:
        """Replace all kept vectors by those that `state_dict` returned."""
        self._buckets.clear()
        self._loose = {name: np.array(part, np.float32).reshape(-1) for name, part in state.items()}


def _split(layout: BucketLayout, flat: Gradient) -> dict[str, Gradient]:
    ends = np.cumsum([size for _, size in layout])[:-1]
    return {name: part for (name, _), part in zip(layout, np.split(flat, ends), strict=True)}


class Memory(Protocol):
    """Memory of one rank between steps; `kept` are its vectors by name."""

    kept: dict[str, PerParameter]

    def offered(self, layout: BucketLayout, gradient: Gradient) -> Gradient:
        """Return acc for the step's gradient, shape (n,); it may be an array of the memory: read it only."""
        ...

    def sent(self, layout: BucketLayout, index: Sent) -> None:
        """Clear the sent elements of the acc last offered, or all if None."""
        ...


class NoMemory:
    """Memory that keeps nothing: unsent elements are lost."""

    def __init__(self) -> None:
        self.kept: dict[str, PerParameter] = {}

    def offered(self, layout: BucketLayout, gradient: Gradient) -> Gradient:
        return gradient

    def sent(self, layout: BucketLayout, index: Sent) -> None:
        return


class Residual:
    """Memory that adds the error to the next gradient."""

    def __init__(self) -> None:
        self.kept = {"residual": PerParameter()}

    def offered(self, layout: BucketLayout, gradient: Gradient) -> Gradient:
        residual = self.kept["residual"].of(layout)
        residual += gradient
        return residual

    def sent(self, layout: BucketLayout, index: Sent) -> None:
        self.kept["residual"].of(layout)[slice(None) if index is None else index] = 0


class MomentumCorrection:
    """Memory that applies momentum before compression; delayed elements keep their own momentum.

    A step that sends a whole bucket is a step of SGD with momentum μ: the velocity stays.

    Args:
        momentum: μ in [0, 1).

    Raises:
        ValueError: the momentum is outside [0, 1).
    """

    def __init__(self, momentum: float = 0.9) -> None:
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum is {momentum}; allowed are numbers in [0, 1)")
        self.momentum = np.float32(momentum)
        self.kept = {"velocity": PerParameter(), "accumulated": PerParameter()}

    def offered(self, layout: BucketLayout, gradient: Gradient) -> Gradient:
        velocity, accumulated = self.kept["velocity"].of(layout), self.kept["accumulated"].of(layout)
        velocity *= self.momentum
        velocity += gradient
        accumulated += velocity
        return accumulated

    def sent(self, layout: BucketLayout, index: Sent) -> None:
        if index is None:
            self.kept["accumulated"].of(layout)[:] = 0
            return
        self.kept["velocity"].of(layout)[index] = 0
        self.kept["accumulated"].of(layout)[index] = 0


def memory(feedback: str, momentum: float = 0.9) -> Memory:
    """Return a new memory: ``none``, ``residual`` or ``dgc`` (the only one with momentum).

    Raises:
        ValueError: the feedback is unknown, or the momentum is outside [0, 1).
    """
    kinds: dict[str, Any] = {
        "none": NoMemory,
        "residual": Residual,
        "dgc": lambda: MomentumCorrection(momentum),
    }
    if feedback not in kinds:
        raise ValueError(f"feedback is {feedback!r}; allowed are {', '.join(map(repr, FEEDBACKS))}")
    made: Memory = kinds[feedback]()
    return made
