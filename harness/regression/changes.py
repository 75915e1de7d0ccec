"""Changes that the gate finds, one for each compared quantity, and the exit code of all together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.errors import EXIT_OK, EXIT_REGRESSION, EXIT_UNMEASURED

ChangeKind = Literal["outcome", "metric", "speed", "memory", "size", "quality"]
ChangeWord = Literal["regressed", "unmeasured", "unsure", "changed", "improved", "same"]

WORDS: dict[ChangeWord, str] = {
    "regressed": "worse by more than noise and margin",
    "unmeasured": "could not be measured",
    "unsure": "no loss is shown, and one beyond the margin is not excluded",
    "changed": "not as before, no loss shown",
    "improved": "better by more than noise",
    "same": "no regression",
}
"""Each word with its meaning, the most urgent first."""


@dataclass(frozen=True)
class Change:
    """One quantity of the new records against the reference.

    Attributes:
        subject: the task, or the kernel and its case.
        who: the contender, or the implementation with its number of threads.
        reference, new: the two values as text.
        change: the difference or ratio, with its interval where there is one; empty where nothing was compared.
        certainty: the test behind the word, e.g. "p (Holm) 0.003", "twice: p 0.0004, 0.0011".
        reason: the margin, or why nothing was compared.
        quantity: title of the compared metric; empty for the other kinds, whose name says it.
    """

    kind: ChangeKind
    subject: str
    who: str
    word: ChangeWord
    reference: str = ""
    new: str = ""
    change: str = ""
    certainty: str = ""
    reason: str = ""
    quantity: str = ""

    @property
    def title(self) -> str:
        """What was compared, for a reader: "accuracy", "mean squared error", "memory"."""
        return self.quantity or self.kind


@dataclass(frozen=True)
class GateReport:
    """All changes of one gate.

    Attributes:
        against: where the reference comes from.
        notes: sentences for the reader, shown below the changes.
    """

    against: str
    profile: str
    changes: Sequence[Change]
    notes: Sequence[str] = ()

    @property
    def counts(self) -> dict[ChangeWord, int]:
        """Number of changes with each word; words without changes are left out."""
        found = Counter(change.word for change in self.changes)
        return {word: found[word] for word in WORDS if found[word]}

    @property
    def exit_code(self) -> int:
        """3 if anything regressed, else 4 if anything could not be measured (or nothing was), else 0."""
        if "regressed" in self.counts:
            return EXIT_REGRESSION
        return EXIT_UNMEASURED if "unmeasured" in self.counts or not self.changes else EXIT_OK

    def ordered(self, words: Sequence[ChangeWord] = tuple(WORDS)) -> list[Change]:
        """Return the changes with one of `words`, the most urgent first."""
        return [change for word in WORDS if word in words for change in self.changes if change.word == word]

    @property
    def conclusion(self) -> str:
        """One line: the verdict and the counts."""
        verdict = {
            EXIT_OK: "no regression",
            EXIT_REGRESSION: "REGRESSED",
            EXIT_UNMEASURED: "could not measure everything" if self.changes else "could not measure anything",
        }[self.exit_code]
        counted = ", ".join(f"{number} {word}" for word, number in self.counts.items()) or "nothing compared"
        return f"{verdict}: {counted}"
