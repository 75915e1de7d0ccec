"""The `bench` command: a table of commands, each imported when it is called, so that help is instant."""

import errno
import sys
from importlib import import_module

import click

from harness.errors import EXIT_FAILED, EXIT_INTERRUPTED, BenchError, suggestion

COMMANDS = {
    "run": "Run the trials of a suite that are not in the run store yet.",
    "plan": "Show the trials, the time and the downloads of a run in advance.",
    "list": "List suites, tasks, contenders, kernels, data sets, claims.",
    "leaderboard": "Print or write the tables and figures of a suite.",
    "report": "Write the results as static HTML pages.",
    "show": "Show one trial: settings, curve, environment, log.",
    "compare": "Compare two contenders, paired, task by task.",
    "claims": "Judge the papers' claims by the records.",
    "kernels": "Time kernels against their peers and the machine's limit.",
    "check": "Check a contract; with --against, gate regressions.",
    "reproduce": "Repeat some published trials and compare the results.",
    "data": "List, fetch or verify data sets.",
    "export": "Write records as CSV, JSON lines or Parquet.",
    "merge": "Merge run stores and exported records.",
    "doctor": "Check the installation, machine, data and store.",
}
ENVIRONMENT_FAULTS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})
EPILOG = """\b
Examples:
  bench run --suite graph --profile smoke      a first run, a minute, offline
  bench plan --suite graph                     what the standard profile would cost
  bench run -t 'mutag*' -c 'sep*' -c gcn-sum   some tasks, some contenders
  bench leaderboard --suite graph              tables of the finished trials

\b
Exit codes: 0 fine, 1 some trials failed, 2 usage, 3 regression, 4 could not measure."""


class Commands(click.Group):
    """A group that knows its commands' names and help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"harness.commands.{cmd_name}")
        return module.command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.UsageError(f"unknown command {args[0]!r}{suggestion(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="bench-icml22", prog_name="bench")
def bench() -> None:
    """Run methods against baselines on fixed splits and seeds; publish leaderboards that a sceptic can trust."""


def main() -> None:
    """Run the command line; every expected error becomes one clear message and its exit code."""
    try:
        code = bench.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = EXIT_INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except BenchError as error:
        click.echo(f"bench: {error}", err=True)
        code = error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except OSError as error:
        if error.errno not in ENVIRONMENT_FAULTS:
            raise
        click.echo(f"bench: {error.strerror}: {error.filename or 'while writing'}", err=True)
        code = EXIT_FAILED
    except KeyboardInterrupt:
        click.echo("bench: interrupted", err=True)
        code = EXIT_INTERRUPTED
    sys.exit(code if isinstance(code, int) else 0)
