"""A third-party project of a few lines, written to disk and run through the real `bench` command.

It is an installed distribution as far as Python can tell (a module and a ``.dist-info`` folder on the path), so
its suite, tasks and contenders come in by entry points, as anybody's would.
"""

import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.store import RunStore
from harness.trial import Record

BENCH = (sys.executable, "-P", "-m", "harness")
"""The command, without the working folder on its path."""

TOY_RUN = ("run", "--suite", "toy", "--profile", "smoke")

PREAMBLE = '''
import os, signal, subprocess, sys, time
import numpy as np
from dataclasses import dataclass
from harness.contract.contender import Settings
from harness.protocols.graphs.graph_classification import GraphClassifier
from harness.task import Extent, Suite, Task


@dataclass(frozen=True)
class Nothing(Settings):
    offset: float = 0.0


class Constant:
    """Scores every graph alike."""

    num_parameters = 1

    def __init__(self, classes):
        self.classes = classes

    def predict(self, graphs):
        return np.tile(np.arange(self.classes, dtype=np.float64), (len(graphs), 1))


class Toy(GraphClassifier):
    @classmethod
    def configurations(cls, profile):
        return (Nothing(),)

    def fit(self, train, valid, context):
        return Constant(train.num_classes)
'''

SUITE = """
def task(name, folds=1, seeds=1):
    extents = dict.fromkeys(("smoke", "standard"), Extent(folds=folds, seeds=seeds))
    return Task(name, name, "graph-classification", "rings-of-cliques", "accuracy", "seeds", extents)


TASK = task("toy-task")
OTHER = task("toy-other")
SUITE = Suite("toy", "A toy suite", (TASK, OTHER), {{"graph-classification": ({names},)}}, {{}})
"""


class ToyProject:
    """A folder with one module of contenders, its metadata, a run store and a cache of its own.

    Attributes:
        source: body of the module; classes that derive from ``Toy`` are registered under their names in
            kebab-case (``RaisesLate`` becomes ``raises-late``).
        last_options: options of each run; contenders run in their trials only, unless a subclass wants rehearsals.
    """

    last_options: tuple[str, ...] = ("--no-rehearse",)

    def __init__(self, folder: Path, source: str, module: str = "toy_contenders") -> None:
        self.folder, self.module = folder, module
        self.packages = folder / "packages"
        self.packages.mkdir(parents=True)
        (folder / "tmp").mkdir()
        self.store_path = folder / "runs.sqlite"
        self.running: list[subprocess.Popen[str]] = []
        self.write(source)

    def write(self, source: str) -> None:
        """Write the module and register its contenders."""
        body = textwrap.dedent(source)
        classes = re.findall(r"^class (\w+)\(Toy\)", body, re.MULTILINE)
        names = {re.sub(r"(?<!^)(?=[A-Z])", "-", c).lower(): c for c in classes}
        listed = ", ".join(repr(name) for name in names)
        text = PREAMBLE + body + SUITE.format(names=listed)
        targets = {name: f"{self.module}:{cls}" for name, cls in names.items()}
        self.install(self.module, text, targets, {"bench.suites": {"toy": f"{self.module}:SUITE"}})

    def install(
        self, module: str, text: str, contenders: Mapping[str, str], others: Mapping[str, Mapping[str, str]] = {}
    ) -> None:
        """Write a module and the metadata of a distribution that adds `contenders` (and `others`, by group)."""
        self.add(f"{module}.py", text)
        groups = {"bench.contenders.graph_classification": contenders, **others}
        listed = [
            f"[{group}]\n" + "".join(f"{n} = {t}\n" for n, t in points.items()) for group, points in groups.items()
        ]
        self.add(f"{module}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        self.add(f"{module}-1.0.dist-info/entry_points.txt", "\n".join(listed))

    def add(self, path: str, text: str) -> Path:
        """Write another file beside the module; return where."""
        file = self.packages / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
        return file

    def environment(self) -> dict[str, str]:
        """Return the environment that the command runs in."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("BENCH_")}
        return {
            **inherited,
            "PYTHONPATH": os.pathsep.join([str(self.packages), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "BENCH_CACHE": str(self.folder / "cache"),
            "BENCH_STORE": str(self.store_path),
            "BENCH_OFFLINE": "1",
            "TMPDIR": str(self.folder / "tmp"),
        }

    def bench(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run `bench` to its end."""
        return subprocess.run(
            [*BENCH, *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def run(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run ``bench run`` on the toy suite in the smoke profile."""
        return self.bench(*TOY_RUN, *arguments, *self.last_options, timeout=timeout)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start the same run and return at once."""
        process = subprocess.Popen(
            [*BENCH, *TOY_RUN, *arguments, *self.last_options],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.running.append(process)
        return process

    def records(self) -> list[Record]:
        """Return all records of the run store."""
        if not self.store_path.exists():
            return []
        with RunStore.open(self.store_path, readonly=True) as store:
            return [entry.record for entry in store.entries()]

    def record(self, contender: str, task: str = "toy-task") -> Record:
        """Return the one record of a contender on a task."""
        found = [r for r in self.records() if (r.trial.contender, r.trial.task) == (contender, task)]
        assert len(found) == 1, f"expected one record, got {found}"
        return found[0]

    def stop(self) -> None:
        """Kill whatever still runs."""
        for process in self.running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def alive(pids: Sequence[int]) -> list[int]:
    """Return those of `pids` that still run (zombies do not count)."""
    running = []
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            running.append(pid)
    return running
