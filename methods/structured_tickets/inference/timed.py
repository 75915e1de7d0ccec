"""Timed layers and networks on the arrays of a case; preparation is outside the returned calls."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from harness.kernels.contract import KernelCase
from methods.structured_tickets.inference.block_conv import BlockConv2d
from methods.structured_tickets.inference.dispatch import compile_layer
from methods.structured_tickets.inference.geometry import ConvGeometry
from methods.structured_tickets.inference.layout import Layout, convert, to_batch_innermost
from methods.structured_tickets.inference.network import CompiledNetwork, compile_network
from methods.structured_tickets.inference.reference import block_products
from methods.structured_tickets.inference.unfold import unfold

Data = dict[str, Any]


class Routed(NamedTuple):
    """Output with its layout and path.

    Attributes:
        values: a layer's output in `layout`, or a network's logits.
        layout: of the values.
        on_blocks: share of layers on the block path.
    """

    values: Tensor
    layout: Layout
    on_blocks: float


def blocks(case: KernelCase, data: Data, threads: int) -> Callable[[], Tensor]:
    """A layer by blocks, batch-innermost to batch-innermost; a network by blocks throughout, NCHW to logits."""
    if "stages" in data:
        return _forward(_compile(data, dispatch=False), data)
    layer, images = _block_layer(data)
    return lambda: layer(images)


def dispatch(case: KernelCase, data: Data, threads: int) -> Callable[[], Routed]:
    """The fastest path of a layer, in its own layout; for a network, the fastest route, NCHW to logits."""
    if "stages" in data:
        network = _compile(data, dispatch=True)
        forward = _forward(network, data)
        return lambda: Routed(forward(), "nchw", network.share_on_blocks)
    images = torch.from_numpy(data["images"])
    compiled = compile_layer(
        torch.from_numpy(data["weight"]), data["blocks"], images.shape, padding=data["padding"]
    )
    on_blocks = float(compiled.path == "blocks")
    images = convert(images, "nchw", compiled.layout, len(images))
    return torch.inference_mode()(lambda: Routed(compiled(images), compiled.layout, on_blocks))


def plain(case: KernelCase, data: Data, threads: int) -> Callable[[], Any]:
    """The definition: per block, gather rows of an unfolded input (made beforehand) and multiply, in numpy."""
    layer, images = _block_layer(data)
    rows = unfold(images, layer.geometry).reshape(layer.geometry.columns, -1, images.shape[3])
    unfolded = rows[..., : layer.geometry.batch].reshape(len(rows), -1).numpy()
    weight = data["weight"].reshape(layer.geometry.rows, -1)
    return lambda: block_products(weight, data["blocks"], unfolded)


def build(data: Data) -> nn.Sequential:
    """Return a generated network as a torch module in evaluation mode."""
    modules: dict[str, nn.Module] = {}
    for number, stage in enumerate(data["stages"]):
        if stage == "pool":
            modules[f"pool{number}"] = nn.MaxPool2d(2)
            continue
        width, channels = stage["weight"].shape[:2]
        convolution = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        norm = nn.BatchNorm2d(width, eps=stage["eps"])
        convolution.load_state_dict({"weight": torch.from_numpy(stage["weight"])})
        statistics = {"weight": "gamma", "bias": "beta", "running_mean": "mean", "running_var": "var"}
        norm.load_state_dict({key: torch.from_numpy(stage[name]) for key, name in statistics.items()}, strict=False)
        modules |= {stage["name"]: convolution, f"{stage['name']}_norm": norm, f"{stage['name']}_relu": nn.ReLU()}
    weight, bias = map(torch.from_numpy, data["head"])
    head = nn.Linear(weight.shape[1], weight.shape[0])
    head.load_state_dict({"weight": weight, "bias": bias})
    modules |= {"average": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten(), "head": head}
    network = nn.Sequential()
    for name, module in modules.items():
        network.add_module(name, module)
    return network.eval()


def _block_layer(data: Data) -> tuple[BlockConv2d, Tensor]:
    images = torch.from_numpy(data["images"])
    weight = torch.from_numpy(data["weight"])
    geometry = ConvGeometry.of(weight.shape, images.shape, padding=data["padding"])
    return BlockConv2d(weight, data["blocks"], geometry), to_batch_innermost(images)


def _compile(data: Data, *, dispatch: bool) -> CompiledNetwork:
    kept = {
        stage["name"]: stage["blocks"]
        for stage in data["stages"]
        if stage != "pool" and stage["blocks"] is not None
    }
    return compile_network(build(data), tuple(data["images"].shape), kept, dispatch=dispatch)


def _forward(network: CompiledNetwork, data: Data) -> Callable[[], Tensor]:
    images = torch.from_numpy(data["images"])
    return lambda: network(images)
