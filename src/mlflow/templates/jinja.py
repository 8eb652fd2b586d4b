"""Templates with `{% … %}`, rendered by Jinja2."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, TypeVar

from mlflow.exceptions import InvalidPrompt, MlflowException
from mlflow.templates.chat import Template, each

if TYPE_CHECKING:
    import jinja2

    from mlflow.templates.jinja_sandbox import MeteredEnvironment

T = TypeVar("T", bound=Template)


def is_jinja(template: Template) -> bool:
    """Tell whether a text, or any text in messages, has a `{% … %}` block."""
    if isinstance(template, str):
        start = template.find("{%")
        return start >= 0 and template.find("%}", start + 2) >= 0
    found: list[bool] = []
    each(template, str, lambda text: found.append(is_jinja(text)))
    return any(found)


def render(template: T, values: Mapping[str, Any], sandbox: bool = True) -> T:
    """Return the text, or all texts of the messages, as Jinja2 renders them. Names without a value are empty.

    Args:
        template: a text or messages.
        values: what the names stand for.
        sandbox: keep to attributes that are safe, and to a budget (jinja_budget.py). Methods and functions that are
            passed in as values run as they are.

    Raises:
        InvalidPrompt: Jinja2 cannot read or render it, or it costs more than it may.
    """
    renders = _metered(values) if sandbox else lambda text: _free(text).render(values)
    with _said_plainly():
        # Texts without braces need no template: an image in a message may be megabytes long.
        return each(template, str, lambda text: renders(text) if "{" in text else text)  # type: ignore[no-any-return]


def problem_of(text: str) -> tuple[int, str] | None:
    """Return the line at which Jinja2 cannot read a text, counted from one, and why; None where it can."""
    import jinja2

    try:
        _environment().metered(text)
    except jinja2.TemplateSyntaxError as error:
        return error.lineno, error.message or ""
    except InvalidPrompt as error:
        return 1, error.message
    except (RecursionError, SyntaxError, MemoryError) as error:
        return 1, f"it is nested too deep ({error})"
    return None


def inputs(text: str) -> frozenset[str]:
    """Return the names that a template takes from outside: not those that it sets itself or loops with.

    Raises:
        InvalidPrompt: Jinja2 cannot read it.
    """
    from jinja2.meta import find_undeclared_variables

    with _said_plainly():
        return frozenset(find_undeclared_variables(_environment().parse(text)) - _environment().globals.keys())


@lru_cache(maxsize=1)
def _environment() -> MeteredEnvironment:
    from mlflow.templates.jinja_sandbox import MeteredEnvironment

    return MeteredEnvironment()


@lru_cache(maxsize=64)
def _compiled(text: str) -> jinja2.Template:
    return _environment().metered(text)


@lru_cache(maxsize=64)
def _free(text: str) -> jinja2.Template:
    import jinja2

    return jinja2.Environment().from_string(text)  # noqa: S701  # prompts are no HTML


def _metered(values: Mapping[str, Any]) -> Callable[[str], str]:
    """Return a function that renders texts, all of them from one budget."""
    from mlflow.templates.jinja_budget import OUTPUT_LIMIT, Budget

    budget = Budget()
    left = OUTPUT_LIMIT

    def rendered(text: str) -> str:
        nonlocal left
        template = _compiled(text)
        context = template.new_context(dict(values))
        context.budget = budget  # type: ignore[attr-defined]  # a MeteredContext
        pieces = []
        try:
            for piece in template.root_render_func(context):
                left -= len(piece)
                if left < 0:
                    raise InvalidPrompt(f"The rendered prompt is longer than {OUTPUT_LIMIT} characters.")
                pieces.append(piece)
        except Exception:
            template.environment.handle_exception()  # raises it again, with the lines of the template
        return "".join(pieces)

    return rendered


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Make what Jinja2, or a value within it, raises an error of ours that names the line of the template."""
    import jinja2

    try:
        yield
    except MlflowException:
        raise
    except Exception as error:
        said = str(error) or type(error).__name__
        line = getattr(error, "lineno", None) if isinstance(error, jinja2.TemplateError) else None
        for frame, at in walk_tb(error.__traceback__):
            if frame.f_code.co_filename == "<template>":
                line = at
        where = f", line {line}" if line else ""
        raise InvalidPrompt(f"The Jinja2 template cannot be rendered{where}: {said}") from error
