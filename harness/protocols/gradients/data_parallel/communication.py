"""Communication of gradients between ranks: a hook for DDP, and the cost that the hook counts."""

from dataclasses import dataclass, field
from typing import Protocol

from torch.nn.parallel import DistributedDataParallel

from harness.protocols.gradients.data_parallel.contract import Collective
from harness.protocols.gradients.data_parallel.hook import Hook, exchange
from harness.protocols.gradients.data_parallel.worker import Compression, GradientWorker, Ledger


@dataclass(frozen=True)
class Wire:
    """Transport of a bucket's message, for the link model.

    Attributes:
        collective: ``gather`` or ``reduce``.
        counted: whether counts are exchanged first, since messages differ in size.
        rounds: number of successive collectives that carry the message.
        phases_timed: whether encoding, communication and decoding were timed separately; if not, all time
            counts as communication.
    """

    collective: Collective = "reduce"
    counted: bool = False
    rounds: int = 1
    phases_timed: bool = True


class Counter(Protocol):
    """Cost that a rank reports after the last step."""

    def ledger(self) -> Ledger: ...

    def wire(self) -> Wire: ...


class Communication(Protocol):
    """Exchange of gradients between ranks: our own `CompressedCommunication`, or one of torch's hooks.

    Attributes:
        owns_momentum: whether the ranks' memory applies momentum, so that the optimizer must have none.
        compression: input of a simulation of all ranks in one process; None if it cannot be simulated.
    """

    @property
    def owns_momentum(self) -> bool: ...

    @property
    def compression(self) -> Compression | None: ...

    def register(self, ddp: DistributedDataParallel, world: int) -> Counter:
        """Install the hook."""
        ...


@dataclass(frozen=True)
class CompressedCommunication:
    """Communication through our own hook."""

    compression: Compression = field(default_factory=Compression)

    @property
    def owns_momentum(self) -> bool:
        return self.compression.feedback == "dgc"

    def register(self, ddp: DistributedDataParallel, world: int) -> Counter:
        worker = GradientWorker(self.compression, world)
        ddp.register_comm_hook(Hook(worker, dict(ddp.module.named_parameters())), exchange)
        return Registered(worker)


@dataclass(frozen=True, eq=False)
class Registered:
    """Counter of the hook on one rank."""

    worker: GradientWorker

    def ledger(self) -> Ledger:
        return self.worker.ledger

    def wire(self) -> Wire:
        last = self.worker.last_used
        return Wire(last.collective, last.collective == "gather" and not last.equal_sizes)
