"""How failures look: `error: what happened`, an empty line, `hint: what to do`. Never a traceback by default."""

from __future__ import annotations

import os
import re
import traceback

import click

from mlflow.exceptions import ExperimentNotFound, MlflowException, RunNotFound

FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells report it

# Our messages say what happened and then what to do: after `hint:`, or in a sentence that begins with a verb.
_ADVICE = re.compile(
    r"\s+hint: |(?<=[.!])\s+(?=(?:Add|Ask|Back|Check|Choose|Create|Free|Give|Install|Let|List|Log|Make|Move|Pass|Point|"
    r"Put|Register|Remove|Rename|Restore|Run|Send|Set|Start|Stop|Try|Use|Wait|Write)\b)"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Problem(click.ClickException):
    """Something the user can mend.

    Args:
        message: what happened.
        hint: what to do about it.
    """

    exit_code = FAILED

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class UsageProblem(click.UsageError):
    """The command line itself is wrong.

    Args:
        message: what is wrong.
        hint: what to type instead; by default, where the help is.
        ctx: the command it is about.
    """

    def __init__(self, message: str, hint: str | None = None, ctx: click.Context | None = None) -> None:
        super().__init__(message, ctx)
        self.hint = hint


def printable(text: str) -> str:
    """Return text without characters that could move the cursor or recolour a terminal; lines and tabs stay."""
    return _CONTROL.sub("\ufffd", text)


def report(error: Exception) -> int:
    """Print a failure to standard error and return the exit status of the process.

    With MLFLOW_LOGGING_LEVEL=DEBUG the traceback comes first.
    """
    if isinstance(error, click.Abort):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
        return WRONG_USE
    if debugging():
        traceback.print_exception(error)
    message, hint = explain(error)
    color = False if os.environ.get("NO_COLOR") else None
    click.echo(f"{click.style('error:', fg='red', bold=True)} {_plain(message)}", err=True, color=color)
    if hint:
        click.echo(f"\n{click.style('hint:', fg='cyan', bold=True)} {_plain(hint)}", err=True, color=color)
    return error.exit_code if isinstance(error, click.ClickException) else FAILED


def _plain(text: str) -> str:
    return printable(text).strip().removesuffix(".")


def debugging() -> bool:
    """Tell whether tracebacks are wanted."""
    return os.environ.get("MLFLOW_LOGGING_LEVEL", "").upper() == "DEBUG"


def explain(error: Exception) -> tuple[str, str | None]:
    """Return what happened and, when we know, what to do about it."""
    if isinstance(error, Problem | UsageProblem) and error.hint:
        return error.message, error.hint
    if isinstance(error, click.UsageError):
        return error.format_message(), _where_help_is(error)
    if isinstance(error, click.ClickException):
        return error.format_message(), None
    if isinstance(error, MlflowException):
        if error.error_code == "ENDPOINT_NOT_FOUND" and "/headrace/" in error.message:
            return f"Only a Headrace server can do this; there is none{_asked(registry=True)}", None
        fact, *advice = _ADVICE.split(error.message, maxsplit=1)
        return fact, advice[0] if advice else _hint_for(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror, None
    if isinstance(error, ImportError) and error.name:
        return f"The Python package {error.name!r} is missing", f"Install it, for example with `uv add {error.name}`"
    return (
        f"{type(error).__name__}: {error}",
        "This is not your fault. Run it again with MLFLOW_LOGGING_LEVEL=DEBUG to see where it happened, "
        "and please report that",
    )


def _where_help_is(error: click.UsageError) -> str | None:
    return f"`{error.ctx.command_path} --help` shows how to use it" if error.ctx else None


def _hint_for(error: MlflowException) -> str | None:
    """Return advice for errors whose message, often a server's, has none."""
    text = error.message
    if isinstance(error, RunNotFound) or re.search(r"\bRun with id=\S+ not found", text):
        return f"`mlflow runs list --experiment-id ID` lists the runs{_asked()}"
    if isinstance(error, ExperimentNotFound) or re.search(r"[Nn]o Experiment with id=", text):
        return f"`mlflow experiments search --view all` lists the experiments{_asked()}"
    if found := re.search(r"\bPrompt \(name=(\S+), version=\S+\) not found", text):
        return f"`mlflow prompts history {found[1]}` lists its versions"
    if re.search(r"\bPrompt with name=\S+ not found", text):
        return f"`mlflow prompts list --all` lists the prompts{_asked(registry=True)}"
    if re.search(r"\b(?:Registered model|Prompt) alias \S+ not found", text):
        return "`mlflow prompts alias list NAME` lists the aliases of a prompt"
    if text.startswith("No such artifact"):
        return "`mlflow artifacts list --run-id ID` lists what the run has"
    if error.error_code == "UNAUTHENTICATED":
        return "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
    if error.error_code == "ENDPOINT_NOT_FOUND":
        return f"`mlflow doctor` shows whether a tracking server answers{_asked()}"
    return None


def _asked(registry: bool = False) -> str:
    """Say whom we asked, because the wrong URI is the usual reason why something is not found."""
    from mlflow.cli.redact import without_password
    from mlflow.store.registry import get_registry_uri, get_tracking_uri

    return f" at {without_password(get_registry_uri() if registry else get_tracking_uri())}"
