"""Models or prompts? What a filter says of the tag `mlflow.prompt.is_prompt`, and what is left of it then."""

from __future__ import annotations

from mlflow.entities.prompt_tags import IS_PROMPT
from mlflow.search.python import holds
from mlflow.search.tree import And, Compare, Node, Not, Or, all_of, any_of, compares
from mlflow.store.sql.tables import MODEL, PROMPT


def by_kind(tree: Node | None) -> dict[int, Node | None]:
    """Return the kinds a search looks at, each with the filter that is left for it (None: everything).

    Without a clause on the tag those are models alone. A prompt has the tag with `true`, a model with `false`; of a
    model it is missing, too, for whoever asks.
    """
    if tree is None or not any(_asks(compare) for compare in compares(tree)):
        return {MODEL: tree}
    left = {kind: _left_of(tree, kind) for kind in (MODEL, PROMPT)}
    return {kind: None if rest is True else rest for kind, rest in left.items() if not isinstance(rest, bool) or rest}


def _asks(compare: Compare) -> bool:
    return compare.entity == "tag" and compare.key == IS_PROMPT


def _left_of(node: Node, kind: int) -> Node | bool:
    """Return a filter without the clauses on the tag, or what it is when nothing else is in it."""
    match node:
        case Compare():
            return _answer(node, kind) if _asks(node) else node
        case Not(part):
            rest = _left_of(part, kind)
            return not rest if isinstance(rest, bool) else Not(rest)
        case And(parts):
            return _joined([_left_of(part, kind) for part in parts], all_=True)
        case Or(parts):
            return _joined([_left_of(part, kind) for part in parts], all_=False)


def _joined(parts: list[Node | bool], *, all_: bool) -> Node | bool:
    if (not all_) in parts:
        return not all_
    rest = [part for part in parts if not isinstance(part, bool)]
    if not rest:
        return all_
    return all_of(*rest) if all_ else any_of(*rest)


def _answer(compare: Compare, kind: int) -> bool:
    if kind == PROMPT:
        return holds(compare, ["true"])
    return holds(compare, [] if compare.value is None else ["false"])
