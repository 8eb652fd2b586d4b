"""What every store promises about finding prompts by their words."""

from __future__ import annotations

import pytest

from mlflow.api.model_versions import DeleteModelVersion, SetModelVersionTag
from mlflow.api.prompts import PromptTextMatch, SearchPromptText
from mlflow.api.registered_models import DeleteRegisteredModel, RenameRegisteredModel
from mlflow.entities import prompt_tags
from mlflow.store.base import Store
from tests.contract.errors import refused
from tests.contract.registering import add_prompt_version, add_version, new_prompt, prompt_parts, unused_name


def search(store: Store, query: str, **more: object) -> list[PromptTextMatch]:
    return store.call(SearchPromptText(query=query, max_results=100, **more)).matches  # type: ignore[arg-type]


def found(store: Store, query: str, **more: object) -> list[tuple[str, str]]:
    """The names and versions that a search finds, in the order of names."""
    return sorted((match.name, match.version) for match in search(store, query, **more))


@pytest.fixture
def word() -> str:
    """A word that no other test uses."""
    return unused_name()


def prompt(store: Store, *templates: str) -> str:
    """A new prompt with these versions."""
    name = new_prompt(store)
    for template in templates:
        add_prompt_version(store, name, template)
    return name


def test_every_word_must_occur_in_any_letter_case_and_order(store: Store, word: str) -> None:
    name = prompt(store, f"You are a KIND {word}. Answer {{{{question}}}}, briefly.")
    prompt(store, f"You are a strict {word}.")

    assert found(store, f"{word} kind") == [(name, "1")]
    assert found(store, f"KIND briefly question {word.upper()}") == [(name, "1")]
    assert found(store, f"kind rude {word}") == []


def test_a_word_is_a_whole_word(store: Store, word: str) -> None:
    prompt(store, f"{word}s and super{word}")

    assert found(store, word) == []


@pytest.mark.parametrize(
    "text", ["see docs/{0}/index", "{{{{{0}}}}}", "a_{0}_b", "mail {0}@example.org", "«{0}»", "{0},x"]
)
def test_signs_separate_words(store: Store, word: str, text: str) -> None:
    name = prompt(store, text.format(word))

    assert found(store, word) == [(name, "1")]


def test_words_in_quotes_must_follow_each_other(store: Store, word: str) -> None:
    near = prompt(store, f"{word} be very kind to them")
    far = prompt(store, f"{word} be kind, very kind")

    assert found(store, f'{word} "be very kind"') == [(near, "1")]
    assert found(store, f'{word} "BE KIND"') == [(far, "1")]
    assert found(store, f"{word} be-kind") == [(far, "1")]
    assert found(store, f'{word} "kind to') == [(near, "1")]


def test_words_of_every_script_are_found(store: Store, word: str) -> None:
    name = prompt(store, f"{word} Größe élan Привет नमस्ते 你好")

    for query in ("größe", "ÉLAN", "привет", "नमस्ते", "你好"):
        assert found(store, f"{word} {query}") == [(name, "1")]


def test_words_inside_chat_messages_are_found(store: Store, word: str) -> None:
    name = new_prompt(store)
    messages = f'[{{"role": "system", "content": "be a {word}"}}]'
    add_version(store, name, prompt_tags.SOURCE, tags=prompt_parts(messages, "chat"))

    assert found(store, word) == [(name, "1")]


def test_only_the_newest_version_is_looked_at_unless_all_are_asked_for(store: Store, word: str) -> None:
    name = prompt(store, f"{word} old", f"{word} newer", "without")
    current = prompt(store, "without", f"{word} now")

    assert found(store, word) == [(current, "2")]
    assert found(store, word, all_versions=True) == sorted([(name, "1"), (name, "2"), (current, "2")])


def test_nothing_deleted_is_found_and_what_is_newest_then_is(store: Store, word: str) -> None:
    name = prompt(store, f"{word} one", f"{word} two")
    store.call(DeleteModelVersion(name=name, version="2"))
    assert found(store, word) == [(name, "1")]

    store.call(DeleteRegisteredModel(name=name))
    assert found(store, word, all_versions=True) == []
    prompt(store, "something else")  # on SQLite it takes the place of the one that was deleted
    assert found(store, word, all_versions=True) == []


def test_a_template_that_comes_later_is_found(store: Store, word: str) -> None:
    name = new_prompt(store)
    add_version(store, name, prompt_tags.SOURCE)
    assert found(store, word) == []

    store.call(SetModelVersionTag(name=name, version="1", key=prompt_tags.TEXT, value=f"says {word}"))
    assert found(store, word) == [(name, "1")]


def test_a_renamed_prompt_is_found_under_its_new_name(store: Store, word: str) -> None:
    name, new_name = prompt(store, word), unused_name()
    store.call(RenameRegisteredModel(name=name, new_name=new_name))

    assert found(store, word) == [(new_name, "1")]


def test_the_better_match_comes_first(store: Store, word: str) -> None:
    once = prompt(store, f"{word} " + "and many other words " * 20)
    often = prompt(store, f"{word} {word} {word} and a few other words")

    assert [match.name for match in search(store, word)] == [often, once]


def test_a_match_shows_a_short_part_around_a_word(store: Store, word: str) -> None:
    prompt(store, "before " * 300 + f"just  here\n{word} is\t" + "after " * 300)

    (match,) = search(store, word)

    assert f"just here {word} is after" in match.snippet
    assert len(match.snippet) <= 300


def test_a_match_of_a_very_long_word_is_short(store: Store, word: str) -> None:
    prompt(store, f"{word} " + "x" * 90_000)

    (match,) = search(store, word)

    assert word in match.snippet
    assert len(match.snippet) <= 300


def test_pages_hold_each_match_once_in_the_same_order(store: Store, word: str) -> None:
    for number in range(7):
        prompt(store, f"{word} " * (1 + number % 3) + "filler " * number)
    whole = [match.name for match in search(store, word)]

    seen: list[str] = []
    token: str | None = None
    while True:
        page = store.call(SearchPromptText(query=word, max_results=2, page_token=token))
        seen += [match.name for match in page.matches]
        token = page.next_page_token
        if token is None:
            break

    assert seen == whole
    assert len(set(seen)) == 7


@pytest.mark.parametrize("query", ["", "  ", "?!", '""', "x" * 1001, " ".join(f"w{number}" for number in range(33))])
def test_a_query_without_words_or_with_too_many_is_refused(store: Store, query: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "query"):
        search(store, query)


@pytest.mark.parametrize(
    "query", ["NEAR(a b)", "a OR b", "NOT a", "a*", "template: a", "a & b | !c", "a:*", "'a' <-> b", "\\"]
)
def test_no_sign_in_a_query_means_anything(store: Store, word: str, query: str) -> None:
    if query == "\\":
        query = "a\\"
    name = prompt(store, f"{word} {query}")

    assert found(store, f"{word} {query}") == [(name, "1")]


@pytest.mark.parametrize("page", [{"max_results": 0}, {"max_results": 101}, {"page_token": "nonsense"}])
def test_a_bad_page_is_refused(store: Store, page: dict[str, object]) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        store.call(SearchPromptText(query="x", **page))  # type: ignore[arg-type]
