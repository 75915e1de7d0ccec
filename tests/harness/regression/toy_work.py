"""A kernel whose time is simulated: its calls move a clock of their own, so that noise and slowdown are known.

The timing processes, the records, the repetition and the command are real; only `time.perf_counter` of a timing
process is replaced once an implementation is prepared. A call takes its nominal milliseconds, times noise of 1 %,
times a factor with a deviation of 2 % that each implementation draws anew in every process.
"""

from pathlib import Path

from tests.toy_project import ToyProject

SOURCE = """
import random, time
from pathlib import Path
import numpy as np
from harness.kernels.contract import KernelCost, Implementation, Kernel, Mismatch, Target, case

MILLISECONDS = {milliseconds!r}
BYTES = {bytes!r}
DIGITS = {digits!r}
OFFSET = {offset!r}
count = Path(__file__).with_name("processes")
with count.open("a") as file:
    file.write("+")
draw = random.Random(1000 + count.stat().st_size)  # other noise in each process, the same in each session of tests
now = [0.0]


class Work(Kernel):
    name, title, headline = "toy-work", "simulated work", "ours"
    quality_name = "digits"
    implementations = (
        Implementation("ours", "toy_work:ours", "ours", threaded=False),
        Implementation("steady", "toy_work:steady", "peer", threaded=False),
        Implementation("other", "toy_work:other", "peer", threaded=False),
    )
    targets = (Target("n=*", "quality", quality="digits", at_least=10),)

    def cases(self, profile):
        yield case(size=100, n=100)
        yield case(size=200, n=200)

    def data(self, case, seed):
        return float(case["n"])

    def reference(self, case, data):
        return data

    def check(self, case, data, name, output, expected):
        if output != expected:
            raise Mismatch(f"got {{output}}, expected {{expected}}")

    def cost(self, case, data):
        return KernelCost(bytes=1.0)

    def quality(self, case, data, name, output, expected):
        return {{"digits": DIGITS if name == "ours" else 15.0}}


def taking(milliseconds, result, memory=0):
    time.perf_counter = lambda: now[0]
    factor = draw.lognormvariate(0.0, 0.02)

    def call():
        if memory:
            np.ones(memory // 8)
        now[0] += milliseconds * 1e-3 * factor * draw.lognormvariate(0.0, 0.01)
        return result

    return call


def ours(case, data, threads):
    return taking(MILLISECONDS if case["n"] == 100 else 5.0, data + OFFSET, BYTES)


def steady(case, data, threads):
    return taking(4.0, data)


def other(case, data, threads):
    return taking(9.0, data)


KERNEL = Work()
"""


class WorkProject(ToyProject):
    """A project with the kernel ``toy-work`` and whatever contenders `source` has."""

    last_options = ()

    def __init__(self, folder: Path, source: str = "") -> None:
        super().__init__(folder, source)
        self.work()

    def work(self, *, milliseconds: float = 5.0, bytes: int = 0, digits: float = 12.0, offset: float = 0.0) -> None:
        """Write the kernel: the time of a call at n=100, the memory it needs, its quality, and an error."""
        text = SOURCE.format(milliseconds=milliseconds, bytes=bytes, digits=digits, offset=offset)
        self.install("toy_work", text, {}, {"bench.kernels": {"toy-work": "toy_work:KERNEL"}})

    def measure(self, store: Path, processes: int = 5) -> None:
        """Measure the kernel into `store`."""
        done = self.bench(
            *("kernels", "toy-work", "--profile", "smoke", "--threads", "1", "--processes", str(processes)),
            *("--quiet", "--store", str(store)),
        )
        assert done.returncode == 0, done.stderr
