"""`bench reproduce` on records of a tiny project: sound ones, altered ones, and those of changed code."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.toy_project import ToyProject

SOURCE = """
class Honest(Toy):
    pass


class Random(Toy):
    def fit(self, train, valid, context):
        return Constant(train.num_classes)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ToyProject:
    made = ToyProject(tmp_path_factory.mktemp("reproduce") / "toy", SOURCE)
    assert made.run("-q").returncode == 0
    (made.folder / "published" / "deep").mkdir(parents=True)
    assert made.bench("export", "published/deep/toy.jsonl").returncode == 0
    return made


def altered(project: ToyProject, name: str, change: Callable[[dict], None]) -> Path:
    """Write the published records with a change to each; return where."""
    path = project.folder / name
    lines = (project.folder / "published" / "deep" / "toy.jsonl").read_text().splitlines()
    items = [json.loads(line) for line in lines]
    for item in items:
        if "key" in item:
            change(item)
    path.write_text("\n".join(json.dumps(item) for item in items))
    return path


def test_the_same_bits_come_out_again(project: ToyProject) -> None:
    before = project.store_path.read_bytes()
    result = project.bench("reproduce", "published", "--sample", "3", "--seed", "1", "-p", "smoke")
    assert result.returncode == 0, (result.stdout, result.stderr)
    assert result.stdout.count("same bits  ") == 3
    assert "3 of 3 agree (3 same bits)" in result.stdout
    assert "drawn with seed 1; about" in result.stderr
    assert project.store_path.read_bytes() == before


def test_altered_metrics_differ(project: ToyProject) -> None:
    path = altered(project, "altered.jsonl", lambda item: item["metrics"].update(accuracy=0.9))
    result = project.bench("reproduce", str(path), "--sample", "1", "-q")
    assert result.returncode == 3, (result.stdout, result.stderr)
    assert "same environment, but not the same bits: metrics accuracy" in " ".join(result.stdout.split())


def test_a_difference_under_other_code_is_stale(project: ToyProject) -> None:
    def change(item: dict) -> None:
        item["code"] = "0" * 32
        item["metrics"]["accuracy"] += 0.3

    result = project.bench("reproduce", str(altered(project, "stale.jsonl", change)), "--sample", "1", "-q")
    assert result.returncode == 4, (result.stdout, result.stderr)
    assert "stale: code changed since" in result.stdout


def test_other_data_are_not_run_at_all(project: ToyProject) -> None:
    path = altered(project, "data.jsonl", lambda item: item.update(data="0" * 32))
    result = project.bench("reproduce", str(path), "--sample", "1", "-q")
    assert result.returncode == 4
    assert "the data have changed since" in result.stdout


def test_nothing_that_matches(project: ToyProject) -> None:
    result = project.bench("reproduce", "published", "-t", "no-such*")
    assert result.returncode == 2
    assert "no finished record of a known task or kernel matches" in result.stderr
    (project.folder / "empty").mkdir()
    assert "holds no .jsonl file" in project.bench("reproduce", "empty").stderr
