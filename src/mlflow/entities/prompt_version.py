"""A version of a prompt: its template, ready to be filled, and what goes with it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mlflow.entities.prompt_settings import model_config_as_json, response_format_as_json
from mlflow.entities.prompt_tags import RESERVED
from mlflow.exceptions import InvalidPrompt
from mlflow.templates.chat import ChatTemplate, Template, checked_messages, each, parse_chat
from mlflow.templates.includes import Loaded, resolve
from mlflow.templates.jinja import is_jinja, render
from mlflow.templates.single_brace import to_single_braces
from mlflow.templates.text import TextTemplate, parse_text
from mlflow.templates.uris import PromptAddress
from mlflow.templates.variables import parse_variables

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mlflow.entities.prompt_model_config import PromptModelConfig

_SHOWN = 30


class PromptVersion:
    """A version of a prompt. Nothing changes it: what its properties return are copies. Safe to use in many threads.

    Args:
        name: of the prompt, with its folders.
        version: counted from one.
        template: a text with `{{ name }}` placeholders, the messages of a chat prompt, or either with Jinja2 blocks.
        commit_message: what changed in this version.
        creation_timestamp: milliseconds since the Unix epoch.
        tags: texts by key.
        aliases: that point to this version.
        last_updated_timestamp: milliseconds since the Unix epoch.
        user_id: who registered it.
        response_format: what an answer looks like: a pydantic class or a JSON schema.
        model_config: settings of the model the prompt is made for.
        declared_variables: types, defaults and choices of placeholders (templates/variables.py).
        includes: name and version of the prompts whose text is in the template.
        raw_template: the template as it was registered, where it includes others.

    Raises:
        InvalidPrompt: one of them is not as described.
        pydantic.ValidationError: a setting in `model_config` is not.
    """

    __slots__ = (
        "_aliases",
        "_body",
        "_commit_message",
        "_creation_timestamp",
        "_declared",
        "_includes",
        "_is_jinja",
        "_last_updated_timestamp",
        "_model_config",
        "_name",
        "_raw_template",
        "_response_format",
        "_tags",
        "_template",
        "_user_id",
        "_version",
    )

    def __init__(
        self,
        name: str,
        version: int,
        template: Template,
        commit_message: str | None = None,
        creation_timestamp: int | None = None,
        tags: dict[str, str] | None = None,
        aliases: list[str] | None = None,
        last_updated_timestamp: int | None = None,
        user_id: str | None = None,
        response_format: type[BaseModel] | dict[str, Any] | None = None,
        model_config: PromptModelConfig | dict[str, Any] | None = None,
        *,
        declared_variables: dict[str, Any] | None = None,
        includes: Sequence[tuple[str, int]] = (),
        raw_template: Template | None = None,
    ) -> None:
        self._name = name
        self._version = _number(version)
        self._template = checked_template(template)
        self._commit_message = commit_message
        self._creation_timestamp = creation_timestamp or 0
        self._tags = {key: value for key, value in (tags or {}).items() if key not in RESERVED}
        self._aliases = list(aliases or ())
        self._last_updated_timestamp = last_updated_timestamp
        self._user_id = user_id
        self._response_format = response_format_as_json(response_format)
        self._model_config = model_config_as_json(model_config)
        self._declared = parse_variables(declared_variables) if declared_variables else None
        self._includes = list(includes)
        self._raw_template = raw_template
        self._body: TextTemplate | ChatTemplate | None = None  # parsed when it is first needed
        self._is_jinja = False

    def format(
        self, /, allow_partial: bool = False, use_jinja_sandbox: bool = True, **kwargs: Any
    ) -> PromptVersion | str | list[dict[str, Any]]:
        """Return the text or messages with every placeholder filled.

        Args:
            allow_partial: leave placeholders without a value as they are; if there are any, return the PromptVersion
                that can be filled with the rest. Jinja2 templates are always rendered whole: what is missing is empty.
            use_jinja_sandbox: for Jinja2 templates: keep to safe attributes and to bounds on time and size.
            **kwargs: values by name, put in as `str()` gives them. A name with dots is passed as `**{"a.b": 1}`.

        Raises:
            InvalidPrompt: a value is missing or not as declared, or the Jinja2 template cannot be rendered.
        """
        body = self._body or self._parsed()
        if self._declared is not None:
            self._declared.check(kwargs)
            if self._is_jinja or not allow_partial:
                kwargs = self._declared.filled(kwargs)
        if self._is_jinja:
            return render(self._template, kwargs, use_jinja_sandbox)
        missing = body.names - kwargs.keys()
        if not missing:
            return body.fill(kwargs)
        if not allow_partial:
            raise InvalidPrompt(
                f"Missing variables: {', '.join(sorted(missing))}. Pass a value for each, or allow_partial=True to fill"
                " in the others only."
            )
        rest = copy.copy(self)
        rest._body = body.fill_some(kwargs)
        rest._template = rest._body.source
        return rest

    def to_single_brace_format(self, escape: bool = True) -> str | list[dict[str, Any]]:
        """Return the template with `{name}` placeholders, as LangChain and LlamaIndex take it.

        Args:
            escape: double literal braces where LangChain needs that; give False for LlamaIndex, which never reads two
                braces as one (templates/single_brace.py).

        Raises:
            InvalidPrompt: it is a Jinja2 template.
        """
        return to_single_braces(self._template, escape)

    @staticmethod
    def convert_response_format_to_dict(response_format: type[BaseModel] | dict[str, Any]) -> dict[str, Any] | None:
        """Return the JSON schema of a response format."""
        return {} if response_format == {} else response_format_as_json(response_format)

    def resolved(self, load: Callable[[PromptAddress], Loaded]) -> PromptVersion:
        """Return the version with the text of the prompts that its template includes, or itself if it includes none.

        Args:
            load: returns the version that an address leads to, with its template as it was registered.

        Raises:
            InvalidPrompt: the includes cannot be resolved (templates/includes.py). Whatever `load` raises.
        """
        template, includes = resolve(self._template, load, self._name, self._version)
        if not includes:
            return self
        whole = copy.copy(self)
        whole._raw_template = self._template
        whole._template = template
        whole._includes = includes
        whole._body = None
        return whole

    @property
    def name(self) -> str:
        """The prompt's name, with its folders."""
        return self._name

    @property
    def version(self) -> int:
        """The number of this version."""
        return self._version

    @property
    def uri(self) -> str:
        """Where it can be loaded from, such as `prompts:/qa/2`."""
        return f"prompts:/{self._name}/{self._version}"

    @property
    def template(self) -> str | list[dict[str, Any]]:
        """The text, or the messages of a chat prompt."""
        return _copied(self._template)

    @property
    def raw_template(self) -> str | list[dict[str, Any]]:
        """The template as it was registered, before other prompts were included."""
        return _copied(self._template if self._raw_template is None else self._raw_template)

    @property
    def includes(self) -> list[tuple[str, int]]:
        """Name and version of the prompts whose text is in the template."""
        return list(self._includes)

    @property
    def is_text_prompt(self) -> bool:
        """Whether the template is a text and not messages."""
        return isinstance(self._template, str)

    @property
    def variables(self) -> set[str]:
        """The names of all `{{ name }}` placeholders; for Jinja2, as in MLflow, whatever is written that way."""
        return set((self._body or self._parsed()).names)

    @property
    def declared_variables(self) -> dict[str, Any]:
        """Type, default, description and choices of the variables for which they were declared."""
        return self._declared.as_json() if self._declared else {}

    @property
    def response_format(self) -> dict[str, Any] | None:
        """The JSON schema of an answer."""
        return copy.deepcopy(self._response_format)

    @property
    def model_config(self) -> dict[str, Any] | None:
        """Settings of the model that the prompt is made for."""
        return copy.deepcopy(self._model_config)

    @property
    def commit_message(self) -> str | None:
        """What changed in this version."""
        return self._commit_message

    @property
    def description(self) -> str | None:
        """The same as the commit message."""
        return self._commit_message

    @property
    def tags(self) -> dict[str, str]:
        """Tags of this version."""
        return dict(self._tags)

    @property
    def aliases(self) -> list[str]:
        """Aliases that pointed to this version when it was loaded."""
        return list(self._aliases)

    @property
    def creation_timestamp(self) -> int:
        """When it was registered, in milliseconds since the Unix epoch."""
        return self._creation_timestamp

    @property
    def last_updated_timestamp(self) -> int | None:
        """When its tags, settings or description last changed, in milliseconds since the Unix epoch."""
        return self._last_updated_timestamp

    @property
    def user_id(self) -> str | None:
        """Who registered it, where the server knows."""
        return self._user_id

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return ((name, getattr(self, name)) for name in _FIELDS)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PromptVersion):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in (*_FIELDS, *_OWN_FIELDS))

    def __hash__(self) -> int:
        return hash((self._name, self._version))

    def __repr__(self) -> str:
        text = self._template if isinstance(self._template, str) else json.dumps(self._template)
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        return f"PromptVersion(name={self._name}, version={self._version}, template={shown})"

    def _parsed(self) -> TextTemplate | ChatTemplate:
        # Two threads may both do this; they come to the same.
        body = parse_text(self._template) if isinstance(self._template, str) else parse_chat(self._template)
        self._is_jinja = is_jinja(self._template)
        self._body = body
        return body


def checked_template(template: Template) -> Template:
    """Return a template that can be registered: a text, or a copy of checked messages.

    Raises:
        InvalidPrompt: it is neither.
    """
    if isinstance(template, str):
        return str(template)
    if isinstance(template, list):
        return checked_messages(template)
    raise InvalidPrompt(
        f"A template is a text, or a list of messages with `role` and `content`, not {type(template).__name__}."
    )


def with_settings(
    prompt: PromptVersion, response_format: dict[str, Any] | None, model_config: dict[str, Any] | None
) -> PromptVersion:
    """Return the version with settings that were checked when they were registered; pydantic is not loaded for that."""
    changed = copy.copy(prompt)
    changed._response_format = response_format
    changed._model_config = model_config
    return changed


def _copied(template: Template) -> Template:
    if isinstance(template, str):
        return template
    messages: list[dict[str, Any]] = each(template, str, str)
    return messages


def _number(version: Any) -> int:
    try:
        return int(version)
    except (TypeError, ValueError):
        raise InvalidPrompt(f"The version of a prompt is a number, not {version!r}.") from None


# What MLflow's class tells of itself when it is turned into a dict, in this order.
_FIELDS = (
    "aliases",
    "commit_message",
    "creation_timestamp",
    "description",
    "is_text_prompt",
    "last_updated_timestamp",
    "model_config",
    "name",
    "response_format",
    "tags",
    "template",
    "uri",
    "user_id",
    "variables",
    "version",
)
_OWN_FIELDS = ("declared_variables", "includes", "raw_template")
