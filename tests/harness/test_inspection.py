"""Contenders are looked at in processes of their own: whatever they do there, the harness goes on."""

import sys
from pathlib import Path

import pytest

from harness import catalog, plugins
from harness import inspection as module
from harness.inspection import inspect

SOURCES = {
    "fine": "",
    "raises": "raise RuntimeError('broken wheel')",
    "leaves": "import os; os._exit(9)",
    "hangs": "import time; time.sleep(600)",
    "chatty": "print('garbage')",
}

BODY = """
from harness.protocols.graphs.node_classification import NodeClassifier

class Odd(NodeClassifier):
    @classmethod
    def configurations(cls, profile):
        return [{"depth": 1}, {"depth": 2}]

    def fit(self, view, context):
        raise AssertionError("who is looked at is not fitted")
"""


def forget() -> None:
    """Forget the entry points of installed packages and the contenders that they add."""
    plugins._all_entry_points.cache_clear()
    catalog.contenders.cache_clear()


@pytest.fixture
def contenders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Modules that misbehave at import, registered as plug-ins of one distribution."""
    points = []
    for name, source in SOURCES.items():
        (tmp_path / f"{name}_module.py").write_text(f"{source}\n{BODY}")
        points.append(f"{name} = {name}_module:Odd")
    metadata = tmp_path / "odd-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n")
    group = "[bench.contenders.node_classification]\n"
    (metadata / "entry_points.txt").write_text(group + "\n".join(points) + "\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "SECONDS", 6.0)
    forget()
    yield list(SOURCES)
    forget()


def test_only_the_contender_at_fault_is_broken(contenders: list[str]) -> None:
    found = inspect(contenders, "standard")
    assert set(found) == set(contenders)
    assert found["raises"].error == "RuntimeError: broken wheel"
    assert found["leaves"].error == "Exit: its import left with exit code 9"
    assert found["hangs"].error.startswith("Timeout: its import did not end within 6 s")
    for name in ("fine", "chatty"):
        assert not found[name].error
        assert found[name].configurations == 2
    assert found["fine"].settings == found["chatty"].settings


def test_nothing_is_imported_here(contenders: list[str]) -> None:
    inspect(["fine"], "smoke")
    assert "fine_module" not in sys.modules
