"""Code fingerprints: what counts as a change, and whose change it is."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.fingerprint import CodeIndex, Source, home, module_file, parse

MODULES = {
    "pack/__init__.py": "",
    "pack/direct.py": "import pack.helper\n",
    "pack/transitive.py": "import pack.direct\n",
    "pack/relative.py": "from . import helper\n",
    "pack/relative_name.py": "from .helper import VALUE\n",
    "pack/inside.py": "def f():\n    from pack.helper import VALUE\n    return VALUE\n",
    "pack/starred.py": "from pack.helper import *\n",
    "pack/renamed.py": "import pack.helper as h\n",
    "pack/attempted.py": "try:\n    import pack.helper\nexcept ImportError:\n    pass\n",
    "pack/deep/__init__.py": "",
    "pack/deep/up.py": "from ..helper import VALUE\n",
    "pack/deep/down.py": "from .. import direct\n",
    "pack/aloof.py": "import json\nfrom pack import nothing_there\n",
    "pack/typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pack.helper import VALUE\n",
    "pack/helper.py": "VALUE = 1\n",
    "single.py": "import beside\n",
    "beside.py": "import pack.helper\n",
    "broken.py": "def (:\n",
}
DEPENDENT = (
    *("pack.direct", "pack.transitive", "pack.relative", "pack.relative_name", "pack.inside", "pack.starred"),
    *("pack.renamed", "pack.attempted", "pack.deep.up", "pack.deep.down", "pack.helper", "single"),
)
INDEPENDENT = ("pack.aloof", "pack.typed", "pack.deep", "broken")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    module_file.cache_clear()
    home.cache_clear()
    yield tmp_path
    module_file.cache_clear()
    home.cache_clear()


def prints() -> dict[str, str]:
    return {name: CodeIndex().fingerprint([name]) for name in (*DEPENDENT, *INDEPENDENT)}


def changed(folder: Path, file: str, text: str) -> set[str]:
    before = prints()
    (folder / file).write_text(text)
    after = prints()
    return {name for name in before if before[name] != after[name]}


def test_a_change_reaches_exactly_those_who_import_it(folder: Path) -> None:
    assert changed(folder, "pack/helper.py", "VALUE = 2\n") == set(DEPENDENT)


def test_a_package_counts_for_its_modules(folder: Path) -> None:
    inside = {name for name in (*DEPENDENT, *INDEPENDENT) if name.startswith("pack.")}
    assert changed(folder, "pack/__init__.py", "import os\n") == inside | {"single"}
    assert changed(folder, "pack/deep/__init__.py", "X = 1\n") == {"pack.deep", "pack.deep.up", "pack.deep.down"}


@pytest.mark.parametrize(
    "text",
    [
        "# a comment\nVALUE = 1\n",
        '"""What it is for."""\n\nVALUE = 1\n',
        "VALUE   =  (\n    1\n)\n",
        "VALUE = 1  # noqa\n\n\n",
        "VALUE = 0x1\n",
    ],
)
def test_what_does_not_run_does_not_count(folder: Path, text: str) -> None:
    assert changed(folder, "pack/helper.py", text) == set()


SAME = [
    ("def f():\n    'doc'\n    return 1", "def f():\n    return 1"),
    ("class A:\n    '''doc'''\n    x = 1", "class A:\n    x = 1"),
    ("async def f():\n    'doc'", "async def f():\n    pass"),
    ("x = 'a'", 'x = "a"'),
    ("import typing\nif typing.TYPE_CHECKING:\n    import pack.helper", "import typing"),
    ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", "import b"),
]
DIFFERENT = [
    ("x = 1", "x = 2"),
    ("x = 1", "x = 1.0"),
    ("x = 1", "x = True"),
    ("def f(a, b): return a", "def f(b, a): return a"),
    ("def f(a=1): return a", "def f(a=2): return a"),
    ("@cache\ndef f(): return 1", "def f(): return 1"),
    ("x = a - b", "x = b - a"),
    ("x = 'doc'", "x = 'docs'"),
    ("def f():\n    return 'a'", "def f():\n    return 'b'"),
    ("if not TYPE_CHECKING:\n    import a", "import os"),
    ("for x in y:\n    pass\nelse:\n    z()", "for x in y:\n    z()"),
    ("import a.b", "import a.c"),
    ("x = f'{a}'", "x = f'{a!r}'"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_equal_programs(a: str, b: str) -> None:
    assert parse(a, "m").digest == parse(b, "m").digest


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different_programs(a: str, b: str) -> None:
    assert parse(a, "m").digest != parse(b, "m").digest


def test_imports_for_type_checkers_are_not_followed() -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\nelse:\n    import b\n"
    assert parse(text, "m").imports == ("b", "typing", "typing.TYPE_CHECKING")


@pytest.mark.parametrize(
    ("module", "is_package", "expected"),
    [
        ("p.q.m", False, {"p.q.x", "p.x", "p.other.y"}),
        ("p.q.r", True, {"p.q.r.x", "p.q.x", "p.q.other.y"}),
    ],
)
def test_relative_names(module: str, is_package: bool, expected: set[str]) -> None:
    found = parse("from . import x\nfrom .. import x\nfrom ..other import y\n", module, is_package=is_package)
    assert expected <= set(found.imports)


def test_a_file_that_is_no_python_has_a_fingerprint_of_its_bytes(folder: Path) -> None:
    assert changed(folder, "broken.py", "def ((:\n") == {"broken"}


def test_modules_side_by_side_are_one_project_and_installed_ones_are_not(folder: Path) -> None:
    assert home("single") == home("beside") == home("pack") == folder
    assert home("numpy") is None
    assert home("json") is None
    assert home("sys") is None
    assert home("no_such_module") is None
    assert not any(name.startswith(("numpy", "json")) for name in CodeIndex().closure(["pack.aloof", "single"]))


def test_the_order_of_modules_does_not_matter(folder: Path) -> None:
    both = ["pack.aloof", "pack.direct"]
    assert CodeIndex().fingerprint(both) == CodeIndex().fingerprint(both[::-1])
    assert CodeIndex().fingerprint(both) != CodeIndex().fingerprint(both[:1])


def test_the_index_is_remembered_and_refreshed(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "cache" / "code.json"
    index = CodeIndex.load(path)
    before = index.fingerprint(["pack.direct"])
    index.save()
    again = CodeIndex.load(path)
    assert again.fingerprint(["pack.direct"]) == before
    assert not again.changed, "nothing was parsed anew"
    helper = folder / "pack" / "helper.py"
    stat = helper.stat()
    helper.write_text("VALUE = 7\n")
    os.utime(helper, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert again.fingerprint(["pack.direct"]) != before
    assert again.changed


@pytest.mark.parametrize(
    "content", ["", "nonsense", "[]", "null", '{"a": 1}', '{"a": [1, 2, 3]}', '{"a": ["x", 1, "", []]}']
)
def test_a_damaged_index_is_just_empty(tmp_path: Path, content: str) -> None:
    (tmp_path / "code.json").write_text(content)
    assert CodeIndex.load(tmp_path / "code.json").entries == {}


def test_an_index_that_cannot_be_written_is_no_error(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    index = CodeIndex.load(tmp_path / "file" / "code.json")
    index.fingerprint(["pack.direct"])
    index.save()


NAMES = st.sampled_from(["alpha", "beta", "gamma"])


@given(NAMES, NAMES, st.integers(), st.integers())
def test_assignments_differ_exactly_when_their_text_does(a: str, b: str, x: int, y: int) -> None:
    def digest(name: str, value: int) -> Source:
        return parse(f"# {value}\n{name} = [{value}]\n", "m")

    assert (digest(a, x) == digest(b, y)) == ((a, x) == (b, y))


def test_every_contender_of_the_project_depends_on_its_protocol_and_not_on_others() -> None:
    from harness import catalog
    from harness.families import protocol_entry
    from harness.identity import Identities

    identities = Identities()
    for entry in catalog.contenders().values():
        if module_file(entry.module) is None:
            continue
        protocol_module = protocol_entry(entry.protocol).module
        reached = set(identities.code_index.closure([entry.module, protocol_module]))
        assert {entry.module, protocol_module, "harness.contract.search", "harness.seeds"} <= reached
        assert not {"harness.runner", "harness.cli", "harness.plan", "harness.suites.graph"} & reached
        assert not {module for module in reached if module.endswith((".roster", ".claims"))} - {
            "harness.contract.roster"
        }


def test_an_index_of_another_version_of_the_algorithm_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "code.json"
    index = CodeIndex.load(path)
    expected = index.fingerprint(["harness.seeds"])
    index.save()
    assert CodeIndex.load(path).entries
    monkeypatch.setattr("harness.fingerprint.algorithm", lambda: "another")
    stale = CodeIndex.load(path)
    assert not stale.entries
    assert stale.fingerprint(["harness.seeds"]) == expected
