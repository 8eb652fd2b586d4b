"""Front matter: what stands above a prompt's template in its file. YAML, of which only what JSON has is read.

`no` is a text here and no false, `2024-01-01` is no date, and nothing refers to anything else: a file means what it
says, and a short one cannot grow when it is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mlflow.exceptions import InvalidPrompt

if TYPE_CHECKING:
    import yaml

_AS_WRITTEN = ("name", "commit_message", "tags", "aliases")
"""What is text in these is text without quotes too: a tag `1.10` is not the number 1.1."""

# What does not stand well as lines of YAML: other line ends than ours, which it changes, and empty lines at the end,
# which it marks with `...`.
_NO_LINES = re.compile("[\r\x85\u2028\u2029]|\n\n\\Z|\\A\n\\Z")


def read_yaml(text: str, first_line: int = 1) -> Any:
    """Return what a YAML text says.

    Args:
        text: YAML.
        first_line: the number that its first line has for whoever wrote it.

    Raises:
        InvalidPrompt: it cannot be read, has a key twice, an anchor, or what JSON does not have.
    """
    import yaml

    try:
        return yaml.load(text, _loader())  # noqa: S506  # a SafeLoader that knows even less
    except yaml.MarkedYAMLError as error:
        line = f", line {first_line + error.problem_mark.line}" if error.problem_mark else ""
        raise InvalidPrompt(f"{error.problem or error.context}{line}") from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise InvalidPrompt(f"it is no YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise InvalidPrompt("it is nested too deep") from None


def write_yaml(value: Mapping[str, Any]) -> str:
    """Return a mapping as YAML, in its own order, texts of several lines as such."""
    import yaml

    return yaml.dump(value, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=1_000_000)


def write_scalar(text: str) -> str:
    """Return a text as it stands within `{…}` of YAML on one line, in double quotes unless it is a plain word."""
    import yaml

    if re.fullmatch(r"[a-z][a-z_-]*", text) and text not in ("null", "true", "false"):
        return text
    dumped: str = yaml.dump(text, Dumper=yaml.SafeDumper, default_style='"', allow_unicode=True, width=1_000_000)
    return dumped.rstrip("\n")


def with_entries(text: str, entries: Mapping[str, Any]) -> str:
    """Return front matter with some entries set, and every other line, comments too, as it was.

    Args:
        text: front matter, every entry on lines of its own.
        entries: the first of them is where the others go that are not there yet; those that are None are taken out.
    """
    import yaml

    root = yaml.compose(text, yaml.SafeLoader)
    nodes = root.value if isinstance(root, yaml.MappingNode) else []
    there = {key.value: (key.start_mark.index, value.end_mark.index) for key, value in nodes if key.value in entries}
    for name, (start, end) in sorted(there.items(), key=lambda item: -item[1][0]):
        ends_line = text[start:end].endswith("\n")
        if entries[name] is None:
            text = text[:start] + (text[end:] if ends_line else text[end:].partition("\n")[2])
        else:
            text = text[:start] + write_yaml({name: entries[name]}).rstrip("\n") + "\n" * ends_line + text[end:]
    new = {name: value for name, value in entries.items() if name not in there and value is not None}
    first = next(iter(entries))
    start = text.find("\n", there[first][0]) + 1 if first in there else 0
    return text[:start] + (write_yaml(new) if new else "") + text[start:]


@lru_cache(maxsize=1)
def _loader() -> type[yaml.SafeLoader]:
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers: dict[str, Any] = {}

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # types-pyyaml has no types for it
                raise yaml.MarkedYAMLError(problem="references (`*name`) are not read", problem_mark=mark)
            return super().compose_node(parent, index)

        def construct_document(self, node: Any) -> Any:
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if key.value in _AS_WRITTEN and value.tag != "tag:yaml.org,2002:null":
                        _take_as_written(value)
            return super().construct_document(node)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value in seen:
                    raise yaml.MarkedYAMLError(problem=f"{key.value!r} is there twice", problem_mark=key.start_mark)
                seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
            return super().construct_mapping(node, deep)

    number = r"-?(?:0|[1-9][0-9]*)"
    for tag, pattern, first in (
        ("null", r"~|null|", ["~", "n", ""]),
        ("bool", r"true|false", ["t", "f"]),
        ("int", number, [*"-0123456789"]),
        ("float", number + r"(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", [*"-0123456789"]),
    ):
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})\Z"), first)
    return Loader


def _take_as_written(node: Any) -> None:
    """Make every scalar in a node a text."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        node.tag = "tag:yaml.org,2002:str"
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _take_as_written(item)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _take_as_written(key)
            _take_as_written(value)


@lru_cache(maxsize=1)
def _dumper() -> type[yaml.SafeDumper]:
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = '"' if _NO_LINES.search(value) else "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return Dumper
