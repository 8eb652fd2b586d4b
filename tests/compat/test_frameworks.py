"""Prompts in LangChain and LlamaIndex: with single braces they read as they do here."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mlflow.entities.model_registry import PromptVersion
from tests.compat.environments import frameworks_python_or_skip

SCRIPT = Path(__file__).parent / "framework_prompts.py"

TEXTS = [
    "Summarize in {{ num_sentences }} sentences.\n\nSentences: {{ sentences }}",
    'Answer as {"a": {{sentences}}, "b": {"c": {}}} in {{num_sentences}}',
    "{ {{sentences}} } {{{num_sentences}}} {curly}",
    "{{sentences}} {{num_sentences}} {x!r} {x:>5} {0} {}",
    "{{a-b}} }} {{ sentences }} {{other}",
    "no placeholder at all: {",
]
# LlamaIndex looks for names in the values too.
VALUES = {"num_sentences": "2", "sentences": "First. Second."}
CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": 'Reply as {"a": 1}. {{ sentences }}'},
    {"role": "user", "content": [{"type": "text", "text": "{{num_sentences}} {or} not"}]},
]


def ask(framework: str, templates: list[Any]) -> list[Any]:
    """Return what a framework makes of templates, in an environment of its own."""
    given = [{"framework": framework, "template": template, "values": VALUES} for template in templates]
    done = subprocess.run(
        [frameworks_python_or_skip(), SCRIPT], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return list(json.loads(done.stdout))


@pytest.fixture(scope="module")
def prompts() -> list[PromptVersion]:
    return [PromptVersion("qa", 1, text) for text in TEXTS]


def filled(prompt: PromptVersion) -> Any:
    return prompt.format(**{name: VALUES[name] for name in prompt.variables})  # type: ignore[arg-type]  # names


def test_langchain_reads_a_prompt_with_single_braces_as_it_reads_here(prompts: list[PromptVersion]) -> None:
    for prompt, told in zip(prompts, ask("langchain", [one.to_single_brace_format() for one in prompts]), strict=True):
        assert set(told["variables"]) == prompt.variables
        assert told["filled"] == filled(prompt)


def test_llamaindex_does_too_when_no_braces_are_doubled(prompts: list[PromptVersion]) -> None:
    # It takes whatever stands in single braces for a name, and leaves what has no value.
    templates = [one.to_single_brace_format(escape=False) for one in prompts]

    for prompt, told in zip(prompts, ask("llamaindex", templates), strict=True):
        assert set(told["variables"]) >= prompt.variables
        assert told["filled"] == filled(prompt)


def test_without_literal_braces_one_form_serves_both() -> None:
    prompt = PromptVersion("qa", 1, TEXTS[0])

    assert prompt.to_single_brace_format() == prompt.to_single_brace_format(escape=False)


def test_langchain_takes_the_messages_of_a_chat_prompt() -> None:
    prompt = PromptVersion("chat", 1, CHAT)

    (told,) = ask("langchain", [prompt.to_single_brace_format()])

    assert set(told["variables"]) == prompt.variables
    assert told["filled"] == [message["content"] for message in filled(prompt)]
