"""Replies kept for Calls that may be sent again, so that a retry never does a thing twice."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select

from mlflow.exceptions import InvalidParameter
from mlflow.store.sql.statements import Statement, insert
from mlflow.store.sql.tables import replies
from mlflow.store.sql.transaction import Transaction, now_ms

KEPT_MS = 24 * 60 * 60 * 1000
KEY_LIMIT = 128

_GET = Statement(select(replies.c.call, replies.c.reply).where(replies.c.key == bindparam("key")))
_KEEP = Statement(
    insert(replies).values(
        key=bindparam("key"), call=bindparam("call"), reply=bindparam("reply"), created=bindparam("created")
    )
)
_FORGET = Statement(delete(replies).where(replies.c.created < bindparam("before")))


def kept_reply(transaction: Transaction, key: str) -> tuple[str, str] | None:
    """Return the Call's name and the reply's JSON that were kept under the key, or None."""
    if len(key) > KEY_LIMIT:
        raise InvalidParameter(f"The idempotency key is {len(key)} characters long; at most {KEY_LIMIT} are allowed.")
    found = transaction.row(_GET, key=key)
    return (found[0], found[1]) if found else None


def keep_reply(transaction: Transaction, key: str, call: str, reply: str) -> None:
    """Keep a reply, and forget those older than a day."""
    now = now_ms()
    transaction.write(_FORGET, before=now - KEPT_MS)
    transaction.write(_KEEP, key=key, call=call, reply=reply, created=now)
