"""The pages that are there without the web UI: a start page, and the reference of the REST API. No scripts."""

from __future__ import annotations

import inspect
from html import escape
from typing import Any

import msgspec

from mlflow.api import CALLS, Call
from mlflow.version import MLFLOW_VERSION, VERSION

_STYLE = """
:root { color-scheme: light dark; --ink: #1b2530; --quiet: #5b6b7a; --paper: #fbfcfd; --edge: #d9e0e6;
        --water: #0b6e99 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --quiet: #93a3b3; --paper: #10161c; --edge: #2b3641; --water: #58b7e0 }
}
body { background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; margin: 0 auto;
       max-width: 54rem; padding: 2.5rem 1.25rem 4rem }
h1 { font-size: 1.7rem; margin: 0 0 .25rem } h2 { font-size: 1.2rem; margin: 2.2rem 0 .5rem }
h3 { font-size: 1rem; margin: 1.6rem 0 .2rem; overflow-wrap: anywhere }
a { color: var(--water) } .quiet { color: var(--quiet) }
pre { border: 1px solid var(--edge); border-radius: 8px; overflow-x: auto; padding: .9rem 1rem }
code { font: .92em ui-monospace, monospace } p { margin: .3rem 0 .8rem }
table { border-collapse: collapse; display: block; overflow-x: auto }
td, th { border-top: 1px solid var(--edge); padding: .25rem .9rem .25rem 0; text-align: left; vertical-align: top }
""".strip()


def _page(title: str, body: str) -> bytes:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    ).encode()


def start_page(address: str, prefix: str) -> bytes:
    """Return the page at `/`: what runs here and the lines to paste."""
    code = (
        f'import mlflow\n\nmlflow.set_tracking_uri("{address}")\nmlflow.set_experiment("first steps")\n\n'
        'with mlflow.start_run():\n    mlflow.log_param("lr", 0.01)\n    for step in range(10):\n'
        '        mlflow.log_metric("loss", 1 / (step + 1), step=step)'
    )
    return _page(
        "Headrace",
        f'<h1>Headrace</h1><p class="quiet">version {escape(VERSION)}, speaks MLflow {escape(MLFLOW_VERSION)}</p>'
        "<p>The tracking server is running. Log a first run from Python:</p>"
        f"<pre><code>{escape(code)}</code></pre>"
        f'<p><a href="{escape(prefix)}/docs">REST API</a> · <a href="{escape(prefix)}/openapi.json">OpenAPI</a> · '
        f'<a href="{escape(prefix)}/metrics">metrics of this server</a></p>'
        '<p class="quiet">The web UI is on its way; until then <code>mlflow runs list</code> and '
        "<code>mlflow.search_runs()</code> show what was logged.</p>",
    )


def reference_page(prefix: str) -> bytes:
    """Return the page at `/docs`: every Call with its fields."""
    rooms: dict[str, list[type[Call[Any]]]] = {}
    for call in CALLS:
        rooms.setdefault(call.__module__.rpartition(".")[2], []).append(call)
    contents = " · ".join(f'<a href="#{room}">{room}</a>' for room in rooms)
    sections = "".join(
        f'<h2 id="{room}">{room.capitalize()}</h2>' + "".join(_entry(call) for call in calls)
        for room, calls in rooms.items()
    )
    return _page(
        "REST API of Headrace",
        f'<h1>REST API</h1><p class="quiet">Paths under <code>/api/</code> answer under <code>/ajax-api/</code> too. '
        f'Machine-readable: <a href="{escape(prefix)}/openapi.json">openapi.json</a>.</p><p>{contents}</p>{sections}',
    )


def _entry(call: type[Call[Any]]) -> str:
    doc = inspect.cleandoc(call.__doc__ or "").split("\n\n")
    rows = "".join(
        f"<tr><td><code>{escape(field.encode_name)}</code></td><td class=quiet>{escape(_type_name(field.type))}</td>"
        f"<td class=quiet>{'required' if field.required else ''}</td></tr>"
        for field in msgspec.structs.fields(call)
    )
    return (
        f"<h3><code>{' '.join(call.route.methods)} {escape(call.route.paths[0])}</code></h3>"
        + "".join(f"<p>{escape(' '.join(part.split()))}</p>" for part in doc)
        + f"<table>{rows}</table>"
    )


def _type_name(kind: Any) -> str:
    if isinstance(kind, type) and not getattr(kind, "__args__", None):
        return kind.__name__
    return str(kind).replace("mlflow.entities.", "").replace("typing.", "")
