"""How failures look."""

from __future__ import annotations

import pytest

from mlflow.cli.errors import explain, printable
from mlflow.exceptions import ExperimentNotFound, InvalidParameter, MlflowException, RestException
from tests.cli.conftest import Mlflow


def test_a_failure_is_an_error_an_empty_line_and_a_hint(run: Mlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///here.db")

    answer = run("runs", "describe", "--run-id", "nope")

    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert answer.stderr == (
        "error: Run with id=nope not found\n\n"
        "hint: `mlflow runs list --experiment-id ID` lists the runs at sqlite:///here.db\n"
    )


def test_wrong_use_ends_with_status_2_and_says_where_the_help_is(run: Mlflow) -> None:
    answer = run("runs", "describe")

    assert answer.exit_code == 2
    assert answer.stderr == (
        "error: Missing option '--run-id'\n\nhint: `mlflow runs describe --help` shows how to use it\n"
    )


def test_a_traceback_is_shown_when_asked_for(run: Mlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_LOGGING_LEVEL", "debug")

    answer = run("runs", "describe", "--run-id", "nope")

    assert "Traceback (most recent call last)" in answer.stderr
    assert "error: Run with id=nope not found" in answer.stderr


def test_the_advice_in_a_message_becomes_the_hint() -> None:
    error = InvalidParameter("The key is too long. It has 300 characters. Use at most 250, please.")

    assert explain(error) == ("The key is too long. It has 300 characters.", "Use at most 250, please.")


def test_a_message_without_advice_stays_whole() -> None:
    error = MlflowException("Checks failed. They usually do. Usefulness is unknown.")

    assert explain(error) == (error.message, None)


def test_a_server_that_knows_no_such_experiment_gives_the_same_hint_as_a_database() -> None:
    remote = RestException({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "No Experiment with id=7 exists"})

    assert explain(remote)[1] == explain(ExperimentNotFound(7))[1] is not None


def test_a_server_that_wants_a_login_says_how_to_give_one() -> None:
    refused = RestException({"error_code": "UNAUTHENTICATED", "message": "Who are you?"})

    assert "MLFLOW_TRACKING_USERNAME" in str(explain(refused)[1])


def test_a_fault_of_ours_says_so_and_shows_no_traceback(run: Mlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("mlflow.cli.runs.client", fail)

    answer = run("runs", "describe", "--run-id", "nope")

    assert answer.exit_code == 1
    assert "error: ZeroDivisionError: a bug\n\nhint: This is not your fault" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_ctrl_c_ends_with_the_status_of_an_interrupt(run: Mlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mlflow.cli.runs.client", interrupt)

    answer = run("runs", "describe", "--run-id", "nope")

    assert (answer.exit_code, answer.stderr.strip()) == (130, "Interrupted.")


def test_control_characters_from_elsewhere_do_not_reach_the_terminal() -> None:
    assert printable("a\x1b[31mred\x07\nb\tc") == "a\ufffd[31mred\ufffd\nb\tc"
