"""Record how the real MLflow behaves: `python -m tests.compat.record` (about five minutes; needs uv and network).

It starts the newest real server, sends it the book of requests, plays the session with every client, and writes
`tests/compat/golden/*.json`. Run it after changing the session, the requests or the versions in `environments.py`, read
the diff, and commit it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.compat import webhook_differences, wire
from tests.compat.environments import NEWEST, VERSIONS, client_python
from tests.compat.reference_server import reference_server
from tests.compat.transcripts import play_session, save_golden


def main() -> None:
    """Record what was asked for; by default everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = ["wire", "webhooks", *VERSIONS]
    parser.add_argument("what", nargs="*", default=names, help="the requests, or a client's session")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        reference_server(NEWEST, Path(folder), webhook_differences.NEAR) as url,
    ):
        if "wire" in options.what:
            _report(f"wire-{NEWEST}")
            save_golden(f"wire-{NEWEST}", wire.play(url))
        for version in webhook_differences.VERSIONS:
            if "webhooks" in options.what:
                _report(f"webhooks-{version}")
                transcript = play_session(client_python(version), url, webhook_differences.CHAPTER)
                save_golden(f"webhooks-{version}", transcript)
        for version in VERSIONS:
            if version in options.what:
                _report(f"session-{version}")
                save_golden(f"session-{version}", play_session(client_python(version), url))


def _report(name: str) -> None:
    print(time.strftime("%H:%M:%S"), "recording", name, flush=True)


if __name__ == "__main__":
    main()
