"""Named steps, and a transcript of what each returned or raised, free of ids, times and paths.

Runs under every MLflow client, so it imports nothing but the standard library and `mlflow`.
"""

from __future__ import annotations

import builtins
import dataclasses
import importlib
import math
import re
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Which names exist depends on the client's version, so the module is looked at without its types.
mlflow: Any = importlib.import_module("mlflow")

DAY_MS = 86_400_000

# A client may raise a subclass of its own making; the class that callers can name is what counts.
NAMEABLE = {"RestException", "MlflowException", *(name for name in vars(builtins) if name[0].isupper())}

_RUN_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_RANDOM_NAME = re.compile(r"[a-z]+-[a-z]+-\d{1,4}")
_ARTIFACT_URI = re.compile(r"^(mlflow-artifacts):(?://[^/]*)?/(?:[^/]+/)*?\d+(?=/[0-9a-f]{32}/|$)")


@dataclasses.dataclass(frozen=True)
class Experiment:
    """An experiment id in a result, so that it is written as exp-1, exp-2, … and not as the number it happens to be."""

    id: Any


class World:
    """What steps work with: a client, a name space of their own on a shared server, and things made once."""

    def __init__(self, tracking_uri: str) -> None:
        self.prefix = f"c{uuid.uuid4().hex[:10]}"
        self.tmp = Path(tempfile.mkdtemp(prefix="compat-"))
        self.tracking_uri = tracking_uri
        mlflow.set_tracking_uri(tracking_uri)
        self.client: Any = mlflow.MlflowClient()
        self._made: dict[Any, Any] = {}
        self._count = 0

    def name(self, text: str) -> str:
        """Return a name nobody else on this server uses; transcripts show it as `text`."""
        return f"{self.prefix}.{text}"

    def new_experiment(self, text: str | None = None, **more: Any) -> str:
        """Create an experiment and return its id."""
        self._count += 1
        return str(self.client.create_experiment(self.name(text or f"experiment {self._count}"), **more))

    @property
    def experiment_id(self) -> str:
        """The experiment of steps that do not care which."""
        return str(self.once("experiment", lambda: self.new_experiment("shared")))

    def new_run(self, **more: Any) -> str:
        """Create a run through the client and return its id."""
        return str(self.client.create_run(more.pop("experiment_id", self.experiment_id), **more).info.run_id)

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """Return what `make` returned the first time it was asked for under `key`."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def folder(self) -> Path:
        """Return a new empty folder."""
        return Path(tempfile.mkdtemp(dir=self.tmp))


Step = Callable[[World], Any]
_STEPS: list[tuple[str, Step]] = []


def step(name: str) -> Callable[[Step], Step]:
    """Declare a step; its name is the key under which answers are compared, so it is unique."""

    def declare(function: Step) -> Step:
        assert name not in {known for known, _ in _STEPS}, f"two steps are called {name!r}"
        _STEPS.append((name, function))
        return function

    return declare


def attempt(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Return what the call returns, or the error it raises in the form transcripts use."""
    try:
        return function(*arguments, **options)
    except Exception as error:
        return {"error": describe_error(error)}


def describe_error(error: Exception) -> dict[str, Any]:
    """Reduce an exception to the class callers can catch and MLflow's error code."""
    name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in NAMEABLE)
    return {"class": name, "error_code": getattr(error, "error_code", None)}


def play(world: World) -> list[dict[str, Any]]:
    """Run every declared step, in order, and return the transcript."""
    transcript: list[dict[str, Any]] = []
    for name, function in _STEPS:
        started = time.perf_counter()
        try:
            outcome = {"result": function(world)}
        except Exception as error:
            outcome = {"error": describe_error(error), "message": str(error)[:400]}
        while mlflow.active_run():
            mlflow.end_run()
        seconds = round(time.perf_counter() - started, 2)
        transcript.append({"step": name, **Normaliser(world).apply(outcome), "seconds": seconds})
    return transcript


class Normaliser:
    """Rewrites one result: ids are numbered in the order they appear, what differs from session to session is named."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._runs: dict[str, str] = {}
        self._experiments: dict[str, str] = {}

    def apply(self, value: Any) -> Any:
        """Return `value` as JSON data; NaN and infinities become words."""
        if isinstance(value, Experiment):
            return self._experiments.setdefault(str(value.id), f"exp-{len(self._experiments) + 1}")
        if isinstance(value, dict):
            return {self._text(str(key)): self.apply(inner) for key, inner in value.items()}
        if isinstance(value, set):
            return sorted(self.apply(inner) for inner in value)
        if isinstance(value, (list, tuple)):
            return [self.apply(inner) for inner in value]
        if isinstance(value, float) and not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return self._text(str(value))

    def _text(self, text: str) -> str:
        if _RANDOM_NAME.fullmatch(text):
            return "<name>"
        text = text.replace(str(self._world.tmp), "<tmp>").replace(f"{self._world.prefix}.", "")
        text = text.replace(self._world.tracking_uri, "<server>")
        text = _ARTIFACT_URI.sub(r"\1:/<exp>", text)
        return _RUN_ID.sub(lambda match: self._runs.setdefault(match[0], f"run-{len(self._runs) + 1}"), text)


def when(time_ms: int | None) -> Any:
    """Write a time as None, "now" (within a day), or the number that was given explicitly."""
    if time_ms is not None and abs(time_ms - time.time() * 1000) < DAY_MS:
        return "now"
    return time_ms
