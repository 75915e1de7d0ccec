"""Full-batch training: what is selected, what is never read, when it stops."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from harness.contract.context import Context
from harness.contract.scoring import negative_log_likelihood
from harness.protocols.graphs.node_classification import MASKED
from harness.protocols.graphs.training.transductive import (
    BestEpoch,
    FullBatchSettings,
    NodeInputs,
    train_transductive,
)
from harness.trial import Trial
from tests.small_graphs import block_model, view_of


class Bias(nn.Module):
    """Logits that are parameters: a row of weights for every node."""

    def __init__(self, n: int, classes: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(n, classes))

    def forward(self) -> torch.Tensor:
        return self.logits * 1.0


def fit(view, settings, deadline=float("inf"), network=None):
    network = network or Bias(len(view.targets), view.num_classes)
    context = Context(Trial("t", "c"), deadline=deadline)
    return train_transductive(network, network, view, settings, context), context


SEED_OF_TWO_EPOCHS = 0
"""Initial weights with which the epoch of the highest accuracy is not that of the lowest loss."""


def test_chosen_epoch_has_the_highest_validation_accuracy_then_the_lowest_loss():
    view = view_of(block_model())
    torch.manual_seed(SEED_OF_TWO_EPOCHS)
    linear = nn.Linear(24, 3)
    inputs = NodeInputs.from_graph(view.graph)
    context = Context(Trial("t", "c"))
    model = train_transductive(
        linear,
        lambda: inputs.features @ linear.weight.T + linear.bias,
        view,
        FullBatchSettings(learning_rate=0.1, max_epochs=60, patience=60),
        context,
    )
    targets, epochs = view.targets[view.valid], model.predict_epochs(view.valid)
    by_epoch = [negative_log_likelihood(scores, targets) for scores in epochs]
    hits = (epochs.argmax(axis=2) == targets).sum(axis=1)
    best = [epoch for epoch in range(60) if hits[epoch] == hits.max()]
    assert model.best_epoch == min(best, key=lambda epoch: by_epoch[epoch])
    assert model.best_epoch != int(np.argmin(by_epoch)), "the two rules must choose different epochs here"
    np.testing.assert_allclose([row["valid_loss"] for row in context.curve], by_epoch, rtol=1e-4)
    assert np.array_equal(model.predict(view.valid), model.predict_epochs(view.valid)[model.best_epoch])
    assert model.num_parameters == 24 * 3 + 3


def test_patience_ends_training_that_does_not_improve():
    view = view_of(block_model())
    # Validation nodes have rows of their own here, so that no step can lower their loss: epoch 0 stays the best.
    model, context = fit(view, FullBatchSettings(max_epochs=50, patience=7, weight_decay=0.0))
    assert model.best_epoch == 0
    assert len(context.curve) == 8


def test_training_stops_before_the_deadline_with_something_to_predict():
    view = view_of(block_model())
    model, context = fit(view, FullBatchSettings(max_epochs=50), deadline=time.monotonic() + 1.0)
    assert len(context.curve) == 1
    assert np.isfinite(model.predict(view.valid)).all()


def test_a_masked_training_node_is_refused():
    view = view_of(block_model())
    targets = view.targets.copy()
    targets[view.train[0]] = MASKED
    with pytest.raises(ValueError, match=r"0\.\.2.*-1"):
        fit(replace(view, targets=targets), FullBatchSettings())


def test_infinite_losses_are_reported():
    view = view_of(block_model())
    network = Bias(len(view.targets), view.num_classes)
    network.logits.data.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="not finite in any of 3 epochs"):
        fit(view, FullBatchSettings(max_epochs=3), network=network)


def test_row_normalisation_makes_rows_sum_to_one():
    graph = block_model().graph
    ones = torch.ones(graph.num_features, 1)
    raw = (NodeInputs.from_graph(graph).features @ ones).flatten()
    scaled = (NodeInputs.from_graph(graph, row_normalise=True).features @ ones).flatten()
    assert raw[5] == scaled[5] == 0
    assert torch.allclose(scaled[raw > 0], torch.ones(int((raw > 0).sum())))
    assert raw.max() > 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("max_epochs", 0), ("patience", 0), ("max_epochs", 1.5), ("learning_rate", 0.0), ("weight_decay", -1.0)],
)
def test_settings_out_of_range_are_refused(field, value):
    with pytest.raises(ValueError, match=field):
        FullBatchSettings(**{field: value})


@pytest.mark.parametrize(
    ("epochs", "chosen", "improved"),
    [
        ([(0.5, 1.0), (0.6, 2.0), (0.6, 1.5), (0.5, 0.9)], 2, 3),
        ([(0.5, 1.0), (0.5, 1.0), (0.5, 1.0)], 0, 0),
        ([(0.9, float("nan")), (0.5, 1.0)], 1, 1),
        ([(0.9, float("nan"))], -1, 0),
    ],
)
def test_best_epoch_by_accuracy_then_loss(epochs, chosen, improved):
    best = BestEpoch()
    for epoch, (accuracy, loss) in enumerate(epochs):
        best.update(epoch, accuracy, loss)
    assert (best.epoch, best.improved) == (chosen, improved)
