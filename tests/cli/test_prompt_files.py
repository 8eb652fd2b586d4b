"""`mlflow prompts pull` and `push`: prompts in a Git repository, and what happens when two people change them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from mlflow.client import MlflowClient
from mlflow.client.prompts.files import comparing
from mlflow.client.prompts.files.doing import do
from mlflow.client.prompts.files.folder import Folder
from mlflow.client.prompts.files.plan import plan_push
from tests.cli.conftest import Mlflow
from tests.cli.test_terminal import on_terminal
from tests.servers import headrace_server

CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind.\n"},
    {"role": "user", "content": [{"type": "text", "text": "{{ question }}"}]},
]

Prompts = Callable[..., Result]


@pytest.fixture
def prompts(run: Mlflow) -> Prompts:
    """Run `mlflow prompts` with some words."""
    return lambda *words: run("prompts", *words)


@pytest.fixture
def registry(client: MlflowClient) -> MlflowClient:
    """A registry with a text prompt, a chat prompt and one in a folder, all with their settings."""
    client.register_prompt("qa", "Answer {{ question }}\nin one line.", "first", {"author": "ann"})
    client.register_prompt("chat", CHAT, model_config={"temperature": 0.5}, response_format={"type": "object"})
    client.register_prompt("team/greeting", "Hello {{ name }}\n", variables={"name": {"default": "you"}})
    client.set_prompt_alias("qa", "production", 1)
    return client


def edit(path: str, old: str, new: str) -> None:
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new))


def versions(client: MlflowClient, name: str) -> list[int]:
    return [version.version for version in client.search_prompt_versions(name)]


def contents(folder: str) -> dict[str, str]:
    return {str(path): path.read_text() for path in Path(folder).rglob("*") if path.is_file()}


# -- the way there and back


def test_pull_writes_every_prompt_into_a_file_of_its_own(prompts: Prompts, registry: MlflowClient) -> None:
    pulled = prompts("pull", "p")

    assert (pulled.exit_code, pulled.stdout) == (
        0,
        "new        chat           version 1\n"
        "new        qa             version 1\n"
        "new        team/greeting  version 1\n"
        "3 new.\n",
    )
    assert contents("p")["p/qa.prompt.md"] == (
        "---\nversion: 1\ncommit_message: first\ntags:\n  author: ann\naliases:\n  - production\n---\n"
        "Answer {{ question }}\nin one line.\n"
    )
    assert sorted(contents("p")) == ["p/chat.prompt.md", "p/qa.prompt.md", "p/team/greeting.prompt.md"]


def test_what_was_pulled_is_pushed_nowhere(prompts: Prompts, registry: MlflowClient) -> None:
    prompts("pull", "p")
    before = contents("p")

    assert prompts("push", "p").stdout == "3 unchanged.\n"
    assert prompts("pull", "p").stdout == "3 unchanged.\n"
    assert contents("p") == before
    assert versions(registry, "qa") == versions(registry, "chat") == [1]


def test_an_edited_file_becomes_a_version_once(prompts: Prompts, registry: MlflowClient) -> None:
    prompts("pull", "p")
    edit("p/chat.prompt.md", "kind", "kinder")
    edit("p/qa.prompt.md", "one line", "two lines")

    first = prompts("push", "p", "--commit-message", "Longer")
    second = prompts("push", "p", "--commit-message", "Longer")

    assert first.stdout == (
        "pushed     chat           version 1 → 2\npushed     qa             version 1 → 2\n2 pushed, 1 unchanged.\n"
    )
    assert second.stdout == "3 unchanged.\n"
    made = registry.get_prompt_version_by_alias("qa", "latest")
    assert (made.version, made.template) == (2, "Answer {{ question }}\nin two lines.")
    assert (made.commit_message, made.tags) == ("Longer", {"author": "ann"})
    chat = registry.get_prompt_version_by_alias("chat", "latest")
    assert chat.template == [{"role": "system", "content": "Be kinder.\n"}, CHAT[1]]
    assert (chat.model_config, chat.response_format) == ({"temperature": 0.5}, {"type": "object"})
    assert Path("p/qa.prompt.md").read_text().startswith("---\nversion: 2\ncommit_message: Longer\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("default: you", "default: all"),
        ("---\nHello", "model_config: {temperature: 1}\n---\nHello"),
        ("---\nHello", "response_format: {type: object}\n---\nHello"),
        ("newlines_at_end: 1\n", ""),
        ("Hello", "{{> qa }} Hello"),
    ],
)
def test_everything_that_a_prompt_says_can_be_edited(
    prompts: Prompts, registry: MlflowClient, old: str, new: str
) -> None:
    prompts("pull", "p")
    edit("p/team/greeting.prompt.md", old, new)

    assert prompts("push", "p").stdout.startswith("pushed     team/greeting  version 1 → 2\n")
    assert prompts("pull", "p").stdout == "3 unchanged.\n"


def test_the_message_of_the_old_version_is_not_that_of_the_new_one(prompts: Prompts, registry: MlflowClient) -> None:
    prompts("pull", "p")
    edit("p/qa.prompt.md", "one line", "two lines")
    prompts("push", "p")
    assert registry.get_prompt_version_by_alias("qa", "latest").commit_message is None

    edit("p/qa.prompt.md", "version: 2\n", "version: 2\ncommit_message: Even longer\n")
    edit("p/qa.prompt.md", "two lines", "three lines")
    prompts("push", "p")
    assert registry.get_prompt_version_by_alias("qa", "latest").commit_message == "Even longer"


def test_a_new_file_becomes_a_new_prompt(prompts: Prompts, client: MlflowClient) -> None:
    Path("p/team").mkdir(parents=True)
    Path("p/team/new.prompt.md").write_text("Hi {{ name }\n")

    pushed = prompts("push", "p", "-m", "first")

    assert pushed.stdout == "new        team/new  version 1\n1 new.\n"
    assert pushed.stderr.startswith("warning: team/new, line 1: '{{ name }' opens two braces")
    assert Path("p/team/new.prompt.md").read_text() == "---\nversion: 1\ncommit_message: first\n---\nHi {{ name }\n"
    assert client.get_prompt_version_by_alias("team/new", "latest").template == "Hi {{ name }"


def test_a_newer_version_is_pulled_into_an_unedited_file(prompts: Prompts, registry: MlflowClient) -> None:
    prompts("pull", "p")
    registry.register_prompt("qa", "Answer.", "second")

    assert prompts("push", "p").stdout.startswith("behind     qa             version 1; `pull` gets version 2\n")
    assert prompts("pull", "p").stdout.startswith("updated    qa             version 1 → 2\n")
    assert Path("p/qa.prompt.md").read_text() == "---\nversion: 2\ncommit_message: second\n---\nAnswer.\n"
    assert versions(registry, "qa") == [2, 1]


def test_a_moved_file_keeps_its_prompt_by_name(prompts: Prompts, registry: MlflowClient) -> None:
    prompts("pull", "p")
    Path("p/elsewhere.prompt.md").write_text(Path("p/qa.prompt.md").read_text().replace("---\n", "---\nname: qa\n", 1))
    Path("p/qa.prompt.md").unlink()
    registry.register_prompt("qa", "Answer.")

    prompts("pull", "p")

    assert Path("p/elsewhere.prompt.md").read_text() == "---\nname: qa\nversion: 2\n---\nAnswer.\n"
    assert not Path("p/qa.prompt.md").exists()


def test_a_filter_chooses_what_is_pulled(prompts: Prompts, registry: MlflowClient) -> None:
    prompts("pull", "p", "--filter", "name LIKE 'team/%'")

    assert list(contents("p")) == ["p/team/greeting.prompt.md"]


def test_a_dry_run_says_the_same_and_does_nothing(prompts: Prompts, registry: MlflowClient) -> None:
    assert prompts("pull", "p", "--dry-run").stdout.endswith("3 new. (Dry run: nothing was done.)\n")
    assert not Path("p").exists()

    prompts("pull", "p")
    edit("p/qa.prompt.md", "one line", "two lines")
    before = contents("p")
    dry = prompts("push", "p", "--dry-run")

    assert dry.stdout == (
        "pushed     qa             version 1 → 2\n1 pushed, 2 unchanged. (Dry run: nothing was done.)\n"
    )
    assert (contents("p"), versions(registry, "qa")) == (before, [1])


def test_it_is_the_same_through_a_server(prompts: Prompts, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_PROMPT_COPIES", "off")
    with headrace_server(f"sqlite:///{folder}/served.db", folder / "artifacts") as url:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", url)
        prompts("register", "team/qa", "--template", "Answer {{ question }}.", "--alias", "production")

        assert prompts("pull", "p").stdout == "new        team/qa  version 1\n1 new.\n"
        edit("p/team/qa.prompt.md", "Answer", "Please answer")
        assert prompts("push", "p", "--aliases").stdout == (
            "pushed     team/qa  version 1 → 2; production → version 2\n1 pushed.\n"
        )
        assert prompts("push", "p").stdout == prompts("pull", "p").stdout == "1 unchanged.\n"
        assert prompts("get", "team/qa@production").stdout == "Please answer {{ question }}."


# -- two people


def test_two_people_who_push_at_once_lose_nothing(prompts: Prompts, registry: MlflowClient) -> None:
    prompts("pull", "ann")
    prompts("pull", "bob")
    edit("ann/qa.prompt.md", "one line", "two lines")
    edit("bob/qa.prompt.md", "Answer", "Please answer")
    edit("bob/chat.prompt.md", "kind", "kinder")
    prompts("push", "ann", "-m", "by Ann")
    before = Path("bob/qa.prompt.md").read_text()

    bobs = prompts("push", "bob", "-m", "by Bob")

    assert bobs.exit_code == 1
    assert bobs.stdout == (
        "pushed     chat           version 1 → 2\n"
        "conflict   qa             edited here since version 1, and the registry has version 2\n"
        "  the file, since version 1:\n"
        "@@ -1,3 +1,3 @@\n"
        "-Answer {{ question }}\n"
        "+Please answer {{ question }}\n"
        " in one line.\n"
        " \n"
        "  the registry, since version 1:\n"
        "@@ -1,3 +1,3 @@\n"
        " Answer {{ question }}\n"
        "-in one line.\n"
        "+in two lines.\n"
        " \n"
        "1 pushed, 1 unchanged.\n"
    )
    assert bobs.stderr.startswith("error: 1 conflict\n\nhint: Merge by hand and set `version`")
    assert (versions(registry, "qa"), Path("bob/qa.prompt.md").read_text()) == ([2, 1], before)

    pulled = prompts("pull", "bob")
    assert (pulled.exit_code, Path("bob/qa.prompt.md").read_text()) == (1, before)

    edit("bob/qa.prompt.md", "version: 1", "version: 2")
    edit("bob/qa.prompt.md", "one line", "two lines")
    assert prompts("push", "bob", "-m", "by both").exit_code == 0
    made = registry.get_prompt_version_by_alias("qa", "latest")
    assert (made.version, made.template) == (3, "Please answer {{ question }}\nin two lines.")


def test_two_people_who_make_the_same_change_have_no_conflict(prompts: Prompts, registry: MlflowClient) -> None:
    prompts("pull", "ann")
    prompts("pull", "bob")
    for folder in ("ann", "bob"):
        edit(f"{folder}/qa.prompt.md", "one line", "two lines")
    prompts("push", "ann", "-m", "by Ann")

    bobs = prompts("push", "bob", "-m", "by Bob")

    assert bobs.stdout == "numbered   qa             version 2 says the same\n1 numbered, 2 unchanged.\n"
    assert Path("bob/qa.prompt.md").read_text().startswith("---\nversion: 2\ncommit_message: by Ann\n")
    assert versions(registry, "qa") == [2, 1]


@pytest.mark.parametrize(("words", "text"), [(("push", "--force"), "Mine."), (("pull", "--force"), "Theirs.")])
def test_force_settles_a_conflict_either_way(
    prompts: Prompts, registry: MlflowClient, words: tuple[str, str], text: str
) -> None:
    prompts("pull", "p")
    registry.register_prompt("qa", "Theirs.")
    edit("p/qa.prompt.md", "Answer {{ question }}\nin one line.", "Mine.")

    assert prompts(words[0], "p", words[1]).exit_code == 0

    assert Path("p/qa.prompt.md").read_text().endswith(f"---\n{text}\n")
    assert registry.get_prompt_version_by_alias("qa", "latest").template == text
    assert prompts("push", "p").stdout == prompts("pull", "p").stdout == "3 unchanged.\n"


def test_who_is_overtaken_between_plan_and_push_is_told(registry: MlflowClient, prompts: Prompts) -> None:
    prompts("pull", "p")
    edit("p/qa.prompt.md", "one line", "two lines")
    folder = Folder("p")
    [step] = [step for step in plan_push(comparing.pairs_to_push(registry, folder.read()[0])) if step.deed != "nothing"]
    registry.register_prompt("qa", "Overtaken.")

    with pytest.raises(Exception, match="Version 3 of 'qa' is registered, and somebody else registered version 2"):
        do(step, registry, folder)

    assert "version: 3\n" in Path("p/qa.prompt.md").read_text()


def test_a_number_that_was_given_and_deleted_is_no_overtaking(prompts: Prompts, registry: MlflowClient) -> None:
    registry.register_prompt("qa", "To be deleted.")
    registry.delete_prompt_version("qa", 2)
    prompts("pull", "p")
    edit("p/qa.prompt.md", "one line", "two lines")

    pushed = prompts("push", "p")

    assert pushed.exit_code == 0
    assert "version 1 → 3" in pushed.stdout


def test_a_prompt_that_is_gone_from_the_registry_is_not_made_again_by_itself(
    prompts: Prompts, registry: MlflowClient
) -> None:
    prompts("pull", "p")
    registry.delete_prompt("qa")

    assert "gone       qa" in prompts("pull", "p").stdout
    assert prompts("push", "p").exit_code == 1
    assert registry.get_prompt("qa") is None

    assert prompts("push", "p", "--force").exit_code == 0
    assert versions(registry, "qa") == [1]


def test_a_file_whose_version_is_gone_is_a_conflict_once_it_differs(prompts: Prompts, registry: MlflowClient) -> None:
    registry.register_prompt("qa", "Second.")
    prompts("pull", "p")
    registry.register_prompt("qa", "Third.")
    registry.delete_prompt_version("qa", 2)

    pulled = prompts("pull", "p")

    assert pulled.exit_code == 1
    assert "it came from version 2, which the registry does not have; version 3 differs" in pulled.stdout
    assert "-Third.\n+Second.\n" in pulled.stdout


# -- aliases, and what has no file


def test_aliases_are_pushed_only_on_demand(prompts: Prompts, registry: MlflowClient) -> None:
    prompts("pull", "p")
    edit("p/qa.prompt.md", "  - production\n", "  - production\n  - test\n")
    edit("p/qa.prompt.md", "one line", "two lines")
    prompts("push", "p")
    assert registry.get_prompt_aliases("qa") == {"production": 1}

    pushed = prompts("push", "p", "--aliases")

    assert pushed.stdout.startswith("alias      qa             production and test → version 2\n")
    assert registry.get_prompt_aliases("qa") == {"production": 2, "test": 2}
    assert prompts("push", "p", "--aliases").stdout == "3 unchanged.\n"


def test_prompts_without_a_file_are_told_and_never_deleted_by_themselves(
    prompts: Prompts, registry: MlflowClient
) -> None:
    prompts("pull", "p")
    Path("p/qa.prompt.md").unlink()

    assert "Without a file here: qa." in prompts("push", "p").stdout
    unsure = prompts("push", "p", "--delete")
    assert (unsure.exit_code, unsure.stderr[:27]) == (2, "There is no file of qa.\nerr")
    assert prompts("push", "p", "--delete", "--dry-run").stdout.startswith("deleted    qa")
    assert registry.get_prompt("qa") is not None

    assert prompts("push", "p", "--delete", "--yes").exit_code == 0
    assert registry.get_prompt("qa") is None
    assert registry.get_prompt("chat") is not None


def test_nothing_is_deleted_while_a_file_cannot_be_read(prompts: Prompts, registry: MlflowClient) -> None:
    prompts("pull", "p")
    Path("p/qa.prompt.md").rename("p/other.prompt.md")
    edit("p/other.prompt.md", "---\n", "---\nname: qa\nnonsense: 1\n")

    answer = prompts("push", "p", "--delete", "--yes")

    assert answer.exit_code == 1
    assert "Nothing was deleted" in answer.stderr
    assert registry.get_prompt("qa") is not None


# -- what goes wrong


def test_a_file_that_cannot_be_read_does_not_keep_the_others_from_it(prompts: Prompts, registry: MlflowClient) -> None:
    prompts("pull", "p")
    Path("p/qa.prompt.md").write_text("---\n<<<<<<< HEAD\nversion: 1\n=======\nversion: 2\n>>>>>>> theirs\n---\nHi\n")
    before = Path("p/qa.prompt.md").read_text()
    edit("p/chat.prompt.md", "kind", "kinder")

    pushed, pulled = prompts("push", "p"), prompts("pull", "p")

    assert pushed.stdout.startswith("failed     qa.prompt.md   cannot be read: the front matter cannot be read: Git's")
    assert "pushed     chat" in pushed.stdout
    assert "Without a file" not in pushed.stdout
    assert (pushed.exit_code, pulled.exit_code) == (1, 1)
    assert pulled.stderr == "error: 1 failure\n"
    assert Path("p/qa.prompt.md").read_text() == before
    assert versions(registry, "qa") == [1]


def test_what_the_registry_refuses_does_not_keep_the_others_from_it(prompts: Prompts, registry: MlflowClient) -> None:
    prompts("pull", "p")
    Path("p/large.prompt.md").write_text("x" * 100_001)
    registry.create_registered_model("model")
    Path("p/model.prompt.md").write_text("Hi\n")
    edit("p/qa.prompt.md", "one line", "two lines")

    pushed = prompts("push", "p")

    assert pushed.exit_code == 1
    assert "failed     large          The template is 100001 characters long" in pushed.stdout
    assert "failed     model          'model'" in pushed.stdout
    assert "pushed     qa" in pushed.stdout
    assert "2 failures" in pushed.stderr


def test_pull_does_not_follow_a_link_out_of_its_folder(prompts: Prompts, registry: MlflowClient) -> None:
    Path("outside").mkdir()
    Path("p").mkdir()
    Path("p/team").symlink_to("../outside")

    pulled = prompts("pull", "p")

    assert pulled.exit_code == 1
    assert "failed     team/greeting  Invalid path: 'team' is a symbolic link" in pulled.stdout
    assert list(Path("outside").iterdir()) == []
    assert "new        qa" in pulled.stdout


def test_push_from_nowhere_is_wrong_use(prompts: Prompts) -> None:
    assert prompts("push", "nowhere").exit_code == 2


def test_a_conflict_on_a_terminal_can_be_read(registry: MlflowClient, prompts: Prompts) -> None:
    prompts("pull", "p")
    registry.register_prompt("qa", "Answer {{ question }}\nin ten lines.")
    edit("p/qa.prompt.md", "one line", "two lines")

    assert on_terminal("prompts", "push", "p") == (
        "conflict   qa             edited here since version 1, and the registry has version 2\n"
        "  the file, since version 1:\n"
        "  Answer {{ question }}\n- in one line.\n+ in two lines.\n  \n"
        "  the registry, since version 1:\n"
        "  Answer {{ question }}\n- in one line.\n+ in ten lines.\n  \n"
        "2 unchanged.\n"
        "error: 1 conflict\n\n"
        "hint: Merge by hand and set `version` in the file to the registry's, or push over it with --force\n"
    )


# -- a real repository


def git(*words: str) -> str:
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    done = subprocess.run(["git", "-C", "repo", *identity, *words], capture_output=True, text=True, check=True)
    return done.stdout


def test_a_git_repository_stays_clean_through_pull_push_and_pull(prompts: Prompts, registry: MlflowClient) -> None:
    Path("repo").mkdir()
    git("init", "--quiet")
    prompts("pull", "repo/prompts")
    git("add", ".")
    git("diff", "--cached", "--check")  # nothing that Git finds untidy
    git("commit", "-qm", "Prompts as they are")

    edit("repo/prompts/qa.prompt.md", "one line", "two lines")
    assert prompts("push", "repo/prompts", "-m", "Longer").exit_code == 0
    git("diff", "--check")
    assert git("diff", "--unified=0").splitlines()[4:] == [
        "@@ -2,2 +2,2 @@",
        "-version: 1",
        "-commit_message: first",
        "+version: 2",
        "+commit_message: Longer",
        "@@ -10 +10 @@ Answer {{ question }}",
        "-in one line.",
        "+in two lines.",
    ]
    git("commit", "-qam", "Longer")

    prompts("pull", "repo/prompts")
    prompts("push", "repo/prompts")
    prompts("pull", "repo/prompts")
    assert git("status", "--porcelain") == ""


def test_a_checkout_with_windows_line_ends_is_unchanged(prompts: Prompts, registry: MlflowClient) -> None:
    Path("repo").mkdir()
    git("init", "--quiet")
    prompts("pull", "repo")
    git("add", ".")
    git("commit", "-qm", "Prompts as they are")
    git("config", "core.autocrlf", "true")
    for path in Path("repo").rglob("*.prompt.md"):
        path.unlink()
    git("checkout", "--quiet", "--", ".")
    assert b"\r\n" in Path("repo/qa.prompt.md").read_bytes()

    assert prompts("push", "repo").stdout == prompts("pull", "repo").stdout == "3 unchanged.\n"
