"""What a refused Call looks like, whichever store refused it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mlflow.exceptions import MlflowException


@contextmanager
def refused(code: str, match: str | None = None) -> Iterator[None]:
    """Expect an error with this code, and a message that matches."""
    with pytest.raises(MlflowException, match=match) as caught:
        yield
    assert caught.value.error_code == code, caught.value
