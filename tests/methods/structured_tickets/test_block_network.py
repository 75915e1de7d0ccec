"""Compiled networks against the torch module they come from."""

import numpy as np
import pytest
import torch
from torch import nn

from methods.structured_tickets.inference import network as network_module
from methods.structured_tickets.inference.layout import LAYOUTS, convert
from methods.structured_tickets.inference.network import compile_network
from methods.structured_tickets.inference.pooling import global_average_pooling, max_pooling
from methods.structured_tickets.inference.reference import forward
from methods.structured_tickets.inference.ticket_network import TINY, VGG16, network_arrays
from methods.structured_tickets.inference.timed import build


def small() -> nn.Sequential:
    torch.manual_seed(2)
    features = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Dropout(0.5),
        nn.Conv2d(8, 12, (3, 1), stride=(2, 1), dilation=(1, 2), bias=False), nn.ReLU(inplace=True), nn.Identity(),
        nn.Conv2d(12, 5, 1), nn.BatchNorm2d(5, affine=False), nn.MaxPool2d((2, 1)),
    )  # fmt: skip
    for module in features:
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    head = nn.Sequential(nn.Flatten(), nn.Linear(25, 9), nn.ReLU(), nn.Linear(9, 4))
    return nn.Sequential(features, head).eval()


def masked(module: nn.Sequential, name: str, blocks) -> nn.Sequential:
    weight = module.get_submodule(name).weight
    mask = torch.zeros(len(weight), weight[0].numel())
    for rows, columns in blocks:
        mask[np.ix_(rows, columns)] = 1
    weight.data *= mask.reshape(weight.shape)
    return module


BLOCKS = {
    "0.5": [(np.array([0, 3, 11]), np.arange(4, 20)), (np.array([3, 4]), np.arange(10))],
    "1.1": [(np.arange(1, 9), np.arange(0, 25, 2))],
}


@pytest.mark.parametrize("dispatch", [False, True])
def test_equals_the_module_with_masked_weights(dispatch):
    images = torch.randn(19, 3, 13, 11)
    compiled = compile_network(small(), (19, 3, 13, 11), BLOCKS, dispatch=dispatch)
    expected = small()
    for name, blocks in BLOCKS.items():
        masked(expected, name, blocks)
    with torch.no_grad():
        torch.testing.assert_close(compiled(images), expected(images), atol=1e-4, rtol=1e-4)
    assert compiled.output_shape == (19, 4)
    names = [step.name for step in compiled.steps]
    assert names == ["0.0", "0.3", "0.5", "0.8", "0.10", "1.1", "1.3"]
    assert all((step.seconds > 0) == dispatch for step in compiled.steps)


def test_the_module_is_left_as_it_was():
    module = small()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    compile_network(module, (2, 3, 13, 11), BLOCKS, dispatch=False)(torch.randn(2, 3, 13, 11))
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


@pytest.mark.parametrize("dispatch", [False, True])
def test_feature_maps_without_a_head(dispatch):
    module = nn.Sequential(nn.Conv2d(2, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1)).eval()
    images = torch.randn(4, 2, 6, 6)
    result = compile_network(module, (4, 2, 6, 6), dispatch=dispatch)(images)
    torch.testing.assert_close(result, module(images).detach(), atol=1e-5, rtol=1e-4)


def test_mixed_routes_change_layout_and_compute_the_same(monkeypatch):
    module, images = small(), torch.randn(3, 3, 13, 11)
    layouts = iter([*LAYOUTS, *LAYOUTS, *LAYOUTS])

    def prefer_the_next_layout(calls, rounds=2):
        layout = next(layouts)
        return {name: 0.0 if name.endswith(f" {layout}") else 1.0 for name in calls}

    monkeypatch.setattr(network_module, "least_seconds", prefer_the_next_layout)
    monkeypatch.setattr(network_module._Conversions, "__call__", lambda *arguments: 0.0)
    compiled = compile_network(module, (3, 3, 13, 11))
    assert [step.layout for step in compiled.steps] == [*LAYOUTS, *LAYOUTS, "nchw"]
    assert compiled.share_on_blocks == 2 / 5
    torch.testing.assert_close(compiled(images), module(images).detach(), atol=1e-4, rtol=1e-4)


def test_ticket_network_against_float64():
    data = network_arrays(TINY, seed=1, batch=7)
    expected = forward(data)
    images = torch.from_numpy(data["images"])
    with torch.no_grad():
        np.testing.assert_allclose(build(data)(images).numpy(), expected, atol=1e-4)
    np.testing.assert_allclose(forward(data, np.float32), expected, atol=1e-4)
    compiled = compile_network(build(data), (7, 3, 16, 16), dispatch=False)
    np.testing.assert_allclose(compiled(images).numpy(), expected, atol=1e-4)
    assert compiled.share_on_blocks == 1.0


def test_the_vgg16_ticket_has_the_published_sizes():
    layers = [layer for layer in VGG16.layers() if layer[0] != "pool"]
    assert len(layers) == 13
    assert sum(9 * c_in * width for _, c_in, width, _ in layers) == 14_710_464
    assert VGG16.kept_density == pytest.approx(0.208, abs=5e-4)
    tickets = {ticket.name: (ticket.c_in, ticket.rows, ticket.side) for ticket in VGG16.tickets}
    assert tickets == {name: (c_in, width, side) for name, c_in, width, side in layers if name in tickets}
    dense = sum(9 * c_in * width * side**2 for _, c_in, width, side in layers)
    assert dense == pytest.approx(0.314e9, rel=0.005)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("kernel", "stride"), [((2, 2), (2, 2)), ((3, 2), (1, 2)), ((1, 3), (3, 1))])
def test_pooling(layout, kernel, stride):
    images = torch.randn(5, 4, 7, 9)
    inner = convert(images, "nchw", layout, 5)
    pooled = convert(max_pooling(layout, kernel, stride)(inner), layout, "nchw", 5)
    assert torch.equal(pooled, nn.functional.max_pool2d(images, kernel, stride))
    average = convert(global_average_pooling(layout)(inner), layout, "nchw", 5)
    torch.testing.assert_close(average, images.mean((2, 3), keepdim=True))


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ([nn.Conv2d(2, 2, 3, groups=2)], "groups of '0' must be 1, got 2"),
        ([nn.Conv2d(2, 2, 3, padding="same")], "padding of '0' must be a number of zeros, got 'same', zeros"),
        ([nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect")], r"got \(1, 1\), reflect"),
        ([nn.Sigmoid()], r"module '0', Sigmoid\(\), at the beginning has no compiled form; allowed: Conv2d"),
        ([nn.MaxPool2d(2), nn.ReLU()], r"module '1', ReLU\(\), after MaxPool2d.* has no compiled form"),
        ([nn.Conv2d(2, 3, 1), nn.ReLU(), nn.BatchNorm2d(3)], "module '2', BatchNorm2d.* has no compiled form"),
        ([nn.MaxPool2d(3, padding=1)], "module '0', MaxPool2d.* has no compiled form"),
        ([nn.MaxPool2d(3, ceil_mode=True)], "module '0', MaxPool2d.* has no compiled form"),
        ([nn.AdaptiveAvgPool2d(2)], "module '0', AdaptiveAvgPool2d.* has no compiled form"),
        ([nn.Linear(8, 2)], "linear layer '0' takes 8 inputs, got an image that is not flattened"),
        (
            [nn.Flatten(), nn.Linear(8, 2)],
            r"linear layer '1' takes 8 inputs, got a flattened image of \(1, 2, 6, 6\)",
        ),
        ([nn.Flatten(), nn.Conv2d(2, 2, 1)], "convolution '1' must come before Flatten"),
        ([nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3, track_running_stats=False)], "batch norm '1' must track running"),
        ([nn.Dropout()], "module must have a convolution, a linear layer or a pooling, got none"),
    ],
)
def test_modules_without_a_compiled_form(modules, message):
    with pytest.raises(ValueError, match=message):
        compile_network(nn.Sequential(*modules).eval(), (1, 2, 6, 6), dispatch=False)


def test_bad_calls():
    with pytest.raises(ValueError, match="module must be in evaluation mode, got training mode"):
        compile_network(small().train(), (1, 3, 13, 11))
    with pytest.raises(ValueError, match=r"blocks must be for layers of the module, 0\.0, 0\.5, .*; got conv9"):
        compile_network(small(), (1, 3, 13, 11), {"conv9": []}, dispatch=False)
    compiled = compile_network(small(), (1, 3, 13, 11), dispatch=False)
    with pytest.raises(ValueError, match=r"images must have the compiled shape \(1, 3, 13, 11\), got \(2, 3"):
        compiled(torch.randn(2, 3, 13, 11))
    with pytest.raises(ValueError, match="images must be a float32 tensor of 4 dimensions"):
        compiled(torch.randn(1, 3, 13, 11).double())
