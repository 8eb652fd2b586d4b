"""What every store promises about prompts: they travel as models with tags, and are kept apart from models."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from mlflow.api.model_versions import (
    CreateModelVersion,
    DeleteModelVersionTag,
    SearchModelVersions,
    SetModelVersionTag,
    UpdateModelVersion,
)
from mlflow.api.registered_models import (
    DeleteRegisteredModelTag,
    RenameRegisteredModel,
    SearchRegisteredModels,
    SetRegisteredModelTag,
)
from mlflow.entities import prompt_tags
from mlflow.entities.model_version import ModelVersionTag
from mlflow.store.base import Store
from tests.contract.errors import refused
from tests.contract.registering import (
    ONLY_PROMPTS,
    add_prompt_version,
    add_version,
    by_alias,
    found_models,
    found_versions,
    model,
    new_model,
    new_prompt,
    prompt_parts,
    set_alias,
    unused_name,
    version,
)

MARK = {prompt_tags.IS_PROMPT: "true"}


@pytest.fixture
def name(store: Store) -> str:
    """A new prompt without versions."""
    return new_prompt(store)


def test_a_prompt_is_a_model_with_a_mark(store: Store) -> None:
    name = new_prompt(store, tags={"team": "blue"})

    assert model(store, name).tags == MARK | {"team": "blue"}


def test_the_mark_may_be_written_in_any_letter_case_and_false_makes_a_model(store: Store) -> None:
    assert model(store, new_model(store, tags={prompt_tags.IS_PROMPT: "True"})).tags == MARK
    plain = new_model(store, tags={prompt_tags.IS_PROMPT: "false"})

    assert found_models(store, f"name = '{plain}'") == [plain]


def test_models_and_prompts_share_one_name_space(store: Store, name: str) -> None:
    with refused("RESOURCE_ALREADY_EXISTS", r"Prompt .* already exists"):
        new_prompt(store, name)
    with refused("RESOURCE_ALREADY_EXISTS", "taken by a prompt"):
        new_model(store, name)
    with refused("RESOURCE_ALREADY_EXISTS", "taken by a registered model"):
        new_prompt(store, new_model(store))
    with refused("RESOURCE_ALREADY_EXISTS"):
        store.call(RenameRegisteredModel(name=name, new_name=new_model(store)))


@pytest.mark.parametrize("name", ["greeting", "a.b-c_D", "2", "support/greeting", "a/b/c/d", "a/2b", "x/latest"])
def test_a_prompts_name_is_words_and_folders(store: Store, name: str) -> None:
    if name != "2":
        name = f"{unused_name()}.{name}"

    assert model(store, new_prompt(store, name)).tags == MARK


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a:b", "a@b", "/a", "a/", "a//b", "a/./b", "..", "a/..", "a/2", "é", "a/" + "x" * 255]
)
def test_what_would_not_fit_into_a_prompts_uri_is_refused(store: Store, name: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "name"):
        new_prompt(store, name)


def test_renaming_follows_the_rules_of_the_kind(store: Store, name: str) -> None:
    folder = f"{unused_name()}/greeting"
    assert store.call(RenameRegisteredModel(name=name, new_name=folder)).registered_model.name == folder

    with refused("INVALID_PARAMETER_VALUE", "prompt name"):
        store.call(RenameRegisteredModel(name=folder, new_name="a b"))
    with refused("INVALID_PARAMETER_VALUE", "model name"):
        store.call(RenameRegisteredModel(name=new_model(store), new_name=f"{unused_name()}/x"))


def test_a_version_comes_back_with_the_tags_it_came_with(store: Store, name: str) -> None:
    tags = {
        prompt_tags.IS_PROMPT: "true",
        prompt_tags.TYPE: "text",
        prompt_tags.TEXT: 'Say {{word}}: "ü" \\ \n\t 模型 \x01',
        prompt_tags.RESPONSE_FORMAT: '{"type": "object"}',
        prompt_tags.MODEL_CONFIG: '{"temperature": 0.5}',
        prompt_tags.VARIABLES: '{"word": {"default": "hi"}}',
        "author": "me",
    }

    number = add_version(store, name, prompt_tags.SOURCE, tags=tags, description="first draft")

    found = version(store, name, number)
    assert found.tags == tags
    assert (found.description, found.source, found.current_stage) == ("first draft", prompt_tags.SOURCE, "None")
    assert model(store, name).latest_versions == [found]


def test_what_was_not_given_does_not_come_back(store: Store, name: str) -> None:
    number = add_version(store, name, "prompt-template")

    assert version(store, name, number).tags == MARK
    assert version(store, name, number).source == "prompt-template"


def test_what_creating_answers_is_what_reading_answers(store: Store, name: str) -> None:
    tags = [ModelVersionTag(key, value) for key, value in prompt_parts("x", b="2", a="1").items()]
    made = store.call(CreateModelVersion(name=name, source=prompt_tags.SOURCE, tags=tags)).model_version

    assert made == version(store, name, made.version)
    assert [tag.key for tag in made._tags] == [prompt_tags.IS_PROMPT, prompt_tags.TYPE, prompt_tags.TEXT, "a", "b"]


def test_a_chat_prompt_is_a_list_of_messages(store: Store, name: str) -> None:
    messages = json.dumps([{"role": "user", "content": "Hello {{name}}"}])
    add_version(store, name, prompt_tags.SOURCE, tags=prompt_parts(messages, "chat"))
    assert version(store, name, 1).tags[prompt_tags.TEXT] == messages

    with refused("INVALID_PARAMETER_VALUE", "JSON list"):
        add_version(store, name, prompt_tags.SOURCE, tags=prompt_parts("Hello {{name}}", "chat"))


def test_a_template_has_at_most_a_hundred_thousand_characters(store: Store, name: str) -> None:
    add_prompt_version(store, name, "é" * 100_000)
    assert version(store, name, 1).tags[prompt_tags.TEXT] == "é" * 100_000

    with refused("INVALID_PARAMETER_VALUE", "100001"):
        add_prompt_version(store, name, "x" * 100_001)


@pytest.mark.parametrize("tag", [prompt_tags.RESPONSE_FORMAT, prompt_tags.MODEL_CONFIG, prompt_tags.VARIABLES])
@pytest.mark.parametrize("value", ["", "not json", "[]", "3", "{", "[" * 90_000])
def test_what_must_be_a_json_object_is_one(store: Store, name: str, tag: str, value: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "JSON object"):
        add_version(store, name, prompt_tags.SOURCE, tags=MARK | {tag: value})

    assert add_prompt_version(store, name) == "1"
    with refused("INVALID_PARAMETER_VALUE", "JSON object"):
        store.call(SetModelVersionTag(name=name, version="1", key=tag, value=value))


def test_a_source_belongs_to_a_kind(store: Store, name: str) -> None:
    for tags in (MARK, {}):
        with refused("INVALID_PARAMETER_VALUE", "source"):
            add_version(store, name, "s3://bucket/model", tags=tags)
    with refused("INVALID_PARAMETER_VALUE", "model"):
        add_prompt_version(store, new_model(store))
    with refused("INVALID_PARAMETER_VALUE"):
        add_version(store, new_model(store), tags=MARK)

    assert add_prompt_version(store, name) == "1"


def test_what_a_version_says_never_changes(store: Store, name: str) -> None:
    given = {"word": "hi", prompt_tags.RESPONSE_FORMAT: "{}", prompt_tags.VARIABLES: "{}"}
    add_prompt_version(store, name, "before", **given)
    before = version(store, name, 1)

    for key, value in (
        (prompt_tags.TEXT, "after"),
        (prompt_tags.TYPE, "chat"),
        (prompt_tags.RESPONSE_FORMAT, '{"a": 1}'),
        (prompt_tags.VARIABLES, '{"a": {}}'),
        (prompt_tags.IS_PROMPT, "false"),
    ):
        with refused("INVALID_PARAMETER_VALUE"):
            store.call(SetModelVersionTag(name=name, version="1", key=key, value=value))
        with refused("INVALID_PARAMETER_VALUE"):
            store.call(DeleteModelVersionTag(name=name, version="1", key=key))
        store.call(SetModelVersionTag(name=name, version="1", key=key, value=before.tags[key]))

    assert version(store, name, 1) == before


def test_what_a_version_lacks_may_be_set_once(store: Store, name: str) -> None:
    add_version(store, name, prompt_tags.SOURCE, tags=MARK)

    store.call(SetModelVersionTag(name=name, version="1", key=prompt_tags.TEXT, value="said later"))
    assert version(store, name, 1).tags == MARK | {prompt_tags.TEXT: "said later"}
    with refused("INVALID_PARAMETER_VALUE", "cannot be changed"):
        store.call(SetModelVersionTag(name=name, version="1", key=prompt_tags.TEXT, value="and otherwise"))


def test_the_models_settings_are_set_replaced_and_removed_as_a_tag(store: Store, name: str) -> None:
    add_prompt_version(store, name)
    key = prompt_tags.MODEL_CONFIG

    for value in ('{"temperature": 1}', '{"temperature": 0}'):
        store.call(SetModelVersionTag(name=name, version="1", key=key, value=value))
        assert version(store, name, 1).tags[key] == value
    for _ in range(2):
        store.call(DeleteModelVersionTag(name=name, version="1", key=key))
        assert key not in version(store, name, 1).tags


def test_other_tags_and_the_commit_message_may_change(store: Store, name: str) -> None:
    add_prompt_version(store, name, commit="first", author="me")

    store.call(SetModelVersionTag(name=name, version="1", key="author", value="you"))
    store.call(UpdateModelVersion(name=name, version="1", description="the very first"))

    found = version(store, name, 1)
    assert (found.tags["author"], found.description) == ("you", "the very first")


def test_a_prompt_stays_a_prompt_and_a_model_a_model(store: Store, name: str) -> None:
    plain = new_model(store)

    for call in (
        SetRegisteredModelTag(name=name, key=prompt_tags.IS_PROMPT, value="false"),
        SetRegisteredModelTag(name=plain, key=prompt_tags.IS_PROMPT, value="true"),
    ):
        with refused("INVALID_PARAMETER_VALUE", "cannot become"):
            store.call(call)
    with refused("INVALID_PARAMETER_VALUE", "cannot become"):
        store.call(DeleteRegisteredModelTag(name=name, key=prompt_tags.IS_PROMPT))
    store.call(SetRegisteredModelTag(name=name, key=prompt_tags.IS_PROMPT, value="true"))

    assert (model(store, name).tags, model(store, plain).tags) == (MARK, {})


def test_a_prompt_is_loaded_by_alias_and_latest(store: Store, name: str) -> None:
    add_prompt_version(store, name, "one")
    add_prompt_version(store, name, "two")
    set_alias(store, name, "production", 1)

    assert (by_alias(store, name, "production"), by_alias(store, name, "latest")) == ("1", "2")


def test_sixty_four_writers_get_the_numbers_one_to_sixty_four(store: Store, name: str) -> None:
    with ThreadPoolExecutor(64) as pool:
        numbers = list(pool.map(lambda number: add_prompt_version(store, name, f"text {number}"), range(64)))

    assert sorted(map(int, numbers)) == list(range(1, 65))
    assert len(found_versions(store, f"{ONLY_PROMPTS} AND name = '{name}'")) == 64


# -- searching


@pytest.fixture
def mixed(store: Store) -> str:
    """Prompts p, q and a model m, named with a common mark; each has versions with a tag `t`."""
    mark = unused_name()
    new_prompt(store, mark + "p", {"team": "blue", prompt_tags.EXPERIMENT_IDS: ",1,12,"})
    new_prompt(store, mark + "q", {"team": "red", prompt_tags.EXPERIMENT_IDS: ",2,"})
    new_model(store, mark + "m", {"team": "blue"})
    for template in ("Hello {{name}}", "Goodbye {{name}}"):
        add_prompt_version(store, mark + "p", template, t="1")
    add_prompt_version(store, mark + "q", "Hello world")
    add_version(store, mark + "m", tags={"t": "1"})
    return mark


def letters(store: Store, mark: str, filter_string: str = "name != ''") -> str:
    names = found_models(store, f"name LIKE '{mark}%' AND {filter_string}")
    return "".join(name.removeprefix(mark) for name in names)


def versions_of(store: Store, mark: str, filter_string: str = "name != ''") -> set[str]:
    found = found_versions(store, f"name LIKE '{mark}%' AND {filter_string}")
    return {name.removeprefix(mark) + number for name, number in found}


def test_prompts_are_left_out_unless_they_are_asked_for(store: Store, mixed: str) -> None:
    is_prompt = "tags.`mlflow.prompt.is_prompt`"

    assert letters(store, mixed) == "m"
    assert letters(store, mixed, "tags.team = 'blue'") == "m"
    for clause in ("= 'true'", "!= 'false'", "LIKE 't%'", "IN ('true')", "IS NOT NULL"):
        assert letters(store, mixed, f"{is_prompt} {clause}") == "pq"
        assert versions_of(store, mixed, f"{is_prompt} {clause}") == {"p1", "p2", "q1"}
    for clause in ("= 'false'", "!= 'true'", "IS NULL"):
        assert letters(store, mixed, f"{is_prompt} {clause}") == "m"
        assert versions_of(store, mixed, f"{is_prompt} {clause}") == {"m1"}
    assert versions_of(store, mixed) == {"m1"}
    assert letters(store, mixed, f"{is_prompt} = 'true' AND {is_prompt} = 'false'") == ""
    assert versions_of(store, mixed, f"NOT {is_prompt} = 'true' AND {is_prompt} = 'true'") == set()


def test_models_and_prompts_may_be_asked_for_together_by_or(store: Store, mixed: str) -> None:
    assert letters(store, mixed, f"({ONLY_PROMPTS} OR tags.team = 'blue')") == "mpq"
    assert letters(store, mixed, f"NOT ({ONLY_PROMPTS} AND tags.team = 'red')") == "mp"

    with refused("INVALID_PARAMETER_VALUE", "searched apart"):
        versions_of(store, mixed, f"({ONLY_PROMPTS} OR tags.t = '1')")


def test_prompts_are_found_by_name_tag_and_experiment(store: Store, mixed: str) -> None:
    assert letters(store, mixed, f"{ONLY_PROMPTS} AND tags.team = 'blue'") == "p"
    assert letters(store, mixed, f"{ONLY_PROMPTS} AND tags.`_mlflow_experiment_ids` LIKE '%,1,%'") == "p"
    assert letters(store, mixed, f"{ONLY_PROMPTS} AND tags.`_mlflow_experiment_ids` LIKE '%,2,%'") == "q"
    assert letters(store, mixed, f"{ONLY_PROMPTS} AND name ILIKE '%P'") == "p"


def test_versions_of_prompts_are_found_by_what_they_say(store: Store, mixed: str) -> None:
    assert versions_of(store, mixed, f"{ONLY_PROMPTS} AND tags.`mlflow.prompt.text` LIKE 'Hello%'") == {"p1", "q1"}
    assert versions_of(store, mixed, f"{ONLY_PROMPTS} AND tags.t = '1' AND version_number > 1") == {"p2"}
    lacks_tags = "tags.`_mlflow_prompt_model_config` IS NULL AND tags.t IS NULL"
    assert versions_of(store, mixed, f"{ONLY_PROMPTS} AND {lacks_tags}") == {"q1"}


def test_a_search_shows_prompts_whole(store: Store, mixed: str) -> None:
    found = store.call(SearchRegisteredModels(filter=f"name LIKE '{mixed}%' AND {ONLY_PROMPTS}")).registered_models

    assert found == [model(store, mixed + "p"), model(store, mixed + "q")]
    assert found[0].latest_versions[0].tags[prompt_tags.TEXT] == "Goodbye {{name}}"


def test_a_page_has_at_most_a_thousand_versions_of_prompts(store: Store, name: str) -> None:
    for number in range(1001):
        add_prompt_version(store, name, f"text {number}")
    call = SearchModelVersions(filter=f"{ONLY_PROMPTS} AND name = '{name}'", order_by=["version_number"])

    first = store.call(call)
    call.page_token = first.next_page_token
    rest = store.call(call)

    assert [one.version for one in first.model_versions] == [str(number) for number in range(1, 1001)]
    assert ([one.version for one in rest.model_versions], rest.next_page_token) == (["1001"], None)
