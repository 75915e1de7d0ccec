"""Our dropout: its distribution, gradient and random stream."""

import pytest
import torch

from harness.protocols.graphs.training.dropout import dropout


@pytest.mark.parametrize("probability", [0.1, 0.5, 0.92])
def test_kept_share_values_and_gradient(probability):
    torch.manual_seed(0)
    x = torch.ones(400, 500, requires_grad=True)
    out = dropout(x, probability, training=True)
    kept = out > 0
    # 200,000 draws: five standard deviations of the share are below 0.006.
    assert float(kept.float().mean()) == pytest.approx(1 - probability, abs=0.006)
    torch.testing.assert_close(out[kept], torch.full_like(out[kept], 1 / (1 - probability)))
    out.sum().backward()
    torch.testing.assert_close(x.grad, out.detach())


def test_nothing_happens_outside_training_or_without_probability():
    x = torch.ones(3)
    assert dropout(x, 0.5, training=False) is x
    assert dropout(x, 0.0, training=True) is x


def test_masks_follow_the_global_generator():
    x = torch.ones(100)
    masks = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        masks.append(dropout(x, 0.5, training=True))
    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])
