"""A further resource is a further table: these tests declare one."""

from __future__ import annotations

import pytest

from mlflow.exceptions import InvalidParameter
from mlflow.search.fields import EXPERIMENTS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS, Entity, Field, Resource
from mlflow.search.parse import parse_filter, parse_order_by
from mlflow.search.tree import Compare, OrderBy

BOOKS = Resource(
    "books",
    (
        Entity(
            "attribute",
            ("attributes", "book"),
            (Field("title", aliases=("book title",)), Field("isbn", "id"), Field("pages", "int", orderable=False)),
        ),
        Entity("review", ("reviews",), any_key=Field(kind="float", nullable=True, only=("=", ">"))),
    ),
)


def test_a_declared_resource_is_read_by_its_table() -> None:
    assert parse_filter("`book title` LIKE 'A%'", BOOKS) == Compare("attribute", "title", "LIKE", "A%")
    assert parse_filter("book.isbn = 978", BOOKS) == Compare("attribute", "isbn", "=", "978")
    assert parse_filter("reviews.stars.mean > 4", BOOKS) == Compare("review", "stars.mean", ">", 4.0)


def test_its_own_operators_are_the_only_ones() -> None:
    with pytest.raises(InvalidParameter, match="use one of =, >, IS NULL, IS NOT NULL"):
        parse_filter("reviews.stars < 4", BOOKS)


def test_its_messages_name_its_own_parts() -> None:
    with pytest.raises(InvalidParameter, match=r"books have no attribute 'author'; use one of title, isbn, pages"):
        parse_filter("author = 'x'", BOOKS)
    with pytest.raises(InvalidParameter, match="'tags' is no part of books; use one of attributes, reviews"):
        parse_filter("tags.a = 'x'", BOOKS)
    with pytest.raises(InvalidParameter, match="books cannot be ordered by attribute 'pages'; use title, isbn"):
        parse_order_by(["pages"], BOOKS)


def test_it_is_ordered_by_what_it_allows() -> None:
    assert parse_order_by(["reviews.stars desc"], BOOKS) == (OrderBy("review", "stars", False),)


def test_a_number_that_may_be_quoted_is_the_same_in_quotes() -> None:
    assert parse_filter("version_number = '3'", MODEL_VERSIONS) == parse_filter("version_number = 3", MODEL_VERSIONS)
    for filter_string in ("version_number = 'three'", "version_number = '3.5'", "creation_timestamp = '3'"):
        with pytest.raises(InvalidParameter, match="is a number; write the value without quotes"):
            parse_filter(filter_string, MODEL_VERSIONS)


@pytest.mark.parametrize(
    "resource", [RUNS, EXPERIMENTS, REGISTERED_MODELS, MODEL_VERSIONS, BOOKS], ids=lambda resource: resource.name
)
def test_no_name_in_a_table_has_two_meanings(resource: Resource) -> None:
    prefixes = [prefix for entity in resource.entities for prefix in entity.prefixes]
    assert len(prefixes) == len(set(prefixes))
    for entity in resource.entities:
        names = [name for field in entity.fields for name in (field.name, *field.aliases)]
        assert len(names) == len(set(names))
        assert entity.name in entity.prefixes or entity.name.rstrip("s") in {p.rstrip("s") for p in entity.prefixes}
