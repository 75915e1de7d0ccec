"""The declaration of the regrouping kernel: cases, checker, quality and the published ticket shapes."""

import importlib
import subprocess
import sys
from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np
import pytest

from harness.kernels.contract import Mismatch
from methods.structured_tickets.masks import planted_mask, pruned_mask
from methods.structured_tickets.regroup import RegroupResult
from methods.structured_tickets.regrouping_check import check_definitions, check_same
from methods.structured_tickets.regrouping_data import VGG16_DENSITY
from methods.structured_tickets.regrouping_kernel import KERNEL
from methods.structured_tickets.tickets import VGG16_TICKET, generate_blocks

SMOKE = list(KERNEL.cases("smoke"))


def call(name, case, data, threads=1):
    module, _, function = KERNEL.implementation(name).target.partition(":")
    return getattr(importlib.import_module(module), function)(case, data, threads)()


@pytest.fixture(scope="module", params=SMOKE, ids=lambda case: case.name)
def prepared(request):
    data = KERNEL.data(request.param, 0)
    return request.param, data, KERNEL.reference(request.param, data)


@pytest.mark.parametrize("name", [implementation.name for implementation in KERNEL.implementations])
def test_every_implementation_passes_the_checker(name):
    for package in KERNEL.implementation(name).requires:
        pytest.importorskip(package)
    cases = [case for case in SMOKE if KERNEL.excluded(case, name) is None]
    assert cases
    for case in cases:
        data = KERNEL.data(case, 0)
        expected = KERNEL.reference(case, data)
        output = call(name, case, data)
        KERNEL.check(case, data, name, output, expected)
        quality = KERNEL.quality(case, data, name, output, expected)
        assert np.isfinite(list(quality.values())).all()
        assert quality["efficiency"] == pytest.approx(quality["coverage"] / quality["kept_density"])


def test_quality_of_the_headline_beside_the_others(prepared):
    pytest.importorskip("pymetis")
    case, data, expected = prepared
    quality = KERNEL.quality(case, data, "gram", call("gram", case, data), expected)
    assert quality["versus_metis"] >= 0.98
    assert quality["versus_random"] >= 1.05


def test_threads_do_not_change_the_output(prepared):
    case, data, expected = prepared
    for threads in (1, 2, 3):
        check_same(call("gram", case, data, threads), expected)


def _drop_column(data, result):
    rows, columns = result.blocks[0]
    return replace(result, blocks=[(rows, columns[1:]), *result.blocks[1:]])


def _add_column(data, result):
    rows, columns = result.blocks[0]
    counts = data.masks[0][rows].sum(axis=0)
    counts[columns] = -1
    more = np.sort(np.append(columns, counts.argmax()))
    return replace(result, blocks=[(rows, more), *result.blocks[1:]])


def _share_a_row(data, result):
    rows, columns = result.blocks[0]
    return replace(result, blocks=[(np.append(rows, result.blocks[1][0][0]), columns), *result.blocks[1:]])


def _flip_an_entry(data, result):
    mask = result.mask.copy()
    mask[0, 0] ^= True
    return replace(result, mask=mask)


def _miscount(data, result):
    return replace(result, stats=replace(result.stats, inside=result.stats.inside + 1))


def _merge_groups(data, result):
    (a, columns), (b, _) = result.blocks[:2]
    return replace(result, blocks=[(np.sort(np.concatenate([a, b])), columns), *result.blocks[2:]])


@pytest.mark.parametrize(
    "corrupt", [_drop_column, _add_column, _share_a_row, _flip_an_entry, _miscount, _merge_groups]
)
def test_the_checker_refuses_what_is_wrong(prepared, corrupt):
    case, data, expected = prepared
    wrong = [corrupt(data, call("gram", case, data)[0])]
    with pytest.raises(Mismatch):
        check_definitions(data, wrong, swaps=True)
    with pytest.raises(Mismatch):
        KERNEL.check(case, data, "gram", wrong, expected)


def test_the_checker_refuses_a_partition_that_a_swap_improves(prepared):
    case, data, _ = prepared
    output = call("random", case, data)
    check_definitions(data, output, swaps=False)
    with pytest.raises(Mismatch, match="swap of two rows gains"):
        check_definitions(data, output, swaps=True)


def test_the_checker_refuses_another_number_of_layers(prepared):
    case, data, expected = prepared
    with pytest.raises(Mismatch, match="got 0 results"):
        KERNEL.check(case, data, "gram", [], expected)


def test_check_same_names_the_block(prepared):
    expected = prepared[2]
    other = [RegroupResult(expected[0].blocks[::-1], expected[0].mask, expected[0].stats)]
    with pytest.raises(Mismatch, match="block 0 is not the reference's"):
        check_same(other, expected)


def test_every_target_has_a_case_and_names_are_unique():
    cases = [case for profile in ("standard", "paper") for case in KERNEL.cases(profile)]
    for target in KERNEL.targets:
        assert any(fnmatchcase(case.name, target.case) for case in cases), target
    for profile in ("smoke", "standard", "paper"):
        names = [case.name for case in KERNEL.cases(profile)]
        assert len(set(names)) == len(names)


def test_data_depend_on_the_seed_only():
    case = SMOKE[0]
    first, again, other = (KERNEL.data(case, seed).masks[0] for seed in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()
    assert KERNEL.cost(case, KERNEL.data(case, 0)).bytes == 2 * first.size


def test_the_declaration_is_light_to_import():
    code = (
        "import sys; import methods.structured_tickets.regrouping_kernel;"
        "print([m for m in ('torch', 'numba', 'scipy', 'pymetis', 'kahypar') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_published_shapes():
    kept = (0.796, 0.679, 0.603, 0.430, 0.203, 0.118, 0.074, 0.069, 0.089)
    assert [round(layer.kept_density, 3) for layer in VGG16_TICKET] == list(kept)
    assert [layer.rows for layer in VGG16_TICKET] == [256] * 3 + [512] * 6
    assert [layer.columns for layer in VGG16_TICKET] == [1152, 2304, 2304, 2304, *[4608] * 5]
    assert [layer.positions for layer in VGG16_TICKET] == [4096] * 3 + [1024] * 3 + [256] * 3
    assert set(VGG16_DENSITY) == {layer.name for layer in VGG16_TICKET}


def test_generated_tickets_have_the_published_sizes():
    for layer in VGG16_TICKET:
        blocks, again, other = (generate_blocks(layer, seed) for seed in (0, 0, 1))
        assert tuple(len(rows) for rows, _ in blocks) == layer.group_rows
        assert tuple(len(columns) for _, columns in blocks) == layer.group_columns
        assert np.sort(np.concatenate([rows for rows, _ in blocks])).tolist() == list(range(layer.rows))
        for rows, columns in blocks:
            assert (np.diff(rows) > 0).all()
            assert (np.diff(columns) > 0).all()
            assert columns[0] >= 0
            assert columns[-1] < layer.columns
        assert all(map(np.array_equal, sum(blocks, ()), sum(again, ())))
        assert not np.array_equal(blocks[0][0], other[0][0])


@pytest.mark.parametrize("density", [0.0, 1e-4, 0.3, 1.0])
def test_generated_masks_have_the_density_to_the_entry(density):
    assert pruned_mask(13, 29, density, seed=1).sum() == round(density * 13 * 29)


def test_planted_types_have_their_densities():
    mask, types = planted_mask(64, 5000, p_in=0.5, p_out=0.1, seed=0)
    assert np.bincount(types).tolist() == [8] * 8
    assert mask.mean() == pytest.approx(0.2 * 0.5 + 0.8 * 0.1, abs=0.01)


def test_generated_masks_are_the_same_on_every_machine():
    assert np.flatnonzero(pruned_mask(13, 29, 0.05, seed=1)).tolist() == [
        *(29, 30, 31, 55, 64, 66, 69, 79, 87, 117, 158, 171, 184, 193, 197, 200, 228, 273, 296)
    ]
    mask, types = planted_mask(12, 40, types=4, p_in=0.5, p_out=0.02, seed=1)
    assert np.flatnonzero(mask)[:12].tolist() == [3, 4, 5, 9, 11, 15, 48, 58, 84, 85, 88, 89]
    assert types.tolist() == [3, 2, 3, 2, 0, 1, 2, 3, 0, 1, 0, 1]
