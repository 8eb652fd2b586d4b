"""The one place that decides whether an artifact path may be used."""

from __future__ import annotations

import os
import re
from urllib.parse import unquote

from mlflow.exceptions import InvalidParameter

STAGING = ".headrace-staging"
"""Folder in which bytes wait until they are complete. No artifact may have this name, at any level."""

LONGEST_PATH = 4096  # characters; what Linux takes, and it bounds the work below
LONGEST_NAME = 255  # bytes of one name between slashes, on nearly every file system

_DRIVE_OR_FILE_URI = re.compile(r"[A-Za-z]:|file:", re.IGNORECASE)
_CONTROL_OR_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\#]")
# Clients up to 3.7 name images `dogs%step%23%timestamp%1763000000000%…`: what looks like an encoded `#` or control
# character there is none, and does no harm. An encoded backslash or NUL has no such excuse.
_FORBIDDEN_ENCODED = re.compile(r"[\x00\\]")


def clean_path(path: str | None) -> str:
    """Check an artifact path and return it without empty and `.` steps; the root is the empty string.

    The path is taken as it is, but it is refused when it, or what is left after decoding `%xx` any number of times,
    is absolute, leaves its root (`..`), or contains a backslash or a drive letter: whoever decodes it once more further
    down the road must not end elsewhere. Before decoding, `#` and control characters are refused too.

    Args:
        path: slashes between names, relative to a root; None means the root.

    Raises:
        InvalidParameter: the path may not be used; the message says why.
    """
    if not path:
        return ""
    if len(path) > LONGEST_PATH:
        raise InvalidParameter(f"Invalid path: it has {len(path)} characters, at most {LONGEST_PATH} are possible")
    form, forbidden = path, _CONTROL_OR_FORBIDDEN
    while True:
        if reason := _why_refused(form, forbidden):
            raise InvalidParameter(f"Invalid path: {path!r} {reason}")
        decoded = unquote(form)
        if decoded == form:
            break
        form, forbidden = decoded, _FORBIDDEN_ENCODED
    return "/".join(name for name in path.split("/") if name not in ("", "."))


def join(*paths: str) -> str:
    """Put clean paths behind one another; empty ones vanish."""
    return "/".join(path for path in paths if path)


def split(path: str) -> tuple[str, str]:
    """Return the folder of a clean path, and the name in it."""
    folder, _, name = path.rpartition("/")
    return folder, name


def _why_refused(path: str, forbidden: re.Pattern[str]) -> str | None:
    if path.startswith("/") or _DRIVE_OR_FILE_URI.match(path):
        return "is absolute; write it relative to the artifact root"
    if forbidden.search(path):
        return "contains a backslash, '#' or a control character"
    if os.name == "nt" and ":" in path:  # names an alternate data stream there
        return "contains a colon"
    for name in path.split("/"):
        if name == "..":
            return "contains '..'"
        if name.lower() == STAGING:
            return f"uses the reserved name {STAGING}"
        try:
            too_long = len(name.encode()) > LONGEST_NAME
        except UnicodeEncodeError:
            return "is not valid Unicode"
        if too_long:
            return f"has a name of more than {LONGEST_NAME} bytes"
    return None
