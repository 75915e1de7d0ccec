"""CIFAR-10H: readers on small files of the same format, downloads from a local server, and the real counts."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.data.access import DataAccess
from harness.data.datasets import fetch, locate, open_dataset
from harness.errors import DataCorrupted
from harness.families import dataset_entry
from harness.protocols.noisy_labels.arrays import NoisyDataset
from harness.protocols.noisy_labels.human import catalogue, cifar10, cifar10h
from harness.protocols.noisy_labels.human.arrays import HumanAnnotations, HumanLabelCounts
from harness.protocols.noisy_labels.human.derive import simulated_crowd, standardised, standardised_crowd
from tests.harness.data.conftest import Declare
from tests.harness.data.local_server import LocalServer
from tests.harness.protocols.noisy_labels.cifar_files import (
    ANNOTATORS,
    PER,
    TRUE,
    official,
    put,
    records,
    small,
    table,
    tar_gz,
    trials,
    zipped_table,
)

NAMES = ("cifar10", "cifar10h", "cifar10h-raw", "cifar10h-images", "cifar10h-crowd", "cifar10h-crowd-clipped",
         "cifar10h-simulated")  # fmt: skip


def raw_files(text: str | None = None, archive: bytes | None = None) -> dict[str, bytes]:
    return {
        catalogue.ARCHIVE: tar_gz(official()) if archive is None else archive,
        catalogue.RAW_ARCHIVE: zipped_table(table(trials()) if text is None else text),
    }


def with_images(folder: Path, **files: Any) -> NoisyDataset:
    entry = small("cifar10h-images", annotators=ANNOTATORS, valid=2)
    payload = cifar10h.read_images(put(folder, raw_files(**files)), entry)
    return NoisyDataset.from_payload(payload, "c", "f", "p")


class TestOfficialImages:
    def test_parts_in_the_official_order(self, tmp_path: Path) -> None:
        put(tmp_path, {"a.tar.gz": tar_gz(official())})
        train, test = cifar10.read_parts(tmp_path / "a.tar.gz")
        assert train.targets.tolist() == [(i + number) % 10 for number in range(5) for i in range(4)]
        assert np.array_equal(train.images[4:8], records(np.zeros(4), 1)[1])
        assert np.array_equal(test.images, records(TRUE, 9)[1])
        assert test.targets.tolist() == TRUE.tolist()

    def test_the_order_of_members_does_not_matter(self, tmp_path: Path) -> None:
        put(tmp_path, {"a": tar_gz(official()), "b": tar_gz(dict(reversed(official().items())))})
        first, second = (cifar10.read_parts(tmp_path / name)[0] for name in "ab")
        assert np.array_equal(first.images, second.images)

    def test_the_last_training_images_validate(self, tmp_path: Path) -> None:
        put(tmp_path, {catalogue.ARCHIVE: tar_gz(official())})
        payload = cifar10.read(tmp_path, small("cifar10", valid=3))
        assert payload["split_train"].tolist() == list(range(17))
        assert payload["split_valid"].tolist() == [17, 18, 19]
        assert payload["targets"][payload["split_test"]].tolist() == TRUE.tolist()

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"no archive", "is not a sound tar.gz archive"),
            (tar_gz(official())[:300], "is not a sound tar.gz archive"),
            (
                tar_gz({"test_batch.bin": official()["test_batch.bin"]}),
                r"lacks data_batch_1\.bin, data_batch_2\.bin",
            ),
            (tar_gz({**official(), "test_batch.bin": b"1234"}), "must hold records of 3073 bytes, got 4 bytes"),
            (tar_gz({**official(), "test_batch.bin": b""}), "must hold records of 3073 bytes, got 0 bytes"),
        ],
    )
    def test_other_files_are_refused(self, content: bytes, message: str, tmp_path: Path) -> None:
        put(tmp_path, {"a.tar.gz": content})
        with pytest.raises(DataCorrupted, match=message):
            cifar10.read_parts(tmp_path / "a.tar.gz")

    def test_a_class_that_there_is_not_is_refused(self, tmp_path: Path) -> None:
        put(tmp_path, {catalogue.ARCHIVE: tar_gz({**official(), "test_batch.bin": records(TRUE + 5, 9)[0]})})
        with pytest.raises(DataCorrupted, match=r"targets must lie in 0\.\.9"):
            cifar10.read(tmp_path, small("cifar10", valid=3))


class TestCounts:
    VOTES = np.array([[50.0, 1.0], [0.0, 47.0]])

    def files(self, folder: Path, votes: Any, shares: Any) -> Path:
        folder.mkdir(exist_ok=True)
        np.save(folder / catalogue.COUNTS, votes)
        np.save(folder / catalogue.PROBS, shares)
        return folder

    def test_counts_and_shares(self, tmp_path: Path) -> None:
        shares = self.VOTES / self.VOTES.sum(axis=1, keepdims=True)
        payload = cifar10h.read_counts(self.files(tmp_path, self.VOTES, shares), dataset_entry("cifar10h"))
        data = HumanLabelCounts.from_payload(payload, "n", "f", "p")
        assert data.votes.tolist() == [[50, 1], [0, 47]]
        assert np.allclose(data.distributions, shares)
        assert data.counts == {"items": 2, "classes": 2}

    @pytest.mark.parametrize(
        ("votes", "shares", "message"),
        [
            (VOTES + 0.5, VOTES, "must hold whole numbers"),
            (VOTES * np.nan, VOTES, "must hold whole numbers"),
            (VOTES, VOTES[:1], r"float64 \(2, 2\) and float64 \(1, 2\)"),
            (VOTES, VOTES / 50, "does not hold the shares of"),
            (VOTES.astype(object), VOTES, "must be arrays"),
        ],
    )
    def test_other_arrays_are_refused(self, votes: Any, shares: Any, message: str, tmp_path: Path) -> None:
        with pytest.raises(DataCorrupted, match=message):
            cifar10h.read_counts(self.files(tmp_path, votes, shares), dataset_entry("cifar10h"))

    def test_an_image_without_a_label_is_refused(self) -> None:
        with pytest.raises(ValueError, match="every image needs a label"):
            HumanLabelCounts("n", np.array([[0, 0]]), "f", "p")
        with pytest.raises(ValueError, match="votes must be whole numbers"):
            HumanLabelCounts("n", np.array([[0.5, 0.5]]), "f", "p")

    def test_the_real_counts(self, data_root: Path, tmp_path: Path) -> None:
        """Facts of the specification: 47 to 63 labels an image, mean 51.1."""
        if not (data_root / "cifar10h").is_dir():
            pytest.skip("CIFAR-10H is not in the data root")
        data = open_dataset("cifar10h", DataAccess(data_root, tmp_path, offline=True))
        assert isinstance(data, HumanLabelCounts)
        totals = data.votes.sum(axis=1)
        assert (totals.min(), totals.max(), len(totals)) == (47, 63, 10_000)
        assert totals.mean() == pytest.approx(51.1, abs=0.05)
        assert data.distributions.max(axis=1).mean() == pytest.approx(0.95, abs=0.01)


class TestAnnotations:
    def test_labels_are_those_of_the_table(self, tmp_path: Path) -> None:
        put(tmp_path, raw_files())
        payload = cifar10h.read_annotations(tmp_path, small("cifar10h-raw", annotators=ANNOTATORS))
        data = HumanAnnotations.from_payload(payload, "n", "f", "p")
        human = data.annotations
        assert data.targets.tolist() == TRUE.tolist()
        assert human.counts.tolist() == [PER] * len(TRUE)
        expected = sorted(
            (r["image"], r["annotator"], r["chosen"], r["time"], r["trial"]) for r in trials() if not r["check"]
        )
        features = human.features.tolist()
        found = sorted(
            (int(i), int(a), int(c), time, trial)
            for i, a, c, (time, trial) in zip(human.item, human.annotator, human.label, features, strict=True)
        )
        assert [row[:3] for row in found] == [row[:3] for row in expected]
        assert np.allclose([row[3:] for row in found], [row[3:] for row in expected])

    def test_both_names_of_the_index_are_known(self, tmp_path: Path) -> None:
        for number, index in enumerate(cifar10h.INDEX):
            put(tmp_path / str(number), {catalogue.RAW_ARCHIVE: zipped_table(table(trials(), index))})
        first, second = (
            cifar10h.annotations_of(tmp_path / n / catalogue.RAW_ARCHIVE, 10, ANNOTATORS) for n in "01"
        )
        assert np.array_equal(first[1].label, second[1].label)

    def test_annotators_are_renumbered(self, tmp_path: Path) -> None:
        rows = [{**r, "annotator": 7 * r["annotator"] + 3} for r in trials()]
        put(tmp_path, {catalogue.RAW_ARCHIVE: zipped_table(table(rows))})
        _, human = cifar10h.annotations_of(tmp_path / catalogue.RAW_ARCHIVE, 10, ANNOTATORS)
        assert set(human.annotator) == set(range(ANNOTATORS))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda rows: rows[:-30], "every image needs a label or more|annotators, got"),
            (lambda rows: [r for r in rows if r["annotator"]], "expected 5 annotators, got 4"),
            (lambda rows: [{**r, "chosen": 10} for r in rows], r"label must lie in 0\.\.9, got 10\.\.10"),
            (lambda rows: [{**r, "truth": i % 3} for i, r in enumerate(rows)], "an image has two true classes"),
            (lambda rows: [{**r, "image": -1} for r in rows], "images must be numbered from 0 or marked -99999"),
            (lambda rows: [], "images must be numbered from 0"),
            (lambda rows: [{**r, "time": ""} for r in rows], "lacks a number in one of its columns"),
            (lambda rows: [{**r, "time": "long"} for r in rows], "must hold cifar10h-raw.csv with numbers"),
        ],
    )
    def test_other_tables_are_refused(
        self, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]], message: str, tmp_path: Path
    ) -> None:
        put(tmp_path, {catalogue.RAW_ARCHIVE: zipped_table(table(change(trials())))})
        with pytest.raises(DataCorrupted, match=message):
            cifar10h.annotations_of(tmp_path / catalogue.RAW_ARCHIVE, 10, ANNOTATORS)

    @pytest.mark.parametrize(
        "content",
        [b"no archive", zipped_table(table(trials()), "other.csv"), zipped_table("a,b\n1,2\n"), zipped_table("")],
    )
    def test_other_archives_are_refused(self, content: bytes, tmp_path: Path) -> None:
        put(tmp_path, {catalogue.RAW_ARCHIVE: content})
        with pytest.raises(
            DataCorrupted, match=re.escape("must hold cifar10h-raw.csv with numbers in its columns")
        ):
            cifar10h.annotations_of(tmp_path / catalogue.RAW_ARCHIVE, 10, ANNOTATORS)


class TestWithImages:
    def test_the_parts_change_roles(self, tmp_path: Path) -> None:
        data = with_images(tmp_path)
        (split,) = data.splits
        assert np.array_equal(data.images[:12], records(TRUE, 9)[1]), "official test images train and validate"
        assert split.valid.tolist() == [10, 11]
        assert split.test.tolist() == list(range(12, 32))
        assert data.targets[12:16].tolist() == [0, 1, 2, 3]
        assert data.draws[0].counts.tolist() == [PER] * 12 + [1] * 20
        assert data.counts == {"items": 32, "classes": 10}

    def test_placeholders_of_test_images_say_nothing(self, tmp_path: Path) -> None:
        data = with_images(tmp_path)
        test = data.draws[0].of_items(data.splits[0].test)
        assert set(test.label) == set(test.annotator) == {0}
        assert not test.features.any()
        human = data.draws[0].of_items(np.arange(12))
        shares = [np.mean(human.label[TRUE[human.item] == k] == k) for k in range(10)]
        assert np.allclose(np.diag(data.transitions[0]), shares), "transitions count labels of people only"

    def test_other_true_classes_are_refused(self, tmp_path: Path) -> None:
        archive = tar_gz({**official(), "test_batch.bin": records((TRUE + 1) % 10, 9)[0]})
        with pytest.raises(DataCorrupted, match=r"the true classes in cifar10h-raw\.csv are not those of the test"):
            with_images(tmp_path, archive=archive)

    def test_features_are_standardised_by_training_labels(self, tmp_path: Path) -> None:
        base = with_images(tmp_path)
        data = NoisyDataset.from_payload(standardised_crowd(base, {"clip": False}), "c", "f", "p")
        before, after = (one.draws[0].of_items(one.splits[0].train).features for one in (base, data))
        assert np.allclose(after.mean(axis=0), 0, atol=1e-5)
        assert np.allclose(after.std(axis=0), 1, atol=1e-5)
        assert np.allclose(np.corrcoef(before[:, 0], after[:, 0])[0, 1], 1)
        assert np.array_equal(data.draws[0].label, base.draws[0].label)
        valid = data.draws[0].of_items(data.splits[0].valid).features
        raw = base.draws[0].of_items(base.splits[0].valid).features
        assert np.allclose(valid, (raw - before.mean(axis=0)) / before.std(axis=0), atol=1e-4)

    def test_times_are_clipped_at_the_99th_percentile_of_training_labels(self, tmp_path: Path) -> None:
        human = with_images(tmp_path).draws[0].of_items(np.arange(12))
        human.features[:2, 0] = 1e7, -50.0
        found = standardised(human, 10, clip=True).features[:, 0]
        training = human.features[human.item < 10, 0].astype(float)
        clipped = np.clip(training, 0, np.percentile(training, 99))
        assert found.max() == pytest.approx((clipped.max() - clipped.mean()) / clipped.std(), rel=1e-5)
        assert found.min() == pytest.approx((0 - clipped.mean()) / clipped.std(), rel=1e-5)

    def test_constant_features_become_zero(self, tmp_path: Path) -> None:
        human = with_images(tmp_path).draws[0].of_items(np.arange(12))
        human.features[:] = 7.0
        assert not standardised(human, 10, clip=False).features.any()

    def test_simulated_annotators_label_as_people_do(self, tmp_path: Path) -> None:
        base = with_images(tmp_path)
        recipe = {"draws": 2, "seed": 0, "annotators": {"count": 9, "bad": 0.0, "good_reliability": 1.0}}
        data = NoisyDataset.from_payload(simulated_crowd(base, recipe), "c", "f", "p")
        votes = base.draws[0].of_items(np.arange(12)).votes
        for draw in data.draws:
            human = draw.of_items(np.arange(12))
            assert human.counts.tolist() == [2] * 12
            assert (votes[human.item, human.label] > 0).all(), "only classes that people chose"
        assert not np.array_equal(data.draws[0].annotator, data.draws[1].annotator)
        assert len(data.splits) == 2

    @pytest.mark.parametrize(("loader", "recipe"), [(standardised_crowd, {}), (simulated_crowd, {"clip": True})])
    def test_recipes_of_other_names_are_refused(self, loader: Any, recipe: dict[str, Any], tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="recipe must have"):
            loader(with_images(tmp_path), recipe)


class TestCatalogue:
    @pytest.fixture
    def online(self, server: LocalServer, tmp_path: Path, declare: Declare) -> DataAccess:
        """The local server in place of the official ones, with small files."""
        declare(*(small(name) for name in ("cifar10", "cifar10h-crowd", "cifar10h-simulated")),
                small("cifar10h-raw", annotators=ANNOTATORS),
                small("cifar10h-images", annotators=ANNOTATORS, valid=2))  # fmt: skip
        for url, name in ((catalogue.CIFAR10_URL, catalogue.ARCHIVE), (catalogue.RAW_URL, catalogue.RAW_ARCHIVE)):
            server.files[url.removeprefix("https:/")] = raw_files()[name]
        return DataAccess(None, tmp_path / "cache", mirror=server.url)

    def test_every_label_set_states_its_licence(self) -> None:
        for name in NAMES[1:]:
            assert "CC BY-NC-SA 4.0" in dataset_entry(name).licence
        assert all(not dataset_entry(name).fault for name in NAMES)

    def test_a_user_with_network_is_offered_the_download(self, tmp_path: Path) -> None:
        for name in NAMES:
            found = locate(name, DataAccess(None, tmp_path))
            assert found.status == "downloadable"
        assert (
            "170.1 MB from https://www.cs.toronto.edu/~kriz"
            in locate("cifar10h-crowd", DataAccess(None, tmp_path)).detail
        )

    def test_single_labels_are_downloaded_and_read(self, online: DataAccess) -> None:
        data = open_dataset("cifar10h-raw", online)
        assert isinstance(data, HumanAnnotations)
        assert len(data.annotations) == PER * len(TRUE)
        assert locate("cifar10h-raw", online).status == "cache"

    def test_the_derived_set_is_made_from_one_download(self, online: DataAccess, server: LocalServer) -> None:
        assert locate("cifar10h-crowd", online).status == "downloadable"
        fetch("cifar10h-images", online)
        assert len(server.asked) == 2
        data = open_dataset("cifar10h-crowd", online)
        assert isinstance(data, NoisyDataset)
        assert data.counts == {"items": 32, "classes": 10}
        assert abs(data.draws[0].of_items(data.splits[0].train).features.mean()) < 1e-5
        assert len(server.asked) == 2

    def test_altered_official_images_are_refused(self, online: DataAccess, declare: Declare) -> None:
        published = next(entry for entry in catalogue.HUMAN_DATASETS if entry.name == "cifar10")
        declare(published)
        with pytest.raises(DataCorrupted, match="does not have the expected SHA-256"):
            open_dataset("cifar10", online)
