"""The kernel of IMP-Regroup: from the irregular mask of a layer to dense blocks."""

from collections.abc import Iterable, Mapping
from typing import Any

from harness.kernels.contract import Implementation, Kernel, KernelCase, KernelCost, Target, case
from methods.structured_tickets.regroup import RegroupResult
from methods.structured_tickets.regrouping_data import Layers, generate, network_figures
from methods.structured_tickets.statistics import share
from methods.structured_tickets.tickets import VGG16_TICKET

IMPLEMENTATIONS = "methods.structured_tickets.regrouping_implementations"
MOST_ROWS = {"plain": 256, "kahypar": 64}  # a call with more rows takes seconds


class Regrouping(Kernel):
    """Partition of rows, choice of columns, blocks and statistics, all included in the time.

    Cases: a sweep over rows at 1152 columns, the two shapes of VGG-16 layers that bracket the work (few dense rows,
    many sparse ones), and the nine large layers of VGG-16 in one call.
    """

    name = "regrouping"
    title = "Row and column regrouping of a pruned mask into dense blocks"
    headline = "gram"
    size_name = "rows"
    quality_name = "efficiency"
    implementations = (
        Implementation("gram", f"{IMPLEMENTATIONS}:gram", "ours", "pair swaps on the Gram matrix"),
        Implementation("gram-4", f"{IMPLEMENTATIONS}:gram_restarts", "ours", "the best of four starts"),
        Implementation(
            "metis", f"{IMPLEMENTATIONS}:metis", "peer", "METIS, Jaccard graph", ("pymetis",), threaded=False
        ),
        Implementation(
            "kahypar", f"{IMPLEMENTATIONS}:kahypar", "peer", "KaHyPar, connectivity", ("kahypar",), threaded=False
        ),
        Implementation("random", f"{IMPLEMENTATIONS}:random", "peer", "random row groups", threaded=False),
        Implementation("plain", f"{IMPLEMENTATIONS}:plain", "reference", "plain Python", threaded=False),
    )
    targets = (
        Target("*columns=1152*", "ratio", against="plain", at_least=50, reason="design target: over plain Python"),
        Target("rows=512,columns=4608*", "seconds", at_most=1.5, reason="design target: largest VGG-16 layer"),
        Target("network=vgg16", "seconds", at_most=10, reason="design target: all of VGG-16"),
        Target("*", "quality", quality="versus_metis", at_least=0.98, reason="design target"),
        Target("*density=0.1*", "quality", quality="versus_random", at_least=1.05, reason="design target"),
        Target("*density=0.05*", "quality", quality="versus_random", at_least=1.05, reason="design target"),
    )
    notes = (
        "efficiency = coverage / kept density: the share of surviving weights inside blocks over the share of all "
        "weights inside blocks; 1 for a dense layer. Rule: ratio 1.5, eight groups.",
        "Coverage of about one half is a result of the ratio rule with any partition; it does not measure quality.",
        "versus_metis and versus_random: efficiency over that of the other partition of the same mask and rule.",
        "random, metis and kahypar differ in the partition only; columns and blocks are chosen by the same code.",
        "A single layer is regrouped by one thread; with more threads the layers of a network run side by side.",
        "The limit counts reading the mask and writing the new one, a byte an entry: no partition is that cheap.",
    )

    def cases(self, profile: str) -> Iterable[KernelCase]:
        if profile == "smoke":
            yield _layer(48, 144, 0.1, min_rows=4)
            yield _layer(128, 576, 0.3, min_rows=4)
            return
        for rows in (64, 128, 256, 512, 1024) if profile == "standard" else (64, 128, 256, 512, 1024, 2048):
            yield _layer(rows, 1152, 0.1, min_rows=4, series="1152 columns")
        yield _layer(256, 1152, 0.3)
        yield _layer(512, 4608, 0.05)
        if profile == "paper":
            yield _layer(256, 2304, 0.3)
            yield _layer(512, 2304, 0.3)
            yield _layer(512, 4608, 0.1)
            yield _layer(512, 4608, 0.3)
        yield case(size=sum(layer.rows for layer in VGG16_TICKET), network="vgg16")

    def data(self, case: KernelCase, seed: int) -> Layers:
        return generate(case, seed)

    def scaled(self, case: KernelCase) -> bool:
        return "network" in case.name

    def excluded(self, case: KernelCase, name: str) -> str | None:
        if case.size <= MOST_ROWS.get(name, case.size):
            return None
        return f"a call takes seconds above {MOST_ROWS[name]} rows"

    def reference(self, case: KernelCase, data: Layers) -> list[RegroupResult] | None:
        """Return the result of plain Python, or None if it takes too long; the definitions are then checked."""
        if self.excluded(case, "plain"):
            return None
        from methods.structured_tickets.regrouping_implementations import plain

        return plain(case, data, 1)()

    def check(
        self,
        case: KernelCase,
        data: Layers,
        name: str,
        output: list[RegroupResult],
        expected: list[RegroupResult] | None,
    ) -> None:
        from methods.structured_tickets.regrouping_check import check_definitions, check_same

        check_definitions(data, output, swaps=name in ("gram", "gram-4", "plain"))
        if expected is not None and name in ("gram", "plain"):
            check_same(output, expected)

    def cost(self, case: KernelCase, data: Layers) -> KernelCost:
        return KernelCost(bytes=2.0 * sum(mask.size for mask in data.masks))

    def quality(
        self, case: KernelCase, data: Layers, name: str, output: list[RegroupResult], expected: object
    ) -> Mapping[str, float]:
        figures = network_figures(data.masks, output)
        if name == self.headline:
            for peer, efficiency in data.peer_efficiencies.items():
                figures[f"versus_{peer}"] = share(figures["efficiency"], efficiency)
        return figures


def _layer(rows: int, columns: int, density: float, *, min_rows: int = 17, series: str = "") -> KernelCase:
    shape: dict[str, Any] = {"rows": rows, "columns": columns, "density": density}
    return case(size=rows, series=series, **shape, min_rows=min_rows)


KERNEL = Regrouping()
