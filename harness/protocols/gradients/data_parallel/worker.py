"""One rank's half of a step, without communication: for the hook inside DDP, and to simulate ranks in a process."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor

from harness.protocols.gradients.data_parallel.contract import Bucket, BucketLayout, Compressor, Encoded, Gradient
from harness.protocols.gradients.data_parallel.feedback import memory
from harness.protocols.gradients.data_parallel.link_model import COUNT_BYTES
from harness.protocols.gradients.data_parallel.reduction import DenseCompressor, chunk_size
from harness.protocols.gradients.data_parallel.selection import BucketSelection, LargerThan


@dataclass(frozen=True)
class Compression:
    """Compression of a rank's gradients.

    Attributes:
        compressor: factory of a rank's compressor.
        feedback: ``none``, ``residual`` or ``dgc``; see `feedback`.
        momentum: momentum of the feedback ``dgc``.
        warm_up: number of initial dense steps.
        selection: rule for the buckets that are compressed after these.

    Raises:
        ValueError: the feedback is unknown, or a number is out of range.
    """

    compressor: Callable[[], Compressor] = DenseCompressor
    feedback: str = "none"
    momentum: float = 0.9
    warm_up: int = 0
    selection: BucketSelection = field(default_factory=LargerThan)

    def __post_init__(self) -> None:
        memory(self.feedback, self.momentum)
        if self.warm_up < 0:
            raise ValueError(f"warm_up is {self.warm_up}; allowed are 0 steps or more")


@dataclass
class Ledger:
    """Cost counted by a rank: bytes passed to collectives for other ranks, and wall-clock seconds.

    Attributes:
        steps: number of steps with communication.
        payload: bytes of this rank's messages, each counted once and without padding.
        sent: bytes that this rank sent in total, with counts and padding.
        elements: number of gradient elements in the messages.
        encode, communicate, decode: seconds; communication as seen by the hook, from its start to its end, and at
            its end every rank has encoded. Buckets whose communication overlaps are all counted.
        layouts: layouts of the buckets of every step, in order.
    """

    steps: int = 0
    payload: int = 0
    sent: int = 0
    elements: int = 0
    encode: float = 0.0
    communicate: float = 0.0
    decode: float = 0.0
    layouts: list[list[BucketLayout]] = field(default_factory=lambda: [[]])

    def step(self) -> None:
        """Note that the last bucket of a step has been sent."""
        self.steps += 1
        self.layouts.append([])


@dataclass(frozen=True, eq=False)
class Outgoing:
    """Bucket in transit: the message, and the compressor that decodes the received messages."""

    bucket: Bucket
    compressor: Compressor
    encoded: Encoded

    @property
    def payload(self) -> Tensor:
        return self.encoded.payload

    def sent_bytes(self, longest: int) -> int:
        """Return the bytes that a rank sends, given the size of the longest payload of a gather."""
        others = self.bucket.world - 1
        if self.compressor.collective == "reduce":
            chunk = chunk_size(self.payload.numel(), self.bucket.world)
            return 2 * others * chunk * self.payload.element_size()
        return others * (longest + (0 if self.compressor.equal_sizes else COUNT_BYTES))


class GradientWorker:
    """State of one rank: its compressor, its memory and its step.

    Args:
        compression: see `Compression`.
        world: W ≥ 1.

    Attributes:
        ledger: cost counted so far.
        last_used: compressor of the last bucket: the rank's own, or the dense one.
    """

    def __init__(self, compression: Compression, world: int) -> None:
        self.compression, self.world, self.step = compression, world, 0
        self.compressor, self.dense = compression.compressor(), DenseCompressor()
        self.last_used: Compressor = self.compressor
        self.memory = memory(compression.feedback, compression.momentum)
        self.ledger, self._lock = Ledger(), threading.Lock()

    def outgoing(self, gradient: Gradient, index: int, layout: BucketLayout) -> Outgoing:
        """Return this rank's contribution to a bucket; keep the unsent elements.

        Args:
            gradient: float32, shape (n,); may be overwritten afterwards.
            index: index of the bucket.
            layout: layout of the bucket, n elements.

        Raises:
            FloatingPointError: the gradient has an infinity or a NaN; the memory is then unchanged.
        """
        began = time.perf_counter()
        bucket = Bucket(index, self.step, layout, self.world)
        with np.errstate(over="ignore"):
            square = np.dot(gradient, gradient)  # finite if all elements are, but for very large ones
        if not np.isfinite(square) and not np.isfinite(gradient).all():
            raise FloatingPointError(
                f"gradient of {', '.join(bucket.names)} has non-finite elements at step {self.step}; expected "
                "finite numbers only: lower the learning rate or skip the step"
            )
        chosen = self.step >= self.compression.warm_up and self.compression.selection.compresses(bucket)
        compressor: Compressor = self.compressor if chosen else self.dense
        self.last_used = compressor
        encoded = compressor.encode(self.memory.offered(layout, gradient), bucket)
        self.memory.sent(layout, encoded.sent)
        self.ledger.elements += bucket.size if encoded.sent is None else encoded.sent.size
        self.ledger.layouts[-1].append(layout)
        self.spend("encode", time.perf_counter() - began)
        return Outgoing(bucket, compressor, encoded)

    def mean(self, outgoing: Outgoing, received: Sequence[Tensor]) -> Gradient:
        """Return the mean gradient of all ranks, shape (n,), from W gathered payloads or from their sum."""
        began = time.perf_counter()
        mean = outgoing.compressor.decode(received, outgoing.bucket)
        self.spend("decode", time.perf_counter() - began)
        return mean

    def spend(self, what: str, seconds: float) -> None:
        """Add time to ``encode``, ``communicate`` or ``decode``; several threads may decode at once."""
        with self._lock:
            setattr(self.ledger, what, getattr(self.ledger, what) + seconds)

    def count(self, outgoing: Outgoing, longest: int) -> None:
        """Add the bytes of a bucket; `longest` is the largest payload of a gather."""
        self.ledger.payload += outgoing.payload.numel() * outgoing.payload.element_size()
        self.ledger.sent += outgoing.sent_bytes(longest)

    def next_step(self) -> None:
        """End the step, after all its buckets."""
        self.step += 1
        self.ledger.step()

    def state_dict(self) -> dict[str, Any]:
        """Return the state for a checkpoint: the step, from which seeds derive, and the memory by parameter.

        Statistics that some compressors keep from step to step are not included; they restart.
        """
        kept = {name: vectors.state_dict() for name, vectors in self.memory.kept.items()}
        return {"step": self.step, "memory": kept}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from the state that `state_dict` returned.

        Raises:
            ValueError: the state belongs to another feedback.
        """
        if set(state["memory"]) != set(self.memory.kept):
            raise ValueError(
                f"state has {sorted(state['memory'])}; the feedback {self.compression.feedback!r} keeps "
                f"{sorted(self.memory.kept)}"
            )
        self.step = int(state["step"])
        for name, vectors in self.memory.kept.items():
            vectors.load_state_dict(state["memory"][name])
