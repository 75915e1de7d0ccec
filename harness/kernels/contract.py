"""Declaration of a kernel: inputs, reference, implementations, checker, cost, quality and targets.

A kernel's file is light to import (numpy at most): its implementations are named by lazy strings and imported only
in the process that times them. Adding a kernel is one class and one line of the catalog:

    class Sum(Kernel):
        name, title, headline = "sum", "sum of an array", "numpy"
        implementations = (
            Implementation("numpy", "my_package.sums:fast", "ours"),
            Implementation("plain", "my_package.sums:plain", "reference", threaded=False),
        )

        def cases(self, profile): return (case(size=n, n=n) for n in (1000, 10_000))
        def data(self, case, seed): return np.random.default_rng(seed).normal(size=case["n"])
        def reference(self, case, data): return math.fsum(data)
        def check(self, case, data, name, output, expected):
            if abs(output - expected) > 1e-9: raise Mismatch(f"sum is {output}, expected {expected}")
        def cost(self, case, data): return KernelCost(flops=case["n"], bytes=8 * case["n"])

    def fast(case, data, threads):      # preparation: not timed
        return lambda: data.sum()       # timed
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Role = Literal["ours", "peer", "reference"]
TargetMeasure = Literal["ratio", "limit", "scaling", "seconds", "quality", "memory"]
Value = int | float | str


class Mismatch(Exception):
    """An implementation's output differs from the reference; the table shows a failure instead of a time."""


@dataclass(frozen=True)
class KernelCase:
    """One row group of a kernel's board: a point of its grid of sizes and regimes.

    Attributes:
        size: abscissa of the figure of times and of the fitted growth, e.g. the number of entries.
        parameters: name -> value, in the order of the table.
        series: cases of one series differ in size only; growth is fitted within a series of three sizes or more.
    """

    size: float
    parameters: tuple[tuple[str, Value], ...]
    series: str = ""

    def __getitem__(self, name: str) -> Any:
        return dict(self.parameters)[name]

    @property
    def name(self) -> str:
        """Identity, e.g. ``n=1e+06,density=0.001,values=normal``; a value has no comma, blank or colon."""
        return ",".join(f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}"
                        for key, value in self.parameters)  # fmt: skip


def case(*, size: float, series: str = "", **parameters: Value) -> KernelCase:
    """Return a case from keywords."""
    return KernelCase(float(size), tuple(parameters.items()), series)


@dataclass(frozen=True)
class Implementation:
    """A way to compute a kernel.

    Attributes:
        target: ``module:function``, imported in the timing process. ``function(case, data, threads)`` prepares
            (converts, compiles, allocates what a user would keep) and returns the call that is timed, without
            arguments; or :class:`Timed` where one call does only a share of the case's work.
        role: *ours*, a *peer* from elsewhere, or the plain *reference*.
        requires: modules that must be importable, else it is listed as *not installed*; import names.
        threaded: whether it can use more than one thread; if not it is timed at one thread only.
    """

    name: str
    target: str
    role: Role
    title: str = ""
    requires: tuple[str, ...] = ()
    threaded: bool = True

    @property
    def module(self) -> str:
        """The module of the target."""
        return self.target.partition(":")[0]


@dataclass(frozen=True)
class Timed:
    """A timed call that does `share` of the case's work, e.g. 0.01 for one signal of a hundred.

    Its times are divided by `share`, and the table notes it. The checker and the quality see the call's output.
    """

    call: Callable[[], Any]
    share: float = 1.0


@dataclass(frozen=True)
class KernelCost:
    """The least work that any implementation of a case must do: its limit is the slower of the two.

    Attributes:
        flops: floating-point operations (a multiply-add is two), of `dtype`.
        bytes: memory traffic that cannot be avoided (what must be read and written once).
    """

    flops: float = 0.0
    bytes: float = 0.0
    dtype: Literal["float32", "float64"] = "float32"


@dataclass(frozen=True)
class Target:
    """A figure that the kernel should reach; the board shows *met*, *missed* or *open*.

    Attributes:
        case: name of the case, or a glob over names (each matching case is judged).
        measure: *ratio*: time of `against` / time of `name`. *limit*: fraction of the machine's limit reached.
            *scaling*: time of one thread / time of all threads. *seconds*; *memory*: MiB above the inputs;
            *quality*: the figure named by `quality`.
        name: the implementation judged; the kernel's headline if empty.
        at_least, at_most: the bound; one of them.
        threads: 1, or 0 for all.
        reason: source of the figure.
    """

    case: str
    measure: TargetMeasure
    against: str = ""
    at_least: float | None = None
    at_most: float | None = None
    name: str = ""
    quality: str = ""
    threads: int = 1
    reason: str = ""


class Kernel(ABC):
    """Base of a kernel's declaration. Instances are stateless.

    Attributes:
        headline: the implementation (one of ours) that ratios are relative to: ratio = time of a row / its time.
        size_name: quantity that `KernelCase.size` counts, for the axis of figures.
        quality_name: the quality figure that the table shows beside each time ('' if there is none).
        notes: sentences printed under the table, which a fair reader must know.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    headline: ClassVar[str]
    size_name: ClassVar[str] = "n"
    quality_name: ClassVar[str] = ""
    implementations: ClassVar[tuple[Implementation, ...]]
    targets: ClassVar[tuple[Target, ...]] = ()
    notes: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def cases(self, profile: str) -> Iterable[KernelCase]:
        """Return the cases of a profile: ``smoke`` (all together a few seconds), ``standard``, ``paper``."""

    @abstractmethod
    def data(self, case: KernelCase, seed: int) -> Any:
        """Return one generated input; the same for the same seed, on every machine."""

    def pool(self, case: KernelCase) -> int:
        """Return the number of inputs (seeds 0, 1, ...) that successive calls cycle through, to read cold data."""
        return 1

    def scaled(self, case: KernelCase) -> bool:
        """Return whether a case is timed at every selected number of threads, or only at the first."""
        return True

    def excluded(self, case: KernelCase, name: str) -> str | None:
        """Return the reason, for the table, not to run an implementation on a case; None to run it."""
        return None

    @abstractmethod
    def reference(self, case: KernelCase, data: Any) -> Any:
        """Return the output of the plain reference, with which :meth:`check` and :meth:`quality` compare."""

    @abstractmethod
    def check(self, case: KernelCase, data: Any, name: str, output: Any, expected: Any) -> None:
        """Compare an implementation's output with the reference; called before it is timed.

        Raises:
            Mismatch: the output differs; the message has the got and the expected value.
        """

    @abstractmethod
    def cost(self, case: KernelCase, data: Any) -> KernelCost:
        """Return the case's least work."""

    def quality(self, case: KernelCase, data: Any, name: str, output: Any, expected: Any) -> Mapping[str, float]:
        """Return finite figures to show beside the time, e.g. the fraction of entries kept."""
        return {}

    def implementation(self, name: str) -> Implementation:
        """Return one of the implementations by name.

        Raises:
            KeyError: there is none.
        """
        return {entry.name: entry for entry in self.implementations}[name]
