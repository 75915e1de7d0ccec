"""A network and its multiples classify alike: attacks on them succeed alike, and say where they did not move."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import Tensor, nn

from harness.protocols.attacks.adversary.budgets import DIGITS, Budget
from harness.protocols.attacks.adversary.carlini_wagner import carlini_wagner
from harness.protocols.attacks.adversary.images import Attacked
from harness.protocols.attacks.adversary.network_input import SPREAD, input_gradient, respond
from harness.protocols.attacks.adversary.networks import dense, initialised
from harness.protocols.attacks.adversary.projected_gradient import projected_gradient
from harness.protocols.attacks.adversary.training import ClassifierTraining, train_classifier
from harness.protocols.attacks.adversary.union import multi_steepest_descent, worst_of
from tests.harness.protocols.attacks.small_networks import linear_margin

Attack = Callable[[nn.Module, Tensor, Tensor], Attacked]
SHORT = tuple(budget.lasting(15) for budget in DIGITS)


class Multiplied(nn.Module):
    """Scores of a network times a constant."""

    def __init__(self, network: nn.Module, factor: float) -> None:
        super().__init__()
        self.network, self.factor = network, factor

    def forward(self, images: Tensor) -> Tensor:
        return self.network(images) * self.factor


def descent(budget: Budget, **options: object) -> Attack:
    return lambda network, x, y: projected_gradient(
        network,
        x,
        y,
        budget,
        np.random.default_rng(1),
        **options,  # type: ignore[arg-type]
    )


ATTACKS: dict[str, Attack] = {
    **{budget.norm: descent(budget) for budget in SHORT},
    "plain slide": descent(Budget("l1", 3.0, 0.3, 15, plain=True)),
    "restarts": descent(SHORT[1], restarts=3),
    "early stop": descent(SHORT[1], early_stop=True),
    "worst of three": lambda network, x, y: worst_of(network, x, y, SHORT, np.random.default_rng(1)),
    "steepest of three": lambda network, x, y: multi_steepest_descent(network, x, y, SHORT, 15),
    "Carlini-Wagner": lambda network, x, y: carlini_wagner(network, x, y, 0.1, 30, 4),
}


@pytest.fixture(scope="module")
def trained() -> tuple[nn.Module, Tensor, Tensor]:
    """Return a network that is sure of its digits, and images that it has not seen."""
    data = load_digits()
    pixels, labels = (data.data / 16).astype(np.float32), data.target.astype(np.int64)
    network = initialised(lambda: dense(64, 64, 10), np.random.default_rng(0))
    train_classifier(
        network, pixels[:1200], labels[:1200], ClassifierTraining(12, 0.1, 0.9, 64), np.random.default_rng(0)
    )
    return network.eval(), torch.from_numpy(pixels[1200:1260]), torch.from_numpy(labels[1200:1260])


@pytest.mark.parametrize("name", ATTACKS)
def test_multiples_of_a_network_withstand_as_many_attacks(
    name: str, trained: tuple[nn.Module, Tensor, Tensor]
) -> None:
    network, x, y = trained
    plain = ATTACKS[name](network, x, y)
    assert float(plain.success.float().mean()) > 0.5, "a weak attack shows nothing"
    for factor in (1e-6, 8.0, 1e6):
        found = ATTACKS[name](Multiplied(network, factor), x, y)
        assert torch.equal(found.success, plain.success), factor
        assert torch.equal(found.stuck, plain.stuck), factor


def test_the_gradient_is_that_of_the_cross_entropy_up_to_its_size(
    trained: tuple[nn.Module, Tensor, Tensor],
) -> None:
    network, x, y = trained
    found, _response = input_gradient(network, x, y)
    double = initialised(lambda: dense(64, 64, 10), np.random.default_rng(0)).double()
    double.load_state_dict({name: value.double() for name, value in network.state_dict().items()})
    points = x.double().requires_grad_(True)
    scores = double(points)
    spread = (scores.amax(1, keepdim=True) - scores.amin(1, keepdim=True)).detach()
    loss = F.cross_entropy(scores * SPREAD / spread, y, reduction="sum")
    (expected,) = torch.autograd.grad(loss, points)
    torch.testing.assert_close(F.normalize(found.double()), F.normalize(expected, eps=1e-300), atol=2e-5, rtol=0)


def test_the_margin_does_not_saturate(trained: tuple[nn.Module, Tensor, Tensor]) -> None:
    network, x, y = trained
    scores = network(x)
    others = [scores[n][torch.arange(10) != y[n]].max() - scores[n, y[n]] for n in range(len(x))]
    torch.testing.assert_close(respond(network, x, y).margin, torch.stack(others).detach())
    far = respond(Multiplied(network, 1e6), x, y)
    assert len(far.margin.unique()) > 50  # the cross-entropy is zero for nearly all
    assert torch.equal(far.margin > 0, far.fooled)


def test_attacks_that_push_against_the_box_are_stuck_though_they_have_a_gradient() -> None:
    network, x = linear_margin(np.array([1.0, 1.0, -1.0])), torch.tensor([[0.0, 0.0, 1.0], [0.5, 0.5, 0.5]])
    for budget in (Budget("l1", 0.5, 0.1, 5), Budget("l2", 0.5, 0.1, 5), Budget("linf", 0.5, 0.1, 5)):
        for stop in (False, True):
            found = projected_gradient(
                network,
                x,
                torch.tensor([0, 0]),
                budget,
                np.random.default_rng(0),
                random_start=False,
                early_stop=stop,
            )
            assert found.stuck.tolist() == [not (stop and found.success[0]), False]
            assert not found.changes[0].any()
    union = multi_steepest_descent(network, x, torch.tensor([0, 0]), SHORT, 3)
    assert union.stuck.tolist() == [True, False]
