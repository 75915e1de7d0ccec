"""Views of the tasks for workers: payload folders, cut by the parent, each written once for a run."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness import catalog
from harness.contract.protocol import Protocol
from harness.contract.report import Report
from harness.data.access import DataAccess
from harness.data.datasets import open_dataset
from harness.errors import BenchError, ContractError, UsageError
from harness.executors.job import Job, TrialLimits
from harness.families import protocol_entry
from harness.payload import Payload
from harness.seeds import stream
from harness.task import Task
from harness.trial import Trial


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
        return self._written(f"inputs-{task.name}", lambda: self.protocol(task).inputs(self.data(task)))

    def view(self, task: Task, trial: Trial) -> Path:
        """Return the folder of the view of ``fit`` in this trial."""
        data, split = self._cut(task, trial)
        return self._written(f"view-{task.name}-{trial.fold}", lambda: self.protocol(task).view(data, split))

    def reveal(self, task: Task, trial: Trial) -> Payload:
        """Return the payload that the worker gets after ``fit`` has returned."""
        data, split = self._cut(task, trial)
        return self.protocol(task).reveal(data, split)

    def score(self, task: Task, trial: Trial, report: Report) -> dict[str, float]:
        """Return the metrics of a trial.

        Raises:
            BadPrediction: the predictions are rejected, or a metric lies outside its bounds.
            ContractError: the protocol scores a metric that its family does not declare, or not the ranked one.
        """
        data, split = self._cut(task, trial)
        with np.errstate(all="ignore"):  # huge scores give an infinite loss, without a warning
            scored = self.protocol(task).score(data, split, task.metric, report)
        metrics = {name: float(np.float64(value)) for name, value in scored.items()}
        task.metrics.check(metrics, f"protocol {task.protocol}")
        if task.metric not in metrics:
            raise ContractError(
                f"protocol {task.protocol} scored {', '.join(metrics) or 'nothing'} of this trial, and not "
                f"{task.metric!r}, by which task {task.name!r} ranks"
            )
        return metrics

    def _cut(self, task: Task, trial: Trial) -> tuple[Any, Any]:
        data = self.data(task)
        if trial.fold >= len(data.splits):
            have = len(data.splits)
            raise UsageError(
                f"task {task.name!r}: data set {task.dataset!r} has {have} folds, got fold {trial.fold}"
            )
        split = data.splits[trial.fold]
        if self.permute_withheld:
            generator = stream("blind", task.name, trial.fold)
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
