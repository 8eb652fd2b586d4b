"""Record how the real MLflow behaves: `python -m tests.compat.record` (about ten minutes; needs uv and network).

It starts the real servers, plays the session with every client against the newest one and the book of requests against
each, and writes `tests/compat/golden/*.json`. Run it after changing the session, the requests or the versions in
`environments.py`, read the diff, and commit it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.compat import wire
from tests.compat.environments import NEWEST, VERSIONS, client_python
from tests.compat.reference_server import reference_server
from tests.compat.transcripts import play_session, save_golden

WIRE_VERSIONS = ("3.7.0", NEWEST)


def main() -> None:
    """Record what was asked for; by default everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--wire", nargs="*", default=WIRE_VERSIONS, metavar="VERSION", help="servers for the book of requests"
    )
    parser.add_argument("--session", nargs="*", default=VERSIONS, metavar="VERSION", help="clients to play the session")
    options = parser.parse_args()
    for version in WIRE_VERSIONS:
        sessions = options.session if version == NEWEST else ()
        if version not in options.wire and not sessions:
            continue
        with tempfile.TemporaryDirectory() as folder, reference_server(version, Path(folder)) as url:
            if version in options.wire:
                _report(f"wire-{version}")
                save_golden(f"wire-{version}", wire.play(url))
            for client in sessions:
                _report(f"session-{client}")
                save_golden(f"session-{client}", play_session(client_python(client), url))


def _report(name: str) -> None:
    print(time.strftime("%H:%M:%S"), "recording", name, flush=True)


if __name__ == "__main__":
    main()
