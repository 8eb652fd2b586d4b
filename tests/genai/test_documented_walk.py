"""The walk through MLflow's public documentation of prompts, step by step; on a database and through a server.

What the documentation shows is written here as it is shown there; what it says besides is asked for below each step.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter

import pytest
from pydantic import BaseModel

import mlflow
from mlflow.client import MlflowClient
from mlflow.entities import Prompt
from mlflow.entities.model_registry import PromptVersion
from mlflow.exceptions import MlflowException

INITIAL_TEMPLATE = """\
Summarize content you are provided with in {{ num_sentences }} sentences.

Sentences: {{ sentences }}
"""

NEW_TEMPLATE = """\
You are an expert summarizer. Condense the following content into exactly {{ num_sentences }} clear and informative \
sentences that capture the key points.

Sentences: {{ sentences }}

Your summary should:
- Contain exactly {{ num_sentences }} sentences
- Include only the most important information
- Be written in a neutral, objective tone
- Maintain the same level of formality as the original text
"""

TARGET_TEXT = """
MLflow is an open source platform for managing the end-to-end machine learning lifecycle.
It tackles four primary functions in the ML lifecycle: Tracking experiments, packaging ML
code for reuse, managing and deploying models, and providing a central model registry.
"""

NAME = "summarization-prompt"


class SummaryResponse(BaseModel):
    summary: str
    key_points: list[str]
    word_count: int


class EnhancedSummaryResponse(BaseModel):
    summary: str
    key_points: list[str]
    word_count: int
    confidence_score: float
    reading_level: str


@pytest.fixture
def registry(client: MlflowClient) -> Iterator[MlflowClient]:
    """A registry without prompts; the server is shared by many tests."""
    for prompt in client.search_prompts():
        client.delete_prompt(prompt.name)
    yield client
    for prompt in client.search_prompts():
        client.delete_prompt(prompt.name)


@pytest.fixture
def first(registry: MlflowClient) -> PromptVersion:
    """Step 1: create a prompt."""
    return mlflow.genai.register_prompt(
        name=NAME,
        template=INITIAL_TEMPLATE,
        response_format=SummaryResponse,
        commit_message="Initial commit",
        tags={"author": "author@example.com", "task": "summarization", "language": "en"},
    )


@pytest.fixture
def second(first: PromptVersion) -> PromptVersion:
    """Step 2: update it with a new version."""
    return mlflow.genai.register_prompt(
        name=NAME,
        template=NEW_TEMPLATE,
        response_format=EnhancedSummaryResponse,
        commit_message="Improvement",
        tags={"author": "author@example.com"},
    )


# -- 1. create a prompt


def test_a_prompt_is_created_with_version_1(first: PromptVersion) -> None:
    assert f"Created prompt '{first.name}' (version {first.version})" == f"Created prompt '{NAME}' (version 1)"
    assert first.template == INITIAL_TEMPLATE
    assert first.commit_message == "Initial commit"
    assert first.variables == {"num_sentences", "sentences"}


def test_the_response_format_is_the_pydantic_models_schema(first: PromptVersion) -> None:
    assert first.response_format == SummaryResponse.model_json_schema()
    assert load(f"prompts:/{NAME}/1").response_format == SummaryResponse.model_json_schema()


def test_tags_are_set_on_the_version_and_on_the_prompt(first: PromptVersion, registry: MlflowClient) -> None:
    assert first.tags == {"author": "author@example.com", "task": "summarization", "language": "en"}
    assert first.tags.items() <= mlflow.genai.get_prompt_tags(NAME).items()
    prompt = registry.get_prompt(NAME)
    assert isinstance(prompt, Prompt)
    assert prompt.tags["task"] == "summarization"


# -- 2. update the prompt with a new version


def test_a_new_version_has_the_next_number_and_settings_of_its_own(second: PromptVersion) -> None:
    assert (second.version, second.template, second.commit_message) == (2, NEW_TEMPLATE, "Improvement")
    assert second.response_format == EnhancedSummaryResponse.model_json_schema()
    assert second.tags == {"author": "author@example.com"}


def test_the_version_before_stays_as_it_was(second: PromptVersion) -> None:
    before = load(f"prompts:/{NAME}/1")

    assert (before.template, before.commit_message) == (INITIAL_TEMPLATE, "Initial commit")


# -- 3. compare the versions


def test_versions_are_compared(second: PromptVersion, registry: MlflowClient) -> None:
    changed = registry.diff_prompt_versions(NAME, 1, 2).as_text()

    assert "-Summarize content you are provided with in {{ num_sentences }} sentences.\n" in changed
    assert "+- Contain exactly {{ num_sentences }} sentences\n" in changed
    assert " Sentences: {{ sentences }}\n" in changed


# -- 4. load and use the prompt


@pytest.mark.parametrize(
    ("address", "version"), [(f"prompts:/{NAME}@latest", 2), (f"prompts:/{NAME}/2", 2), (f"prompts:/{NAME}/1", 1)]
)
def test_a_prompt_is_loaded_by_its_address(second: PromptVersion, address: str, version: int) -> None:
    assert load(address).version == version


def test_the_name_alone_is_the_latest_version(second: PromptVersion) -> None:
    assert load(NAME) == load(f"prompts:/{NAME}@latest")


def test_a_loaded_prompt_is_formatted(second: PromptVersion) -> None:
    prompt = load(f"prompts:/{NAME}@latest")

    messages = [{"role": "user", "content": prompt.format(num_sentences=1, sentences=TARGET_TEXT)}]

    content = messages[0]["content"]
    assert isinstance(content, str)
    assert content.startswith("You are an expert summarizer. Condense the following content into exactly 1 clear and")
    assert f"Sentences: {TARGET_TEXT}\n" in content
    assert "{{" not in content


def test_a_prompt_in_use_is_noted_on_the_run(second: PromptVersion, registry: MlflowClient) -> None:
    with mlflow.start_run() as run:
        load(f"prompts:/{NAME}@latest")

    assert [prompt.uri for prompt in registry.list_logged_prompts(run.info.run_id)] == [f"prompts:/{NAME}/2"]


# -- 5. search prompts


def test_prompts_are_found_by_a_tag(second: PromptVersion, registry: MlflowClient) -> None:
    mlflow.genai.register_prompt("translation-prompt", "Translate.", tags={"task": "translation"})

    prompts = mlflow.genai.search_prompts(filter_string="task='summarization'")

    assert f"Found {len(prompts)} prompts" == "Found 1 prompts"
    assert [prompt.name for prompt in prompts] == [NAME]


def test_the_client_finds_them_page_by_page(registry: MlflowClient) -> None:
    for number in range(7):
        mlflow.genai.register_prompt(f"summary-{number}", "Summarize.", tags={"task": "summarization"})
        mlflow.genai.register_prompt(f"other-{number}", "Do not.")
    from mlflow.tracking import MlflowClient as DocumentedClient

    client = DocumentedClient()
    all_prompts: list[Prompt] = []
    pages = 0
    token = None
    while True:
        page = client.search_prompts(filter_string="task='summarization'", max_results=3, page_token=token)
        all_prompts.extend(page)
        pages += 1
        token = page.token
        if not token:
            break

    assert [prompt.name for prompt in all_prompts] == [f"summary-{number}" for number in range(7)]
    assert pages == 3


# -- the prompt object


def test_the_key_attributes_of_a_prompt(second: PromptVersion) -> None:
    mlflow.genai.set_prompt_alias(NAME, alias="production", version=2)

    prompt = load(f"prompts:/{NAME}@production")

    assert (prompt.name, prompt.version, prompt.template) == (NAME, 2, NEW_TEMPLATE)
    assert (prompt.commit_message, prompt.tags) == ("Improvement", {"author": "author@example.com"})
    assert prompt.aliases == ["production"]
    assert prompt.uri == f"prompts:/{NAME}/2"
    assert prompt.is_text_prompt


def test_a_template_may_be_a_list_of_messages(registry: MlflowClient) -> None:
    mlflow.genai.register_prompt(
        "chat",
        [
            {"role": "system", "content": "You are a helpful {{style}} assistant."},
            {"role": "user", "content": "{{question}}"},
        ],
    )

    prompt = load("chat")

    assert not prompt.is_text_prompt
    assert prompt.format(style="friendly", question="What is MLflow?") == [
        {"role": "system", "content": "You are a helpful friendly assistant."},
        {"role": "user", "content": "What is MLflow?"},
    ]


def test_an_alias_is_moved_and_what_loads_it_follows(second: PromptVersion) -> None:
    mlflow.genai.set_prompt_alias(NAME, alias="production", version=1)
    assert load(f"prompts:/{NAME}@production").version == 1

    mlflow.genai.set_prompt_alias(NAME, alias="production", version=2)
    assert load(f"prompts:/{NAME}@production").version == 2

    mlflow.genai.delete_prompt_alias(NAME, alias="production")
    with pytest.raises(MlflowException) as caught:
        load(f"prompts:/{NAME}@production")
    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


def test_tags_are_changed_on_both_levels(second: PromptVersion) -> None:
    mlflow.genai.set_prompt_tag(NAME, "language", "de")
    mlflow.genai.set_prompt_version_tag(NAME, 2, "reviewed", "yes")
    assert mlflow.genai.get_prompt_tags(NAME)["language"] == "de"
    assert load(f"prompts:/{NAME}/2").tags["reviewed"] == "yes"

    mlflow.genai.delete_prompt_tag(NAME, "language")
    mlflow.genai.delete_prompt_version_tag(NAME, 2, "reviewed")
    assert "language" not in mlflow.genai.get_prompt_tags(NAME)
    assert "reviewed" not in load(f"prompts:/{NAME}/2").tags


# -- questions and answers


def test_a_version_is_deleted_one_at_a_time(second: PromptVersion) -> None:
    client = mlflow.MlflowClient()

    client.delete_prompt_version(NAME, version=2)

    assert load(f"prompts:/{NAME}@latest").version == 1
    with pytest.raises(MlflowException) as caught:
        load(f"prompts:/{NAME}/2")
    assert caught.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_prompt_whose_versions_are_all_deleted_is_deleted_itself(second: PromptVersion) -> None:
    client = mlflow.MlflowClient()

    client.delete_prompt_version(NAME, version=2)
    client.delete_prompt_version(NAME, version=1)

    assert client.get_prompt(NAME) is None
    assert mlflow.genai.search_prompts() == []


def test_the_template_of_a_version_cannot_be_changed(second: PromptVersion, registry: MlflowClient) -> None:
    with pytest.raises(AttributeError):
        second.template = "Another"  # type: ignore[misc]
    with pytest.raises(MlflowException) as caught:
        registry.set_prompt_version_tag(NAME, 2, "mlflow.prompt.text", "Another")

    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"
    assert load(f"prompts:/{NAME}/2").template == NEW_TEMPLATE


def test_a_template_is_converted_for_langchain(second: PromptVersion) -> None:
    converted = load(NAME).to_single_brace_format()

    # What PromptTemplate.from_template reads; the real one is asked in tests/compat/test_frameworks.py.
    assert isinstance(converted, str)
    fields = {field for _, field, _, _ in Formatter().parse(converted) if field is not None}
    assert sorted(fields) == ["num_sentences", "sentences"]
    assert converted.format(num_sentences=1, sentences=TARGET_TEXT) == load(NAME).format(
        num_sentences=1, sentences=TARGET_TEXT
    )


def load(address: str) -> PromptVersion:
    prompt = mlflow.genai.load_prompt(address)
    assert prompt is not None
    return prompt
