"""Marginalisation: worked digits, agreement with the definition, exact sums, limits of drawn vectors, bad input."""

import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies

from harness.protocols.noisy_labels.training.marginal_sum import SplitHead, mean_probabilities
from harness.protocols.noisy_labels.training.marginalisation import (
    SideInformationDistribution,
    marginal_log_probabilities,
    marginal_log_probabilities_in_chunks,
    split_head,
)
from harness.protocols.noisy_labels.training.output_layers import HeteroscedasticSettings
from harness.protocols.noisy_labels.training.pi_heads import PIHead, PIHeadSettings, pi_head
from harness.protocols.noisy_labels.training.side_information import SideInformation, SideInformationSize


def head_of(d: int, classes: int, width: int, join: str = "residual", annotators: int = 4) -> PIHead:
    size = SideInformationSize(annotators, 1)
    return pi_head(d, classes, size, PIHeadSettings(width, join))  # type: ignore[arg-type]


def drawn(count: int, annotators: int = 4) -> SideInformation:
    return SideInformation(torch.randint(annotators, (count,)), torch.randn(count, 1))


def uniform(points: SideInformation) -> SideInformationDistribution:
    return SideInformationDistribution(points, torch.full((len(points),), 1 / len(points)))


def by_definition(head: PIHead, hidden: torch.Tensor, over: SideInformationDistribution) -> np.ndarray:
    rows = []
    for row in hidden:
        conditional = head(row.expand(len(over.points), -1), over.points).double().exp()
        rows.append((over.weights.double()[:, None] * conditional).sum(dim=0))
    return torch.stack(rows).detach().numpy()


def test_worked_digits_average_probabilities_and_not_logits() -> None:
    logits = np.array([[2, 0, 1], [0, 1, 0], [1, 1, 3]], np.float32)
    nothing = np.zeros((1, 4), np.float32)
    head = SplitHead(
        nothing, np.zeros((3, 4), np.float32), np.zeros((1, 3), np.float32), logits, np.ones((3, 4), np.float32)
    )
    found = mean_probabilities(head, np.full(3, 1 / 3, np.float32))
    np.testing.assert_allclose(found, [[0.327896, 0.257551, 0.414552]], atol=1e-6)
    assert np.abs(found - [[0.321322, 0.230237, 0.448441]]).max() > 0.02


@settings(max_examples=25)
@given(
    strategies.integers(1, 9), strategies.integers(1, 150), strategies.integers(1, 11), strategies.integers(2, 12),
    strategies.sampled_from(["residual", "plain"]), strategies.integers(0, 2**31),
    strategies.sampled_from([1e-6, 1.0, 30.0]),
)  # fmt: skip
def test_the_compiled_sum_is_the_definition(
    images: int, points: int, width: int, classes: int, join: str, seed: int, scale: float
) -> None:
    torch.manual_seed(seed)
    head = head_of(6, classes, width, join)
    hidden, over = scale * torch.randn(images, 6), SideInformationDistribution.exact(drawn(points))
    with torch.no_grad():
        expected = by_definition(head, hidden, over)
        found = marginal_log_probabilities(head, hidden, over).exp()
        chunked = marginal_log_probabilities_in_chunks(head, hidden, over).exp()
    np.testing.assert_allclose(found, expected, atol=2e-6)
    np.testing.assert_allclose(chunked, expected, atol=2e-6)


def test_extreme_logits_stay_probabilities() -> None:
    torch.manual_seed(0)
    head, over = head_of(6, 3, 8), uniform(drawn(40))
    with torch.no_grad():
        found = marginal_log_probabilities(head, 1e6 * torch.randn(5, 6), over).exp()
    np.testing.assert_allclose(found.sum(dim=1), 1, atol=1e-5)


@pytest.mark.parametrize("join", ["perceptron", "residual"])
def test_other_heads_are_evaluated_in_chunks(join: str) -> None:
    torch.manual_seed(0)
    noisy = None if join == "perceptron" else HeteroscedasticSettings(rank=2, test_samples=7)
    size = SideInformationSize(4, 1)
    head = pi_head(6, 3, size, PIHeadSettings(5, join), noisy).eval()  # type: ignore[arg-type]
    hidden, over = torch.randn(4, 6), uniform(drawn(33))
    with torch.no_grad():
        found = marginal_log_probabilities(head, hidden, over).exp()
        np.testing.assert_allclose(found, by_definition(head, hidden, over), atol=2e-6)
    if noisy is not None:
        with pytest.raises(TypeError, match="expected a linear output layer, got HeteroscedasticPairOutput"):
            split_head(head, hidden, over.points)


def test_annotators_alone_are_summed_by_frequency() -> None:
    given_ = SideInformation(torch.tensor([2, 0, 2, 2]), torch.zeros(4, 0))
    exact = SideInformationDistribution.exact(given_)
    assert exact.points.annotator.tolist() == [0, 2]
    assert exact.weights.tolist() == [0.25, 0.75]


def test_a_continuous_feature_keeps_every_label() -> None:
    given_ = SideInformation(torch.tensor([0, 0, 1, 0]), torch.tensor([[0.5], [0.1], [0.5], [0.5]]))
    exact = SideInformationDistribution.exact(given_)
    assert sorted(zip(exact.points.annotator.tolist(), exact.weights.tolist(), strict=True)) == [
        (0, 0.25), (0, 0.5), (1, 0.25),
    ]  # fmt: skip


def test_drawn_vectors_approach_the_exact_sum() -> None:
    torch.manual_seed(0)
    given_ = SideInformation(torch.randint(4, (60,)), torch.zeros(60, 1))
    head, hidden = head_of(6, 5, 8), torch.randn(9, 6)
    with torch.no_grad():
        exact = marginal_log_probabilities(head, hidden, SideInformationDistribution.exact(given_)).exp()
        errors = []
        for count in (10, 1000, 100_000):
            over = SideInformationDistribution.sampled(given_, count, np.random.default_rng(0))
            assert len(over.points) == count
            errors.append(float((marginal_log_probabilities(head, hidden, over).exp() - exact).abs().max()))
    assert errors[2] < 1e-3 < errors[0]
    assert errors[2] < errors[1] < errors[0]


def test_ten_thousand_vectors_take_little_memory() -> None:
    torch.manual_seed(0)
    head, over = head_of(64, 10, 64), uniform(drawn(10_000))
    parts = split_head(head, torch.randn(100, 64), over.points)
    tracemalloc.start()
    mean_probabilities(parts, over.weights.numpy())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6  # all pairs would take 256 MB


def test_a_diverged_network_gives_no_numbers() -> None:
    torch.manual_seed(0)
    head, over = head_of(6, 3, 8), uniform(drawn(20))
    hidden = torch.randn(3, 6)
    hidden[1, 0] = torch.nan
    with torch.no_grad():
        found = marginal_log_probabilities(head, hidden, over)
        assert torch.isnan(found).all(dim=1).tolist() == [False, True, False]
        head.join.of_embedded.weight[0, 0] = torch.nan
        assert torch.isnan(marginal_log_probabilities(head, torch.ones(2, 6), over)).all()


def test_bad_input_is_named() -> None:
    points = drawn(3)
    with pytest.raises(ValueError, match=r"expected one weight for each of one point or more, got \(2,\) for 3"):
        SideInformationDistribution(points, torch.tensor([0.5, 0.5]))
    with pytest.raises(ValueError, match="weights must be 0 or more and sum to 1, got a sum of 2"):
        SideInformationDistribution(points, torch.tensor([1.0, 0.5, 0.5]))
    with pytest.raises(ValueError, match="number of drawn vectors must be 1 or more, got 0"):
        SideInformationDistribution.sampled(points, 0, np.random.default_rng(0))
    parts = [np.zeros((2, 4), np.float32) for _ in range(5)]
    with pytest.raises(
        ValueError, match=r"logits_of_images must be float32 of shape \(2, 2\), got float32 of shape"
    ):
        SplitHead(*parts)
    parts[2] = parts[3] = np.zeros((2, 2), np.float32)
    with pytest.raises(ValueError, match="expected 2 weights, got shape"):
        mean_probabilities(SplitHead(*parts), np.ones(3, np.float32))
