"""Contenders, kernels and claims that folders declare, and the contenders of a task."""

import re
from dataclasses import replace

import pytest

from harness import catalog, declared, rosters
from harness.claims import Claim, Control, KernelSpeed, MeanDifference
from harness.claims.listing import every_claim, suite_claims, suite_of
from harness.contract.roster import ContenderEntry, KernelEntry, Roster
from harness.declared import by_name
from harness.errors import DeclarationError
from harness.families import protocol_entries
from harness.plan import TrialSelection, selected_contenders, selected_tasks
from harness.task import Extent, Suite, Task

ROSTERS = {place: roster for room in rosters.ROOMS for place, roster in declared.declared(room, "roster", "ROSTER")}
VARIANT_TASKS = {
    "ddp-digits-short",
    "ddp-digits-variants",
    "ddp-mnist-full-variants",
    "ddp-fashion-mnist-full-variants",
}


def entry(name: str, protocol: str = "graph-classification") -> ContenderEntry:
    return ContenderEntry(name, protocol, "baseline", name, "nowhere:Nobody")


def task(name: str, *contenders: str, reference: str = "") -> Task:
    extents = {"smoke": Extent()}
    return Task(name, name, "graph-classification", "rings-of-cliques", "accuracy", "folds", extents,
                contenders=contenders, reference=reference)  # fmt: skip


def suite(*tasks: Task, kernels: tuple[str, ...] = ()) -> Suite:
    listed = {"graph-classification": ("gcn-sum", "gcn-mean")}
    return Suite("toy", "a toy", tasks, listed, {"graph-classification": "gcn-sum"}, kernels)


def plant(monkeypatch: pytest.MonkeyPatch, one: Suite) -> None:
    """Make the catalog know one more suite."""
    suites = {**catalog.suites(), one.name: one}
    monkeypatch.setattr(catalog, "suites", lambda: suites)


SYSTEMS = ("block_sparse_attack", "dragonn", "npc", "sep", "structured_tickets", "tram")


def test_every_folder_of_ours_has_a_roster() -> None:
    assert list(ROSTERS) == [
        *(f"methods.{name}.roster" for name in SYSTEMS),
        *(f"baselines.{name}.roster" for name in ("attacks", "gradients", "graphs", "noisy_labels", "pruning")),
    ]


@pytest.mark.parametrize("place", ROSTERS)
def test_a_roster_names_what_lies_in_its_folder(place: str) -> None:
    roster = ROSTERS[place]
    assert roster.contenders
    for one in (*roster.contenders, *roster.kernels):
        assert one.module.startswith(place.removesuffix("roster")), one
    methods = [one.name for one in roster.contenders if one.kind == "method"]
    assert bool(methods) == place.startswith("methods.")


def test_a_name_declared_twice_names_both_folders() -> None:
    twice = [("a.roster", entry("x")), ("b.roster", entry("y")), ("b.roster", entry("x"))]
    message = "contender 'x' is declared twice, in a.roster and b.roster: rename one of them"
    with pytest.raises(DeclarationError, match=re.escape(message)):
        by_name("contender", twice)
    assert list(by_name("contender", twice[:2])) == ["x", "y"]


@pytest.mark.parametrize("kind", ["contender", "kernel", "claim"])
def test_no_name_of_ours_may_stand_twice(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.claims import listing

    again: dict[str, object] = {
        "contender": Roster(contenders=(entry("sep-g"),)),
        "kernel": Roster(kernels=(KernelEntry("coding-tree", "a tree", "nowhere:KERNEL"),)),
        "claim": (next(claim for claim in every_claim() if claim.name == "sep-g-reaches-mutag"),),
    }
    found = declared.declared

    def planted(room: str, module: str, attribute: str):  # type: ignore[no-untyped-def]
        yield from found(room, module, attribute)
        if room == "methods" and (module == "claims") == (kind == "claim"):
            yield f"methods.copy.{module}", again[kind]

    monkeypatch.setattr(rosters, "declared", planted)
    monkeypatch.setattr(listing, "declared", planted)
    reading = {
        "contender": lambda: rosters.contenders(protocol_entries()),
        "kernel": rosters.kernels,
        "claim": listing.every_claim.__wrapped__,
    }
    with pytest.raises(
        DeclarationError, match=rf"{kind} '.*' is declared twice, in methods\.sep\..* and methods\.copy"
    ):
        reading[kind]()


def test_a_roster_refuses_entries_of_another_type() -> None:
    with pytest.raises(TypeError, match="entries of type ContenderEntry, got 'sep-g'"):
        Roster(contenders=("sep-g",))  # type: ignore[arg-type]


def test_a_task_without_names_has_the_contenders_of_its_suite() -> None:
    plain, narrow = task("plain"), task("narrow", "gin-sum", "gcn-sum", reference="gin-sum")
    toy = suite(plain, narrow)
    assert catalog.task_contenders(toy, plain) == ["gcn-sum", "gcn-mean"]
    assert catalog.task_contenders(toy, narrow) == ["gin-sum", "gcn-sum"]
    assert (toy.reference(plain), toy.reference(narrow)) == ("gcn-sum", "gin-sum")
    assert catalog.suite_contenders(toy) == ["gcn-sum", "gcn-mean", "gin-sum"]


def test_plug_ins_join_the_tasks_that_name_no_contender(monkeypatch: pytest.MonkeyPatch) -> None:
    added = {
        "added": replace(entry("added"), kind="plug-in"),
        "other": replace(entry("other", "node-classification"), kind="plug-in"),
    }
    known = {**catalog.contenders(), **added}
    monkeypatch.setattr(catalog, "contenders", lambda: known)
    toy = suite(task("plain"), task("narrow", "gin-sum"))
    assert [catalog.task_contenders(toy, one) for one in toy.tasks] == [
        ["gcn-sum", "gcn-mean", "added"],
        ["gin-sum"],
    ]


def test_only_the_tasks_of_variants_have_the_variants_of_dragonn() -> None:
    tasks = catalog.contender_tasks()
    assert {one.name for _, one in tasks["dragonn-sampled"]} == VARIANT_TASKS
    assert not {one.name for _, one in tasks["dragonn"]} & VARIANT_TASKS
    assert catalog.contender("dragonn-sampled").protocol == catalog.contender("dragonn").protocol
    chosen = selected_contenders(
        TrialSelection("sparse", "smoke"), selected_tasks(TrialSelection("sparse", "smoke"))
    )
    assert "sgd-dense" in chosen["ddp-digits"]
    assert chosen["ddp-digits-short"] == list(catalog.task("ddp-digits-short").contenders)


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (
            task("x", "gcn-sums"),
            "task 'x' of suite 'toy' names an unknown contender 'gcn-sums'; did you mean 'gcn-sum'",
        ),
        (
            task("x", "gcn-sum", "sep-n"),
            "task 'x' of suite 'toy' names contender 'sep-n' of protocol node-classification; expected one of "
            "graph-classification",
        ),
        (
            task("x", "gcn-sum", reference="gmt"),
            "task 'x' of suite 'toy' has reference 'gmt'. Expected one of gcn-sum",
        ),
    ],
)
def test_a_plan_names_the_task_and_the_contender_at_fault(
    one: Task, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, suite(one))
    with pytest.raises(DeclarationError, match=re.escape(message)):
        selected_contenders(TrialSelection("toy", "smoke"), [one])


def claim(*quantities: MeanDifference | KernelSpeed, controls: tuple[Control, ...] = ()) -> Claim:
    return Claim("one", "a statement", "superiority", quantities, "any", 2, controls=controls, uncontrolled="test")


def test_a_claim_is_of_the_suite_that_has_its_tasks_and_kernels() -> None:
    control = Control("mutag", "gin-sum", 79.9, 89.4, "two tables")
    tree = KernelSpeed("coding-tree", "*", "louvain")
    assert suite_of(claim(MeanDifference("cora", "sep-n", "gcn"), tree, controls=(control,))) == "graph"
    assert suite_of(claim(KernelSpeed("regrouping", "*", "plain"))) == "sparse"


@pytest.mark.parametrize(
    ("quantities", "message"),
    [
        (
            (MeanDifference("corra", "sep-n", "gcn"),),
            "claim 'one' is about task 'corra', which is in no suite; did you mean",
        ),
        ((KernelSpeed("coding", "*", "x"),), "claim 'one' is about kernel 'coding', which is in no suite"),
        (
            (MeanDifference("cora", "sep-n", "gcn"), KernelSpeed("regrouping", "*", "x")),
            "claim 'one' is about tasks and kernels of several suites (cora of graph, regrouping of sparse); "
            "expected one suite: split the claim",
        ),
    ],
)
def test_a_claim_of_no_suite_is_named(quantities: tuple[MeanDifference | KernelSpeed, ...], message: str) -> None:
    with pytest.raises(DeclarationError, match=re.escape(message)):
        suite_of(claim(*quantities))


def test_a_claim_about_our_tasks_is_of_our_suite_though_a_package_reuses_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plant(monkeypatch, suite(catalog.task("mutag")))
    assert suite_of(claim(MeanDifference("mutag", "sep-g", "gcn-sum"))) == "graph"
    assert suite_of(claim(MeanDifference("mutag", "gcn-mean", "gcn-sum"))) == "graph"
    assert len(suite_claims(catalog.suite("sparse"))) > 10


def test_a_claim_is_of_the_suite_that_runs_its_contenders(monkeypatch: pytest.MonkeyPatch) -> None:
    narrowed = replace(suite(catalog.task("mutag")), contenders={"graph-classification": ("gcn-sum", "theirs")})
    plant(monkeypatch, narrowed)
    assert suite_of(claim(MeanDifference("mutag", "theirs", "gcn-sum"))) == "toy"


def test_a_claim_of_two_suites_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    one = suite(task("theirs"))
    suites = {**catalog.suites(), "toy": one, "twin": replace(one, name="twin")}
    monkeypatch.setattr(catalog, "suites", lambda: suites)
    with pytest.raises(DeclarationError, match="claim 'one' belongs to 2 suites, toy and twin"):
        suite_of(claim(MeanDifference("theirs", "gcn-mean", "gcn-sum")))


def test_each_claim_is_of_one_suite() -> None:
    of_suites = [claim for one in catalog.suites().values() for claim in suite_claims(one)]
    assert sorted(one.name for one in of_suites) == sorted(one.name for one in every_claim())
    assert len(of_suites) > 70
