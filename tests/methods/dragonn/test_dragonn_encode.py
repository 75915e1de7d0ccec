"""The encoder: worked example, its definition by another route, thread counts, hard inputs and refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.dragonn import encode as encoding
from methods.dragonn.aggregate import decode
from methods.dragonn.encode import Encoder, encode
from methods.dragonn.law import expected_kept, sd_kept
from methods.dragonn.murmur import slot_of
from methods.dragonn.reference import encode as vectorised
from methods.dragonn.reference import encode_by_definition

EXAMPLE = np.array(
    [0.9, -0.05, 0.02, -1.2, 0, 0.31, -0.3, 0.07, 0.6, -0.8, 0.01, 0.3, -0.29, 0.45, 2, -0.33], np.float32
)
POLICIES = ["max_index", "max_abs", "probe1", "probe2", "probe4"]


@pytest.fixture
def many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small gradients are cut into as many parts as threads are asked for."""
    monkeypatch.setattr(encoding, "LEAST_PART", 64)


def normal(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(size, np.float32)


@pytest.mark.parametrize(
    ("slot_map", "table"), [("mod", [14, 15, 13, 3, 8, -1, 11, -1]), ("mulhi", [11, 5, 9, 14, 13, -1, 15, -1])]
)
def test_worked_example(slot_map: str, table: list[int]) -> None:
    whole = encode(EXAMPLE, 0.3, 8, slot_map=slot_map, wire="table")
    sent = encode(EXAMPLE, np.float32(0.3), 8, slot_map=slot_map)
    assert whole.index.tolist() == table
    assert sent.index.tolist() == [i for i in table if i >= 0]
    assert sent.selected == whole.selected == 10
    assert np.array_equal(sent.value, EXAMPLE[sent.index])
    assert whole.value.tolist() == [EXAMPLE[i] if i >= 0 else 0 for i in table]


@pytest.mark.usefixtures("many_parts")
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("slot_map", ["mulhi", "mod"])
@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 257, 1009])
def test_every_variant_is_its_definition_for_any_number_of_threads(policy: str, slot_map: str, size: int) -> None:
    x = normal(size, seed=size)
    for slots in (1, 7, 331):
        table = encode_by_definition(x, 2.0, slots, 9, policy, slot_map)
        for threads in (1, 2, 7):
            sent = encode(x, 2.0, slots, seed=9, policy=policy, slot_map=slot_map, threads=threads)
            whole = encode(x, 2.0, slots, seed=9, policy=policy, slot_map=slot_map, wire="table", threads=threads)
            assert sent.index.tolist() == list(table.values())
            assert {slot: i for slot, i in enumerate(whole.index.tolist()) if i >= 0} == table
            assert np.array_equal(sent.value, x[sent.index])
            assert sent.selected == whole.selected == np.count_nonzero(np.abs(x) >= 2.0)


@pytest.mark.parametrize("policy", POLICIES)
def test_tables_of_many_segments_are_the_same_for_any_number_of_threads(policy: str) -> None:
    x = normal(700_001)
    one, two, seven = (encode(x, 1.0, 300_001, policy=policy, threads=threads) for threads in (1, 2, 7))
    assert one.selected == np.count_nonzero(np.abs(x) >= 1)
    for other in (two, seven):
        assert np.array_equal(one.index, other.index)
        assert np.array_equal(one.value, other.value)
    whole = encode(x, 1.0, 300_001, policy=policy, threads=2, wire="table")
    assert np.array_equal(whole.index[whole.index >= 0], one.index)
    assert np.array_equal(whole.value[whole.index >= 0], one.value)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 5000),
    st.integers(1, 200_000),
    st.integers(0, 2**32 - 1),
    st.sampled_from(["max_index", "max_abs"]),
    st.sampled_from(["mulhi", "mod"]),
    st.floats(0.0625, 3, width=32),
)
def test_the_torch_reference_agrees(
    size: int, slots: int, seed: int, policy: str, slot_map: str, threshold: float
) -> None:
    x = np.round(normal(size, seed), 1)  # with ties
    got = encode(x, threshold, slots, seed=seed, policy=policy, slot_map=slot_map, threads=2)
    expected = vectorised(x, threshold, slots, seed=seed, policy=policy, slot_map=slot_map)
    assert np.array_equal(got.index, expected.index)
    assert np.array_equal(got.value, expected.value)
    assert got.selected == expected.selected


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_sent_reaches_the_threshold_and_lies_in_its_slot(policy: str) -> None:
    x, slots = normal(50_000), 4000
    whole = encode(x, 2.0, slots, policy=policy, wire="table")
    there = np.flatnonzero(whole.index >= 0)
    tries = int(policy[5:]) if policy.startswith("probe") else 1
    for slot in there[::50]:
        assert slot in [slot_of(int(whole.index[slot]), 43 + attempt, slots, True) for attempt in range(tries)]
    assert np.all(np.abs(whole.value[there]) >= 2)
    hit = {int(slot_of(int(i), 43, slots, True)) for i in np.flatnonzero(np.abs(x) >= 2)}
    if tries == 1:
        assert set(there.tolist()) == hit
    else:
        assert hit <= set(there.tolist())


def test_max_abs_keeps_the_largest_and_of_equals_the_first() -> None:
    x = np.array([1, -3, 2, 3, -1], np.float32)
    sent = encode(x, 0.5, 1, policy="max_abs")
    assert (sent.index.tolist(), sent.value.tolist()) == ([1], [-3])
    assert encode(x, 0.5, 1).index.tolist() == [4]
    assert encode(x, 0.5, 1, policy="probe4").index.tolist() == [0]


def test_element_0_is_sent() -> None:
    x = np.zeros(1000, np.float32)
    x[0] = -5
    assert encode(x, 1, 16).index.tolist() == [0]


@pytest.mark.parametrize("policy", POLICIES)
def test_equal_zero_and_subnormal_values(policy: str) -> None:
    equal = np.full(777, -0.25, np.float32)
    slots = {int(slot_of(i, 43, 100, True)) for i in range(777)}
    sent = encode(equal, 0.25, 100, policy=policy)
    assert sent.selected == 777
    assert len(sent.index) >= len(slots)
    assert encode(np.zeros(777, np.float32), 1e-45, 100, policy=policy).selected == 0
    tiny = np.array([1e-45, -1e-44, 0, -0.0], np.float32)
    assert encode(tiny, 1e-45, 1000, policy=policy).selected == 2
    assert encode(tiny, 5e-45, 1000, policy=policy).selected == 1


def test_a_threshold_between_two_floats_is_rounded_up() -> None:
    x = np.array([0.3], np.float32)  # 0.300000012
    assert encode(x, 0.3, 4).selected == 1
    assert encode(x, 0.3000000121, 4).selected == 0


def test_crowded_hits_are_all_seen() -> None:
    x = np.full(300_000, 0.1, np.float32)
    x[100_000:200_000] = 1
    for policy in ("max_index", "probe2"):
        sent = encode(x, 0.5, 512, policy=policy, threads=2)
        assert (sent.selected, len(sent.index)) == (100_000, 512)


def test_reads_only_and_read_only() -> None:
    x = normal(1000)
    before = x.copy()
    x.flags.writeable = False
    assert np.array_equal(decode(encode(x, 1e-9, 10**6, policy="probe4")), before)
    assert np.array_equal(x, before)


def test_an_encoder_is_used_again_for_other_sizes() -> None:
    encoder = Encoder(100, policy="max_abs")
    for size in (10, 5000, 1, 300_000, 64):
        x = normal(size)
        assert np.array_equal(encoder(x, 1, seed=3).index, encode(x, 1, 100, seed=3, policy="max_abs").index)


def test_a_wide_table_keeps_nearly_everything_and_probing_everything() -> None:
    x = normal(20_000)
    selected = np.count_nonzero(np.abs(x) >= 2.5)
    assert len(encode(x, 2.5, 64 * selected).index) > 0.985 * selected
    dense = encode(x, np.finfo(np.float32).tiny, 4 * x.size, policy="probe32")
    assert np.array_equal(decode(dense), x)


@pytest.mark.parametrize("slot_map", ["mulhi", "mod"])
def test_the_number_kept_follows_the_law(slot_map: str) -> None:
    size, slots = 1_000_000, 4000
    z = []
    for seed in range(20):
        x = normal(size, seed)
        sent = encode(x, 3.29, slots, seed=seed, slot_map=slot_map)
        z.append((len(sent.index) - expected_kept(sent.selected, slots)) / sd_kept(sent.selected, slots))
    assert np.abs(z).max() < 5
    assert abs(np.mean(z)) < 5 / np.sqrt(20)


def test_losers_differ_from_step_to_step() -> None:
    x = normal(100_000)
    reached = np.flatnonzero(np.abs(x) >= 2.6)
    sent = [set(encode(x, 2.6, 4 * len(reached), seed=seed).index.tolist()) for seed in range(10)]
    assert len(sent[0]) < 0.92 * len(reached)
    assert set.union(*sent) == set(reached.tolist())


@pytest.mark.usefixtures("many_parts")
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan, -np.nan])
@pytest.mark.parametrize("place", [0, 63, 64, 999, 1000])
@pytest.mark.parametrize("policy", ["max_index", "probe2"])
@pytest.mark.parametrize("threads", [1, 3])
def test_non_finite_elements_are_refused(bad: float, place: int, policy: str, threads: int) -> None:
    x = normal(1001)
    x[place] = bad
    message = r"1 non-finite element in the bucket of a\.weight, a\.bias; expected finite"
    with pytest.raises(FloatingPointError, match=message):
        Encoder(40, policy=policy, threads=threads)(x, 3e38, names=("a.weight", "a.bias"))
    x[(place + 500) % 1001] = bad
    with pytest.raises(FloatingPointError, match="gradient has 2 non-finite elements; expected"):
        encode(x, 1.0, 40, policy=policy, threads=threads)


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (np.zeros(4), TypeError, "gradient has dtype float64; expected a float32 numpy array: cast"),
        (np.zeros(4, np.float16), TypeError, "dtype float16"),
        (np.zeros(4, ">f4"), TypeError, "dtype >f4"),
        (np.zeros(4, np.int32), TypeError, "dtype int32"),
        ([0.0, 1.0], TypeError, "type list; expected a float32 numpy array"),
        (np.zeros(8, np.float32)[::2], TypeError, r"strides \(8,\) is not contiguous .*np.ascontiguousarray"),
        (np.zeros((4, 4), np.float32).T[:, :2], TypeError, "not contiguous"),
        (np.frombuffer(bytes(9), np.uint8)[1:].view(np.float32), TypeError, "aligned"),
        (np.broadcast_to(np.float32(0), 2**31), ValueError, r"2147483648 elements.*fewer than 2\^31"),
    ],
)
def test_gradients_that_are_refused(x: np.ndarray, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        encode(x, 1.0, 4)


@pytest.mark.parametrize("threshold", [0.0, -1.0, np.inf, np.nan, 1e39])
def test_thresholds_that_are_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match=r"threshold is .*; allowed are positive numbers up to 3\.40282e\+38"):
        encode(EXAMPLE, threshold, 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"slots": 0}, r"slots is 0; allowed are 1 \.\. 2147483647"),
        ({"slots": 2**31}, "slots is 2147483648; allowed"),
        ({"slots": 4, "threads": 0}, "threads is 0; allowed are 1"),
        ({"slots": 4, "slot_map": "and"}, "slot_map is 'and'; allowed are 'mulhi', 'mod'"),
        ({"slots": 4, "wire": "dense"}, "wire is 'dense'; allowed are 'pairs', 'table'"),
        ({"slots": 4, "policy": "first"}, "policy is 'first'; allowed are"),
    ],
)
def test_options_that_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Encoder(**options)


def test_the_vectorised_reference_refuses_probing() -> None:
    with pytest.raises(ValueError, match="policy is 'probe2'; allowed are 'max_index' and 'max_abs'"):
        vectorised(EXAMPLE, 0.3, 8, policy="probe2")
