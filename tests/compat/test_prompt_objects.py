"""Prompts in a user's hand do what MLflow's do; where they do not, the reason stands here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.compat.environments import NEWEST, client_python_or_skip

SCRIPT = Path(__file__).parent / "prompt_objects.py"

# Cases by a pattern of their name, and why we do otherwise.
DIFFERENCES = {
    r"single braces .*(\{%|\\\\\{|\{# c|\{\{1a)": (
        "MLflow leaves literal braces, which LangChain cannot read, and half a Jinja2 template; we double them, and"
        " refuse Jinja2"
    ),
    r"format( \w+)* \"(\{% if %\}|\{% if 1 %\}\{\{ missing\.|\{% if 1 %\}\{\{ a\.|\{% for i in range\(1|\{% include)": (
        "MLflow lets Jinja2's own errors and Python's through; ours have a code and name the line"
    ),
    r"[a-z ]+ \[\]$": ("MLflow makes the text '[]' of an empty list of messages"),
    r"format( \w+)* \[\{\"role\": \"user\"(, \"content\": null)?\}\]": "MLflow fails on messages without content",
    r"format( \w+)* .*\"type\": \"(text|image_url|input_audio)\"": "MLflow fails on contents of parts",
    r"format( \w+)* .*(tool_calls|\"name\")": "MLflow drops all keys but role and content",
    r"single braces .*\{% if a %\}A": "a Jinja2 message has no form with single braces",
    r"set (name|description|aliases|last_updated_timestamp)": "MLflow's prompts are not quite immutable",
    r"value looked at": "MLflow looks for placeholders in values that were filled in",
}


def outcomes(python: str | Path, folder: Path) -> dict[str, Any]:
    """Run the script with an interpreter."""
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "PYTHON"))}
    done = subprocess.run(
        [python, SCRIPT], cwd=folder, env=surroundings, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout))


def is_same(theirs: Any, ours: Any) -> bool:
    """Compare outcomes; who catches their error must catch ours, with the same code where they have one."""
    if not isinstance(theirs, dict) or "error" not in theirs:
        return bool(theirs == ours)
    return (
        isinstance(ours, dict)
        and theirs["error"][0] in ours.get("error", ())
        and theirs["code"] in (None, ours["code"])
    )


def test_prompts_do_what_mlflow_s_do_but_for_what_is_listed(tmp_path: Path) -> None:
    theirs = outcomes(client_python_or_skip(NEWEST), tmp_path)
    ours = outcomes(sys.executable, tmp_path)
    assert list(ours) == list(theirs)

    different = [name for name in theirs if not is_same(theirs[name], ours[name])]

    explained = {name for pattern in DIFFERENCES for name in different if re.match(pattern, name)}
    unneeded = [pattern for pattern in DIFFERENCES if not any(re.match(pattern, name) for name in different)]
    assert {name: (theirs[name], ours[name]) for name in different if name not in explained} == {}
    assert unneeded == []
