"""Networks for images: published numbers of parameters, formulas checked by another route, what is refused."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from harness.protocols.images.training.networks import (
    CIFAR10_DEVIATION,
    CIFAR10_MEAN,
    BatchNorm,
    ConvolutionalNetwork,
    ConvolutionStage,
    Standardise,
    attack_paper_network,
    attack_standard_network,
    four_convolutions,
    initialise,
    lenet5,
    num_parameters,
    perceptron,
    pooled_network,
    vgg16,
)
from harness.protocols.images.training.residual_networks import (
    BasicBlock,
    ResidualNetwork,
    SubsampledIdentity,
    resnet18,
    resnet20,
)

GREY, COLOUR = (1, 28, 28), (3, 32, 32)


@pytest.mark.parametrize(
    ("make", "shape", "classes", "parameters"),
    [
        (lambda: perceptron(GREY, (300, 100), 10), GREY, 10, 266_610),  # LeNet-300-100
        (lambda: perceptron(GREY, (256, 256), 10), GREY, 10, 269_322),
        (lambda: perceptron((1, 8, 8), (96, 96), 10), (1, 8, 8), 10, 16_522),
        (lenet5, GREY, 10, 431_080),  # Han et al. 2015: 431 K
        (attack_paper_network, GREY, 10, 312_202),
        (attack_standard_network, GREY, 10, 80_202),
        (four_convolutions, GREY, 10, 241_898),
        (resnet20, COLOUR, 10, 269_722),  # He et al. 2016, Table 6: 0.27 M
        (resnet18, COLOUR, 10, 11_173_962),
        (lambda: resnet18(classes=100), COLOUR, 100, 11_220_132),  # Chen et al. 2022: 11.22 M
        (vgg16, COLOUR, 10, 14_724_042),  # Chen et al. 2022: 14.72 M
    ],
)
def test_published_numbers_of_parameters(
    make: Callable[[], nn.Module], shape: tuple[int, int, int], classes: int, parameters: int
) -> None:
    network = make()
    assert num_parameters(network) == parameters
    network.eval()
    with torch.no_grad():
        logits = network(torch.rand(2, *shape))
    assert logits.shape == (2, classes)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("make", [resnet20, four_convolutions, lenet5])
def test_one_seed_makes_one_network(make: Callable[[], nn.Module]) -> None:
    states = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        states.append(torch.cat([p.detach().flatten() for p in make().parameters()]))
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_vgg16_has_the_layers_of_the_paper() -> None:
    layers = vgg16().features
    widths = [layer.out_channels for layer in layers if isinstance(layer, nn.Conv2d)]
    assert widths == [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
    assert sum(isinstance(layer, nn.MaxPool2d) for layer in layers) == 5
    with torch.no_grad():
        assert vgg16().eval().features(torch.rand(1, *COLOUR)).shape == (1, 512, 1, 1)


def test_residual_networks_have_as_many_layers_as_their_names_say() -> None:
    for network, layers in ((resnet20(), 20), (resnet18(), 18)):
        kernels = [m for m in network.modules() if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3)]
        assert len(kernels) + 1 == layers


def test_option_a_subsamples_and_pads_with_zeros() -> None:
    x = torch.arange(2 * 4 * 4, dtype=torch.float32).view(1, 2, 4, 4)
    y = SubsampledIdentity(2, 5, 2)(x)
    assert y.shape == (1, 5, 2, 2)
    assert torch.equal(y[0, 1:3], torch.tensor([[[0.0, 2.0], [8.0, 10.0]], [[16.0, 18.0], [24.0, 26.0]]]))
    assert not y[0, [0, 3, 4]].any()


@pytest.mark.parametrize("shortcut", ["A", "B"])
def test_a_block_with_silent_convolutions_is_its_shortcut(shortcut: str) -> None:
    torch.manual_seed(0)
    block = BasicBlock(3, 6, 2, shortcut, BatchNorm()).eval()  # type: ignore[arg-type]
    nn.init.zeros_(block.conv2.weight)
    x = torch.randn(2, 3, 8, 8)
    if shortcut == "A":
        expected = torch.zeros(2, 6, 4, 4)
        expected[:, 1:4] = x[:, :, ::2, ::2]
    else:
        projection = block.shortcut[0]  # type: ignore[index]
        expected = F.conv2d(x, projection.weight, stride=2) / (1 + 1e-5) ** 0.5
    torch.testing.assert_close(block(x), expected.relu())


def test_the_network_is_convolution_normalisation_mean_and_head() -> None:
    torch.manual_seed(0)
    network = ConvolutionalNetwork(1, ((4, 2), "M"), 3).train()
    images = torch.rand(5, 1, 8, 8)
    convolved = F.conv2d(images, network.features[0].weight, stride=2, padding=1)
    mean = convolved.mean(dim=(0, 2, 3), keepdim=True)
    variance = convolved.var(dim=(0, 2, 3), keepdim=True, unbiased=False)
    pooled = F.max_pool2d(((convolved - mean) / (variance + 1e-5).sqrt()).relu(), 2)
    expected = pooled.mean(dim=(2, 3)) @ network.head.weight.T + network.head.bias
    torch.testing.assert_close(network(images), expected)


def test_batch_norm_settings_reach_every_layer() -> None:
    norm = BatchNorm(eps=1e-3, momentum=0.01)
    for network in (vgg16(norm=norm), resnet20(norm=norm), resnet18(norm=norm), four_convolutions(norm=norm)):
        layers = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
        assert layers
        assert {(layer.eps, layer.momentum) for layer in layers} == {(1e-3, 0.01)}


@pytest.mark.parametrize(("how", "fan"), [("kaiming fan-in", 64 * 9), ("kaiming fan-out", 128 * 9)])
def test_initial_weights_have_the_variance_of_he(how: str, fan: int) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(64, 128, 3), nn.Linear(3, 3))
    initialise(network, how)  # type: ignore[arg-type]
    assert network[0].weight.var().item() == pytest.approx(2 / fan, rel=0.03)
    assert not network[0].bias.any()


def test_the_head_of_vgg_starts_small() -> None:
    torch.manual_seed(0)
    head = vgg16().head
    assert head.weight.std().item() == pytest.approx(0.01, rel=0.05)
    assert not head.bias.any()


def test_standardised_pixels_have_mean_zero_and_deviation_one() -> None:
    layer = Standardise(CIFAR10_MEAN, CIFAR10_DEVIATION)
    torch.manual_seed(0)
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in (CIFAR10_MEAN, CIFAR10_DEVIATION))
    noise = torch.randn(4, 3, 16, 16)
    torch.testing.assert_close(layer(mean + deviation * noise), noise, atol=1e-6, rtol=1e-5)
    assert num_parameters(layer) == 0
    assert set(layer.state_dict()) == {"mean", "deviation"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: BatchNorm(eps=0), "eps > 0"),
        (lambda: BatchNorm(momentum=0), "0 < momentum <= 1, got 1e-05 and 0"),
        (lambda: BatchNorm(momentum=float("nan")), "got 1e-05 and nan"),
        (lambda: Standardise((0.5,), (0.0,)), "one positive deviation"),
        (lambda: Standardise((0.5,), (0.5, 0.5)), "one positive deviation"),
        (lambda: perceptron(GREY, (0,), 10), r"positive, got \(784, 0, 10\)"),
        (
            lambda: pooled_network((1, 6, 6), (ConvolutionStage((8,), 5), ConvolutionStage((8,), 5)), (), 2),
            "6 x 6 are too small",
        ),
        (lambda: ConvolutionalNetwork(1, ("M",), 2), "must hold a convolution"),
        (lambda: ConvolutionalNetwork(1, ((4, 1),), 2, initialisation="xavier"), "got 'xavier'"),  # type: ignore[arg-type]
        (lambda: ResidualNetwork(3, (16, 32), (1,), 10, shortcut="A"), "as many widths as blocks"),
        (lambda: ResidualNetwork(3, (16,), (1,), 10, shortcut="C"), "shortcut A or B"),  # type: ignore[arg-type]
    ],
)
def test_wrong_settings_are_refused(wrong: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        wrong()


def test_images_too_wide_for_their_height_are_measured_on_both_sides() -> None:
    network = pooled_network((3, 10, 20), (ConvolutionStage((4,)), ConvolutionStage((5,), padding=1)), (7,), 2)
    assert network(torch.rand(1, 3, 10, 20)).shape == (1, 2)
