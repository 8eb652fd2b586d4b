"""Starting, nesting, resuming and ending runs with the fluent functions."""

from __future__ import annotations

import os
import threading

import pytest

import mlflow
from mlflow.exceptions import MlflowException

UNKNOWN_RUN = "0" * 32


@pytest.fixture(autouse=True)
def _experiment(experiment: str) -> None:
    pass


def status_of(run_id: str) -> str:
    return mlflow.get_run(run_id).info.status


def test_a_run_is_running_inside_its_block_and_finished_after_it() -> None:
    with mlflow.start_run() as run:
        assert status_of(run.info.run_id) == "RUNNING"
        assert mlflow.active_run() is run

    assert mlflow.active_run() is None
    ended = mlflow.get_run(run.info.run_id).info
    assert ended.status == "FINISHED"
    assert ended.end_time is not None
    assert ended.end_time >= ended.start_time


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_that_leaves_the_block_fails_the_run_and_goes_on(error: type[BaseException]) -> None:
    with pytest.raises(error), mlflow.start_run() as run:
        raise error

    assert status_of(run.info.run_id) == "FAILED"


def test_a_run_can_be_started_and_ended_without_a_block() -> None:
    run = mlflow.start_run()
    mlflow.end_run("KILLED")

    assert status_of(run.info.run_id) == "KILLED"


def test_ending_when_nothing_is_active_does_nothing() -> None:
    mlflow.end_run()


def test_a_status_that_does_not_exist_ends_nothing() -> None:
    run = mlflow.start_run()

    with pytest.raises(MlflowException, match="No run status is called 'DONE'"):
        mlflow.end_run("DONE")

    assert mlflow.active_run() is run


def test_a_run_that_was_ended_inside_its_block_is_left_alone() -> None:
    with mlflow.start_run() as run:
        mlflow.end_run("KILLED")

    assert status_of(run.info.run_id) == "KILLED"


def test_a_second_run_needs_to_be_nested() -> None:
    with mlflow.start_run() as run, pytest.raises(MlflowException, match="call start_run with nested=True") as failure:
        mlflow.start_run()

    assert run.info.run_id in str(failure.value)


def test_a_nested_run_knows_its_parent() -> None:
    with mlflow.start_run() as parent:
        with mlflow.start_run(nested=True) as child:
            assert mlflow.active_run() is child
        assert mlflow.active_run() is parent

    found = mlflow.get_parent_run(child.info.run_id)
    assert found is not None
    assert found.info.run_id == parent.info.run_id
    assert mlflow.get_parent_run(parent.info.run_id) is None


def test_nested_runs_that_nobody_ended_end_with_their_parent() -> None:
    with mlflow.start_run():
        inner = mlflow.start_run(nested=True)
        innermost = mlflow.start_run(nested=True)

    assert mlflow.active_run() is None
    assert status_of(inner.info.run_id) == status_of(innermost.info.run_id) == "FINISHED"


def test_a_parent_can_be_named() -> None:
    with mlflow.start_run() as parent:
        pass

    with mlflow.start_run(parent_run_id=parent.info.run_id) as child:
        assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id


def test_an_unknown_parent_is_refused() -> None:
    with pytest.raises(MlflowException, match=f"Run with id={UNKNOWN_RUN} not found"):
        mlflow.start_run(parent_run_id=UNKNOWN_RUN)


def test_a_deleted_parent_is_refused() -> None:
    with mlflow.start_run() as parent:
        pass
    mlflow.delete_run(parent.info.run_id)

    with pytest.raises(MlflowException, match="because it is in the deleted state"):
        mlflow.start_run(parent_run_id=parent.info.run_id)


def test_a_parent_that_is_not_the_active_run_is_refused() -> None:
    with mlflow.start_run() as other:
        pass

    with mlflow.start_run(), pytest.raises(MlflowException, match="does not match the specified parent_run_id"):
        mlflow.start_run(parent_run_id=other.info.run_id, nested=True)


def test_name_tags_and_description_are_stored() -> None:
    with mlflow.start_run(run_name="first", tags={"team": "growth", "try": 1}, description="*why*") as run:
        pass

    stored = mlflow.get_run(run.info.run_id)
    assert stored.info.run_name == "first"
    assert stored.data.tags["team"] == "growth"
    assert stored.data.tags["try"] == "1"
    assert stored.data.tags["mlflow.note.content"] == "*why*"


def test_a_description_twice_is_refused() -> None:
    with pytest.raises(MlflowException, match="Give either of them"):
        mlflow.start_run(tags={"mlflow.note.content": "a"}, description="b")

    assert mlflow.active_run() is None


def test_a_run_without_a_name_gets_one() -> None:
    with mlflow.start_run() as run:
        assert run.info.run_name


def test_a_run_can_be_resumed_and_changed() -> None:
    with mlflow.start_run(run_name="old") as run:
        mlflow.log_param("lr", 1)

    with mlflow.start_run(run_id=run.info.run_id, run_name="new", tags={"a": "b"}, description="d") as resumed:
        assert resumed.info.run_id == run.info.run_id
        assert resumed.info.status == "RUNNING"
        assert resumed.data.params == {"lr": "1"}

    stored = mlflow.get_run(run.info.run_id)
    assert stored.info.status == "FINISHED"
    assert stored.info.run_name == "new"
    assert (stored.data.tags["a"], stored.data.tags["mlflow.note.content"]) == ("b", "d")


def test_the_environment_names_the_run_to_resume_once() -> None:
    with mlflow.start_run() as run:
        pass
    os.environ["MLFLOW_RUN_ID"] = run.info.run_id

    with mlflow.start_run() as resumed:
        assert resumed.info.run_id == run.info.run_id
        assert "MLFLOW_RUN_ID" not in os.environ
    with mlflow.start_run() as another:
        assert another.info.run_id != run.info.run_id


def test_an_unknown_run_cannot_be_resumed() -> None:
    with pytest.raises(MlflowException, match="not found"):
        mlflow.start_run(run_id=UNKNOWN_RUN)

    assert mlflow.active_run() is None


def test_a_deleted_run_is_resumed_only_after_it_is_restored() -> None:
    with mlflow.start_run() as run:
        pass
    mlflow.delete_run(run.info.run_id)

    with pytest.raises(MlflowException, match=r"mlflow\.restore_run") as failure:
        mlflow.start_run(run_id=run.info.run_id)
    assert run.info.run_id in str(failure.value)

    mlflow.restore_run(run.info.run_id)
    with mlflow.start_run(run_id=run.info.run_id):
        pass


def test_a_run_of_another_experiment_than_the_chosen_one_cannot_be_resumed(experiment: str) -> None:
    with mlflow.start_run() as run:
        pass
    mlflow.set_experiment(experiment_id="0")

    with pytest.raises(MlflowException, match=rf"the run is in experiment {experiment}, but experiment 0 is chosen"):
        mlflow.start_run(run_id=run.info.run_id)


def test_the_last_run_can_be_looked_at_after_it_ended() -> None:
    with mlflow.start_run() as run:
        mlflow.log_metric("m", 3)

    last = mlflow.last_active_run()
    assert last is not None
    assert last.info.run_id == run.info.run_id
    assert last.data.metrics == {"m": 3.0}


def test_each_thread_has_a_run_of_its_own() -> None:
    seen: list[object] = []

    def work() -> None:
        seen.append(mlflow.active_run())
        mlflow.log_metric("m", 1)
        own = mlflow.active_run()
        seen.append(own.info.run_id if own else None)
        mlflow.end_run()

    with mlflow.start_run() as ours:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert mlflow.active_run() is ours

    assert seen[0] is None
    assert seen[1] not in (None, ours.info.run_id)


def test_logging_starts_a_run_when_none_is_active() -> None:
    mlflow.log_param("lr", 1)

    run = mlflow.active_run()
    assert run is not None
    mlflow.end_run()
    assert mlflow.get_run(run.info.run_id).data.params == {"lr": "1"}


def test_a_run_is_ended_where_it_was_started_even_when_the_tracking_uri_changes_meanwhile(
    tracking_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with mlflow.start_run() as run:
        mlflow.set_tracking_uri(f"sqlite:///{tmp_path_factory.mktemp('other')}/other.db")
        mlflow.log_metric("m", 1)

    mlflow.set_tracking_uri(tracking_uri)
    stored = mlflow.get_run(run.info.run_id)
    assert stored.info.status == "FINISHED"
    assert stored.data.metrics == {"m": 1.0}
