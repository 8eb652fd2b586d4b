"""Where prompts do otherwise than MLflow's on purpose, as clients see them: the whole list, with reasons.

What differs in a user's hand alone is in `test_prompt_objects.py`, what differs on the wire in
`registry_differences.py`.
"""

from __future__ import annotations

from typing import Any

from tests.compat.known import Difference, Known, Rule, at


def _error(name: str, code: str | None) -> dict[str, Any]:
    return {"error": {"class": name, "error_code": code}}


_REFUSED = _error("RestException", "INVALID_PARAMETER_VALUE")
_MISTAKE = _error("MlflowException", "INVALID_PARAMETER_VALUE")
_MISSING = _error("MlflowException", "RESOURCE_DOES_NOT_EXIST")
_SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}

_STEPS = ("filters of prompts / ", "the order of prompts", "aliases that are refused")


def _other_class(where: str, theirs: Any, ours: Any) -> bool:
    return where.startswith(_STEPS) and {str(theirs), str(ours)} == {str(_REFUSED), str(_MISTAKE)}


def _refused_on(refusal: dict[str, Any]) -> tuple[Known, ...]:
    """What our server and our SDK both refuse, with the error that is seen."""
    return (
        *at(
            "response formats in other forms",
            "a response format is a JSON schema, which is an object",
            ("3", "text", refusal),
            ("4", [_SCHEMA], refusal),
        ),
        Rule(
            "a name has at most 256 characters, which is what MLflow's own column holds",
            lambda where, theirs, ours: (
                where == "prompt names that are refused / long" and "uri" in theirs and ours == refusal
            ),
        ),
        *at(
            "tags that say what a prompt is",
            "what a version says never changes: clients keep versions for ever",
            ("text", None, refusal),
            ("mark", None, refusal),
            ("template", _MISTAKE, "kept"),
        ),
        *at(
            "the order of prompts, and pages of them",
            "a page of nothing is a slip; a search for nothing at all is not",
            ("none at all", [], refusal),
        ),
    )


_WITH_OR = Difference(
    "filters of prompts / name = 'P.find-alpha' OR name = 'P.find-gamma'",
    _REFUSED,
    ["find-alpha", "find-gamma"],
    "the filter language has OR",
)

PROMPTS_OF_CLIENTS: tuple[Known, ...] = (
    *_refused_on(_REFUSED),
    _WITH_OR,
    Rule(
        "by the words of a message their client chooses between MlflowException and RestException, its subclass; "
        "the words are ours",
        _other_class,
    ),
)

PROMPTS_WITH_OUR_SERVER: tuple[Known, ...] = (_WITH_OR,)


# -- What our SDK does otherwise, whichever server it talks to.
def _nothing_said(where: str, theirs: Any, ours: Any) -> bool:
    told = where.endswith(("/ user_id", "/ commit_message", "/ description"))
    return theirs == "" and ours is None and (told or where.startswith(("prompts loaded by", "a prompt deleted as")))


_TEMPLATES = "templates that are refused"


def _bad_template(where: str, theirs: Any, ours: Any) -> bool:
    """Tell whether a template that is none was refused before anything was made, where they stored its `str()`."""
    if where.startswith(f"{_TEMPLATES} / answers / "):
        return isinstance(theirs, list) and isinstance(theirs[1], str) and ours == _MISTAKE
    return where.startswith(f"{_TEMPLATES} / left over / ") and isinstance(theirs, dict) and ours is None


def _linked(where: str, theirs: Any, ours: Any) -> bool:
    steps = ("versions linked to a run / ", "links that are refused / ", "a run notes", "links to what was deleted")
    return (
        where.startswith(steps) and theirs == [] and (where.endswith("/ logged") or where == steps[-1]) and bool(ours)
    )


PROMPTS_OF_SDK: tuple[Known, ...] = (
    *_refused_on(_MISTAKE),
    Rule("what nobody said is None, as with MLflow on a database; over the wire theirs is ''", _nothing_said),
    Rule("what is no template is refused before a prompt is made for it", _bad_template),
    *at(
        "models and prompts share their names and nothing else",
        "a version is looked up in one request; there is none of this number",
        ("a model's version as a prompt", _MISTAKE, _MISSING),
    ),
    *at(
        "every way to address a version",
        "a number at the end is the version, so nothing may come behind it",
        ("three parts", "PromptVersion(name=addressed, version=1, template=one)", _MISTAKE),
    ),
    *at(
        "every way to address a version",
        "a wrong argument is a MlflowException with a code",
        ("none", _error("AttributeError", None), _MISTAKE),
    ),
    *at(
        "a text is filled",
        "values are not looked into: what a user typed is no placeholder",
        ("braces in values", "{c}\\1, {c}\\1 and {c}\\1; {c} { {d} }", "{{b}}, {c}\\1 and {{b}}; {c} { {d} }"),
    ),
    Rule(
        "Jinja2 templates have no form with single braces",
        lambda where, theirs, ours: where == "templates with Jinja2 in them / single braces" and ours == _MISTAKE,
    ),
    *(
        Difference(f"tag values that are not texts, and odd keys / {place}", theirs, ours, "values of tags become text")
        for tags in ("prompt", "version")
        for place, theirs, ours in (
            (f"{tags} / number", _error("TypeError", None), None),
            (f"{'kept' if tags == 'prompt' else 'of the version'} / number", "(nothing)", "5"),
            (f"{'kept' if tags == 'prompt' else 'of the version'} / none", "", "None"),
        )
    ),
    *at(
        "tags of what is not there",
        "what is missing is an error that says so",
        ("get", _error("AttributeError", None), _MISSING),
    ),
    *at(
        "filters of prompts",
        "MLflow's documentation searches for tags by their bare name",
        ("name LIKE 'P.%' AND task = 'qa'", _REFUSED, ["find-alpha", "find-beta"]),
    ),
    Rule("the links of a run are found again; MLflow reads them elsewhere than it writes them", _linked),
    *at(
        "links that are refused",
        "a run that is not there is an error",
        ("logged of no run", [], _error("RestException", "RESOURCE_DOES_NOT_EXIST")),
    ),
    *at(
        "a link that is taken back",
        "a link that was made can be taken back",
        ("answer", _MISTAKE, None),
        ("tag", [["detached", "1"], ["detached", "2"]], [["detached", "2"]]),
    ),
)
