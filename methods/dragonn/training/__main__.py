"""Train on digits with hashed gradients, in processes of this machine or as one rank that torchrun started.

python -m methods.dragonn.training --check
torchrun --nproc_per_node=2 -m methods.dragonn.training --check
"""

import os
import sys
from functools import partial
from typing import Any

import click

from harness.errors import EXIT_USAGE, BenchError
from harness.protocols.gradients.data_parallel.feedback import FEEDBACKS
from harness.protocols.gradients.data_parallel.group import TIMEOUT

CHECK_STEPS, STEPS = 20, 200


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--check", is_flag=True, help=f"{CHECK_STEPS} steps: do all ranks end with the same parameters?")
@click.option(
    "--processes", default=2, show_default=True, help="Ranks on this machine, unless torchrun started them."
)
@click.option("--steps", type=int, help=f"Steps of SGD.  [default: {STEPS}; {CHECK_STEPS} with --check]")
@click.option("--ratio", default=0.01, show_default=True, help="Share of elements to send.")
@click.option("--threshold", default="sample", show_default=True, help="sample, exact, ema or exp.")
@click.option("--policy", default="max_index", show_default=True, help="max_index, max_abs, probe2, ...")
@click.option("--wire", default="pairs", show_default=True, help="pairs or table.")
@click.option("--feedback", default="residual", show_default=True, help=f"{', '.join(FEEDBACKS)}.")
@click.option("--warm-up", default=0, show_default=True, help="Number of initial dense steps.")
@click.option(
    "--bandwidth", type=float, help="Gbit/s of the link: compress only buckets whose exchange becomes shorter."
)
@click.option("--timeout", default=TIMEOUT, show_default=True, help="Seconds for a collective.")
@click.option("--limit", default=600.0, show_default=True, help="Seconds for the whole run.")
def main(check: bool, steps: int | None, processes: int, timeout: float, limit: float, **options: Any) -> None:
    """Train a small network on digits, gradients sparsified by a hash table."""
    import torch

    from harness.protocols.gradients.data_parallel.training import (
        CompressedCommunication,
        DataParallelSettings,
        train,
    )

    started_by_torchrun = {"RANK", "WORLD_SIZE", "MASTER_ADDR"} <= set(os.environ)
    rank = int(os.environ["RANK"]) if started_by_torchrun else 0
    torch.set_num_threads(1)
    try:
        settings = DataParallelSettings(steps=steps or (CHECK_STEPS if check else STEPS))
        from methods.dragonn.training.check import digits

        if started_by_torchrun:
            world = int(os.environ["WORLD_SIZE"])
            result = _as_rank(rank, world, settings, options, timeout)
        else:
            world = processes
            result = train(
                settings,
                CompressedCommunication(compression(**options)),
                digits(),
                world,
                limit=limit,
                timeout=timeout,
            )[0]
        if rank == 0:
            _report(result, settings, world, options)
    except BenchError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except ValueError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_USAGE)


def _as_rank(rank: int, world: int, settings: Any, options: dict[str, Any], timeout: float) -> Any:
    """Train as the rank that torchrun assigned to this process."""
    from harness.protocols.gradients.data_parallel.group import joined
    from harness.protocols.gradients.data_parallel.training import CompressedCommunication, train_rank
    from methods.dragonn.training.check import digits

    with joined(rank, world, timeout=timeout):
        chosen = compression(**_same_choice(options))
        return train_rank(rank, world, settings, CompressedCommunication(chosen), digits())


def _same_choice(options: dict[str, Any]) -> dict[str, Any]:
    """Let every rank select buckets by the costs that rank 0 measured, so that selections agree."""
    import torch.distributed as dist

    if options["bandwidth"] is None:
        return options
    selection = [_selection(**options) if dist.get_rank() == 0 else None]
    dist.broadcast_object_list(selection, src=0)
    return options | {"selection": selection[0]}


def compression(
    *, feedback: str, warm_up: int, bandwidth: float | None, selection: Any = None, **settings: Any
) -> Any:
    """Return the `Compression` of the options; raise ValueError for options that are not allowed."""
    from harness.protocols.gradients.data_parallel.worker import Compression
    from methods.dragonn.compress import CompressionSettings
    from methods.dragonn.training.compressor import HashCompressor

    chosen = selection or _selection(bandwidth=bandwidth, **settings)
    compressor = partial(HashCompressor, CompressionSettings(**settings))
    return Compression(compressor, feedback, warm_up=warm_up, selection=chosen)


def _selection(*, bandwidth: float | None, feedback: str = "", warm_up: int = 0, **settings: Any) -> Any:
    from harness.protocols.gradients.data_parallel.cost import measured
    from harness.protocols.gradients.data_parallel.link_model import NetworkLink
    from harness.protocols.gradients.data_parallel.selection import LargerThan
    from methods.dragonn.compress import CompressionSettings
    from methods.dragonn.training.compressor import HashCompressor

    if bandwidth is None:
        return LargerThan(0)
    link = NetworkLink(bandwidth)
    return measured(partial(HashCompressor, CompressionSettings(**settings))).cheaper_over(link)


def _report(result: Any, settings: Any, world: int, options: dict[str, Any]) -> None:
    """Print the results of a run: its check, its accuracy, its times, and modelled times on other links."""
    import numpy as np
    import torch

    from methods.dragonn.training.check import digits, modelled, passed

    click.echo(passed(result, world))
    model = settings.model()
    model.load_state_dict({name: torch.from_numpy(value) for name, value in result.state.items()})
    features, classes = digits("test")
    right = np.mean(model(torch.from_numpy(features)).argmax(1).numpy() == classes)
    click.echo(
        f"loss {result.losses[-1]:.4f} at the last step, accuracy {right:.4f} on {len(classes)} other digits"
    )
    times = result.times
    names = ("compute", "encode", "communicate", "decode", "optimizer", "step")
    click.echo("ms a step: " + ", ".join(f"{name} {1e3 * getattr(times, name):.3f}" for name in names))
    if options["warm_up"] or options["bandwidth"] is not None or len(result.losses) < 2 or world < 2:
        return
    rows, interval = modelled(result, world)
    for row in rows:
        factor = row.dense / row.compressed
        click.echo(
            f"at {row.gigabits:g} Gbit/s (model, no overlap): {1e3 * row.compressed:.2f} ms a step, dense "
            f"{1e3 * row.dense:.2f} ms, factor {factor:.2f}"
        )
    click.echo(
        "compression pays at no bandwidth"
        if interval.empty
        else f"compression pays between {interval.low:.3g} and {interval.high:.3g} Gbit/s"
    )


if __name__ == "__main__":
    main()
