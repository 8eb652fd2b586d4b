"""Run by the interpreter of the frameworks: what LangChain and LlamaIndex make of prompts. Reads and writes JSON."""

from __future__ import annotations

import json
import sys
from typing import Any


def langchain(given: dict[str, Any]) -> dict[str, Any]:
    from langchain_core.prompts import ChatPromptTemplate, PromptTemplate  # type: ignore[import-not-found]  # not here

    if isinstance(given["template"], str):
        template = PromptTemplate.from_template(given["template"])
        return {"variables": template.input_variables, "filled": template.format(**given["values"])}
    chat = ChatPromptTemplate.from_messages(given["template"])
    return {
        "variables": chat.input_variables,
        "filled": [message.content for message in chat.format_messages(**given["values"])],
    }


def llamaindex(given: dict[str, Any]) -> dict[str, Any]:
    from llama_index.core.prompts import PromptTemplate  # type: ignore[import-not-found]  # not here

    template = PromptTemplate(given["template"])
    return {"variables": sorted(set(template.template_vars)), "filled": template.format(**given["values"])}


if __name__ == "__main__":
    json.dump([globals()[given["framework"]](given) for given in json.load(sys.stdin)], sys.stdout)
