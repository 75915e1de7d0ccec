"""A family's metrics keep their own title, unit, direction and table, whatever metrics of others are named."""

import csv
import io
import re
from collections.abc import Iterator

import pytest

from harness import catalog
from harness.claims import Claim, ClaimVerdict, Control, MeanDifference
from harness.claims.judge import decide, gather
from harness.claims.parts import Evidence
from harness.claims.samples import Samples
from harness.contract.metric import Better
from harness.families import protocol_entry
from harness.leaderboard import build_board, render_terminal
from harness.leaderboard.comparison import compare, render
from harness.leaderboard.latex import render_latex
from harness.leaderboard.machine_readable import render_csv, render_json
from harness.leaderboard.markdown import render_markdown
from harness.leaderboard.notes import notes
from harness.plots.related import related_charts
from harness.regression.changes import Change
from harness.regression.metric import metric_changes
from harness.report.site import build_site
from harness.store import Entry, RunStore, export
from harness.tables.labels import metric_header, ranked_header
from harness.tables.related import related_tables
from harness.tables.scales import scale_of
from harness.tables.values import Board, TaskTable
from harness.task import Suite
from tests.harness.contract.toy_family import (
    MEASURES,
    SIDES,
    TABLE,
    contenders_of,
    protocol_name,
    register,
    task_name,
    toy_records,
)
from tests.harness.leaderboard.synthetic import ENVIRONMENT

CASES = [(name, side) for side in SIDES for name in MEASURES]
FOREIGN = re.compile(
    "% kept|≈|pruned|densit|duality|attack|signal|white box|held-out|l∞|clean|NLL|in blocks|dense blocks|gradient"
)
"""Words of the families `attacks`, `pruning` and `gradients`, whose metrics have such names."""
UNITS = {"share": "%"}


@pytest.fixture(scope="module")
def suite() -> Iterator[Suite]:
    with pytest.MonkeyPatch.context() as patch:
        yield register(patch)


@pytest.fixture(scope="module")
def store(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunStore]:
    with RunStore.open(tmp_path_factory.mktemp("toys") / "runs.sqlite") as opened:
        with opened.transaction():
            opened.put_environment("env1", ENVIRONMENT)
            for profile in ("standard", "paper"):
                for record in toy_records(profile):
                    opened.add(record)
        yield opened


@pytest.fixture(scope="module")
def board(store: RunStore, suite: Suite) -> Board:
    return build_board(store, suite.name, "standard")


def table_of(board: Board, name: str, side: Better) -> TaskTable:
    return next(table for table in board.tables if table.task.name == task_name(name, side))


def better_of(side: Better) -> str:
    small, large = contenders_of(side)
    return large if side == "higher" else small


def unit_of(name: str) -> str:
    return MEASURES[name].unit or UNITS.get(MEASURES[name].kind, "")


def header_of(name: str, side: Better) -> str:
    return " ".join(part for part in (name, unit_of(name), "↑" if side == "higher" else "↓") if part)


@pytest.mark.parametrize(("name", "side"), CASES)
def test_a_board_ranks_by_the_declared_direction_and_names_the_unit(board: Board, name: str, side: Better) -> None:
    table = table_of(board, name, side)
    assert metric_header(table) == header_of(name, side)
    assert table.rows[0].contender == better_of(side)
    assert [row.rank for row in table.rows] == ["1", "2"]
    said = " ".join(notes(table))
    assert (f"{name} is averaged and tested as log10" in said) == (table.task.ranked.scale == "log")
    assert ("Errors vary by factors" in said) == (name in ("mae", "crps"))


@pytest.mark.parametrize(("name", "side"), CASES)
def test_the_others_stand_in_the_table_of_the_family_in_their_order(board: Board, name: str, side: Better) -> None:
    (related,) = related_tables(table_of(board, name, side))
    others = [other for other in MEASURES if other != name]
    assert (related.group, related.title) == (TABLE.name, TABLE.title)
    expected = [f"{MEASURES[other].title} {unit_of(other)}".rstrip() for other in others]
    assert [column.header for column in related.columns[1:]] == expected
    assert TABLE.remark in related.notes
    row = related.columns[0].cells.index(contenders_of(side)[0])
    for other, column in zip(others, related.columns[1:], strict=True):
        shown = float(column.cells[row].split(" ± ")[0])
        in_unit = MEASURES[other].value * (100 if MEASURES[other].kind == "share" else 1)
        assert shown == pytest.approx(in_unit, rel=0.02), "shares in percent, everything else as it was measured"


def test_pages_have_no_word_of_another_family(board: Board, store: RunStore, suite: Suite) -> None:
    site = build_site(store, [suite.name], "standard")
    pages = {
        "markdown": render_markdown(board),
        "terminal": render_terminal(board, 200),
        "latex": render_latex(board),
        "csv": render_csv(board),
        "json": render_json(board),
        "site": site[f"suite-{suite.name}.html"].partition("<main")[2],
    }
    for kind, page in pages.items():
        assert len(page) > 5000
        assert (kind, FOREIGN.search(page)) == (kind, None)
    for one in MEASURES.values():
        assert one.title.replace("'", "&#39;") in pages["site"]
        assert one.title in pages["markdown"]
    assert not [chart for table in board.tables for chart in related_charts(table)]


@pytest.mark.parametrize(("name", "side"), CASES)
def test_exports_keep_name_value_and_direction(board: Board, store: RunStore, name: str, side: Better) -> None:
    lines = [
        line for line in csv.DictReader(io.StringIO(render_csv(board))) if line["task"] == task_name(name, side)
    ]
    assert {(line["metric"], line["higher_is_better"]) for line in lines} == {(name, str(side == "higher").lower())}
    small = contenders_of(side)[0]
    (line,) = (line for line in lines if line["contender"] == small)
    assert float(line["mean"]) == pytest.approx(MEASURES[name].value, rel=0.02)
    for other in MEASURES:
        assert (line[f"diagnostic.{other}"] == "") == (line[f"sd.{other}"] == "") == (other == name)


def test_the_words_are_those_of_other_families() -> None:
    for protocol in ("attack-identification", "network-pruning"):
        metrics = protocol_entry(protocol).metrics
        own = [one for one in metrics.declared if "accuracy" not in one.title and one.name != "ms_per_signal"]
        assert len(own) > 3
        assert all(FOREIGN.search(f"{one.title} {one.header}") for one in own)


def test_records_are_exported_by_metric(store: RunStore) -> None:
    stream = io.BytesIO()
    export(store, stream, "csv", profile="standard")
    rows = list(csv.DictReader(io.TextIOWrapper(io.BytesIO(stream.getvalue()), encoding="utf-8")))
    assert len(rows) == len(list(toy_records()))
    found = {(row["task"], row["contender"], int(row["seed"])): row for row in rows}
    for record in toy_records():
        row = found[record.trial.task, record.trial.contender, record.trial.seed]
        assert {name: float(row[f"metric.{name}"]) for name in MEASURES} == record.metrics


def verdict_on(store: RunStore, task: str, metric: str, a: str, b: str) -> ClaimVerdict:
    control = Control(task, b, 1e-6, 1e6, "made up: whatever was measured is in this range")
    claim = Claim("c", "s", "superiority", (MeanDifference(task, a, b, metric),), "made up", 5, controls=(control,))
    evidence = Evidence(store, Samples(store.columns(profile="paper")), "paper")
    (verdict,) = decide([gather(claim, evidence)], "paper")
    return verdict


@pytest.mark.parametrize(("name", "side"), CASES)
@pytest.mark.parametrize("ranked", [True, False], ids=["ranked", "beside"])
def test_a_claim_is_judged_in_the_declared_direction(
    store: RunStore, name: str, side: Better, ranked: bool
) -> None:
    task = task_name(name if ranked else "tau_b" if name != "tau_b" else "gap", side)
    better, (small, large) = better_of(side), contenders_of(side)
    worse = small if better == large else large
    verdict = verdict_on(store, task, "" if ranked else name, better, worse)
    assert (verdict.word, verdict.supports) == ("direction holds", "for")
    scale = scale_of(catalog.task(task).metrics[name])
    sign = {"log10": "÷", "percent": "−", "plain": "−"}[scale.kind]
    sides = f"A {sign} B" if side == "higher" else f"B {sign} A"
    assert verdict.figure.startswith(f"{sides} = ")
    assert verdict.figure.endswith(" points") == (MEASURES[name].kind == "share")
    assert verdict_on(store, task, "" if ranked else name, worse, better).word == "reversed"


def gated(name: str, side: Better, factor: float) -> Change:
    """Return the gate's change of the contender of small values, whose new values are `factor` times the old."""
    task, (small, _) = catalog.task(task_name(name, side)), contenders_of(side)

    def entries(**changes: float) -> dict[tuple[int, int], Entry]:
        own = (r for r in toy_records(**changes) if (r.trial.task, r.trial.contender) == (task.name, small))
        return {(0, record.trial.seed): Entry(record, digest="d") for record in own}

    old, new = entries(), entries(factor=factor)
    (change,) = metric_changes([(task, small, old, new)])
    return change


@pytest.mark.parametrize(("name", "side"), CASES)
def test_the_gate_knows_a_loss_from_a_gain(suite: Suite, name: str, side: Better) -> None:
    up, down = gated(name, side, 1.4), gated(name, side, 0.7)
    assert (up.word, down.word) == (("improved", "regressed") if side == "higher" else ("regressed", "improved"))
    unit = " points" if MEASURES[name].kind == "share" else ""
    assert re.match(rf"(\+|×1\.4)[0-9.]*{unit} \[", up.change), up.change


@pytest.mark.parametrize("side", SIDES)
def test_a_comparison_names_the_winner_by_the_declared_direction(
    store: RunStore, suite: Suite, side: Better
) -> None:
    small, large = contenders_of(side)
    compared = compare(store, small, large, suite.name, "standard")
    assert {result.task.metric for result in compared.results} == set(MEASURES)
    assert {compared.winner(result) for result in compared.results} == {better_of(side)}
    text = render(compared)
    for result in compared.results:
        assert ranked_header(result.task, result.scale) == header_of(result.task.metric, side)
        assert re.search(rf"{re.escape(result.task.name)} +{re.escape(header_of(result.task.metric, side))} ", text)
    assert not FOREIGN.search(text)
    assert "Compared as log10: mae, perplexity, crps; ×2 means that A's value is twice B's." in " ".join(
        text.split()
    )
    assert protocol_name(side) == compared.results[0].task.protocol
