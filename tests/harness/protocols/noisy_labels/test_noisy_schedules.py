"""Schedules of Co-teaching and JoCoR at the published length and scaled to others."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.protocols.noisy_labels.training.base.schedules import decay_adam, forgotten_share, kept_count


@pytest.mark.parametrize(
    ("epoch", "epochs", "share"),
    [
        (0, 200, 0.0), (5, 200, 0.2), (10, 200, 0.4), (199, 200, 0.4),
        (0, 25, 0.0), (1, 25, 0.32), (2, 25, 0.4), (24, 25, 0.4),
    ],
)  # fmt: skip
def test_the_forgotten_share_rises_linearly_to_the_rate(epoch: int, epochs: int, share: float) -> None:
    assert forgotten_share(epoch, epochs, 0.4) == pytest.approx(share)


@given(st.integers(1, 400), st.integers(1, 400), st.floats(0, 1))
def test_the_forgotten_share_never_exceeds_the_rate(epoch: int, epochs: int, rate: float) -> None:
    assert 0 <= forgotten_share(epoch, epochs, rate) <= rate


@pytest.mark.parametrize(
    ("size", "share", "count"),
    [(128, 0.2, 102), (10, 0.3, 7), (24, 0.0, 24), (1, 0.9, 1), (7, 1.0, 1), (128, 0.5, 64)],
)
def test_the_kept_count_rounds_down_and_keeps_an_item(size: int, share: float, count: int) -> None:
    assert kept_count(size, share) == count


@pytest.mark.parametrize(
    ("epoch", "epochs", "rate", "momentum"),
    [
        (79, 200, 1.0, 0.9), (80, 200, 1.0, 0.1), (140, 200, 0.5, 0.1), (199, 200, 1 / 120, 0.1),
        (9, 25, 1.0, 0.9), (10, 25, 1.0, 0.1), (24, 25, 1 / 15, 0.1), (0, 1, 1.0, 0.1),
    ],
)  # fmt: skip
def test_adam_decays_from_two_fifths_of_the_epochs(epoch: int, epochs: int, rate: float, momentum: float) -> None:
    optimiser = torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=1.0)
    for number in range(epoch + 1):
        decay_adam(optimiser, number, epochs, 1.0)
    (group,) = optimiser.param_groups
    assert group["lr"] == pytest.approx(rate)
    assert group["betas"] == (momentum, 0.999)
