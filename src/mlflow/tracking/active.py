"""Runs that are under way: starting, resuming, nesting and ending them.

Each thread has its own stack of active runs; the innermost is the one that `mlflow.log_metric` and its kin write to.
"""

from __future__ import annotations

import atexit
import os
import threading
from types import TracebackType
from typing import Any, cast

from mlflow.client import MlflowClient
from mlflow.entities import LifecycleStage, Run, RunStatus
from mlflow.entities.base import _Aliased
from mlflow.environment_variables import MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING, MLFLOW_RUN_ID
from mlflow.exceptions import InvalidParameter, MlflowException
from mlflow.logging_utils import get_logger
from mlflow.store.registry import get_tracking_uri
from mlflow.tracking.clients import client, client_of
from mlflow.tracking.context import context_tags
from mlflow.tracking.experiments import active_experiment_id, chosen_experiment_id
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME, MLFLOW_RUN_NOTE

_log = get_logger(__name__)


class _FromRun(_Aliased):
    def __call__(cls, run: Run) -> Any:
        return super().__call__(info=run.info, data=run.data, inputs=run.inputs, outputs=run.outputs)


class ActiveRun(Run, metaclass=_FromRun):
    """A run under way; leaving its `with` block ends it, as FAILED when an exception leaves too.

    Args:
        run: the run as the store has it.
    """

    def __enter__(self) -> ActiveRun:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        status = "FINISHED" if exc_type is None else "FAILED"
        stack = _here.stack
        if any(opened.run is self for opened in stack):
            while stack[-1].run is not self:  # nested runs that nobody ended
                end_run(status)
            end_run(status)


class _Opened:
    """An active run, where it lives and which process started it."""

    def __init__(self, run: ActiveRun, tracking_uri: str, monitor: Any) -> None:
        self.run, self.tracking_uri, self.monitor = run, tracking_uri, monitor
        self.pid = os.getpid()

    def end(self, status: str) -> None:
        if self.monitor is not None:
            self.monitor.finish()
        client_of(self.tracking_uri).set_terminated(self.run.info.run_id, status)


class _Here(threading.local):
    """What each thread knows: its open runs, and the last run it had."""

    def __init__(self) -> None:
        self.stack: list[_Opened] = []
        self.last: tuple[str, str] | None = None  # tracking URI and run id
        with _all_stacks_lock:
            # A thread that ended without a run left open needs not be remembered.
            _all_stacks[:] = [stack for stack in _all_stacks if stack]
            _all_stacks.append(self.stack)


_all_stacks: list[list[_Opened]] = []
_all_stacks_lock = threading.Lock()
_here = _Here()


def start_run(
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: dict[str, Any] | None = None,
    description: str | None = None,
    log_system_metrics: bool | None = None,
) -> ActiveRun:
    """Start a run, or go on with one, and make it the active run of this thread.

    Use it as `with mlflow.start_run() as run:`, or call `mlflow.end_run()` afterwards.

    Args:
        run_id: go on with this run; MLFLOW_RUN_ID does the same, once. The rest then changes that run.
        experiment_id: where the new run goes; the active experiment when left out.
        run_name: a made-up name when left out.
        nested: start it inside the active run.
        parent_run_id: the run it is nested in.
        tags: texts by key; other values are turned into text.
        description: a text for the run's page, in Markdown.
        log_system_metrics: record CPU, memory, disk, network and GPU use; as
            `mlflow.enable_system_metrics_logging` or MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING say when left out.

    Raises:
        MlflowException: a run is active already and `nested` is not set; the run to go on with is deleted or of
            another experiment than the chosen one; the parent is unknown or deleted.
    """
    stack = _here.stack
    if stack and not nested:
        raise InvalidParameter(
            f"Run with UUID {stack[-1].run.info.run_id} is already active. To start a new run, first end the "
            "current run with mlflow.end_run(). To start a nested run, call start_run with nested=True"
        )
    _check_parent(parent_run_id, stack)
    texts = {key: str(value) for key, value in (tags or {}).items()}
    if description is not None:
        if MLFLOW_RUN_NOTE in texts:
            raise InvalidParameter(
                f"Description is already set via the tag {MLFLOW_RUN_NOTE} in tags. Give either of them."
            )
        texts[MLFLOW_RUN_NOTE] = description
    run_id = run_id or MLFLOW_RUN_ID.get()
    MLFLOW_RUN_ID.unset()  # it is for one run; the next one is new
    if run_id:
        run = _resume(run_id, run_name, texts)
    else:
        parent_id = parent_run_id or (stack[-1].run.info.run_id if stack else None)
        run = _create(experiment_id, run_name, parent_id, texts)
    active: ActiveRun = cast("Any", ActiveRun)(run)
    opened = _Opened(active, get_tracking_uri(), _monitor(run, bool(run_id), log_system_metrics))
    stack.append(opened)
    _here.last = (opened.tracking_uri, run.info.run_id)
    return active


def _check_parent(parent_run_id: str | None, stack: list[_Opened]) -> None:
    if parent_run_id is None:
        return
    parent = client().get_run(parent_run_id)
    if parent.info.lifecycle_stage == LifecycleStage.DELETED:
        raise InvalidParameter(
            f"Cannot start run under parent run with ID {parent_run_id} because it is in the deleted state. Bring it "
            f"back with mlflow.restore_run({parent_run_id!r})."
        )
    if stack and stack[-1].run.info.run_id != parent_run_id:
        current = stack[-1].run.info.run_id
        raise InvalidParameter(
            f"Current run with UUID {current} does not match the specified parent_run_id {parent_run_id}. To start a "
            f"new nested run under the parent run with UUID {parent_run_id}, first end the current run with "
            "mlflow.end_run()."
        )


def _create(experiment_id: str | None, run_name: str | None, parent_id: str | None, tags: dict[str, str]) -> Run:
    tags = {**context_tags(), **tags}
    if parent_id:
        tags[MLFLOW_PARENT_RUN_ID] = parent_id
    if run_name:
        tags[MLFLOW_RUN_NAME] = run_name
    experiment = active_experiment_id() if experiment_id is None else str(experiment_id)
    return client().create_run(experiment, tags=tags, run_name=run_name or tags.get(MLFLOW_RUN_NAME))


def _resume(run_id: str, run_name: str | None, tags: dict[str, str]) -> Run:
    run = client().get_run(run_id)
    if run.info.lifecycle_stage == LifecycleStage.DELETED:
        raise InvalidParameter(
            f"Cannot start run with ID {run_id} because it is in the deleted state. Bring it back with "
            f"mlflow.restore_run({run_id!r})."
        )
    wanted = chosen_experiment_id()
    if wanted is not None and wanted != run.info.experiment_id:
        raise InvalidParameter(
            f"Cannot start run with ID {run_id} because active experiment ID does not match environment run ID: the "
            f"run is in experiment {run.info.experiment_id}, but experiment {wanted} is chosen. Choose the run's with "
            f"mlflow.set_experiment(experiment_id={run.info.experiment_id!r})."
        )
    client().update_run(run_id, "RUNNING", run_name)
    if tags:
        from mlflow.entities import RunTag

        client().log_batch(run_id, tags=[RunTag(key, value) for key, value in tags.items()], synchronous=True)
    return client().get_run(run_id)


def _monitor(run: Run, resumed: bool, wanted: bool | None) -> Any:
    """Start to record system metrics when that is wanted; a run never fails for it."""
    if wanted is None:
        wanted = MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING.get()
    if not wanted:
        return None
    from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

    try:
        monitor = SystemMetricsMonitor(run.info.run_id, tracking_uri=get_tracking_uri(), resume_logging=resumed)
        monitor.start()
    except Exception as error:
        _log.error("System metrics are not recorded: %s", error)
        return None
    return monitor


def end_run(status: str = "FINISHED") -> None:
    """End the active run of this thread, if there is one.

    Args:
        status: a name of `RunStatus`.
    """
    RunStatus.from_string(status)
    MLFLOW_RUN_ID.unset()
    if _here.stack:
        _here.stack.pop().end(status)


def active_run() -> ActiveRun | None:
    """Return the active run of this thread, or None. It is a snapshot of when the run was started."""
    return _here.stack[-1].run if _here.stack else None


def last_active_run() -> Run | None:
    """Return the run that is active in this thread, or was last, as it is now; None when there was none."""
    if _here.last is None:
        return None
    tracking_uri, run_id = _here.last
    return client_of(tracking_uri).get_run(run_id)


def active_or_new_run() -> tuple[MlflowClient, str]:
    """Return client and id of the active run; without one, start a run."""
    if not _here.stack:
        start_run()
    opened = _here.stack[-1]
    return client_of(opened.tracking_uri), opened.run.info.run_id


def chosen_run(run_id: str | None) -> tuple[MlflowClient, str]:
    """Return client and id of the run that is named, else of the active one, else of a new one."""
    return (client(), run_id) if run_id else active_or_new_run()


def get_run(run_id: str) -> Run:
    """Return a run with its latest metrics, params, tags, inputs and outputs; deleted or not.

    Raises:
        MlflowException: RESOURCE_DOES_NOT_EXIST.
    """
    return client().get_run(run_id)


def get_parent_run(run_id: str) -> Run | None:
    """Return the run that this one is nested in, or None."""
    return client().get_parent_run(run_id)


def delete_run(run_id: str) -> None:
    """Move a run to the bin."""
    client().delete_run(run_id)


def restore_run(run_id: str) -> None:
    """Bring a deleted run back."""
    client().restore_run(run_id)


@atexit.register
def _end_open_runs() -> None:
    """End what was left open when the interpreter stops; runs of a parent process go on there."""
    for stack in _all_stacks:
        while stack:
            opened = stack.pop()
            if opened.pid == os.getpid():
                try:
                    opened.end("FINISHED")
                except MlflowException as error:
                    _log.error("Run %s could not be ended: %s", opened.run.info.run_id, error)
