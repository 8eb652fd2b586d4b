"""Jinja2 templates: when a template is one, that it renders as with Jinja2 alone, and what is said of mistakes."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest

from mlflow.exceptions import InvalidPrompt
from mlflow.templates.jinja import inputs, is_jinja, problem_of, render


class Order:
    """What an application may pass in."""

    total = 7
    _secret = "key"

    def lines(self) -> list[str]:
        return ["a", "b"]


VALUES: dict[str, Any] = {
    "name": "Ada <b>",
    "items": [{"n": 1, "tag": "x"}, {"n": 2, "tag": "y"}, {"n": 3, "tag": "x"}],
    "d": {"b": 1, "a": [1, 2]},
    "tree": [{"n": 1, "c": [{"n": 2, "c": []}, {"n": 3, "c": []}]}],
    "order": Order(),
    "numbers": [3, 1, 2],
    "word": "headrace",
    "big": 10**40,
}

RENDERED = [
    "{% if name %}{{ name }}{% else %}nobody{% endif %}{{ missing }}\n",
    "{% if a %}A{% elif name %}B{% endif %}\n\n{%- if true -%}  x  {%- endif %}",
    "{% for i in items %}{{ loop.index }}/{{ loop.length }}:{{ i.n }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{% for i in items if i.n is odd %}{{ i.n }}{% else %}none{% endfor %}",
    "{% for i in [] %}{% else %}none{% endfor %}",
    "{% for x in tree recursive %}{{ x.n }}({{ loop(x.c) }}){% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{{ d['a'][1] }}{{ d.get('z', 5) }}",
    "{% macro m(n, by=1) %}{% if n > 0 %}{{ n }}{{ m(n - by) }}{% endif %}{% endmacro %}{{ m(4) }}{{ m(4, by=2) }}",
    "{% macro box() %}[{{ caller() }}]{% endmacro %}{% call box() %}in{% endcall %}",
    "{% filter upper %}abc{{ word }}{% endfilter %}{% block b %}B{% endblock %}{{ self.b() }}",
    "{% with z = 4 %}{{ z }}{% endwith %}{% set x %}a{{ word }}b{% endset %}{{ x ~ x ~ 5 }}{{ x[1:3] }}{{ x[-1] }}",
    "{% set ns = namespace(n=0) %}{% for i in range(5) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}",
    "{% set l = [] %}{% for i in numbers %}{% set _ = l.append(i * 2) %}{% endfor %}{{ l }}{{ l.index(2) }}",
    "{% if 1 < 2 <= 2 and 'a' in word and name not in d %}{{ 7 // 2 }}{{ 7 % 4 }}{{ 2 ** 5 }}{{ 1 / 2 }}{% endif %}",
    "{% autoescape true %}{{ name }}{{ name ~ '<' }}{{ name|safe }}{% endautoescape %}{{ name }}",
    "{% raw %}{{ a }}{% endraw %}{# comment #}{{ ['a', 'b'] | map('upper') | join(',') }}",
    "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ dict(a=1) }}{{ {word: 2}[word] }}",
    "{% if order is defined and missing is undefined %}{{ order.total }}{{ order.lines()|join }}{% endif %}",
]

EXPRESSIONS = [
    "'%s-%05.1f' % (word, 2.55)",
    "'%d'|format(5)",
    "'{:>5}|{a}'.format(1, a=2)",
    "'ab' * 3",
    "word.split('a')",
    "word|upper|replace('H', 'J')|center(20)|trim|truncate(5)",
    "word|wordwrap(3)",
    "'a\nb'|indent(2)",
    "d|dictsort",
    "d|length",
    "d|tojson",
    "d|tojson(indent=2)",
    "d|pprint",
    "name|e",
    "name|striptags",
    "3.14159|round(2)",
    "1500|filesizeformat",
    "missing|default('q')",
    "'5'|int + 1",
    "big",
    "[1, [2]] == [1, [2]]",
    "(1, 2)[0]",
    "numbers|sort|join(', ')",
    "numbers|select('odd')|list",
    "numbers|batch(2, 0)|list",
    "numbers|slice(2)|list",
    "numbers|unique|list",
    "numbers|reverse|list",
    "(numbers|first, numbers|last, numbers|max)",
    "items|map(attribute='n')|sum",
    "items|groupby('tag')|list",
    "items|selectattr('tag', 'eq', 'x')|map(attribute='n')|list",
]
RENDERED += [f"{{% if 1 %}}{{{{ {expression} }}}}{{% endif %}}" for expression in EXPRESSIONS]


@pytest.mark.parametrize("text", RENDERED)
def test_the_sandbox_renders_as_jinja2_alone(text: str) -> None:
    plain = jinja2.Environment().from_string(text).render(VALUES)

    assert render(text, VALUES) == plain
    assert render(text, VALUES, sandbox=False) == plain


@pytest.mark.parametrize("text", ["{% if a %}", "a {%- b\n -%}", "{%%}"])
def test_a_block_makes_a_template_jinja2(text: str) -> None:
    assert is_jinja(text)
    assert is_jinja([{"role": "user", "content": "x"}, {"role": "user", "content": [{"type": "text", "text": text}]}])


@pytest.mark.parametrize("text", ["{{ a|upper }}", "100 {% of it", "%} {%", "{%}", "{# a #}", ""])
def test_all_else_is_plain_text(text: str) -> None:
    assert not is_jinja(text)
    assert not is_jinja([{"role": "user", "content": text}, {"role": "user", "content": None}])


def test_one_jinja2_message_makes_all_of_them_jinja2() -> None:
    messages = [{"role": "system", "content": "{% if a %}A{% endif %}"}, {"role": "user", "content": "{{ b|upper }}"}]

    assert render(messages, {"a": 1, "b": "b"}) == [
        {"role": "system", "content": "A"},
        {"role": "user", "content": "B"},
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n{% if %}", "line 2: Expected an expression"),
        ("{% if 1 %}", "line 1: Unexpected end of template"),
        ("{% if 1 %}{% endif %}\n\n{{ nothing.here }}", "line 3: 'nothing' is undefined"),
        ("{% if 1 %}\n{{ 1 / 0 }}{% endif %}", "line 2: division by zero"),
        ("{% if 1 %}{{ 'a'|upside }}{% endif %}", "No filter named 'upside'"),
        ("{% include 'x' %}", "no loader"),
    ],
)
@pytest.mark.parametrize("sandbox", [True, False])
def test_a_template_that_cannot_be_rendered_is_an_error_that_names_the_line(
    text: str, said: str, sandbox: bool
) -> None:
    with pytest.raises(InvalidPrompt, match=said) as caught:
        render(text, {}, sandbox)

    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    "text",
    [
        "{% if 1 %}{{ order.__class__.__mro__ }}{% endif %}",
        "{% if 1 %}{{ order._secret.upper() }}{% endif %}",
        "{% if 1 %}{{ order.lines.__func__.__globals__ }}{% endif %}",
        "{% if 1 %}{{ '{0.__class__.__mro__}'.format(order) }}{% endif %}",
        "{% if 1 %}{{ ['{0.__class__.__mro__}']|map('format')|list }}{% endif %}",
        "{% if 1 %}{{ [order]|map(attribute='__class__.mro')|list }}{% endif %}",
        "{% if 1 %}{{ cycler.__init__.__globals__.os }}{% endif %}",
        "{% if 1 %}{{ (order|attr('__class__')).mro() }}{% endif %}",
    ],
)
def test_the_sandbox_keeps_to_safe_attributes(text: str) -> None:
    try:
        rendered = render(text, VALUES)
    except InvalidPrompt:
        return

    assert "class" not in rendered.replace("__class__", "")
    assert "key" not in rendered


def test_outside_the_sandbox_everything_can_be_reached() -> None:
    text = "{% if 1 %}{{ order.__class__.__mro__ }}{% endif %}"

    assert "Order" in render(text, VALUES, sandbox=False)


def test_the_inputs_are_the_names_that_a_template_does_not_set_itself() -> None:
    text = "{% set z = 1 %}{% for i in items %}{{ i.n }}{{ loop.index }}{{ q }}{{ z }}{% endfor %}{{ range(n) }}"

    assert inputs(text) == {"items", "q", "n"}


def test_what_jinja2_cannot_read_is_told_with_its_line() -> None:
    assert problem_of("a\n{% if %}") == (2, "Expected an expression, got 'end of statement block'")
    assert problem_of("{% if a %}{% endif %}") is None
    assert problem_of("{% if 1 %}{{ " + "(" * 5000 + " }}{% endif %}") is not None
