"""A prompt: a name under which versions of a template are kept."""

from __future__ import annotations


class Prompt:
    """A prompt without its versions. A snapshot that nothing changes; the time is in milliseconds since the epoch."""

    __slots__ = ("_creation_timestamp", "_description", "_name", "_tags")

    def __init__(
        self,
        name: str,
        description: str | None = None,
        creation_timestamp: int | None = None,
        tags: dict[str, str] | None = None,
    ) -> None:
        self._name = name
        self._description = description
        self._creation_timestamp = creation_timestamp
        self._tags = dict(tags or {})

    @property
    def name(self) -> str:
        """The name, with its folders."""
        return self._name

    @property
    def description(self) -> str | None:
        """The message of the first version, unless it was set since."""
        return self._description

    @property
    def creation_timestamp(self) -> int | None:
        """When the first version was registered."""
        return self._creation_timestamp

    @property
    def tags(self) -> dict[str, str]:
        """Tags of the prompt as a whole; a copy."""
        return dict(self._tags)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Prompt) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f"Prompt(name={self._name!r}, description={self._description!r}, tags={self._tags!r})"

    def _key(self) -> tuple[object, ...]:
        return self._name, self._description, self._creation_timestamp, self._tags
