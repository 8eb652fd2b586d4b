"""Includes: `{{> other }}` stands for the text of another prompt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow.exceptions import InvalidPrompt, NotFound
from mlflow.templates.includes import Loaded, find_includes, resolve
from mlflow.templates.uris import PromptAddress


class Prompts:
    """Loads what it was given: templates by (name, version), and aliases."""

    def __init__(
        self, templates: dict[tuple[str, int], Any], aliases: dict[tuple[str, str], int] | None = None
    ) -> None:
        self.templates = templates
        self.aliases = aliases or {}
        self.asked: list[str] = []

    def __call__(self, address: PromptAddress) -> Loaded:
        self.asked.append(str(address))
        if address.version is not None:
            version = address.version
        elif address.alias is not None:
            version = self.aliases[address.name, address.alias]
        else:
            version = max((version for name, version in self.templates if name == address.name), default=0)
        if (address.name, version) not in self.templates:
            raise NotFound(f"Prompt '{address}' not found")
        return Loaded(address.name, version, self.templates[address.name, version])


def test_an_include_names_the_latest_a_version_or_an_alias() -> None:
    prompts = Prompts(
        {("rules", 1): "one", ("rules", 2): "two", ("rules", 3): "three", ("team/tone", 4): "kind"},
        {("rules", "production"): 2},
    )
    text = "{{> rules }}, {{>rules@production}}, {{> rules/1 }}, {{ > team/tone/4 }}, {{> prompts:/rules@latest}}"

    resolved = resolve(text, prompts)

    assert resolved.template == "three, two, one, kind, three"
    assert resolved.includes == [("rules", 3), ("rules", 2), ("rules", 1), ("team/tone", 4)]


def test_included_prompts_may_include_others() -> None:
    prompts = Prompts({("a", 1): "<{{> b }}{{x}}>", ("b", 1): "[{{> c}}{{> c}}]", ("c", 1): "c"})

    resolved = resolve("{{> a }}{{y}}", prompts)

    assert resolved.template == "<[cc]{{x}}>{{y}}"
    assert resolved.includes == [("a", 1), ("b", 1), ("c", 1)]


def test_each_address_is_loaded_once_so_that_it_means_one_version_throughout() -> None:
    prompts = Prompts({("a", 1): "{{> b }}", ("b", 1): "b"})

    resolve("{{> b }}{{> a }}{{> b }}{{> a }}", prompts)

    assert prompts.asked == ["b@latest", "a@latest"]


def test_a_template_without_includes_is_left_as_it_is() -> None:
    prompts = Prompts({})

    assert resolve("{{ a }} {{> a:b }} {{> }} {{> ä }} {{ > }}", prompts) == (
        "{{ a }} {{> a:b }} {{> }} {{> ä }} {{ > }}",
        [],
    )
    assert prompts.asked == []


def test_a_chat_prompt_includes_texts_in_its_contents() -> None:
    prompts = Prompts({("rules", 1): "Be kind.", ("tone", 1): "Softly."})
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "{{> rules }} {{> tone }}"},
        {"role": "user", "content": [{"type": "text", "text": "{{> tone }} {{q}}"}]},
    ]

    resolved = resolve(messages, prompts)

    assert resolved.template == [
        {"role": "system", "content": "Be kind. Softly."},
        {"role": "user", "content": [{"type": "text", "text": "Softly. {{q}}"}]},
    ]
    assert resolved.includes == [("rules", 1), ("tone", 1)]


@pytest.mark.parametrize("template", ["{{> chat }}", [{"role": "system", "content": "{{> chat }}"}]])
def test_a_chat_prompt_cannot_be_included(template: Any) -> None:
    prompts = Prompts({("chat", 1): [{"role": "user", "content": "x"}]})

    with pytest.raises(InvalidPrompt, match=r"'chat@latest' is a chat prompt\. Only text prompts can be included"):
        resolve(template, prompts)


def test_a_circle_is_refused_and_shown() -> None:
    prompts = Prompts({("a", 1): "{{> b }}", ("b", 1): "{{> a }}"})

    with pytest.raises(InvalidPrompt, match="may not include themselves: a → b → a"):
        resolve("{{> b }}", prompts, "a", 1)
    with pytest.raises(InvalidPrompt, match="may not include themselves: a → b → a"):
        resolve("{{> a }}", prompts)


def test_a_circle_that_registering_would_close_is_refused() -> None:
    prompts = Prompts({("a", 1): "harmless", ("b", 1): "{{> a }}"})

    with pytest.raises(InvalidPrompt, match="a → b → a"):
        resolve("{{> b }}", prompts, "a")


def test_a_version_may_build_on_an_earlier_one() -> None:
    prompts = Prompts({("a", 1): "first"})

    assert resolve("{{> a/1 }}, and more", prompts, "a").template == "first, and more"
    assert resolve("{{> a/1 }}, and more", prompts, "a", 2).template == "first, and more"


def test_what_is_missing_is_said_by_whoever_loads() -> None:
    with pytest.raises(NotFound, match="'nothing@latest' not found"):
        resolve("{{> nothing }}", Prompts({}))


def chain(length: int) -> Prompts:
    templates = {(f"p{number}", 1): f"{{{{> p{number + 1} }}}}" for number in range(1, length)}
    return Prompts({**templates, (f"p{length}", 1): "end"})


def test_sixteen_levels_are_resolved_and_seventeen_refused() -> None:
    assert resolve("{{> p1 }}", chain(16)).template == "end"

    with pytest.raises(InvalidPrompt, match=r"deeper than 16 levels: p1 → p2 → .* → p16"):
        resolve("{{> p1 }}", chain(17))


def test_256_includes_are_resolved_and_more_refused() -> None:
    prompts = Prompts({("a", 1): "x"})
    assert resolve("{{> a }}" * 256, prompts).template == "x" * 256

    with pytest.raises(InvalidPrompt, match="more than 256 includes"):
        resolve("{{> a }}" * 257, prompts)


def test_prompts_that_double_at_each_level_are_refused() -> None:
    templates = {(f"p{number}", 1): f"{{{{> p{number + 1} }}}}" * 2 for number in range(1, 16)}

    with pytest.raises(InvalidPrompt, match="more than 256 includes"):
        resolve("{{> p1 }}", Prompts({**templates, ("p16", 1): "x"}))


def test_a_million_characters_are_the_limit_for_all_messages_together() -> None:
    prompts = Prompts({("long", 1): "x" * 99_999})
    message = {"role": "user", "content": "{{> long }}" * 5}
    assert len(resolve([message], prompts).template[0]["content"]) == 499_995  # type: ignore[index]  # messages

    with pytest.raises(InvalidPrompt, match="longer than 1000000 characters"):
        resolve([message] * 3, prompts)


def test_the_addresses_that_a_template_includes_can_be_listed() -> None:
    template = [
        {"role": "system", "content": "{{> a }}{{> b/2 }}"},
        {"role": "user", "content": "{{> a@latest }}{{>:}}"},
    ]

    assert find_includes(template) == [PromptAddress("a"), PromptAddress("b", 2)]


@given(st.dictionaries(st.sampled_from("abcde"), st.text(alphabet="x{}> ", max_size=5), min_size=5), st.data())
def test_resolving_is_putting_texts_in_the_place_of_includes(texts: dict[str, str], data: st.DataObject) -> None:
    """Each prompt includes some of the later ones, so there is no circle."""
    names = sorted(texts)
    templates: dict[str, str] = {}
    resolved: dict[str, str] = {}
    for position, name in reversed(list(enumerate(names))):
        included = (
            data.draw(st.lists(st.sampled_from(names[position + 1 :]), max_size=2)) if names[position + 1 :] else []
        )
        own = texts[name].replace("{", "").replace("}", "")
        templates[name] = own + "".join(f"{{{{> {other} }}}}{own}" for other in included)
        resolved[name] = own + "".join(resolved[other] + own for other in included)

    prompts = Prompts({(name, 1): template for name, template in templates.items()})

    assert resolve(f"{{{{> {names[0]} }}}}", prompts).template == resolved[names[0]]
