"""Prompts: loaded by alias, registered, searched; and, without the server, loaded from memory and filled."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import uuid
from pathlib import Path

from benchmarks import prompt_content as content
from benchmarks.bench import Bench, expect
from benchmarks.load import Session, SessionFactory, call, get, post
from benchmarks.peers import FASTTRACKML
from benchmarks.workloads.base import Measure, Values, Workload
from benchmarks.workloads.reading import repeat

_LOAD_CONNECTIONS = 16
_LOADED_PROMPTS = 64
_REGISTER_CLIENTS = 8
_SEARCH_CONNECTIONS = 4
_ALIAS = "production"
_TIMING = Path(__file__).resolve().parent.parent / "prompt_timing.py"


def load(bench: Bench) -> Values:
    """16 connections asking for what an alias of 64 prompts points to, in turn: of three versions the second."""
    names = [_new_prompt(bench) for _ in range(_LOADED_PROMPTS)]
    for name in names:
        for number in range(3):
            bench.post("/model-versions/create", content.version_message(name, content.template(number)))
        bench.post("/registered-models/alias", {"name": name, "alias": _ALIAS, "version": "2"})
    requests = [get(bench.port, f"/registered-models/alias?name={name}&alias={_ALIAS}") for name in names]
    version = json.loads(call(bench.port, requests[0]))["model_version"]
    tags = {tag["key"]: tag["value"] for tag in version["tags"]}
    expect((version["name"], version["version"], version["aliases"]) == (names[0], "2", [_ALIAS]), "version 2")
    expect(tags == content.version_tags(content.template(1)), "its template")
    return {"prompt-load": bench.drive([_cycling(requests)] * _LOAD_CONNECTIONS).per_second}


def _cycling(requests: list[bytes]) -> SessionFactory:
    def session() -> Session:
        for request in itertools.cycle(requests):  # noqa: UP028 — `yield from` would send the replies to the iterator
            yield request

    return session


def register(bench: Bench) -> Values:
    """8 clients, each adding versions to a prompt of its own."""
    names = [_new_prompt(bench) for _ in range(_REGISTER_CLIENTS)]
    driven = bench.drive([_registering(bench.port, name) for name in names])
    stored = 0
    for name in names:
        latest = bench.get(f"/registered-models/alias?name={name}&alias=latest")["model_version"]
        stored += int(latest["version"])
        tags = {tag["key"]: tag["value"] for tag in latest["tags"]}
        expect(tags == content.version_tags(content.template(0)), "the template that was registered")
    expect(stored == driven.answered or bool(driven.errors), f"{driven.answered} versions stored, not {stored}")
    return {"prompt-register": driven.per_second}


def _registering(port: int, name: str) -> SessionFactory:
    return lambda: repeat(post(port, "/model-versions/create", content.version_message(name, content.template(0))))


def search(bench: Bench) -> Values:
    """4 connections: prompts whose name begins with a word and that have a tag, the first hundred by name."""
    count = bench.filled_prompts
    request = content.search_request(bench.port)
    found = json.loads(call(bench.port, request))["registered_models"]
    expect([one["name"] for one in found] == content.names_found(count), "the first hundred by name")
    return {"prompt-search": bench.drive([lambda: repeat(request)] * _SEARCH_CONNECTIONS).per_second}


def in_memory(bench: Bench) -> Values:
    """The SDK alone, in a process of its own: a prompt that was loaded before, and a text with ten variables filled."""
    name, values = _new_prompt(bench), content.values()
    template = content.template(0)
    bench.post("/model-versions/create", content.version_message(name, template))
    bench.post("/registered-models/alias", {"name": name, "alias": _ALIAS, "version": "1"})
    text = template
    for variable, value in values.items():
        text = text.replace(f"{{{{ {variable} }}}}", value)
    command = [bench.server.peer.python, str(_TIMING), f"prompts:/{name}@{_ALIAS}", json.dumps(values), text]
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "PYTHON"))}
    surroundings |= {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{bench.port}", "HEADRACE_PROMPT_COPIES": "off"}
    done = subprocess.run(command, cwd="/", env=surroundings, capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"microseconds, not {done.stderr.strip()[-200:]}")
    taken = json.loads(done.stdout.splitlines()[-1])
    return {"prompt-cached": taken["load"], "prompt-format": taken["format"]}


def _new_prompt(bench: Bench) -> str:
    name = f"bench-{uuid.uuid4().hex}"
    bench.post("/registered-models/create", content.create_message(name))
    return name


_NOBODY_ELSE = frozenset({FASTTRACKML})

WORKLOADS = (
    Workload(
        "prompt-load",
        (Measure("prompt-load", "prompt loaded by alias, 16 connections", "/s", against_mlflow=30),),
        on_server=load,
        lacking=_NOBODY_ELSE,
    ),
    Workload(
        "prompt-register",
        (Measure("prompt-register", "prompt version registered, 8 clients", "/s", against_mlflow=30),),
        on_server=register,
        lacking=_NOBODY_ELSE,
    ),
    Workload(
        "prompt-search",
        (Measure("prompt-search", "filtered search in 10,000 prompts", "/s", against_mlflow=20, digits=1),),
        on_server=search,
        lacking=_NOBODY_ELSE,
    ),
    Workload(
        "prompt-memory",
        (
            Measure("prompt-cached", "prompt loaded from memory", "µs", False, at_most=10, digits=1),
            Measure("prompt-format", "prompt of 10 variables filled", "µs", False, at_most=5, digits=1),
        ),
        on_server=in_memory,
        lacking=_NOBODY_ELSE,
    ),
)
