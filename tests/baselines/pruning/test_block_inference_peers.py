"""The peers of block inference against torch, whole and in shares."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from baselines.pruning.block_inference import unfolded
from baselines.pruning.block_inference.convolution import channels_last, conv2d
from baselines.pruning.block_inference.scipy_csr import scipy_csr
from baselines.pruning.block_inference.torch_csr import csr_tensor, torch_csr
from baselines.pruning.block_inference.unfolded import gemm, share_of, unfold


def layer(batch=6, channels=4, side=5, kernel=3, padding=1):
    rng = np.random.default_rng(batch)
    weight = rng.standard_normal((7, channels, kernel, kernel), dtype=np.float32)
    weight[rng.random(weight.shape) < 0.7] = 0
    images = rng.standard_normal((batch, channels, side, side), dtype=np.float32)
    return {"images": images, "weight": weight, "blocks": [], "padding": padding}


def expected(data):
    return F.conv2d(torch.from_numpy(data["images"]), torch.from_numpy(data["weight"]), padding=data["padding"])


def network(batch=10):
    rng = np.random.default_rng(0)

    def stage(name, width, channels, blocks):
        weight = rng.standard_normal((width, channels, 3, 3), dtype=np.float32) / 4
        statistics = {
            key: rng.uniform(0.5, 1.5, width).astype(np.float32) for key in ("gamma", "beta", "mean", "var")
        }
        return {"name": name, "weight": weight, "blocks": blocks, "eps": 1e-5, **statistics}

    sparse = stage("conv2_1", 9, 6, [])
    sparse["weight"][:, ::2] = 0
    head = (rng.standard_normal((3, 9), dtype=np.float32), rng.standard_normal(3, dtype=np.float32))
    images = rng.standard_normal((batch, 3, 8, 8), dtype=np.float32)
    return {"images": images, "stages": [stage("conv1_1", 6, 3, None), "pool", sparse, "pool"], "head": head}


def logits(data):
    """Batch norm by torch, unfolded."""
    values = torch.from_numpy(data["images"])
    for stage in data["stages"]:
        if stage == "pool":
            values = F.max_pool2d(values, 2)
        else:
            weight, mean, var, gamma, beta = (
                torch.from_numpy(stage[key]) for key in ("weight", "mean", "var", "gamma", "beta")
            )
            values = F.batch_norm(
                F.conv2d(values, weight, padding=1), mean, var, gamma, beta, eps=stage["eps"]
            ).relu()
    return F.linear(values.mean((2, 3)), *map(torch.from_numpy, data["head"]))


@pytest.mark.parametrize("options", [{}, {"kernel": 1, "padding": 0}, {"batch": 1, "side": 1}, {"kernel": 5}])
def test_layers(options):
    data = layer(**options)
    images = expected(data)
    matrix = images.permute(1, 2, 3, 0).reshape(7, -1)
    for peer in (conv2d, channels_last):
        torch.testing.assert_close(peer(None, data, 1)(), images, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(gemm(None, data, 1)(), matrix, atol=1e-4, rtol=1e-4)
    for sparse in (torch_csr, scipy_csr):
        timed = sparse(None, data, 1)
        assert timed.share == 1.0
        np.testing.assert_allclose(np.asarray(timed.call()), matrix, atol=1e-4)


def test_large_sparse_products_are_a_share_of_the_positions(monkeypatch):
    data = layer(batch=64)
    nonzeros = np.count_nonzero(data["weight"])
    monkeypatch.setattr(unfolded, "SLOW", nonzeros * 500)
    matrix = expected(data).permute(1, 2, 3, 0).reshape(7, -1)
    for sparse in (torch_csr, scipy_csr):
        timed = sparse(None, data, 1)
        assert timed.share == 448 / 1600
        np.testing.assert_allclose(np.asarray(timed.call()), matrix[:, :448], atol=1e-4)


def test_shares():
    columns = torch.randn(3, 640)
    assert share_of(columns, 1)[1] == 1.0
    part, share = share_of(columns, 10**9)
    assert (part.shape, share) == ((3, 64), 0.1)
    assert torch.equal(part, columns[:, :64])


def test_networks():
    data = network()
    for peer in (conv2d, channels_last):
        torch.testing.assert_close(peer(None, data, 1)(), logits(data), atol=1e-4, rtol=1e-4)
    timed = torch_csr(None, data, 1)
    assert timed.share == 0.8
    torch.testing.assert_close(timed.call(), logits(data)[:8], atol=1e-4, rtol=1e-4)


def test_csr_indices_are_narrow_and_hold_nonzeros_only():
    matrix = torch.tensor([[0.0, 2.0, 0.0], [0.0, 0.0, 0.0], [3.0, 0.0, 4.0]])
    sparse = csr_tensor(matrix)
    assert sparse.crow_indices().dtype == sparse.col_indices().dtype == torch.int32
    assert sparse.crow_indices().tolist() == [0, 1, 1, 3]
    assert sparse.col_indices().tolist() == [1, 0, 2]
    assert torch.equal(sparse.to_dense(), matrix)


def test_channels_last_is_channels_last():
    data = layer(channels=8)
    assert channels_last(None, data, 1)().is_contiguous(memory_format=torch.channels_last)
    assert conv2d(None, data, 1)().is_contiguous()


def test_unfolded_input():
    images = torch.randn(3, 4, 6, 5)
    direct = F.unfold(images, (3, 2), padding=1)  # (N, n, positions)
    ours = unfold(images.permute(1, 2, 3, 0).contiguous(), (3, 2), 1)
    assert torch.equal(ours.reshape(direct.shape[1], -1, 3), direct.permute(1, 2, 0))
