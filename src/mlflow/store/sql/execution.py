"""Running Calls in transactions: one alone, or many that share one commit."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from mlflow.api import Call
from mlflow.entities.base import encoder
from mlflow.exceptions import InvalidParameter, MlflowException
from mlflow.store.sql.answers import ANSWERS, TOGETHER
from mlflow.store.sql.answers.events import write_events
from mlflow.store.sql.answers.replies import keep_reply, kept_reply
from mlflow.store.sql.connections import Connections
from mlflow.store.sql.dialects import Database
from mlflow.store.sql.jobs import Job
from mlflow.store.sql.run_texts import RunTexts
from mlflow.store.sql.transaction import Shared, Transaction

_GROUP_SECONDS = 0.02  # a commit is not held back longer than this, however many Calls wait
_READING_SECONDS = 0.002
_ATTEMPTS = 4
_TOGETHER_LIMIT = 256


class Execution:
    """Runs answers on a connection. Shared between threads; the connection is the caller's."""

    def __init__(self, database: Database, artifact_root: str) -> None:
        self.database = database
        # Only the one writer can raise a run's version with every write.
        self._shared = Shared(artifact_root, RunTexts() if database.one_writer else None)

    def on_deliveries(self, wake: Callable[[], None]) -> None:
        """Have `wake` called whenever there is something to be told to webhooks."""
        self._shared.wake_deliveries = wake

    def read(self, connections: Connections, call: Call[Any], wire: bool = False) -> Any:
        """Answer a reading Call from one snapshot; tried again when the connection turns out to be cut."""
        for left in reversed(range(_ATTEMPTS)):
            with connections.use() as connection:
                try:
                    return self._read(connection, call, wire)
                except Exception as error:
                    if not left or self.database.is_usable(connection):
                        raise self.database.translate(error) from None
            connections.close()  # what cut one has mostly cut those that are idle too: a restart of the database
        raise AssertionError("unreachable")

    def _read(self, connection: Any, call: Call[Any], wire: bool) -> Any:
        cursor = connection.cursor()
        cursor.execute(self.database.begin_read)
        try:
            return self._answer(Transaction(cursor, self.database, self._shared, wire=wire), call, None)
        finally:
            cursor.execute("COMMIT")

    def read_group(self, connection: Any, waiting: deque[Job]) -> list[Job]:
        """Answer waiting reading Calls from one snapshot until the turn is over, and return those that are done."""
        cursor = connection.cursor()
        done: list[Job] = []
        until = time.monotonic() + _READING_SECONDS
        cursor.execute(self.database.begin_read)
        try:
            while waiting:
                job = waiting.popleft()
                done.append(job)
                try:
                    transaction = Transaction(cursor, self.database, self._shared, wire=job.wire)
                    job.reply = self._answer(transaction, job.call, None)
                except Exception as error:
                    job.error = self.database.translate(error)
                if time.monotonic() > until:
                    break
        finally:
            cursor.execute("COMMIT")
        return done

    def write(self, connections: Connections, call: Call[Any], key: str | None) -> Any:
        """Answer a writing Call in a transaction of its own; tried again when it lost a race or its connection."""
        for left in reversed(range(_ATTEMPTS)):
            with connections.use() as connection:
                cursor = connection.cursor()
                committing = usable = False
                try:
                    cursor.execute(self.database.begin_write)
                    transaction = Transaction(cursor, self.database, self._shared)
                    reply = self._answer(transaction, call, key)
                    committing = True
                    cursor.execute("COMMIT")
                except Exception as error:
                    usable = self._roll_back(connection, cursor)
                    # Cut while committing: it may be done. Only what may be done twice is done again.
                    may_be_done = committing and not usable and call.once and key is None
                    if not left or may_be_done or (usable and not self._lost_a_race(error, key, left)):
                        raise self.database.translate(error) from error
                else:
                    learned = _Learned(self._shared)
                    learned.take(transaction)
                    learned.share()
                    return reply
            if not usable:
                connections.close()  # as in `read`
            time.sleep(0.01 * (_ATTEMPTS - left))
        raise AssertionError("unreachable")

    def _lost_a_race(self, error: Exception, key: str | None, left: int) -> bool:
        """Tell whether the next try may find things otherwise."""
        if isinstance(error, MlflowException):
            # The same Call with the same key, a moment earlier, may be why it is refused: its reply is kept by now.
            return key is not None and left == _ATTEMPTS - 1
        return self.database.may_retry(error)

    def write_group(self, connection: Any, waiting: deque[Job]) -> list[Job]:
        """Run waiting Calls, commit once, and return those that are done.

        A Call that fails takes back only what is its own. When the commit fails, nothing of the group is stored and
        all of it fails.
        """
        try:
            return self._write_group(connection, waiting, self._run_in_the_open)
        except _HalfDone:
            return self._write_group(connection, waiting, self._run_in_savepoint)

    def _write_group(
        self, connection: Any, waiting: deque[Job], run: Callable[[Any, Job, _Learned], None]
    ) -> list[Job]:
        cursor = connection.cursor()
        done: list[Job] = []
        learned = _Learned(self._shared)
        until = time.monotonic() + _GROUP_SECONDS
        try:
            cursor.execute(self.database.begin_write)
            while waiting:
                jobs = _alike(waiting)
                done += jobs
                if len(jobs) == 1 or not self._run_together(cursor, jobs, learned):
                    for job in jobs:
                        run(cursor, job, learned)
                        # Gone when the database gave it all up (disk full): a savepoint would now begin another.
                        if not connection.in_transaction:
                            raise job.error or RuntimeError("the transaction ended early")
                if time.monotonic() > until:
                    break
            cursor.execute("COMMIT")
        except _HalfDone:
            cursor.execute("ROLLBACK")
            for job in done:
                job.error = job.reply = None
            waiting.extendleft(reversed(done))
            raise
        except Exception as error:
            self._roll_back(connection, cursor)
            failure = self.database.translate(error)
            for job in done:
                job.error = job.error or failure
        else:
            learned.share()
        return done

    def _run_together(self, cursor: Any, jobs: list[Job], learned: _Learned) -> bool:
        """Run Calls of one kind as one; False: it did not work out, nothing is done, and each must be run alone."""
        transaction = Transaction(cursor, self.database, self._shared)
        transaction.new_keys.update(learned.keys)
        cursor.execute("SAVEPOINT calls")
        try:
            failed = TOGETHER[type(jobs[0].call)](transaction, [job.call for job in jobs])
            cursor.execute("RELEASE calls")
        except Exception:
            if not cursor.connection.in_transaction:  # the database gave it all up (disk full)
                raise
            cursor.execute("ROLLBACK TO calls")
            cursor.execute("RELEASE calls")
            return False
        learned.take(transaction)
        for job, error in zip(jobs, failed, strict=True):
            job.error = error
        return True

    def _run_in_the_open(self, cursor: Any, job: Job, learned: _Learned) -> None:
        """Run a Call without a savepoint: most Calls succeed, and most that are refused have written nothing yet.

        Raises:
            _HalfDone: it failed after it had written something, and nothing marks where that began.
        """
        transaction = Transaction(cursor, self.database, self._shared)
        transaction.new_keys.update(learned.keys)
        before = cursor.connection.total_changes
        try:
            job.reply = self._answer(transaction, job.call, job.key)
        except Exception as error:
            if cursor.connection.in_transaction and cursor.connection.total_changes != before:
                raise _HalfDone from error
            job.error = self.database.translate(error)
        else:
            learned.take(transaction)

    def _run_in_savepoint(self, cursor: Any, job: Job, learned: _Learned) -> None:
        transaction = Transaction(cursor, self.database, self._shared)
        transaction.new_keys.update(learned.keys)
        cursor.execute("SAVEPOINT a_call")
        try:
            job.reply = self._answer(transaction, job.call, job.key)
            cursor.execute("RELEASE a_call")
        except Exception as error:
            job.error = self.database.translate(error)
            try:
                cursor.execute("ROLLBACK TO a_call")
                cursor.execute("RELEASE a_call")
            except Exception:  # the transaction is gone already; write_group sees it
                return
        else:
            learned.take(transaction)

    def _answer(self, transaction: Transaction, call: Call[Any], key: str | None) -> Any:
        if key is None:
            return self._do(transaction, call)
        name = type(call).__name__
        kept = kept_reply(transaction, key)
        if kept is not None:
            if kept[0] != name:
                raise InvalidParameter(f"The idempotency key {key!r} was used for another kind of call. Use a new one.")
            return msgspec.json.decode(kept[1], type=call.reply_type, strict=False)
        reply = self._do(transaction, call)
        keep_reply(transaction, key, name, encoder.encode(reply).decode())
        return reply

    def _do(self, transaction: Transaction, call: Call[Any]) -> Any:
        reply = ANSWERS[type(call)].run(transaction, call)
        if transaction.events:
            write_events(transaction)
        return reply

    def _roll_back(self, connection: Any, cursor: Any) -> bool:
        """Take the transaction back; return whether the connection can still be used."""
        try:
            if not self.database.is_usable(connection):
                return False
            cursor.execute("ROLLBACK")
        except Exception:
            # SQLite has rolled back by itself (disk full), or the connection is cut: both leave nothing behind.
            return self.database.is_usable(connection)
        return True


class _Learned:
    """What transactions leave to be known once they are committed."""

    __slots__ = ("_shared", "has_deliveries", "keys")

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.keys: dict[str, int] = {}
        self.has_deliveries = False

    def take(self, transaction: Transaction) -> None:
        """Take what one leaves."""
        self.keys.update(transaction.new_keys)
        self.has_deliveries = self.has_deliveries or transaction.has_deliveries

    def share(self) -> None:
        """Make it known: it is committed."""
        self._shared.names.learn(self.keys)
        if self.has_deliveries and self._shared.wake_deliveries is not None:
            self._shared.wake_deliveries()


class _HalfDone(Exception):
    """A Call without a savepoint failed in the middle: the group is taken back and run again, with savepoints."""


def _alike(waiting: deque[Job]) -> list[Job]:
    """Take the next job off the waiting ones, with those of its kind behind it that can be done together with it."""
    jobs = [waiting.popleft()]
    kind = type(jobs[0].call)
    if kind in TOGETHER and jobs[0].key is None:
        while waiting and type(waiting[0].call) is kind and waiting[0].key is None and len(jobs) < _TOGETHER_LIMIT:
            jobs.append(waiting.popleft())
    return jobs
