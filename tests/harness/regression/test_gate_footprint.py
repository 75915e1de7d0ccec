"""Memory of trials and the size of models."""

import pytest

from harness import catalog
from harness.regression.changes import Change
from harness.regression.footprint import parameters, trial_memory
from harness.regression.gate import trial_changes
from harness.store import Entry
from tests.harness.regression.samples import MACHINE, cells, side, trial_entry

MIB = 1 << 20
CORA = catalog.task("cora")


def trials(name: str, peak: int, seeds: int = 3, **facts: object) -> dict[tuple[int, int], object]:
    made = (
        trial_entry("cora", name, seed=s, metrics={"accuracy": 0.8}, peak_bytes=peak * MIB, facts=facts)
        for s in range(seeds)
    )
    return cells(made)  # type: ignore[return-value]


def words(before: dict[str, int], after: dict[str, int]) -> dict[str, str]:
    sides = {name: (trials(name, before[name]), trials(name, after[name])) for name in before}
    return {change.who: change.word for change in trial_memory("cora", sides)}  # type: ignore[arg-type]


def test_growth_beyond_the_margin_is_a_regression() -> None:
    assert words({"a": 300}, {"a": 329}) == {"a": "same"}
    assert words({"a": 300}, {"a": 340}) == {"a": "regressed"}
    assert words({"a": 340}, {"a": 300}) == {"a": "improved"}
    assert words({"a": 20}, {"a": 30}) == {"a": "same"}  # 50 %, but less than 16 MiB


def test_what_all_contenders_gain_belongs_to_the_worker() -> None:
    before = {"a": 300, "b": 310, "c": 320, "d": 330}
    more = {name: peak + 100 for name, peak in before.items()}
    assert set(words(before, more).values()) == {"same"}
    assert words(before, {**more, "b": 480})["b"] == "regressed"
    assert words({"a": 300, "b": 310}, {"a": 400, "b": 410}) == {"a": "regressed", "b": "regressed"}


def test_every_trial_must_have_grown() -> None:
    before, after = trials("a", 300), trials("a", 400)
    after[0, 1] = before[0, 1]
    (found,) = trial_memory("cora", {"a": (before, after)})  # type: ignore[dict-item]
    assert found.word == "same"


@pytest.mark.parametrize(
    ("before", "after"), [("unknown", "excluded"), ("included", "excluded"), ("unknown", "unknown")]
)
def test_compiled_code_in_a_cache_is_no_improvement(before: str, after: str) -> None:
    def side_of(peak: int, first_call: str) -> dict[tuple[int, int], Entry]:
        accuracy = {"accuracy": 0.8}
        return cells(
            trial_entry("cora", "sep-n", seed=s, metrics=accuracy, peak_bytes=peak * MIB, first_call=first_call)
            for s in range(3)
        )

    (found,) = trial_memory("cora", {"sep-n": (side_of(564, before), side_of(330, after))})
    assert (found.word, found.change) == ("unmeasured", "")
    assert "compilation" in found.reason
    (alike,) = trial_memory("cora", {"sep-n": (side_of(564, after), side_of(330, after))})
    assert alike.word == ("unmeasured" if after == "unknown" else "improved")


def test_parameters_are_counted_at_the_same_settings() -> None:
    blank = Change("size", "cora", "a", "same")

    def word(before: tuple[int, int], after: tuple[int, int]) -> str:
        sides = [
            trials("a", 300, parameters=count, settings={"hidden": hidden}) for count, hidden in (before, after)
        ]
        found = parameters(blank, *sides)  # type: ignore[arg-type]
        assert found is not None
        return found.word

    assert word((1000, 16), (1000, 16)) == "same"
    assert word((1000, 16), (1005, 16)) == "changed"
    assert word((1000, 16), (1020, 16)) == "regressed"
    assert word((1000, 16), (900, 16)) == "improved"
    assert word((1000, 16), (2000, 32)) == "changed"
    assert parameters(blank, trials("a", 300), trials("a", 300)) is None  # type: ignore[arg-type]


def test_memory_of_other_libraries_is_could_not_measure() -> None:
    newer = {**MACHINE, "packages": {"torch": "2.14.0"}}
    before = trial_entry("cora", "gcn", metrics={"accuracy": 0.8})
    after = trial_entry("cora", "gcn", metrics={"accuracy": 0.8}, environment="there")
    old, new = side(before), side(after, there=newer)
    found = {change.kind: change for change in trial_changes(old, new, [(CORA, "gcn")])}
    assert found["metric"].word == "same"
    assert found["memory"].word == "unmeasured"
    assert "torch 2.13.0 in the reference, 2.14.0 now" in found["memory"].reason
    asked = trial_changes(old, new, [(CORA, "gcn")], any_environment=True)
    assert {change.kind: change.word for change in asked}["memory"] == "same"
    moved = side(after, there={**MACHINE, "cpu": "another"})
    assert {c.kind: c.word for c in trial_changes(old, moved, [(CORA, "gcn")])}["memory"] == "same"
