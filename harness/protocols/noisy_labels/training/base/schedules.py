"""Schedules of the published methods, scaled to another number of epochs.

The publications train for 200 epochs. A moment of their schedule keeps its share of the training: the decay of
epoch 80 begins after 40 % of the epochs, and the 10 epochs of rising selection are 5 % of them, not rounded: 1.25
of 25 epochs.
"""

import math

import torch

PUBLISHED_EPOCHS = 200
GRADUAL_EPOCHS = 10
DECAY_EPOCH = 80
DECAYED_MOMENTUM = 0.1


def scaled(epoch: float, epochs: int) -> float:
    """Return the moment of a training of `epochs` that corresponds to a published epoch."""
    return epoch * epochs / PUBLISHED_EPOCHS


def forgotten_share(epoch: int, epochs: int, rate: float) -> float:
    """Return the share R of each batch that selection leaves out in an epoch, from 0.

    ``R(t) = r min(t / t_k, 1)`` with t_k the scaled 10 epochs: it rises linearly from 0 to the rate (Han et al.
    2018, Algorithm 1).
    """
    return rate * min(epoch / scaled(GRADUAL_EPOCHS, epochs), 1.0)


def kept_count(size: int, forgotten: float) -> int:
    """Return how many of `size` items selection keeps: ``floor((1 - R) size)``, one or more."""
    return max(1, math.floor((1 - forgotten) * size + 1e-9))


def decay_adam(optimiser: torch.optim.Optimizer, epoch: int, epochs: int, learning_rate: float) -> None:
    """Set the learning rate and the first moment's factor of an epoch, from 0.

    Both are constant until the scaled epoch 80. The rate then falls linearly, to 0 after the last epoch, and the
    factor is 0.1 instead of 0.9.
    """
    start = round(scaled(DECAY_EPOCH, epochs))
    if epoch < start:
        return
    for group in optimiser.param_groups:
        group["lr"] = learning_rate * (epochs - epoch) / (epochs - start)
        group["betas"] = (DECAYED_MOMENTUM, group["betas"][1])
