"""A Ray node with its actor, as the driver sees it."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from harness.contract.report import Report
from harness.errors import BadPrediction
from harness.executors.job import Job, Outcome
from harness.executors.parcel import Parcel, unpack
from harness.executors.ray_cluster import RayNode
from harness.executors.ray_node import NodeSettings, TrialNode
from harness.trial import Resources, TrialFailure


@dataclass
class Station:
    """A node with its actor, its jobs and the messages in transit.

    Attributes:
        slots: number of trials that it runs at a time.
        share: bytes of memory of each trial.
        jobs: jobs that run there, by number.
        pending: the call that it has not answered; the first is its greeting.
        called: time of that call.
        machine, environment, differing: content of its greeting.
    """

    node: RayNode
    slots: int
    share: int
    actor: Any
    pending: Any
    called: float
    ready: bool = False
    jobs: dict[int, Job] = field(default_factory=dict)
    submissions: list[dict[str, Any]] = field(default_factory=list)
    reveals: list[tuple[int, Parcel]] = field(default_factory=list)
    machine: str = ""
    environment: Mapping[str, Any] = field(default_factory=dict)
    differing: tuple[str, ...] = ()

    @classmethod
    def open(
        cls, node: RayNode, slots: int, share: int, settings: NodeSettings, resources: Mapping[str, Any]
    ) -> "Station":
        """Place an actor on `node` that reserves `resources`; it greets when it is up."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        here = NodeAffinitySchedulingStrategy(node.id, soft=False)
        placed: Any = ray.remote(TrialNode)
        actor = placed.options(**resources, scheduling_strategy=here, max_restarts=0).remote(asdict(settings))
        return cls(node, slots, share, actor, actor.greet.remote(), time.monotonic())

    def call(self, seconds: float) -> Any:
        """Return the unanswered call, after making the next one where one is needed; None otherwise."""
        if self.pending is None and self.ready and (self.jobs or self.submissions or self.reveals):
            self.pending = self.actor.exchange.remote(self.submissions, self.reveals, seconds)
            self.submissions, self.reveals = [], []
            self.called = time.monotonic()
        return self.pending

    def answered(self, answer: Any) -> None:
        """Note that the call under way has come back; the first one brought the greeting."""
        self.pending = None
        if not self.ready:
            self.machine, self.environment = answer["machine"], answer["environment"]
            self.differing, self.ready = tuple(answer["differing"]), True

    def kill(self) -> None:
        """End the actor and all its trials; it may be gone already."""
        import ray

        if ray.is_initialized():  # else the call would start a cluster
            with suppress(Exception):
                ray.kill(self.actor)


def outcome_from(event: Mapping[str, Any], job: Job) -> Outcome:
    """Return the outcome of a job that a node reports; a report that cannot be read is a failure of the job."""
    failure = TrialFailure(**event["failure"]) if event["failure"] else None
    status, report = event["status"], None
    if event["report"] is not None:
        try:
            report = Report.from_payload(unpack(event["report"]), event["resources"]["wall_seconds"])
        except (OSError, ValueError, KeyError, BadPrediction) as error:
            status, failure = "failed", TrialFailure("BadPrediction", f"the report cannot be read: {error}")
    resources = Resources(**event["resources"])
    return Outcome(job, status, report, failure, resources, event["log"], compiled=event["compiled"])
