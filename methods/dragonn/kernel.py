"""Declaration of `hash-sparsification`: encode against append, compaction, top-k and threshold estimators."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.kernels.contract import Implementation, Kernel, KernelCase, KernelCost, Mismatch, Target, case
from harness.kernels.kept import kept
from methods.dragonn.inputs import VALUES, gradient

OURS, PEERS = "methods.dragonn.timed", "baselines.gradients.timed"
POOL_BYTES, MOST_POOL = 160_000_000, 200  # several times a large last-level cache; largest number of inputs
HEADLINE = "n=1e+07,density=0.001,values=normal"

GIVEN = ("append", "append-loop", "nonzero", "masked-select", "flatnonzero")
OWN_THRESHOLD = ("redsync", "gaussian-k", "sidco")
ENCODERS: dict[str, dict[str, Any]] = {
    "hash": {},
    "hash-table": {},
    "hash-loop": {},
    "hash-torch": {},
    "hash-triton": {},
    "hash-mod": {"slot_map": "mod"},
    "hash-max-abs": {"policy": "max_abs"},
}
TRIES = {"hash-probe2": 2, "hash-probe4": 4}
LARGEST_LAW = 5  # standard deviations that the kept number may be from the law
LARGEST = (
    "hash",
    "append",
    "append-loop",
    "nonzero",
    "flatnonzero",
)
SPARSE_ONLY = (
    "argpartition",
    "sidco",
    "hash-mod",
    "hash-max-abs",
    "hash-probe2",
    "hash-probe4",
    "hash-table",
    "random-k",
)
MOST_KEPT = 100_000  # indices that the processes of a session share; more are recomputed quickly
LEAST_FOR_LAW = 1000  # least number of selected elements for that check


@dataclass(frozen=True, eq=False)
class Expected:
    """Expected output: elements that the threshold selects, and those that the reference keeps.

    Attributes:
        selected: int64, (s,), every index that reaches the given threshold.
        kept: int32, (p,), elements that the default encoder keeps, in order of slots.
        kept_by: elements that the other timed encoders keep, by name.
    """

    selected: npt.NDArray[np.int64]
    kept: npt.NDArray[np.int32]
    kept_by: dict[str, npt.NDArray[np.int32]] = field(default_factory=dict)


class HashSparsification(Kernel):
    """A gradient x of n elements -> int32 indices and float32 values of about k = density · n large ones."""

    name = "hash-sparsification"
    title = "Sparsifying a gradient by a hash table"
    headline = "hash"
    size_name = "elements"
    quality_name = "kept"
    notes = (
        "Methods that take a threshold get the same one, not timed. Methods whose rule is the threshold find "
        "it in their time: hash-sampled, topk, argpartition, dgc, redsync, gaussian-k, sidco. All return int32 "
        "indices and float32 values.",
        "kept: elements returned / elements that reach the threshold (the method's own where it has one). A table "
        "of 4k slots loses 11.5 % of k elements by its law, m(1 - (1 - 1/m)^s); error feedback offers them again. "
        "append and the others lose none.",
        "At density 0.1 the table no longer fits a cache and append wins, by design: hashing is meant for "
        "densities of 0.001 to 0.01.",
        "Limit: the time to read the gradient once and to write k pairs.",
    )
    implementations = (
        Implementation("hash", f"{OURS}:max_index", "ours", "largest index in a slot stays"),
        Implementation("hash-mod", f"{OURS}:mod", "ours", "slots by a division, as published"),
        Implementation("hash-max-abs", f"{OURS}:max_abs", "ours", "largest magnitude in a slot stays"),
        Implementation("hash-probe2", f"{OURS}:probe2", "ours", "first empty of two slots"),
        Implementation("hash-probe4", f"{OURS}:probe4", "ours", "first empty of four slots"),
        Implementation("hash-table", f"{OURS}:table", "ours", "whole table as the message"),
        Implementation("hash-sampled", f"{OURS}:sampled", "ours", "threshold sampled, in the time"),
        Implementation("hash-triton", f"{OURS}:triton_max_index", "ours", "GPU", ("triton",)),
        Implementation("hash-loop", f"{OURS}:plain_loop", "reference", "plain numba loop", threaded=False),
        Implementation(
            "hash-torch", f"{OURS}:torch_vectorised", "reference", "torch: nonzero, hash, scatter_reduce"
        ),
        Implementation("append", f"{PEERS}:append", "peer", "one pass, each thread appends"),
        Implementation("append-loop", f"{PEERS}:append_loop", "peer", "plain numba loop", threaded=False),
        Implementation("nonzero", f"{PEERS}:nonzero", "peer", "torch.nonzero and gather"),
        Implementation("masked-select", f"{PEERS}:masked_select", "peer", "torch.masked_select twice"),
        Implementation(
            "flatnonzero", f"{PEERS}:flatnonzero", "peer", "numpy.flatnonzero and gather", threaded=False
        ),
        Implementation("topk", f"{PEERS}:torch_topk", "peer", "torch.topk, selection in the time"),
        Implementation(
            "argpartition",
            f"{PEERS}:argpartition",
            "peer",
            "numpy.argpartition, selection in the time",
            threaded=False,
        ),
        Implementation(
            "random-k", f"{PEERS}:random_k", "peer", "k at random, values not looked at", threaded=False
        ),
        Implementation("dgc", f"{PEERS}:dgc", "peer", "DGC, threshold in the time"),
        Implementation("redsync", f"{PEERS}:redsync", "peer", "RedSync, threshold in the time"),
        Implementation("gaussian-k", f"{PEERS}:gaussian_k", "peer", "Gaussian-k, threshold in the time"),
        Implementation("sidco", f"{PEERS}:sidco", "peer", "SIDCo-E, threshold in the time"),
    )
    targets = (
        Target(HEADLINE, "ratio", "topk", at_least=20, reason="design: one pass against a selection"),
        Target(HEADLINE, "ratio", "nonzero", at_least=8, reason="design: no prefix sum over n"),
        Target(HEADLINE, "ratio", "flatnonzero", at_least=4, reason="design: no mask over n"),
        Target(HEADLINE, "ratio", "append", at_least=1 / 1.3, reason="design: hashing the hits costs at most 30 %"),
        Target(HEADLINE, "limit", at_least=0.6, reason="design: bound by memory"),
        Target(HEADLINE, "limit", at_least=0.5, reason="design: at most twice a read of the gradient"),
        Target(
            "n=1e+08,density=0.001,values=normal",
            "scaling",
            at_least=1.7,
            threads=0,
            reason="design: for two threads",
        ),
        Target("*", "quality", quality="sd_from_law", at_most=LARGEST_LAW, reason="law of balls in bins"),
    )

    def cases(self, profile: str) -> Iterable[KernelCase]:
        sizes, densities = (1e5, 1e6, 1e7, 1e8), (0.001, 0.01, 0.1)
        if profile == "smoke":
            return [_point(1e5, density, "normal") for density in densities]
        if profile == "standard":
            return [
                *(_point(size, 0.001, "normal") for size in sizes),
                *(_point(1e7, density, "normal") for density in densities[1:]),
                *(_point(1e5, 0.01, values) for values in VALUES[1:]),
            ]
        return [_point(size, density, values) for values in VALUES for density in densities for size in sizes]

    def data(self, case: KernelCase, seed: int) -> dict[str, Any]:
        size = int(case["n"])
        count = int(case["density"] * size)
        x, threshold = gradient(case["values"], size, count, seed)
        return {"gradient": x, "threshold": threshold, "k": count}

    def pool(self, case: KernelCase) -> int:
        share = 1 if case["values"] == "normal" else 4  # their question is what is kept, more than the time
        return max(1, min(MOST_POOL, int(POOL_BYTES / (share * 4 * case["n"]))))

    def scaled(self, case: KernelCase) -> bool:
        return case["values"] == "normal" and case["density"] == 0.001 and case["n"] >= 1e8

    def excluded(self, case: KernelCase, name: str) -> str | None:
        if name == "hash-triton":
            import torch

            return None if torch.cuda.is_available() else "needs a CUDA device"
        if name == "hash-sampled" and case["n"] * case["density"] < 1000:
            return "less than ten draws decide the threshold"
        if case["n"] >= 1e8 and name not in LARGEST:
            return "a variant, or one that finds its own threshold: timed up to 1e7"
        if case["n"] >= 1e7 and case["density"] >= 0.1 and name in SPARSE_ONLY:
            return "timed at densities up to 0.01"
        return None

    def reference(self, case: KernelCase, data: Any) -> Expected:
        from methods.dragonn.reference import encode

        x = data["gradient"]
        selected = np.flatnonzero(np.abs(x) >= np.float32(data["threshold"]))

        def encoded() -> list[int]:
            return encode(x, data["threshold"], 4 * data["k"]).index.tolist()

        few = data["k"] <= MOST_KEPT
        index = kept("hash-sparsification reference", case, encoded) if few else encoded()
        return Expected(selected, np.array(index, np.int32))

    def check(self, case: KernelCase, data: Any, name: str, output: Any, expected: Expected) -> None:
        x, k = data["gradient"], data["k"]
        there = output.index >= 0
        index, value = output.index[there], output.value[there]
        _pairs(x, output, index, value)
        if name in GIVEN:
            _same("every element that reaches the threshold, by index", index, expected.selected)
        elif name in ENCODERS or name in TRIES or name == "hash-sampled":
            if name not in expected.kept_by:
                expected.kept_by[name] = self._kept(case, data, name, expected)
            _same("what the reference keeps, by slot", index, expected.kept_by[name])
            _lawful(
                self.quality(case, data, name, output, expected).get("sd_from_law", 0.0), len(expected.selected)
            )
        elif name in OWN_THRESHOLD:
            _above_own_threshold(x, value)
        elif name in ("topk", "argpartition"):
            _above_own_threshold(x, value, k)
        elif name == "dgc":
            _within(len(index), int(0.8 * k), k)
        else:
            _within(len(index), k, k)

    def _kept(self, case: KernelCase, data: Any, name: str, expected: Expected) -> npt.NDArray[np.int32]:
        """Return the elements that an encoder must keep, computed by torch, or by a plain loop for probing."""
        from methods.dragonn import plain_loop, reference
        from methods.dragonn.gradient import bit_patterns
        from methods.dragonn.murmur import HASH_SEED
        from methods.dragonn.thresholds import sampled

        x, threshold, slots = data["gradient"], data["threshold"], 4 * data["k"]
        if name == "hash-sampled":
            return reference.encode(x, sampled(bit_patterns(x), case["density"], 0), slots).index
        if name in TRIES:
            slot, index, value = np.empty(slots, np.int32), np.empty(slots, np.int32), np.empty(slots, np.float32)
            plain_loop.encode(x, np.float32(threshold), HASH_SEED, slot, index, value, TRIES[name])
            return index[: np.count_nonzero(slot >= 0)]
        if ENCODERS[name]:
            return reference.encode(x, threshold, slots, **ENCODERS[name]).index
        return expected.kept

    def cost(self, case: KernelCase, data: Any) -> KernelCost:
        return KernelCost(bytes=4 * case["n"] + 8 * data["k"])

    def quality(
        self, case: KernelCase, data: Any, name: str, output: Any, expected: Expected
    ) -> Mapping[str, float]:
        from methods.dragonn.law import expected_kept, sd_kept

        kept = int(np.count_nonzero(output.index >= 0))
        encoder = name in ENCODERS or name in TRIES or name == "hash-sampled"
        reaching = output.selected if encoder else kept if name in OWN_THRESHOLD else len(expected.selected)
        figures = {"kept": kept / reaching if reaching else 1.0, "load": kept / data["k"]}
        if encoder and reaching:
            mean, deviation = (
                expected_kept(reaching, 4 * data["k"], TRIES.get(name, 1)),
                sd_kept(reaching, 4 * data["k"]),
            )
            figures["law"] = mean / reaching
            if name not in TRIES and deviation:
                figures["sd_from_law"] = abs(kept - mean) / deviation
        return figures


def _point(size: float, density: float, values: str) -> KernelCase:
    return case(size=size, series=f"density={density:g},values={values}", n=size, density=density, values=values)


def _pairs(x: Any, output: Any, index: Any, value: Any) -> None:
    """Check the output of any method: contiguous int32 and float32, distinct places, the gradient's own bits."""
    if output.index.dtype != np.int32 or output.value.dtype != np.float32:
        raise Mismatch(f"index is {output.index.dtype}, value {output.value.dtype}; expected int32 and float32")
    if not (output.index.flags.c_contiguous and output.value.flags.c_contiguous):
        raise Mismatch("index or value is not contiguous")
    if index.size and not 0 <= index.min() <= index.max() < len(x):
        raise Mismatch(f"indices span {index.min()} .. {index.max()}; expected 0 .. {len(x) - 1}")
    there = np.zeros(len(x), bool)
    there[index] = True
    if (distinct := np.count_nonzero(there)) != index.size:
        raise Mismatch(f"{index.size - distinct} of {index.size} indices are repeated")
    if not np.array_equal(value.view(np.int32), x[index].view(np.int32)):
        raise Mismatch("values are not the gradient's at these indices")


def _same(what: str, got: Any, expected: Any) -> None:
    if not np.array_equal(got, expected):
        common = np.intersect1d(got, expected).size
        raise Mismatch(f"{len(got)} indices, {common} of them among the {len(expected)} expected: {what}")


def _lawful(distance: float, selected: int) -> None:
    if selected >= LEAST_FOR_LAW and distance > LARGEST_LAW:
        raise Mismatch(
            f"the number kept is {distance:.1f} standard deviations from the law; expected {LARGEST_LAW} at most"
        )


def _above_own_threshold(x: Any, value: Any, count: int | None = None) -> None:
    """Check that no element left out is larger than one taken, and their `count` where it is fixed."""
    if count is not None:
        _within(len(value), count, count)
    larger = np.count_nonzero(np.abs(x) > np.abs(value).min()) if len(value) else 0
    if larger > len(value):
        raise Mismatch(f"{larger} elements are larger than the least of the {len(value)} returned")


def _within(got: int, least: int, most: int) -> None:
    if not least <= got <= most:
        raise Mismatch(f"{got} elements; expected {least} .. {most}")


KERNEL = HashSparsification()
