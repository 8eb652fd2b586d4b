"""The `mlflow` command: the root group, its global options, and where each command lives.

Only click is imported here. A command's own module is imported when that command is used, so that
`mlflow --version`, `--help` and shell completion answer at once.
"""

from __future__ import annotations

import os
import sys

import click

from mlflow.cli.groups import Entry, Root
from mlflow.version import MLFLOW_VERSION, VERSION

COMMANDS = {
    "artifacts": Entry("mlflow.cli.artifacts:artifacts", "Upload, list and download the files of runs."),
    "db": Entry("mlflow.cli.db:db", "Look after the database of a tracking server."),
    "doctor": Entry("mlflow.cli.doctor:doctor", "Show versions, settings and whether the tracking server answers."),
    "experiments": Entry("mlflow.cli.experiments:experiments", "Create, find, change and export experiments."),
    "prompts": Entry("mlflow.cli.prompts:prompts", "Register, find and compare prompts, and keep them as files."),
    "runs": Entry("mlflow.cli.runs:runs", "Create, list, show, delete and restore runs."),
    "server": Entry("mlflow.cli.server:server", "Run the tracking server: REST API and artifacts."),
    "ui": Entry("mlflow.cli.server:server", "The same as `mlflow server`.", hidden=True),
}

# Commands of MLflow that people will type and that this version answers with a plain "not yet".
NOT_YET = frozenset(
    {
        *("agent", "ai-commands", "assistant", "autolog", "crypto", "datasets", "demo", "deployments", "gateway", "gc"),
        *("mcp", "migrate-filestore", "models", "run", "sagemaker", "scorers", "skills", "traces"),
    }
)


def load_env_file(context: click.Context, parameter: click.Parameter, path: str | None) -> str | None:
    """Load a dotenv file into the environment; variables that are already set win."""
    if path:
        if not os.path.isfile(path):
            raise click.BadParameter(f"There is no file {path!r}.", context, parameter)
        from dotenv import load_dotenv

        load_dotenv(path, override=False)
    return path


# Eager: other options must find their variables set by it, wherever it stands on the line.
env_file_option = click.option(
    "--env-file",
    type=click.Path(),
    is_eager=True,
    expose_value=False,
    callback=load_env_file,
    help="Read environment variables from this dotenv file first. Variables that are already set win.",
)


@click.group(
    cls=Root,
    commands_at=COMMANDS,
    not_yet=NOT_YET,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Commands talk to the server or database in MLFLOW_TRACKING_URI; without it, to sqlite:///mlflow.db.",
)
@click.version_option(VERSION, prog_name="mlflow", message=f"mlflow, version {MLFLOW_VERSION} (headrace {VERSION})")
@env_file_option
def cli() -> None:
    """Track machine-learning experiments: start a server, look at runs, move files.

    This is Headrace, a drop-in implementation of MLflow.
    """


def main() -> None:
    """Run the `mlflow` command with the arguments of this process."""
    cli(prog_name="mlflow", args=sys.argv[1:])
