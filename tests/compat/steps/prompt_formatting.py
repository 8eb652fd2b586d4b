"""Filling templates that were loaded. What versions do as Python objects: prompt_objects.py."""

from __future__ import annotations

from typing import Any

from tests.compat.prompting import CHAT, register, view_version
from tests.compat.recorder import World, attempt, step


def _load(world: World, text: str, template: Any) -> Any:
    return world.client.load_prompt(register(world, text, template))


@step("a text is filled")
def _(world: World) -> Any:
    prompt = _load(world, "filled", "{{ a }}, {{b}} and {{a}}; {c} { {d} }")
    return {
        "whole": prompt.format(a="A", b=2),
        "more than needed": prompt.format(a="A", b="B", c="C"),
        "braces in values": prompt.format(a="{{b}}", b="{c}\\1"),
        "other types": prompt.format(a=None, b=[1, {"x": "y"}]),
        "missing": attempt(prompt.format, a="A"),
        "nothing": attempt(prompt.format),
        "variables": set(prompt.variables),
    }


@step("a text is filled in part")
def _(world: World) -> Any:
    prompt = _load(world, "partly", "{{a}} {{ b }} {{c}}")
    part = prompt.format(allow_partial=True, a="A")
    return {
        "part": view_version(part),
        "rest": part.format(b="B", c="C"),
        "whole at once": prompt.format(allow_partial=True, a="A", b="B", c="C"),
        "nothing": view_version(prompt.format(allow_partial=True)),
    }


@step("a chat is filled")
def _(world: World) -> Any:
    prompt = _load(world, "filled-chat", CHAT)
    return {
        "whole": prompt.format(style="kind", question="Why?"),
        "missing": attempt(prompt.format, style="kind"),
        "part": view_version(prompt.format(allow_partial=True, style="kind")),
        "template afterwards": prompt.template,
    }


@step("templates with Jinja2 in them")
def _(world: World) -> Any:
    prompt = _load(
        world, "jinja", "{% for x in xs %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}{{ missing }}"
    )
    chat = _load(world, "jinja-chat", [{"role": "user", "content": "{% if a %}{{ a }}{% endif %} {{b}}"}])
    unsafe = _load(world, "jinja-unsafe", "{% if true %}{{ ''.__class__ }}{% endif %}")
    return {
        "loop": attempt(prompt.format, xs=[1, 2, 3]),
        "variables": set(prompt.variables),
        "chat": attempt(chat.format, a="A", b="B"),
        "unsafe": str(attempt(unsafe.format))[:20],
        "single braces": attempt(prompt.to_single_brace_format),
    }
