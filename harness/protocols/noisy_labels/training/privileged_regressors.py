"""Networks of regression with side information, 1-64-64 with tanh, and their training by full batches.

Provodin et al. 2024, after Collier et al. 2022. The representation h has the width of the embedding of a, which is
added to it: ``PI head = Linear(tanh(Linear(h + W a + b)))``; the marginal head is linear on h.
"""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.contract.context import Context
from harness.protocols.noisy_labels.options import RegressionOptions

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(x, a, y), (n, 1) each -> the loss."""


def regression_body(options: RegressionOptions) -> nn.Sequential:
    """Return the body, (n, 1) -> (n, width)."""
    return nn.Sequential(nn.Linear(1, options.width), nn.Tanh(), nn.Linear(options.width, options.width), nn.Tanh())


class AddedHead(nn.Module):
    """The head with side information: a is embedded and added to the representation."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.embed = nn.Linear(1, width)
        self.read = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))

    def forward(self, hidden: Tensor, side: Tensor) -> Tensor:
        """Return estimates (n, 1)."""
        return self.read(hidden + self.embed(side))


class BodyEstimates:
    """A model of the protocol: a linear read-out of a body."""

    def __init__(self, body: nn.Module, weight: np.ndarray, bias: float) -> None:
        self._body, self._weight, self._bias = body, weight, bias
        self.num_parameters = sum(p.numel() for p in body.parameters()) + weight.size + 1

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return estimates (n,) of inputs (n,)."""
        return representations(self._body, x) @ self._weight + self._bias


def representations(body: nn.Module, x: np.ndarray) -> np.ndarray:
    """Return the body's output for inputs (n,), (n, width) float64."""
    device = next(body.parameters()).device
    with torch.no_grad():
        return body(_column(x, device)).double().cpu().numpy()


def train_full_batches(module: nn.Module, loss: Loss, data: tuple[np.ndarray, ...], context: Context) -> None:
    """Train `module` in place by Adam on the full batch; the loss of each step goes into the learning curve.

    Args:
        data: x, a and y, (n,) each.
    """
    options, device = context.options, next(module.parameters()).device
    x, side, y = (_column(values, device) for values in data)
    optimiser = torch.optim.Adam(module.parameters(), lr=options.learning_rate)
    for step in range(options.steps):
        value = loss(x, side, y)
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        optimiser.step()
        context.log(step, train_loss=float(value.detach()))


def read_out(body: nn.Module, head: nn.Linear, x: np.ndarray, y: np.ndarray, ridge: float) -> BodyEstimates:
    """Return the model of a trained body; its read-out is refitted by ridge regression, unless `ridge` is 0.

    Args:
        head: the trained linear head, which is kept if there is no refit.
        x, y: (n,) training inputs and noisy values.
    """
    if ridge == 0:
        weight = head.weight.detach().double().cpu().numpy()[0]
        return BodyEstimates(body, weight, float(head.bias.detach()))
    from sklearn.linear_model import Ridge

    fitted = Ridge(alpha=ridge).fit(representations(body, x), y)
    return BodyEstimates(body, fitted.coef_, float(fitted.intercept_))


def squared_error(estimates: Tensor, y: Tensor) -> Tensor:
    """Return the mean squared error."""
    return F.mse_loss(estimates, y)


def _column(values: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(np.asarray(values, np.float32)[:, None]).to(device)
