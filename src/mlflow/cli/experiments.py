"""`mlflow experiments …`: create, find, change and export experiments."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from mlflow.cli.errors import Problem
from mlflow.cli.groups import Group
from mlflow.cli.output import on_terminal, output_option, print_json, print_table, view_option
from mlflow.cli.source import client, find_experiments, find_runs

if TYPE_CHECKING:
    from mlflow.entities import Experiment

id_option = click.option("--experiment-id", "-x", required=True, help="Id of the experiment.")


@click.group(cls=Group, not_yet=frozenset({"update"}))
def experiments() -> None:
    """Create, find, change and export experiments."""


@experiments.command()
@click.option("--experiment-name", "-n", required=True, help="Name; unique, also among deleted experiments.")
@click.option(
    "--artifact-location",
    "-l",
    help="Where the files of its runs are kept, such as s3://bucket/folder. Chosen by the server when left out.",
)
@click.option("--trace-archival-retention", hidden=True)
def create(experiment_name: str, artifact_location: str | None, trace_archival_retention: str | None) -> None:
    """Create an experiment and print its id."""
    if trace_archival_retention:
        raise Problem("--trace-archival-retention is not supported: this version does not archive traces")
    experiment_id = client().create_experiment(experiment_name, artifact_location)
    click.echo(f"Created experiment '{experiment_name}' with id {experiment_id}")


@experiments.command()
@view_option
@click.option("--max-results", type=click.IntRange(min=1), help="Stop after this many, newest first. [default: all]")
@output_option
def search(view: str, max_results: int | None, output: str) -> None:
    """List experiments."""
    found = sorted(find_experiments(client(), view, max_results), key=_by_number)
    if output == "json":
        print_json([as_json(experiment) for experiment in found])
        return
    rows = [(experiment.experiment_id, experiment.name, experiment.artifact_location) for experiment in found]
    print_table(["Experiment Id", "Name", "Artifact Location"], rows, empty="No experiments.")


@experiments.command()
@click.option("--experiment-id", "-x", help="Id of the experiment; give this or the name.")
@click.option("--experiment-name", "-n", help="Name of the experiment; give this or the id.")
@output_option
def get(experiment_id: str | None, experiment_name: str | None, output: str) -> None:
    """Show one experiment, found by id or by name."""
    if (experiment_id is None) == (experiment_name is None):
        raise click.UsageError("Must specify exactly one of --experiment-id or --experiment-name.")
    experiment = client().get_experiment(experiment_id) if experiment_id is not None else _named(str(experiment_name))
    if output == "json":
        print_json(as_json(experiment))
        return
    for title, text in (
        ("Experiment ID", experiment.experiment_id),
        ("Name", experiment.name),
        ("Artifact Location", experiment.artifact_location),
        ("Lifecycle Stage", experiment.lifecycle_stage),
        ("Creation Time", _time(experiment.creation_time)),
        ("Last Update Time", _time(experiment.last_update_time)),
        ("Tags", ", ".join(f"{key}={value}" for key, value in experiment.tags.items())),
    ):
        click.echo(f"{title:<19}: {text}")


@experiments.command()
@id_option
def delete(experiment_id: str) -> None:
    """Move an experiment and its runs to the bin.

    `mlflow experiments restore` brings them back.
    """
    client().delete_experiment(experiment_id)
    click.echo(f"Experiment with ID {experiment_id} has been deleted.")


@experiments.command()
@id_option
def restore(experiment_id: str) -> None:
    """Bring a deleted experiment and its runs back."""
    client().restore_experiment(experiment_id)
    click.echo(f"Experiment with id {experiment_id} has been restored.")


@experiments.command()
@id_option
@click.option("--new-name", required=True, help="The name it shall have.")
def rename(experiment_id: str, new_name: str) -> None:
    """Give an active experiment another name."""
    client().rename_experiment(experiment_id, new_name)
    click.echo(f"Experiment with id {experiment_id} has been renamed to '{new_name}'.")


@experiments.command()
@id_option
@click.option("--filename", "-o", help="File to write, replacing one that is there. [default: standard output]")
def csv(experiment_id: str, filename: str | None) -> None:
    """Write the runs of an experiment as CSV.

    One line a run: its info, then a column for each metric, param and tag.
    """
    from mlflow.cli.runs_csv import write_runs

    runs = find_runs(client(), experiment_id, "active_only")
    if filename is None:
        write_runs(runs, sys.stdout)
        click.echo()  # MLflow ends with an empty line here, and only here
        return
    with open(filename, "w", encoding="utf-8", newline="") as file:
        write_runs(runs, file)
    click.echo(f"Experiment with ID {experiment_id} has been exported as a CSV to file: {filename}.")


def as_json(experiment: Experiment) -> dict[str, Any]:
    """Return the keys MLflow prints, also those of features this version does not have."""
    return {
        "artifact_location": experiment.artifact_location,
        "creation_time": experiment.creation_time,
        "effective_trace_archival_retention": None,
        "experiment_id": experiment.experiment_id,
        "last_update_time": experiment.last_update_time,
        "lifecycle_stage": experiment.lifecycle_stage,
        "name": experiment.name,
        "tags": experiment.tags,
        "trace_location": None,
        "workspace": "default",
    }


def _named(name: str) -> Experiment:
    experiment = client().get_experiment_by_name(name)
    if experiment is None:
        raise Problem(
            f"Experiment with name '{name}' does not exist.", "`mlflow experiments search --view all` lists all names"
        )
    return experiment


def _by_number(experiment: Experiment) -> tuple[int, str]:
    text = experiment.experiment_id
    return (int(text) if text.isdecimal() else 0, text)


def _time(moment_ms: int | None) -> str:
    """Return a time as MLflow prints it, in milliseconds; on a terminal as date and time."""
    if moment_ms is None or not on_terminal():
        return str(moment_ms)
    from mlflow.cli.times import local_time

    return local_time(moment_ms)
