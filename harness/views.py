"""Views of the tasks for workers: payload folders, cut by the parent, each written once for a run."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from harness import catalog
from harness.contract.protocol import Protocol
from harness.contract.report import Report
from harness.data.access import DataAccess
from harness.data.datasets import open_dataset
from harness.errors import BadPrediction, BenchError, MissingFold, ProtocolFault
from harness.executors.job import Job, Outcome, TrialLimits
from harness.families import protocol_entry
from harness.payload import Payload
from harness.seeds import stream
from harness.task import Task
from harness.trial import Trial, TrialFailure


@dataclass
class Views:
    """Opens data sets, cuts views and scores predictions; the only place where test targets are held.

    Attributes:
        permute_withheld: shuffle the withheld targets first; a blind contender cannot notice.
    """

    access: DataAccess
    folder: Path
    permute_withheld: bool = False
    _data: dict[str, Any] = field(default_factory=dict)
    _protocols: dict[str, Protocol] = field(default_factory=dict)

    def protocol(self, task: Task) -> Protocol:
        """Return the task's protocol."""
        if task.protocol not in self._protocols:
            self._protocols[task.protocol] = catalog.protocol(task.protocol)
        return self._protocols[task.protocol]

    def data(self, task: Task) -> Any:
        """Return the task's data set, opened once.

        Raises:
            DataUnavailable, DataCorrupted: its data is unavailable or damaged.
        """
        if task.dataset not in self._data:
            self._data[task.dataset] = open_dataset(task.dataset, self.access)
        return self._data[task.dataset]

    def job(self, number: int, task: Task, trial: Trial, limits: TrialLimits) -> Job:
        """Return a trial ready to run.

        Raises:
            DataUnavailable, DataCorrupted: its data cannot be opened.
        """
        return Job(
            number=number,
            trial=trial,
            contender=catalog.contender(trial.contender).target,
            protocol=protocol_entry(task.protocol).target,
            options=task.plain_options,
            inputs=self.inputs(task),
            view=self.view(task, trial),
            reveal=lambda: self.reveal(task, trial),
            limits=limits,
            exclusive=task.time_ranked,
        )

    def inputs(self, task: Task) -> Path:
        """Return the folder of the inputs that all trials of the task share."""
        return self._written(f"inputs-{task.name}", lambda: self._payload(task, "inputs", self.data(task)))

    def view(self, task: Task, trial: Trial) -> Path:
        """Return the folder of the view of ``fit`` in this trial."""
        data, split = self._cut(task, trial)
        return self._written(f"view-{task.name}-{trial.fold}", lambda: self._payload(task, "view", data, split))

    def reveal(self, task: Task, trial: Trial) -> Payload:
        """Return the payload that the worker gets after ``fit`` has returned."""
        data, split = self._cut(task, trial)
        return self._payload(task, "reveal", data, split)

    def _payload(self, task: Task, method: str, *given: Any) -> Payload:
        """Return the payload that a method of the task's protocol cuts."""
        with blamed(task, method):
            payload: Payload = getattr(self.protocol(task), method)(*given)
        return payload

    def score(self, task: Task, trial: Trial, report: Report) -> dict[str, float]:
        """Return the metrics of a trial.

        Raises:
            BadPrediction: the predictions are rejected, or a metric lies outside its bounds.
            ProtocolFault: the protocol fails, scores a metric that its family does not declare, or not the ranked.
        """
        data, split = self._cut(task, trial)
        with np.errstate(all="ignore"), blamed(task, "score"):  # huge scores give an infinite loss
            scored = self.protocol(task).score(data, split, task.metric, report)
            metrics = {name: float(np.float64(value)) for name, value in scored.items()}
        if foreign := [name for name in metrics if name in report.measured and task.metrics.find(name) is None]:
            raise BadPrediction(f"expected measured costs that {task.protocol} declares, got {foreign[0]!r}")
        task.metrics.check(metrics, f"protocol {task.protocol}")
        if task.metric not in metrics:
            raise ProtocolFault(
                f"protocol {task.protocol} scored {', '.join(metrics) or 'nothing'} of this trial, and not "
                f"{task.metric!r}, by which task {task.name!r} ranks"
            )
        return metrics

    def test_items(self, task: Task, trial: Trial) -> int | None:
        """Return the number of test items of a trial, one of which moves a share by its inverse; None without."""
        split = self._cut(task, trial)[1]
        return None if split is None else len(split.test)

    def settled(self, task: Task, outcome: Outcome) -> tuple[Outcome, dict[str, float]]:
        """Return an outcome with its metrics; one whose report is rejected has become a failure without any.

        Raises:
            ProtocolFault: as :meth:`score`.
        """
        if outcome.report is None:
            return outcome, {}
        try:
            return outcome, self.score(task, outcome.job.trial, outcome.report)
        except BadPrediction as error:
            failure = TrialFailure(type(error).__name__, str(error), "", outcome.log)
            return replace(outcome, status="failed", failure=failure), {}

    def check_fold(self, task: Task, fold: int) -> None:
        """Check that the data set of a task has a fold; raises MissingFold, and as :meth:`data`."""
        have = len(self.data(task).splits)
        if fold >= have:
            raise MissingFold(
                f"task {task.name!r} asks for {fold + 1} folds, and data set {task.dataset!r} has {have}: "
                "correct the task's extents"
            )

    def _cut(self, task: Task, trial: Trial) -> tuple[Any, Any]:
        self.check_fold(task, trial.fold)
        data = self.data(task)
        split = data.splits[trial.fold]
        if self.permute_withheld:
            generator = stream("blind", task.name, trial.fold)
            with blamed(task, "permute_withheld"):
                data = self.protocol(task).permute_withheld(data, split, generator)
        return data, split

    def _written(self, name: str, cut: Any) -> Path:
        folder = self.folder / name
        if not folder.exists():
            try:
                cut().save(folder)
            except OSError as error:
                raise BenchError(
                    f"cannot write {folder}: {error.strerror or error}. Free space there, or set TMPDIR."
                ) from error
        return folder


@contextmanager
def blamed(task: Task, method: str) -> Iterator[None]:
    """Turn an error of the code of a task's protocol into a ProtocolFault that names the method and the line."""
    try:
        yield
    except (BenchError, MemoryError):
        raise
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        text = " ".join(str(error).split())
        raise ProtocolFault(
            f"protocol {task.protocol}: {method} raised {type(error).__name__}: {text} "
            f"({Path(frame.filename).name}, line {frame.lineno}, for task {task.name!r})"
        ) from error
