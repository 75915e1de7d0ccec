"""Readers of image sets: small files made here, damaged ones, and the real sets where they are."""

import gzip
import io
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from scipy.io import savemat

from harness.contract.split import Split, splits_from_arrays
from harness.data.access import DataAccess
from harness.data.entry import DatasetEntry
from harness.data.prepared import open_prepared
from harness.data.raw import present_source
from harness.errors import DataCorrupted
from harness.families import dataset_entry
from harness.payload import Payload
from harness.protocols.images.arrays import ImageDataset
from harness.protocols.images.readers import cifar10_jpeg, mnist, yale_faces
from harness.protocols.images.readers.lights import recognised_lights, shared_lights_first
from harness.seeds import stream


def idx(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


def digits(count: int, side: int = 28) -> tuple[np.ndarray, np.ndarray]:
    generator = stream("digits for readers", count)
    return generator.integers(0, 256, (count, side, side), dtype=np.uint8), np.arange(count, dtype=np.uint8) % 10


def tiny(name: str, **options: int) -> DatasetEntry:
    return replace(dataset_entry(name), options={**dataset_entry(name).options, **options})


def parts(payload: Payload) -> Split:
    (split,) = splits_from_arrays(payload.arrays)
    return split


class TestIdx:
    @given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=3, max_side=5)))
    def test_round_trip(self, tmp_path_factory: pytest.TempPathFactory, array: np.ndarray) -> None:
        path = tmp_path_factory.mktemp("idx") / "a.gz"
        path.write_bytes(gzip.compress(idx(array), compresslevel=1))
        assert np.array_equal(mnist.read_idx(path, array.ndim), array)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"plain text", "not a sound gzip file"),
            (gzip.compress(idx(np.zeros((2, 2, 2))))[:-12], "not a sound gzip file"),
            (gzip.compress(b""), "must start with 00000803, got"),
            (gzip.compress(idx(np.zeros(8))), "must start with 00000803, got 00000801"),
            (gzip.compress(b"\0\0\x0d" + idx(np.zeros((2, 2, 2)))[3:]), "must start with 00000803, got 00000d03"),
            (gzip.compress(idx(np.zeros((2, 2, 2)))[:-1]), "must hold 8 values"),
            (gzip.compress(idx(np.zeros((2, 2, 2))) + b"\0"), "must hold 8 values"),
            (gzip.compress(bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**31, 2**31, 2)), "more than"),
        ],
        ids=["text", "cut-short", "empty", "one-axis", "doubles", "a-value-less", "a-value-more", "huge"],
    )
    def test_damage_is_named(self, tmp_path: Path, content: bytes, message: str) -> None:
        (tmp_path / "a.gz").write_bytes(content)
        with pytest.raises(DataCorrupted, match=rf"a\.gz .*{message}"):
            mnist.read_idx(tmp_path / "a.gz", 3)

    def test_four_files_make_a_set(self, tmp_path: Path) -> None:
        (tmp_path / "raw").mkdir()
        made = {"train": digits(30), "t10k": digits(10)}
        for part, (images, targets) in made.items():
            for kind, array in (("images-idx3", images), ("labels-idx1", targets)):
                (tmp_path / "raw" / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(idx(array)))
        payload = mnist.read_idx_files(tmp_path, tiny("fashion-mnist", valid=5))
        split = parts(payload)
        assert np.array_equal(payload["images"][split.train], made["train"][0][:25])
        assert np.array_equal(payload["images"][split.test], made["t10k"][0])
        (tmp_path / "raw" / "t10k-labels-idx1-ubyte.gz").unlink()
        with pytest.raises(DataCorrupted, match=r"t10k-labels-idx1-ubyte\.gz"):
            mnist.read_idx_files(tmp_path, tiny("fashion-mnist", valid=5))


class TestNpz:
    def write(self, folder: Path, **changes: np.ndarray) -> None:
        (images, targets), (test_images, test_targets) = digits(30), digits(10)
        made = {"x_train": images, "y_train": targets, "x_test": test_images, "y_test": test_targets}
        np.savez(folder / "mnist.npz", **{k: v for k, v in {**made, **changes}.items() if v.size})

    def test_it_is_read(self, tmp_path: Path) -> None:
        self.write(tmp_path)
        payload = mnist.read_npz(tmp_path, tiny("mnist", valid=5))
        assert (payload["images"].shape, payload.facts["kind"]) == ((40, 28, 28), "images")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"y_test": np.empty(0)}, "must hold the arrays .*y_test is not"),
            ({"y_train": np.full(30, 10, dtype=np.uint8)}, r"0\.\.9, got 10\.\.10"),
            ({"y_train": np.arange(29, dtype=np.uint8) % 10}, "30 whole numbers"),
            ({"x_train": np.zeros((30, 28, 28))}, "must be uint8"),
            ({"x_test": np.array([{}] * 10)}, "must hold the arrays .* allow_pickle"),
        ],
    )
    def test_other_content_is_refused(self, tmp_path: Path, change: dict[str, np.ndarray], message: str) -> None:
        self.write(tmp_path, **change)
        with pytest.raises(DataCorrupted, match=message):
            mnist.read_npz(tmp_path, tiny("mnist", valid=5))

    @pytest.mark.parametrize("damage", [lambda b: b[:-40], lambda b: b"", lambda b: b[: len(b) // 2]])
    def test_a_truncated_file_is_refused(self, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
        self.write(tmp_path)
        file = tmp_path / "mnist.npz"
        file.write_bytes(damage(file.read_bytes()))
        with pytest.raises(DataCorrupted, match=r"mnist\.npz must hold"):
            mnist.read_npz(tmp_path, tiny("mnist", valid=5))


def jpeg(array: np.ndarray, kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, kind)
    return file.getvalue()


class TestJpeg:
    def write(self, folder: Path, files: list[bytes], targets: np.ndarray, shift: int = 0) -> None:
        offsets = np.concatenate([[0], np.cumsum([len(f) for f in files])]) + shift
        content = np.frombuffer(b"".join(files), dtype=np.uint8)
        for part in ("train", "test"):
            np.savez(folder / f"{part}.npz", jpeg=content, offset=offsets, label=targets)

    def smooth(self, count: int) -> np.ndarray:
        """Images of one colour each, which JPEG keeps but for rounding."""
        colours = stream("colours").integers(0, 256, (count, 1, 1, 3), dtype=np.uint8)
        return np.broadcast_to(colours, (count, 32, 32, 3))

    def test_images_are_decoded_in_order(self, tmp_path: Path) -> None:
        images = self.smooth(12)
        self.write(tmp_path, [jpeg(image) for image in images], np.arange(12) % 10)
        payload = cifar10_jpeg.read(tmp_path, tiny("cifar10-jpeg", valid=2, train=10))
        split = parts(payload)
        assert np.abs(payload["images"][split.test].astype(int) - images).max() <= 4
        assert np.array_equal(payload["targets"][split.test], np.arange(12) % 10)

    def test_offsets_that_do_not_fit_are_refused(self, tmp_path: Path) -> None:
        self.write(tmp_path, [jpeg(image) for image in self.smooth(12)], np.arange(12) % 10, shift=1)
        with pytest.raises(DataCorrupted, match=r"train\.npz: offset must rise from 0"):
            cifar10_jpeg.read(tmp_path, tiny("cifar10-jpeg", valid=2, train=10))

    def test_targets_that_do_not_fit_are_refused(self, tmp_path: Path) -> None:
        self.write(tmp_path, [jpeg(image) for image in self.smooth(12)], np.arange(11) % 10)
        with pytest.raises(DataCorrupted, match="the 11 of label"):
            cifar10_jpeg.read(tmp_path, tiny("cifar10-jpeg", valid=2, train=10))

    def test_missing_files_and_arrays_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(DataCorrupted, match=r"train\.npz must hold the arrays"):
            cifar10_jpeg.read(tmp_path, dataset_entry("cifar10-jpeg"))
        np.savez(tmp_path / "train.npz", jpeg=np.zeros(3, np.uint8))
        with pytest.raises(DataCorrupted, match="offset"):
            cifar10_jpeg.read(tmp_path, dataset_entry("cifar10-jpeg"))

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (jpeg(np.zeros((16, 32, 3), np.uint8)), r"expected 32 x 32 RGB, got \(32, 16\) RGB"),
            (jpeg(np.zeros((32, 32), np.uint8)), r"got \(32, 32\) L"),
            (jpeg(np.zeros((32, 32, 3), np.uint8), "PNG"), "not a sound JPEG"),
            (b"no image", "not a sound JPEG"),
            (jpeg(stream("n").integers(0, 256, (32, 32, 3), dtype=np.uint8))[:400], "not a sound JPEG"),
        ],
    )
    def test_other_files_are_no_images(self, content: bytes, message: str) -> None:
        with pytest.raises(DataCorrupted, match=f"image 7.*{message}"):
            cifar10_jpeg.decoded(content, "image 7")


class TestYale:
    def write(self, folder: Path, columns: np.ndarray, labels: np.ndarray) -> None:
        savemat(folder / "YaleB_32x32.mat", {"features": columns, "Label": labels})

    @given(st.integers(0, 31), st.integers(0, 31))
    def test_columns_hold_images_column_by_column(self, y: int, x: int) -> None:
        column = np.zeros((1024, 1), dtype=np.uint8)
        column[x * 32 + y] = 255
        assert np.argwhere(yale_faces.upright(column)).tolist() == [[0, y, x]]

    def test_subjects_are_split_alike(self, tmp_path: Path) -> None:
        images, _ = digits(30, side=32)
        columns = images.transpose(0, 2, 1).reshape(30, 1024).T
        self.write(tmp_path, columns, np.repeat(np.arange(1, 4), 10)[None])
        payload = yale_faces.read(tmp_path, tiny("yale-faces", classes=3, shared=4, train=5, valid=2))
        split = parts(payload)
        light = [int(np.argmax((images == image).all(axis=(1, 2)))) % 10 for image in payload["images"]]
        orders = np.reshape(light, (3, 10))
        assert np.array_equal(orders[:, :4], orders[[0, 0, 0], :4]), "the first lights are the same"
        assert len({tuple(order) for order in orders.tolist()}) == 3, "the others are drawn for each subject"
        assert payload["targets"].tolist() == np.repeat([0, 1, 2], 10).tolist()
        for index, first, last in ((split.train, 0, 5), (split.valid, 5, 7), (split.test, 7, 10)):
            assert (index % 10).tolist() == 3 * list(range(first, last))
            assert np.bincount(payload["targets"][index]).tolist() == [last - first] * 3

    def test_lights_of_missing_photographs_are_left_out(self) -> None:
        random = np.random.default_rng(0)
        lights, faces = random.uniform(0, 200, size=(9, 4, 4)), random.uniform(0, 55, size=(5, 1, 4, 4))
        images = (lights + faces).reshape(-1, 4, 4)
        subjects, numbers = np.repeat(np.arange(5), 9), np.tile(np.arange(9), 5)
        kept = ~np.isin(np.arange(45), [9 + 2, 9 + 3, 27, 44])
        found = recognised_lights(images[kept], subjects[kept])
        assert found.tolist() == numbers[kept].tolist()
        order = shared_lights_first(found, subjects[kept], 5, random)
        assert subjects[kept][order].tolist() == subjects[kept].tolist()
        first = [found[order][subjects[kept] == subject][:5].tolist() for subject in range(5)]
        assert first == 5 * first[:1]
        assert set(first[0]) == {1, 4, 5, 6, 7}, "the lights that all subjects have"
        with pytest.raises(ValueError, match="expected 6 lights under which every subject was photographed, got 5"):
            shared_lights_first(found, subjects[kept], 6, random)

    @pytest.mark.parametrize(
        ("columns", "labels", "message"),
        [
            (np.zeros((1024, 30)), np.repeat([1, 2, 3], 10), r"features must be \(1024, n\) uint8, got float64"),
            (np.zeros((1000, 30), np.uint8), np.repeat([1, 2, 3], 10), r"got uint8 \(1000, 30\)"),
            (np.zeros((1024, 30), np.uint8), np.repeat([0, 1, 2], 10), r"0\.\.2, got -1\.\.1"),
            (np.zeros((1024, 30), np.uint8), np.repeat([1, 2, 3], 9), "30 whole numbers"),
            (np.zeros((1024, 30), np.uint8), np.repeat([1, 2, 3], [5, 5, 20]), "needs more than 7 items"),
        ],
    )
    def test_other_content_is_refused(
        self, tmp_path: Path, columns: np.ndarray, labels: np.ndarray, message: str
    ) -> None:
        self.write(tmp_path, columns, labels[None])
        with pytest.raises(DataCorrupted, match=message):
            yale_faces.read(tmp_path, tiny("yale-faces", classes=3, shared=3, train=5, valid=2))

    @pytest.mark.parametrize("content", [b"", b"MATLAB 5.0 MAT-file" + bytes(200), b"\x89HDF\r\n\x1a\n"])
    def test_no_matlab_file_is_refused(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "YaleB_32x32.mat").write_bytes(content)
        with pytest.raises(DataCorrupted, match=r"yale-faces: YaleB_32x32\.mat cannot be read"):
            yale_faces.read(tmp_path, dataset_entry("yale-faces"))


@pytest.fixture(scope="module")
def prepared(
    data_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[ImageDataset, Split]]:
    """Read a real set from the data root in a process of its own, against the manifest."""
    access = DataAccess(data_root, tmp_path_factory.mktemp("cache"), offline=True)

    def read(name: str) -> tuple[ImageDataset, Split]:
        source = present_source(dataset_entry(name), access)
        if source is None:
            pytest.skip(f"{name} is not in the data root")
        data = open_prepared(source, access)
        assert isinstance(data, ImageDataset)
        (split,) = data.splits
        return data, split

    return read


Read = Callable[[str], tuple[ImageDataset, Split]]


def test_mnist_is_mnist(prepared: Read) -> None:
    data, split = prepared("mnist")
    assert isinstance(data.images, np.memmap), "workers share the pages of the file"
    assert [len(p) for p in (split.train, split.valid, split.test)] == [55_000, 5_000, 10_000]
    official = np.concatenate([split.train, split.valid])
    assert data.targets[official][:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert data.targets[split.test][:5].tolist() == [7, 2, 1, 0, 4]
    assert data.images[official].mean() / 255 == pytest.approx(0.1306604762738429, abs=1e-12)
    assert np.bincount(data.targets[split.test]).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_cifar10_jpeg_looks_like_cifar10(prepared: Read) -> None:
    data, split = prepared("cifar10-jpeg")
    assert data.images.shape == (30_000, 32, 32, 3)
    for index, each in ((split.train, 1_800), (split.valid, 200), (split.test, 1_000)):
        assert np.bincount(data.targets[index]).tolist() == [each] * 10
    sample = data.images[split.train[:4000]] / np.float32(255)
    assert sample.mean(axis=(0, 1, 2)) == pytest.approx([0.4914, 0.4822, 0.4465], abs=0.01)
    assert sample.std(axis=(0, 1, 2)) == pytest.approx([0.2470, 0.2435, 0.2616], abs=0.01)


def test_yale_faces_stand_upright(prepared: Read) -> None:
    data, split = prepared("yale-faces")
    assert (data.images.shape, data.num_classes) == ((2_414, 32, 32), 38)
    assert np.bincount(data.targets[split.train]).tolist() == [36] * 38
    assert np.bincount(data.targets[split.valid]).tolist() == [8] * 38
    assert np.bincount(data.targets[split.test]).min() == 15
    face = data.images.mean(axis=0)
    mirrored, overturned = np.abs(face - face[:, ::-1]).mean(), np.abs(face - face[::-1]).mean()
    assert mirrored < overturned / 3, "a mean face is alike left and right, not above and below"
