"""What every store promises about folders of prompts: they are what stands before a slash in the names."""

from __future__ import annotations

import pytest

from mlflow.api.model_versions import DeleteModelVersion
from mlflow.api.prompts import ListPromptFolder, PromptFolderPage
from mlflow.api.registered_models import DeleteRegisteredModel, RenameRegisteredModel
from mlflow.store.base import Store
from tests.contract.errors import refused
from tests.contract.registering import add_prompt_version, model, new_model, new_prompt, set_alias, unused_name


@pytest.fixture
def root(store: Store) -> str:
    """A folder with prompts in it and in folders inside it, and their like beside it."""
    root = unused_name()
    for name in ("hello", "bye", "a/one", "a/two", "a/deep/er/three", "a-b/four", "B/five", "b/six"):
        new_prompt(store, f"{root}/{name}")
    new_prompt(store, root)  # a prompt with the name of a folder
    new_prompt(store, f"{root}-x/beside")
    for name in ("0/beside", "0bc/beside", "0bc"):  # what comes next to the folder in the order of names
        new_prompt(store, root + name)
    new_model(store, f"{root}.model")
    return root


def listed(store: Store, path: str, **page: object) -> PromptFolderPage:
    return store.call(ListPromptFolder(path=path, **page))  # type: ignore[arg-type]


def seen(page: PromptFolderPage, root: str) -> tuple[list[tuple[str, int]], list[str]]:
    """Folders with their counts, and prompts, without the name of the root."""
    folders = [(folder.path.removeprefix(f"{root}/"), folder.prompts) for folder in page.folders]
    return folders, [prompt.name.removeprefix(f"{root}/") for prompt in page.prompts]


def test_a_folder_has_folders_with_counts_of_all_inside_and_its_own_prompts(store: Store, root: str) -> None:
    assert seen(listed(store, root), root) == ([("B", 1), ("a", 3), ("a-b", 1), ("b", 1)], ["bye", "hello"])
    assert seen(listed(store, f"{root}/a"), root) == ([("a/deep", 1)], ["a/one", "a/two"])
    assert seen(listed(store, f"{root}/a/deep"), root) == ([("a/deep/er", 1)], [])


def test_the_root_has_every_prompt_without_a_slash_and_no_model(store: Store, root: str) -> None:
    folders: dict[str, int] = {}
    prompts: list[str] = []
    token: str | None = None
    while True:
        page = listed(store, "", max_results=1000, page_token=token)
        folders |= {folder.path: folder.prompts for folder in page.folders}
        prompts += [prompt.name for prompt in page.prompts]
        token = page.next_page_token
        if token is None:
            break

    assert (folders[root], folders[f"{root}-x"], folders[f"{root}0"]) == (8, 1, 1)
    assert root in prompts
    assert f"{root}.model" not in prompts
    assert prompts == sorted(prompts)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
def test_pages_hold_each_folder_and_prompt_once_folders_first(store: Store, root: str, size: int) -> None:
    whole = seen(listed(store, root), root)
    items: list[object] = []
    token: str | None = None
    while True:
        page = listed(store, root, max_results=size, page_token=token)
        folders, prompts = seen(page, root)
        assert len(folders) + len(prompts) <= size
        items += [*folders, *prompts]
        token = page.next_page_token
        if token is None:
            break

    assert items == [*whole[0], *whole[1]]


def test_a_prompt_is_shown_with_what_a_list_needs(store: Store) -> None:
    name = new_prompt(store, f"{unused_name()}/greeting", {"team": "blue"})
    for template in ("one", "two", "three"):
        add_prompt_version(store, name, template)
    set_alias(store, name, "prod", 2)
    store.call(DeleteModelVersion(name=name, version="3"))

    (shown,) = listed(store, name.rpartition("/")[0]).prompts

    assert (shown.name, shown.latest_version, shown.description) == (name, "2", None)
    assert {tag.key: tag.value for tag in shown.tags} == {"team": "blue"}
    assert [(alias.alias, alias.version) for alias in shown.aliases] == [("prod", "2")]
    assert shown.last_updated_timestamp == model(store, name).last_updated_timestamp


def test_a_prompt_without_versions_has_no_latest_one(store: Store) -> None:
    name = new_prompt(store, f"{unused_name()}/empty")

    assert listed(store, name.rpartition("/")[0]).prompts[0].latest_version is None


def test_a_folder_is_gone_with_its_last_prompt_and_there_with_its_first(store: Store) -> None:
    root = unused_name()
    name = new_prompt(store, f"{root}/a/x")

    store.call(RenameRegisteredModel(name=name, new_name=f"{root}/b/x"))
    assert seen(listed(store, root), root) == ([("b", 1)], [])

    store.call(DeleteRegisteredModel(name=f"{root}/b/x"))
    assert seen(listed(store, root), root) == ([], [])


@pytest.mark.parametrize("path", ["/", "a/", "/a", "a//b", "a b", "..", "x" * 300])
def test_what_can_be_no_folder_is_refused(store: Store, path: str) -> None:
    with refused("INVALID_PARAMETER_VALUE", "path|name"):
        listed(store, path)


@pytest.mark.parametrize("page", [{"max_results": 0}, {"max_results": 1001}, {"page_token": "nonsense"}])
def test_a_bad_page_is_refused(store: Store, page: dict[str, object]) -> None:
    with refused("INVALID_PARAMETER_VALUE"):
        listed(store, "", **page)
