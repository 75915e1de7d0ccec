"""`bench claims` on the committed records, as a user runs it, and the claims on a published leaderboard."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result

from harness import catalog
from harness.claims import Claim, MeanDifference
from harness.claims.judge import judge_suite
from harness.claims.listing import suite_claims
from harness.claims.verdict import UNTESTED, VerdictWord
from harness.cli import bench
from harness.errors import EmptySelection, StoreError, UnknownName, UsageError
from harness.leaderboard import build_board
from harness.leaderboard.publish import write_leaderboard
from harness.store import RunStore

RECORDS = Path(__file__).parents[3] / "results" / "reference" / "graph"
FROM = ("--suite", "graph", "--from", str(RECORDS))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(bench, ["claims", *arguments], catch_exceptions=True)


def test_a_table_and_a_sentence_for_each_claim():
    result = run(*FROM)
    assert result.exit_code == 0, result.exception
    claims = suite_claims(catalog.suite("graph"))
    lines = result.output.splitlines()
    assert lines[0].startswith("Claims of suite graph, profile standard: ")
    header = next(line for line in lines if line.startswith("claim  ")).split()
    assert {"claim", "verdict", "estimate", "n"} <= set(header)
    table = [line.split()[0] for line in lines if line.split()[:1] and line.split()[0] in {c.name for c in claims}]
    assert set(table) == {claim.name for claim in claims}
    assert max(map(len, lines)) <= 120
    paragraphs = " ".join(result.output.split())
    for claim in claims:
        assert f"“{claim.statement}”" in paragraphs
    assert sum(paragraphs.count(f"{claim.name} “") for claim in claims) == len(claims)


def test_names_and_globs_choose_but_holm_does_not_shrink():
    everything = json.loads(run(*FROM, "--format", "json").output)["claims"]
    one = json.loads(run("*-cora", *FROM, "--format", "json").output)["claims"]
    by_name = {verdict["claim"]["name"]: verdict for verdict in everything}
    assert 1 < len(one) < len(everything)
    assert all(verdict == by_name[verdict["claim"]["name"]] for verdict in one)


def test_json_holds_what_the_verdict_rests_on():
    verdicts = json.loads(run(*FROM, "--format", "json").output)["claims"]
    for verdict in verdicts:
        assert verdict["word"] in get_args(VerdictWord)
        assert verdict["claim"]["reason"]
        assert 1 <= len(verdict["parts"]) <= len(verdict["claim"]["quantities"])
        assert verdict["word"] not in UNTESTED or verdict["why"]
        assert verdict["decided"] == (verdict["supports"] != "neither")
        assert verdict["p"] is None or verdict["p"] <= verdict["p_adjusted"]


def test_a_page_written_to_a_file(tmp_path: Path):
    page = tmp_path / "new" / "claims.md"
    result = run(*FROM, "--format", "markdown", "--out", str(page))
    assert result.output.strip() == str(page)
    text = page.read_text()
    assert text.startswith("# Claims of suite `graph`")
    assert text.count("\n- **") == len(suite_claims(catalog.suite("graph")))
    assert "No size claimed: the paper claims superiority without a size." in text
    (tmp_path / "file").touch()
    blocked = run(*FROM, "--out", str(tmp_path / "file" / "x.md"))
    assert isinstance(blocked.exception, UsageError)
    assert "--out: cannot write" in str(blocked.exception)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("sep-g-beat-gmt-mutag", *FROM), UnknownName, "did you mean 'sep-g-beats-gmt-mutag'"),
        (("--suite", "grap"), UnknownName, "unknown suite 'grap'; did you mean 'graph'"),
        (("--store", "absent.sqlite"), StoreError, "absent.sqlite"),
    ],
)
def test_what_cannot_be_had(arguments: tuple[str, ...], error: type[Exception], message: str):
    result = run(*arguments)
    assert isinstance(result.exception, error)
    assert message in str(result.exception)


def test_records_without_any_of_the_claims_could_not_be_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    store = tmp_path / "empty.sqlite"
    RunStore.open(store).close()
    assert bench.main(["claims", "--store", str(store)], standalone_mode=False) == 4
    assert " not run" in capsys.readouterr().out.split("claim  ")[0]
    assert bench.main(["claims", *FROM], standalone_mode=False) == 0


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a suite that no claim is about."""
    tasks = tuple(replace(task, name=f"silent-{task.name}") for task in catalog.suite("robust").tasks)
    silent = replace(catalog.suite("robust"), name="silent", tasks=tasks, kernels=())
    suites = {"silent": silent, **catalog.suites()}
    monkeypatch.setattr(catalog, "suites", lambda: suites)
    return "silent"


def test_a_suite_without_claims_has_no_verdicts(silent: str):
    with RunStore.from_jsonl(RECORDS) as store:
        assert judge_suite(store, silent, "standard") == ()


def test_a_suite_without_claims_names_those_that_have_some(silent: str):
    result = run("--suite", silent)
    assert isinstance(result.exception, EmptySelection)
    assert "suite 'silent' has no claims; suites with claims: graph" in str(result.exception)


def test_the_leaderboard_carries_the_claims(tmp_path: Path):
    with RunStore.from_jsonl(RECORDS) as store:
        board = build_board(store, "graph", "standard", tasks=["karate"])
        write_leaderboard(board, tmp_path, ("markdown", "json"), figures=False, store=store)
        verdicts = judge_suite(store, "graph", "standard")
    page = (tmp_path / "graph.md").read_text()
    assert page.count("\n## Claims\n") == 1
    assert all(verdict.claim.name in page for verdict in verdicts)
    listed = json.loads((tmp_path / "graph.json").read_text())["claims"]
    assert [verdict["word"] for verdict in listed] == [verdict.word for verdict in verdicts]


def test_which_claims_a_plan_could_not_decide():
    from harness.claims.planning import undecidable

    def claim(name: str, *tasks: str) -> Claim:
        quantities = tuple(MeanDifference(task, "a", "b") for task in tasks)
        return Claim(name, "s", "superiority", quantities, "r", 10, uncontrolled="a test")

    units = {("x", "a"): 10, ("x", "b"): 10, ("y", "a"): 10, ("y", "b"): 3, ("z", "a"): 10}
    claims = [claim("fine", "x"), claim("few", "y"), claim("none", "z"), claim("mean", "x", "y", "z")]
    short, absent = undecidable(claims, units)
    assert short == {"few": "needs 10 units, has 3", "mean": "needs 10 units, has 3"}
    assert absent == ["none"]
