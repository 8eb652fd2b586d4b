"""How events are heard: by asking a database again and again, or over a connection to a server that stays open."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import msgspec

from mlflow.api.events import PAGE_LIMIT, ListEvents
from mlflow.entities.event import Event
from mlflow.exceptions import MlflowException
from mlflow.logging_utils import get_logger
from mlflow.store.base import Store

if TYPE_CHECKING:
    import urllib3

    from mlflow.store.rest import RestStore

ASK_SECONDS = 0.2
STREAM_PATH = "/api/3.0/headrace/events"
STREAM_SILENCE_SECONDS = 40.0
"""A server gives a sign of life every 15 s; a connection that is silent for so long is dead."""

NOT_OFFERED_SECONDS = 300.0
_SHORTEST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 10.0
_JOIN_SECONDS = 2.0
_BLOCK_LIMIT = 4 * 1024 * 1024

_log = get_logger(__name__)


class NotOffered(Exception):
    """The server has no stream of events."""


class Listening(ABC):
    """One thread that listens to one store; begins anew after every failure, from where it was."""

    patience_seconds: float
    """How long the other side may be silent until it cannot be relied on any more."""

    def __init__(
        self, store: Store, entities: list[str], on_event: Callable[[Event], None], on_missed: Callable[[], None]
    ) -> None:
        self.connected = False
        self.last_heard = 0.0
        self.since = 0.0
        """From this moment on (monotonic seconds) nothing was missed."""
        self._store = store
        self._entities = entities
        self._on_event, self._on_missed = on_event, on_missed
        self._place: int | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mlflow-events", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self.connected = False
        self._hang_up()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_SECONDS)

    @abstractmethod
    def _listen(self) -> None:
        """Tell events until the connection ends."""

    def _hang_up(self) -> None:  # noqa: B027
        """Wake the thread where it waits for the other side."""

    @property
    def _ended(self) -> bool:
        return self._stopped.is_set() or self._store.closed

    def _run(self) -> None:
        failures = 0
        while not self._ended:
            heard = self.last_heard
            try:
                self._listen()
            except NotOffered as error:
                _log.debug("Changes cannot be heard: %s", error)
                self._stopped.wait(NOT_OFFERED_SECONDS)
            except Exception as error:
                if not self._ended:
                    _log.debug("Changes are not heard for the moment: %s", error)
            self.connected = False
            failures = 0 if self.last_heard > heard else failures + 1
            # Not all at once: a server that was restarted has all its clients coming back.
            pause = min(_SHORTEST_PAUSE_SECONDS * 2**failures, _LONGEST_PAUSE_SECONDS) * random.uniform(0.5, 1)
            self._stopped.wait(pause)
        self.connected = False

    def _hears_from(self, place: int) -> None:
        """Say that from a place on everything is heard; in the very beginning what came before it was missed."""
        if self._place is None:
            self._miss(place)
        else:
            self._place = place
        self.connected = not self._stopped.is_set()

    def _tell(self, event: Event) -> None:
        if not self._stopped.is_set():
            self._call(self._on_event, event)
            self._place = event.id

    def _miss(self, place: int) -> None:
        # Set before the callback, which reads anew: what it reads is newer than this moment.
        self.since = time.monotonic()
        self._place = place
        if not self._stopped.is_set():
            self._call(self._on_missed)

    def _call(self, what: Callable[..., None], *arguments: object) -> None:
        try:
            what(*arguments)
        except Exception as error:
            _log.warning("A change of the registry could not be followed up: %s", error, exc_info=error)


class Polling(Listening):
    """Asks a store in this process."""

    patience_seconds = 5.0

    def _listen(self) -> None:
        if self._place is None:
            self._hears_from(self._ask(None).last_id)
        while not self._ended:
            self._catch_up()
            self._hears_from(cast("int", self._place))
            self._stopped.wait(ASK_SECONDS)

    def _catch_up(self) -> None:
        more = True
        while more and not self._ended:
            page = self._ask(self._place)
            if page.missed:
                self._miss(page.last_id)
            for event in page.events:
                self._tell(event)
            self._place = page.last_id
            more = bool(page.events)

    def _ask(self, place: int | None) -> Any:
        call = ListEvents(after=place, entities=self._entities, max_results=PAGE_LIMIT)
        page = self._store.call(call)
        self.last_heard = time.monotonic()
        return page


class Streaming(Listening):
    """Reads a server's stream of events."""

    patience_seconds = STREAM_SILENCE_SECONDS
    _answer: urllib3.BaseHTTPResponse | None = None

    def _listen(self) -> None:
        headers = {"Accept": "text/event-stream"}
        if self._place is not None:
            headers["Last-Event-ID"] = str(self._place)
        answer = self._answer = cast("RestStore", self._store).http.request(
            "GET",
            STREAM_PATH,
            query={"entities": self._entities},
            headers=headers,
            stream=True,
            timeout_seconds=STREAM_SILENCE_SECONDS,
            tries=1,
        )
        try:
            _check(answer)
            received = b""
            while not self._ended and (data := answer.read1(65536)):
                self.last_heard = time.monotonic()
                *blocks, received = (received + data).split(b"\n\n")
                for block in blocks:
                    self._understand(block)
                if len(received) > _BLOCK_LIMIT:
                    raise MlflowException("an event has no end")
        finally:
            answer.close()

    def _understand(self, block: bytes) -> None:
        fields = dict(line.partition(b": ")[::2] for line in block.split(b"\n"))
        if fields.get(b"event") == b"missed":
            self._miss(int(fields[b"id"]))
            self._hears_from(int(fields[b"id"]))
        elif b"data" in fields:
            self._tell(msgspec.json.decode(fields[b"data"], type=Event))
        elif b"id" in fields:
            self._hears_from(int(fields[b"id"]))

    def _hang_up(self) -> None:
        answer = self._answer
        if answer is not None:
            with contextlib.suppress(Exception):  # it has ended by itself
                answer.shutdown()


def _check(answer: urllib3.BaseHTTPResponse) -> None:
    """Refuse what is no stream.

    Raises:
        NotOffered: the server does not know the path, or answers it with a page.
        MlflowException: it does not answer now, or not to us.
    """
    if answer.status == 200 and answer.headers.get("Content-Type", "").startswith("text/event-stream"):
        return
    if answer.status in (200, 404, 405, 501):
        raise NotOffered(f"the server answers {STREAM_PATH} with status {answer.status}, and no stream")
    raise MlflowException(f"the server answered with status {answer.status}")
