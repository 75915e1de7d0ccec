"""Bad inputs of layers, layouts and geometries: each says what was got and what is allowed."""

import pytest
import torch

from methods.structured_tickets.inference.block_conv import BlockConv2d
from methods.structured_tickets.inference.block_linear import BlockLinear
from methods.structured_tickets.inference.dense import DenseConv2d
from methods.structured_tickets.inference.dispatch import compile_layer
from methods.structured_tickets.inference.geometry import ConvGeometry
from methods.structured_tickets.inference.layout import convert, from_batch_innermost, to_batch_innermost
from methods.structured_tickets.inference.workers import share_out

SHAPES = ((4, 3, 3, 3), (2, 3, 5, 5))


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        (SHAPES, {"groups": 3}, "groups must be 1, got 3"),
        (
            ((4, 3, 3), SHAPES[1]),
            {},
            r"weight must have the shape \(c_out, c_in, kh, kw\), all >= 1, got \(4, 3, 3\)",
        ),
        (((0, 3, 3, 3), SHAPES[1]), {}, r"all >= 1, got \(0, 3, 3, 3\)"),
        ((SHAPES[0], (3, 5, 5)), {}, r"input_shape must be \(N, c_in, H, W\), all >= 0, got \(3, 5, 5\)"),
        ((SHAPES[0], (2, 4, 5, 5)), {}, r"weight has 3 input channels, input_shape \(2, 4, 5, 5\) has 4"),
        (SHAPES, {"stride": 0}, "stride must be one or two integers >= 1, got 0"),
        (SHAPES, {"padding": -1}, "padding must be one or two integers >= 0, got -1"),
        (SHAPES, {"padding": "same"}, "padding must be one or two integers >= 0, got 'same'"),
        (SHAPES, {"dilation": (1, 2, 3)}, r"dilation must be one or two integers >= 1, got \(1, 2, 3\)"),
        (
            SHAPES,
            {"dilation": 3},
            r"kernel \(3, 3\) with dilation \(3, 3\) must fit the padded image, got 5 x 5 with",
        ),
    ],
)
def test_geometry(shapes, options, message):
    with pytest.raises(ValueError, match=message):
        ConvGeometry.of(*shapes, **options)


def test_grouped_layer():
    with pytest.raises(ValueError, match="groups must be 1, got 2"):
        compile_layer(torch.randn(4, 2, 3, 3), None, (1, 4, 5, 5), groups=2)


@pytest.mark.parametrize(
    ("weight", "bias", "message"),
    [
        (
            torch.randn(4, 3, 3),
            None,
            r"weight must be a float32 tensor of 4 dimensions, got \(4, 3, 3\) torch.float32",
        ),
        (torch.randn(4, 3, 3, 3).double(), None, "weight must be a float32 tensor of 4 dimensions, got .*float64"),
        ([[1.0]], None, "weight must be a float32 tensor of 4 dimensions, got 'list'"),
        (torch.randn(5, 3, 3, 3), None, r"geometry's shape \(4, 3, 3, 3\), got \(5, 3, 3, 3\)"),
        (torch.randn(4, 3, 3, 3), torch.randn(3), "bias must have one value per output channel, 4, got 3"),
        (torch.randn(4, 3, 3, 3), torch.zeros(4, dtype=torch.int64), "bias must be a float32 tensor of 1 dim"),
        (torch.empty(4, 3, 3, 3, device="meta"), None, "weight must be on the CPU, got device meta"),
    ],
)
def test_weight_and_bias(weight, bias, message):
    with pytest.raises(ValueError, match=message):
        BlockConv2d(weight, None, ConvGeometry.of(*SHAPES), bias=bias)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.randn(2, 3, 5, 5), r"images must be contiguous of shape \(3, 5, 5, 16\) .* got \(2, 3, 5, 5\)"),
        (torch.randn(3, 5, 5, 16).half(), r"images must be a float32 tensor of 4 dimensions, got .* torch.float16"),
        (torch.randn(16, 5, 5, 3).permute(3, 1, 2, 0), r"images must be contiguous .* strides \(1, 15, 3, 75\)"),
    ],
)
def test_images(images, message):
    layer = BlockConv2d(torch.randn(SHAPES[0]), None, ConvGeometry.of(*SHAPES))
    with pytest.raises(ValueError, match=message):
        layer(images)


def test_output_and_threads():
    layer = BlockConv2d(torch.randn(SHAPES[0]), None, ConvGeometry.of(*SHAPES))
    with pytest.raises(ValueError, match=r"out must be contiguous of shape \(4, 3, 3, 16\)"):
        layer(torch.randn(3, 5, 5, 16), out=torch.empty(4, 3, 3, 2))
    with pytest.raises(ValueError, match="threads must be >= 1, got 0"):
        layer(torch.randn(3, 5, 5, 16), threads=0)


def test_linear():
    with pytest.raises(ValueError, match="weight must be a float32 tensor of 2 dimensions"):
        BlockLinear(torch.randn(2, 3, 1), None, 4)
    with pytest.raises(ValueError, match="items must be a float32 tensor of 2 dimensions"):
        BlockLinear(torch.randn(2, 3), None, 4)(torch.randn(3))
    with pytest.raises(ValueError, match=r"images must be contiguous of shape \(3, 1, 1, 16\)"):
        BlockLinear(torch.randn(2, 3), None, 4)(torch.randn(3, 4))


def test_layouts():
    with pytest.raises(ValueError, match="images must be a float32 tensor of 4 dimensions"):
        to_batch_innermost(torch.randn(2, 3))
    with pytest.raises(ValueError, match=r"batch must be in 0\.\.16, the lanes of images, got 17"):
        from_batch_innermost(torch.randn(1, 2, 2, 16), 17)
    with pytest.raises(ValueError, match="layout must be 'nchw' or 'nhwc', got 'chwn'"):
        DenseConv2d(torch.randn(SHAPES[0]), ConvGeometry.of(*SHAPES), "chwn")


@pytest.mark.parametrize("batch", [0, 1, 16, 21])
@pytest.mark.parametrize("source", ["nchw", "nhwc", "chwn"])
@pytest.mark.parametrize("target", ["nchw", "nhwc", "chwn"])
def test_layouts_convert_into_one_another(batch, source, target):
    images = torch.randn(batch, 3, 4, 5)
    there = convert(convert(images, "nchw", source, batch), source, target, batch)
    assert torch.equal(convert(there, target, "nchw", batch), images)
    if target == "chwn":
        assert there.is_contiguous()
        assert there.shape[3] % 16 == 0
        assert there[..., batch:].eq(0).all() or source == "chwn"
    if target == "nhwc":
        assert there.is_contiguous(memory_format=torch.channels_last)


def test_an_error_in_a_thread_is_raised():
    def fail(first, step):
        if first == 1:
            raise RuntimeError("in the second share")

    with pytest.raises(RuntimeError, match="in the second share"):
        share_out(fail, 2)
