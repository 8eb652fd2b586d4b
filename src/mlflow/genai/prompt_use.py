"""Noting what used a prompt: the active run, and the experiment it happened in."""

from __future__ import annotations

import atexit
import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from mlflow.api.prompts import UsedPrompt
from mlflow.api.registered_models import GetRegisteredModel, SetRegisteredModelTag
from mlflow.client.prompts.links import link_prompts
from mlflow.entities.prompt_tags import EXPERIMENT_IDS
from mlflow.exceptions import MlflowException
from mlflow.logging_utils import get_logger
from mlflow.store.registry import get_registry_uri, get_tracking_uri, store_for
from mlflow.tracking.active import active_run
from mlflow.tracking.experiments import active_experiment_id

if TYPE_CHECKING:
    from mlflow.entities.prompt_version import PromptVersion

_REMEMBERED = 10_000
_LAST_WORDS_SECONDS = 2.0

_noted: OrderedDict[tuple[object, ...], None] = OrderedDict()
_noting: list[threading.Thread] = []
_log = get_logger(__name__)


def note_run(prompt: PromptVersion) -> None:
    """Note on the active run that it uses a version, and the versions that one includes; once for each."""
    run = active_run()
    if run is None:
        return
    used = [(prompt.name, prompt.version), *prompt.includes]
    key = (os.getpid(), run.info.run_id, *used)
    if not _is_new(key):
        return
    links = [UsedPrompt(name, str(version)) for name, version in dict.fromkeys(used)]
    try:
        link_prompts(store_for(get_tracking_uri()), run.info.run_id, links)
    except MlflowException as error:  # the run goes on: what it does matters more than what is known of it
        _noted.pop(key, None)
        _log.warning("The run %s could not note its prompt %s: %s", run.info.run_id, prompt.uri, error.message)


def note_experiment(name: str) -> None:
    """Note on a prompt the experiment it is used in, in the background; once for each."""
    uri = get_registry_uri()
    experiment = active_experiment_id()
    key = (os.getpid(), uri, name, experiment)
    if not _is_new(key):
        return
    thread = threading.Thread(target=_note_experiment, args=(uri, name, experiment), daemon=True)
    _noting[:] = [other for other in _noting if other.is_alive()]
    _noting.append(thread)
    thread.start()


def _note_experiment(uri: str, name: str, experiment: str) -> None:
    store = store_for(uri)
    try:
        known = store.call(GetRegisteredModel(name=name)).registered_model.tags.get(EXPERIMENT_IDS, ",")
        if f",{experiment}," not in known:
            value = f"{known.rstrip(',')},{experiment},"
            store.call(SetRegisteredModelTag(name=name, key=EXPERIMENT_IDS, value=value))
    except MlflowException as error:  # read-only, or gone meanwhile: nothing depends on it
        _log.debug("The prompt %s could not note the experiment %s: %s", name, experiment, error.message)


def _is_new(key: tuple[object, ...]) -> bool:
    if key in _noted:
        return False
    _noted[key] = None
    while len(_noted) > _REMEMBERED:
        _noted.popitem(last=False)
    return True


def _finish() -> None:
    for thread in _noting:
        thread.join(_LAST_WORDS_SECONDS)


atexit.register(_finish)
