"""One scripted session through the public API: `python session.py --tracking-uri URI --out transcript.json`.

It needs nothing but `mlflow` (any client, or ours) and the standard library; numpy, pandas, pillow, matplotlib and
pydantic are used by the steps that show them.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

# Before mlflow is imported: no reports to anybody, no patience with answers a retry would not change.
os.environ.update(
    MLFLOW_DISABLE_TELEMETRY="true",
    DO_NOT_TRACK="true",
    MLFLOW_HTTP_REQUEST_MAX_RETRIES="0",
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false",
    MPLBACKEND="Agg",
)
sys.path[0] = str(Path(__file__).resolve().parents[2])  # the repository instead of this folder

CHAPTERS = (
    "experiments",
    "experiment_search",
    "runs",
    "fluent_runs",
    "metrics",
    "params_and_tags",
    "batches",
    "inputs",
    "run_search",
    "run_ordering",
    "artifacts",
    "rich_artifacts",
    "asynchronous",
    "registry",
    "early_prompts",
)
# For clients that have mlflow.genai.register_prompt: 3.0 and newer.
PROMPT_CHAPTERS = (
    "prompts",
    "prompt_loading",
    "prompt_formatting",
    "prompt_tags",
    "prompt_search",
    "prompt_links",
)


def main() -> None:
    """Play the chapters asked for and write the transcript."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracking-uri", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--chapters", nargs="*", help="play only these")
    options = parser.parse_args()

    warnings.simplefilter("ignore")
    recorder = importlib.import_module("tests.compat.recorder")
    for chapter in options.chapters or _chapters(recorder.mlflow):
        importlib.import_module(f"tests.compat.steps.{chapter}")
    world = recorder.World(options.tracking_uri)
    working_directory = os.getcwd()
    os.chdir(world.tmp)  # a client that falls back to ./mlruns must not litter the repository
    try:
        transcript = recorder.play(world)
    finally:
        os.chdir(working_directory)
        shutil.rmtree(world.tmp, ignore_errors=True)
    options.out.write_text(json.dumps(transcript, ensure_ascii=False, allow_nan=False) + "\n")


def _chapters(mlflow: Any) -> tuple[str, ...]:
    return (*CHAPTERS, *PROMPT_CHAPTERS) if hasattr(getattr(mlflow, "genai", None), "register_prompt") else CHAPTERS


if __name__ == "__main__":
    main()
