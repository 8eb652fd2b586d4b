"""`mlflow prompts pull` and `push`: prompts as files in a Git repository."""

from __future__ import annotations

import os

import click

from mlflow.cli.errors import FAILED, Problem
from mlflow.cli.prompt_input import sure, warn_of_problems
from mlflow.cli.prompt_lists import how_many
from mlflow.cli.prompt_report import Report
from mlflow.cli.source import client

LISTED = 10
"""Prompts without a file that are named one by one."""

dry_run_option = click.option("--dry-run", "-n", is_flag=True, help="Say what would be done, and do nothing.")


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False))
@click.option("--filter", "filter_string", help="Pull only the prompts that this finds.")
@dry_run_option
@click.option("--force", is_flag=True, help="Replace files that were edited here by what the registry has.")
def pull(directory: str, filter_string: str | None, dry_run: bool, force: bool) -> None:
    """Write prompts into files: DIR/team/qa.prompt.md for team/qa.

    Writes what is new in the registry. A file that was edited, while the registry has a newer version, is a conflict:
    both changes are shown, the file stays as it is, and the status is 1.
    """
    from mlflow.client.prompts.files.comparing import pairs_to_pull
    from mlflow.client.prompts.files.doing import do
    from mlflow.client.prompts.files.folder import Folder
    from mlflow.client.prompts.files.plan import plan_pull

    folder = Folder(directory)
    files, troubles = folder.read() if os.path.isdir(directory) else ([], [])
    source = client()
    steps = plan_pull(pairs_to_pull(source, files, troubles, filter_string), force)
    report = Report("pull", dry_run, troubles, steps)
    for step in steps:
        report.did(step, lambda step: do(step, source, folder))
    report.end("Merge by hand and set `version` in the file to the registry's, or take the registry's with --force")


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, exists=True))
@click.option("--commit-message", "-m", help="What is new. [default: as in each file, where it was changed]")
@dry_run_option
@click.option("--force", is_flag=True, help="Register files also where the registry has a newer version or none.")
@click.option("--aliases", is_flag=True, help="Point the aliases that a file names to its version.")
@click.option("--delete", is_flag=True, help="Delete every prompt in the registry that has no file in DIR; asks first.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def push(
    directory: str, commit_message: str | None, dry_run: bool, force: bool, aliases: bool, delete: bool, yes: bool
) -> None:
    """Register files that were edited as new versions.

    Each file then says its new version. Where the registry has a newer one than the file came from, it is a conflict:
    both changes are shown, nothing is registered, and the status is 1. Unchanged files do nothing.
    """
    from mlflow.client.prompts.files.comparing import pairs_to_push
    from mlflow.client.prompts.files.doing import do
    from mlflow.client.prompts.files.folder import Folder
    from mlflow.client.prompts.files.plan import plan_push

    folder = Folder(directory)
    files, troubles = folder.read()
    if delete and troubles:
        raise Problem(
            f"{troubles[0].path} cannot be read: {troubles[0].reason}",
            "Nothing was deleted, since it may be the file of a prompt that would be. Mend it first",
        )
    source = client()
    steps = plan_push(pairs_to_push(source, files, troubles), force, aliases, delete)
    doomed = [step.pair.name for step in steps if step.deed == "delete"]
    if doomed and not (yes or dry_run):
        click.echo(f"There is no file of {_listed(doomed)}.", err=True)
        if not sure(f"Delete {how_many(len(doomed), 'prompt')} with all versions for good?"):
            click.echo("Nothing was done.", err=True)
            raise click.exceptions.Exit(FAILED)
    report = Report("push", dry_run, troubles, steps)
    for step in steps:
        report.did(step, lambda step: do(step, source, folder, commit_message))
        if step.deed == "register" and step.pair.file is not None:
            warn_of_problems(step.pair.file.prompt)
    missing = [step.pair.name for step in steps if step.state == "only there" and step.deed == "nothing"]
    if missing:
        click.echo(f"Without a file here: {_listed(missing)}. (`pull` writes them, `push --delete` deletes them.)")
    report.end("Merge by hand and set `version` in the file to the registry's, or push over it with --force")


def _listed(names: list[str]) -> str:
    more = len(names) - LISTED
    return f"{', '.join(names[:LISTED])}{f' and {more} more' if more > 0 else ''}"
