"""Plans: from a selection to trials."""

from pathlib import Path

import pytest

from harness.data.access import DataAccess
from harness.errors import EmptySelection, UnknownName, UsageError
from harness.identity import Identities
from harness.inspection import Inspection
from harness.plan import Plan, TrialSelection, make_plan, selected_contenders, selected_tasks, time_estimate
from harness.store import RunStore
from harness.trial import Record, Trial, TrialFailure

SMALL = TrialSelection("graph", "smoke", ("karate",), ("gcn", "gat"), seeds=(0, 1))


@pytest.fixture
def access(tmp_path: Path) -> DataAccess:
    return DataAccess(None, tmp_path / "cache", offline=True)


@pytest.fixture(autouse=True)
def _look_once(monkeypatch: pytest.MonkeyPatch, inspect_once: object) -> None:
    monkeypatch.setattr("harness.inspection.inspect", inspect_once)


def planned(access: DataAccess, selection: TrialSelection = SMALL, *more) -> Plan:  # type: ignore[no-untyped-def]
    return make_plan(selection, access, Identities(access.cache / "identity"), *more)


def test_trials_are_the_product_of_the_selection(access: DataAccess) -> None:
    plan = planned(access)
    assert [p.trial for p in plan.trials] == [
        Trial("karate", contender, 0, seed, "smoke") for seed in (0, 1) for contender in ("gcn", "gat")
    ]
    assert len({p.key for p in plan.trials}) == 4
    assert plan.todo == plan.trials
    assert not plan.broken


def test_keys_are_the_same_from_a_warm_and_a_cold_cache(access: DataAccess) -> None:
    first, warm = planned(access), planned(access)
    cold = make_plan(SMALL, access, Identities(None))
    assert [p.key for p in first.trials] == [p.key for p in warm.trials] == [p.key for p in cold.trials]


def record(plan: Plan, index: int, status: str) -> Record:
    p = plan.trials[index]
    failure = None if status == "done" else TrialFailure("ValueError", "no")
    return Record(p.key, p.trial, p.fingerprints, status, f"2026-01-0{index + 1}", failure=failure)  # type: ignore[arg-type]


def test_modes_choose_what_runs(access: DataAccess, tmp_path: Path) -> None:
    with RunStore.open(tmp_path / "runs.sqlite") as store:
        plan = planned(access)
        store.add(record(plan, 0, "done"))
        store.add(record(plan, 1, "failed"))
        store.add(record(plan, 2, "failed"))
        store.add(record(plan, 2, "done"))

        def todo(mode: str) -> list[int]:
            again = planned(access, SMALL, store, mode)
            assert again.cached == len(again.trials) - len(again.todo)
            return [index for index, p in enumerate(again.trials) if not p.cached]

        assert todo("resume") == [1, 3]
        assert todo("fresh") == [0, 1, 2, 3]
        retried = planned(access, SMALL, store, "failed")
        assert [p.trial for p in retried.todo] == [plan.trials[1].trial]
        assert [p.trial for p in retried.trials] == [p.trial for p in plan.trials[:3]], "the last was never run"


def test_patterns_reach_across_protocols() -> None:
    selection = TrialSelection("graph", "smoke", contenders=("sep*",))
    chosen = selected_contenders(selection, selected_tasks(selection))
    assert chosen["rings-small"] == ["sep-g", "sep-g-random-tree", "sep-g-louvain"]
    assert chosen["ring-small"] == ["sep-u"]
    assert set(chosen) == {"rings-small", "karate", "ring-small"}


def test_profiles_choose_tasks() -> None:
    smoke = {task.name for task in selected_tasks(TrialSelection("graph", "smoke"))}
    assert smoke == {"rings-small", "karate", "ring-small"}
    assert "pubmed" in {task.name for task in selected_tasks(TrialSelection("graph", "paper"))}
    with pytest.raises(EmptySelection, match="'smoke'; the selected ones run in: standard, paper"):
        selected_tasks(TrialSelection("graph", "smoke", ("mutag", "proteins")))


@pytest.mark.parametrize(
    ("selection", "error", "message"),
    [
        (TrialSelection("grph"), UnknownName, "unknown suite 'grph'; did you mean 'graph'"),
        (TrialSelection("graph", "smoke", ("kartae",)), UnknownName, "did you mean 'karate'"),
        (
            TrialSelection("graph", "smoke", ("karate",), ("sep-g",)),
            UsageError,
            "contender 'sep-g' is of suite 'graph', but in none of the selected tasks",
        ),
        (
            TrialSelection("graph", "standard", ("mutag", "attacks-digits")),
            UsageError,
            "task 'attacks-digits' is not of suite 'graph' but of robust: use --suite robust",
        ),
        (
            TrialSelection("graph", "standard", contenders=("regroup",)),
            UsageError,
            "contender 'regroup' is not of suite 'graph' but of sparse: use --suite sparse",
        ),
        (TrialSelection("graph", "smoke", ("karate",), folds=(1,)), UsageError, "'karate' has folds 0 to 0, got 1"),
        (TrialSelection("graph", "smoke", ("karate",), seeds=(2**32,)), UsageError, "allowed are 0 to 4294967295"),
    ],
)
def test_impossible_selections(
    access: DataAccess, selection: TrialSelection, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        planned(access, selection)


def test_missing_data_is_said_and_the_rest_goes_on(access: DataAccess) -> None:
    plan = planned(access, TrialSelection("graph", "standard", ("mutag", "karate"), ("gcn", "gcn-sum"), seeds=(0,)))
    assert set(plan.unavailable) == {"mutag"}
    assert {p.trial.task for p in plan.trials} == {"karate"}


def test_a_plan_downloads_nothing_unless_told_to(tmp_path: Path) -> None:
    online = DataAccess(None, tmp_path / "cache", mirror="http://127.0.0.1:9")
    selection = TrialSelection("graph", "standard", ("mutag",), ("gcn-sum",), folds=(0, 1), seeds=(0,))
    plan = planned(online, selection)
    assert not plan.unavailable
    assert {p.fingerprints.data for p in plan.todo} == {"not downloaded"}
    assert len(plan.todo) == 2
    assert not online.data.exists()
    asked: list[str] = []
    tried = make_plan(selection, online, Identities(None), download=asked.append)
    assert (asked, set(tried.unavailable)) == (["tu/MUTAG"], {"mutag"})


def test_a_contender_that_cannot_be_imported_is_planned_as_broken(
    access: DataAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = "ModuleNotFoundError: No module named 'no'"
    monkeypatch.setattr(
        "harness.inspection.inspect",
        lambda names, _: {n: Inspection(n, n, 1, error if n == "gat" else "") for n in names},
    )
    plan = planned(access)
    assert str(plan.broken["gat"]) == error
    assert len(plan.todo) == 4, "it runs, fails, and is seen"
    assert {p.fingerprints.settings for p in plan.trials if p.trial.contender == "gat"} == {"unknown"}


def test_time_estimates_take_what_is_known(access: DataAccess) -> None:
    plan = planned(access)
    past = {("karate", "gcn", "smoke"): 2.0, ("karate", "gat", "smoke"): 5.0, ("karate", "gcn", "paper"): 900.0}
    assert time_estimate(plan, past, jobs=1) == (14.0, 0)
    assert time_estimate(plan, past, jobs=2) == (7.0, 0)
    assert time_estimate(plan, past, jobs=64) == (14.0 / 4, 0)
    partly = {("karate", "gcn", "smoke"): 2.0}
    assert time_estimate(plan, partly, jobs=1) == (8.0, 2)
    assert time_estimate(plan, {("other", "gcn", "smoke"): 3.0}, jobs=1) == (12.0, 4)
    assert time_estimate(plan, {}, jobs=1) == (0.0, 4)


def test_the_key_changes_with_data_settings_and_code(access: DataAccess) -> None:
    identities = Identities(None)
    trial = Trial("karate", "gcn", profile="smoke")
    prints = identities.fingerprints(trial, "data")
    assert prints.data == "data"
    assert identities.key(trial, prints) != identities.key(trial, identities.fingerprints(trial, "other"))
    assert identities.settings("gcn", "smoke") == prints.settings
    assert identities.code("gcn") == prints.code != identities.code("features-only")


def test_remembered_settings_spare_the_inspection(access: DataAccess, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = access.cache / "identity"
    first = Identities(folder)
    expected = first.settings("gcn", "smoke")
    first.save()

    def refuse(names: list[str], profile: str) -> dict[str, Inspection]:
        raise AssertionError(f"{names} were inspected")

    monkeypatch.setattr("harness.inspection.inspect", refuse)
    assert Identities(folder).settings("gcn", "smoke") == expected
    with pytest.raises(AssertionError, match=r"gcn.* were inspected"):
        Identities(folder).settings("gcn", "paper")
    (folder / "settings.json").write_text("nonsense")
    with pytest.raises(AssertionError, match=r"gcn.* were inspected"):
        Identities(folder).settings("gcn", "smoke")
