"""`bench claims`: verdicts of the records on the papers' claims."""

import sys
from pathlib import Path

import click

from harness.commands.options import complete, profile_option, store_option, suite_option
from harness.errors import EXIT_OK, EXIT_UNMEASURED

PIPE_WIDTH = 120
EXAMPLES = """\b
Examples:
  bench claims --suite graph                                the records of the run store
  bench claims 'sep-g-*' --profile paper                    some claims, another profile
  bench claims --suite graph --from results/reference/graph the published records
  bench claims --format markdown --out claims.md            a page
  bench claims --calibration                                error rates of the tests, simulated

Verdicts give direction and size apart, e.g. "direction holds, size open"; "leans for" is no decision.
Exit code 4 if there are no records of any of the claims."""


def claim_names() -> list[str]:
    """Return the names of all claims."""
    from harness.claims.listing import every_claim

    return [claim.name for claim in every_claim()]


@click.command("claims", epilog=EXAMPLES)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete(claim_names))
@suite_option
@profile_option
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True),
    help="Read exported records (a file or folder) instead of the run store.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "markdown", "json")),
    default="table",
    show_default=True,
    help="Format of the verdicts.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead.")
@click.option("--calibration", is_flag=True, help="Simulate error rates and coverage of the tests instead.")
@store_option
def command(
    names: tuple[str, ...],
    suite: str,
    profile: str,
    source: Path | None,
    form: str,
    out: Path | None,
    calibration: bool,
    store: Path,
) -> int:
    """Report for each claim of a suite whether the records support it, how surely, and what would decide it.

    NAMEs are claims or globs; all of the suite by default. Holm's correction is over all of the papers' claims
    that the profile can test, also those that are not shown; ours are corrected apart.
    """
    if calibration:
        write(_calibrated(), out)
        return EXIT_OK
    text, found = _judged(names, suite, profile, source, form, store)
    write(text, out)
    return EXIT_OK if found else EXIT_UNMEASURED


def _judged(
    names: tuple[str, ...], suite: str, profile: str, source: Path | None, form: str, store: Path
) -> tuple[str, bool]:
    """Return the verdicts as text, and whether there were records of any of the claims."""
    from harness import catalog
    from harness.claims import NOT_RUN, tables
    from harness.claims.judge import judge_suite
    from harness.claims.listing import suite_claims
    from harness.errors import EmptySelection
    from harness.store import RunStore

    claims = [claim.name for claim in suite_claims(catalog.suite(suite))]
    if not claims:
        having = [one.name for one in catalog.suites().values() if suite_claims(one)]
        raise EmptySelection(f"suite {suite!r} has no claims; suites with claims: {', '.join(having) or 'none'}")
    chosen = catalog.select("claim", names, claims)
    opened = RunStore.from_jsonl(source) if source else RunStore.open(store, create=False, readonly=True)
    with opened as records:
        verdicts = judge_suite(records, suite, profile)
    shown = [verdict for verdict in verdicts if verdict.claim.name in chosen]
    found = any(verdict.word not in (NOT_RUN, "for another profile") for verdict in shown)
    if form == "json":
        return tables.render_json(shown, suite, profile), found
    if form == "markdown":
        return tables.render_markdown(shown, suite, profile), found
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return tables.render_terminal(shown, suite, profile, width), found


def _calibrated() -> str:
    from harness.claims.calibration import calibrate, render

    return render(calibrate())


def write(text: str, out: Path | None) -> None:
    """Print, or write a file in one step and print its path.

    Raises:
        UsageError: the file cannot be written.
    """
    if out is None:
        click.echo(text.rstrip("\n"))
        return
    from harness.errors import UsageError
    from harness.leaderboard.whole_file import write_whole

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(out, (text.rstrip("\n") + "\n").encode())
    except OSError as error:
        raise UsageError(f"--out: cannot write {out}: {error.strerror}") from error
    click.echo(out)
