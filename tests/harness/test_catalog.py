"""What exists, by name."""

import re
from dataclasses import replace
from importlib import import_module
from typing import Any, get_type_hints

import pytest

from harness import catalog
from harness.catalog import select
from harness.claims import KernelSpeed
from harness.claims.listing import suite_claims
from harness.errors import CapabilityMissing, UnknownName
from harness.families import dataset_entry, protocol_entries
from harness.targets import resolve
from harness.trial import PROFILES

NAMES = ["sep-g", "sep-n", "gcn-sum", "gcn-mean", "gmt"]


def test_a_suite_of_a_package_has_its_own_name_whatever_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = catalog.suites()["graph"]
    added, rival = replace(ours, name="added"), replace(ours, title="not ours")
    monkeypatch.setattr(catalog, "plugins", lambda group, kind: iter([("point", added), ("other", rival)]))
    found = catalog.suites.__wrapped__()
    assert found == {**found, "added": added, "graph": ours}
    assert not {"point", "other"} & found.keys()


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ([], NAMES),
        (["gmt"], ["gmt"]),
        (["sep*"], ["sep-g", "sep-n"]),
        (["gmt", "sep-?"], ["sep-g", "sep-n", "gmt"]),
        (["*mean", "gcn-[ms]*"], ["gcn-sum", "gcn-mean"]),
        (["*"], NAMES),
    ],
)
def test_patterns_select_in_the_order_of_the_suite(patterns: list[str], expected: list[str]) -> None:
    assert select("contender", patterns, NAMES) == expected


@pytest.mark.parametrize("pattern", ["sep", "GMT", "zz*", ""])
def test_a_pattern_that_matches_nothing_is_named(pattern: str) -> None:
    with pytest.raises(UnknownName, match=re.escape(f"unknown contender {pattern!r}")):
        select("contender", ["gmt", pattern], NAMES)


def taken(protocol: str) -> set[type]:
    """Return the types of data sets that the methods of a protocol are annotated to take."""
    methods = (getattr(type(catalog.protocol(protocol)), name) for name in ("inputs", "score", "permute_withheld"))
    return {get_type_hints(method)["data"] for method in methods} - {Any}


@pytest.mark.parametrize("suite", catalog.suites().values(), ids=lambda suite: suite.name)
def test_suites_hold_together(suite) -> None:  # type: ignore[no-untyped-def]
    names = [task.name for task in suite.tasks]
    assert len(set(names)) == len(names)
    for task in suite.tasks:
        assert task.protocol in suite.contenders
        assert taken(task.protocol) == {resolve(dataset_entry(task.dataset).type)}
        assert set(task.extents) <= set(PROFILES)
        assert task.higher_is_better == (not task.metric.startswith("mse"))
        known = ("accuracy", "roc_auc", "mse", "mse_to_marginal")
        assert task.metric in known, "state the direction of another metric here"
        catalog.check_task(suite, task)
        assert suite.reference(task) in catalog.task_contenders(suite, task)
    for protocol, contenders in suite.contenders.items():
        assert protocol in protocol_entries()
        assert {catalog.contender(name).protocol for name in contenders} == {protocol}
        assert suite.references[protocol] in contenders
    assert set(suite.kernels) <= set(catalog.kernels())
    claims = suite_claims(suite)
    assert claims
    for claim in claims:
        means = [q for q in claim.quantities if not isinstance(q, KernelSpeed)]
        for place in (*(term for quantity in means for term in quantity.terms), *claim.controls):
            assert place.task in names
            assert place.contender in catalog.task_contenders(suite, catalog.task(place.task))
    assert len({claim.name for claim in claims}) == len(claims)


def test_every_suite_has_a_smoke_profile_without_a_network() -> None:
    for suite in catalog.suites().values():
        smoke = [task for task in suite.tasks if "smoke" in task.extents]
        assert {task.protocol for task in smoke} == set(suite.contenders)
        sets = [dataset_entry(task.dataset) for task in smoke]
        sources = [dataset_entry(entry.base) if entry.base else entry for entry in sets]
        assert {entry.kind for entry in sources} <= {"bundled", "generated"}


@pytest.mark.parametrize("name", protocol_entries())
def test_protocols_state_what_they_require_and_show(name: str) -> None:
    protocol = catalog.protocol(name)
    assert protocol.capabilities
    assert protocol.sees


@pytest.mark.parametrize("name", protocol_entries())
def test_every_protocol_of_a_module_is_declared(name: str) -> None:
    module = import_module(protocol_entries()[name].module)
    declared = {entry.target for entry in protocol_entries().values()}
    own = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__]
    named = [one.__name__ for one in own if hasattr(one, "score") and "name" in vars(one)]
    assert {f"{module.__name__}:{name}" for name in named} <= declared


@pytest.mark.parametrize(
    ("lookup", "name", "kind"),
    [
        (catalog.suite, "grap", "suite"),
        (catalog.task, "mutagg", "task"),
        (catalog.contender, "sep-gg", "contender"),
        (catalog.protocol, "graph-classificaton", "protocol"),
    ],
)
def test_unknown_names(lookup, name: str, kind: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnknownName, match=re.escape(f"unknown {kind} '{name}'; did you mean")):
        lookup(name)


def test_a_target_without_its_attribute_is_named() -> None:
    with pytest.raises(CapabilityMissing, match=r"module harness\.seeds has no attribute 'strem'"):
        catalog.resolve("harness.seeds:strem")
    with pytest.raises(ModuleNotFoundError):
        catalog.resolve("harness.no_such_module:X")


def test_a_mismatch_message_names_what_is_missing_and_what_it_is_for() -> None:
    class Hollow:
        pass

    protocol = catalog.protocol("graph-classification")
    with pytest.raises(CapabilityMissing) as caught:
        protocol.check(Hollow, "hollow")
    message = str(caught.value)
    assert message.startswith("hollow is not a contender for graph-classification. Missing: ")
    assert "fit(train, valid, context) -> model, learning from labelled graphs" in message
    assert "configurations(profile) -> sequence of Settings" in message
    assert "`bench check hollow`" in message
    with pytest.raises(CapabilityMissing, match="a class"):
        protocol.check(_contender_like, "function")  # type: ignore[arg-type]


def _contender_like() -> None:
    """A function that offers everything but is no class."""


_contender_like.fit = _contender_like.configurations = _contender_like  # type: ignore[attr-defined]
