"""Fixtures that all tests share: where real data are, and tiny projects that are run through the real command."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from harness import inspection
from harness.inspection import Inspection
from tests.toy_project import ToyProject

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


@pytest.fixture(scope="session")
def inspect_once() -> Callable[[Sequence[str], str], dict[str, Inspection]]:
    """Look at contenders as the harness does, each only once in a session: every look imports torch anew."""
    memo: dict[tuple[str, str], Inspection] = {}

    def inspect(names: Sequence[str], profile: str) -> dict[str, Inspection]:
        missing = [name for name in names if (name, profile) not in memo]
        if missing:
            memo.update({(name, profile): found for name, found in real_inspect(missing, profile).items()})
        return {name: memo[name, profile] for name in names}

    real_inspect = inspection.inspect
    return inspect


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of real data sets; skips where there is none."""
    given = os.environ.get("BENCH_DATA")
    if not given or not Path(given).is_dir():
        pytest.skip("BENCH_DATA is not set: no real data sets here")
    return Path(given)


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Callable[[str], ToyProject]]:
    """Make a tiny project from the source of its contenders; see ToyProject."""
    made: list[ToyProject] = []

    def make(source: str) -> ToyProject:
        project = ToyProject(tmp_path / f"toy-{len(made)}", source)
        made.append(project)
        return project

    yield make
    for project in made:
        project.stop()
