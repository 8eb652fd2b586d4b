"""What a text search looks for: the words and phrases of a query."""

from __future__ import annotations

import re

from mlflow.exceptions import InvalidParameter

QUERY_LIMIT = 1000
TERMS_LIMIT = 32

_TERM = re.compile(r'"([^"]*)"?|([^\s"]+)')


def terms_of(query: str) -> list[str]:
    """Return the terms that must all occur: one word each, or what stood in quotes, whose words follow each other.

    Which signs separate words is for whoever looks for them to say; the quotes are gone.

    Raises:
        InvalidParameter: the query has no word, or is too long.
    """
    if len(query) > QUERY_LIMIT:
        raise InvalidParameter(f"The query is {len(query)} characters long; at most {QUERY_LIMIT} are allowed.")
    terms = [(quoted or bare).replace("\0", " ") for quoted, bare in _TERM.findall(query)]
    found = list(dict.fromkeys(term for term in terms if any(map(str.isalnum, term))))
    if not found:
        raise InvalidParameter("The query has no word in it. Write words that the prompt must have.")
    if len(found) > TERMS_LIMIT:
        raise InvalidParameter(f"The query has {len(found)} terms; at most {TERMS_LIMIT} are allowed.")
    return found
