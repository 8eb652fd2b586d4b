"""Noting what used a prompt: the active run, and the experiment it was in. No load fails or waits because of it."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from mlflow.api.prompts import UsedPrompt
from mlflow.api.registered_models import GetRegisteredModel, SetRegisteredModelTag
from mlflow.client.prompts.links import link_prompts
from mlflow.entities.prompt_tags import EXPERIMENT_IDS
from mlflow.exceptions import MlflowException
from mlflow.logging_utils import get_logger
from mlflow.store.registry import get_tracking_uri, store_for
from mlflow.tracking.active import active_run
from mlflow.tracking.experiments import active_experiment_id, experiment_choice

if TYPE_CHECKING:
    from mlflow.entities.prompt_version import PromptVersion

_REMEMBERED = 10_000
_PATIENCE_SECONDS = 3.0
_AGAIN_AFTER_SECONDS = 60.0
_LAST_WORDS_SECONDS = 2.0

_noted: OrderedDict[tuple[object, ...], float] = OrderedDict()
"""What was noted or is just being noted, and when that may be tried again (monotonic seconds)."""

_noting: list[threading.Thread] = []
_log = get_logger(__name__)


def note_run(prompt: PromptVersion) -> None:
    """Note on the active run that it uses a version, and the versions that one includes; once for each."""
    run = active_run()
    if run is None:
        return
    run_id, used = run.info.run_id, [(prompt.name, prompt.version), *prompt.includes]
    key = (os.getpid(), run_id, *used)
    if not _is_new(key):
        return
    store = store_for(get_tracking_uri())
    links = [UsedPrompt(name, str(version)) for name, version in dict.fromkeys(used)]
    try:
        link_prompts(store, run_id, links, within_seconds=_PATIENCE_SECONDS)
    except MlflowException as error:
        if error.get_http_status_code() < 500:
            _say(run_id, prompt, error)
        else:  # the server is away: whoever loads goes on
            _in_background(lambda: _link_late(key, run_id, prompt, links))


def _link_late(key: tuple[object, ...], run_id: str, prompt: PromptVersion, links: list[UsedPrompt]) -> None:
    try:
        link_prompts(store_for(get_tracking_uri()), run_id, links)
    except MlflowException as error:
        _noted[key] = time.monotonic() + _AGAIN_AFTER_SECONDS
        _say(run_id, prompt, error)


def _say(run_id: str, prompt: PromptVersion, error: MlflowException) -> None:
    _log.warning("The run %s could not note its prompt %s: %s", run_id, prompt.uri, error.message)


def note_experiment(registry_uri: str, name: str) -> None:
    """Note on a prompt the experiment it is used in, in the background; once for each."""
    key = (os.getpid(), registry_uri, name, experiment_choice())
    if _is_new(key):
        _in_background(lambda: _note_experiment(key, registry_uri, name))


def _note_experiment(key: tuple[object, ...], uri: str, name: str) -> None:
    store = store_for(uri)
    try:
        experiment = active_experiment_id()
        found = store.call_soon(GetRegisteredModel(name=name), _PATIENCE_SECONDS).registered_model
        known = found.tags.get(EXPERIMENT_IDS, ",")
        if f",{experiment}," not in known:
            value = f"{known.rstrip(',')},{experiment},"
            call = SetRegisteredModelTag(name=name, key=EXPERIMENT_IDS, value=value)
            store.call_soon(call, _PATIENCE_SECONDS)
    except MlflowException as error:  # read-only, gone or away: nothing depends on it
        _noted[key] = time.monotonic() + _AGAIN_AFTER_SECONDS
        _log.debug("The prompt %s could not note its experiment: %s", name, error.message)


def _is_new(key: tuple[object, ...]) -> bool:
    if time.monotonic() < _noted.get(key, 0.0):
        return False
    _noted[key] = float("inf")
    while len(_noted) > _REMEMBERED:
        _noted.popitem(last=False)
    return True


def _in_background(job: Callable[[], None]) -> None:
    thread = threading.Thread(target=job, daemon=True)
    _noting[:] = [other for other in _noting if other.is_alive()]
    _noting.append(thread)
    thread.start()


def _finish() -> None:
    for thread in _noting:
        thread.join(_LAST_WORDS_SECONDS)


atexit.register(_finish)
