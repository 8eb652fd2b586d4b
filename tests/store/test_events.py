"""What happens in the registry is written down beside it, in the words of MLflow's webhooks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mlflow.api import Call
from mlflow.api.aliases import DeleteAlias, SetAlias
from mlflow.api.model_versions import (
    CreateModelVersion,
    DeleteModelVersion,
    DeleteModelVersionTag,
    SetModelVersionTag,
    TransitionStage,
)
from mlflow.api.prompts import RollBackAlias
from mlflow.api.registered_models import (
    CreateRegisteredModel,
    DeleteRegisteredModel,
    DeleteRegisteredModelTag,
    RenameRegisteredModel,
    SetRegisteredModelTag,
    UpdateRegisteredModel,
)
from mlflow.entities.model_version import ModelVersionTag
from mlflow.entities.prompt_tags import IS_PROMPT, SOURCE, TEXT
from mlflow.entities.registered_model import RegisteredModelTag
from mlflow.exceptions import MlflowException
from mlflow.store.sql import SqlStore
from mlflow.store.sql.answers.events import KEPT_MS
from mlflow.store.sql.transaction import now_ms

Events = Callable[[Call[Any]], list[tuple[str, str, dict[str, Any]]]]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture
def store(database: Path) -> Iterator[SqlStore]:
    made = SqlStore(f"sqlite:///{database}")
    yield made
    made.close()


@pytest.fixture
def after(store: SqlStore, database: Path) -> Events:
    """Do a Call and return what was written down for it: entity, action and data."""
    seen = 0

    def do(call: Call[Any]) -> list[tuple[str, str, dict[str, Any]]]:
        nonlocal seen
        store.call(call)
        with closing(sqlite3.connect(database)) as reading:
            rows = reading.execute(
                "SELECT id, entity, action, name, data FROM events WHERE id > ? ORDER BY id", (seen,)
            ).fetchall()
        seen = rows[-1][0] if rows else seen
        assert all(json.loads(row[4])["name"] == row[3] for row in rows)
        return [(entity, action, json.loads(data)) for _, entity, action, _, data in rows]

    return do


def test_a_models_events_carry_what_webhooks_carry(after: Events) -> None:
    tags = [RegisteredModelTag("a", "1")]
    assert after(CreateRegisteredModel(name="m", tags=tags, description="d")) == [
        ("registered_model", "created", {"name": "m", "tags": {"a": "1"}, "description": "d"})
    ]
    version = CreateModelVersion(name="m", source="s3://x/y", run_id="r", tags=[ModelVersionTag("k", "v")])
    assert after(version) == [
        (
            "model_version",
            "created",
            {
                "name": "m",
                "version": "1",
                "source": "s3://x/y",
                "run_id": "r",
                "tags": {"k": "v"},
                "description": None,
            },
        )
    ]
    one = {"name": "m", "version": "1"}
    assert after(SetModelVersionTag(**one, key="k", value="w")) == [
        ("model_version_tag", "set", one | {"key": "k", "value": "w"})
    ]
    assert after(DeleteModelVersionTag(**one, key="k")) == [("model_version_tag", "deleted", one | {"key": "k"})]
    assert after(SetAlias(**one, alias="prod")) == [("model_version_alias", "created", one | {"alias": "prod"})]
    assert after(DeleteAlias(name="m", alias="prod")) == [
        ("model_version_alias", "deleted", {"name": "m", "alias": "prod"})
    ]


def test_a_prompts_events_carry_what_webhooks_carry(after: Events) -> None:
    mark, tag = RegisteredModelTag(IS_PROMPT, "true"), RegisteredModelTag("team", "blue")
    assert after(CreateRegisteredModel(name="p", tags=[mark, tag])) == [
        ("prompt", "created", {"name": "p", "tags": {"team": "blue"}, "description": ""})
    ]
    tags = [ModelVersionTag(IS_PROMPT, "true"), ModelVersionTag(TEXT, "Hi {{x}}"), ModelVersionTag("k", "v")]
    assert after(CreateModelVersion(name="p", source=SOURCE, tags=tags, description="first")) == [
        (
            "prompt_version",
            "created",
            {"name": "p", "version": "1", "template": "Hi {{x}}", "tags": {"k": "v"}, "description": "first"},
        )
    ]
    one = {"name": "p", "version": "1"}
    assert after(SetRegisteredModelTag(name="p", key="a", value="b")) == [
        ("prompt_tag", "set", {"name": "p", "key": "a", "value": "b"})
    ]
    assert after(DeleteRegisteredModelTag(name="p", key="a")) == [("prompt_tag", "deleted", {"name": "p", "key": "a"})]
    assert after(SetModelVersionTag(**one, key="k", value="w")) == [
        ("prompt_version_tag", "set", one | {"key": "k", "value": "w"})
    ]
    assert after(DeleteModelVersionTag(**one, key="k")) == [("prompt_version_tag", "deleted", one | {"key": "k"})]
    assert after(SetAlias(**one, alias="prod")) == [("prompt_alias", "created", one | {"alias": "prod"})]
    assert after(DeleteAlias(name="p", alias="prod")) == [("prompt_alias", "deleted", {"name": "p", "alias": "prod"})]


def test_every_other_change_is_told_too(after: Events) -> None:
    after(CreateRegisteredModel(name="m"))
    for _ in range(2):
        after(CreateModelVersion(name="m", source="s3://x/y"))
    after(SetAlias(name="m", version="1", alias="prod"))
    after(SetAlias(name="m", version="2", alias="prod"))

    def kinds(call: Call[Any]) -> list[tuple[str, str]]:
        return [(entity, action) for entity, action, _ in after(call)]

    assert kinds(UpdateRegisteredModel(name="m", description="d")) == [("registered_model", "updated")]
    assert kinds(TransitionStage(name="m", version="1", stage="Staging")) == [("model_version", "updated")]
    assert kinds(RollBackAlias(name="m", alias="prod")) == [("model_version_alias", "created")]
    assert kinds(DeleteModelVersion(name="m", version="1")) == [
        ("model_version_alias", "deleted"),
        ("model_version", "deleted"),
    ]
    assert kinds(RenameRegisteredModel(name="m", new_name="n")) == [("registered_model", "updated")]
    assert kinds(DeleteRegisteredModel(name="n")) == [("registered_model", "deleted")]


def test_what_changes_nothing_is_not_told(after: Events) -> None:
    after(CreateRegisteredModel(name="m"))
    after(CreateModelVersion(name="m", source="s3://x/y"))

    assert after(DeleteRegisteredModelTag(name="m", key="a")) == []
    assert after(DeleteModelVersionTag(name="m", version="1", key="a")) == []
    assert after(DeleteAlias(name="m", alias="prod")) == []


def test_what_is_refused_is_not_told(store: SqlStore, after: Events) -> None:
    with pytest.raises(MlflowException):
        store.call(SetAlias(name="m", version="1", alias="prod"))

    assert len(after(CreateRegisteredModel(name="m"))) == 1


def test_what_is_older_than_a_day_is_forgotten(store: SqlStore, database: Path, after: Events) -> None:
    after(CreateRegisteredModel(name="m"))
    with closing(sqlite3.connect(database)) as writing:
        writing.execute("UPDATE events SET time = ?", (now_ms() - KEPT_MS - 1,))
        writing.commit()
    for number in range(300):
        store.call(SetRegisteredModelTag(name="m", key="a", value=str(number)))

    with closing(sqlite3.connect(database)) as reading:
        ids = [row[0] for row in reading.execute("SELECT id FROM events ORDER BY id")]
    assert ids == list(range(2, 302))
