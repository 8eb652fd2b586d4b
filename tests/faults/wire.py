"""One connection to a server, kept open, that tells an answer from no answer."""

from __future__ import annotations

import http.client
import json
from typing import Any, NamedTuple

_PATIENCE_SECONDS = 40.0  # longer than the 30 s a server waits for a locked database


class NoAnswer(Exception):
    """The connection ended before a whole answer came: what was sent may have been done, or not."""


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    body: Any

    @property
    def error_code(self) -> str | None:
        """The code of an error, None when it is none."""
        return self.body.get("error_code") if isinstance(self.body, dict) and self.status >= 400 else None


class Wire:
    """Sends requests to a server, one after the other; not shared between threads."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> Answer:
        """Send a Call; `path` as in `runs/create`.

        Raises:
            NoAnswer: the connection ended first.
        """
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        return self.send("POST", f"/api/2.0/mlflow/{path}", json.dumps(body).encode(), headers)

    def get(self, path: str) -> Answer:
        """Ask; `path` as in `runs/get?run_id=…`."""
        return self.send("GET", f"/api/2.0/mlflow/{path}")

    def send(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        """Send anything and read the whole answer, which must be JSON."""
        try:
            self._connection.request(method, path, body, headers or {})
            answer = self._connection.getresponse()
            content = answer.read()
        except TimeoutError:
            self._connection.close()
            raise AssertionError(f"{method} {path}: no answer within {_PATIENCE_SECONDS:g} s") from None
        except (OSError, http.client.BadStatusLine, http.client.IncompleteRead) as error:
            self._connection.close()
            raise NoAnswer(str(error)) from None
        return Answer(answer.status, json.loads(content))

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()
