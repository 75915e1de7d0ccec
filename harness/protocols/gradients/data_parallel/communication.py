"""How ranks exchange gradients, as a run of DDP needs it: a hook to install, and what it has spent."""

from dataclasses import dataclass, field
from typing import Protocol

from torch.nn.parallel import DistributedDataParallel

from harness.protocols.gradients.data_parallel.contract import Collective
from harness.protocols.gradients.data_parallel.hook import Hook, exchange
from harness.protocols.gradients.data_parallel.worker import Compression, GradientWorker, Ledger


@dataclass(frozen=True)
class Wire:
    """How a bucket's message travels; the link model needs it.

    Attributes:
        collective: ``gather`` or ``reduce``.
        counted: counts are exchanged first, for messages differ in size.
        rounds: collectives one after the other that the message is spread over.
        told_apart: encoding, communication and decoding were timed one by one; if not, all is communication.
    """

    collective: Collective = "reduce"
    counted: bool = False
    rounds: int = 1
    told_apart: bool = True


class Counter(Protocol):
    """What a rank has spent, asked for after the last step."""

    def ledger(self) -> Ledger: ...

    def wire(self) -> Wire: ...


class Communication(Protocol):
    """How ranks exchange gradients: our own `CompressedCommunication`, or one of torch's hooks.

    Attributes:
        owns_momentum: the momentum is in what ranks remember, so the optimizer must have none.
        compression: what a simulation of all ranks in one process needs; None where there is none.
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
    """Our own hook."""

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
    """The hook of a rank."""

    worker: GradientWorker

    def ledger(self) -> Ledger:
        return self.worker.ledger

    def wire(self) -> Wire:
        last = self.worker.last_used
        return Wire(last.collective, last.collective == "gather" and not last.equal_sizes)
