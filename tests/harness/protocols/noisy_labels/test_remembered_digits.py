"""The classifiers of the smoke set: cross-entropy remembers wrong labels, early stopping does not."""

from pathlib import Path

from harness.data.access import DataAccess
from harness.data.datasets import open_entry
from harness.families import dataset_entry
from harness.protocols.noisy_labels.training.derive import noisy_images_with_classifiers


def test_cross_entropy_remembers_the_wrong_labels_of_digits(tmp_path: Path) -> None:
    access = DataAccess(None, tmp_path, offline=True)
    recipe = dict(dataset_entry("digits-sym50").options)
    made = noisy_images_with_classifiers(open_entry(dataset_entry("digits"), access), recipe)  # type: ignore[arg-type]
    (facts,) = made.facts["networks"]
    assert list(facts["classifiers"]) == ["ce", "es"]
    training = {name: given["training"] for name, given in facts["classifiers"].items()}
    assert training["ce"]["noisy_train_accuracy"] >= 0.9
    assert training["ce"]["noisy_valid_accuracy"] < training["es"]["noisy_valid_accuracy"]
    assert training["es"]["epochs"] < training["ce"]["epochs"] == recipe["networks"]["epochs"]
