"""What the gate prints: table, markdown, JUnit, and the exit code."""

from xml.etree import ElementTree

import pytest

from harness.errors import EXIT_OK, EXIT_REGRESSION, EXIT_UNMEASURED
from harness.regression.changes import Change, ChangeWord, GateReport
from harness.regression.junit import render_junit
from harness.regression.markdown import render_markdown
from harness.regression.table import render_table

LOST = Change(
    *("metric", "cora", "gcn", "regressed", "81.5 %", "78.5 %", "−3.0 points [−3.4, −2.6]"),
    certainty="p (Holm) 0.002 over 10 paired seeds",
    reason="margin 0.5 points: customary",
    quantity="accuracy",
)
NOISY = Change("speed", "toy:n=1", "ours @1", "unmeasured", reason="too noisy")
FINE = Change("speed", "toy:n=2", "ours @1", "same", change="×1.00 [0.99, 1.01]")
MOVED = Change("size", "cora", "gat", "changed", "1,000", "1,005")


def report(*changes: Change) -> GateReport:
    return GateReport("results/reference", "smoke", changes)


@pytest.mark.parametrize(
    ("changes", "code", "verdict"),
    [
        ((), EXIT_UNMEASURED, "could not measure anything"),
        ((FINE, MOVED), EXIT_OK, "no regression: 1 changed, 1 same"),
        ((FINE, NOISY), EXIT_UNMEASURED, "could not measure everything: 1 unmeasured, 1 same"),
        ((FINE, NOISY, LOST), EXIT_REGRESSION, "REGRESSED: 1 regressed, 1 unmeasured, 1 same"),
    ],
)
def test_the_exit_code_tells_regressed_from_unmeasured(
    changes: tuple[Change, ...], code: int, verdict: str
) -> None:
    assert report(*changes).exit_code == code
    assert report(*changes).conclusion.startswith(verdict)


@pytest.mark.parametrize(("word", "code"), [("unsure", 0), ("changed", 0), ("improved", 0), ("same", 0)])
def test_what_is_no_regression_passes(word: ChangeWord, code: int) -> None:
    assert report(Change("metric", "cora", "gcn", word)).exit_code == code


def test_the_table_shows_what_changed_and_counts_the_rest() -> None:
    text = render_table(report(FINE, NOISY, MOVED, LOST))
    assert (
        "  accuracy  cora  gcn  81.5 % → 78.5 %  −3.0 points [−3.4, −2.6]  p (Holm) 0.002 over 10 paired seeds"
        in text
    )
    assert "    margin 0.5 points: customary" in text
    assert "  too noisy\n    toy:n=1: speed of ours @1" in text
    assert "toy:n=2" not in text
    assert text.endswith("1 same (--all lists the unchanged)")
    assert text.index("regressed:") < text.index("changed:") < text.index("unmeasured:")
    assert "toy:n=2" in render_table(report(FINE), everything=True)


def test_markdown_is_a_comment_that_nothing_can_break() -> None:
    hostile = Change(
        *("outcome", "a|b`c", "<img src=x>", "regressed", "timed", "failed", "now fails"),
        reason="</details> @someone | [click](http://example.org)\n\n# title `x` **bold** <script>",
    )
    text = render_markdown(report(hostile, LOST, FINE, NOISY))
    assert text.startswith("### bench check: REGRESSED: 2 regressed")
    row = next(line for line in text.splitlines() if "now fails" in line)
    assert row.count(" | ") == 7
    for raw in ("@someone", "</details> ", "<script", "[click]", "**bold**"):
        assert raw not in row
    assert "\\# title" in row
    assert text.count("<details>") == text.count("</details>") == 2


def test_junit_has_failures_and_skips_and_survives_any_text() -> None:
    hostile = Change("outcome", "task\x00\x1b", 'who <&">', "regressed", reason="bad \x08 bytes \ud800 & ]]>")
    root = ElementTree.fromstring(render_junit(report(hostile, LOST, NOISY, FINE)))
    suites = {suite.get("name"): suite for suite in root.iter("testsuite")}
    assert set(suites) == {"outcome", "accuracy", "speed"}
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("4", "2", "1")
    case = suites["accuracy"].find("testcase")
    assert case is not None
    assert (case.get("classname"), case.get("name")) == ("cora", "gcn")
    failure = case.find("failure")
    assert failure is not None
    assert "p (Holm) 0.002" in str(failure.text)
    skipped = suites["speed"].find("testcase/skipped")
    assert skipped is not None
    assert skipped.get("message") == "too noisy"
