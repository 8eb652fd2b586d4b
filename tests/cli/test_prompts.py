"""`mlflow prompts`: show, register, compare and delete prompts."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mlflow.cli import cli
from mlflow.client import MlflowClient
from mlflow.entities.prompt_version import PromptVersion
from mlflow.exceptions import RestException
from tests.cli.conftest import Mlflow
from tests.cli.test_terminal import on_terminal

CHAT = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "{{ question }}"}]


def latest(client: MlflowClient, name: str) -> PromptVersion:
    """What the newest version of a prompt says."""
    return client.get_prompt_version_by_alias(name, "latest")


def piped(text: str, *words: str) -> Result:
    """Run `mlflow prompts` with text on its standard input."""
    return CliRunner().invoke(cli, ["prompts", *words], input=text, prog_name="mlflow")


@pytest.fixture
def qa(client: MlflowClient) -> str:
    """A prompt with two versions, the first of which is in production."""
    client.register_prompt("qa", "Answer {{ question }}\nin one line.\n", "first")
    client.register_prompt("qa", "Answer {{ question }}\nin one short line.\n", "shorter", {"author": "ann"})
    client.set_prompt_alias("qa", "production", 1)
    return "qa"


# -- get and register


def test_a_text_comes_out_of_a_pipe_as_it_went_in(run: Mlflow) -> None:
    text = "  {{ a }}\r\n\n é\t--- \n\n"

    made = piped(text, "register", "qa", "--file", "-")

    assert made.stdout == "prompts:/qa/1\n"
    assert run("prompts", "get", "qa").stdout_bytes == text.encode()


def test_a_chat_comes_out_of_a_pipe_as_register_takes_it(run: Mlflow, client: MlflowClient) -> None:
    client.register_prompt("chat", CHAT)

    printed = run("prompts", "get", "chat").stdout
    again = piped(printed, "register", "chat", "--chat", "-f", "-")

    assert again.exit_code == 0
    assert json.loads(printed) == CHAT == latest(client, "chat").template


def test_a_chat_can_be_written_below_lines_with_roles(run: Mlflow, client: MlflowClient) -> None:
    piped("<!-- role: system -->\nBe kind.\n\n<!-- role: user -->\n{{ question }}\n", "register", "c", "--chat", "-f-")

    assert latest(client, "c").template == CHAT


@pytest.mark.parametrize("address", ["qa/1", "qa@production", "prompts:/qa/1", "prompts:/qa@production"])
def test_get_takes_every_form_of_address(run: Mlflow, qa: str, address: str) -> None:
    assert run("prompts", "get", address).stdout == "Answer {{ question }}\nin one line.\n"


def test_get_shows_what_is_included_and_raw_shows_what_was_written(run: Mlflow, client: MlflowClient) -> None:
    client.register_prompt("team/rules", "Be kind.")
    client.register_prompt("qa", "{{> team/rules }} Answer.")

    assert run("prompts", "get", "qa").stdout == "Be kind. Answer."
    assert run("prompts", "get", "qa", "--raw").stdout == "{{> team/rules }} Answer."
    client.delete_prompt("team/rules")
    assert run("prompts", "get", "qa").exit_code == 1
    assert run("prompts", "get", "qa", "--raw").exit_code == 0


def test_get_as_json_says_all_that_is_known(run: Mlflow, client: MlflowClient) -> None:
    client.register_prompt(
        "qa",
        "{{ a }} {{ b }}",
        "first",
        {"author": "ann"},
        {"type": "object"},
        {"temperature": 0.5},
        {"a": {"type": "integer", "default": 3}},
    )
    client.set_prompt_alias("qa", "production", 1)

    shown = json.loads(run("prompts", "get", "qa", "--json").stdout)

    assert shown.pop("creation_timestamp") > 0
    assert shown.pop("last_updated_timestamp") > 0
    assert shown == {
        "aliases": ["production"],
        "commit_message": "first",
        "declared_variables": {"a": {"type": "integer", "default": 3}},
        "description": "first",
        "includes": [],
        "is_text_prompt": True,
        "model_config": {"temperature": 0.5},
        "name": "qa",
        "raw_template": "{{ a }} {{ b }}",
        "response_format": {"type": "object"},
        "tags": {"author": "ann"},
        "template": "{{ a }} {{ b }}",
        "uri": "prompts:/qa/1",
        "user_id": None,
        "variables": ["a", "b"],
        "version": 1,
    }


def test_register_sets_message_tags_and_aliases(run: Mlflow, client: MlflowClient) -> None:
    words = ["-t", "Hi", "-m", "first", "--tag", "a=b", "--tag", "c=d=e", "--alias", "production", "--alias", "test"]

    assert run("prompts", "register", "qa", *words).exit_code == 0

    made = client.get_prompt_version_by_alias("qa", "production")
    assert (made.commit_message, made.tags) == ("first", {"a": "b", "c": "d=e"})
    assert sorted(made.aliases) == ["production", "test"]


def test_register_reads_a_prompt_file_with_all_that_stands_in_it(run: Mlflow, client: MlflowClient) -> None:
    Path("x.prompt.md").write_text("---\ntags: {a: b}\nmodel_config: {temperature: 0.5}\n---\nHi {{ name }}\n")

    run("prompts", "register", "qa", "--file", "x.prompt.md", "--tag", "c=d")

    made = latest(client, "qa")
    assert (made.template, made.tags, made.model_config) == (
        "Hi {{ name }}",
        {"a": "b", "c": "d"},
        {"temperature": 0.5},
    )


def test_register_warns_of_what_is_probably_a_mistake(run: Mlflow) -> None:
    made = run("prompts", "register", "qa", "--template", "Hi\n{{ name }")

    assert (made.exit_code, made.stdout) == (0, "prompts:/qa/1\n")
    assert made.stderr.startswith("warning: qa, line 2: '{{ name }' opens two braces")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["qa"], 2, "Give the template with --file or with --template"),
        (["qa", "-t", "x", "-f", "y"], 2, "Give the template with --file or with --template"),
        (["qa", "-t", "x", "--tag", "nonsense"], 2, "Invalid tag format: 'nonsense'"),
        (["qa", "-f", "nowhere.txt"], 1, "nowhere.txt: No such file or directory"),
        (["qa", "-f", "latin1.txt"], 1, "'latin1.txt' is no UTF-8 text"),
        (["qa", "-f", "bad.prompt.md"], 1, "bad.prompt.md: the front matter does not end"),
        (["qa", "-t", "x", "--alias", "latest"], 1, "The alias 'latest' is reserved"),
        (["bad name", "-t", "x"], 1, "Invalid prompt name 'bad name'"),
        (["qa", "--chat", "-t", "Hello"], 1, "These are no messages of a chat"),
        (["qa", "--chat", "-t", '"Hello"'], 1, "A chat is a list of messages"),
        (["qa", "--chat", "-t", "[]"], 1, "A chat prompt needs at least one message"),
        (["qa", "-t", "x" * 100_001], 1, "The template is 100001 characters long"),
    ],
)
def test_register_refuses_what_makes_no_prompt_and_registers_nothing(
    run: Mlflow, client: MlflowClient, words: list[str], status: int, said: str
) -> None:
    Path("latin1.txt").write_bytes(b"caf\xe9")
    Path("bad.prompt.md").write_text("---\nversion: 1\n")

    answer = run("prompts", "register", *words)

    assert (answer.exit_code, answer.stdout) == (status, "")
    assert answer.stderr.startswith(f"error: {said}")
    assert client.search_prompts() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["get", "nope"], "Prompt with name=nope not found"),
        (["get", "qa/9"], "Prompt (name=qa, version=9) not found"),
        (["get", "qa@nope"], "Prompt alias nope not found"),
        (["get", "qa/9", "--raw"], "Prompt (name=qa, version=9) not found"),
        (["diff", "qa", "1", "9"], "Prompt (name=qa, version=9) not found"),
        (["history", "nope"], "Prompt with name=nope not found"),
        (["alias", "list", "nope"], "Prompt with name=nope not found"),
        (["alias", "set", "qa", "latest", "1"], "The alias 'latest' is reserved"),
        (["rollback", "nope", "production"], "Prompt with name=nope not found"),
        (["delete", "nope", "--yes"], "Prompt with name=nope not found"),
        (["list", "--search", "..."], "The query has no word in it"),
        (["list", "--filter", "name ~ 3"], "Invalid filter"),
        (["push", "."], "1 failure"),
    ],
)
def test_what_is_not_there_is_said(run: Mlflow, qa: str, words: list[str], said: str) -> None:
    Path("half.prompt.md").write_text("---\n")

    answer = run("prompts", *words)

    assert answer.exit_code == 1
    assert answer.stderr.startswith(f"error: {said}")


def test_a_prompt_that_is_not_found_leads_to_the_list(run: Mlflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///here.db")

    assert run("prompts", "get", "nope").stderr.endswith(
        "\nhint: `mlflow prompts list --all` lists the prompts at sqlite:///here.db\n"
    )


# -- list


@pytest.fixture
def shelf(client: MlflowClient) -> None:
    """Prompts in folders."""
    for name in ("qa", "team/intro", "team/support/greeting", "team/support/parting"):
        client.register_prompt(name, f"This is {name}", tags={"task": name[-1]})
    client.register_prompt("qa", "Something new")
    client.set_prompt_alias("qa", "production", 1)


def test_list_shows_a_folder_like_a_folder(run: Mlflow, shelf: None) -> None:
    assert run("prompts", "list").stdout == (
        "Name    Latest     Aliases     \n"
        "------  ---------  ------------\n"
        "team/   3 prompts              \n"
        "qa      2          production=1\n"
    )
    assert [line.split()[0] for line in run("prompts", "list", "team").stdout.splitlines()[2:]] == [
        "team/support/",
        "team/intro",
    ]


def test_list_all_names_every_prompt_once(run: Mlflow, shelf: None) -> None:
    lines = run("prompts", "list", "--all").stdout.splitlines()[2:]

    assert sorted(line.split()[0] for line in lines) == [
        *("qa", "team/intro", "team/support/greeting", "team/support/parting")
    ]


def test_list_as_json_has_folders_and_prompts(run: Mlflow, shelf: None) -> None:
    folder, prompt = json.loads(run("prompts", "list", "--json").stdout)

    assert folder == {"folder": "team", "prompts": 3}
    assert prompt.pop("last_updated_timestamp") > 0
    assert prompt == {
        "name": "qa",
        "latest_version": 2,
        "aliases": {"production": 1},
        "description": None,
        "tags": {"task": "a"},
    }


def test_list_filters(run: Mlflow, shelf: None) -> None:
    def found(*words: str) -> list[str]:
        return [one["name"] for one in json.loads(run("prompts", "list", *words, "--json").stdout)]

    assert found("--filter", "name LIKE 'team/%'") == ["team/intro", "team/support/greeting", "team/support/parting"]
    assert found("--filter", "task = 'g'") == ["team/support/greeting", "team/support/parting"]
    assert found("team/support", "--filter", "name LIKE '%g%'") == ["team/support/greeting", "team/support/parting"]


def test_list_searches_words_in_the_newest_versions_or_in_all(run: Mlflow, shelf: None) -> None:
    def found(*words: str) -> list[tuple[str, int]]:
        printed = json.loads(run("prompts", "list", *words, "--json").stdout)
        return sorted((one["name"], one["version"]) for one in printed)

    assert found("--search", "greeting THIS") == [("team/support/greeting", 1)]
    assert found("--search", "qa") == []
    assert found("--search", "qa", "--all") == [("qa", 1)]
    assert found("team/support", "--search", "this") == [("team/support/greeting", 1), ("team/support/parting", 1)]


def test_a_filter_and_words_do_not_go_together(run: Mlflow) -> None:
    assert run("prompts", "list", "--filter", "name = 'x'", "--search", "x").exit_code == 2


def test_a_server_of_mlflow_s_lists_prompts_without_folders_and_says_what_it_cannot_do(
    run: Mlflow, shelf: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MlflowClient, "list_prompt_folder", not_offered)
    monkeypatch.setattr(MlflowClient, "search_prompt_text", not_offered)
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", os.environ["MLFLOW_TRACKING_URI"])

    assert [line.split()[0] for line in run("prompts", "list", "team/support").stdout.splitlines()[2:]] == [
        "team/support/greeting",
        "team/support/parting",
    ]
    assert run("prompts", "list", "--search", "x").stderr.startswith(
        "error: Only a Headrace server can do this; there is none at sqlite:///"
    )


def not_offered(*_: object, **__: object) -> None:
    path = "http://elsewhere/api/3.0/headrace/prompts"
    raise RestException({"error_code": "ENDPOINT_NOT_FOUND", "message": f"GET {path} answered with status 404"})


# -- versions and aliases


def test_diff_in_a_pipe_is_a_patch(run: Mlflow, qa: str) -> None:
    assert run("prompts", "diff", "qa", "production", "latest").stdout == (
        "--- prompts:/qa/1 template\n"
        "+++ prompts:/qa/2 template\n"
        "@@ -1,3 +1,3 @@\n"
        " Answer {{ question }}\n"
        "-in one line.\n"
        "+in one short line.\n"
        " \n"
    )


def test_diff_shows_settings_too(run: Mlflow, client: MlflowClient) -> None:
    client.register_prompt("qa", "Hi", model_config={"temperature": 0.5})
    client.register_prompt("qa", "Hi", model_config={"temperature": 0.7})

    assert run("prompts", "diff", "qa", "1").stdout == (
        "--- prompts:/qa/1 settings\n"
        "+++ prompts:/qa/2 settings\n"
        "@@ -1,3 +1,3 @@\n"
        " model_config:\n"
        "-  temperature: 0.5\n"
        "+  temperature: 0.7\n"
        " \n"
    )


def test_diff_as_json_marks_the_changed_words(run: Mlflow, qa: str) -> None:
    shown = json.loads(run("prompts", "diff", "qa", "1", "2", "--json").stdout)

    assert (shown["name"], shown["from"], shown["to"]) == ("qa", 1, 2)
    [message] = shown["template"]["messages"]
    [added] = [line for line in message["lines"] if line["kind"] == "added"]
    assert [span["text"] for span in added["spans"] if span.get("changed")] == ["short "]


def test_diff_says_when_there_is_no_difference(run: Mlflow, qa: str) -> None:
    same = run("prompts", "diff", "qa", "1", "production")

    assert (same.exit_code, same.stdout) == (0, "")
    assert same.stderr == "Versions 1 and 1 of qa say the same.\n"


def test_an_alias_is_set_moved_listed_rolled_back_and_removed(run: Mlflow, qa: str) -> None:
    assert run("prompts", "alias", "set", "qa", "test", "1").stdout == "test points to version 1 of qa.\n"
    assert (
        run("prompts", "alias", "set", "qa", "test", "latest").stdout == "test points to version 2 of qa (before: 1).\n"
    )
    assert json.loads(run("prompts", "alias", "list", "qa", "--json").stdout) == {"production": 1, "test": 2}
    assert run("prompts", "rollback", "qa", "test").stdout == "test points to version 1 of qa again (before: 2).\n"
    assert run("prompts", "alias", "delete", "qa", "test").stdout == "test of qa is removed (before: version 1).\n"
    assert run("prompts", "alias", "delete", "qa", "test").stdout == "qa has no alias test; nothing to remove.\n"
    moves = json.loads(run("prompts", "history", "qa", "test", "--json").stdout)
    assert [(move.get("from_version"), move.get("to_version"), move["rolled_back"]) for move in moves] == [
        ("1", None, False),
        ("2", "1", True),
        ("1", "2", False),
        (None, "1", False),
    ]


def test_history_lists_versions_newest_first(run: Mlflow, qa: str) -> None:
    lines = run("prompts", "history", "qa").stdout.splitlines()

    assert [line.split()[0] for line in lines[2:]] == ["2", "1"]
    assert "production" in lines[3]
    assert [one["version"] for one in json.loads(run("prompts", "history", "qa", "--json").stdout)] == [2, 1]
    assert len(json.loads(run("prompts", "history", "qa", "--max-results", "1", "--json").stdout)) == 1


# -- delete


def test_nothing_is_deleted_without_an_answer(run: Mlflow, client: MlflowClient, qa: str) -> None:
    answer = run("prompts", "delete", "qa")

    assert answer.exit_code == 2
    assert "Add --yes" in answer.stderr
    assert client.get_prompt("qa") is not None


def test_what_goes_with_a_prompt_is_said_before_it_is_deleted(run: Mlflow, client: MlflowClient, qa: str) -> None:
    used = client.create_run("0").info.run_id
    client.link_prompt_version_to_run(used, "prompts:/qa/2")

    assert run("prompts", "delete", "qa").stderr.startswith(
        "With qa go:\n  versions  2\n  aliases   production\n  used by   1 run\n"
    )
    assert run("prompts", "delete", "qa", "--version", "production").stderr.startswith(
        "With version 1 of qa go:\n  aliases   production\n  used by   0 runs\n"
    )


def test_delete_removes_a_version_or_all(run: Mlflow, client: MlflowClient, qa: str) -> None:
    assert run("prompts", "delete", "qa", "--version", "1", "--yes").stdout == "Deleted version 1 of qa.\n"
    assert [version.version for version in client.search_prompt_versions("qa")] == [2]
    assert run("prompts", "delete", "qa", "--yes").stdout == "Deleted qa.\n"
    assert client.get_prompt("qa") is None


def test_delete_says_when_the_last_version_takes_the_prompt_with_it(run: Mlflow, client: MlflowClient) -> None:
    client.register_prompt("qa", "Hi")

    deleted = run("prompts", "delete", "qa", "--version", "1", "--yes")

    assert deleted.stdout == "Deleted version 1 of qa, its last one, and so qa.\n"


# -- a terminal


def test_a_terminal_shows_what_goes_with_a_prompt_above_it(client: MlflowClient, qa: str) -> None:
    shown = on_terminal("prompts", "get", "qa@production").splitlines()

    assert shown[0] == "prompts:/qa/1 (production)"
    assert shown[1].split() == ["message", "first"]
    assert shown[-3:] == ["Answer {{ question }}", "in one line.", ""]


def test_a_terminal_shows_folders_as_a_tree(client: MlflowClient, shelf: None) -> None:
    assert on_terminal("prompts", "list", "--all") == (
        "team/         3 prompts\n"
        "  support/    2 prompts\n"
        "    greeting  version 1\n"
        "    parting   version 1\n"
        "  intro       version 1\n"
        "qa            version 2    production=1\n"
    )


def test_a_template_cannot_play_tricks_on_the_terminal(client: MlflowClient) -> None:
    client.register_prompt("qa", "a\x1b]0;title\x07\n")
    client.register_prompt("qa", "b\x1b]0;title\x07\n")
    client.register_prompt("qa", "a\x1b]0;title\x07\nsomething else\x1b]0;title\x07\n")

    for words in (["get", "qa"], ["diff", "qa", "1", "2"], ["diff", "qa", "1", "3"], ["list", "--search", "title"]):
        shown = on_terminal("prompts", *words)
        assert "\ufffd]0;title\ufffd" in shown
        assert not {"\x1b", "\x07"} & set(shown)


def test_a_terminal_shows_what_changed_without_the_rest(client: MlflowClient) -> None:
    lines = [f"line {number}" for number in range(30)]
    client.register_prompt("qa", "\n".join(lines))
    client.register_prompt("qa", "\n".join([*lines[:15], "something else", *lines[16:]]))

    assert on_terminal("prompts", "diff", "qa", "1").splitlines() == [
        "template, version 1 → 2",
        *(
            "  line 12",
            "  line 13",
            "  line 14",
            "- line 15",
            "+ something else",
            "  line 16",
            "  line 17",
            "  line 18",
        ),
        "  …",
    ]
