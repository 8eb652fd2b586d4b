"""`mlflow artifacts …`: upload, list and download the files of runs."""

from __future__ import annotations

import json

import click

from mlflow.cli.groups import Group
from mlflow.cli.output import on_terminal
from mlflow.cli.source import client, give_up_soon_on_a_terminal

run_option = click.option("--run-id", "-r", required=True, help="Id of the run.")
target_option = click.option(
    "--artifact-path", "-a", help="Folder among the run's artifacts to put it in. [default: the topmost]"
)


@click.group(cls=Group)
def artifacts() -> None:
    """Upload, list and download the files of runs.

    A bar shows how far a transfer is when standard error is a terminal; MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR=false
    hides it.
    """


@artifacts.command("log-artifact")
@click.option("--local-file", "-l", required=True, type=click.Path(exists=True), help="File to upload.")
@run_option
@target_option
def log_artifact(local_file: str, run_id: str, artifact_path: str | None) -> None:
    """Upload one file to a run."""
    client().log_artifact(run_id, local_file, artifact_path)
    _say_logged("file", local_file, artifact_path)


@artifacts.command("log-artifacts")
@click.option(
    "--local-dir",
    "-l",
    required=True,
    type=click.Path(exists=True, file_okay=False),
    help="Folder whose content to upload.",
)
@run_option
@target_option
def log_artifacts(local_dir: str, run_id: str, artifact_path: str | None) -> None:
    """Upload what is in a folder to a run."""
    client().log_artifacts(run_id, local_dir, artifact_path)
    _say_logged("dir", local_dir, artifact_path)


@artifacts.command("list")
@run_option
@click.option("--artifact-path", "-a", help="Folder to list. [default: the topmost]")
def list_artifacts(run_id: str, artifact_path: str | None) -> None:
    """Print one folder of a run's artifacts as JSON.

    Each entry has `path`, `is_dir` and, for files, `file_size` in bytes.
    """
    found = client().list_artifacts(run_id, artifact_path)
    entries = [
        {"path": entry.path, "is_dir": True}
        if entry.is_dir
        else {"path": entry.path, "is_dir": False, "file_size": entry.file_size or 0}
        for entry in found
    ]
    # The very layout MLflow prints: `[{`, one key a line, `}, {`, `}]`.
    click.echo("[" + ", ".join(json.dumps(entry, indent=2) for entry in entries) + "]")


@artifacts.command()
@click.option("--run-id", "-r", help="Run to download from; give this or --artifact-uri.")
@click.option("--artifact-path", "-a", help="With --run-id: file or folder to download. [default: all]")
@click.option("--artifact-uri", "-u", help="What to download, such as runs:/RUN_ID/model; instead of --run-id.")
@click.option(
    "--dst-path",
    "-d",
    help="Folder to download into; created when missing. [default: a new temporary folder, or no copy at all where "
    "the artifacts are local files already]",
)
def download(run_id: str | None, artifact_path: str | None, artifact_uri: str | None, dst_path: str | None) -> None:
    """Download a file or folder and print where it is now."""
    if (run_id is None) == (artifact_uri is None):
        raise click.UsageError("Exactly one of --run-id or --artifact-uri must be specified.")
    if artifact_uri is not None and artifact_path is not None:
        raise click.UsageError("--artifact-path goes with --run-id; append the path to --artifact-uri instead.")

    give_up_soon_on_a_terminal()
    from mlflow.artifacts import download_artifacts

    local = download_artifacts(artifact_uri=artifact_uri, run_id=run_id, artifact_path=artifact_path, dst_path=dst_path)
    # MLflow prints an empty line first; scripts that take the last line, or skip one, work with either.
    click.echo(local if on_terminal() else f"\n{local}")


def _say_logged(kind: str, local: str, artifact_path: str | None) -> None:
    click.echo(f"Logged artifact from local {kind} {local} to artifact_path={artifact_path}", err=True)
