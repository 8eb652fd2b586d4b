from __future__ import annotations

import pytest

from mlflow.artifacts.paths import clean_path
from mlflow.exceptions import InvalidParameter

REFUSED = [
    "/etc/passwd",
    "//etc/passwd",
    "%2Fetc/passwd",
    "%252Fetc/passwd",
    "..",
    "../x",
    "a/../x",
    "a/..",
    "%2e%2e/x",
    "%252e%252e/x",
    "%25252e%25252e%25252fx",
    "a/%2E./x",
    "..%2fx",
    "a\\b",
    "..\\x",
    "a%5Cb",
    "a%255Cb",
    "C:/x",
    "c:x",
    "C%3A/x",
    "file:/etc/passwd",
    "file:x",
    "FILE:///x",
    "a#b",
    "a\x00b",
    "a%00b",
    "a\nb",
    "a\x7fb",
    ".headrace-staging/x",
    "a/.headrace-staging",
    "a/.HEADRACE-staging/b",
    "%2eheadrace-staging/x",
    "n" * 256,
    "a/" * 2049,
    "a\udcffb",
]

KEPT = {
    "": "",
    "a/b": "a/b",
    "a/": "a",
    "./a": "a",
    "a//b": "a/b",
    "a/./b": "a/b",
    ".": "",
    "...": "...",
    "a..b": "a..b",
    ".hidden": ".hidden",
    "a b+c&d=e?f": "a b+c&d=e?f",
    "100%": "100%",
    "100%25": "100%25",
    "a%20b": "a%20b",
    "metrics:train.json": "metrics:train.json",
    "é/日本": "é/日本",
    "~root": "~root",
    "a%23b": "a%23b",
    "a%0Ab": "a%0Ab",
    "images/dogs%step%23%timestamp%1763000000000%x.png": "images/dogs%step%23%timestamp%1763000000000%x.png",
}


@pytest.mark.parametrize("path", REFUSED)
def test_a_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^Invalid path"):
        clean_path(path)


@pytest.mark.parametrize("path", KEPT)
def test_a_harmless_path_keeps_its_name_as_it_is(path: str) -> None:
    assert clean_path(path) == KEPT[path]


def test_no_path_is_the_root() -> None:
    assert clean_path(None) == ""
