"""A feed-forward convolutional network compiled for inference, layer by layer the fastest way."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import permutations

import torch
from torch import Tensor, nn

from methods.structured_tickets.inference.dispatch import least_seconds
from methods.structured_tickets.inference.layout import LAYOUTS, Layout, check_float32, convert
from methods.structured_tickets.inference.plan import Step, fastest_route
from methods.structured_tickets.inference.row_blocks import Blocks
from methods.structured_tickets.inference.sequential import read_stages
from methods.structured_tickets.inference.stages import InferenceStage, Shape


@dataclass(frozen=True)
class CompiledNetwork:
    """A network for one input shape.

    Attributes:
        input_shape: (N, C, H, W).
        output_shape: shape of a call's result, e.g. (N, classes).
        steps: one per stage, in order: its name, the way it is computed, its layout and its seconds.
    """

    input_shape: Shape
    output_shape: tuple[int, ...]
    steps: tuple[Step, ...]

    @property
    def share_on_blocks(self) -> float:
        """Share of convolutions and linear layers that are computed by blocks."""
        paths = [step.path for step in self.steps if step.path != "pool"]
        return paths.count("blocks") / max(1, len(paths))

    @torch.inference_mode()
    def __call__(self, images: Tensor) -> Tensor:
        """Return the network's output of images (N, C, H, W), float32, of any strides.

        Raises:
            ValueError: another shape than the one compiled for, or another dtype.
        """
        check_float32("images", images, 4)
        if tuple(images.shape) != self.input_shape:
            raise ValueError(f"images must have the compiled shape {self.input_shape}, got {tuple(images.shape)}")
        batch = self.input_shape[0]
        layout: Layout = "nchw"
        values = images.contiguous()
        for step in self.steps:
            values = step.run(convert(values, layout, step.layout, batch))
            layout = step.layout
        return convert(values, layout, "nchw", batch).reshape(self.output_shape)


def compile_network(
    module: nn.Module,
    input_shape: Shape,
    blocks: Mapping[str, Blocks] | None = None,
    *,
    dispatch: bool = True,
) -> CompiledNetwork:
    """Compile a sequential network: batch norms folded, ReLUs fused, every stage the fastest way.

    Args:
        module: (nested) ``nn.Sequential`` in evaluation mode of Conv2d, BatchNorm2d after a Conv2d, ReLU,
            MaxPool2d, AdaptiveAvgPool2d(1), Flatten, Linear, Dropout and Identity.
        input_shape: (N, C, H, W).
        blocks: names of convolutions or linear layers -> pairs (rows, columns) of their matrix view. Weights
            outside blocks are ignored; a layer without an entry is dense.
        dispatch: time each stage in each layout, and the conversions between layouts, with torch's current
            number of threads, and take the fastest route; False computes every layer by blocks,
            batch-innermost, untimed.

    Raises:
        ValueError: a module in training mode or of another kind, blocks for an unknown layer, wrong shapes.
    """
    stages, output_shape = read_stages(module, input_shape, blocks or {})
    if not dispatch:
        return CompiledNetwork(input_shape, output_shape, tuple(stage.blocks_only() for stage in stages))
    shapes = [stage.input_shape for stage in stages] + [stages[-1].output_shape]
    route = fastest_route([_timed(stage) for stage in stages], _Conversions(shapes), "nchw", "nchw")
    return CompiledNetwork(input_shape, output_shape, tuple(route))


def _timed(stage: InferenceStage) -> list[Step]:
    images = _images(stage.input_shape)
    ways = {f"{way.path} {way.layout}": way for way in stage.ways()}
    calls = {name: partial(way.run, convert(images, "nchw", way.layout, len(images))) for name, way in ways.items()}
    return [replace(ways[name], seconds=seconds) for name, seconds in least_seconds(calls).items()]


class _Conversions:
    """Seconds of each conversion between layouts, measured once for each shape."""

    def __init__(self, shapes: list[Shape]) -> None:
        self._shapes = shapes
        self._seconds: dict[Shape, dict[str, float]] = {}

    def __call__(self, stage: int, source: Layout, target: Layout) -> float:
        if source == target:
            return 0.0
        shape = self._shapes[stage]
        if shape not in self._seconds:
            self._seconds[shape] = self._measured(shape)
        return self._seconds[shape][f"{source} {target}"]

    @staticmethod
    def _measured(shape: Shape) -> dict[str, float]:
        images = _images(shape)
        inputs = {layout: convert(images, "nchw", layout, shape[0]) for layout in LAYOUTS}
        changes = {
            f"{source} {target}": partial(convert, inputs[source], source, target, shape[0])
            for source, target in permutations(LAYOUTS, 2)
        }
        return least_seconds(changes)


def _images(shape: Shape) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))
