"""Claims that a profile cannot test, known before the run."""

from harness.claims import Claim, MeanDifference, MeanLevel, Reported
from harness.claims.planning import untestable


def number(task: str, contender: str) -> Claim:
    return Claim(
        "one",
        "a figure",
        "number",
        (MeanLevel(task, contender),),
        "any",
        5,
        margin=1.0,
        reported=Reported(80.0, 1.0),
        uncontrolled="a test",
    )


def test_a_number_needs_repetitions_of_a_cross_validation() -> None:
    assert untestable(number("mutag", "sep-g"), "standard") == "", "ten folds, five seeds"
    why = untestable(number("proteins", "sep-g"), "standard")
    assert why == "proteins has 1 units in profile standard; a verdict needs 5"
    assert untestable(number("proteins", "sep-g"), "paper") == ""


def test_replications_and_seeds_are_units_of_a_number() -> None:
    assert untestable(number("attacks-digits", "sbsc"), "standard") == ""
    assert untestable(number("cora", "sep-n"), "standard") == ""


def test_folds_are_units_of_a_difference() -> None:
    claim = Claim(
        "one",
        "more accurate",
        "superiority",
        (MeanDifference("proteins", "sep-g", "gmt"),),
        "any",
        10,
        uncontrolled="a test",
    )
    assert untestable(claim, "standard") == ""


def test_a_task_that_does_not_run_is_named() -> None:
    why = untestable(number("pubmed", "sep-n"), "standard")
    assert why == "pubmed does not run in profile standard, but in paper"
