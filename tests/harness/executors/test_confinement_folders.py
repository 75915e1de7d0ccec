"""Folders that a worker may read: those of its contender's package, also where only a finder knows it."""

import sys
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path

import pytest

from harness.executors.confinement import package_folders


class EditableFinder:
    """Finds one package outside Python's path, as the finder of an editable installation does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != "editable_family":
            return None
        places = [str(self.folder)]
        return spec_from_file_location(name, self.folder / "__init__.py", submodule_search_locations=places)


def test_an_editable_package_outside_the_path_is_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "__init__.py").touch()
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, EditableFinder(tmp_path)])
    targets = ("editable_family.contenders:Mean", "editable_family.protocol:Forecasts")
    assert str(tmp_path) not in sys.path
    assert package_folders(*targets) == [str(tmp_path)]


def test_a_package_that_does_not_exist_has_no_folder() -> None:
    assert package_folders("no_such_package_here.module:Name") == []
