"""What an answer works with: one open transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import bindparam, select

from mlflow.store.sql.dialects import Database
from mlflow.store.sql.run_texts import RunTexts
from mlflow.store.sql.statements import Statement, among, insert
from mlflow.store.sql.tables import keys

Row = tuple[Any, ...]

_ROWS_AT_ONCE = 64

_ADD_KEY = Statement(
    insert(keys).values(name=bindparam("name")).on_conflict_do_nothing(index_elements=["name"]).returning(keys.c.id)
)
_KEY_IDS = Statement(select(keys.c.name, keys.c.id).where(among(keys.c.name, "names", text=True)))


class KeyNames:
    """Numbers of metric and param names that are known to be committed; they never change. Shared between threads."""

    __slots__ = ("ids",)

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}

    def learn(self, ids: dict[str, int]) -> None:
        """Remember committed names."""
        self.ids.update(ids)


class Shared:
    """What all transactions of a store share."""

    __slots__ = ("artifact_root", "names", "run_texts", "wake_deliveries")

    def __init__(self, artifact_root: str, run_texts: RunTexts | None) -> None:
        self.artifact_root = artifact_root
        self.names = KeyNames()
        self.run_texts = run_texts
        self.wake_deliveries: Callable[[], None] | None = None  # called when something is to be told to webhooks


class Transaction:
    """One open transaction on one connection; used by one thread at a time."""

    __slots__ = (
        *("_known", "artifact_root", "cursor", "database", "events", "has_deliveries", "new_keys", "run_texts"),
        "wire",
    )

    def __init__(self, cursor: Any, database: Database, shared: Shared, *, wire: bool = False) -> None:
        self.cursor = cursor
        self.database = database
        self.artifact_root = shared.artifact_root
        self.run_texts = shared.run_texts
        self.wire = wire  # the reply is going to be encoded: parts of it may be JSON already (msgspec.Raw)
        self._known = shared.names
        self.new_keys: dict[str, int] = {}  # to be learned once the transaction is committed
        self.events: list[Any] = []  # to be written down when the Call is done
        self.has_deliveries = False  # webhooks are to be told something once it is committed

    def rows(self, statement: Statement, **parameters: Any) -> list[Row]:
        """Return every row of a query."""
        text, names, own = statement.compiled(self.database.sql)
        if own:
            parameters = own | parameters
        self.cursor.execute(text, [parameters[name] for name in names])
        found: list[Row] = self.cursor.fetchall()
        return found

    def row(self, statement: Statement, **parameters: Any) -> Row | None:
        """Return the first row of a query or of a RETURNING clause, or None."""
        found = self.rows(statement, **parameters)
        return found[0] if found else None

    def text(self, statement: Statement, **parameters: Any) -> str:
        """Return the one text that a query of `json_rows` gives."""
        return str(self.rows(statement, **parameters)[0][0])

    def write(self, statement: Statement, **parameters: Any) -> int:
        """Run a writing statement; return how many rows it changed."""
        text, names, own = statement.compiled(self.database.sql)
        if own:
            parameters = own | parameters
        self.cursor.execute(text, [parameters[name] for name in names])
        changed: int = self.cursor.rowcount
        return changed

    def write_many(self, statement: Statement, rows: Sequence[Row]) -> int:
        """Run an INSERT for many rows, each a tuple in the order of the statement's parameters.

        Returns:
            How many rows were changed by all of them together.
        """
        if not rows:
            return 0
        sql = self.database.sql
        changed = 0
        if not self.database.one_writer:
            self.cursor.executemany(statement.compiled(sql)[0], rows)
            return int(self.cursor.rowcount)
        # SQLite takes many rows in one statement, and hands the interpreter's lock over once for all of them. Sizes
        # are powers of two, so that few texts are ever prepared.
        position, size = 0, _ROWS_AT_ONCE
        while left := len(rows) - position:
            while size > left:
                size //= 2
            part = rows[position : position + size]
            self.cursor.execute(statement.repeated(sql, size), list(chain.from_iterable(part)))
            changed += self.cursor.rowcount
            position += size
        return changed

    def key(self, name: str) -> int:
        """Return the number of a metric's or param's name, making one when it is new."""
        found = self._known.ids.get(name) or self.new_keys.get(name)
        if found is None:
            found = self.new_keys[name] = self._intern(name)
        return found

    def make_keys(self, names: Sequence[str]) -> None:
        """Make the new names in an order that is the same for everybody, so that writers cannot lock each other.

        Call it before `key`, with all the names that a transaction will need.
        """
        for name in sorted(set(names) - self._known.ids.keys() - self.new_keys.keys()):
            self.key(name)

    def known_key(self, name: str) -> int | None:
        """Return the number of a metric's or param's name, or None when nobody used it yet."""
        found = self._known.ids.get(name) or self.new_keys.get(name)
        if found is None:
            for _, number in self.rows(_KEY_IDS, names=self.database.array([name])):
                self._known.learn({name: number})
                return int(number)
        return found

    def _intern(self, name: str) -> int:
        made = self.row(_ADD_KEY, name=name) or self.row(_KEY_IDS, names=self.database.array([name]))
        if made is None:
            raise RuntimeError(f"the name {name!r} could not be stored")
        return int(made[-1])


def now_ms() -> int:
    """Return the time in milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000
