"""`mlflow runs …`: create, list, show, delete and restore runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from mlflow.cli.groups import Group
from mlflow.cli.output import on_terminal, output_option, print_json, print_table, view_option
from mlflow.cli.source import client, find_runs
from mlflow.cli.tags import key_and_value

if TYPE_CHECKING:
    from mlflow.entities import Run

NO_NAME = ""

id_option = click.option("--run-id", required=True, help="Id of the run.")


@click.group(cls=Group, not_yet=frozenset({"link-traces"}))
def runs() -> None:
    """Create, list, show, delete and restore runs."""


@runs.command(name="list")
@click.option(
    "--experiment-id", envvar="MLFLOW_EXPERIMENT_ID", show_envvar=True, required=True, help="Whose runs to list."
)
@view_option
@output_option
def list_runs(experiment_id: str, view: str, output: str) -> None:
    """List the runs of an experiment, last started first."""
    found = find_runs(client(), experiment_id, view)
    if output == "json":
        print_json([_ordered(run.info.to_dictionary()) for run in found])
        return
    empty = f"No runs in experiment {experiment_id} (view: {view})."
    if on_terminal():
        # To the minute and without zone: with the seconds, names would be folded at 80 columns.
        rows = [(_date(run)[:16], run.info.run_name or NO_NAME, run.info.status, run.info.run_id) for run in found]
        print_table(["Started", "Name", "Status", "ID"], rows, empty=empty)
    else:
        plain = [(_date(run), run.info.run_name or NO_NAME, run.info.run_id) for run in found]
        print_table(["Date", "Name", "ID"], plain, empty=empty)


@runs.command()
@id_option
def describe(run_id: str) -> None:
    """Print all that is known of a run as JSON.

    Info, metrics, params, tags, inputs and outputs.
    """
    run = client().get_run(run_id).to_dictionary()
    print_json({**run, "info": _ordered(run["info"])}, indent=4)


@runs.command()
@id_option
def delete(run_id: str) -> None:
    """Move a run to the bin; `restore` brings it back."""
    client().delete_run(run_id)
    click.echo(f"Run with ID {run_id} has been deleted.")


@runs.command()
@id_option
def restore(run_id: str) -> None:
    """Bring a deleted run back."""
    client().restore_run(run_id)
    click.echo(f"Run with id {run_id} has been restored.")


@runs.command()
@click.option(
    "--experiment-id",
    envvar="MLFLOW_EXPERIMENT_ID",
    show_envvar=True,
    help="Experiment the run belongs to; give this or the name.",
)
@click.option(
    "--experiment-name",
    envvar="MLFLOW_EXPERIMENT_NAME",
    show_envvar=True,
    help="The same by name; created when there is none.",
)
@click.option("--run-name", help="Name of the run. [default: a made-up one]")
@click.option("--description", help="What the run is about; Markdown, shown in the UI.")
@click.option("--tags", "-t", multiple=True, metavar="KEY=VALUE", help="A tag. May be given several times.")
@click.option(
    "--status",
    type=click.Choice(["FINISHED", "FAILED", "KILLED"], case_sensitive=False),
    default="FINISHED",
    show_default=True,
    help="State the run ends in.",
)
@click.option("--parent-run-id", help="Run that this one is nested in.")
@click.pass_context
def create(
    context: click.Context,
    experiment_id: str | None,
    experiment_name: str | None,
    run_name: str | None,
    description: str | None,
    tags: Sequence[str],
    status: str,
    parent_run_id: str | None,
) -> None:
    """Create a run that is over at once, and print it.

    For scripts, and for work done elsewhere. Prints JSON.
    """
    own_tags = dict(key_and_value(tag) for tag in tags)
    experiment_id, experiment_name = _one_of(context, experiment_id, experiment_name)

    from mlflow.tracking.context import context_tags

    all_tags = {**context_tags(), **own_tags}
    if description is not None:
        all_tags["mlflow.note.content"] = description
    if parent_run_id is not None:
        all_tags["mlflow.parentRunId"] = parent_run_id
    # Standard output is JSON that scripts read: no links in front of it.
    os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
    runs_client = client()
    if parent_run_id is not None:
        runs_client.get_run(parent_run_id)  # a run nested in nothing would be lost in the UI
    run = runs_client.create_run(experiment_id or _id_of(str(experiment_name)), tags=all_tags, run_name=run_name)
    runs_client.set_terminated(run.info.run_id, status)
    print_json(
        {
            "run_id": run.info.run_id,
            "experiment_id": run.info.experiment_id,
            "status": status,
            "run_name": run.info.run_name,
        }
    )


def _one_of(context: click.Context, by_id: str | None, by_name: str | None) -> tuple[str | None, str | None]:
    """Return the id or the name; what stands on the command line wins over what is in the environment."""
    typed = [
        context.get_parameter_source(option) is ParameterSource.COMMANDLINE
        for option in ("experiment_id", "experiment_name")
    ]
    if by_id and by_name and typed[0] != typed[1]:
        return (by_id, None) if typed[0] else (None, by_name)
    if bool(by_id) == bool(by_name):
        raise click.UsageError("Must specify exactly one of --experiment-id or --experiment-name.")
    return by_id, by_name


def _id_of(name: str) -> str:
    experiment = client().get_experiment_by_name(name)
    if experiment is not None:
        return experiment.experiment_id
    click.echo(f"There is no experiment {name!r} yet; creating it.", err=True)
    return client().create_experiment(name)


def _ordered(info: dict[str, Any]) -> dict[str, Any]:
    return {key: info[key] for key in sorted(info) if key != "run_uuid"}


def _date(run: Run) -> str:
    from mlflow.cli.times import local_time

    return local_time(run.info.start_time)
