"""Templates that would take all time or memory, if they could. Each name says by what."""

from __future__ import annotations

_HEAVY = "{% set a = i %}" * 3000
_LIST = "x," * 20_000
_LATE_LINKS = (
    "{% set ns = namespace(s=[]) %}{% set root = ns.s %}{% for i in range(60) %}{% set n = [] %}"
    "{% set _ = ns.s.append(n) %}{% set _ = ns.s.append(n) %}{% set ns.s = n %}{% endfor %}"
)


def _loop(setup: str, body: str) -> str:
    return f"{{% set s = {setup} %}}{{% for i in range(99999) %}}{{% set z = {body} %}}{{% endfor %}}"


def _value(expression: str) -> str:
    return f"{{% if 1 %}}{{{{ {expression} }}}}{{% endif %}}"


def _growing(start: str, step: str, use: str = "") -> str:
    grow = f"{{% for i in range(99) %}}{{% set ns.s = {step} %}}{{% endfor %}}"
    return f"{{% set ns = namespace(s={start}) %}}{grow}{use}"


LOOPS = {
    "one loop": "{% for i in range(10**9) %}{% endfor %}",
    "loops in loops": "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}",
    "loops over one list": ("{% set l = range(99999)|list %}{% for i in l %}{% for j in l %}{% endfor %}{% endfor %}"),
    "loops whose condition is never true": (
        "{% set l = range(99999)|list %}{% for i in l %}{% for j in l if false %}{% endfor %}{% endfor %}"
    ),
    "a long body": "{% for i in range(99999) %}" + _HEAVY + "{% endfor %}",
    "a long else": "{% for i in range(99999) %}{% for j in '' %}{% else %}" + _HEAVY + "{% endfor %}{% endfor %}",
    "a long list to loop over": (
        "{% for i in range(99999) %}{% for j in [" + _LIST + "] if false %}{% endfor %}{% endfor %}"
    ),
    "a long condition": "{% for i in range(99999) if (" + "i < 0 or " * 90 + " false) %}{% endfor %}",
    "a long argument": "{% macro m(a) %}{% endmacro %}{% for i in range(99999) %}{{ m([" + _LIST + "]) }}{% endfor %}",
    "a long default": "{% macro m(a=[" + _LIST + "]) %}{% endmacro %}{% for i in range(99999) %}{{ m() }}{% endfor %}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "a tree of macros": "{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "a tree of long macros": (
        "{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}"
        + "{% set a = 1 %}" * 3000
        + "{% endmacro %}{{ m(16) }}"
    ),
    "a tree of callers": (
        "{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}" + "{% call m() %}" * 18 + "x" + "{% endcall %}" * 18
    ),
    "a block that shows itself": "{% block a %}{{ self.a() }}{{ self.a() }}{% endblock %}",
    "a recursive loop": (
        "{% for i in range(99) if (" + "i < 0 or " * 90 + " true) recursive %}{{ loop(range(99)) }}{% endfor %}"
    ),
    "map within map": "{% set l = range(9999)|list %}{% for i in l %}{% set z = l|map('string')|list %}{% endfor %}",
    "a search in a list": _value("(range(9999)|list)|select('in', range(9999)|list)|list"),
}

GROWTH = {
    "text by ~": _growing("'a'", "ns.s ~ ns.s"),
    "text by +": _growing("'a'", "ns.s + ns.s"),
    "text by a set block": (
        "{% set ns = namespace(s='a') %}{% for i in range(99) %}{% set x %}{{ ns.s }}{{ ns.s }}{% endset %}"
        "{% set ns.s = x %}{% endfor %}"
    ),
    "lists by +": _growing("[1]", "ns.s + ns.s"),
    "lists by extend": "{% set l = [1] %}{% for i in range(99) %}{% set _ = l.extend(l) %}{% endfor %}",
    "lists of lists": _growing("[1]", "[ns.s, ns.s]", "{{ ns.s }}"),
    "tuples of tuples as keys": _growing("(1,)", "(ns.s, ns.s)", "{{ {ns.s: 1} }}"),
    "tuples of tuples as index": _growing("(1,)", "(ns.s, ns.s)", "{{ d[ns.s] }}"),
    "tuples of tuples sought": _growing("(1,)", "(ns.s, ns.s)", "{{ ns.s in d }}"),
    "lists of lists compared": _growing("[1]", "[ns.s, ns.s]", "{{ ns.s == ns.s }}"),
    "lists linked when they are empty": _LATE_LINKS + "{{ root }}",
    "lists linked, as JSON": _LATE_LINKS + "{{ root|tojson }}",
    "lists linked, compared": _LATE_LINKS + "{{ root in [1, root] }}",
    "a list in itself": "{% set l = [] %}{% set _ = l.append(l) %}{{ l }}{{ l == l }}",
    "numbers by *": _growing("3", "ns.s * ns.s"),
    "numbers by **": _value("9 ** 9 ** 99"),
    "a huge power": _value("x ** 10**9"),
    "a long number": _value("9" * 4000),
    "numbers of the same hash": (
        "{% set l = [] %}{% for i in range(40000) %}{% set _ = l.append(i * 2305843009213693951) %}{% endfor %}"
        "{{ l|unique|list|length }}"
    ),
    "tuples, all different": _value("[" + "(1, 2)," * 9000 + "]|unique|list"),
}

AT_ONCE = {
    "text times a number": _value("'a' * 10**9"),
    "a number times text": _value("10**9 * 'a'"),
    "a list times a number": _value("[1] * 10**9"),
    "center": _value("'a'|center(10**9)"),
    "center by name": _value("'a'|center(width=10**9)"),
    "center in map": _value("['a']|map('center', 10**9)|list"),
    "ljust": _value("'a'.ljust(10**9)"),
    "zfill": _value("'a'.zfill(10**9)"),
    "expandtabs": _value("'\t'.expandtabs(10**9)"),
    "a width in %": _value("'%1000000000d' % 1"),
    "a width beside %": _value("'%*d' % (10**9, 1)"),
    "a precision in %": _value("'%.1000000000f'|format(1)"),
    "a width in format": _value("'{:>1000000000}'.format(1)"),
    "a width beside format": _value("'{:>{w}}'.format(1, w=10**9)"),
    "a width in format_map": _value("'{a:>1000000000}'.format_map({'a': 1})"),
    "many fields": _value("('{0}' * 10000).format('x' * 100000)"),
    "indent": _value("'a\n'|indent(10**9, true)"),
    "indent of many lines": _value("('\n' * 100000)|indent('x' * 100000)"),
    "replace": _value("('a' * 100000)|replace('a', 'b' * 100000)"),
    "replace nothing": _value("('a' * 100000).replace('', 'b' * 100000)"),
    "join": _value("(range(99999)|list)|join('b' * 100000)"),
    "join of a range": _value("range(99999)|join('b' * 100000)"),
    "the method join": _value("('b' * 100000).join([''] * 100000)"),
    "translate": _value("('b' * 100000).translate({98: 'x' * 100000})"),
    "to_bytes": _value("(1).to_bytes(10**9, 'big')"),
    "round": _value("5|round(-10**9)"),
    "batch": _value("[1]|batch(10**9, 'x')|list"),
    "slice": _value("[1]|slice(10**9)|list"),
    "tojson": _value("[1]|tojson(indent=10**9)"),
    "wordwrap": _value("('a' * 3000000)|wordwrap(1)"),
    "striptags": _value("('<!---->' * 400000)|striptags"),
    "pprint": _value("([[1] * 1000] * 1000)|pprint"),
    "a sum of lists": _value("([[1]] * 99999)|sum(start=[])|length"),
    "lipsum": _value("lipsum(10**6)"),
    "urlize": _value("(')' * 1000000)|urlize"),
    "a list of characters": _value("('a' * 3900000)|list|length"),
    "a sort of long texts": _value("(['a' * 1000000] * 99999)|sort|length"),
    "a slow codec": _value("('ß' * 300000).encode('punycode')"),
    "our own filters": (
        _value("[-10**9]|map('steps of a body')|list")
        + "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
    ),
}

AGAIN_AND_AGAIN = {
    name: _loop(setup, body)
    for name, (setup, body) in {
        "sort": ("range(9999)|list", "s|sort"),
        "unique": ("range(9999)|list", "s|unique"),
        "groupby": ("[{'a': 1}] * 9999", "s|groupby('a')"),
        "upper": ("'a' * 1000000", "s.upper()"),
        "find": ("'a' * 1000000", "s.find('b')"),
        "find what is nearly there": ("'a' * 1900", "s.find('b' ~ 'a' * 900)"),
        "rfind what is nearly there": ("'a' * 10000", "s.rfind('ab' ~ 'a' * 1000)"),
        "in": ("'a' * 1000000", "'b' in s"),
        "slices": ("'a' * 1000000", "s[1:]"),
        "title": ("'a b' * 100000", "s|title"),
        "wordcount": ("'a b' * 300000", "s|wordcount"),
        "escape": ("'<' * 1000000", "s|e"),
        "string": ("['\x01' * 100000]", "s|string"),
        "tojson of text": ("['<' * 100000]", "s|tojson"),
        "urlencode": ("'ä' * 100000", "s|urlencode"),
        "strip": ("'ab' * 100000", "s.strip('x' * 100000 ~ 'ab')"),
        "int": ("'9' * 4000", "s|int"),
        "number of hexadecimals": ("'f' * 400000", "s|int(base=16) // 3"),
        "split": ("'a ' * 300000", "s.split()"),
        "striptags of little": ("'<a>' * 9000", "s|striptags"),
        "pprint of little": ("[[1] * 30] * 10", "s|pprint"),
        "a joiner": ("joiner('x' * 100000)", "s()"),
        "calls": ("'a'", "s.upper().lower().upper().lower().upper().lower().upper().lower().upper().lower()"),
        "floats": ("1.5", "s * 1.0001 * 1.0001 * 1.0001 * 1.0001 * 1.0001 * 1.0001 * 1.0001 * 1.0001 * 1.0001"),
        "updates": ("{}", "s.update({i: 3})"),
    }.items()
}

HARD_TO_READ = {
    "parentheses": _value("(" * 30_000 + "1" + ")" * 30_000),
    "lists in lists": _value("[" * 30_000 + "1" + "]" * 30_000),
    "a long sum": _value("+".join(["1"] * 30_000)),
    "a long ~": _value("~".join(["1"] * 30_000)),
    "a long and": _value(" and ".join(["1"] * 15_000)),
    "many filters": _value("a" + "|upper" * 16_000),
    "many attributes": _value("a" + ".a" * 49_000),
    "ifs in ifs": "{% if 1 %}" * 5000 + "{% endif %}" * 5000,
    "loops in loops, empty": "{% for a in x %}" * 3000 + "{% endfor %}" * 3000,
    "many values": "{% if 1 %}{% endif %}" + "{{ a }}" * 14_000,
    "many macros": "{% macro a() %}{% endmacro %}" * 3500,
    "many names": "".join(f"{{% set a{number} = 1 %}}" for number in range(5000)),
    "open braces": "{% if 1 %}{% endif %}" + "{{ " * 33_000,
    "open comments": "{% if 1 %}{% endif %}" + "{#" * 49_000,
    "quotes": "{% if 1 %}{% endif %}{{ '" + "\\'" * 49_000,
    "blanks": "{% if 1 %}{% endif %}" + (" " * 1000 + "{%") * 90,
}

COSTLY = {
    f"{kind}: {name}": text
    for kind, texts in {
        "loops": LOOPS,
        "growth": GROWTH,
        "at once": AT_ONCE,
        "again and again": AGAIN_AND_AGAIN,
    }.items()
    for name, text in texts.items()
}
