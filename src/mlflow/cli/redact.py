"""Keeping passwords off the screen."""

from __future__ import annotations

import re

HIDDEN = "***"

_SECRET_NAME = re.compile(r"PASSWORD|PASSPHRASE|TOKEN|SECRET|CREDENTIAL|(?:^|_)KEY(?:_|$)", re.IGNORECASE)
# A password ends at the last @ before the first slash or, in database URIs, has a slash in it and ends at the first @;
# digits before a slash are a port.
_USER_INFO = re.compile(r"(?<=://)([^/@\s:]*):(?!\d*(?:[/?#\s]|$))(?:[^\s/]*|[^\s@]*)(?=@)")
_SECRET_QUERY = re.compile(r"([?&][^=&#]*(?:password|token|secret|key|sig|signature)[^=&#]*=)[^&#\s]+", re.IGNORECASE)


def without_password(text: str) -> str:
    """Return text with the passwords of all URLs in it replaced by `***`."""
    return _SECRET_QUERY.sub(rf"\1{HIDDEN}", _USER_INFO.sub(rf"\1:{HIDDEN}", text))


def is_secret(variable: str) -> bool:
    """Tell whether an environment variable of this name holds a secret."""
    return _SECRET_NAME.search(variable) is not None
