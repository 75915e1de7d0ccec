"""`bench compare`: two contenders, paired, task by task."""

from pathlib import Path

import click

from harness.commands.options import contender_argument, profile_option, store_option, suite_option, tasks_option


@click.command("compare", epilog="Example: bench compare sep-g gcn-sum -t mutag -t proteins")
@contender_argument("a")
@contender_argument("b")
@suite_option
@profile_option
@tasks_option
@store_option
def command(a: str, b: str, suite: str, profile: str, tasks: tuple[str, ...], store: Path) -> None:
    """Compare contenders A and B on the tasks that both have run: paired difference, interval, test, Holm."""
    from harness import catalog
    from harness.leaderboard.comparison import compare, render
    from harness.store import RunStore

    for name in (a, b):
        catalog.contender(name)
    chosen = catalog.select("task", tasks, catalog.tasks()) if tasks else None
    with RunStore.open(store, create=False, readonly=True) as records:
        click.echo(render(compare(records, a, b, suite, profile, chosen)))
