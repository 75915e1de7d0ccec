"""The network with two heads: who trains whom, to the bit, and what predictions depend on."""

import copy
import inspect

import numpy as np
import pytest
import torch
from torch import nn

from harness.protocols.noisy_labels.training.embedding_networks import embedding_network, perceptron
from harness.protocols.noisy_labels.training.output_layers import LinearOutput
from harness.protocols.noisy_labels.training.pi_heads import PIHeadSettings, pi_head
from harness.protocols.noisy_labels.training.side_information import (
    SideInformation,
    SideInformationSize,
    training_side_information,
)
from harness.protocols.noisy_labels.training.two_heads import PINetwork, TwoHeadedNetwork, marginal_predictions
from tests.harness.protocols.noisy_labels.digit_crowds import crowd, ragged_part, whole_batch


def two_heads(annotators: int = 6, stop_gradient: bool = True, name: str = "perceptron") -> TwoHeadedNetwork:
    torch.manual_seed(0)
    if name == "perceptron":
        network = perceptron((1, 8, 8), 10, (16, 12))
    else:
        network = embedding_network(name, (1, 8, 8), 10)
    head = pi_head(network.width, 10, SideInformationSize(annotators, 1), PIHeadSettings(8))
    return TwoHeadedNetwork(network.body, head, LinearOutput(network.width, 10, network.head), stop_gradient)


def gradients(module: nn.Module) -> list[torch.Tensor | None]:
    return [None if p.grad is None else p.grad.clone() for p in module.parameters()]


PART, _ = crowd(0, 40)
BATCH, SIDE = whole_batch(PART), training_side_information(PART.annotations)


def test_the_marginal_loss_has_no_gradient_for_body_and_other_head() -> None:
    network = two_heads()
    marginal, _ = network.losses(BATCH, SIDE)
    marginal.backward()
    assert gradients(network.body) == [None] * len(gradients(network.body))
    assert gradients(network.pi_head) == [None] * len(gradients(network.pi_head))
    assert all(float(found.abs().max()) > 0 for found in gradients(network.marginal_head))


def test_the_conditional_loss_has_no_gradient_for_the_marginal_head() -> None:
    network = two_heads()
    network.losses(BATCH, SIDE)[1].backward()
    assert gradients(network.marginal_head) == [None, None]
    assert all(float(found.abs().max()) > 0 for found in gradients(network.pi_head))


@pytest.mark.parametrize("name", ["perceptron", "mnist-convolutions"])
def test_the_bodys_gradient_is_that_of_the_conditional_loss_to_the_bit(name: str) -> None:
    joint, alone = two_heads(name=name), two_heads(name=name)
    for network, both in ((joint, True), (alone, False)):
        torch.manual_seed(1)  # dropout
        marginal, conditional = network.losses(BATCH, SIDE)
        (conditional + 3.0 * marginal if both else conditional).backward()
    for module in ("body", "pi_head"):
        for found, expected in zip(
            gradients(getattr(joint, module)), gradients(getattr(alone, module)), strict=True
        ):
            assert torch.equal(found, expected)


def test_without_stop_gradient_both_heads_train_the_body() -> None:
    network = two_heads(stop_gradient=False)
    network.losses(BATCH, SIDE)[0].backward()
    assert float(gradients(network.body)[0].abs().max()) > 0


@pytest.mark.parametrize("optimiser", [torch.optim.SGD, torch.optim.Adam])
def test_the_weight_of_the_marginal_loss_leaves_the_bodys_trajectory(
    optimiser: type[torch.optim.Optimizer],
) -> None:
    trained = []
    for weight in (0.0, 1.0, 100.0):
        network = two_heads()
        steps = optimiser(network.parameters(), lr=0.05)  # type: ignore[call-arg]
        for _ in range(5):
            marginal, conditional = network.losses(BATCH, SIDE)
            steps.zero_grad()
            (conditional + weight * marginal).backward()
            steps.step()
        trained.append(network)
    for other in trained[1:]:
        assert all(
            torch.equal(a, b)
            for a, b in zip(trained[0].conditional_parameters(), other.conditional_parameters(), strict=True)
        )
    heads = [next(network.marginal_head.parameters()) for network in trained]
    assert not torch.equal(heads[0], heads[1])


def test_losses_are_means_over_all_labels() -> None:
    part = ragged_part([1, 3, 2, 4], 6)
    batch, side = whole_batch(part), training_side_information(part.annotations)
    network = two_heads()
    marginal, conditional = network.losses(batch, side)
    item, label = torch.from_numpy(part.annotations.item), torch.from_numpy(part.annotations.label)
    repeated = network.body(batch.pixels[item])
    expected = nn.functional.cross_entropy(network.marginal_head.linear(repeated), label)
    assert float(marginal.detach()) == pytest.approx(float(expected.detach()), rel=1e-6)
    expected = nn.functional.nll_loss(network.pi_head(repeated, side), label)
    assert float(conditional.detach()) == pytest.approx(float(expected.detach()), rel=1e-6)


def test_the_body_runs_once_an_image() -> None:
    part = ragged_part([1, 3, 2], 6)
    network, rows = two_heads(), []
    network.body.register_forward_hook(lambda module, inputs, output: rows.append(len(output)))
    network.losses(whole_batch(part), training_side_information(part.annotations))
    assert rows == [3]


def test_one_pass_updates_batch_statistics_once() -> None:
    network = two_heads(name="mnist-convolutions").train()
    network.losses(BATCH, SIDE)
    norm = next(m for m in network.body.modules() if isinstance(m, nn.BatchNorm2d))
    assert int(norm.num_batches_tracked) == 1


def test_predictions_take_no_side_information() -> None:
    assert list(inspect.signature(TwoHeadedNetwork.log_probabilities).parameters) == ["self", "pixels"]
    network = two_heads()
    changed = copy.deepcopy(network)
    for parameter in changed.pi_head.parameters():
        nn.init.constant_(parameter, float("nan"))
    found = marginal_predictions(network)(BATCH.pixels)
    assert torch.equal(found, marginal_predictions(changed)(BATCH.pixels))
    np.testing.assert_allclose(found.exp().sum(dim=1).detach(), 1, atol=1e-5)


def test_only_a_network_with_two_heads_predicts_by_its_marginal_head() -> None:
    with pytest.raises(TypeError, match="expected a TwoHeadedNetwork, got Linear"):
        marginal_predictions(nn.Linear(1, 1))


def test_permuted_annotators_train_permuted_embeddings() -> None:
    order = torch.tensor([3, 5, 0, 1, 4, 2])  # new number of each annotator
    moved = SideInformation(order[SIDE.annotator], SIDE.features)
    plain, permuted = two_heads(), two_heads()
    with torch.no_grad():
        permuted.pi_head.embed.table[order] = plain.pi_head.embed.table.clone()
    for network, side in ((plain, SIDE), (permuted, moved)):
        steps = torch.optim.SGD(network.parameters(), lr=0.1)
        for _ in range(3):
            steps.zero_grad()
            sum(network.losses(BATCH, side)).backward()
            steps.step()
    torch.testing.assert_close(plain.log_probabilities(BATCH.pixels), permuted.log_probabilities(BATCH.pixels))


def test_a_pi_network_has_the_conditional_loss_alone() -> None:
    network = two_heads()
    alone = PINetwork(network.body, network.pi_head)
    assert torch.equal(alone.loss(BATCH, SIDE), network.losses(BATCH, SIDE)[1])


def test_padded_and_masked_annotations_change_nothing() -> None:
    part = ragged_part([1, 3, 2, 4], 6)
    batch, side = whole_batch(part), training_side_information(part.annotations)
    network, counts = two_heads(), part.annotations.counts
    mask = torch.from_numpy(np.arange(5) < counts[:, None])  # (b, m), one column more than needed
    padded = SideInformation(torch.full((4, 5), 3), torch.full((4, 5, 1), 7.0))
    padded.annotator[mask], padded.features[mask] = side.annotator, side.features
    tiled = network.body(batch.pixels)[:, None].expand(-1, 5, -1)
    found = network.pi_head(tiled[mask], SideInformation(padded.annotator[mask], padded.features[mask]))
    expected = nn.functional.nll_loss(found, batch.label)
    torch.testing.assert_close(network.losses(batch, side)[1], expected)
