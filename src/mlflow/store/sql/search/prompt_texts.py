"""Finding prompts by their words, with the index that each database has for that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Double, bindparam, literal_column, text

from mlflow.api.prompts import PromptTextMatch, SearchPromptText
from mlflow.api.search_words import terms_of
from mlflow.store.sql.search.paging import SortKey, read_token, write_token
from mlflow.store.sql.statements import Statement
from mlflow.store.sql.tables.prompt_texts import spaced
from mlflow.store.sql.transaction import Transaction

_SNIPPET_LIMIT = 300
_WORD = re.compile(r"[^\W_]+")
_PLACE = [SortKey(literal_column("rank"), True, "float"), SortKey(literal_column("id"), True, "int")]
_BEFORE_ALL = [-1e308, 0]

# {found} gives the number and rank of every version that has all the words; the smaller the rank, the better.
_PAGE = """
WITH found AS {found}
SELECT found.id, found.rank, m.name, v.version
FROM found JOIN prompt_versions v ON v.id = found.id JOIN registered_models m ON m.id = v.model
WHERE (found.rank > :rank OR (found.rank = :rank AND found.id > :id))
AND (:everything = 1 OR NOT EXISTS (
  SELECT 1 FROM prompt_versions later WHERE later.model = v.model AND later.version > v.version))
ORDER BY found.rank, found.id LIMIT :wanted
"""


def _statement(sql: str) -> Statement:
    return Statement(text(sql).bindparams(bindparam("rank", type_=Double())) if ":rank" in sql else text(sql))


def _page(found: str) -> Statement:
    return _statement(_PAGE.format(found=found))


_IS_INDEXED = _statement("SELECT 1 FROM sqlite_master WHERE name = 'prompt_texts'")
_IN_FTS5 = _page(
    "MATERIALIZED (SELECT rowid AS id, bm25(prompt_texts) AS rank FROM prompt_texts WHERE prompt_texts MATCH :query)"
)
_SNIPPETS_IN_FTS5 = _statement(
    "SELECT rowid, snippet(prompt_texts, 0, '', '', '…', 24) FROM prompt_texts "
    "WHERE prompt_texts MATCH :query AND rowid IN (SELECT value FROM json_each(:numbers))"
)
_WITHOUT_FTS5 = _page(
    "(SELECT id, 0.0 AS rank FROM prompt_versions WHERE NOT EXISTS "
    "(SELECT 1 FROM json_each(:query) WHERE NOT like_any_case('%' || value || '%', template)))"
)
_SNIPPETS_WITHOUT_FTS5 = _statement(
    f"SELECT id, substr(template, 1, {_SNIPPET_LIMIT}) FROM prompt_versions "  # noqa: S608
    "WHERE id IN (SELECT value FROM json_each(:numbers))"
)
_IN_POSTGRESQL = _page(
    "(SELECT id, CAST(-ts_rank(words, CAST(:query AS tsquery)) AS double precision) AS rank FROM prompt_versions "
    "WHERE words @@ CAST(:query AS tsquery))"
)
# The database reads the terms as it reads the templates, so that the same signs separate words.
_TERMS_IN_POSTGRESQL = _statement(
    "SELECT string_agg('(' || read || ')', ' & ') FROM "  # noqa: S608
    f"(SELECT CAST(phraseto_tsquery('simple', {spaced('term')}) "
    "AS text) AS read FROM unnest(CAST(:terms AS text[])) AS term) AS terms WHERE read <> ''"
)
_SNIPPETS_IN_POSTGRESQL = _statement(
    "SELECT id, left(ts_headline('simple', template, CAST(:query AS tsquery), "  # noqa: S608
    f'\'StartSel="", StopSel="", MaxFragments=1, MaxWords=24, MinWords=8\'), {_SNIPPET_LIMIT}) '
    "FROM prompt_versions WHERE id = ANY(:numbers)"
)


def page_of_texts(transaction: Transaction, call: SearchPromptText) -> tuple[list[PromptTextMatch], str | None]:
    """Return the matches on a page, and the token of the next.

    Raises:
        InvalidParameter: no word in the query, or a bad token.
    """
    terms = terms_of(call.query)
    page, snippets, query = _ways(transaction, terms)
    order = ["prompt_texts", call.query, str(call.all_versions)]
    rank, number = read_token(call.page_token, order, _PLACE) if call.page_token else _BEFORE_ALL
    rows = transaction.rows(
        page,
        query=query,
        rank=float(rank),
        id=number,
        everything=int(call.all_versions),
        wanted=call.max_results + 1,
    )
    shown = rows[: call.max_results]
    numbers = transaction.database.array(row[0] for row in shown)
    around: dict[int, str] = dict(transaction.rows(snippets, query=query, numbers=numbers)) if shown else {}
    matches = [PromptTextMatch(name, str(version), _tidy(around[id_])) for id_, _, name, version in shown]
    return matches, write_token(order, [shown[-1][1], shown[-1][0]]) if len(rows) > len(shown) else None


def _ways(transaction: Transaction, terms: Sequence[str]) -> tuple[Statement, Statement, Any]:
    """Return the queries of a page and of its snippets, and the terms in the database's words."""
    if transaction.database.sql.name == "postgresql":
        read = transaction.row(_TERMS_IN_POSTGRESQL, terms=transaction.database.array(terms))
        return _IN_POSTGRESQL, _SNIPPETS_IN_POSTGRESQL, (read and read[0]) or ""
    if transaction.row(_IS_INDEXED):
        return _IN_FTS5, _SNIPPETS_IN_FTS5, " ".join(f'"{term}"' for term in terms)
    words = [word for term in terms for word in _WORD.findall(term)]
    return _WITHOUT_FTS5, _SNIPPETS_WITHOUT_FTS5, transaction.database.array(words)


def _tidy(snippet: str) -> str:
    return " ".join(snippet.split())[:_SNIPPET_LIMIT]
