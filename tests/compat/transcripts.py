"""Making, keeping and comparing transcripts."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "golden"
ABSENT = "(nothing)"
SESSION_SECONDS = 600

Transcript = list[dict[str, Any]]


def play_session(python: str | Path, tracking_uri: str, chapters: Sequence[str] = ()) -> Transcript:
    """Run the scripted session with the `mlflow` of an interpreter and return its transcript.

    Raises:
        AssertionError: the script itself failed; the message carries what it printed.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "transcript.json"
        command = [str(python), str(HERE / "session.py"), "--tracking-uri", tracking_uri, "--out", str(out)]
        if chapters:
            command += ["--chapters", *chapters]
        # Nothing of the test's own surroundings may steer the client.
        env = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "PYTHON"))}
        env["HEADRACE_PROMPT_COPIES"] = str(Path(folder) / "copies")  # and not in the home of who runs the tests
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, timeout=SESSION_SECONDS, check=False
        )
        assert done.returncode == 0, f"the session of {python} failed:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
        return list(json.loads(out.read_text()))


def save_golden(name: str, transcript: Transcript) -> None:
    """Keep a transcript of the real MLflow; one line for each step, so that a change is seen in a diff."""
    kept = [{key: step[key] for key in ("step", "result", "error") if key in step} for step in transcript]
    lines = ",\n".join(json.dumps(step, ensure_ascii=False, sort_keys=True) for step in kept)
    GOLDEN.mkdir(exist_ok=True)
    (GOLDEN / f"{name}.json").write_text(f"[\n{lines}\n]\n")


def load_golden(name: str) -> Transcript:
    """Return a kept transcript.

    Raises:
        AssertionError: there is none; the message says how to record it.
    """
    path = GOLDEN / f"{name}.json"
    assert path.exists(), f"{path} is missing; record it with `python -m tests.compat.record`"
    return list(json.loads(path.read_text()))


@dataclasses.dataclass(frozen=True)
class Mismatch:
    """One place where two transcripts differ."""

    where: str  # step and keys, joined by " / "
    theirs: Any
    ours: Any

    def __str__(self) -> str:
        return f"{self.where}\n    theirs: {_short(self.theirs)}\n    ours:   {_short(self.ours)}"


def compare(theirs: Transcript, ours: Transcript) -> list[Mismatch]:
    """Return every place where the transcripts differ, in the order of the steps.

    Dictionaries and lists are entered, so that a place is as small as can be; HTTP answers and errors are one place.
    """
    left, right = ({step["step"]: _outcome(step) for step in transcript} for transcript in (theirs, ours))
    found: list[Mismatch] = []
    for name in [*left, *(name for name in right if name not in left)]:
        found += _differences(name, left.get(name, ABSENT), right.get(name, ABSENT))
    return found


def _outcome(step: dict[str, Any]) -> Any:
    return step["result"] if "result" in step else {"error": step["error"]}


def _differences(where: str, theirs: Any, ours: Any) -> Iterator[Mismatch]:
    if _is_place(theirs) and _is_place(ours):
        for key in [*theirs, *(key for key in ours if key not in theirs)]:
            yield from _differences(f"{where} / {key}", theirs.get(key, ABSENT), ours.get(key, ABSENT))
    elif _has_places(theirs) and _has_places(ours) and len(theirs) == len(ours):
        for number, (left, right) in enumerate(zip(theirs, ours, strict=True)):
            yield from _differences(f"{where} / {number}", left, right)
    # Written out, because 1 and 1.0 are equal to Python and not to every client.
    elif json.dumps(theirs, sort_keys=True) != json.dumps(ours, sort_keys=True):
        yield Mismatch(where, theirs, ours)


def _is_place(value: Any) -> bool:
    """Tell whether a dictionary is a set of places to compare one by one."""
    return isinstance(value, dict) and not ({"status", "type"} <= set(value) or set(value) == {"error"})


def _has_places(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 600 else f"{text[:600]} … ({len(text)} characters)"
