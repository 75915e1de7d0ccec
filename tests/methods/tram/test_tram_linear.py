"""TRAM with linear parts and squared error against two ordinary least squares: worked digits of the closed form."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from methods.tram.regression import TwoHeadedRegression

X = np.array([(1, 0), (0, 1), (1, 1), (2, 1), (1, 2), (-1, 1), (0, -1), (2, -1)], float)
A = np.array([0, 1, 0, 0, 1, 0, 1, 0], float)
Y = np.array([1, 2.5, 3.2, 4.1, 7, 0.8, -0.5, 0.9])
NEW = np.array([1.5, -0.5])


def least_squares(*columns: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(np.column_stack(columns), Y, rcond=None)[0]


def closed_form() -> tuple[np.ndarray, float, float]:
    """Return the x-part of the joint regression, and slope and intercept of the second step."""
    joint = least_squares(X, np.ones(8), A)
    slope, intercept = least_squares(X @ joint[:2], np.ones(8))
    return joint[:2], slope, intercept


def test_worked_digits() -> None:
    w, slope, intercept = closed_form()
    joint = least_squares(X, np.ones(8), A)
    np.testing.assert_allclose(joint, [1.301538, 1.915385, -0.067692, 1.356923], atol=1e-6)
    np.testing.assert_allclose([slope, intercept], [0.975502, 0.488528], atol=1e-6)
    np.testing.assert_allclose(slope * w, [1.269654, 1.868462], atol=1e-6)
    no_pi = least_squares(X, np.ones(8))
    np.testing.assert_allclose(no_pi, [1.083051, 1.972881, 0.576271], atol=1e-6)
    predictions = {
        "tram": slope * w @ NEW + intercept,
        "no-pi": no_pi[:2] @ NEW + no_pi[2],
        "mean": joint[:2] @ NEW + joint[2] + joint[3] * A.mean(),
        "zeros": joint[:2] @ NEW + joint[2],
    }
    expected = {"tram": 1.458778, "no-pi": 1.214407, "mean": 1.435769, "zeros": 0.926923}
    assert predictions == pytest.approx(expected, abs=1e-6)
    errors = np.mean((Y - X @ w * slope - intercept) ** 2), np.mean((Y - X @ no_pi[:2] - no_pi[2]) ** 2)
    np.testing.assert_allclose(errors, [0.575029, 0.526610], atol=1e-6)


class LinearHead(nn.Module):
    """Linear in the representation and the side information."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, hidden: Tensor, side: Tensor) -> Tensor:
        return self.linear(torch.cat([hidden, side], dim=1))


def test_gradient_descent_reaches_the_closed_form() -> None:
    torch.manual_seed(0)
    network = TwoHeadedRegression(nn.Linear(2, 1, bias=False), nn.Linear(1, 1), LinearHead()).double()
    x, side, y = (torch.from_numpy(np.reshape(values, (8, -1))) for values in (X, A, Y))
    steps = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9)
    for _ in range(400):
        steps.zero_grad()
        sum(network.losses(x, side, y)).backward()
        steps.step()
    w, slope, intercept = closed_form()
    with torch.no_grad():
        found = network.marginal_head(network.body(torch.from_numpy(np.vstack([X, NEW]))))
    np.testing.assert_allclose(found[:, 0], np.vstack([X, NEW]) @ w * slope + intercept, atol=1e-4)
    assert float(found[-1]) == pytest.approx(1.458778, abs=1e-4)
