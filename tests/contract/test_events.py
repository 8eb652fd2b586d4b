"""What was changed can be followed from any place in the order of events."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from mlflow.api.aliases import DeleteAlias, SetAlias
from mlflow.api.events import ListEvents
from mlflow.api.model_versions import CreateModelVersion
from mlflow.api.registered_models import CreateRegisteredModel, SetRegisteredModelTag
from mlflow.entities.event import Event
from mlflow.entities.model_version import ModelVersionTag
from mlflow.entities.prompt_tags import IS_PROMPT, SOURCE, TEXT
from mlflow.entities.registered_model import RegisteredModelTag
from mlflow.store.base import Store
from tests.contract.errors import refused


@pytest.fixture
def prompt(store: Store) -> str:
    """The name of a prompt with one version."""
    name = uuid.uuid4().hex
    store.call(CreateRegisteredModel(name=name, tags=[RegisteredModelTag(IS_PROMPT, "true")]))
    tags = [ModelVersionTag(IS_PROMPT, "true"), ModelVersionTag(TEXT, "Hi {{name}}")]
    store.call(CreateModelVersion(name=name, source=SOURCE, tags=tags))
    return name


@pytest.fixture
def now(store: Store, prompt: str) -> int:
    """The place behind all events so far."""
    return store.call(ListEvents()).last_id


Move = Callable[[str], None]


@pytest.fixture
def move(store: Store, prompt: str) -> Move:
    """Point an alias of the prompt to its version."""
    return lambda alias: store.call(SetAlias(name=prompt, alias=alias, version="1"))


def aliases(events: list[Event]) -> list[str]:
    return [event.data["alias"] for event in events]


def test_without_a_place_there_are_no_events_but_the_place_to_begin_from(store: Store, move: Move) -> None:
    move("before")
    page = store.call(ListEvents())
    move("after")

    assert (page.events, page.missed) == ([], False)
    assert aliases(store.call(ListEvents(after=page.last_id)).events) == ["after"]


def test_an_event_says_what_was_changed_and_how(store: Store, prompt: str, now: int, move: Move) -> None:
    move("production")

    [event] = store.call(ListEvents(after=now)).events

    assert (event.entity, event.action, event.name) == ("prompt_alias", "created", prompt)
    assert event.data == {"name": prompt, "alias": "production", "version": "1"}
    assert event.id > now
    assert event.timestamp > 1_600_000_000_000


def test_pages_follow_each_other_oldest_first_until_one_is_empty(store: Store, now: int, move: Move) -> None:
    names = [f"alias-{number}" for number in range(5)]
    for name in names:
        move(name)
    found, place = [], now

    while page := store.call(ListEvents(after=place, max_results=2)).events:
        assert len(page) <= 2
        found += aliases(page)
        place = page[-1].id

    assert found == names
    assert store.call(ListEvents(after=place)).last_id == place


def test_only_the_entities_asked_for_are_told(store: Store, prompt: str, now: int, move: Move) -> None:
    store.call(SetRegisteredModelTag(name=prompt, key="team", value="blue"))
    move("a")
    store.call(DeleteAlias(name=prompt, alias="a"))

    def kinds(*entities: str) -> list[str]:
        page = store.call(ListEvents(after=now, entities=list(entities)))
        return [f"{event.entity} {event.action}" for event in page.events]

    assert kinds("prompt_alias") == ["prompt_alias created", "prompt_alias deleted"]
    assert kinds("prompt_tag", "prompt_alias") == ["prompt_tag set", "prompt_alias created", "prompt_alias deleted"]
    assert kinds("model_version") == []


def test_one_who_waits_for_rare_events_is_led_past_the_others(store: Store, now: int, move: Move) -> None:
    move("a")

    page = store.call(ListEvents(after=now, entities=["model_version"]))

    assert page.events == []
    assert page.last_id == store.call(ListEvents()).last_id > now


def test_a_change_that_is_refused_is_not_told(store: Store, prompt: str, now: int) -> None:
    with refused("RESOURCE_DOES_NOT_EXIST"):
        store.call(SetAlias(name=prompt, alias="a", version="7"))

    assert store.call(ListEvents(after=now)).events == []


def test_a_place_that_this_database_never_gave_out_is_missed_events(store: Store, now: int) -> None:
    page = store.call(ListEvents(after=now + 1000))

    assert (page.missed, page.events, page.last_id) == (True, [], now)


@pytest.mark.parametrize("size", [0, -1, 1001])
def test_page_sizes_have_bounds(store: Store, size: int) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        store.call(ListEvents(after=0, max_results=size))


@pytest.mark.parametrize("place", [-1, 2**63])
def test_a_place_is_a_number_that_an_event_can_have(store: Store, place: int) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        store.call(ListEvents(after=place))


@pytest.mark.parametrize("entities", [[""], ["prompt alias"], ["a,b"], ["x" * 51], ["x"] * 51])
def test_entities_have_names_of_letters(store: Store, entities: list[str]) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        store.call(ListEvents(after=0, entities=entities))
