"""Forests on disk: hits, keys, damaged files, concurrent writers."""

import subprocess
import sys
import textwrap
from dataclasses import replace

import numpy as np
import pytest
from coding_tree_graphs import collection_of, random_graph

from methods.sep.coding_tree import build_forest, cached_forest
from methods.sep.coding_tree.cache import forest_key, load_or_build


@pytest.fixture
def collection():
    generator = np.random.default_rng(0)
    return collection_of([random_graph(n, 0.4, generator) for n in (3, 8, 15)])


def same(first, second):
    return all(
        np.array_equal(a, b)
        for a, b in zip(first.parents + first.level_offsets, second.parents + second.level_offsets, strict=True)
    )


def stored(folder):
    return sorted(folder.iterdir())


def never():
    raise AssertionError("a stored forest was built again")


def test_second_call_reads_what_the_first_wrote(collection, tmp_path):
    first = cached_forest(collection, 3, folder=tmp_path / "new")
    assert same(first, build_forest(collection, 3))
    (file,) = stored(tmp_path / "new")
    key = file.stem.removeprefix("coding-forest-")
    assert same(load_or_build(tmp_path / "new", key, never), first)
    assert same(cached_forest(collection, 3, folder=tmp_path / "new", threads=2), first)
    assert stored(tmp_path / "new") == [file]


def test_every_option_and_every_array_has_its_own_key(collection):
    base = {"height": 3, "mode": "grow", "priority": "flat", "components": "separate"}
    keys = [forest_key(collection, **base)]
    for name, value in (
        ("height", 2),
        ("mode", "direct"),
        ("priority", "combine"),
        ("components", "joint"),
    ):
        keys.append(forest_key(collection, **{**base, name: value}))
    keys.append(forest_key(replace(collection, weight=None), **base))
    keys.append(forest_key(replace(collection, weight=collection.weight * 2), **base))
    keys.append(forest_key(replace(collection, edge_index=collection.edge_index[::-1]), **base))
    keys.append(forest_key(replace(collection, node_offsets=collection.node_offsets + 1), **base))
    assert len(set(keys)) == len(keys)
    assert forest_key(replace(collection), **base) == keys[0]


@pytest.mark.parametrize("damage", ["truncated", "emptied", "one bit", "garbage"])
def test_damaged_files_are_rebuilt(collection, tmp_path, damage):
    first = cached_forest(collection, 3, folder=tmp_path)
    (file,) = stored(tmp_path)
    good = file.read_bytes()
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    file.write_bytes(
        {"truncated": good[:-7], "emptied": b"", "one bit": bytes(flipped), "garbage": b"x" * 99}[damage]
    )
    assert same(cached_forest(collection, 3, folder=tmp_path), first)
    assert load_or_build(tmp_path, file.stem.removeprefix("coding-forest-"), never).height == 3


def test_a_failed_build_leaves_nothing_behind(tmp_path):
    with pytest.raises(AssertionError, match="built again"):
        load_or_build(tmp_path / "folder", "key", never)
    assert not (tmp_path / "folder").exists()


def test_bad_options_are_refused_before_anything_is_hashed(collection, tmp_path):
    with pytest.raises(ValueError, match="height must be an integer >= 1, got 0"):
        cached_forest(collection, 0, folder=tmp_path)
    assert stored(tmp_path) == []


def test_processes_may_write_at_once(tmp_path):
    code = textwrap.dedent(
        """
        import sys
        import numpy as np
        from methods.sep.coding_tree import CodingForest
        from methods.sep.coding_tree.cache import load_or_build
        parents = (np.arange(20000) // 2, np.zeros(10000, dtype=np.int64))
        offsets = tuple(np.array([0, size]) for size in (20000, 10000, 1))
        for turn in range(15):
            forest = load_or_build(sys.argv[1], f"key{turn}", lambda: CodingForest(parents, offsets))
            assert all(np.array_equal(a, b) for a, b in zip(forest.parents, parents, strict=True))
        """
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert len(stored(tmp_path)) == 15
    assert all(file.suffix == ".npz" for file in stored(tmp_path))
