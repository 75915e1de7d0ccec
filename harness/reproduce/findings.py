"""Results of reproduced numbers, and the exit code of all together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from harness.errors import EXIT_FAILED, EXIT_OK, EXIT_REGRESSION, EXIT_UNMEASURED

ReproductionWord = Literal["same bits", "agrees", "differs", "failed", "stale", "not compared"]


@dataclass(frozen=True)
class Reproduction:
    """A published number beside the one obtained now.

    Attributes:
        subject: the trial, or the case, implementation and threads.
        word: *same bits* (metrics and predictions equal to the last bit), *agrees* (within the tolerance),
            *differs*, *failed* (the trial ended without a result), *stale* (code or data have changed since, so
            that a difference has no meaning) or *not compared* (there is no second value, or no tolerance).
        published, now: the two values as text, '' where there is none.
        reason: the tolerance, or why the word is what it is.
    """

    subject: str
    word: ReproductionWord
    published: str = ""
    now: str = ""
    reason: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the published number is reproduced."""
        return self.word in ("same bits", "agrees")


def exit_code(findings: Iterable[Reproduction]) -> int:
    """Return 3 if any differs, else 1 if any failed, else 4 if any (or all) could not be compared, else 0."""
    words = {finding.word for finding in findings}
    if "differs" in words:
        return EXIT_REGRESSION
    if "failed" in words:
        return EXIT_FAILED
    return EXIT_OK if words and words <= {"same bits", "agrees"} else EXIT_UNMEASURED
