"""Side information: standardised features, looked-up annotators, sources, and the errors of bad input."""

import numpy as np
import pytest
import torch
from hypothesis import given, strategies

from harness.protocols.noisy_labels.arrays import Annotations
from harness.protocols.noisy_labels.training.side_information import (
    FeatureScale,
    SideInformation,
    SideInformationLayer,
    SideInformationSize,
    SideInformationSource,
    mean_side_information,
    training_side_information,
)
from tests.harness.protocols.noisy_labels.digit_crowds import crowd, without_side_information


def annotations(**changes: object) -> Annotations:
    arrays = {
        "item": np.array([0, 0, 1]),
        "label": np.array([1, 0, 2]),
        "annotator": np.array([0, 1, 1]),
        "features": np.array([[1.0], [2.0], [6.0]], np.float32),
        "num_items": 2,
        "num_annotators": 2,
        "num_classes": 3,
    }
    return Annotations(**{**arrays, **changes})  # type: ignore[arg-type]


@given(strategies.integers(1, 9), strategies.integers(0, 3), strategies.integers(0, 2**31))
def test_looked_up_annotators_equal_a_dense_product_of_one_hot_vectors(annotators: int, f: int, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    layer = SideInformationLayer(SideInformationSize(annotators, f), 5).double()
    given_ = SideInformation(
        torch.randint(annotators, (7,), generator=random), torch.randn(7, f, generator=random).double()
    )
    vectors = np.zeros((7, annotators + f))
    vectors[np.arange(7), given_.annotator.numpy()] = 1
    vectors[:, annotators:] = given_.features.numpy()
    weight = np.concatenate([layer.table.detach().numpy(), layer.weight.detach().numpy().T])
    expected = vectors @ weight + layer.bias.detach().numpy()
    np.testing.assert_allclose(layer(given_).detach().numpy(), expected, atol=1e-12)
    dense = SideInformation(None, given_.dense(annotators))
    np.testing.assert_allclose(layer(dense).detach().numpy(), expected, atol=1e-12)


def test_initial_weights_have_the_range_of_a_dense_layer() -> None:
    torch.manual_seed(0)
    layer = SideInformationLayer(SideInformationSize(99, 1), 200)
    assert float(layer.table.detach().abs().max()) == pytest.approx(0.1, rel=1e-3)
    assert float(layer.table.detach().std()) == pytest.approx(0.1 / 3**0.5, rel=0.02)


def test_features_are_standardised_with_training_statistics() -> None:
    scale = FeatureScale.of(np.array([[1.0], [2.0], [6.0]]))  # mean 3, deviation sqrt(14 / 3)
    found = scale(torch.tensor([[3.0], [1.0]]))
    np.testing.assert_allclose(found, [[0.0], [-2 / (14 / 3) ** 0.5]], rtol=1e-6)


def test_features_are_clipped_at_the_99th_percentile() -> None:
    times = np.arange(101.0)[:, None]
    times[100] = 1e6
    scale = FeatureScale.of(times, clip=True)
    assert scale.ceiling[0] == 99
    assert float(scale(torch.tensor([[1e9]]))) == float(scale(torch.tensor([[99.0]])))
    assert float(scale(torch.tensor([[1e9]]))) < 2


@given(strategies.sampled_from([1e-6, 1.0, 1e6]), strategies.integers(0, 2**31))
def test_standardised_features_do_not_depend_on_their_unit(unit: float, seed: int) -> None:
    features = np.random.default_rng(seed).lognormal(size=(50, 2))
    expected = FeatureScale.of(features)(torch.from_numpy(features))
    scaled = features * unit
    np.testing.assert_allclose(FeatureScale.of(scaled)(torch.from_numpy(scaled)), expected, atol=1e-5)


def test_a_constant_feature_becomes_zero() -> None:
    assert FeatureScale.of(np.full((3, 1), 7.0))(torch.full((2, 1), 7.0)).tolist() == [[0.0], [0.0]]


def test_the_mean_has_frequencies_of_annotators() -> None:
    found = mean_side_information(
        SideInformation(torch.tensor([0, 1, 1, 1]), torch.tensor([[1.0], [2], [3], [6]])), 3
    )
    assert found.annotator is None
    assert found.features.tolist() == [[0.25, 0.75, 0.0, 3.0]]


def sources(name: str, seed: int = 0) -> SideInformationSource:
    given_ = SideInformation(torch.arange(20) % 4, torch.arange(20.0)[:, None])
    return SideInformationSource(name, given_, SideInformationSize(4, 1), torch.arange(20) % 3, seed)  # type: ignore[arg-type]


def test_sources_of_side_information() -> None:
    pair = torch.tensor([3, 10, 19])
    assert sources("given")(pair).annotator.tolist() == [3, 2, 3]
    assert sources("given")(pair).features.ravel().tolist() == [3.0, 10.0, 19.0]
    assert sources("zeros")(pair).features.tolist() == [[0.0] * 5] * 3
    assert sources("labels")(pair).annotator.tolist() == [0, 1, 1]
    fixed = sources("fixed normal")
    assert torch.equal(fixed(pair).features, fixed(pair).features)
    for name in ("normal", "shuffled"):
        fresh = sources(name)
        assert not torch.equal(fresh(torch.arange(20)).features, fresh(torch.arange(20)).features)
        assert torch.equal(sources(name)(pair).features, sources(name)(pair).features)
    drawn = sources("shuffled")(torch.zeros(500, dtype=torch.int64))
    assert torch.equal(drawn.annotator, drawn.features.ravel().long() % 4)  # vectors stay whole
    assert set(drawn.features.ravel().tolist()) == set(map(float, range(20)))


def test_bad_side_information_is_named() -> None:
    part, _ = crowd(0, 10)
    with pytest.raises(ValueError, match="side information is missing: expected annotators or features"):
        training_side_information(without_side_information(part).annotations)
    with pytest.raises(ValueError, match=r"source must be one of given, .* got 'guess'"):
        sources("guess")
    with pytest.raises(ValueError, match="must be finite"):
        FeatureScale.of(np.array([[np.nan]]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": np.full((3, 1), np.nan, np.float32)}, "features must be finite numbers of shape"),
        ({"features": np.zeros((2, 1), np.float32)}, r"features must be finite numbers of shape \(3, f\)"),
        ({"annotator": np.array([0, 1, 2])}, r"annotator must lie in 0..1, got 0..2"),
        ({"annotator": np.array([0, 1, -1])}, r"annotator must lie in 0..1, got -1..1"),
        ({"label": np.array([0, 1, 3])}, r"label must lie in 0..2, got 0..3"),
        ({"label": np.array([0, 1])}, "label must be 3 whole numbers"),
        ({"item": np.array([0, 0, 0])}, "image 1 has none"),
        ({"item": np.array([], np.int64), "label": np.array([], np.int64), "annotator": np.array([], np.int64),
          "features": np.zeros((0, 1), np.float32)}, "image 0 has none"),
    ],
)  # fmt: skip
def test_bad_annotations_are_named(changes: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        annotations(**changes)
