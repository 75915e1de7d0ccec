"""Noisy sets with classifiers: clean labels are out of reach, processes change nothing, draws differ."""

from typing import Any

import numpy as np
import pytest
import torch

from harness.payload import Payload
from harness.protocols.noisy_labels import catalogue
from harness.protocols.noisy_labels.classifiers import TrainedClassifier, classifiers_of
from harness.protocols.noisy_labels.noise.derive import noisy_images
from harness.protocols.noisy_labels.training import derive
from harness.protocols.noisy_labels.training.base.methods import METHODS
from harness.protocols.noisy_labels.training.derive import (
    ClassifierJob,
    network_options,
    noise_level,
    noisy_images_with_classifiers,
    trained_networks,
)
from tests.harness.protocols.noisy_labels.noisy_stripes import RECIPE, derived, derived_payload, striped


def digests(networks: list[Payload]) -> list[str]:
    return [payload.digest() for payload in networks]


def test_the_set_is_the_noisy_one_with_classifiers_of_each_draw() -> None:
    payload, noisy = derived_payload(), noisy_images(striped(), RECIPE)
    for name, array in noisy.arrays.items():
        np.testing.assert_array_equal(payload[name], array)
    extra = {name for name in payload.arrays if name not in noisy.arrays}
    weights = {f"n{draw}_{base}_{i}" for draw in range(2) for base in METHODS for i in range(4)}
    estimates = {f"n{draw}_{base}_transition" for draw in range(2) for base in ("forward", "dualt", "tvr")}
    assert extra == weights | estimates
    data = derived()
    assert len(data.networks) == 2
    trained = [classifiers_of(network) for network in data.networks]
    assert [list(one) for one in trained] == [list(METHODS)] * 2
    for name in METHODS:
        assert not np.array_equal(trained[0][name].weights[0], trained[1][name].weights[0])


def test_permuted_clean_labels_change_no_classifier() -> None:
    noisy = noisy_images(striped(), RECIPE)
    other = noisy["targets"][::-1].copy()
    assert not np.array_equal(other, noisy["targets"])
    permuted = Payload({**noisy.arrays, "targets": other, "transitions": 0 * noisy["transitions"]}, noisy.facts)
    options, bases = network_options(RECIPE)
    found, again = (trained_networks(one, options, bases, processes=1) for one in (noisy, permuted))
    assert digests(found) == digests(again)


def test_a_job_holds_no_clean_label(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[ClassifierJob] = []

    def observed(given: list[ClassifierJob], processes: int) -> list[TrainedClassifier]:
        jobs.extend(given)
        return []

    monkeypatch.setattr(derive, "_trained", observed)
    monkeypatch.setattr(derive, "classifier_arrays", lambda given: Payload())
    noisy = noisy_images(striped(), RECIPE)
    trained_networks(noisy, *network_options(RECIPE), processes=1)
    assert [job.base for job in jobs] == [*METHODS] * 2
    assert len({job.seed for job in jobs}) == 2
    for job in jobs:
        assert job.train.images.targets is None
        assert job.valid.images.targets is None
        np.testing.assert_array_equal(job.train.images.images, noisy["images"][:90])
        draw = 0 if job.seed == jobs[0].seed else 1
        np.testing.assert_array_equal(job.train.labels, noisy[f"r{draw}_label"][:90])
        np.testing.assert_array_equal(job.valid.labels, noisy[f"r{draw}_label"][90:100])


def test_the_number_of_processes_and_threads_changes_no_bit() -> None:
    noisy = noisy_images(striped(), RECIPE)
    options, _ = network_options(RECIPE)
    alone = trained_networks(noisy, options, ["ce", "tvr"], processes=1)
    assert digests(alone) == digests(trained_networks(noisy, options, ["ce", "tvr"], processes=2))
    threads = torch.get_num_threads()
    torch.set_num_threads(3)
    again = trained_networks(noisy, options, ["ce", "tvr"], processes=1)
    assert torch.get_num_threads() == 3
    torch.set_num_threads(threads)
    assert digests(alone) == digests(again)


def test_as_many_processes_as_torch_has_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    used = []

    def observed(noisy: Payload, options: object, bases: object, processes: int) -> list[Payload]:
        used.append(processes)
        return []

    monkeypatch.setattr(derive, "trained_networks", observed)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 7)
    noisy_images_with_classifiers(striped(), RECIPE)
    assert used == [7]
    assert derive.torch is torch  # without this import, `harness.data.derive` sets no number of threads


@pytest.mark.parametrize("entry", [e for e in catalogue.DATASETS if "networks" in e.options], ids=lambda e: e.name)
def test_the_recipes_of_the_catalogue_are_recipes(entry: Any) -> None:
    options, bases = network_options(entry.options)
    assert options.learning_rate == 1e-3
    assert set(bases) <= set(METHODS)
    level = noise_level(entry.options["noise"])
    assert level is not None
    assert level.asymmetric == ("asym" in entry.name)
    assert level.rate == entry.options["noise"]["rate"]


def test_annotators_have_no_rate() -> None:
    assert noise_level({"kind": "annotators", "bad": 0.5}) is None


@pytest.mark.parametrize(
    ("networks", "message"),
    [
        (
            {"hidden": [6], "bases": ["ce", "magic"]},
            r"bases must be different names of ce, .*, got \['ce', 'magic'\]",
        ),
        ({"hidden": [6], "bases": ["ce", "ce"]}, "bases must be different names"),
        ({"hidden": [6], "bases": []}, r"bases must be different names .* got \[\]"),
        ({"hidden": [6], "depth": 3}, r"networks: unknown \['depth'\]"),
        ({"hidden": [6], "epochs": 0}, "epochs must be positive, got 0"),
        ({"network": "perceptron"}, "hidden widths belong to a perceptron"),
        ({"network": "transformer", "hidden": [6]}, "network must be one of"),
    ],
)
def test_bad_recipes_are_named(networks: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        noisy_images_with_classifiers(striped(), {**RECIPE, "networks": networks})


def test_a_recipe_without_networks_and_labels_of_annotators_are_rejected() -> None:
    without = {name: value for name, value in RECIPE.items() if name != "networks"}
    with pytest.raises(ValueError, match=r"recipe: missing \['networks'\]"):
        noisy_images_with_classifiers(striped(), without)
    crowd = {**RECIPE, "noise": {"kind": "annotators", "count": 4}, "draws": 1}
    crowd["networks"] = {**RECIPE["networks"], "bases": ["ce"]}
    with pytest.raises(ValueError, match="one label an image"):
        noisy_images_with_classifiers(striped(), crowd)
