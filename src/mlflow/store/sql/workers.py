"""Threads that answer Calls.

On SQLite there are three lanes: the one writer, one thread for quick reads, and a few for searches and histories. The
first two take what waits in one turn: threads that wake for single Calls spend their time handing the interpreter's
lock to each other. On PostgreSQL there is one pool for everything.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from mlflow.store.sql.connections import Connections
from mlflow.store.sql.jobs import Job, deliver


class Workers:
    """Threads that take jobs from one queue; started when the first job comes."""

    def __init__(self, name: str, threads: int, work: Callable[[SimpleQueue[Job | None]], None]) -> None:
        self._name = name
        self._threads = threads
        self._work = work
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._arrived: list[Job] = []
        self._started: list[threading.Thread] = []
        self._lock = threading.Lock()

    def put(self, job: Job) -> None:
        """Add a job."""
        self._queue.put(job)
        if not self._started:
            self._start()

    def put_soon(self, job: Job, loop: asyncio.AbstractEventLoop) -> None:
        """Add a job when the event loop has read what else has arrived.

        The thread would wake at the first of many requests and fight the loop for the interpreter's lock, to commit
        one Call where it could have committed all.
        """
        if not self._arrived:
            loop.call_soon(self._flush)
        self._arrived.append(job)

    def _flush(self) -> None:
        arrived, self._arrived = self._arrived, []
        for job in arrived:
            self.put(job)

    def _start(self) -> None:
        with self._lock:
            while len(self._started) < self._threads:
                name = f"headrace-{self._name}-{len(self._started)}"
                thread = threading.Thread(target=self._work, args=(self._queue,), name=name, daemon=True)
                self._started.append(thread)
                thread.start()

    def close(self) -> None:
        """Finish what is queued and end the threads."""
        for _ in self._started:
            self._queue.put(None)
        for thread in self._started:
            thread.join(timeout=10)
        self._started = []


def answer_in_groups(
    answer: Callable[[Any, deque[Job]], list[Job]], connections: Connections
) -> Callable[[SimpleQueue[Job | None]], None]:
    """Return the work of a lane's one thread: take all that waits, answer as many as fit one turn, hand them back.

    `answer` takes jobs off the left of the waiting ones and returns those that are done.
    """

    def work(queue: SimpleQueue[Job | None]) -> None:
        waiting: deque[Job] = deque()
        open_ = True
        while open_ or waiting:
            if not waiting:
                job = queue.get()
                if job is None:
                    break
                waiting.append(job)
            try:
                while True:
                    job = queue.get_nowait()
                    if job is None:
                        open_ = False
                    else:
                        waiting.append(job)
            except Empty:
                pass
            try:
                with connections.use() as connection:
                    done = answer(connection, waiting)
            except Exception as error:  # no connection: everybody who waits is told
                done = list(waiting)
                waiting.clear()
                for job in done:
                    job.error = error
            deliver(done)

    return work


def answer_one_by_one(answer: Callable[[Job], Any]) -> Callable[[SimpleQueue[Job | None]], None]:
    """Return the work of a pool's thread: take one job, answer it."""

    def work(queue: SimpleQueue[Job | None]) -> None:
        while (job := queue.get()) is not None:
            try:
                job.reply = answer(job)
            except Exception as error:
                job.error = error
            deliver((job,))

    return work
