"""What every protocol, contender and model has in common.

The way of a trial, for every protocol alike:

    parent:  inputs(data), view(data, split)         cut from the task, without any test target
    worker:  run(contender, inputs, view, reveal)    fits, then calls reveal() once for what may be seen after fit
    parent:  reveal(data, split)                     sent only when the worker says that fit has returned
    parent:  score(data, split, predictions)         against what only the parent holds
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar
from typing import Protocol as Structural

import numpy as np

from harness.errors import CapabilityMissing
from harness.payload import Payload
from harness.trial import canonical

if TYPE_CHECKING:
    from harness.contract.context import Context


@dataclass(frozen=True)
class Settings:
    """Base of a contender's settings: a frozen dataclass, one instance for each configuration."""

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)


class Contender(ABC):
    """What is ranked. Subclasses add the methods that their protocol names.

    Attributes:
        streams: purposes for which the contender draws random numbers; others are refused.
    """

    streams: ClassVar[tuple[str, ...]] = ("init", "batches", "dropout")

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    @classmethod
    @abstractmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        """Return the settings that a trial of this profile searches, best guess first; one means no search.

        The search itself belongs to the protocol: every contender's configurations are compared by the same
        rule, on validation data only, and counted.
        """


class Model(Structural):
    """What ``fit`` returns. Protocols say what `predict` takes and gives."""

    def predict(self, items: Any) -> np.ndarray:
        """Return predictions for `items`."""
        ...


@dataclass(frozen=True)
class Capability:
    """A method or attribute that a contender must offer, and what it is for."""

    name: str
    signature: str
    purpose: str


class Protocol(ABC):
    """A family of tasks. Instances are stateless; the runner knows only what stands here."""

    name: ClassVar[str]
    title: ClassVar[str]
    capabilities: ClassVar[tuple[Capability, ...]]
    sees: ClassVar[str]
    """What of the test items is visible while ``fit`` runs, in one sentence."""
    targets_after_fit: ClassVar[bool] = False
    """Whether :meth:`reveal` may hold test targets (a white-box attack needs them)."""

    @abstractmethod
    def inputs(self, data: Any) -> Payload:
        """Return what all trials of the task share; free of any target."""

    @abstractmethod
    def view(self, data: Any, split: Any) -> Payload:
        """Return what ``fit`` may see besides the inputs: training and validation targets."""

    @abstractmethod
    def reveal(self, data: Any, split: Any) -> Payload:
        """Return what the worker gets after ``fit`` has returned."""

    @abstractmethod
    def run(
        self,
        contender: type[Contender],
        inputs: Payload,
        view: Payload,
        reveal: Callable[[], Payload],
        context: "Context",
    ) -> Payload:
        """Fit and predict, in the worker; return the predictions and the contender's facts."""

    @abstractmethod
    def score(self, data: Any, split: Any, metric: str, predictions: Payload) -> dict[str, float]:
        """Return the metrics, the task's first.

        Raises:
            BadPrediction: the predictions have the wrong names, shape, type or values.
        """

    @abstractmethod
    def permute_withheld(self, data: Any, split: Any, generator: np.random.Generator) -> Any:
        """Return the data with the withheld targets permuted; a blind contender cannot notice."""

    @abstractmethod
    def expected_format(self, data: Any) -> str:
        """Describe what a contender gets for this data and what it must return."""

    def check(self, contender: type, name: str) -> None:
        """Verify that a class offers what this protocol requires.

        Raises:
            CapabilityMissing: names each missing capability, its signature and its purpose.
        """
        required = (*self.capabilities, _CONFIGURATIONS)
        missing = [c for c in required if not _offers(contender, c.name)]
        if not isinstance(contender, type) or missing:
            lacks = "; ".join(f"{c.name}{c.signature}, {c.purpose}" for c in missing) or "a class"
            raise CapabilityMissing(
                f"{name} is not a contender for {self.name}. Missing: {lacks}. "
                f"Derive from harness.contract.protocol.Contender and run `bench check {name}`."
            )


_CONFIGURATIONS = Capability(
    "configurations", "(profile) -> sequence of Settings", "the settings that a trial searches"
)


def _offers(contender: object, name: str) -> bool:
    offered = getattr(contender, name, None)
    return offered is not None and not getattr(offered, "__isabstractmethod__", False)


def settings_fingerprint(configurations: Sequence[Settings]) -> str:
    """Return a hash of the searched configurations, in order, with their class names."""
    content = canonical([[type(c).__qualname__, as_plain(c)] for c in configurations])
    return blake2b(content.encode(), digest_size=16).hexdigest()


def as_plain(settings: Any) -> Mapping[str, Any]:
    """Return any settings object (a dataclass, or a mapping) as plain values."""
    return dict(settings) if isinstance(settings, Mapping) else asdict(settings)
