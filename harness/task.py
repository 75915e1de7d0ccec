"""Suites and their tasks: data, metric and extent in each profile, contenders and kernels by name."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import blake2b
from typing import Any, Literal, get_args

from harness.contract.metric import Metric, MetricSet
from harness.contract.options import build_options
from harness.errors import ConfigError, UnknownName, suggestion
from harness.families import dataset_entry, protocol_entries, protocol_entry
from harness.trial import PROFILES, canonical

Layout = Literal["folds", "replications", "seeds"]
LAYOUTS_ALLOWED = f"Allowed: {', '.join(get_args(Layout))}."
PROFILES_ALLOWED = f"Allowed: {', '.join(PROFILES)}."


@dataclass(frozen=True)
class Extent:
    """Numbers of folds and seeds that a profile runs.

    Raises:
        ConfigError: a number is below 1.
    """

    folds: int = 1
    seeds: int = 1

    def __post_init__(self) -> None:
        for name, count in (("folds", self.folds), ("seeds", self.seeds)):
            if type(count) is not int or count < 1:
                raise ConfigError(f"{name} of an extent must be a whole number of 1 or more, got {count!r}")


@dataclass(frozen=True)
class Task:
    """A data set + split + metric under a protocol.

    Attributes:
        metric: the ranked metric, one that the protocol declares with a better direction.
        layout: the unit of replication: ``folds`` (of a cross-validation; seeds averaged within), ``replications``
            (counted as folds; each has test items and random parts of its own, and all share one training part) or
            ``seeds`` (one split).
        extents: profile name -> extent; a profile that is not named does not run the task.
        time_ranked: whether its trials run alone on the machine, because their time is ranked.
        options: fields of the protocol's options: the network, the number of workers, …; the same for all
            contenders, and part of the identity of every trial.
        contenders: names of its contenders, in the order of the table; empty for those of the suite and the
            plug-ins for its protocol.
        reference: baseline that every contender is compared with; "" for the suite's reference of its protocol.
        table: name of its table of mean ranks within the protocol; tasks with the same name are ranked together.

    Raises:
        ConfigError: an unknown protocol, data set, metric, option, layout or profile, an option out of range, or
            malformed contenders: which, and what is allowed.
    """

    name: str
    title: str
    protocol: str
    dataset: str
    metric: str
    layout: Layout
    extents: Mapping[str, Extent]
    time_ranked: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    contenders: tuple[str, ...] = ()
    reference: str = ""
    table: str = ""

    def __post_init__(self) -> None:
        try:
            entry = protocol_entry(self.protocol)
            dataset_entry(self.dataset)
        except UnknownName as error:
            raise ConfigError(f"task {self.name!r}: {error}") from error
        for fault in self._faults():
            raise ConfigError(f"task {self.name!r}: {fault}")
        ranked = entry.metrics.find(self.metric)
        if ranked is None:
            allowed = f"{suggestion(self.metric, entry.metrics.names)} Declared: {', '.join(entry.metrics.names)}."
            raise ConfigError(f"task {self.name!r}: unknown metric {self.metric!r} of {self.protocol}{allowed}")
        if ranked.better is None:
            raise ConfigError(
                f"task {self.name!r}: metric {self.metric!r} has no better direction, so it cannot rank"
            )
        build_options(entry.options, self.options, f"task {self.name!r}")

    def _faults(self) -> Iterator[str]:
        """Yield what is wrong with the layout, the extents and the contenders."""
        if self.layout not in get_args(Layout):
            near = suggestion(str(self.layout), get_args(Layout))
            yield f"unknown layout {self.layout!r}{near} {LAYOUTS_ALLOWED}"
        if not isinstance(self.extents, Mapping) or not self.extents:
            yield f"extents must map one profile or more to an Extent, got {self.extents!r}. {PROFILES_ALLOWED}"
            return
        for profile, extent in self.extents.items():
            if profile not in PROFILES:
                yield f"unknown profile {profile!r}{suggestion(str(profile), PROFILES)} {PROFILES_ALLOWED}"
            if not isinstance(extent, Extent):
                yield f"profile {profile!r} must have an Extent, got {extent!r}"
        if self.layout == "seeds" and self.most_folds > 1:
            yield f"layout 'seeds' has one split, got an extent of {self.most_folds} folds"
        if fault := _names_fault(self.contenders):
            yield f"contenders {fault}"

    @property
    def metrics(self) -> MetricSet:
        """The metrics of the task's protocol."""
        return protocol_entry(self.protocol).metrics

    @property
    def ranked(self) -> Metric:
        """The declaration of the ranked metric."""
        return self.metrics[self.metric]

    @property
    def higher_is_better(self) -> bool:
        """The direction of the ranked metric."""
        return self.ranked.better == "higher"

    @property
    def plain_options(self) -> dict[str, Any]:
        """The options that differ from their defaults, as plain values: equal options have an equal identity."""
        kind = protocol_entry(self.protocol).options
        built = asdict(build_options(kind, self.options, f"task {self.name!r}"))
        return {one.name: built[one.name] for one in fields(kind) if built[one.name] != one.default}

    @property
    def unit(self) -> str:
        """Name of one independent unit: ``fold``, ``replication`` or ``seed``."""
        return self.layout.removesuffix("s")

    @property
    def over_folds(self) -> bool:
        """Whether a unit is a fold number of the trials; otherwise it is a seed."""
        return self.layout != "seeds"

    @property
    def most_folds(self) -> int:
        """Number of folds or replications that exist: the largest of any profile; 1 with a single split."""
        return max(extent.folds for extent in self.extents.values())

    def fingerprint(self, data: str) -> str:
        """Return the identity of the data and the options that trials of the task work on."""
        options = self.plain_options
        return blake2b(canonical([data, options]).encode(), digest_size=16).hexdigest() if options else data


@dataclass(frozen=True)
class Suite:
    """A named list of tasks, contenders and kernels.

    Attributes:
        contenders: protocol -> contender names, in the order of the tables; a task may name others instead.
        references: protocol -> the baseline that every contender is compared with.
        kernels: names of the kernels that the suite includes.

    Raises:
        ConfigError: an unknown protocol, or malformed names: which, and what is allowed.
    """

    name: str
    title: str
    tasks: tuple[Task, ...]
    contenders: Mapping[str, tuple[str, ...]]
    references: Mapping[str, str]
    kernels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for fault in self._faults():
            raise ConfigError(f"suite {self.name!r}: {fault}")

    def _faults(self) -> Iterator[str]:
        for part, by_protocol in (("contenders", self.contenders), ("references", self.references)):
            if not isinstance(by_protocol, Mapping):
                yield f"{part} must map protocols to names, got {by_protocol!r:.80}"
                return
            for protocol in by_protocol:
                if protocol not in protocol_entries():
                    yield f"{part} names an {UnknownName('protocol', protocol, protocol_entries())}"
        for protocol, names in self.contenders.items():
            if fault := _names_fault(names):
                yield f"contenders of {protocol} {fault}"
        for protocol, name in self.references.items():
            if not isinstance(name, str):
                yield f"the reference of {protocol} must be a name, got {name!r}"
        for part, kind in (("tasks", Task), ("kernels", str)):
            given = getattr(self, part)
            if not isinstance(given, tuple) or not all(isinstance(one, kind) for one in given):
                yield f"{part} must be a tuple of {kind.__name__}, got {given!r:.80}"

    def reference(self, task: Task) -> str:
        """Return the baseline that the contenders of a task are compared with; "" for none."""
        return task.reference or self.references.get(task.protocol, "")


def _names_fault(names: Any) -> str:
    """Return what is wrong with a tuple of names; "" if nothing is."""
    if not isinstance(names, tuple | list) or not all(isinstance(name, str) for name in names):
        return f"must be a tuple of names, got {names!r:.80}"
    repeated = [name for number, name in enumerate(names) if name in names[:number]]
    return f"name {repeated[0]!r} twice" if repeated else ""
