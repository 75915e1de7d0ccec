"""Transition matrices from posteriors, their metrics and their chart."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from harness.protocols.noisy_labels.arrays import Annotations
from harness.protocols.noisy_labels.charts import TRUTH, transition_chart
from harness.protocols.noisy_labels.metrics import CALIBRATION
from harness.protocols.noisy_labels.prediction_calibration import entries
from harness.protocols.noisy_labels.transitions import transition_from_posteriors
from harness.tables.related import related_tables
from harness.tables.values import Measure

TRUE = np.array([[0.8, 0.2], [0.3, 0.7]])


def labelled(labels: list[int], classes: int) -> Annotations:
    everyone = np.arange(len(labels))
    return Annotations(
        everyone, np.array(labels), np.zeros_like(everyone), np.zeros((len(labels), 0)), len(labels), 1, classes
    )


def test_transition_by_hand() -> None:
    posteriors = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 1.0, 0.0]])
    found = transition_from_posteriors(posteriors, labelled([0, 1, 1], 3))
    np.testing.assert_allclose(found, [[2 / 3, 1 / 3, 0], [0, 1, 0], [1 / 3] * 3])


def test_known_classes_give_the_shares_of_the_labels() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(2, size=20_000)
    labels = np.where(random.random(20_000) < TRUE[truth, 0], 0, 1)
    found = transition_from_posteriors(np.eye(2)[truth], labelled(labels.tolist(), 2))
    np.testing.assert_allclose(found, TRUE, atol=0.02)


def test_posteriors_of_another_shape() -> None:
    with pytest.raises(ValueError, match=r"posteriors must have shape \(3, 2\), got \(2, 2\)"):
        transition_from_posteriors(np.ones((2, 2)) / 2, labelled([0, 1, 1], 2))


def row(name: str, estimate: np.ndarray | None) -> SimpleNamespace:
    """A row of a table; without an estimate it has no entries."""
    scored = {} if estimate is None else {**entries("estimated", estimate), **entries("true", TRUE)}
    return SimpleNamespace(
        contender=name, state="complete", measures={n: Measure(value, 0.0, 3) for n, value in scored.items()}
    )


def table(*rows: SimpleNamespace) -> Any:
    """What a chart reads of a table."""
    task = SimpleNamespace(name="toy", title="Toy", metrics=CALIBRATION)
    return SimpleNamespace(task=task, rows=rows, units=3, unit="replication")


def test_chart_has_the_truth_and_each_estimate() -> None:
    near, far = np.array([[0.7, 0.3], [0.3, 0.7]]), np.full((2, 2), 0.5)
    chart = transition_chart(table(row("far", far), row("none", None), row("npc", near)))
    assert chart is not None
    assert (chart.name, chart.group) == ("toy-transitions", "estimated transitions")
    assert chart.names == (TRUTH, "far", "npc")
    assert chart.labels == ("0", "1")
    np.testing.assert_allclose(chart.matrices[0], 100 * TRUE)
    np.testing.assert_allclose(chart.matrices[2], 100 * near)
    assert chart.title == "Toy: the estimate of npc is nearest to the true shares, 5.0 points away on average"
    assert "Means over 3 replications, on the classifier CE" in chart.caption


def test_matrices_are_drawn_and_not_listed() -> None:
    shown = table(row("npc", np.array([[0.7, 0.3], [0.1, 0.9]])))
    assert related_tables(shown) == []
    numbers = {one.group: one for one in related_tables(shown, drawn=True)}
    chart = transition_chart(shown)
    assert chart is not None
    assert numbers[chart.group].columns[1].cells == ("70 / 30",), "a page lists them below the figure"


def test_no_chart_without_an_estimate() -> None:
    assert transition_chart(table(row("none", None))) is None


def test_metrics_are_declared() -> None:
    for kind in ("estimated", "true"):
        for name in entries(kind, TRUE):
            found = CALIBRATION.find(name)
            assert found is not None
            assert found.header == f"{found.values['true']} as {found.values['noisy']}"
    CALIBRATION.check(entries("true", TRUE), "test")
