"""Declaration of the kernel: convolutions of a regrouped ticket, layer by layer and end to end.

Sizes are those of the VGG-16 ticket that Chen et al. (ICML 2022) publish with their code, at the feature maps of
CIFAR images and batch 64; the blocks' rows and columns are drawn at random.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.kernels.contract import Implementation, Kernel, KernelCase, KernelCost, Mismatch, Target, case
from harness.kernels.kept import kept
from methods.structured_tickets.inference.geometry import ConvGeometry
from methods.structured_tickets.inference.ticket_network import (
    TINY,
    VGG16,
    kept_mask,
    layer_arrays,
    network_arrays,
)
from methods.structured_tickets.tickets import BATCH

HERE = "methods.structured_tickets.inference.timed"
PEERS = "baselines.pruning.block_inference"
TOLERANCE = 1e-4  # of float32, relative to the output or to 1
NETWORKS = {"vgg16": VGG16, "tiny": TINY}
TICKETS = {t.name: t for t in VGG16.tickets} | {f"tiny-{t.name}": t for t in TINY.tickets}


def _layer(name: str, batch: int) -> KernelCase:
    ticket = TICKETS[name]
    work = ticket.area * batch * ticket.side**2
    return case(size=work, layer=name, kept=round(ticket.kept_density, 3), batch=batch)


def _network(name: str, batch: int) -> KernelCase:
    network = NETWORKS[name]
    work = network.multiply_adds * batch
    return case(size=work, layer=name, kept=round(network.kept_density, 3), batch=batch)


class BlockInference(Kernel):
    """y = conv2d(x, W) with W zero outside dense blocks."""

    name = "block-inference"
    title = "Inference with block-sparse convolutions"
    headline = "blocks"
    size_name = "multiply-adds of kept weights"
    quality_name = "on_blocks"
    implementations = (
        Implementation("blocks", f"{HERE}:blocks", "ours", "every layer by blocks"),
        Implementation(
            "dispatch", f"{HERE}:dispatch", "ours", "the fastest of blocks, CSR and dense, by measurement"
        ),
        Implementation("conv2d", f"{PEERS}.convolution:conv2d", "peer", "torch conv2d, NCHW"),
        Implementation("conv2d-nhwc", f"{PEERS}.convolution:channels_last", "peer", "torch conv2d, channels_last"),
        Implementation("gemm", f"{PEERS}.unfolded:gemm", "peer", "dense weight times unfolded input"),
        Implementation("torch-csr", f"{PEERS}.torch_csr:torch_csr", "peer", "torch sparse CSR"),
        Implementation(
            "scipy-csr", f"{PEERS}.scipy_csr:scipy_csr", "peer", "scipy sparse CSR", ("scipy",), threaded=False
        ),
        Implementation("plain", f"{HERE}:plain", "reference", "per block, gather and multiply in numpy"),
    )
    targets = (
        *(
            Target("layer=conv*", "ratio", csr, at_least=2.5, reason="blocks against CSR on every listed layer")
            for csr in ("torch-csr", "scipy-csr")
        ),
        Target("layer=conv4_2,*", "ratio", "conv2d", at_least=1.3, reason="about 20 % of the weights kept"),
        Target("layer=conv5_*", "ratio", "conv2d", at_least=5.0, reason="at most 9 % of the weights kept"),
        *(
            Target(cases, "ratio", dense, at_least=least, name="dispatch", reason=reason)
            for dense in ("conv2d", "conv2d-nhwc")
            for cases, least, reason in (
                ("layer=conv*", 0.97, "dispatch is never slower than dense"),
                ("layer=vgg16,*,batch=64", 1.3, "end to end, layout changes included"),
            )
        ),
    )
    notes = (
        "A layer is the convolution alone. blocks: batch-innermost input to batch-innermost output, as within a "
        "compiled network; dispatch: in the layout of its chosen way; conv2d: NCHW or channels_last to the same.",
        "gemm, plain and both CSR rows get the unfolded input, untimed: only the product is timed. Large CSR "
        "products are timed on a share of the positions, CSR networks on 8 images.",
        "vgg16 is the whole forward pass from NCHW images to logits with batch norm, ReLU, pooling and all changes "
        "of layout; batch norm is folded into the convolutions in every row.",
        "The limit counts no product with padding zeros: at 2 x 2 feature maps, five of nine taps are padding.",
        "on_blocks: the share of convolutions and linear layers computed by blocks.",
    )

    def cases(self, profile: str) -> Iterable[KernelCase]:
        if profile == "smoke":
            return [*(_layer(f"tiny-{ticket.name}", 20) for ticket in TINY.tickets), _network("tiny", 20)]
        standard = [*(_layer(ticket.name, BATCH) for ticket in VGG16.tickets), _network("vgg16", BATCH)]
        return standard if profile == "standard" else [*standard, *(_network("vgg16", n) for n in (1, 16, 256))]

    def data(self, case: KernelCase, seed: int) -> dict[str, Any]:
        if case["layer"] in NETWORKS:
            return network_arrays(NETWORKS[case["layer"]], seed, case["batch"])
        return layer_arrays(TICKETS[case["layer"]], seed, case["batch"])

    def scaled(self, case: KernelCase) -> bool:
        return case["layer"] == "conv4_2"

    def excluded(self, case: KernelCase, name: str) -> str | None:
        if case["layer"] in NETWORKS and name in ("gemm", "scipy-csr", "plain"):
            return "one product, not a network; torch-csr and conv2d are the networks"
        return None

    def reference(self, case: KernelCase, data: dict[str, Any]) -> NDArray:
        """Return a layer's output (c_out, h_out * w_out * N) in float64, or a network's logits in float32."""
        from methods.structured_tickets.inference.reference import convolve, forward

        if "stages" in data:
            logits = kept("block-inference logits", case, lambda: forward(data, np.float32).ravel().tolist())
            return np.array(logits, np.float32).reshape(case["batch"], -1)
        return _matrix(convolve(data["images"], data["weight"], data["padding"]), "nchw", case["batch"])

    def check(self, case: KernelCase, data: dict[str, Any], name: str, output: Any, expected: NDArray) -> None:
        values, layout = (output.values, output.layout) if name == "dispatch" else (output, LAYOUT_OF.get(name))
        got = np.asarray(values)
        if "stages" not in data and layout is not None:
            got = _matrix(got, layout, case["batch"])
        if name in IN_SHARES:
            expected = expected[: len(got)] if "stages" in data else expected[:, : got.shape[1]]
        if got.shape != expected.shape or not got.size:
            raise Mismatch(f"{name} gives the shape {got.shape}, expected {expected.shape}")
        error = np.abs(got - expected) / np.maximum(1, np.abs(expected))
        if not error.max() <= TOLERANCE:
            raise Mismatch(f"{name} is off by {error.max():.3g}, allowed {TOLERANCE:g} of the value or of 1")

    def cost(self, case: KernelCase, data: dict[str, Any]) -> KernelCost:
        """Return the kept weights' products with values inside the image; weights and activations moved once."""
        flops = traffic = 0.0
        for images, weight, mask in _convolutions(data):
            geometry = ConvGeometry.of(weight.shape, images, padding=1)
            per_tap = mask.sum(0).reshape(-1, geometry.taps).sum(0)
            flops += 2 * geometry.batch * float(per_tap @ geometry.tap_positions())
            traffic += 4 * float(mask.sum() + np.prod(images) + geometry.rows * geometry.positions)
        return KernelCost(flops, traffic, "float32")

    def quality(
        self, case: KernelCase, data: dict[str, Any], name: str, output: Any, expected: Any
    ) -> Mapping[str, float]:
        masks = [mask for _, _, mask in _convolutions(data)]
        kept = sum(float(mask.sum()) for mask in masks) / sum(mask.size for mask in masks)
        on_blocks = {"blocks": 1.0, "dispatch": getattr(output, "on_blocks", 0.0)}
        return {"kept": kept} | ({"on_blocks": on_blocks[name]} if name in on_blocks else {})


IN_SHARES = ("torch-csr", "scipy-csr")  # of the positions of a layer, of the images of a network
LAYOUT_OF = {"blocks": "chwn", "conv2d": "nchw", "conv2d-nhwc": "nchw"}


def _matrix(values: NDArray, layout: str, batch: int) -> NDArray:
    """Return a layer's output as (c_out, positions), positions in the order (y, x, image)."""
    images_last = values[..., :batch] if layout == "chwn" else values.transpose(1, 2, 3, 0)
    return images_last.reshape(len(images_last), -1)


def _convolutions(data: dict[str, Any]) -> Iterable[tuple[tuple[int, int, int, int], NDArray, NDArray[np.bool_]]]:
    """Yield the input shape, weight and mask of a layer or of each convolution of a network."""
    batch, channels, height, width = data["images"].shape
    for stage in data.get("stages", [data]):
        if stage == "pool":
            height, width = height // 2, width // 2
            continue
        weight = stage["weight"]
        yield (batch, channels, height, width), weight, kept_mask(weight, stage["blocks"])
        channels = len(weight)


KERNEL = BlockInference()
