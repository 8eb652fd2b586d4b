"""What the page on prompts shows is what happens: its Python first, then its commands, on one database."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "prompts.md"
COMMANDS = re.findall(r"^```console\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def test_the_page_s_lines_print_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")

    results = doctest.testfile(str(PAGE), module_relative=False)

    assert results.attempted > 40
    assert results.failed == 0
    for block in COMMANDS:
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            assert (command, output_of(command, tmp_path)) == (command, shown)


def output_of(command: str, folder: Path) -> str:
    """What a shell prints; without blanks at the ends of lines, and with the line end that a template may lack."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    person = {f"GIT_{who}_{what}": "ann" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={**os.environ, **person, "PATH": programs},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())
