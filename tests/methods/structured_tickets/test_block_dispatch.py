"""The choice of a way: for a layer by its seconds, for a network by a shortest path."""

import itertools
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from methods.structured_tickets.inference import dispatch
from methods.structured_tickets.inference.csr import CsrConv2d
from methods.structured_tickets.inference.dispatch import compile_layer, layer_ways, least_seconds
from methods.structured_tickets.inference.geometry import ConvGeometry
from methods.structured_tickets.inference.layout import LAYOUTS, convert
from methods.structured_tickets.inference.plan import Step, fastest_route

BLOCKS = [([0, 2, 5], range(9, 20)), ([1, 2], [0, 1, 26])]
SHAPE = (5, 3, 8, 7)


def images_and_weight():
    generator = torch.Generator().manual_seed(3)
    return torch.randn(SHAPE, generator=generator), torch.randn(6, 3, 3, 3, generator=generator)


def expected(images, weight, bias=None, stride=1):
    mask = torch.zeros(6, 27)
    for rows, columns in BLOCKS:
        mask[np.ix_(list(rows), list(columns))] = 1
    return F.conv2d(images, weight * mask.reshape(weight.shape), bias, stride, padding=1)


def test_every_way_computes_the_same():
    images, weight = images_and_weight()
    bias = torch.randn(6)
    geometry = ConvGeometry.of(weight.shape, SHAPE, padding=1, stride=2)
    ways = layer_ways(weight, BLOCKS, geometry, bias, relu=True)
    assert set(ways) == {"blocks", "csr", "dense", "dense-channels-last"}
    for layer in ways.values():
        with torch.inference_mode():
            output = layer(convert(images, "nchw", layer.layout, 5))
        result = convert(output, layer.layout, "nchw", 5)
        torch.testing.assert_close(result, expected(images, weight, bias, 2).relu(), atol=1e-4, rtol=1e-4)


def test_csr_has_narrow_indices_and_is_offered_below_half_density_only():
    _, weight = images_and_weight()
    geometry = ConvGeometry.of(weight.shape, SHAPE)
    layer = layer_ways(weight, BLOCKS, geometry, None, relu=False)["csr"]
    assert isinstance(layer, CsrConv2d)
    assert layer.weight.crow_indices().dtype == layer.weight.col_indices().dtype == torch.int32
    assert layer.weight.values().numel() == 3 * 11 + 2 * 3
    assert "csr" not in layer_ways(weight, None, geometry, None, relu=False)


def test_dispatch_keeps_the_fastest(monkeypatch):
    images, weight = images_and_weight()
    for fastest in ("blocks", "csr", "dense", "dense-channels-last"):
        seconds = {"blocks": 3.0, "csr": 3.0, "dense": 3.0, "dense-channels-last": 3.0} | {fastest: 1.0}
        monkeypatch.setattr(dispatch, "time_layers", lambda ways, seconds=seconds: seconds)
        layer = compile_layer(weight, BLOCKS, SHAPE, padding=1)
        assert (layer.path, layer.seconds) == (fastest, seconds)
        result = layer(convert(images, "nchw", layer.layout, 5))
        torch.testing.assert_close(
            convert(result, layer.layout, "nchw", 5), expected(images, weight), atol=1e-4, rtol=1e-4
        )


def test_dispatch_times_all_ways_on_the_real_shape():
    _, weight = images_and_weight()
    layer = compile_layer(weight, BLOCKS, SHAPE, padding=1)
    assert set(layer.seconds) == {"blocks", "csr", "dense", "dense-channels-last"}
    assert all(seconds > 0 for seconds in layer.seconds.values())
    assert layer.seconds[layer.path] == min(layer.seconds.values())
    assert layer.layer.geometry == ConvGeometry.of(weight.shape, SHAPE, padding=1)


def test_without_dispatch_blocks_are_taken_untimed():
    images, weight = images_and_weight()
    layer = compile_layer(weight, BLOCKS, SHAPE, padding=1, dispatch=False)
    assert (layer.path, layer.layout, layer.seconds) == ("blocks", "chwn", {})
    result = convert(layer(convert(images, "nchw", "chwn", 5)), "chwn", "nchw", 5)
    torch.testing.assert_close(result, expected(images, weight), atol=1e-4, rtol=1e-4)


def test_slow_hopeless_calls_are_made_once(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    made = []

    def call(name, seconds):
        times = iter(seconds)

        def run():
            made.append(name)
            now[0] += next(times)

        return run

    calls = {"a": call("a", [4.0, 2.0, 3.0]), "b": call("b", [9.0]), "c": call("c", [7.0, 6.0, 1.0])}
    assert least_seconds(calls, rounds=2) == {"a": 2.0, "b": 9.0, "c": 1.0}
    assert made == ["a", "b", "c", "a", "c", "a", "c"]


def test_a_quick_call_gets_another_chance_after_a_first_one_that_prepares(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    times = {"prepares": iter([0.09, 0.001, 0.001]), "steady": iter([0.002] * 3)}

    def call(name):
        now[0] += next(times[name])

    seconds = least_seconds({name: partial(call, name) for name in times}, rounds=2)
    assert seconds == pytest.approx({"prepares": 0.001, "steady": 0.002})


def test_the_first_call_of_a_layer_does_not_compile():
    code = (
        "import time, torch; from methods.structured_tickets.inference.dispatch import compile_layer\n"
        "from methods.structured_tickets.inference.product import block_product\n"
        "layer = compile_layer(torch.randn(4, 4, 1, 1), None, (1, 4, 2, 2), dispatch=False)\n"
        "before = len(block_product.signatures); layer(torch.randn(4, 2, 2, 16))\n"
        "print(before, len(block_product.signatures))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.split() == ["1", "1"]


@pytest.mark.parametrize("seed", range(8))
def test_the_route_is_the_cheapest_of_all(seed):
    rng = np.random.default_rng(seed)
    costs = rng.random((5, 3, 3))
    stages = [
        [
            Step(f"s{number}", path, layout, torch.relu, float(rng.random() * 2))
            for layout in LAYOUTS
            for path in ("x", "y")
            if rng.random() < 0.7
        ]
        or [Step(f"s{number}", "x", "nhwc", torch.relu, 1.0)]
        for number in range(4)
    ]

    def conversion(stage, source, target):
        return 0.0 if source == target else float(costs[stage][LAYOUTS.index(source)][LAYOUTS.index(target)])

    def total(steps):
        layouts = ["nchw", *(step.layout for step in steps), "nchw"]
        moves = sum(conversion(i, a, b) for i, (a, b) in enumerate(itertools.pairwise(layouts)))
        return moves + sum(step.seconds for step in steps)

    route = fastest_route(stages, conversion, "nchw", "nchw")
    assert total(route) == pytest.approx(min(map(total, itertools.product(*stages))))


def test_a_stage_without_a_way():
    with pytest.raises(ValueError, match="every stage must have a way to compute it, got none for stage 1"):
        fastest_route([[Step("a", "pool", "nchw", torch.relu)], []], lambda *_: 0.0, "nchw", "nchw")
