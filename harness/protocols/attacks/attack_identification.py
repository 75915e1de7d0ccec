"""Attack identification: the class of attacked images, which lp attack it was, and the clean image.

The attacks of a trial's test signals are on the undefended network, which all contenders know: the adversary does
not know the defence. A contender whose model is a network itself (adversarial training) is itself attacked by
this protocol after `fit`: `white_box_accuracy`.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from harness.contract.contender import Contender
from harness.contract.context import Context
from harness.contract.protocol import Capability, Protocol, permuted
from harness.contract.report import Report
from harness.contract.search import search, timed
from harness.payload import Payload
from harness.protocols.attacks.arrays import AttackedDataset, AttackedFold
from harness.protocols.attacks.scores import attack_metrics, checked_numbers, checked_reals, class_metrics
from harness.protocols.attacks.signals import (
    Identification,
    Known,
    LabelledSignals,
    TestGroups,
    known_of,
    shuffled_signals,
    validation_of,
)

TIE_BREAK = 1e-3
"""Weight of the attack error in the validation loss: it decides between equal class errors only (1 of < 1000)."""


class AttackIdentifier(Contender):
    """Contract: learn from clean and attacked images, return a model that identifies signals.

    The model's ``identify(signals)``, (n, d) float32 in any order, returns an `Identification`. It may have

    * ``network``, if the classes are those of a torch network that the contender trained or took: the protocol
      attacks it within the task's budgets, with the true labels, after ``fit``;
    * ``num_parameters``; ``facts``, plain values for the record, ``flags`` among them: short texts for the board.

    Attributes:
        uses_attacks: whether ``fit`` uses the dictionary's changes; if so the protocol fits it a second time with
            the changes of another network (`accuracy_other_network`).
    """

    uses_attacks: ClassVar[bool] = False

    @abstractmethod
    def fit(self, known: Known, valid: LabelledSignals, context: Context) -> Any:
        """Return a fitted model; `valid` is for selection. The protocol compares the searched settings."""


class AttackIdentification(Protocol):
    """Trials of attack identification."""

    name = "attack-identification"
    capabilities = (
        Capability("fit", "(known, valid, context) -> model", "learning from clean and attacked images"),
    )
    sees = (
        "the network under attack, its training images, the dictionary of attacks on some of them, and labelled "
        "validation signals; nothing of the test part"
    )
    targets_after_fit = True  # for the attacks on a contender's own network; no contender's code gets them

    def inputs(self, data: AttackedDataset) -> Payload:
        return Payload(facts={"num_classes": data.num_classes})

    def view(self, data: AttackedDataset, split: AttackedFold) -> Payload:
        fold = data.folds[split.number]
        facts = ("network", "arguments", "weights", "families", "budgets", "image_shape")
        return Payload(
            {name: array for name, array in fold.arrays.items() if not name.startswith("test_")},
            {name: fold.facts[name] for name in facts},
        )

    def reveal(self, data: AttackedDataset, split: AttackedFold) -> Payload:
        fold, groups = data.folds[split.number], TestGroups.of(data, split.number)
        return Payload(
            {
                "signals": shuffled_signals(data, split.number, groups),
                "clean_of": groups.images,
                "secondary": groups.secondary(len(fold.facts["families"])),
                "test_images": fold["test_images"],
                "test_labels": fold["test_labels"],
            },
            {"fold": split.number},
        )

    def run(
        self,
        contender: type[Contender],
        inputs: Payload,
        view: Payload,
        reveal: Callable[[], Payload],
        context: Context,
    ) -> Report:
        known, valid = known_of(inputs, view), validation_of(view)

        def loss(model: Any) -> float:
            return _validation_loss(model, known, valid, view)

        selected = search(contender, context, lambda c: c.fit(known, valid, context), loss)  # type: ignore[attr-defined]
        other = None  # fitted before the test signals arrive, as all models
        if getattr(contender, "uses_attacks", False):
            again = known.with_dictionary(view["other_changes"])
            other = contender(selected.settings).fit(again, valid, context)  # type: ignore[attr-defined]
        revealed = reveal()
        found, seconds = timed(lambda: selected.model.identify(revealed["signals"]))
        arrays, measured = _arrays(found, revealed), {}
        if other is not None:
            elsewhere = other.identify(revealed["signals"][revealed["secondary"]])
            arrays["other_labels"] = np.asarray(elsewhere.labels)
            if elsewhere.attacks is not None:
                arrays["other_attacks"] = np.asarray(elsewhere.attacks)
        if getattr(selected.model, "network", None) is not None:
            images, labels = revealed["test_images"], revealed["test_labels"]
            white_box = _white_box(selected.model, known, images, labels, ("test", context.trial.fold))
            measured = {f"white_box_accuracy_{family}": value for family, value in white_box.items()}
        return selected.report(arrays, seconds, measured)

    def score(self, data: AttackedDataset, split: AttackedFold, metric: str, report: Report) -> dict[str, float]:
        """Return `accuracy` (mean over the attacks) and the other metrics of `scores.py`.

        `clean_attack_energy`, `denoising_error` (relative to the clean image, over attacked signals) and `gap` (the
        largest) exist for models that return them, `white_box_accuracy` for models that are networks.
        """
        fold, groups = data.folds[split.number], TestGroups.of(data, split.number)
        targets, families = fold["test_labels"], tuple(fold.facts["families"])
        given, total = report.predictions, groups.total
        labels = checked_numbers(given.get("labels", np.zeros(0)), "labels", total, data.num_classes)
        metrics = class_metrics(groups.by_name(labels), targets, families)
        if "attacks" in given:
            attacks = checked_numbers(given["attacks"], "attacks", total, len(families))
            metrics |= attack_metrics(groups.by_name(attacks), families)
        if "attack_energy" in given:
            energy = groups.by_name(checked_reals(given["attack_energy"], "attack_energy", total))
            metrics["clean_attack_energy"] = float(energy["clean"].mean())
            metrics["attack_energy"] = float(np.mean([energy[family].mean() for family in families]))
        if "denoising_error" in given:
            error = groups.by_name(checked_reals(given["denoising_error"], "denoising_error", total))
            metrics["denoising_error"] = float(np.mean([error[family].mean() for family in families]))
        if "gap" in given:
            gaps = checked_reals(given["gap"], "gap", total, missing=True)
            if not np.isnan(gaps).all():
                metrics["gap"] = float(np.nanmax(gaps))
        metrics |= _scored_elsewhere(report, data, groups, targets, families)
        metrics["ms_per_signal"] = 1e3 * report.predict_seconds / total
        return metrics

    def permute_withheld(
        self, data: AttackedDataset, split: AttackedFold, generator: np.random.Generator
    ) -> AttackedDataset:
        labels = data.folds[split.number]["test_labels"]
        return data.with_test_labels(split.number, permuted(labels, np.arange(len(labels)), generator))

    def expected_format(self, data: AttackedDataset) -> str:
        fold, groups = data.folds[0], TestGroups.of(data, 0)
        (size, dimension), families = fold["dictionary_images"].shape, fold.facts["families"]
        return (
            f"fit(known, valid, context): `known` (fold 0) has the attacked network, {len(fold['train_images'])} "
            f"training images, {size} dictionary images ({size}, {dimension}) and their changes by "
            f"{len(families)} attacks ({', '.join(families)}); `valid` {len(validation_of(fold).labels)} signals, "
            f"classes 0..{data.num_classes - 1} and attacks (-1: clean)\n"
            f"model.identify(signals): ({groups.total}, {dimension}) float32 in shuffled order -> Identification "
            f"with labels (n,), and optionally attacks, denoised, attack_energy, gap\n"
            f"seen while fitting: {self.sees}"
        )


def _validation_loss(model: Any, known: Known, valid: LabelledSignals, view: Payload) -> float:
    """Return the class error on attacked validation signals, then, with little weight, the error of their attacks.

    A network is judged by attacks on itself, as on the test images.
    """
    if getattr(model, "network", None) is not None:
        accuracies = _white_box(model, known, view["valid_images"], view["valid_labels"], ("valid",))
        return 1.0 - float(np.mean(list(accuracies.values())))
    attacked = valid.attacked
    found = model.identify(valid.signals[attacked])
    labels = checked_numbers(found.labels, "labels", int(attacked.sum()), known.num_classes)
    error = float(np.mean(labels != valid.labels[attacked]))
    if found.attacks is not None:
        error += TIE_BREAK * float(np.mean(np.asarray(found.attacks) != valid.attacks[attacked]))
    return error


def _white_box(
    model: Any, known: Known, images: np.ndarray, labels: np.ndarray, purpose: tuple[object, ...]
) -> dict[str, float]:
    """Return the model's accuracy on images attacked within each budget on its own network, by family."""
    from harness.protocols.attacks.adversary.budgets import Budget
    from harness.protocols.attacks.adversary.projected_gradient import projected_gradient
    from harness.seeds import stream

    accuracies = {}
    for family, size in zip(known.families, known.budgets, strict=True):
        generator = stream("white box", family, *purpose)
        attacked = projected_gradient(model.network, images, labels, Budget(*size), generator)
        predicted = np.asarray(model.identify(attacked.images.cpu().numpy()).labels)
        accuracies[family] = float(np.mean(predicted == labels))
    return accuracies


def _arrays(found: Identification, revealed: Payload) -> dict[str, np.ndarray]:
    """Return the predictions that the parent scores; denoised signals only as distances from the clean ones."""
    arrays = {"labels": np.asarray(found.labels)}
    for name in ("attacks", "attack_energy", "gap"):
        if getattr(found, name) is not None:
            arrays[name] = np.asarray(getattr(found, name))
    if found.denoised is not None:
        clean = revealed["test_images"][revealed["clean_of"]].astype(np.float64)
        arrays["denoising_error"] = np.linalg.norm(found.denoised - clean, axis=1) / np.linalg.norm(clean, axis=1)
    return arrays


def _scored_elsewhere(
    report: Report, data: AttackedDataset, groups: TestGroups, targets: np.ndarray, families: tuple[str, ...]
) -> dict[str, float]:
    """Return the metrics of signals coded with another network's dictionary, and of attacks on the model itself."""
    metrics: dict[str, float] = {}
    given, places = report.predictions, groups.secondary(len(families))
    if "other_labels" in given:
        labels = checked_numbers(given["other_labels"], "other_labels", len(places), data.num_classes)
        metrics["accuracy_other_network"] = float(np.mean(labels == targets[groups.images[places]]))
    if "other_attacks" in given:
        attacks = checked_numbers(given["other_attacks"], "other_attacks", len(places), len(families))
        metrics["attack_accuracy_other_network"] = float(np.mean(attacks == groups.groups[places] - 1))
    white_box = report.costs("white_box_accuracy_*")
    if white_box:
        metrics["white_box_accuracy"] = float(np.mean(list(white_box.values())))
        metrics |= white_box
    return metrics
