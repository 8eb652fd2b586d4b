"""Whatever a Jinja2 template asks for, rendering it in the sandbox is over soon and takes little memory."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress

import pytest

from mlflow.exceptions import InvalidPrompt
from mlflow.templates.jinja import render
from tests.templates.costly import COSTLY, HARD_TO_READ

# Seconds of this process, whatever else runs on the machine. The longest takes 1.3 s where it was written.
SECONDS = 4
# What Jinja2 has for making or matching text without bounds is not there at all.
TOO_MUCH = r"than a prompt may|longer than|Range too big|recursion|'lipsum' is undefined|No filter named 'urlize'"
MEGABYTES = 400


@pytest.mark.parametrize("name", COSTLY)
def test_a_costly_template_is_refused_soon(name: str) -> None:
    start = time.process_time()

    with pytest.raises(InvalidPrompt, match=TOO_MUCH):
        render(COSTLY[name], {"x": 12, "d": {}})

    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize("name", HARD_TO_READ)
def test_a_template_that_is_hard_to_read_is_read_or_refused_soon(name: str) -> None:
    start = time.process_time()

    with suppress(InvalidPrompt):
        render(HARD_TO_READ[name], {})

    assert time.process_time() - start < SECONDS


def test_what_would_make_something_huge_takes_little_memory() -> None:
    script = """
import resource
from contextlib import suppress
from mlflow.templates.jinja import render
from tests.templates.costly import AT_ONCE, GROWTH, HARD_TO_READ
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for text in [*AT_ONCE.values(), *GROWTH.values(), *HARD_TO_READ.values()]:
    with suppress(ValueError):
        render(text, {"x": 12, "d": {}})
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert int(done.stdout) < MEGABYTES


def test_messages_share_one_budget() -> None:
    third = "{% for i in range(99999) %}{% set a = i %}{% endfor %}"
    assert render(third, {}) == ""

    with pytest.raises(InvalidPrompt, match="does more than a prompt may"):
        render([{"role": "user", "content": f"{third}{number}"} for number in range(9)], {})


def test_messages_share_one_limit_of_output() -> None:
    half = [{"role": "user", "content": "{% if 1 %}{{ 'a' * 600000 }}{% endif %}"}]
    assert len(render(half, {})[0]["content"]) == 600_000

    with pytest.raises(InvalidPrompt, match="longer than 1000000 characters"):
        render(half * 2, {})


def test_a_rendering_that_ran_out_leaves_the_next_its_own_budget() -> None:
    with pytest.raises(InvalidPrompt, match="does more"):
        render(COSTLY["loops: loops in loops"], {})

    assert render("{% for i in range(1000) %}{{ i }}{% endfor %}", {}).startswith("0123")


def test_a_prompt_with_a_thousand_documents_is_within_the_budget() -> None:
    text = (
        "{% for d in documents %}{% if d.score > 0.5 %}## {{ loop.index }}. {{ d.title|upper }}\n"
        "{{ d.text|truncate(400) }}\n{% endif %}{% endfor %}"
    )
    documents = [{"title": f"Title {number}", "text": "word " * 100, "score": 0.9} for number in range(1000)]

    assert render(text, {"documents": documents}).count("## ") == 1000


def test_outside_the_sandbox_there_are_no_bounds() -> None:
    assert len(render("{% if 1 %}{{ 'a' * 2000000 }}{% endif %}", {}, sandbox=False)) == 2_000_000
