"""Devices: what may be asked for, what there is, one trial at a time on each, and determinism."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from harness import device
from harness.commands.run import run_options
from harness.device import check_request, choose, cuda_devices, describe, is_shared
from harness.environment import usable_cores
from harness.errors import UsageError
from harness.executors.accelerator import Determinism, claim, cuda_is_open, device_facts
from harness.executors.job import Job, TrialLimits
from harness.executors.local import LocalExecutor
from harness.payload import Payload
from harness.trial import Trial


@pytest.mark.parametrize(
    ("request_", "count", "devices"),
    [
        ("auto", 0, ("cpu",)),
        ("auto", 1, ("cuda:0",)),
        ("auto", 2, ("cuda:0", "cuda:1")),
        ("cpu", 2, ("cpu",)),
        ("cuda", 2, ("cuda:0", "cuda:1")),
        ("cuda:1", 2, ("cuda:1",)),
        ("cuda:01", 2, ("cuda:1",)),
    ],
)
def test_what_is_chosen(request_: str, count: int, devices: tuple[str, ...]) -> None:
    assert choose(request_, count) == devices
    assert is_shared(devices) == (devices == ("cpu",))


@pytest.mark.parametrize(
    ("request_", "count", "message"),
    [
        ("cuda", 0, r"--device: cuda is not here; torch can use: cpu\. "),
        ("cuda:0", 0, r"--device: cuda:0 is not here; torch can use: cpu\. "),
        ("cuda:2", 2, r"--device: cuda:2 is not here; torch can use: cpu, cuda:0, cuda:1\. "),
        ("coda", 2, r"expected auto, cpu, cuda or cuda:N, got 'coda'; did you mean 'cuda'"),
        ("", 2, "got ''"),
        ("cuda:", 2, "got 'cuda:'"),
        ("cuda:-1", 2, "got 'cuda:-1'"),
        ("cuda:²", 2, "got 'cuda:²'"),
        ("cpu:0", 2, "got 'cpu:0'"),
        ("auto:1", 2, "got 'auto:1'"),
    ],
)
def test_what_is_refused(request_: str, count: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        choose(request_, count)


def test_a_form_is_checked_without_looking() -> None:
    assert [check_request(form) for form in ("auto", "cpu", "cuda", "cuda:7")] == ["auto", "cpu", "cuda", "cuda:7"]


def test_without_a_driver_torch_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(device, "_DRIVERS", (str(tmp_path / "absent"),))
    assert cuda_devices() == 0
    monkeypatch.setattr(device, "_DRIVERS", (str(tmp_path / "absent"), str(tmp_path)))
    assert cuda_devices() == 3


def test_only_gpus_add_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert describe(("cpu",)) == {}
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: f"GPU {number}")
    assert describe(("cuda:1", "cuda:0"))["devices"] == ["GPU 0", "GPU 1"]


def test_one_trial_at_a_time_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "cuda_devices", lambda: 1)
    assert run_options(None, 1, 60.0, None, "auto").jobs == 1
    assert run_options(None, 1, 60.0, None, "cpu").jobs == usable_cores()
    if usable_cores() > 1:
        with pytest.raises(UsageError, match="a GPU runs one trial at a time; at most 1 on cuda:0, got 2"):
            run_options(2, 1, 60.0, None, "cuda")


def test_a_worker_sees_its_own_device_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    assert claim("cpu") == "cpu"
    assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ
    assert claim("cuda:1") == "cuda:0"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "1"
    assert os.environ.pop("CUBLAS_WORKSPACE_CONFIG") == ":4096:8"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4, GPU-abc")
    assert claim("cuda:1") == "cuda:0"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "GPU-abc"
    os.environ.pop("CUBLAS_WORKSPACE_CONFIG")


def test_what_a_record_says_of_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    assert device_facts("cpu") == {}
    assert not cuda_is_open()
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda name: 12345)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda name: "GPU")
    assert cuda_is_open()
    assert device_facts("cuda:0") == {"device": "GPU", "peak_device_bytes": 12345}


@pytest.fixture
def torch_as_it_was() -> Iterator[None]:
    show, mode = warnings.showwarning, torch.get_deterministic_debug_mode()
    with warnings.catch_warnings():
        yield
    warnings.showwarning = show
    torch.set_deterministic_debug_mode(mode)


@pytest.mark.usefixtures("torch_as_it_was")
def test_operations_without_a_deterministic_form_are_named() -> None:
    determinism = Determinism()
    determinism.start()
    x = torch.zeros(4)
    x.index_add_(0, torch.tensor([0, 0, 1]), torch.ones(3))
    assert torch.are_deterministic_algorithms_enabled()
    assert determinism.facts() == {}
    with pytest.warns(UserWarning, match="put_"):
        x.put_(torch.tensor([1, 2]), torch.tensor([9.0, 8.0]))
    determinism.start()
    for _ in range(3):
        x.put_(torch.tensor([1, 2]), torch.tensor([9.0, 8.0]))
    assert determinism.facts() == {"nondeterministic_operations": ["put_"]}


MODULE = """
import os
import torch
from harness.contract.options import NoOptions
from harness.contract.report import Report

IMPORTED_BY = os.getpid()
torch.cuda._initialized = True


class Echo:
    Options = NoOptions

    def check(self, contender, name):
        pass

    def run(self, contender, inputs, view, reveal, context):
        x = torch.zeros(4)
        x.put_(torch.tensor([1, 2]), torch.tensor([9.0, 8.0]))
        facts = {"own_import": IMPORTED_BY == os.getpid(), "visible": os.environ.get("CUDA_VISIBLE_DEVICES")}
        return Report({}, {}, 0.0, 1, 0.1, 0.1, model={**facts, "context": context.device})


class Nobody:
    streams = ()
"""


def run_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, threads: int) -> dict[str, object]:
    """Run a trial of a protocol whose import pretends to open CUDA, and return its facts."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / f"{module}.py").write_text(MODULE)
    Payload({"x": np.arange(3)}).save(tmp_path / "inputs")
    limits = TrialLimits(60.0, 4 << 30)
    inputs = tmp_path / "inputs"
    job = Job(0, Trial("t", "c"), f"{module}:Nobody", f"{module}:Echo", inputs, inputs, Payload, limits)
    with LocalExecutor(
        jobs=1, threads=threads, work=tmp_path / "work", cache=tmp_path / "cache", preload=(module,)
    ) as executor:
        executor.submit(job)
        while not (ended := executor.wait(1.0)):
            pass
    assert ended[0].report is not None, ended[0].failure
    return {**ended[0].report.model, **ended[0].report.record_facts()}


def test_no_worker_is_forked_from_a_process_that_has_opened_cuda(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = run_one(tmp_path, monkeypatch, "opens_cuda", threads=1)
    assert facts["own_import"] is True
    assert facts["context"] == "cpu"
    assert "nondeterministic_operations" not in facts, "on one thread of a CPU every operation repeats"


@pytest.mark.skipif(usable_cores() < 2, reason="one core")
def test_several_threads_record_what_may_not_repeat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = run_one(tmp_path, monkeypatch, "opens_cuda_again", threads=2)
    assert facts["nondeterministic_operations"] == ["put_"]
    assert "peak_device_bytes" not in facts


def test_every_gpu_takes_one_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executor = LocalExecutor(
        jobs=4, threads=1, work=tmp_path / "work", cache=tmp_path / "cache", devices=("cuda:0", "cuda:1")
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "sleeps.py").write_text(
        "import os, time\n"
        "from harness.contract.options import NoOptions\n"
        "from harness.contract.report import Report\n"
        "class Echo:\n"
        "    Options = NoOptions\n"
        "    def check(self, contender, name): pass\n"
        "    def run(self, contender, inputs, view, reveal, context):\n"
        "        time.sleep(0.3)\n"
        "        seen = {'visible': os.environ['CUDA_VISIBLE_DEVICES'], 'context': context.device}\n"
        "        return Report({}, {}, 0.0, 1, 0.1, 0.1, model=seen)\n"
        "class Nobody:\n"
        "    streams = ()\n"
    )
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    Payload({}).save(tmp_path / "inputs")
    inputs, limits = tmp_path / "inputs", TrialLimits(60.0, 4 << 30)
    jobs = [
        Job(n, Trial("t", f"{n}"), "sleeps:Nobody", "sleeps:Echo", inputs, inputs, Payload, limits)
        for n in (0, 1, 2)
    ]
    facts = []
    with executor:
        for job in jobs[:2]:
            assert executor.has_room(job)
            executor.submit(job)
        assert not executor.has_room(jobs[2])
        while executor.running:
            facts += [dict(o.report.model) for o in executor.wait(1.0) if o.report]
        assert executor.has_room(jobs[2])
    assert sorted(f["visible"] for f in facts) == ["0", "1"]
    assert {f["context"] for f in facts} == {"cuda:0"}
