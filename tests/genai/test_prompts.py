"""What the functions on prompts refuse: with MLflow's error code, a sentence that helps, and nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import ValidationError

import mlflow
from mlflow import genai
from mlflow.client import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.templates.problems import problems

BAD = "INVALID_PARAMETER_VALUE"
MISSING = "RESOURCE_DOES_NOT_EXIST"

Do = Callable[[MlflowClient], object]


@pytest.fixture
def registry(client: MlflowClient) -> Iterator[MlflowClient]:
    """A registry with the prompt `qa`, the prompt `empty` without a version, and the model `model`."""
    genai.register_prompt("qa", "Answer {{ question }}", "first", {"author": "ann"})
    client.create_prompt("empty")
    client.create_registered_model("model")
    yield client
    for prompt in client.search_prompts():
        client.delete_prompt(prompt.name)
    client.delete_registered_model("model")


def register(name: Any = "new", template: Any = "x", **more: Any) -> Do:
    return lambda client: genai.register_prompt(name, template, **more)


def load(address: Any, **more: Any) -> Do:
    return lambda client: genai.load_prompt(address, **more)


def chat(*messages: Any) -> Do:
    return register(template=list(messages))


TABLE: dict[str, tuple[Do, str, str]] = {
    # names
    "an empty name": (register(""), BAD, "must be a text that is not empty"),
    "no name": (register(None), BAD, "must be a text that is not empty"),
    "a number as a name": (register(5), BAD, "must be a text that is not empty"),
    "a space": (register("a b"), BAD, "Invalid prompt name 'a b'. Use letters, digits, underscores"),
    "a slash at the end": (register("a/"), BAD, "Invalid prompt name 'a/'"),
    "a way up": (register("../a"), BAD, "Invalid prompt name '../a'"),
    "a long name": (register("x" * 257), BAD, "at most 256 are allowed"),
    "a number in a folder": (register("team/2"), BAD, "prompts:/team/2 means version 2 of team"),
    "the name of a model": (register("model"), BAD, "'model' is a registered model, not a prompt"),
    "a name that is taken": (lambda client: client.create_prompt("qa"), "RESOURCE_ALREADY_EXISTS", "already exists"),
    # templates
    "no template": (register(template=None), BAD, "A template is a text, or a list of messages"),
    "a number": (register(template=7), BAD, "not int"),
    "one message": (register(template={"role": "user"}), BAD, "not dict"),
    "no messages": (chat(), BAD, "needs at least one message"),
    "a text as a message": (chat("Hi"), BAD, "list of messages with `role` and `content`"),
    "no role": (chat({"content": "Hi"}), BAD, "missing required field `role` - at `$[0]`"),
    "a number as content": (chat({"role": "user", "content": 5}), BAD, "at `$[0].content`"),
    "an unknown part": (chat({"role": "user", "content": [{"type": "video"}]}), BAD, "'video'"),
    "not-a-number": (chat({"role": "user", "content": "x", "n": float("nan")}), BAD, "plain JSON"),
    "a long text": (register(template="x" * 100_001), BAD, "100001 characters long; at most 100000 are allowed. Put"),
    "a long chat": (chat({"role": "user", "content": "x" * 100_000}), BAD, "at most 100000 are allowed"),
    "NUL": (register(template="a\0"), BAD, "The template contains a NUL character"),
    "half a sign": (register(template="\ud800"), BAD, "cannot be stored"),
    # what goes with them
    "a text as response format": (register(response_format="text"), BAD, "a pydantic model class or a JSON schema"),
    "a text as model config": (register(model_config="hot"), BAD, "a PromptModelConfig or a dict, not str"),
    "tags as a list": (register(tags=["a"]), BAD, "Tags are a dict of texts by key, not list"),
    "a bad key of a tag": (register(tags={"a//b": "c"}), BAD, "Invalid tag name: 'a//b'"),
    "a number as message": (register(commit_message=5), BAD, "is a text, not int"),
    "a long message": (register(commit_message="x" * 100_001), BAD, "at most 100000 are allowed"),
    "an unknown type": (register(variables={"a": {"type": "int"}}), BAD, "integer, number"),
    "a default that does not fit": (
        register(variables={"a": {"type": "integer", "default": "x"}}),
        BAD,
        "Variable 'a' takes an integer, not 'x', a str",
    ),
    "a variable's name": (register(variables={"a b": {}}), BAD, "'a b' cannot be the name of a variable"),
    # loading
    "an unknown prompt": (load("nope"), MISSING, "Prompt with name=nope not found"),
    "a prompt without versions": (load("empty"), MISSING, "or it has no version yet"),
    "an unknown version": (load("prompts:/qa/9"), MISSING, "Prompt (name=qa, version=9) not found"),
    "version 0": (load("qa", version=0), MISSING, "Prompt (name=qa, version=0) not found"),
    "an unknown alias": (load("prompts:/qa@nope"), BAD, "'qa' has no such alias"),
    "an alias as version": (load("qa", version="prod"), BAD, "Aliases go into a URI: prompts:/qa@prod"),
    "a URI without version": (load("prompts:/qa"), BAD, "Write 'prompts:/qa/1', 'prompts:/qa@latest'"),
    "a version said twice": (load("prompts:/qa/1", version=1), BAD, "says already which version is meant"),
    "another scheme": (load("models:/qa/1"), BAD, "is no address of a prompt. Write"),
    "an empty address": (load(""), BAD, "is no address of a prompt"),
    "a number as address": (load(5), BAD, "addressed by text such as 'qa'"),
    "a missing variable": (
        lambda client: client.get_prompt_version("qa", 1).format(),
        BAD,
        "Missing variables: question. Pass a value for each",
    ),
    # aliases
    "the alias latest": (lambda client: genai.set_prompt_alias("qa", "latest", 1), BAD, "always means the highest"),
    "an alias like a version": (lambda client: genai.set_prompt_alias("qa", "v1", 1), BAD, "looks like a version"),
    "a space in an alias": (lambda client: genai.set_prompt_alias("qa", "a b", 1), BAD, "Invalid alias 'a b'. Use"),
    "an alias of no version": (lambda client: genai.set_prompt_alias("qa", "x", 9), MISSING, "version=9) not found"),
    "an alias of no prompt": (lambda client: genai.set_prompt_alias("nope", "x", 1), MISSING, "nope"),
    "no alias to roll back": (lambda client: client.roll_back_prompt_alias("qa", "x"), BAD, "no such alias"),
    "history of no prompt": (lambda client: client.get_prompt_alias_history("nope", "x"), MISSING, "nope"),
    # tags and settings
    "tags of no prompt": (lambda client: genai.get_prompt_tags("nope"), MISSING, "Prompt with name=nope not found"),
    "a tag of no prompt": (lambda client: genai.set_prompt_tag("nope", "a", "b"), MISSING, "name=nope not found"),
    "a tag of no version": (lambda client: genai.set_prompt_version_tag("qa", 9, "a", "b"), MISSING, "version=9"),
    "a tag without a key": (lambda client: genai.set_prompt_tag("qa", "", "b"), BAD, "'key'"),
    "the mark of a prompt": (
        lambda client: genai.set_prompt_tag("qa", "mlflow.prompt.is_prompt", "false"),
        BAD,
        "cannot be changed",
    ),
    "the text of a version": (
        lambda client: genai.set_prompt_version_tag("qa", 1, "mlflow.prompt.text", "b"),
        BAD,
        "that does not change. Register another",
    ),
    "settings of no version": (
        lambda client: genai.set_prompt_model_config("qa", 9, {"temperature": 1}),
        MISSING,
        "version=9) not found",
    ),
    # deleting and looking around
    "deleting no prompt": (lambda client: client.delete_prompt("nope"), MISSING, "Prompt with name=nope not found"),
    "deleting a model": (lambda client: client.delete_prompt("model"), BAD, "is a registered model, not a prompt"),
    "deleting no version": (lambda client: client.delete_prompt_version("qa", 9), MISSING, "version=9) not found"),
    "versions of no prompt": (lambda client: client.search_prompt_versions("nope"), MISSING, "name=nope not found"),
    "a version of no prompt": (lambda client: client.create_prompt_version("nope", "x"), MISSING, "nope not found"),
    "a difference to nothing": (lambda client: client.diff_prompt_versions("qa", 1, 9), MISSING, "version=9"),
    "a filter without sense": (lambda client: genai.search_prompts("name ~ 'x'"), BAD, "Invalid filter at position 6"),
    "an unknown order": (lambda client: genai.search_prompts(order_by=["size"]), BAD, "no attribute 'size'; use one"),
    "a page of nothing": (lambda client: client.search_prompts(max_results=0), BAD, "positive integer"),
    "a search for nothing": (lambda client: client.search_prompt_text("..."), BAD, "Write words that the prompt must"),
    "a folder above": (lambda client: client.list_prompt_folder("../x"), BAD, "Invalid folder of prompts '../x'"),
    "a link to no run": (
        lambda client: client.link_prompt_version_to_run("nope", "prompts:/qa/1"),
        MISSING,
        "Run with id=nope not found",
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_what_cannot_be_is_refused_and_changes_nothing(registry: MlflowClient, case: str) -> None:
    do, code, said = TABLE[case]

    with pytest.raises(MlflowException) as caught:
        do(registry)

    assert caught.value.error_code == code
    assert said in caught.value.message
    assert [prompt.name for prompt in registry.search_prompts()] == ["empty", "qa"]
    assert [version.version for version in registry.search_prompt_versions("qa")] == [1]
    assert registry.get_prompt_aliases("qa") == {}
    assert registry.get_prompt_version("qa", 1).tags == {"author": "ann"}


@pytest.mark.parametrize("settings", [{"temperature": -1}, {"max_tokens": 0}, {"top_p": 2}, {"stop_sequences": "x"}])
def test_settings_out_of_range_are_refused_by_pydantic_as_in_mlflow(
    registry: MlflowClient, settings: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        genai.register_prompt("new", "x", model_config=settings)
    with pytest.raises(ValidationError):
        genai.set_prompt_model_config("qa", 1, settings)

    assert registry.get_prompt("new") is None
    assert registry.get_prompt_version("qa", 1).model_config is None


@pytest.mark.parametrize("address", ["nope", "prompts:/qa/9", "prompts:/qa@nope", "empty"])
def test_what_is_missing_is_none_where_that_is_allowed(registry: MlflowClient, address: str) -> None:
    assert genai.load_prompt(address, allow_missing=True) is None


def test_braces_that_are_not_closed_are_registered_as_in_mlflow_and_can_be_told(registry: MlflowClient) -> None:
    made = genai.register_prompt("new", "Hi {{ name }, {{ you }}")

    assert made.variables == {"you"}
    [problem] = problems(made.template)
    assert problem.text.startswith("'{{ name }' opens two braces that are not closed with two")


def test_errors_of_templates_are_value_errors_too(registry: MlflowClient) -> None:
    with pytest.raises(ValueError, match="Missing variables: question"):
        genai.load_prompt("qa").format()  # type: ignore[union-attr]


def test_the_old_names_work_and_say_where_they_moved(registry: MlflowClient) -> None:
    with pytest.warns(FutureWarning, match=r"call mlflow\.genai\.load_prompt"):
        assert mlflow.load_prompt("qa") == genai.load_prompt("qa")
