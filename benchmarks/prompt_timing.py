"""How long it takes to load a prompt that is in memory, and to fill it: `python prompt_timing.py ADDRESS VALUES TEXT`.

Runs in the environment of each peer, with MLFLOW_TRACKING_URI set; prints microseconds as JSON. It imports nothing but
the standard library and `mlflow`.
"""

from __future__ import annotations

import importlib
import json
import sys
import timeit
from typing import Any

_LOOPS = 2_000
_REPEATS = 9


def main(address: str, values: dict[str, str], text: str) -> None:
    """Measure, after the answers have been looked at."""
    mlflow: Any = importlib.import_module("mlflow")
    load = mlflow.genai.load_prompt
    prompt = load(address)
    assert prompt.format(**values) == text, "another text"
    assert load(address).template == prompt.template, "another prompt"
    print(json.dumps({"load": _us(lambda: load(address)), "format": _us(lambda: prompt.format(**values))}))


def _us(what: Any) -> float:
    """The best of several rounds: what the others have more is the machine's doing."""
    return min(timeit.repeat(what, number=_LOOPS, repeat=_REPEATS)) / _LOOPS * 1e6


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3])
