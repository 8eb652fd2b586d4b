"""Reading a Call from a request: JSON bodies and query strings, in every spelling MLflow's clients use."""

from __future__ import annotations

import json
import re
from typing import Any, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec

from mlflow.api import Call
from mlflow.exceptions import InvalidParameter

_MISSING = re.compile(r"Object missing required field `(\w+)`")
_EXPECTED = re.compile(r"(?:Expected|Invalid) (.*?)(?: - at `\$\.?(.*)`)?$")
_QUERY_FIELDS_LIMIT = 2000


class CallReader:
    """Reads one kind of Call from requests."""

    def __init__(self, call: type[Call[Any]]) -> None:
        self._call = call
        self._decoder = msgspec.json.Decoder(call, strict=False)
        self._lists = {field.name for field in msgspec.structs.fields(call) if _is_list(field.type)}
        self._snake_of = {
            _camel(name): name for name in sorted(_field_names(call, set())) if "_" in name and _camel(name) != name
        }
        # Clients that speak camelCase are rare: one quick look tells whether the body must be renamed.
        self._marks = tuple(f'"{name}"'.encode() for name in self._snake_of)

    def from_body(self, body: bytes) -> Call[Any]:
        """Read the Call from a JSON body.

        Raises:
            InvalidParameter: the body is not a JSON object, or a field is missing or of another type.
        """
        try:
            for mark in self._marks:
                if mark in body:
                    break
            else:
                call: Call[Any] = self._decoder.decode(body or b"{}")
                return call
        except msgspec.ValidationError as error:
            # Worth a second, slower look: JSON in a string, and null where a client means "not given".
            if not body.lstrip().startswith(b'"') and b"null" not in body:
                raise _named(error) from error
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # bare NaN and Infinity are not JSON, but Python's json module writes them
        except RecursionError as error:
            raise InvalidParameter("The request's JSON is nested too deeply.") from error
        return self._from_object(self._plain(body))

    def from_query(self, query: bytes) -> Call[Any]:
        """Read the Call from a query string; a list is a name given several times.

        Raises:
            InvalidParameter: a field is missing or of another type.
        """
        given: dict[str, Any] = {}
        try:
            pairs = parse_qsl(
                query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_QUERY_FIELDS_LIMIT
            )
        except ValueError as error:
            raise InvalidParameter(f"The query string cannot be read: {error}.") from error
        for name, value in pairs:
            name = self._snake_of.get(name, name)
            if name in self._lists:
                given.setdefault(name, []).append(value)
            else:
                given.setdefault(name, value)  # of a name given twice the first counts
        return self._converted(given)

    def _plain(self, body: bytes) -> Any:
        try:
            found = json.loads(body)
            if isinstance(found, str):  # JSON inside a JSON string, as some old clients send
                found = json.loads(found)
            # Half of a pair of surrogates: JSON can write it, but no text that is stored or sent can hold it.
            json.dumps(found, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise InvalidParameter(f"The request's body is not valid JSON: {error}.") from error
        return found

    def _from_object(self, found: Any) -> Call[Any]:
        if not isinstance(found, dict):
            raise InvalidParameter("The request's body must be a JSON object.")
        try:
            return self._converted(self._renamed(found))
        except RecursionError as error:
            raise InvalidParameter("The request's JSON is nested too deeply.") from error

    def _converted(self, given: dict[str, Any]) -> Call[Any]:
        try:
            call: Call[Any] = msgspec.convert(given, self._call, strict=False)
            return call
        except msgspec.ValidationError as error:
            raise _named(error) from error

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._renamed(item) for item in value]
        if not isinstance(value, dict):
            return value
        renamed: dict[str, Any] = {}
        for name, item in value.items():
            if item is None:
                continue
            snake = str(self._snake_of.get(name, name))
            if snake in renamed:
                raise InvalidParameter(f"The parameter '{snake}' is given in snake_case and in camelCase. Send one.")
            renamed[snake] = self._renamed(item)
        return renamed


def _named(error: msgspec.ValidationError) -> InvalidParameter:
    text = str(error)
    if missing := _MISSING.match(text):
        return InvalidParameter(f"Missing value for required parameter '{missing[1]}'.")
    if wrong := _EXPECTED.match(text):
        what, where = wrong[1].replace("`", ""), wrong[2] or "the request"
        return InvalidParameter(f"Invalid value for parameter '{where}': expected {what}.")
    return InvalidParameter(f"Invalid request: {text}.")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is list


def _field_names(kind: Any, seen: set[Any]) -> set[str]:
    """Return the wire names of all fields of a Struct and of the Structs inside it."""
    names: set[str] = set()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if kind not in seen:
            seen.add(kind)
            for field in msgspec.structs.fields(kind):
                names.add(field.encode_name)
                names |= _field_names(field.type, seen)
    else:
        for part in get_args(kind):
            names |= _field_names(part, seen)
    return names
