"""Names in claims: checked when claims are listed, so that no claim is "not run" because of a misspelt name."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from harness import catalog
from harness.claims import Claim, Control, KernelSpeed, MeanDifference, MeanLevel, listing
from harness.claims.quantities import Contrast, Term
from harness.errors import DeclarationError

GOOD = Claim(
    "one",
    "a statement",
    "superiority",
    (MeanDifference("mutag", "sep-g", "gcn-sum"),),
    "any",
    2,
    uncontrolled="a test",
)


def control(contender: str = "gin-sum", metric: str = "") -> Control:
    return Control("mutag", contender, 79.9, 89.4, "two tables", metric=metric)


FAULTY = {
    "contender": (
        {"quantities": (MeanDifference("mutag", "sep-gg", "gcn-sum"),)},
        "claim 'one': its quantity on task 'mutag' names an unknown contender 'sep-gg'; did you mean 'sep-g'",
    ),
    "protocol": (
        {"quantities": (MeanDifference("mutag", "sep-g", "gcn"),)},
        "names contender 'gcn' of protocol node-classification; expected one of graph-classification",
    ),
    "elsewhere": (
        {"quantities": (MeanDifference("ddp-digits", "dragonn-sampled", "dragonn"),)},
        "names contender 'dragonn-sampled', which does not run there; expected one of ",
    ),
    "metric": (
        {"quantities": (MeanDifference("mutag", "sep-g", "gcn-sum", "accurracy"),)},
        "names an unknown metric 'accurracy' of graph-classification; did you mean 'accuracy'",
    ),
    "control": (
        {"controls": (control("gin-sim"),)},
        "claim 'one': its control on task 'mutag' names an unknown contender 'gin-sim'; did you mean 'gin-sum'",
    ),
    "control's metric": (
        {"controls": (control(metric="acuracy"),)},
        "its control on task 'mutag' names an unknown metric 'acuracy'",
    ),
    "scales": (
        {"quantities": (Contrast("both", (Term(1.0, "mutag", "sep-g"), Term(1.0, "grid", "sep-u"))),)},
        "claim 'one': its quantity: both: its terms are on different scales",
    ),
}


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The claims of a package; empty until a test adds some."""
    claims: list[Any] = []
    found = [("toy", claims)]
    monkeypatch.setattr(listing, "plugins", lambda group, kind: iter((name, tuple(c)) for name, c in found))
    listing.every_claim.cache_clear()
    yield claims
    listing.every_claim.cache_clear()


@pytest.mark.parametrize("kind", FAULTY)
def test_a_faulty_claim_of_a_package_is_left_out_and_named(
    kind: str, package: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    changes, message = FAULTY[kind]
    package += [replace(GOOD, **changes), replace(GOOD, name="two")]  # type: ignore[arg-type]
    names = [claim.name for suite in catalog.suites().values() for claim in listing.suite_claims(suite)]
    assert "one" not in names
    assert "two" in names
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("bench: a claim of bench.claims 'toy' is left out: claim 'one'")
    assert message in line


def test_a_misspelt_implementation_of_a_kernel_is_named(
    package: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    package.append(replace(GOOD, quantities=(KernelSpeed("block-inference", "*", "scipi"),)))
    listing.every_claim()
    assert "claim 'one': kernel 'block-inference' has no implementation 'scipi'" in capsys.readouterr().err


def test_a_claim_of_anything_ends_no_command(package: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    package.append(replace(GOOD, quantities=("mutag",)))  # type: ignore[arg-type]
    listing.every_claim()
    assert "is left out: claim 'one': AttributeError" in capsys.readouterr().err


def test_a_claim_cannot_replace_one_of_ours(package: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    ours = next(claim for claim in listing.every_claim.__wrapped__() if claim.name == "sep-g-reaches-mutag")
    package += [ours, replace(ours, statement="not ours")]
    assert {claim.name: claim for claim in listing.every_claim()}[ours.name] == ours
    assert capsys.readouterr().err == (
        "bench: claim 'sep-g-reaches-mutag' of bench.claims 'toy' left out: another claim has this name\n"
    )


@pytest.mark.parametrize("kind", FAULTY)
def test_a_faulty_claim_of_ours_is_an_error(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changes, message = FAULTY[kind]
    faulty = replace(GOOD, **changes)  # type: ignore[arg-type]
    monkeypatch.setattr(listing, "declared", lambda *_: iter([("methods.x.claims", (faulty,))]))
    with pytest.raises(DeclarationError, match=re.escape(message)):
        listing.every_claim.__wrapped__()


def test_resources_and_parameters_of_metrics_are_known(package: list[Any]) -> None:
    package += [
        replace(GOOD, quantities=(MeanLevel("mutag", "sep-g", "fit_seconds"),)),
        replace(GOOD, name="two", controls=(control(metric="peak_bytes"),)),
    ]
    assert {"one", "two"} <= {claim.name for claim in listing.every_claim()}
