"""Reading both sides, and which record of a trial counts."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import CouldNotMeasure, StoreError, UnknownName
from harness.regression.records import current, joined, read_side
from harness.regression.selection import Scope
from harness.regression.session import reference_cases, reference_threads, reference_trials
from harness.regression.speed import SpeedRule
from harness.store import Entry, RunStore, export
from harness.store.connection import open_memory
from tests.harness.regression.samples import MACHINE, process_record, side, trial_entry

events = st.lists(
    st.tuples(
        st.integers(0, 2),  # seed
        st.sampled_from("ab"),  # code
        st.booleans(),  # whether it finished
        st.integers(0, 9),  # when
    ),
    max_size=12,
)


def store_of(path: Path, entries: list[Entry]) -> RunStore:
    store = RunStore.open(path)
    store.put_environment("here", MACHINE)
    store.absorb(entries)
    return store


@given(events)
def test_the_current_record_is_the_one_that_the_store_takes(history: list[tuple[int, str, bool, int]]) -> None:
    entries = [
        trial_entry(
            *("cora", "gcn", 0, seed),
            metrics={"accuracy": place / 100} if done else None,
            code=code,
            created=f"2026-01-01T00:00:0{when}.{place:03}+00:00",
        )
        for place, (seed, code, done, when) in enumerate(history)
    ]
    with RunStore(Path(), open_memory(), readonly=False) as store:
        store.absorb(entries)
        columns = store.columns()
    expected = dict(zip(columns.seed.tolist(), zip(columns.key, columns.created, strict=True), strict=True))
    found = current(entries).get(("cora", "gcn"), {})
    assert {seed: (e.record.key, e.record.created) for (_, seed), e in found.items()} == expected


def test_stores_exports_and_folders_of_exports_read_alike(tmp_path: Path) -> None:
    one = trial_entry("cora", "gcn", metrics={"accuracy": 0.8})
    other = trial_entry("karate", "gcn", metrics={"accuracy": 0.9}, profile="smoke")
    folder = tmp_path / "reference" / "deep"
    folder.mkdir(parents=True)
    with store_of(tmp_path / "runs.sqlite", [one, other]) as store:
        export(store, tmp_path / "all.jsonl", "jsonl")
        export(store, folder / "smoke.jsonl", "jsonl", profile="smoke")
        export(store, folder.parent / "standard.jsonl", "jsonl", profile="standard")
    sides = [read_side(tmp_path / name) for name in ("runs.sqlite", "all.jsonl", "reference")]
    assert [sorted(e.record.key for e in s.entries) for s in sides] == [
        sorted([one.record.key, other.record.key])
    ] * 3
    assert all(s.environments == {"here": MACHINE} for s in sides)
    assert sides[0].profiles == ["smoke", "standard"]
    assert [e.record.key for e in sides[0].narrowed("smoke").entries] == [other.record.key]
    assert not sides[0].narrowed("smoke", since="2027").entries
    assert len(joined(sides[:2]).entries) == 4


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"holds no \.jsonl"):
        read_side(tmp_path)
    with pytest.raises(StoreError, match="no run store"):
        read_side(tmp_path / "absent.sqlite")


def test_trials_and_timing_processes_are_told_apart() -> None:
    timing = Entry(process_record(3, {}, task="coding-tree:n=1"))
    trial = trial_entry("cora", "gcn", 0, 4, metrics={"accuracy": 0.8})
    both = side(timing, trial)
    assert reference_trials(both) == {("cora", "gcn", 0, 4)}
    assert reference_cases(both) == {("coding-tree", "n=1"): 1}
    assert reference_threads(both) == (1,)


def test_the_scope_names_what_only_one_side_has() -> None:
    known = trial_entry("cora", "gcn", metrics={"accuracy": 0.8})
    reference = side(
        *(known, trial_entry("cora", "old-contender", metrics={"accuracy": 0.7})),
        *(
            trial_entry("old-task", "gcn", metrics={"accuracy": 0.7}),
            Entry(process_record(0, {}, task="old-kernel:n=1")),
        ),
    )
    scope = Scope.of(reference, "reference", tasks=["cora", "old-*"])
    said = {(change.subject, change.who): change.reason for change in scope.unmatched}
    assert said["cora", "gat"].startswith("no baseline")
    for gone in (
        ("cora", "old-contender"),
        ("old-task", "all contenders"),
        ("old-kernel:n=1", "all implementations"),
    ):
        assert "this version does not" in said[gone]
    assert ("cora", "gcn") not in said
    same = [change for change in scope.compare(side(known), SpeedRule()) if change.word == "same"]
    assert [(change.kind, change.who) for change in same] == [("metric", "gcn"), ("memory", "gcn")]


def test_the_scope_takes_the_standard_profile_or_the_only_one() -> None:
    smoke = trial_entry("karate", "gcn", metrics={"accuracy": 0.8}, profile="smoke")
    paper = trial_entry("cora", "gcn", metrics={"accuracy": 0.8}, profile="paper")
    standard = trial_entry("cora", "gcn", metrics={"accuracy": 0.8})
    assert Scope.of(side(smoke), "here").profile == "smoke"
    assert Scope.of(side(smoke, standard), "here").profile == "standard"
    with pytest.raises(CouldNotMeasure, match=r"smoke, paper\. Choose one with --profile"):
        Scope.of(side(smoke, paper), "here")
    with pytest.raises(
        CouldNotMeasure, match="no baseline: here has no records of suite sparse in profile 'smoke'"
    ):
        Scope.of(side(smoke), "here", suite="sparse")
    with pytest.raises(UnknownName, match="did you mean 'karate'"):
        Scope.of(side(smoke), "here", tasks=["karte"])
