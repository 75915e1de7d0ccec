"""The arrows of the design, read from the source: who may import whom."""

import ast
import re
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parents[2]
SHARED = (
    "harness.contract",
    "harness.protocols",
    "harness.data",
    "harness.errors",
    "harness.payload",
    "harness.seeds",
    "harness.kernels.contract",
    "harness.kernels.kept",
)
HEAVY = {
    "torch",
    "torch_geometric",
    "pandas",
    "scipy",
    "matplotlib",
    "networkx",
    "numba",
    "sklearn",
    "ogb",
    "numpy",
}


@cache
def modules(package: str) -> dict[str, Path]:
    """Return every module of a top-level package with its file."""
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for file in sorted((ROOT / package).rglob("*.py"))
    }


@cache
def imports(module: str, file: Path, *, at_import: bool = False) -> frozenset[str]:
    """Return the dotted names that a module imports, of its body only or of its functions as well."""
    tree = ast.parse(file.read_text())
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in _executed(tree) if at_import else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*parts, *filter(None, [node.module])])
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def _executed(tree: ast.AST) -> list[ast.AST]:
    """Return what runs when the module is imported: no function bodies, nothing for type checkers."""
    nodes: list[ast.AST] = []
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        nodes.append(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending.extend(node.orelse)
            continue
        pending.extend(ast.iter_child_nodes(node))
    return nodes


def below(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def ours(names: frozenset[str]) -> set[str]:
    return {name for name in names if below(name, ("harness", "methods", "baselines", "tests"))}


def test_the_reader_of_imports_sees_all_of_them(tmp_path: Path) -> None:
    file = tmp_path / "m.py"
    file.write_text(
        "import a.b\nfrom c import d\nfrom . import e\nfrom ..f import g\n"
        "def h():\n    import late\n"
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import typed\n"
    )
    expected = {"a.b", "c", "c.d", "p.q", "p.q.e", "p.f", "p.f.g", "typing", "typing.TYPE_CHECKING"}
    assert imports("p.q.m", file, at_import=True) == expected
    assert imports("p.q.m", file) == expected | {"late", "typed"}


@pytest.mark.parametrize("module", modules("harness"))
def test_the_harness_knows_no_contender(module: str) -> None:
    names = imports(module, modules("harness")[module])
    assert not {name for name in names if below(name, ("methods", "baselines", "tests"))}


@pytest.mark.parametrize("module", modules("harness"))
def test_the_harness_names_no_method(module: str) -> None:
    text = modules("harness")[module].read_text()
    folders = {
        ".".join(m.split(".")[:2]) for package in ("methods", "baselines") for m in modules(package) if "." in m
    }
    named = {f"{room}.{folder}" for room, folder in re.findall(r"\b(methods|baselines)[./](\w+)", text)}
    assert not named & folders


CONTENDERS = [m for p in ("methods", "baselines") for m in modules(p) if not m.endswith((".claims", ".roster"))]


@pytest.mark.parametrize("module", CONTENDERS)
def test_contenders_import_contracts_data_and_themselves(module: str) -> None:
    file = modules(module.partition(".")[0])[module]
    room = ".".join(module.split(".")[:2])
    names = ours(imports(module, file)) - {"harness", "methods", "baselines", module.partition(".")[0]}
    strangers = {name for name in names if not below(name, (*SHARED, room))}
    assert not strangers, f"{module} may import {', '.join(SHARED)} and {room}"
    assert not {f"{room}.claims", f"{room}.roster"} & names, "declarations would be part of a contender's code"


@pytest.mark.parametrize("module", modules("harness/suites"))
def test_suites_are_declarations(module: str) -> None:
    names = imports(module, modules("harness/suites")[module])
    assert {name for name in ours(names) if not below(name, ("harness.task",))} <= {"harness"}
    assert not {name.partition(".")[0] for name in names} & HEAVY


DECLARATIONS = {
    "roster": ("harness.contract.roster",),
    "claims": ("harness.claims.declaration", "harness.claims.quantities"),
}


@pytest.mark.parametrize("module", [m for p in ("methods", "baselines") for m in modules(p) if m not in CONTENDERS])
def test_rosters_and_claims_are_declarations(module: str) -> None:
    allowed = DECLARATIONS[module.rpartition(".")[2]]
    names = imports(module, modules(module.partition(".")[0])[module])
    rooms = {"harness", "harness.contract", "harness.claims"}
    assert {name for name in ours(names) if not below(name, allowed)} <= rooms
    assert not {name.partition(".")[0] for name in names} & HEAVY


@pytest.mark.parametrize("module", [m for p in ("methods", "baselines") for m in modules(p) if m.count(".") <= 1])
def test_a_folder_of_declarations_is_light(module: str) -> None:
    file = modules(module.partition(".")[0])[module]
    if file.name == "__init__.py":
        assert not imports(module, file)


FAMILIES = "harness.protocols"


@pytest.mark.parametrize("module", [m for m in modules("harness") if not below(m, (FAMILIES,))])
def test_the_engine_imports_no_family(module: str) -> None:
    names = imports(module, modules("harness")[module])
    assert not {name for name in names if name.startswith(f"{FAMILIES}.")}


TO_FAMILIES = (
    *("harness.contract", "harness.data", "harness.errors", "harness.payload", "harness.seeds", "harness.trial"),
    *("harness.tables", "harness.plots.charts", "harness.plots.style", "harness.environment"),
)
"""Rooms of the engine that a family may import."""


@pytest.mark.parametrize("module", [m for m in modules("harness/protocols") if m.count(".") > 2])
def test_a_family_imports_contracts_and_the_families_that_its_first_line_names(module: str) -> None:
    family = ".".join(module.split(".")[:3])
    first_line = modules("harness/protocols")[family].read_text().splitlines()[0]
    names = ours(imports(module, modules("harness/protocols")[module])) - {"harness", FAMILIES, family}
    others = {
        name.split(".")[2] for name in names if name.startswith(f"{FAMILIES}.") and not below(name, (family,))
    }
    assert not {other for other in others if f"`{other}`" not in first_line}
    engine = {name for name in names if not below(name, (FAMILIES, *TO_FAMILIES)) and name != "harness.plots"}
    assert not engine


FLOORS = (
    *("contract", "data", "statistics", "tables", "kernels", "claims", "regression", "reproduce"),
    *("plots", "leaderboard", "report", "commands"),
)
"""Rooms from the ground up."""


@pytest.mark.parametrize("floor", range(len(FLOORS)))
def test_arrows_point_down(floor: int) -> None:
    above = tuple(f"harness.{room}" for room in FLOORS[floor + 1 :])
    for module, file in modules(f"harness/{FLOORS[floor]}").items():
        assert not {name for name in run_time_imports(module, file) if below(name, above)}, module


def test_there_is_no_circle_between_rooms() -> None:
    arrows = nx.DiGraph()
    every = {m: file for package in ("harness", "methods", "baselines") for m, file in modules(package).items()}
    for module, file in every.items():
        for name in run_time_imports(module, file):
            found = name if name in every else name.rpartition(".")[0]
            if found in every and room_of(found) != room_of(module) and found != "harness":
                arrows.add_edge(room_of(module), room_of(found))
    assert not [sorted(circle) for circle in nx.strongly_connected_components(arrows) if len(circle) > 1]


def room_of(module: str) -> str:
    """Return the folder below a top-level package, or the module that lies there; families are rooms each."""
    return ".".join(module.split(".")[: 3 if module.startswith(f"{FAMILIES}.") else 2])


def run_time_imports(module: str, file: Path) -> frozenset[str]:
    """Return the dotted names that a module imports at run time, in functions too; not those for type checkers."""
    return imports(module, file, at_import=True) | imports_of_functions(module, file)


@cache
def imports_of_functions(module: str, file: Path) -> frozenset[str]:
    """Return the dotted names that the functions of a module import."""
    found: set[str] = set()
    for function in ast.walk(ast.parse(file.read_text())):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom) and node.module:
                    found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
                elif isinstance(node, ast.Import):
                    found |= {alias.name for alias in node.names}
    return frozenset(found)


def test_a_class_name_has_one_meaning() -> None:
    classes = [
        node.name
        for package in ("harness", "methods", "baselines")
        for file in modules(package).values()
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert not {name for name in classes if classes.count(name) > 1}


@pytest.mark.parametrize("module", modules("harness/data"))
def test_the_data_room_knows_no_family(module: str) -> None:
    names = imports(module, modules("harness/data")[module])
    assert not {name for name in names if below(name, ("harness.protocols",))}


LIGHT = (
    *("harness.cli", "harness.catalog", "harness.rosters", "harness.declared", "harness.plugins"),
    *("harness.families", "harness.contract.family", "harness.contract.roster"),
    *("harness.task", "harness.trial", "harness.errors", "harness.commands", "harness.suites", "harness.progress"),
    *("harness.data.access", "harness.data.entry", "harness.data.copies", "harness.data.datasets"),
    *(m for m in modules("harness/protocols") if m.rpartition(".")[2] in ("family", "catalogue")),
    *("harness.claims.declaration", "harness.claims.quantities", "harness.claims.verdict"),
    "harness.claims.listing",
)


@pytest.mark.parametrize("module", [m for m in modules("harness") if below(m, LIGHT)])
def test_light_modules_import_nothing_heavy(module: str) -> None:
    names = imports(module, modules("harness")[module], at_import=True)
    assert not {name.partition(".")[0] for name in names} & HEAVY


@pytest.mark.parametrize("module", [m for p in ("harness", "methods", "baselines") for m in modules(p)])
def test_names_come_from_the_field(module: str) -> None:
    vague = {"utils", "util", "helpers", "helper", "misc", "common", "manager", "tools"}
    assert not vague & set(module.split("."))


@pytest.mark.parametrize("module", [m for p in ("harness", "methods", "baselines") for m in modules(p)])
def test_files_stay_small(module: str) -> None:
    assert len(modules(module.partition(".")[0])[module].read_text().splitlines()) <= 400
