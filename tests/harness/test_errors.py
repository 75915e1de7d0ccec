"""The tree of errors and their exit codes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import errors
from harness.errors import BenchError, DataUnavailable, UnknownName, suggestion

CLASSES = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, BenchError)]


def drawn() -> dict[str, tuple[str | None, int | None]]:
    """Return the tree in the module's docstring: name -> (parent, exit code where one is drawn)."""
    tree: dict[str, tuple[str | None, int | None]] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    ([│├└─ ]*)([A-Z]\w+)(?: \((\d)\))?", line)
        if found:
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            tree[found[2]] = (path[depth - 1] if depth else None, int(found[3]) if found[3] else None)
    return tree


def test_the_docstring_draws_the_tree_as_it_is() -> None:
    tree = drawn()
    assert set(tree) == {c.__name__ for c in CLASSES}
    for cls in CLASSES:
        parent, code = tree[cls.__name__]
        assert parent is None or cls.__base__.__name__ == parent  # type: ignore[union-attr]
        assert code is None or cls.exit_code == code


def test_exit_codes_are_those_of_the_epilog() -> None:
    from harness.cli import EPILOG

    named = dict(re.findall(r"(\d) ([a-z ]+)", EPILOG.partition("Exit codes:")[2]))
    assert named == {
        "0": "fine",
        "1": "some trials failed",
        "2": "usage",
        "3": "regression",
        "4": "could not measure",
    }
    assert (errors.EXIT_OK, errors.EXIT_FAILED, errors.EXIT_USAGE) == (0, 1, 2)
    assert (errors.EXIT_REGRESSION, errors.EXIT_UNMEASURED, errors.EXIT_INTERRUPTED) == (3, 4, 130)


@pytest.mark.parametrize(
    ("typed", "known", "expected"),
    [
        ("mutagg", ["mutag", "ptc"], "; did you mean 'mutag'?"),
        ("MUTAG", ["mutag"], "; did you mean 'mutag'?"),
        ("gin", ["gin-sum", "gin-mean", "sagpool"], "; did you mean 'gin-sum'?"),
        ("gcn-", ["gcn-sum", "gcn-mean"], "; did you mean 'gcn-sum' or 'gcn-mean'?"),
        ("cora", ["planetoid/Cora", "planetoid/CiteSeer"], "; did you mean 'planetoid/Cora'?"),
        ("zebra", ["mutag", "ptc"], "."),
        ("anything", [], "."),
        ("", ["a"], "; did you mean 'a'?"),
    ],
)
def test_suggestions(typed: str, known: list[str], expected: str) -> None:
    assert suggestion(typed, known) == expected


@given(st.text(max_size=8), st.lists(st.text(min_size=1, max_size=8), max_size=6))
def test_suggestions_are_known_names(typed: str, known: list[str]) -> None:
    text = suggestion(typed, known)
    if text != ".":
        assert text.startswith("; did you mean ")
        assert any(repr(name) in text for name in known)


def test_messages_say_what_to_do() -> None:
    unknown = UnknownName("task", "mutagg", ["mutag"], listing="bench list tasks")
    assert str(unknown) == "unknown task 'mutagg'; did you mean 'mutag'? `bench list tasks` lists them all."
    assert (unknown.kind, unknown.name, unknown.exit_code) == ("task", "mutagg", 2)
    missing = DataUnavailable("tu/PTC", ["data root /d", "cache /c"], "Fetch it.")
    assert str(missing) == "data set 'tu/PTC' is unavailable. Tried: data root /d; cache /c. Fetch it."
    assert "Tried: nothing." in str(DataUnavailable("x", [], ""))
