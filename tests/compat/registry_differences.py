"""Where our registry answers requests otherwise than MLflow's on purpose: the whole list, with reasons."""

from __future__ import annotations

from typing import Any

from tests.compat.known import Known, Rule, at
from tests.compat.wire_differences import REFUSED, error_answer


def _status(answer: Any) -> Any:
    return answer.get("status") if isinstance(answer, dict) else None


def _with_aliases(where: str, theirs: Any, ours: Any) -> bool:
    """Tell whether a model differs by the aliases of its newest versions only."""
    if _status(theirs) != 200 or _status(ours) != 200 or "registered_model" not in ours["body"]:
        return False
    model = ours["body"]["registered_model"]
    latest = [{key: one[key] for key in one if key != "aliases"} for one in model.get("latest_versions", [])]
    return bool({**model, "latest_versions": latest} == theirs["body"]["registered_model"])


def _with_description(where: str, theirs: Any, ours: Any) -> bool:
    """Tell whether the description was kept by us and lost by them."""
    if not where.startswith("updating nothing of") or (_status(theirs), _status(ours)) != (200, 200):
        return False
    (kept,), (lost,) = ours["body"].values(), theirs["body"].values()
    return "description" not in lost and bool(kept == {**lost, "description": "stays?"})


def _refused_by_us(reason: str, *places: str) -> Rule:
    """A rule for what they take and we refuse."""
    return Rule(reason, lambda where, theirs, ours: where in places and _status(theirs) == 200 and ours == REFUSED)


REGISTRY: tuple[Known, ...] = (
    Rule(
        "a version may be given as a number",
        lambda where, theirs, ours: where.endswith("version is a number") and theirs == REFUSED and ours != REFUSED,
    ),
    Rule("the newest versions of a model tell their aliases, as they do when asked for one by one", _with_aliases),
    Rule("a description is lost only when an empty one is given", _with_description),
    _refused_by_us(
        "a name has at most 256 characters, which is what MLflow's own column holds",
        "models that cannot be made / 257 characters",
    ),
    _refused_by_us("a version is digits and nothing else", "numbers of versions /  1"),
    *at(
        "stages",
        "asking to archive others for a stage that is not active is the caller's mistake",
        ("archive for none", error_answer(500, "INTERNAL_ERROR"), REFUSED),
    ),
    *at(
        "registered-models/search that is refused",
        "ordering twice by the same key is the caller's mistake",
        ("['name', 'name DESC']", error_answer(500, "INTERNAL_ERROR"), REFUSED),
    ),
    Rule(
        "a slash puts a prompt into a folder",
        lambda where, theirs, ours: (
            where == "names of prompts and models / a folder" and theirs == REFUSED and _status(ours) == 200
        ),
    ),
    _refused_by_us(
        "a prompt's name is what MLflow's clients take, so that every prompt can be loaded by its URI",
        "names of prompts and models / spaces",
    ),
    _refused_by_us(
        "an entry is a prompt or a model, and so are all its versions",
        "versions of prompts that cannot be / a model's version",
        "versions of prompts that cannot be / of a model",
        "changing a prompt's version / no mark",
    ),
    Rule(
        "a version of a prompt is one without saying so again",
        lambda where, theirs, ours: (
            where == "versions of prompts that cannot be / without the mark"
            and theirs == REFUSED
            and _status(ours) == 200
        ),
    ),
    _refused_by_us(
        "settings that no client could read are not kept",
        "versions of prompts that cannot be / settings that are no JSON",
    ),
    _refused_by_us(
        "what a version says never changes: clients keep versions for ever",
        "changing a prompt's version / another template",
        "changing a prompt's version / no template",
    ),
)
