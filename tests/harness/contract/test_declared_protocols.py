"""Protocols and their declarations agree: names, options, and every metric that is scored."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from harness import catalog
from harness.contract_check import try_trial
from harness.data.access import DataAccess
from harness.errors import StoreError
from harness.families import families, protocol_entries, protocol_entry
from harness.reference import FOLDER
from harness.report.records import read_exports
from harness.store import RunStore
from harness.task import Task
from harness.views import Views

CHEAPEST = {
    "rings-small": "size-only",
    "karate": "features-only",
    "ring-small": "topk-ae",
    "tickets-digits": "one-shot-magnitude",
    "ddp-digits": "sgd-dense",
}
"""Task of the smoke profile -> a contender that takes seconds there; the data of attacks take minutes to make."""
TASKS = [task for suite in catalog.suites().values() for task in suite.tasks]


@pytest.mark.parametrize("name", protocol_entries())
def test_a_protocol_has_the_name_and_the_options_of_its_entry(name: str) -> None:
    entry, protocol = protocol_entry(name), catalog.protocol(name)
    assert protocol.name == entry.name == name
    assert protocol.Options is entry.options
    assert is_dataclass(entry.options)
    assert entry.options.__dataclass_params__.frozen  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", protocol_entries())
def test_the_parts_of_an_entry_exist(name: str) -> None:
    entry = protocol_entry(name)
    assert entry.title
    assert entry.metrics.declared
    assert all(callable(catalog.resolve(target)) for target in entry.charts)
    assert {metric.table for metric in entry.metrics.declared} - {""} == {one.name for one in entry.metrics.tables}
    assert any(metric.better for metric in entry.metrics.declared), "a protocol without a direction cannot rank"


def test_names_are_declared_once() -> None:
    protocols = [entry.name for family in families().values() for entry in family.protocols]
    assert sorted(protocols) == sorted(protocol_entries())
    assert all(name == family.name for name, family in families().items())


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_options_of_every_task_are_fields_of_its_protocols_options(task: Task) -> None:
    known = {one.name for one in fields(protocol_entry(task.protocol).options)}
    assert set(task.options) <= known
    assert set(task.plain_options) <= known


@pytest.mark.parametrize("name", CHEAPEST)
def test_every_metric_that_a_smoke_trial_scores_is_declared(name: str, tmp_path: Path) -> None:
    task = catalog.task(name)
    access = DataAccess(None, tmp_path / "cache", offline=True)
    outcome = try_trial(CHEAPEST[name], task, "smoke", access)
    assert outcome.report is not None, outcome.failure
    scored = Views(access, tmp_path / "views").score(task, outcome.job.trial, outcome.report)
    assert task.metric in scored
    for scored_name, value in scored.items():
        metric = task.metrics.find(scored_name)
        assert metric is not None, f"{scored_name} is not declared"
        assert metric.allows(value)


@pytest.fixture(scope="module")
def reference() -> Iterator[RunStore]:
    try:
        with read_exports([FOLDER]) as records:
            yield records
    except StoreError as error:
        pytest.skip(f"no reference records here: {error}")


def test_every_metric_of_the_reference_records_is_declared_and_within_its_bounds(reference: RunStore) -> None:
    tasks, checked = catalog.tasks(), set()
    for entry in reference.entries():
        record = entry.record
        task = tasks.get(record.trial.task)
        if task is not None and record.done:
            task.metrics.check(record.metrics, f"{record.trial}")
            checked.add((task.protocol, record.trial.profile))
    published = {
        (task.protocol, profile)
        for suite in catalog.suites().values()
        for task in suite.tasks
        for profile in ("smoke", "standard")
        if profile in task.extents and (FOLDER / suite.name / f"{profile}.jsonl").exists()
    }
    assert checked == published
    assert {(name, "smoke") for name in protocol_entries()} <= checked
