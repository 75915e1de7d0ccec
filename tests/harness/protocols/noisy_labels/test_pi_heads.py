"""Heads with side information against their formulas on joined vectors, written with numpy."""

import numpy as np
import pytest
import torch

from harness.protocols.noisy_labels.training.output_layers import HeteroscedasticSettings
from harness.protocols.noisy_labels.training.pi_heads import PairLinear, PIHead, PIHeadSettings, pi_head
from harness.protocols.noisy_labels.training.side_information import SideInformation, SideInformationSize

D, CLASSES, SIZE = 7, 4, SideInformationSize(3, 1)
OWNER = torch.tensor([0, 0, 1, 4, 4, 4])


def head_of(join: str, noisy: HeteroscedasticSettings | None = None) -> PIHead:
    torch.manual_seed(0)
    return pi_head(D, CLASSES, SIZE, PIHeadSettings(5, join), noisy).double()  # type: ignore[arg-type]


def inputs() -> tuple[torch.Tensor, SideInformation]:
    random = torch.Generator().manual_seed(1)
    side = SideInformation(torch.tensor([0, 2, 1, 1, 0, 2]), torch.randn(6, 1, generator=random).double())
    return torch.randn(5, D, generator=random).double(), side


def dense(layer: PairLinear) -> tuple[np.ndarray, np.ndarray]:
    weight = torch.cat([layer.of_hidden.weight, layer.of_embedded.weight], dim=1)
    return weight.detach().numpy(), layer.of_hidden.bias.detach().numpy()


def log_softmax(logits: np.ndarray) -> np.ndarray:
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def embedded(head: PIHead, side: SideInformation) -> np.ndarray:
    layer = head.embed
    table, weight, bias = (part.detach().numpy() for part in (layer.table, layer.weight, layer.bias))
    return table[side.annotator.numpy()] + side.features.numpy() @ weight.T + bias


@pytest.mark.parametrize("join", ["residual", "plain"])
def test_a_joined_head_is_its_formula(join: str) -> None:
    head, (hidden, side) = head_of(join), inputs()
    h, p = hidden.numpy()[OWNER], np.maximum(embedded(head, side), 0)
    weight, bias = dense(head.join)
    j = np.maximum(np.concatenate([h, p], axis=1) @ weight.T + bias, 0) + (p if join == "residual" else 0)
    weight, bias = dense(head.output.linear)
    expected = log_softmax(np.concatenate([h, j], axis=1) @ weight.T + bias)
    np.testing.assert_allclose(head(hidden, side, OWNER).detach(), expected, atol=1e-12)


def test_a_perceptron_head_is_its_formula() -> None:
    head, (hidden, side) = head_of("perceptron"), inputs()

    def linear(layer: torch.nn.Linear, x: np.ndarray) -> np.ndarray:
        return x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()

    p = linear(head.project, np.maximum(embedded(head, side), 0))
    z = np.concatenate([hidden.numpy()[OWNER], p], axis=1)
    weight, bias = dense(head.inner)
    z = z + linear(head.outer, np.maximum(z @ weight.T + bias, 0))
    weight, bias = dense(head.output.linear)
    np.testing.assert_allclose(head(hidden, side, OWNER).detach(), log_softmax(z @ weight.T + bias), atol=1e-12)


@pytest.mark.parametrize("join", ["residual", "plain", "perceptron"])
@pytest.mark.parametrize("noisy", [None, HeteroscedasticSettings(rank=2, test_samples=5)])
def test_owners_equal_repeated_representations(join: str, noisy: HeteroscedasticSettings | None) -> None:
    head, (hidden, side) = head_of(join, noisy).eval(), inputs()
    torch.testing.assert_close(head(hidden, side, OWNER), head(hidden[OWNER], side))


def test_a_pair_layer_starts_as_a_dense_layer_does() -> None:
    torch.manual_seed(0)
    layer = PairLinear(300, 100, 50)
    for parameter in layer.parameters():
        assert float(parameter.detach().abs().max()) == pytest.approx(0.05, rel=0.05)


def test_bad_settings_are_named() -> None:
    with pytest.raises(ValueError, match="width must be 1 or more, got 0"):
        PIHeadSettings(0)
    with pytest.raises(ValueError, match="join must be one of residual, plain, perceptron, got 'sum'"):
        PIHeadSettings(4, "sum")  # type: ignore[arg-type]
