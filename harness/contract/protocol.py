"""Contract of a kind of trial: inputs of contenders, their predictions, and scoring.

The steps of a trial, the same for every protocol:

    parent:  inputs(data), view(data, split)         cut from the task, without any test target
    worker:  run(contender, inputs, view, reveal)    fits, then calls reveal() once for the payload after fit
    parent:  reveal(data, split)                     sent only when the worker reports that fit has returned
    parent:  score(data, split, metric, report)      against what only the parent holds
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from harness.contract.contender import Contender
from harness.contract.context import Context
from harness.contract.options import NoOptions
from harness.contract.report import Report
from harness.errors import CapabilityMissing
from harness.payload import Payload


@dataclass(frozen=True)
class Capability:
    """A method or attribute that a contender must offer, and its purpose."""

    name: str
    signature: str
    purpose: str


class Protocol(ABC):
    """The contract of a kind of trial. Instances are stateless; the engine uses only this interface.

    Its family declares it by name, with the metrics that it scores (`harness.contract.family.ProtocolEntry`).
    """

    name: ClassVar[str]
    capabilities: ClassVar[tuple[Capability, ...]]
    sees: ClassVar[str]
    """The part of the test items that is visible while ``fit`` runs, in one sentence."""
    Options: ClassVar[type] = NoOptions
    """Frozen dataclass of a task's options, that of the entry; a trial finds them in ``context.options``."""
    targets_after_fit: ClassVar[bool] = False
    """Whether :meth:`reveal` may hold test targets (a white-box attack needs them)."""

    @abstractmethod
    def inputs(self, data: Any) -> Payload:
        """Return the payload that all trials of the task share, without any target."""

    @abstractmethod
    def view(self, data: Any, split: Any) -> Payload:
        """Return the payload for ``fit`` besides the inputs: training and validation targets."""

    @abstractmethod
    def reveal(self, data: Any, split: Any) -> Payload:
        """Return the payload that the worker gets after ``fit`` has returned."""

    @abstractmethod
    def run(
        self,
        contender: type[Contender],
        inputs: Payload,
        view: Payload,
        reveal: Callable[[], Payload],
        context: Context,
    ) -> Report:
        """Fit and predict, in the worker."""

    @abstractmethod
    def score(self, data: Any, split: Any, metric: str, report: Report) -> dict[str, float]:
        """Return the metrics, the task's first; each is one that the family declares for this protocol.

        The report is hostile input. An error that is no BadPrediction is a fault of the protocol, and ends the run.

        Raises:
            BadPrediction: the predictions have the wrong names, shape, type or values.
        """

    @abstractmethod
    def permute_withheld(self, data: Any, split: Any, generator: np.random.Generator) -> Any:
        """Return the data with the withheld targets permuted; a blind contender cannot notice."""

    @abstractmethod
    def expected_format(self, data: Any) -> str:
        """Describe a contender's inputs for this data and the predictions that it must return."""

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
                f"Derive from harness.contract.contender.Contender and run `bench check {name}`."
            )


_CONFIGURATIONS = Capability(
    "configurations", "(profile) -> sequence of Settings", "the settings that a trial searches"
)


def _offers(contender: object, name: str) -> bool:
    offered = getattr(contender, name, None)
    return offered is not None and not getattr(offered, "__isabstractmethod__", False)


def permuted(targets: np.ndarray, index: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return a copy of `targets` with the entries at `index` shuffled; the result differs where possible."""
    changed, given = targets.copy(), targets[index]
    while np.array_equal(changed, targets) and len(np.unique(given)) > 1:
        changed[index] = generator.permutation(given)
    return changed
