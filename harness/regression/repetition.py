"""Verdict on an implementation's speed from one or two timing sessions."""

from dataclasses import dataclass, replace

from harness.regression.changes import Change, ChangeWord
from harness.regression.speed import Slowdown
from harness.tables.words import p_value


@dataclass(frozen=True)
class Sessions:
    """The slowdown of the first session, of the second (None where there is none), and of both taken together."""

    first: Slowdown
    second: Slowdown | None = None
    both: Slowdown | None = None

    def judge(self, blank: Change, reason: str) -> Change:
        """Return `blank` with its word and figures; `reason` names the yardstick.

        A slowdown in the first session is judged by the second session alone, an unclear first session by both
        together.
        """
        first = self.first
        if first.pace == "slower":
            return self._slower(blank, reason)
        if first.pace == "faster":
            return _judged(blank, first, "improved", f"p {p_value(first.test.p_less())}", reason)
        if first.pace == "same":
            return _judged(blank, first, "same", _excluded(first), reason)
        together = self.both or first
        if together.pace in ("same", "faster"):
            return _judged(blank, together, "same", f"{_excluded(together)}, in two sessions", reason)
        seems = "it seems slower, but not in two sessions" if together.pace == "slower" else "too noisy"
        return _judged(blank, together, "unmeasured", _noise(together), f"{seems}; {_more(together)}")

    def _slower(self, blank: Change, reason: str) -> Change:
        """Judge a slowdown in the first session; without a second one at the level of two, α²."""
        first, second = self.first, self.second
        once = f"p {p_value(first.p_slower)}"
        if second is None:
            if first.pace_at(first.rule.alpha**2) == "slower":
                return _judged(blank, first, "regressed", f"p {first.p_slower:.1g} in one session", reason)
            return _judged(blank, first, "unmeasured", once, "slower once; no second session could be measured")
        if second.pace == "slower":
            return _judged(blank, second, "regressed", f"twice: {once}, {p_value(second.p_slower)}", reason)
        if second.pace in ("same", "faster"):
            return _judged(blank, second, "same", f"slower once ({once}), not in the second session", reason)
        return _judged(blank, second, "unmeasured", f"slower once ({once})", f"then too noisy; {_more(second)}")


def _judged(blank: Change, found: Slowdown, word: ChangeWord, certainty: str, reason: str) -> Change:
    ratio = found.ratio
    change = f"×{ratio.estimate:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]"
    return replace(blank, word=word, change=change, certainty=certainty, reason=reason)


def _excluded(found: Slowdown) -> str:
    return f"×{1 + found.rule.slowdown:.2f} is excluded: p {p_value(found.test.p_less(found.rule.limit))}"


def _noise(found: Slowdown) -> str:
    return f"s = {100 * found.deviation:.0f} % between processes"


def _more(found: Slowdown) -> str:
    return f"{found.needed} processes on each side would detect a slowdown of {100 * found.rule.slowdown:.0f} %"
