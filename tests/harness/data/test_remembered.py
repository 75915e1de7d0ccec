"""Remembered fingerprints of generated sets are those of the sets, and are forgotten when anything changes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness import fingerprint
from harness.data import generated, remembered
from harness.data.entry import DatasetEntry
from harness.data.generated import generate
from harness.data.remembered import remembered_fingerprint
from harness.families import dataset_entries, dataset_entry

NAMES = [name for name, entry in dataset_entries().items() if entry.kind in ("generated", "bundled")]


@pytest.fixture
def generations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the sets that were generated, in order."""
    names: list[str] = []

    def counted(entry: DatasetEntry) -> object:
        names.append(entry.name)
        return generate(entry)

    monkeypatch.setattr(generated, "generate", counted)
    return names


@pytest.mark.parametrize("name", NAMES)
def test_the_remembered_fingerprint_is_that_of_the_set(name: str, tmp_path: Path, generations: list[str]) -> None:
    expected = generate(dataset_entry(name)).fingerprint
    assert [remembered_fingerprint(dataset_entry(name), tmp_path) for _ in range(2)] == [expected, expected]
    assert generations == [name]


def test_a_changed_entry_or_library_is_generated_again(
    tmp_path: Path, generations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = dataset_entry("karate")
    first = remembered_fingerprint(entry, tmp_path)
    assert remembered_fingerprint(replace(entry, version=entry.version + 1), tmp_path) != first
    monkeypatch.setattr(remembered, "LIBRARIES", ("numpy",))
    assert remembered_fingerprint(entry, tmp_path) == first
    assert len(generations) == 3


@pytest.mark.parametrize("content", [b"", b"zz", b"\xff" * 32, b"A" * 32])
def test_a_damaged_memo_is_replaced(content: bytes, tmp_path: Path, generations: list[str]) -> None:
    entry = dataset_entry("karate")
    first = remembered_fingerprint(entry, tmp_path)
    (memo,) = (file for file in tmp_path.iterdir() if file.suffix != ".json")
    memo.write_bytes(content)
    assert remembered_fingerprint(entry, tmp_path) == first
    assert memo.read_text() == first
    assert len(generations) == 2


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    entry = dataset_entry("karate")
    assert remembered_fingerprint(entry, blocked) == generate(entry).fingerprint


def test_sources_whose_time_changed_are_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = dataset_entry("karate")
    first = remembered_fingerprint(entry, tmp_path)
    index = tmp_path / "code.json"
    content = json.loads(index.read_text())
    content["sources"] = {file: [0, *known[1:]] for file, known in content["sources"].items()}
    index.write_text(json.dumps(content))
    parsed: list[str] = []

    def counted(text: str | bytes, module: str, *, is_package: bool = False) -> fingerprint.Source:
        parsed.append(module)
        return parse(text, module, is_package=is_package)

    parse = fingerprint.parse
    monkeypatch.setattr(fingerprint, "parse", counted)
    for _ in range(2):
        remembered._code_index.cache_clear()  # as in a new process
        assert remembered_fingerprint(entry, tmp_path) == first
    assert len(parsed) == len(set(parsed)) == len(content["sources"])
