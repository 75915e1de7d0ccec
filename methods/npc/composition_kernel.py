"""Kernel `npc-composition`: predictions of a trained network composed with NPC's matrices, image by image."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from harness.kernels.contract import Implementation, Kernel, KernelCase, KernelCost, Mismatch, Target, case

HERE = "methods.npc.composition_kernel"
CHECKED = 500  # images that the reference computes in float64
TOLERANCE = 1e-4
BATCH = 500
FEW, MANY = 10, 101  # classes, of MNIST and of Food-101
Data = Mapping[str, Any]


class CompositionKernel(Kernel):
    """n images and p(ŷ | x) (n, c) -> p(y | x) (n, c), with the network in evaluation mode."""

    name = "npc-composition"
    title = "Composition of a classifier with its calibration (NPC)"
    headline = "one pass"
    size_name = "images"
    implementations: ClassVar = (
        Implementation("one pass", f"{HERE}:one_pass", "ours", "features once, H by parts in cache"),
        Implementation("whole batch", f"{HERE}:whole_batch", "ours", "features once, H of a whole batch"),
        Implementation("c heads", f"{HERE}:repeated_head", "reference", "features once, the encoder c times"),
        Implementation("c passes", f"{HERE}:repeated_network", "reference", "the network c times"),
    )
    targets = (
        Target("*classes=10,*", "ratio", "c passes", at_least=5, reason="design: one pass of the network, not c"),
        Target("*classes=101,*", "ratio", "c passes", at_least=20, reason="design: one pass of the network, not c"),
        Target("*", "quality", quality="error", at_most=TOLERANCE, reason="largest difference from float64"),
    )
    notes = (
        "The network's body is trained on images with noisy labels; its last layer and the encoder are new, as "
        "when NPC starts.",
        "With 101 classes, as Food-101 has, the last layer of MNIST's network is one of 101 classes, and each "
        "probability is shared at random by about ten of them.",
        "Limit: one pass of the network, two operations for each entry of H; logarithms are not counted.",
    )

    def cases(self, profile: str) -> Iterable[KernelCase]:
        if profile == "smoke":
            yield _point("digits", FEW, 1200)
            return
        yield _point("mnist-6k", FEW, 6000)
        yield _point("mnist-6k", MANY, 2000)
        if profile == "paper":
            yield _point("mnist", FEW, 55_000)
            yield _point("mnist", MANY, 10_000)

    def data(self, case: KernelCase, seed: int) -> Data:
        from harness.protocols.images.arrays import ImageSet
        from methods.npc.real_networks import images_of, trained

        images, targets = images_of(case["images"])
        chosen = ImageSet(images[: case["n"]], int(targets.max()) + 1)
        probabilities = trained(case).outputs(chosen).probabilities
        if case["classes"] != chosen.num_classes:
            probabilities = _spread(probabilities, case["classes"], np.random.default_rng(seed))
        return {"case": case, "pixels": chosen.channels_first(), "probabilities": probabilities.astype(np.float32)}

    def reference(self, case: KernelCase, data: Data) -> np.ndarray:
        """The definition in float64, for the first images."""
        import torch

        network = _network(case).double()
        pixels, given = (torch.from_numpy(data[key][:CHECKED]).double() for key in ("pixels", "probabilities"))
        with torch.no_grad():
            return _every_pass(network, pixels, given).numpy()

    def check(self, case: KernelCase, data: Data, name: str, output: Any, expected: np.ndarray) -> None:
        if tuple(output.shape) != data["probabilities"].shape:
            raise Mismatch(f"p of shape {tuple(output.shape)}, expected {data['probabilities'].shape}")
        error = float(np.abs(output.numpy()[: len(expected)] - expected).max())
        if not error <= TOLERANCE:
            raise Mismatch(f"p differs by {error:g} from the definition in float64, expected at most {TOLERANCE:g}")

    def cost(self, case: KernelCase, data: Data) -> KernelCost:
        classes, count = case["classes"], case["n"]
        weights = sum(p.numel() for p in _network(case).body.parameters())
        width = _network(case).encoder.in_features - classes
        flops = 2.0 * count * (weights + classes * width) + 2.0 * count * classes**2
        return KernelCost(flops=flops, bytes=float(data["pixels"].nbytes + 2 * data["probabilities"].nbytes))

    def quality(self, case: KernelCase, data: Data, name: str, output: Any, expected: Any) -> Mapping[str, float]:
        return {"error": float(np.abs(output.numpy()[: len(expected)] - expected).max())}


def _point(images: str, classes: int, n: int) -> KernelCase:
    return case(size=n, images=images, classes=classes, n=n)


def _spread(probabilities: np.ndarray, classes: int, random: np.random.Generator) -> np.ndarray:
    """Return the probabilities over `classes` classes: each is shared by several, in shares drawn at random."""
    owner = np.arange(classes) % probabilities.shape[1]
    shares = random.exponential(size=(len(probabilities), classes)) ** 4
    spread = probabilities[:, owner] * shares
    return np.asarray(spread / spread.sum(axis=1, keepdims=True))


def _network(case: KernelCase) -> Any:
    """Return NPC's network as its training starts: trained body, new layers."""
    import torch

    from methods.npc.model import CalibrationNetwork
    from methods.npc.real_networks import trained

    network, classes = trained(case).network(), case["classes"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network.head = torch.nn.Linear(network.width, classes)
        return CalibrationNetwork(network, 1 + 1 / classes).eval()


def _batched(case: KernelCase, data: Data, compute: Callable[[Any, Any, Any], Any]) -> Callable[[], Any]:
    import torch

    network = _network(case)
    pixels, probabilities = torch.from_numpy(data["pixels"]), torch.from_numpy(data["probabilities"])

    @torch.inference_mode()
    def call() -> Any:
        batches = zip(pixels.split(BATCH), probabilities.split(BATCH), strict=True)
        return torch.cat([compute(network, x, p) for x, p in batches])

    return call


def one_pass(case: KernelCase, data: Data, threads: int) -> Callable[[], Any]:
    """The method's own composition."""
    from methods.npc.composition import calibrated

    return _batched(case, data, calibrated)


def whole_batch(case: KernelCase, data: Data, threads: int) -> Callable[[], Any]:
    """One pass of the network, and H of a whole batch."""
    from methods.npc.composition import calibration_matrices, compose

    return _batched(case, data, lambda network, x, p: compose(calibration_matrices(network, x), p))


def repeated_network(case: KernelCase, data: Data, threads: int) -> Callable[[], Any]:
    """The definition: a pass of the network for each class."""
    return _batched(case, data, _every_pass)


def repeated_head(case: KernelCase, data: Data, threads: int) -> Callable[[], Any]:
    """One pass of the network, the encoder for each class."""
    return _batched(case, data, _every_head)


def _every_pass(network: Any, pixels: Any, probabilities: Any) -> Any:
    return _sum_of_rows(network, lambda: network.phi(pixels), probabilities)


def _every_head(network: Any, pixels: Any, probabilities: Any) -> Any:
    features = network.phi(pixels)
    return _sum_of_rows(network, lambda: features, probabilities)


def _sum_of_rows(network: Any, features: Callable[[], Any], probabilities: Any) -> Any:
    """Return Σ_k p(ŷ = k | x) H_k·(x), a row of H at a time."""
    import torch

    total = torch.zeros_like(probabilities)
    for k, own in enumerate(torch.eye(network.classes, dtype=probabilities.dtype)):
        excess = network.concentration(features(), own.expand(len(probabilities), -1)) - 1
        total += probabilities[:, k : k + 1] * excess / excess.sum(dim=1, keepdim=True)
    return total


KERNEL = CompositionKernel()
