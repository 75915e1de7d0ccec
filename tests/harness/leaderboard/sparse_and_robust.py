"""A toy suite of pruned, compressed and attacked models under the protocols of ours, and records of it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest

from harness import catalog
from harness.contract.roster import ContenderEntry
from harness.contract.roster import ContenderKind as Kind
from harness.task import Extent, Suite, Task
from harness.trial import Record
from tests.harness.leaderboard.synthetic import make_record

LEVELS = (51, 26, 13, 7)
BANDWIDTHS = (0.1, 1.0, 10.0, 25.0, 100.0)
FAMILIES = ("l1", "l2", "linf")
TRAINING = {"widths": [8], "batch": 8, "ratio": 0.02, "workers": 2, "learning_rates": [0.1], "steps": 9}
TASKS = (
    Task("toy-tickets", "pruning to fixed densities (toy)", "network-pruning", "digits", "accuracy", "seeds",
         {"standard": Extent(seeds=3)}),
    Task("toy-gradients", "compressed gradients (toy)", "gradient-compression", "digits", "accuracy", "seeds",
         {"standard": Extent(seeds=3)}, options=TRAINING),
    Task("toy-attacks", "identified attacks (toy)", "attack-identification", "digits", "accuracy", "replications",
         {"standard": Extent(folds=3)}),
)  # fmt: skip
PRUNERS: Mapping[str, tuple[Kind, float, float]] = {
    # kind, accuracy lost each time the density halves, time at density d relative to d
    "toy-regroup": ("method", 0.006, 1.1),
    "toy-refill": ("method", 0.013, 1.0),
    "toy-imp": ("method", 0.003, 4.0),
    "toy-dense": ("baseline", 0.0, 1.0),
    "toy-channel-l1": ("baseline", 0.03, 1.0),
    "toy-random-ticket": ("control", 0.02, 1.1),
}
EXCHANGES: Mapping[str, tuple[Kind, float, float, float]] = {
    # kind, share of the dense bytes, ms to encode, ms to decode
    "toy-hash": ("method", 0.02, 3.0, 0.7),
    "toy-sgd-dense": ("baseline", 1.0, 0.0, 0.0),
    "toy-topk": ("baseline", 0.02, 9.0, 0.7),
    "toy-fp16": ("baseline", 0.5, 1.2, 0.9),
}
CLASSIFIERS: Mapping[str, tuple[Kind, float, bool]] = {
    # kind, share of the errors under attack that is left, whether it tells families
    "toy-block-sparse": ("method", 0.3, True),
    "toy-undefended": ("baseline", 1.0, False),
    "toy-norm-ratio": ("baseline", 0.9, True),
}
KINDS: Mapping[str, Kind] = {
    name: values[0] for group in (PRUNERS, EXCHANGES, CLASSIFIERS) for name, values in group.items()
}
SUITE = Suite(
    "toy-sparse-and-robust",
    "Toy: pruned, compressed and attacked models",
    TASKS,
    {task.protocol: tuple(names) for task, names in zip(TASKS, (PRUNERS, EXCHANGES, CLASSIFIERS), strict=True)},
    {TASKS[0].protocol: "toy-dense", TASKS[1].protocol: "toy-sgd-dense", TASKS[2].protocol: "toy-undefended"},
)


def register(patch: pytest.MonkeyPatch) -> None:
    """Make the catalog know the toy suite, its tasks and its contenders."""
    suites, tasks, contenders = dict(catalog.suites()), dict(catalog.tasks()), dict(catalog.contenders())
    suites[SUITE.name] = SUITE
    tasks |= {task.name: task for task in TASKS}
    protocols = {name: protocol for protocol, names in SUITE.contenders.items() for name in names}
    contenders |= {
        name: ContenderEntry(name, protocols[name], kind, f"{name}, a toy", "nowhere:Nobody")
        for name, kind in KINDS.items()
    }
    patch.setattr(catalog, "suites", lambda: suites)
    patch.setattr(catalog, "tasks", lambda: tasks)
    patch.setattr(catalog, "contenders", lambda: contenders)


def pruning_metrics(name: str, rng: np.random.Generator) -> dict[str, float]:
    """Metrics by level; networks of unstructured masks have no blocks."""
    _, loss, slowness = PRUNERS[name]
    metrics = {"nll": 0.3}
    for level in LEVELS:
        density = 1.0 if name == "toy-dense" else level / 100 + rng.uniform(0, 0.004)
        halvings = -np.log2(density)
        metrics[f"accuracy_at_{level}"] = 0.952 - loss * halvings**1.6 + rng.normal(0, 0.002)
        metrics[f"density_at_{level}"] = density
        metrics[f"time_ratio_at_{level}"] = (0.15 + 0.85 * density * slowness) * rng.uniform(0.97, 1.03)
        if name in ("toy-regroup", "toy-random-ticket"):
            metrics[f"block_share_at_{level}"] = 1.0
    return metrics


def exchange_metrics(name: str, rng: np.random.Generator) -> dict[str, float]:
    """Bytes and times of a step, measured and modelled; the dense exchange has no break-even."""
    _, share, encode, decode = EXCHANGES[name]
    dense_bytes, compute = 7.4e6, 11.0 * rng.uniform(0.95, 1.05)
    sent = share * dense_bytes
    parts = {"compute": compute, "encode": encode, "communicate": 9 * share + 0.3, "decode": decode}
    metrics = {"nll": 0.2, "bytes_per_step": sent, "loopback_bytes_per_step": sent * 1.07, "kept_ratio": share}
    metrics |= {f"{part}_ms": value for part, value in parts.items()} | {"step_ms": sum(parts.values())}
    for gbit in BANDWIDTHS:
        written = f"{gbit:g}".replace(".", "p")
        metrics[f"modelled_step_ms_{written}gbit"] = compute + encode + decode + 0.1 + 8e-6 * sent / gbit
    if share < 1:
        metrics["break_even_gbit"] = 8e-6 * (dense_bytes - sent) / (encode + decode)
    return metrics


def attack_metrics(name: str, rng: np.random.Generator) -> dict[str, float]:
    """Accuracies by kind of signal; those that predict families have recalls and confusions."""
    _, left, tells = CLASSIFIERS[name]
    lost = dict(zip(("clean", *FAMILIES, "held_out_eps"), (0.04, 0.5, 0.6, 0.7, 0.65), strict=True))
    metrics = {f"accuracy_{kind}": 1 - left * share + rng.normal(0, 0.01) for kind, share in lost.items()}
    metrics |= {"ms_per_signal": 40 * left, "gap": 1e-7}
    metrics |= {f"accuracy_held_out_eps_{family}": metrics["accuracy_held_out_eps"] for family in FAMILIES}
    if name == "toy-undefended":
        metrics |= {"white_box_accuracy": 0.4} | {f"white_box_accuracy_{f}": 0.4 for f in FAMILIES}
    if tells:
        shares = {"l1": (0.6, 0.35, 0.05), "l2": (0.4, 0.5, 0.1), "linf": (0.02, 0.06, 0.92)}
        for true, row in shares.items():
            metrics |= {f"attacks_{true}_as_{told}": s for told, s in zip(FAMILIES, row, strict=True)}
            metrics[f"attack_recall_{true}"] = row[FAMILIES.index(true)]
        metrics |= {"attack_accuracy": 0.67, "attack_accuracy_held_out_eps": 0.6, "clean_attack_energy": 0.04}
        metrics |= {"accuracy_other_network": 0.6, "attack_accuracy_other_network": 0.55}
    return metrics


def toy_records(units: int = 3) -> Iterator[Record]:
    """Yield the records of all tasks; regrouping tells of a fallback in two of its trials."""
    makers = (pruning_metrics, exchange_metrics, attack_metrics)
    for task, make, names in zip(TASKS, makers, (PRUNERS, EXCHANGES, CLASSIFIERS), strict=True):
        for name in names:
            for unit in range(units):
                metrics = make(name, np.random.default_rng([len(name), unit]))
                ranked = [value for key, value in metrics.items() if key.startswith("accuracy_")]
                value = float(np.mean(ranked)) if ranked else 0.93 + 0.001 * len(name) - 0.002 * unit
                place = {"fold" if task.over_folds else "seed": unit}
                record = make_record(task.name, name, value, metrics=metrics, **place)
                task.metrics.check(record.metrics, task.name)
                told = ["layer conv2: no block found, dense"] if name == "toy-regroup" and unit else []
                yield replace(record, facts={**record.facts, "model": {"flags": told, "rounds": 9}})
