"""What the pages say is what the program does: examples run, lists that could drift are compared."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from mlflow import environment_variables
from mlflow.cli.server import server
from mlflow.exceptions import MlflowException
from mlflow.search.fields import EXPERIMENTS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS, Resource
from mlflow.search.parse import parse_filter
from mlflow.store.rest import RestStore
from tests.server.listening import make_prompt, move_alias
from tests.servers import headrace_server

REPOSITORY = Path(__file__).parents[1]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
FILTERS = (REPOSITORY / "docs/filters.md").read_text()
SERVER = (REPOSITORY / "docs/server.md").read_text()
CLIENT = (REPOSITORY / "docs/client.md").read_text()
WEBHOOKS = (REPOSITORY / "docs/webhooks.md").read_text()
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def first_cells(page: str) -> list[str]:
    """The first cell of every row of every table."""
    return [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("|")]


# -- the README's code

# Runs the blocks one after the other in one namespace; of each it tells what was printed, or the error.
RUN_BLOCKS = """
import contextlib, io, json, sys

shared, told = {}, []
for block in json.load(sys.stdin):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(block, shared)
        except Exception as error:
            print(f"{type(error).__module__}.{type(error).__qualname__}: {error}")
    told.append(printed.getvalue())
json.dump(told, sys.stdout)
"""


def test_the_readmes_lines_print_what_it_shows(tmp_path: Path) -> None:
    readme = (REPOSITORY / "README.md").read_text()
    code = blocks(readme, "python")
    shown = blocks(readme, "text")
    assert len(code) == len(shown) == 4
    env = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    env["HEADRACE_PROMPT_COPIES"] = "off"

    with headrace_server(f"sqlite:///{tmp_path}/runs.db", tmp_path / "artifacts") as url:
        done = subprocess.run(
            [sys.executable, "-c", RUN_BLOCKS],
            input=json.dumps([block.replace("http://127.0.0.1:5000", url) for block in code]),
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )

    for printed, expected in zip(json.loads(done.stdout), shown, strict=True):
        assert printed.endswith(expected)


def test_the_make_targets_that_the_pages_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    named = {target for page in PAGES for target in re.findall(r"(?:`|\$ )make ([a-z]+)", page.read_text())}

    assert {"serve", "test", "check", "bench"} <= named <= targets


# -- pages and what they point to


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_to_files_that_exist(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    local = [link for link in links if not link.startswith(("http:", "https:", "mailto:"))]

    # `make bench` makes the tables; a checkout in which it never ran has none.
    missing = [link for link in local if not (page.parent / link).exists() and not link.endswith("/RESULTS.md")]
    assert missing == []


def test_every_decision_is_in_the_list_of_decisions() -> None:
    folder = REPOSITORY / "docs/decisions"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())

    assert listed == sorted(path.name for path in folder.glob("0*.md"))
    for name in listed:
        text = (folder / name).read_text()
        assert text.startswith(f"# {name[:4]}: ")
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequence"]


def test_architecture_says_what_each_dependency_is_for() -> None:
    page = (REPOSITORY / "docs/architecture.md").read_text()
    required = sorted({package_of(line) for line in PROJECT["dependencies"]})
    extras = sorted({package_of(line) for line in PROJECT["optional-dependencies"]["extras"]})
    tables = page.split("| package | what it is for |\n|---|---|\n")[1:]

    listed = [first_cells(table) for table in tables]
    assert listed == [required, extras]


def package_of(requirement: str) -> str:
    found = re.match(r"[\w-]+", requirement)
    assert found is not None
    return found[0]


# -- the filter language


def filters(page: str) -> list[str]:
    return [line for block in blocks(page, "sql") for line in block.splitlines() if line]


SECTIONS = {
    RUNS: "## What may be asked of runs",
    EXPERIMENTS: "## What may be asked of experiments",
    REGISTERED_MODELS: "## What may be asked of registered models",
    MODEL_VERSIONS: "## What may be asked of model versions",
}


def section(heading: str) -> str:
    return FILTERS.partition(heading)[2].partition("\n## ")[0]


OTHERS = {resource: filters(section(heading)) for resource, heading in SECTIONS.items() if resource is not RUNS}
# What stands elsewhere on the page is about runs.
EXAMPLES = OTHERS | {RUNS: [line for line in filters(FILTERS) if not any(line in lines for lines in OTHERS.values())]}


@pytest.mark.parametrize(("text", "resource"), [(text, kind) for kind, lines in EXAMPLES.items() for text in lines])
def test_every_filter_on_the_page_can_be_read(text: str, resource: Resource) -> None:
    assert parse_filter(text, resource) is not None


def test_the_page_has_filters_on_all_of_them() -> None:
    assert len(EXAMPLES[RUNS]) >= 6
    assert all(len(lines) >= 2 for lines in EXAMPLES.values())


@pytest.mark.parametrize(("resource", "heading"), SECTIONS.items(), ids=lambda one: getattr(one, "name", ""))
def test_every_field_and_each_of_its_operators_is_on_the_page(resource: Resource, heading: str) -> None:
    rows = [line.split("|") for line in section(heading).splitlines() if line.startswith("| `")]
    text_operators = {"=", "!=", "LIKE", "ILIKE", "RLIKE", "IN", "NOT IN"}

    for entity in resource.entities:
        prefix = "" if entity is resource.entities[0] else f"{entity.prefixes[0]}."
        for field in (*entity.fields, *((entity.any_key,) if entity.any_key else ())):
            name = f"`{prefix}{field.name or 'KEY'}`"
            [row] = [row for row in rows if name in row[1]]
            said = set(re.findall(r"`([^`]+)`", row[3]))
            said |= text_operators if "text operators" in row[3] else set()
            said |= {"IS NULL", "IS NOT NULL"} if "IS [NOT] NULL" in said else set()
            said |= {"IN", "NOT IN"} if "[NOT] IN" in said else set()
            assert {word for word in said if "[" not in word} == set(field.operators), name


def test_the_error_on_the_page_is_the_error_that_comes() -> None:
    [shown] = blocks(FILTERS, "text")
    text = shown.splitlines()[1].strip()

    with pytest.raises(MlflowException) as caught:
        parse_filter(text, RUNS)

    assert caught.value.message == shown.rstrip("\n")


# -- options and variables


def test_every_option_of_the_server_is_on_its_page_with_its_variable() -> None:
    rows = {line for line in SERVER.splitlines() if line.startswith("| `--")}
    options = [option for option in server.params if isinstance(option, click.Option) and not is_elsewhere(option)]

    for option in options:
        if option.name in ("help", "expose_prometheus"):
            continue
        [row] = [row for row in rows if f"| `{option.opts[0]}`" in row]
        assert option.envvar is None or f"`{option.envvar}`" in row
    assert len(rows) == len([option for option in options if option.name not in ("help", "expose_prometheus")])


def is_elsewhere(option: click.Option) -> bool:
    """Whether it is there only to be refused or noted."""
    return bool(re.match(r"Not supported|No effect|Must be the backend store", option.help or ""))


def test_every_variable_that_is_read_is_on_a_page() -> None:
    known = {name for name in vars(environment_variables) if name.startswith(("MLFLOW_", "HEADRACE_"))}
    written = set(re.findall(r"`((?:MLFLOW|HEADRACE)_[A-Z_]+)`", SERVER + CLIENT + WEBHOOKS))

    assert known <= written
    server_only = {str(option.envvar) for option in server.params if option.envvar}
    assert written <= known | server_only


@pytest.mark.parametrize("row", [line for line in (CLIENT + WEBHOOKS).splitlines() if line.startswith("| `MLFLOW_")])
def test_defaults_on_the_pages_are_the_defaults(row: str) -> None:
    _, names, default, *_ = (cell.strip() for cell in row.split("|"))
    settings = [getattr(environment_variables, name) for name in re.findall(r"MLFLOW_[A-Z_]+", names)]
    values = [setting.default for setting in settings]
    if None in values:  # the default is made elsewhere, from other settings
        return

    values = [",".join(value) if isinstance(value, tuple) else value for value in values]
    shown = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    assert default == ", ".join(shown)


# -- events


def test_the_stream_on_the_page_is_the_stream_that_comes(tmp_path: Path) -> None:
    section = SERVER.partition("## Hearing of changes")[2].partition("\n## ")[0]
    [shown] = blocks(section, "console")
    command, _, expected = shown.removeprefix("$ ").partition("\n")
    ends_with = expected.rstrip().splitlines()[-1][-40:]

    with headrace_server(f"sqlite:///{tmp_path}/runs.db", tmp_path / "artifacts") as url:
        store = RestStore(url)
        make_prompt(store, "greeting")
        words = shlex.split(command.replace("http://127.0.0.1:5000", url))
        with subprocess.Popen([*words, "--silent"], stdout=subprocess.PIPE, text=True) as curl:
            assert curl.stdout is not None
            printed = [curl.stdout.readline() for _ in range(4)]  # it listens now
            move_alias(store, "greeting", 2)
            while not printed[-1].rstrip().endswith(ends_with):
                printed.append(curl.stdout.readline())
            curl.terminate()
        store.close()

    assert re.sub(r'"timestamp":\d+', '"timestamp":1769860800000', "".join(printed)) == expected


# -- what a release needs


def test_the_changelog_has_a_part_for_this_version() -> None:
    from mlflow.version import VERSION

    changelog = (REPOSITORY / "CHANGELOG.md").read_text()
    heads = re.findall(r"^## (.*)$", changelog, re.MULTILINE)

    assert any(VERSION in head for head in heads[:2])
