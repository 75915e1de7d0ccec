"""The Ray executor: the same trials in the same isolated workers, on all nodes of a cluster.

Every node has one actor around a local executor (:mod:`harness.executors.ray_node`); it reserves the CPUs, the
GPUs and the memory of all trials that the node has room for. The driver decides which trial goes where and is the
only one that knows targets and writes the store. A node that is lost costs the trials that it ran: they restart
on another node, at most `RESTARTS` times each.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from harness.device import AUTO, CPU
from harness.environment import total_memory
from harness.errors import BenchError, UsageError
from harness.executors import ray_cluster
from harness.executors.job import Job, Outcome
from harness.executors.parcel import pack, pack_folder
from harness.executors.ray_cluster import RayNode
from harness.executors.ray_node import NodeSettings
from harness.executors.station import Station, outcome_from
from harness.trial import Resources, Trial, TrialFailure

RESTARTS = 2
STARTS_PER_NODE = 3
LOOK_SECONDS, EXCHANGE_SECONDS, SILENCE_SECONDS = 2.0, 0.5, 300.0
JOIN_SECONDS = 90.0
CLOSE_SECONDS = 10.0


class RayExecutor:
    """Runs trials on a Ray cluster; use as a context manager.

    Attributes:
        jobs: number of trials at a time; None for as many as the cluster has room for, known once entered.
        code: modules of a contender and its protocol, joined by a blank -> their fingerprint here; a node where it
            differs is not used.
        notice: called with a sentence for each node that is lost or cannot be used.
    """

    def __init__(
        self,
        *,
        address: str | None,
        jobs: int | None,
        threads: int,
        memory: int = 0,
        device: str = AUTO,
        preload: Sequence[str] = (),
        hidden: Sequence[str] = (),
        code: Mapping[str, str] | None = None,
        notice: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.address, self.limit, self.threads, self.memory, self.device = address, jobs, threads, memory, device
        self.preload, self.hidden, self.code = tuple(preload), tuple(hidden), dict(code or {})
        self.notice = notice
        self.stations: dict[str, Station] = {}
        self.waiting: deque[Job] = deque()
        self.finished: list[Outcome] = []
        self.lost: dict[int, list[str]] = {}  # job number -> nodes that were lost while they ran it
        self.starts: Counter[str] = Counter()
        self.refused: dict[str, str] = {}
        self.last_loss = ""
        self.parcels: dict[Path, Any] = {}
        self.accelerated = False
        self._stack = ExitStack()
        self._entered = False
        self._looked = self._served = 0.0

    def __enter__(self) -> "RayExecutor":
        cpus = (self.limit or 1) * self.threads
        memory = (self.limit or 1) * self.memory or int(0.9 * total_memory())
        self._stack.enter_context(ray_cluster.cluster(self.address, cpus, memory))
        self._stack.callback(self.abandon)
        try:
            self.accelerated = self._wants_gpus(ray_cluster.nodes())
            self._served = time.monotonic()
            while not any(station.ready for station in self.stations.values()):
                self.wait(0.1)
        except BaseException:
            self._stack.close()
            raise
        self._entered = True
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def jobs(self) -> int:
        """Largest number of trials that run at a time."""
        slots = sum(station.slots for station in self.stations.values())
        return max(1, min(slots, self.limit or slots))

    @property
    def running(self) -> list[Trial]:
        """The trials that were submitted and have not ended."""
        assigned = [job for station in self.stations.values() for job in station.jobs.values()]
        return [job.trial for job in (*assigned, *self.waiting)]

    def has_room(self, job: Job) -> bool:
        """Whether a node has room for `job`; an exclusive job needs a machine of its own."""
        return not self.waiting and self._station_for(job) is not None

    def submit(self, job: Job) -> None:
        """Send `job` to the node that is least busy."""
        station = self._station_for(job)
        if station is None:
            raise BenchError(f"no node has room for {job.trial}")
        self._assign(job, station)

    def wait(self, timeout: float) -> list[Outcome]:
        """Serve the nodes for up to `timeout` seconds, or until a trial ends; return the outcomes of ended trials.

        Raises:
            BenchError: for 90 s there has been no node that could be used.
        """
        until = time.monotonic() + timeout
        while True:
            self._look()
            while self.waiting and (station := self._station_for(self.waiting[0])):
                self._assign(self.waiting.popleft(), station)
            left = until - time.monotonic()
            self._collect(max(0.0, min(left, EXCHANGE_SECONDS)))
            if self.finished or left <= 0:
                break
        ended, self.finished = self.finished, []
        return ended

    def abandon(self) -> None:
        """Kill every running trial on all nodes; their outcomes are dropped."""
        import ray

        if self.stations and ray.is_initialized():
            closing = [station.actor.close.remote() for station in self.stations.values()]
            ray.wait(closing, num_returns=len(closing), timeout=CLOSE_SECONDS)
        for station in self.stations.values():
            station.kill()
        self.stations.clear()
        self.waiting.clear()

    def _wants_gpus(self, nodes: Sequence[RayNode]) -> bool:
        if self.device == CPU:
            return False
        if ":" in self.device:
            raise UsageError(f"--device: a cluster gives out its GPUs itself; give cuda, not {self.device}")
        gpus = sum(node.gpus for node in nodes)
        if not gpus and self.device != AUTO:
            raise UsageError("--device: the cluster's nodes have no GPU; they can run: cpu")
        return gpus > 0

    def _slots(self, node: RayNode) -> int:
        slots = node.cpus // self.threads
        if self.memory:
            slots = min(slots, node.memory // self.memory)
        if self.accelerated:
            slots = min(slots, node.gpus)
        return min(slots, self.limit or slots)

    def _look(self) -> None:
        """Place an actor on every node that has joined; drop the stations whose node is gone."""
        now = time.monotonic()
        if any(station.ready for station in self.stations.values()):
            self._served = now
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        living = {node.id: node for node in ray_cluster.nodes()}
        for station in list(self.stations.values()):
            if station.node.id not in living:
                self._lose(station, "it left the cluster")
            elif station.ready and station.pending and now - station.called > SILENCE_SECONDS:
                self._lose(station, f"it has not answered for {SILENCE_SECONDS:.0f} s")
        for node in living.values():
            known = node.id in self.stations or node.id in self.refused
            if not known and self._slots(node) and self.starts[node.id] < STARTS_PER_NODE:
                self.starts[node.id] += 1
                self.stations[node.id] = self._open(node)
        hopeful = self.stations or self._entered
        if now - self._served > JOIN_SECONDS or not hopeful:
            raise BenchError(self._no_node(list(living.values())))

    def _open(self, node: RayNode) -> Station:
        """Place the actor of a node, with the resources of all the trials that it will run."""
        slots = self._slots(node)
        share = self.memory or node.memory // slots
        settings = NodeSettings(slots, self.threads, self.accelerated, self.preload, self.hidden, self.code)
        resources = {
            "num_cpus": slots * self.threads,
            "num_gpus": slots if self.accelerated else 0,
            "memory": slots * share,
        }
        return Station.open(node, slots, share, settings, resources)

    def _no_node(self, living: Sequence[RayNode]) -> str:
        if self.refused:
            return "; ".join(self.refused.values())
        wants = [f"{self.threads} CPU(s)"]
        wants += [f"{self.memory / 2**30:.1f} GiB"] if self.memory else []
        wants += ["1 GPU"] if self.accelerated else []
        have = [f"{n}: {n.cpus} CPUs, {n.gpus} GPUs, {n.memory / 2**30:.1f} GiB" for n in living]
        return (
            f"no Ray node can run a trial now. A trial takes {', '.join(wants)}, and a node lends what all of its "
            f"trials take to this run at once; nodes: {'; '.join(have) or 'none'}."
            + (f" Last: {self.last_loss}." if self.last_loss else "")
            + " Free them of other Ray jobs, add nodes, or ask for less (--jobs, --threads, --memory). Finished "
            "trials are stored; the same command resumes."
        )

    def _station_for(self, job: Job) -> Station | None:
        """Return the least busy station with room for `job`, preferably one that has not lost it before."""
        if sum(len(station.jobs) for station in self.stations.values()) >= self.jobs:
            return None
        fitting = [station for station in self.stations.values() if self._fits(station, job)]
        unlucky = self.lost.get(job.number, [])
        return min(fitting, key=lambda s: (s.node.id in unlucky, len(s.jobs) / s.slots), default=None)

    def _fits(self, station: Station, job: Job) -> bool:
        if not station.ready or len(station.jobs) >= station.slots:
            return False
        same_machine = [s for s in self.stations.values() if s.machine == station.machine]
        beside = [other for s in same_machine for other in s.jobs.values()]
        return not beside if job.exclusive else not any(other.exclusive for other in beside)

    def _assign(self, job: Job, station: Station) -> None:
        memory = job.limits.memory or station.share
        job = replace(job, limits=replace(job.limits, memory=memory))
        station.jobs[job.number] = job
        station.submissions.append(
            {
                "number": job.number,
                "trial": asdict(job.trial),
                "contender": job.contender,
                "protocol": job.protocol,
                "options": dict(job.options),
                "inputs": (job.inputs.name, self._parcel(job.inputs)),
                "view": (job.view.name, self._parcel(job.view)),
                "seconds": job.limits.seconds,
                "memory": memory,
                "exclusive": job.exclusive,
            }
        )

    def _parcel(self, folder: Path) -> Any:
        """Return the reference to a payload in the object store, put there once."""
        import ray

        if folder not in self.parcels:
            self.parcels[folder] = ray.put(pack_folder(folder))
        return self.parcels[folder]

    def _collect(self, seconds: float) -> None:
        """Send each node its jobs and payloads, and process the nodes' answers of the next `seconds`."""
        import ray

        calls = {call: s for s in self.stations.values() if (call := s.call(EXCHANGE_SECONDS)) is not None}
        if not calls:
            time.sleep(max(seconds, 0.05))
            return
        ready, _ = ray.wait(list(calls), num_returns=1, timeout=seconds)
        for call in ready:
            station = calls[call]
            try:
                answer = ray.get(call)
            except Exception as error:  # of Ray, or of the node's own executor: in both cases the node is unusable
                self._lose(station, _last_line(error))
            else:
                self._take(station, answer)

    def _take(self, station: Station, answer: Any) -> None:
        greeting = not station.ready
        station.answered(answer)
        if greeting and station.differing:
            names = ", ".join(modules.split()[0] for modules in station.differing[:3])
            self.refused[station.node.id] = (
                f"node {station.node} has other code than this machine (in {names} or what it imports); install "
                f"the same version there"
            )
            self._lose(station, "its code differs")
            return
        for event in [] if greeting else answer:
            job = station.jobs.get(event["number"])
            if job is None:
                continue
            if event["event"] == "fitted":
                if (revealed := job.reveal()) is not None:
                    station.reveals.append((job.number, pack(revealed)))
            else:
                del station.jobs[job.number]
                outcome = outcome_from(event, job)
                restarts = len(self.lost.get(job.number, ()))
                self.finished.append(replace(outcome, environment=station.environment, restarts=restarts))

    def _lose(self, station: Station, reason: str) -> None:
        """Give up a node; its trials wait for another one, unless they have lost too many."""
        del self.stations[station.node.id]
        station.kill()
        self.last_loss = f"{station.node}: {reason}"
        for job in station.jobs.values():
            lost = self.lost.setdefault(job.number, [])
            lost.append(station.node.id)
            if len(lost) <= RESTARTS:
                self.waiting.append(job)
                continue
            message = f"{len(lost)} Ray nodes were lost while they ran this trial; the last was {self.last_loss}"
            failure = TrialFailure("NodeLost", message)
            self.finished.append(Outcome(job, "killed", None, failure, Resources(), "", restarts=RESTARTS))
        restarts = f"; its {len(station.jobs)} trial(s) restart on another node" if station.jobs else ""
        self.notice(f"Ray node {station.node} is no longer usable: {reason}{restarts}")


def _last_line(error: Exception) -> str:
    """Return the last line of an error of Ray, which has its reason."""
    lines = str(error).strip().splitlines()
    return lines[-1].strip().rstrip(".") if lines else type(error).__name__
