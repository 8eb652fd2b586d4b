"""The `mlflow` command itself: version, help, where commands come from, wrong words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from mlflow.cli import COMMANDS, NOT_YET
from mlflow.version import MLFLOW_VERSION, VERSION
from tests.cli.conftest import Mlflow


def test_the_version_reads_like_mlflows_for_programs_that_parse_it(run: Mlflow) -> None:
    printed = run("--version").stdout

    assert printed == f"mlflow, version {MLFLOW_VERSION} (headrace {VERSION})\n"


def test_python_dash_m_mlflow_is_the_same_command() -> None:
    done = subprocess.run([sys.executable, "-m", "mlflow", "--version"], capture_output=True, text=True, check=True)

    assert done.stdout.startswith(f"mlflow, version {MLFLOW_VERSION}")


def test_help_imports_no_command_and_nothing_heavy() -> None:
    code = (
        "import sys; from mlflow.cli import cli\n"
        "try: cli(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name in %r or name.startswith('mlflow.cli.')])"
    )
    heavy = {"rich", "sqlalchemy", "urllib3", "fastapi", "uvicorn", "msgspec", "dotenv", "pandas"}

    done = subprocess.run([sys.executable, "-c", code % heavy], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "['mlflow.cli.errors', 'mlflow.cli.groups']"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_command_says_of_itself(name: str) -> None:
    loaded = COMMANDS[name].load()
    if COMMANDS[name].hidden:
        assert loaded is COMMANDS["server"].load()
    else:
        assert loaded.get_short_help_str(limit=200) == COMMANDS[name].short_help


def test_every_command_and_option_is_explained(run: Mlflow) -> None:
    for each in all_commands():
        assert each.help, each.name
        for option in each.params:
            silent = option.param_type_name == "option" and not option.to_info_dict().get("help")
            assert not silent or option.to_info_dict()["hidden"], f"{each.name} {option.name}"


def all_commands() -> list[click.Command]:
    found = [entry.load() for entry in COMMANDS.values()]
    for each in found:  # it grows while we go
        found += getattr(each, "commands", {}).values()
    return found


def test_no_help_line_is_wider_than_a_terminal(run: Mlflow) -> None:
    for words in (
        ["server"],
        ["runs", "create"],
        ["experiments", "search"],
        ["artifacts", "download"],
        ["prompts", "push"],
        [],
    ):
        assert max(map(len, run(*words, "--help").stdout.splitlines())) <= 80


def test_ui_is_server_under_another_name_and_not_listed(run: Mlflow) -> None:
    assert run("ui", "--help").stdout.replace("mlflow ui", "mlflow server") == run("server", "--help").stdout
    assert "\n  ui " not in run("--help").stdout


def test_a_mistyped_command_is_guessed(run: Mlflow) -> None:
    answer = run("experimens")

    assert answer.exit_code == 2
    assert answer.stderr == (
        "error: There is no command `mlflow experimens`\n\nhint: Did you mean `mlflow experiments`?\n"
    )


@pytest.mark.parametrize("name", sorted(NOT_YET))
def test_a_command_of_mlflow_that_is_still_to_come_is_named_as_such(run: Mlflow, name: str) -> None:
    answer = run(name, "--some-option")

    assert answer.exit_code == 2
    assert answer.stderr.startswith(f"error: Headrace {VERSION} does not have `mlflow {name}` yet\n")


def test_an_env_file_is_read_before_the_command_and_variables_that_are_set_win(folder: Path) -> None:
    (folder / "here.env").write_text("MLFLOW_REGISTRY_URI=sqlite:///from-file.db\nMLFLOW_TRACKING_URI=ignored\n")

    done = subprocess.run(
        [sys.executable, "-m", "mlflow", "--env-file", "here.env", "doctor"], capture_output=True, text=True, check=True
    )

    assert "Registry URI: sqlite:///from-file.db\n" in done.stdout
    assert f"Tracking URI: sqlite:///{folder}/tracking.db\n" in done.stdout


def test_an_env_file_that_is_not_there_is_an_error(run: Mlflow) -> None:
    answer = run("--env-file", "nowhere.env", "doctor")

    assert answer.exit_code == 2
    assert "There is no file 'nowhere.env'" in answer.stderr
