"""Registered models, versions, aliases and stages."""

from __future__ import annotations

from typing import Any

from tests.compat.recorder import World, attempt, step
from tests.compat.views import view_model, view_version


def _model(world: World, text: str, versions: int = 0, **more: Any) -> str:
    name = world.name(text)
    world.client.create_registered_model(name, **more)
    for number in range(1, versions + 1):
        world.client.create_model_version(name, f"s3://bucket/{number}")
    return name


@step("a registered model can be read back")
def _(world: World) -> Any:
    made = world.client.create_registered_model(world.name("model"), tags={"a": 1, "b": "x"}, description="first")
    return [view_model(made), view_model(world.client.get_registered_model(world.name("model")))]


@step("models that cannot be made")
def _(world: World) -> Any:
    make = world.client.create_registered_model
    taken = _model(world, "taken")
    names = {"taken": taken, "empty": "", "spaces": " ", "slash": world.name("a/b"), "colon": world.name("a:b")}
    return {label: attempt(make, name) for label, name in names.items()}


@step("a model is changed, renamed and deleted")
def _(world: World) -> Any:
    client, name = world.client, _model(world, "changing", 1, description="first")
    client.set_registered_model_tag(name, "size", 4)
    client.set_registered_model_tag(name, "gone", "soon")
    client.delete_registered_model_tag(name, "gone")
    changed = view_model(client.update_registered_model(name, "second"))
    client.rename_registered_model(name, world.name("changed"))
    renamed = view_model(client.get_registered_model(world.name("changed")))
    client.delete_registered_model(world.name("changed"))
    return [changed, renamed, attempt(client.get_registered_model, name), attempt(client.delete_registered_model, name)]


@step("a model version can be read back")
def _(world: World) -> Any:
    name = _model(world, "versioned")
    made = world.client.create_model_version(
        name, "s3://bucket/x", run_id="abc", tags={"a": 1}, run_link="http://elsewhere", description="first"
    )
    return {
        "made": view_version(made),
        "read": view_version(world.client.get_model_version(name, "1")),
        "by number": view_version(world.client.get_model_version(name, 1)),
        "where": world.client.get_model_version_download_uri(name, "1"),
        "model": view_model(world.client.get_registered_model(name)),
    }


@step("a version is changed and deleted")
def _(world: World) -> Any:
    client, name = world.client, _model(world, "changing version", 2)
    changed = view_version(client.update_model_version(name, "1", "second"))
    client.set_model_version_tag(name, "1", "size", 4)
    client.set_model_version_tag(name, "1", "gone", "soon")
    client.delete_model_version_tag(name, "1", "gone")
    tagged = view_version(client.get_model_version(name, "1"))
    client.delete_model_version(name, "2")
    return [
        changed,
        tagged,
        attempt(client.get_model_version, name, "2"),
        attempt(client.delete_model_version, name, "2"),
        client.create_model_version(name, "s3://bucket/x").version,
    ]


@step("versions that are not there")
def _(world: World) -> Any:
    client, name = world.client, _model(world, "without versions")
    return {
        "get": attempt(client.get_model_version, name, "7"),
        "no number": attempt(client.get_model_version, name, "x"),
        "of nobody": attempt(client.get_model_version, world.name("nobody"), "1"),
        "tag": attempt(client.set_model_version_tag, name, "7", "a", "b"),
        "alias": attempt(client.set_registered_model_alias, name, "prod", "7"),
        "latest": client.get_latest_versions(name),
        "for nobody": attempt(client.create_model_version, world.name("nobody"), "s3://bucket/x"),
    }


@step("an alias is set, moved and removed")
def _(world: World) -> Any:
    client, name = world.client, _model(world, "aliased", 3)
    client.set_registered_model_alias(name, "prod", "1")
    client.set_registered_model_alias(name, "prod", "2")
    client.set_registered_model_alias(name, "next", "2")
    seen = [
        client.get_model_version_by_alias(name, "prod").version,
        sorted(client.get_model_version(name, "2").aliases),
        dict(client.get_registered_model(name).aliases),
    ]
    client.delete_registered_model_alias(name, "next")
    client.delete_registered_model_alias(name, "next")
    client.delete_model_version(name, "2")
    return [
        *seen,
        dict(client.get_registered_model(name).aliases),
        attempt(client.get_model_version_by_alias, name, "prod"),
        attempt(client.set_registered_model_alias, name, "latest", "1"),
        attempt(client.set_registered_model_alias, name, "v1", "1"),
        attempt(client.set_registered_model_alias, name, "a b", "1"),
    ]


@step("stages say which version is meant")
def _(world: World) -> Any:
    client, name = world.client, _model(world, "staged", 3)
    client.transition_model_version_stage(name, "1", "production")
    client.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
    client.set_model_version_tag(name, key="a", value="1", stage="Production")
    return {
        "stages": [client.get_model_version(name, number).current_stage for number in ("1", "2", "3")],
        "tags": client.get_model_version(name, "2").tags,
        "latest": {one.current_stage: one.version for one in client.get_latest_versions(name)},
        "of one": [one.version for one in client.get_latest_versions(name, stages=["Production"])],
        "no stage": attempt(client.get_latest_versions, name, ["soon"]),
        "names": client.get_model_version_stages(name, "1"),
    }


@step("models and versions are found page by page")
def _(world: World) -> Any:
    client = world.client
    for letter in "abc":
        _model(world, f"found {letter}", 2, tags={"even": str(letter == "b")})
    mine = f"name LIKE '{world.name('found')}%'"

    def pages(search: Any, **more: Any) -> list[list[str]]:
        seen, token = [], None
        while True:
            page = search(filter_string=mine, max_results=2, page_token=token, **more)
            seen.append([f"{one.name} {getattr(one, 'version', '')}" for one in page])
            token = page.token
            if not token:
                return seen

    return {
        "models": pages(client.search_registered_models),
        "models, backwards": pages(client.search_registered_models, order_by=["name DESC"]),
        "versions": pages(client.search_model_versions, order_by=["name", "version_number"]),
        "by tag": [one.name for one in client.search_registered_models(f"{mine} AND tags.even = 'True'")],
        "by number": len(client.search_model_versions(f"{mine} AND version_number = 2")),
        "refused": attempt(client.search_registered_models, "nonsense > 1"),
    }


@step("a version is copied")
def _(world: World) -> Any:
    client, name = world.client, _model(world, "original")
    client.create_model_version(name, "s3://bucket/x", run_id="abc", tags={"a": "1"}, description="d")
    client.set_registered_model_alias(name, "prod", "1")
    copies = [client.copy_model_version(f"models:/{name}{end}", world.name("copy")) for end in ("/1", "@prod")]
    return {
        "copies": [view_version(copy) for copy in copies],
        "where": client.get_model_version_download_uri(world.name("copy"), "2"),
    }
