"""Aliases, versions and history, done in any order, are what a plain model of them says."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from mlflow.api.aliases import DeleteAlias
from mlflow.api.model_versions import DeleteModelVersion
from mlflow.api.prompts import GetAliasHistory, RollBackAlias
from mlflow.api.registered_models import DeleteRegisteredModel, RenameRegisteredModel
from mlflow.store.base import Store
from tests.contract.errors import refused
from tests.contract.registering import (
    ONLY_PROMPTS,
    add_prompt_version,
    by_alias,
    found_versions,
    model,
    new_prompt,
    set_alias,
    unused_name,
    version,
)

ALIASES = st.sampled_from(["prod", "next"])
VERSIONS = st.integers(1, 6)


class Alias:
    """The plain model of an alias: the states it was in, and every move."""

    def __init__(self) -> None:
        self.states: list[int | None] = []  # what roll-backs go through, present one last
        self.moves: list[tuple[int | None, int | None]] = []

    @property
    def present(self) -> int | None:
        return self.moves[-1][1] if self.moves else None

    def move(self, to: int | None) -> None:
        self.moves.append((self.present, to))
        self.states.append(to)

    def before(self, there: set[int]) -> tuple[int, int] | None:
        """The state a roll-back goes to, and its place among the states."""
        for place in range(len(self.states) - 2, -1, -1):
            state = self.states[place]
            if state is not None and state != self.present and state in there:
                return place, state
        return None


class Registry(RuleBasedStateMachine):
    """One prompt of a store, beside the plain model of it."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.name = new_prompt(store)
        self.last_version = 0
        self.there: set[int] = set()
        self.aliases: dict[str, Alias] = {"prod": Alias(), "next": Alias()}

    @rule()
    def add(self) -> None:
        self.last_version += 1
        self.there.add(self.last_version)
        assert add_prompt_version(self.store, self.name, f"text {self.last_version}") == str(self.last_version)

    @rule(number=VERSIONS)
    def delete_version(self, number: int) -> None:
        call = DeleteModelVersion(name=self.name, version=number)
        if number not in self.there:
            with refused("RESOURCE_DOES_NOT_EXIST"):
                self.store.call(call)
            return
        self.store.call(call)
        self.there.remove(number)
        for alias in self.aliases.values():
            if alias.present == number:
                alias.move(None)

    @rule(alias=ALIASES, number=VERSIONS)
    def set(self, alias: str, number: int) -> None:
        if number not in self.there:
            with refused("RESOURCE_DOES_NOT_EXIST"):
                set_alias(self.store, self.name, alias, number)
            return
        set_alias(self.store, self.name, alias, number)
        self.aliases[alias].move(number)

    @rule(alias=ALIASES)
    def delete_alias(self, alias: str) -> None:
        self.store.call(DeleteAlias(name=self.name, alias=alias))
        if self.aliases[alias].present is not None:
            self.aliases[alias].move(None)

    @rule(alias=ALIASES)
    def roll_back(self, alias: str) -> None:
        plain, call = self.aliases[alias], RollBackAlias(name=self.name, alias=alias)
        goal = plain.before(self.there)
        if goal is None:
            with refused("INVALID_PARAMETER_VALUE"):
                self.store.call(call)
            return
        assert self.store.call(call).model_version.version == str(goal[1])
        plain.moves.append((plain.present, goal[1]))
        del plain.states[goal[0] + 1 :]

    @rule()
    def rename(self) -> None:
        new_name = unused_name()
        self.store.call(RenameRegisteredModel(name=self.name, new_name=new_name))
        self.name = new_name

    @precondition(lambda self: self.last_version > 2)
    @rule()
    def begin_again(self) -> None:
        self.store.call(DeleteRegisteredModel(name=self.name))
        new_prompt(self.store, self.name)
        self.last_version, self.there = 0, set()
        self.aliases = {"prod": Alias(), "next": Alias()}

    @invariant()
    def the_versions_are_those_that_are_there(self) -> None:
        numbers = {int(number) for _, number in found_versions(self.store, f"{ONLY_PROMPTS} AND name = '{self.name}'")}
        assert numbers == self.there
        for number in self.there:
            assert version(self.store, self.name, number).tags["mlflow.prompt.text"] == f"text {number}"
        if self.there:
            assert by_alias(self.store, self.name, "latest") == str(max(self.there))

    @invariant()
    def the_aliases_point_where_they_should(self) -> None:
        present = {name: str(alias.present) for name, alias in self.aliases.items() if alias.present is not None}
        assert model(self.store, self.name).aliases == present
        for alias, number in present.items():
            assert by_alias(self.store, self.name, alias) == number

    @invariant()
    def the_history_has_every_move(self) -> None:
        for name, alias in self.aliases.items():
            changes = self.store.call(GetAliasHistory(name=self.name, alias=name, max_results=1000)).changes
            moves: list[Any] = [(change.from_version, change.to_version) for change in reversed(changes)]
            assert moves == [(_text(before), _text(after)) for before, after in alias.moves]


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def test_versions_aliases_and_history_are_what_the_plain_model_says(store: Store) -> None:
    class OfThisStore(Registry):
        def __init__(self) -> None:
            super().__init__(store)

    run_state_machine_as_test(
        OfThisStore,
        settings=settings(
            max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
