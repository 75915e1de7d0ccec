"""Block convolutions and linear layers against torch's and against float64, for every geometry and odd size."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from methods.structured_tickets.inference import block_conv
from methods.structured_tickets.inference.block_conv import BlockConv2d
from methods.structured_tickets.inference.block_linear import BlockLinear
from methods.structured_tickets.inference.geometry import ConvGeometry
from methods.structured_tickets.inference.layout import from_batch_innermost, to_batch_innermost
from methods.structured_tickets.inference.reference import block_products, convolve
from methods.structured_tickets.inference.unfold import unfold
from methods.structured_tickets.tickets import VGG16_TICKET, generate_blocks

RNG = np.random.default_rng(5)


def random_blocks(rng, rows, columns, count):
    """Blocks that may overlap and leave rows out."""
    return [
        (
            rng.permutation(rows)[: rng.integers(1, rows + 1)],
            rng.permutation(columns)[: rng.integers(1, columns + 1)],
        )
        for _ in range(count)
    ]


def torch_result(layer, weight, images, bias=None, relu=False):
    sizes = layer.geometry
    masked = weight * torch.from_numpy(layer.mask).reshape(weight.shape)
    result = F.conv2d(images, masked, bias, sizes.stride, sizes.padding, sizes.dilation)
    return result.relu() if relu else result


def run(layer, images, **options):
    return from_batch_innermost(layer(to_batch_innermost(images), **options), len(images))


@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (5, 2), (2, 7)])
@pytest.mark.parametrize("stride", [1, 2, (3, 1)])
@pytest.mark.parametrize("padding", [0, 1, (2, 5)])
@pytest.mark.parametrize("dilation", [1, 2, (1, 3)])
def test_equals_conv2d_with_the_masked_weight(kernel, stride, padding, dilation):
    rng = np.random.default_rng(sum(kernel))
    weight, images, bias = torch.randn(13, 5, *kernel), torch.randn(7, 5, 11, 19), torch.randn(13)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    geometry = ConvGeometry.of(weight.shape, images.shape, **options)
    layer = BlockConv2d(weight, random_blocks(rng, 13, 5 * kernel[0] * kernel[1], 3), geometry, bias=bias)
    torch.testing.assert_close(run(layer, images), torch_result(layer, weight, images, bias), atol=1e-4, rtol=1e-4)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 40), channels=st.integers(1, 6), side=st.integers(1, 9), batch=st.integers(0, 83),
    kernel=st.integers(1, 4), stride=st.integers(1, 3), padding=st.integers(0, 5), dilation=st.integers(1, 3),
    count=st.integers(0, 4), relu=st.booleans(), seed=st.integers(0, 999),
)  # fmt: skip
def test_any_geometry(rows, channels, side, batch, kernel, stride, padding, dilation, count, relu, seed):
    if side + 2 * padding < dilation * (kernel - 1) + 1:
        padding = dilation * kernel
    rng = np.random.default_rng(seed)
    weight = torch.from_numpy(rng.standard_normal((rows, channels, kernel, kernel), dtype=np.float32))
    images = torch.from_numpy(rng.standard_normal((batch, channels, side, side), dtype=np.float32))
    bias = torch.from_numpy(rng.standard_normal(rows, dtype=np.float32))
    geometry = ConvGeometry.of(weight.shape, images.shape, stride=stride, padding=padding, dilation=dilation)
    layer = BlockConv2d(weight, random_blocks(rng, rows, geometry.columns, count), geometry, bias=bias, relu=relu)
    expected = torch_result(layer, weight, images, bias, relu)
    torch.testing.assert_close(run(layer, images), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("ticket", [VGG16_TICKET[i] for i in (4, 6, 8)], ids=lambda ticket: ticket.name)
def test_ticket_layers_by_another_route(ticket):
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((ticket.rows, ticket.c_in, 3, 3), dtype=np.float32) / 30
    images = rng.standard_normal((16, ticket.c_in, ticket.side, ticket.side), dtype=np.float32)
    geometry = ConvGeometry.of(weight.shape, images.shape, padding=1)
    layer = BlockConv2d(torch.from_numpy(weight), generate_blocks(ticket, 3), geometry)
    expected = convolve(images, weight * layer.mask.reshape(weight.shape), padding=1)
    np.testing.assert_allclose(run(layer, torch.from_numpy(images)).numpy(), expected, atol=1e-4)
    assert layer.mask.sum() == ticket.area


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 127, 128, 129, 257])
def test_every_height_of_strip_and_rows_split_between_blocks(rows):
    weight, images = torch.randn(rows, 3, 3, 3), torch.randn(3, 3, 4, 4)
    layer = BlockConv2d(weight, None, ConvGeometry.of(weight.shape, images.shape, padding=1))
    torch.testing.assert_close(run(layer, images), F.conv2d(images, weight, padding=1), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("channels", [383, 384, 385, 769])
def test_columns_beyond_one_panel(channels):
    weight, images = torch.randn(7, channels, 1, 1) / 20, torch.randn(65, channels, 2, 1)
    layer = BlockConv2d(weight, None, ConvGeometry.of(weight.shape, images.shape))
    torch.testing.assert_close(run(layer, images), F.conv2d(images, weight), atol=1e-4, rtol=1e-4)


def test_an_entry_in_two_blocks_counts_once():
    weight, images = torch.ones(2, 3, 1, 1), torch.ones(1, 3, 1, 1)
    blocks = [([0, 1], [0, 1]), ([1], [1, 2]), ([0, 1], [0, 1])]
    layer = BlockConv2d(weight, blocks, ConvGeometry.of(weight.shape, images.shape))
    assert run(layer, images).flatten().tolist() == [2.0, 3.0]


def test_rows_in_no_block_give_the_bias():
    weight, images, bias = torch.randn(4, 2, 1, 1), torch.randn(3, 2, 2, 2), torch.tensor([1.0, -2.0, 3.0, -4.0])
    geometry = ConvGeometry.of(weight.shape, images.shape)
    assert run(BlockConv2d(weight, [([1], [0])], geometry), images)[:, [0, 2, 3]].eq(0).all()
    result = run(BlockConv2d(weight, [([1], [0])], geometry, bias=bias, relu=True), images)
    for row, value in ((0, 1.0), (2, 3.0), (3, 0.0)):
        assert result[:, row].eq(value).all()
    assert run(BlockConv2d(weight, [], geometry, bias=bias), images)[0, :, 0, 0].tolist() == bias.tolist()


def test_zeros_denormals_and_huge_values():
    weight = torch.randn(6, 4, 3, 3)
    geometry = ConvGeometry.of(weight.shape, (5, 4, 4, 4), padding=1)
    layer = BlockConv2d(weight, [([0, 2, 5], range(7, 30))], geometry)
    assert run(layer, torch.zeros(5, 4, 4, 4)).eq(0).all()
    for scale in (1e-40, 1e30):
        images = torch.randn(5, 4, 4, 4) * scale
        expected = torch_result(layer, weight, images)
        torch.testing.assert_close(run(layer, images), expected, rtol=1e-4, atol=1e-5 * scale + 1e-44)


@pytest.mark.parametrize("relu", [False, True])
def test_nan_and_infinity_spread_through_kept_weights_only(relu):
    weight = torch.ones(2, 2, 1, 1)
    geometry = ConvGeometry.of(weight.shape, (3, 2, 1, 1))
    layer = BlockConv2d(weight, [([0], [0]), ([1], [1])], geometry, relu=relu)
    images = torch.tensor([[np.nan, 2.0], [np.inf, 3.0], [-np.inf, 4.0]])[:, :, None, None]
    first, second = run(layer, images)[:, :, 0, 0].T
    assert first[0].isnan()
    assert first[1] == np.inf
    assert first[2] == (0.0 if relu else -np.inf)
    assert second.tolist() == [2.0, 3.0, 4.0]


def test_the_result_does_not_depend_on_threads(monkeypatch):
    monkeypatch.setattr(block_conv, "LEAST_WORK", 1)
    weight, images = torch.randn(37, 11, 3, 3), torch.randn(70, 11, 5, 5)
    geometry = ConvGeometry.of(weight.shape, images.shape, padding=1)
    layer = BlockConv2d(weight, random_blocks(np.random.default_rng(1), 37, 99, 3), geometry)
    inner = to_batch_innermost(images)
    alone = layer(inner, threads=1)
    for threads in (2, 3, 5, 64):
        assert torch.equal(layer(inner, threads=threads), alone)
    before = torch.get_num_threads()
    layer(inner)
    assert torch.get_num_threads() == before


def test_little_work_gets_one_thread(monkeypatch):
    given = []
    monkeypatch.setattr(block_conv, "share_out", lambda tasks, threads: given.append(threads))
    for side in (1, 64):
        geometry = ConvGeometry.of((16, 16, 1, 1), (64, 16, side, side))
        layer = BlockConv2d(torch.randn(16, 16, 1, 1), None, geometry)
        layer(torch.randn(16, side, side, 64), threads=3)
    assert given == [1, 3]


def test_writes_to_a_given_output():
    weight, images = torch.randn(5, 3, 3, 3), torch.randn(16, 3, 6, 6)
    layer = BlockConv2d(weight, [([4, 1], range(9, 27))], ConvGeometry.of(weight.shape, images.shape))
    out = torch.full((5, 4, 4, 16), float("nan"))
    assert layer(to_batch_innermost(images), out=out) is out
    assert torch.equal(out, layer(to_batch_innermost(images)))


def test_weights_with_gradients_and_any_strides():
    weight = torch.randn(3, 3, 4, 8).permute(3, 2, 0, 1).requires_grad_()
    images = torch.randn(2, 6, 5, 4).permute(0, 3, 2, 1)
    layer = BlockConv2d(weight, None, ConvGeometry.of(weight.shape, images.shape))
    torch.testing.assert_close(run(layer, images), F.conv2d(images, weight).detach(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("batch", [0, 1, 15, 16, 17, 100])
def test_linear_layer(batch):
    weight, items, bias = torch.randn(9, 20), torch.randn(batch, 20), torch.randn(9)
    layer = BlockLinear(weight, [([0, 3, 8], range(5, 20)), ([3, 4], range(8))], batch, bias=bias, relu=True)
    mask = torch.zeros(9, 20)
    mask[[[0], [3], [8]], list(range(5, 20))] = 1
    mask[[[3], [4]], list(range(8))] = 1
    inner = torch.zeros(20, -(-batch // 16) * 16)
    inner[:, :batch] = items.T
    expected = F.linear(items, weight * mask, bias).relu()
    torch.testing.assert_close(layer(inner)[:, :batch].T, expected, atol=1e-4, rtol=1e-4)


def test_unfolded_input_and_the_definition():
    weight, images = RNG.standard_normal((6, 4, 3, 2)).astype(np.float32), torch.randn(16, 4, 7, 6)
    geometry = ConvGeometry.of(weight.shape, images.shape, stride=(2, 1), padding=(1, 2), dilation=(1, 2))
    columns = unfold(to_batch_innermost(images), geometry).numpy()
    blocks = [(np.array([0, 5]), np.array([0, 3, 8, 23])), (np.array([2, 3]), np.arange(24))]
    layer = BlockConv2d(torch.from_numpy(weight), blocks, geometry)
    product = block_products(weight.reshape(6, -1), blocks, columns).reshape(6, *geometry.output, 16)
    expected = torch_result(layer, torch.from_numpy(weight), images)
    np.testing.assert_allclose(product.transpose(3, 0, 1, 2), expected, atol=1e-4)
    direct = F.unfold(images, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2))
    np.testing.assert_array_equal(columns.reshape(24, -1, 16), direct.permute(1, 2, 0))


def test_positions_where_a_tap_reads_inside():
    geometry = ConvGeometry.of((1, 1, 3, 3), (1, 1, 2, 2), padding=1)
    assert geometry.tap_positions().tolist() == [1, 2, 1, 2, 4, 2, 1, 2, 1]
    wide = ConvGeometry.of((1, 1, 3, 2), (1, 1, 7, 9), stride=(2, 3), padding=(4, 0), dilation=(3, 2))
    ones = F.unfold(torch.ones(1, 1, 7, 9), (3, 2), stride=(2, 3), padding=(4, 0), dilation=(3, 2))
    assert wide.tap_positions().tolist() == ones.sum(2).int().flatten().tolist()
