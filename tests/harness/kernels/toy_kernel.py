"""A third-party kernel of a few lines with implementations that misbehave, run through the real command."""

from pathlib import Path

from tests.toy_project import ToyProject

SOURCE = """
import math, os, signal, time
import numpy as np
from harness.kernels.contract import KernelCost, Implementation, Kernel, Mismatch, Target, Timed, case

HERE = "toy_sums"


class Sum(Kernel):
    name, title, headline = "toy-sum", "sum of an array", "numpy"
    quality_name = "digits"
    implementations = (
        Implementation("numpy", f"{HERE}:fast", "ours"),
        Implementation("tenth", f"{HERE}:tenth", "peer", "one tenth of the work"),
        Implementation("python", f"{HERE}:plain", "reference", threaded=False),
        Implementation("wrong", f"{HERE}:wrong", "peer"),
        Implementation("raises", f"{HERE}:raises", "peer"),
        Implementation("absent", f"{HERE}:fast", "peer", requires=("no_such_module",)),
    )
    targets = (
        Target("n=*", "ratio", "python", at_least=1.5, reason="test"),
        Target("n=1000", "ratio", "python", at_least=1e9, reason="test"),
        Target("n=*", "quality", quality="digits", at_least=10),
        Target("n=7", "limit", at_least=0.5),
    )

    def cases(self, profile):
        for n in (1000, 4000, 16000):
            yield case(size=n, series="n", n=n)

    def data(self, case, seed):
        return np.random.default_rng(seed).normal(size=case["n"])

    def pool(self, case):
        return 3

    def excluded(self, case, name):
        return "too slow" if name == "python" and case.size > 10000 else None

    def reference(self, case, data):
        return math.fsum(data)

    def check(self, case, data, name, output, expected):
        part = math.fsum(data[: len(data) // 10]) if name == "tenth" else expected
        if abs(output - part) > 1e-9:
            raise Mismatch(f"sum is {output:.6f}, expected {part:.6f}")

    def cost(self, case, data):
        return KernelCost(flops=len(data), bytes=data.nbytes, dtype="float64")

    def quality(self, case, data, name, output, expected):
        return {"digits": 15.0}


def fast(case, data, threads):
    return lambda: float(data.sum())


def tenth(case, data, threads):
    part = data[: len(data) // 10].copy()
    return Timed(lambda: float(part.sum()), share=0.1)


def plain(case, data, threads):
    values = data.tolist()
    return lambda: math.fsum(values)


def wrong(case, data, threads):
    return lambda: float(data.sum()) + 1


def raises(case, data, threads):
    raise RuntimeError("no such luck")


KERNEL = Sum()
"""

FAULTY = '''
import os, signal, time
import numpy as np
from toy_sums import Implementation, Sum, fast

HERE = "toy_faults"


class Dies(Sum):
    """Its process is killed in the middle of the second case; the third has another process."""

    name = "toy-dies"
    implementations = (Implementation("numpy", f"{HERE}:dies", "ours"),)
    targets = ()


class Hangs(Sum):
    name = "toy-hangs"
    implementations = (Implementation("numpy", f"{HERE}:hangs", "ours"),)
    targets = ()


class Wrong(Sum):
    name, headline = "toy-wrong", "wrong"
    implementations = (Implementation("wrong", "toy_sums:wrong", "ours"),)
    targets = ()


class Greedy(Sum):
    name = "toy-greedy"
    implementations = (Implementation("numpy", f"{HERE}:greedy", "ours"),)
    targets = ()


def dies(case, data, threads):
    if case["n"] == 4000:
        print("last words", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    return fast(case, data, threads)


def hangs(case, data, threads):
    return fast(case, data, threads) if case["n"] == 1000 else lambda: time.sleep(60)


def greedy(case, data, threads):
    return lambda: np.ones(10**9).sum() and time.sleep(60)


DIES, HANGS, WRONG, GREEDY = Dies(), Hangs(), Wrong(), Greedy()
'''


def make(folder: Path) -> ToyProject:
    """Return a project with the kernels toy-sum, toy-dies, toy-hangs, toy-wrong and toy-greedy."""
    project = ToyProject(folder, "")
    project.install("toy_sums", SOURCE, {}, {"bench.kernels": {"toy-sum": "toy_sums:KERNEL"}})
    faults = {f"toy-{name}": f"toy_faults:{name.upper()}" for name in ("dies", "hangs", "wrong", "greedy")}
    project.install("toy_faults", FAULTY, {}, {"bench.kernels": faults})
    return project
