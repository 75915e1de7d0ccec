"""The papers' figures as data: what is there, and how faults of the file are told."""

from pathlib import Path

import pytest

from harness import catalog
from harness.claims.listing import suite_claims
from harness.errors import ConfigError
from harness.paper import PROVENANCES, paper_figures

PAPER = '[paper]\nslug = "x"\ntitle = "t"\nauthors = "a"\nvenue = "v"\narxiv = "1"\n'
TABLE = '[[table]]\nname = "n"\nmetric = "accuracy"\nunit = "percent"\nprovenance = "verified"\n'


def test_every_figure_is_of_a_task_and_a_contender_that_exist():
    figures = paper_figures()
    of_graphs = {task.name for task in catalog.suite("graph").tasks}
    assert sum(task in of_graphs for task, _ in figures) == 67
    for (task, contender), figure in figures.items():
        assert catalog.contender(contender).protocol == catalog.task(task).protocol
        assert figure.metric == catalog.task(task).metric
        assert figure.provenance in PROVENANCES
        assert 0 < figure.value < 100


def test_what_the_claims_report_follows_from_these_figures():
    figures = paper_figures()
    gains = [claim for claim in suite_claims(catalog.suite("graph")) if claim.reported is not None]
    assert gains
    for claim in gains:
        parts = [
            sum(term.weight * figures[term.task, term.contender].value for term in quantity.terms)
            for quantity in claim.quantities
        ]
        figure = sum(parts) / len(parts)
        assert figure == pytest.approx(claim.reported.value, abs=0.005), claim.name


def test_a_figure_prints_as_the_paper_does():
    figures = paper_figures()
    assert str(figures["mutag", "sep-g"]) == "85.56 ± 1.09"
    assert str(figures["cora", "gat"]) == "83.0"
    assert "GMT's protocol" in figures["mutag", "gcn-sum"].note
    assert "public split" in figures["cora", "gat"].table_note


def read(tmp_path: Path, text: str):
    (tmp_path / "x.toml").write_text(text)
    return paper_figures(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[paper", "not valid TOML"),
        (PAPER, "missing 'table'"),
        ("table = 3\n" + PAPER, "expected one or more"),
        (PAPER + TABLE, "missing 'figures'"),
        (PAPER + TABLE.replace("verified", "rumour") + "figures = {}", "'verified' or 'from memory', got 'rumour'"),
        (PAPER + TABLE.replace("percent", "%") + "figures = {}", "unit: expected 'percent' or 'fraction'"),
        (PAPER + TABLE + "figurs = {}", "unknown key 'figurs'; did you mean 'figures'?"),
        (PAPER + TABLE + "figures = { a = 3 }", "expected a table of keys and values, got 3"),
        (PAPER + TABLE + "figures = { a = { t = 3 } }", "a on t: expected [value] or [value, spread >= 0], got 3"),
        (PAPER + TABLE + "figures = { a = { t = [1, -2] } }", "spread >= 0"),
        (PAPER + TABLE + "figures = { a = { t = [nan] } }", "got [nan]"),
        (PAPER + TABLE + "figures = { a = { t = [true] } }", "got [True]"),
        (PAPER + TABLE + "figures = { a = { t = [101] } }", "0 to 100 percent, got 101"),
        (PAPER + TABLE + "figures = { a = { t = [1] } }\nnotes = { b = 'x' }", "notes name 'b'"),
        (PAPER + 2 * (TABLE + "figures = { a = { t = [1] } }\n"), "already have a figure"),
    ],
)
def test_faults_are_told_with_the_file_and_the_place(tmp_path: Path, text: str, message: str):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert "x.toml" in str(caught.value)


def test_a_folder_without_files_has_no_figures(tmp_path: Path):
    assert paper_figures(tmp_path) == {}
