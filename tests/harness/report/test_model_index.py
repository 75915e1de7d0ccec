"""Metadata for model cards: what the hub's format demands, the board's numbers, nothing invented."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from harness.cli import bench
from harness.errors import CouldNotMeasure, UsageError
from harness.leaderboard.hugging_face import model_index, render_front_matter
from harness.report.results import Results
from harness.store import RunStore

ADDRESS = "https://example.org/board"


def read(text: str) -> dict[str, Any]:
    """Read a block of front matter."""
    begin, content, end = text.split("---\n")
    assert begin == end == ""
    return yaml.safe_load(content)


def test_the_block_has_what_the_hub_demands(results: Results):
    metadata, left_out = model_index(results.suites[0].board, "sep-g", ADDRESS)
    (model,) = read(render_front_matter(metadata))["model-index"]
    assert left_out == ()
    assert model["name"] == "sep-g"
    (result,) = model["results"]
    assert result["task"] == {"type": "graph-ml", "name": "Graph classification"}
    assert result["dataset"] == {"type": "tu/MUTAG", "name": "MUTAG molecules", "split": "test"}
    assert result["source"] == {"name": "bench leaderboard", "url": ADDRESS}
    (metric,) = result["metrics"]
    assert metric["type"] == "accuracy"
    assert metric["value"] == pytest.approx(0.881)
    assert metric["name"].startswith("accuracy, mean over 10 folds, 95 % interval [0.")


def test_an_error_is_a_geometric_mean_in_its_own_unit(results: Results):
    metadata, _ = model_index(results.suites[0].board, "sep-u")
    (result,) = metadata["model-index"][0]["results"]
    assert result["metrics"][0]["value"] == pytest.approx(6e-12 ** (1 / 3), rel=1e-5)
    assert "geometric mean" in result["metrics"][0]["name"]
    assert "source" not in result


@pytest.mark.parametrize("contender", ["diffpool", "gat"])
def test_a_contender_without_a_mean_is_a_clear_error(results: Results, contender: str):
    with pytest.raises(CouldNotMeasure, match=f"{contender} has no mean on any task of suite graph"):
        model_index(results.suites[0].board, contender)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "example.org", "https://"])
def test_a_source_must_be_an_address(results: Results, address: str):
    with pytest.raises(UsageError, match="--source-url: expected an address"):
        model_index(results.suites[0].board, "sep-g", address)


def test_the_command_prints_one_block_or_writes_files(store: RunStore, tmp_path: Path):
    arguments = ["leaderboard", "--store", str(store.path), "--format", "huggingface"]
    printed = CliRunner().invoke(bench, [*arguments, "-c", "sep-g"])
    assert read(printed.output)["model-index"][0]["name"] == "sep-g"
    written = CliRunner().invoke(bench, [*arguments, "--out", str(tmp_path / "cards")])
    assert written.exit_code == 0, written.output
    names = {path.name for path in (tmp_path / "cards").iterdir()}
    assert names == {f"graph-{c}.model-index.md" for c in ("sep-g", "gcn-sum", "gmt", "sep-u", "mincut-ae")}
    assert all(read(path.read_text()) for path in (tmp_path / "cards").iterdir())


def test_an_address_without_the_format_is_refused(store: RunStore):
    told = CliRunner().invoke(bench, ["leaderboard", "--store", str(store.path), "--source-url", ADDRESS])
    assert isinstance(told.exception, UsageError)
