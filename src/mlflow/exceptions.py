"""Everything that can go wrong, as one tree; each class knows its error code and HTTP status.

    MlflowException
    ├── InvalidParameter        400 INVALID_PARAMETER_VALUE
    │   └── InvalidPrompt       a ValueError too
    ├── BadRequest              400 BAD_REQUEST
    ├── AlreadyExists           400 RESOURCE_ALREADY_EXISTS
    ├── Unauthenticated         401 UNAUTHENTICATED
    ├── PermissionDenied        403 PERMISSION_DENIED
    ├── NotFound                404 RESOURCE_DOES_NOT_EXIST
    │   ├── ExperimentNotFound
    │   └── RunNotFound
    ├── EndpointNotFound        404 ENDPOINT_NOT_FOUND
    ├── MethodNotAllowed        405 BAD_REQUEST
    ├── Conflict                409 RESOURCE_CONFLICT
    ├── PayloadTooLarge         413 INVALID_PARAMETER_VALUE
    ├── InternalError           500 INTERNAL_ERROR
    ├── MlflowNotImplementedException  501 NOT_IMPLEMENTED
    ├── Unavailable             503 TEMPORARILY_UNAVAILABLE
    ├── StorageFull             507 RESOURCE_EXHAUSTED
    ├── RestException           what a server answered, with the server's own code
    ├── ExecutionException, MissingConfigException, InvalidUrlException
    └── MlflowTracingException

Callers raise the class that says what happened; one place in the server writes `{"error_code", "message"}`.
"""

from __future__ import annotations

import json
from typing import Any

# Name, number on the wire and HTTP status of every error code (reference: MLflow's REST documentation).
_CODES: dict[str, tuple[int, int]] = {
    "INTERNAL_ERROR": (1, 500),
    "TEMPORARILY_UNAVAILABLE": (2, 503),
    "IO_ERROR": (3, 500),
    "BAD_REQUEST": (4, 400),
    "DEADLINE_EXCEEDED": (7, 504),
    "CANCELLED": (8, 499),
    "RESOURCE_EXHAUSTED": (9, 429),
    "ABORTED": (10, 409),
    "NOT_FOUND": (11, 404),
    "ALREADY_EXISTS": (12, 409),
    "UNAUTHENTICATED": (13, 401),
    "INVALID_PARAMETER_VALUE": (1000, 400),
    "ENDPOINT_NOT_FOUND": (1001, 404),
    "MALFORMED_REQUEST": (1002, 400),
    "INVALID_STATE": (1003, 500),
    "PERMISSION_DENIED": (1004, 403),
    "FEATURE_DISABLED": (1005, 500),
    "CUSTOMER_UNAUTHORIZED": (1006, 401),
    "REQUEST_LIMIT_EXCEEDED": (1007, 429),
    "RESOURCE_CONFLICT": (1008, 409),
    "NOT_IMPLEMENTED": (1010, 501),
    "DATA_LOSS": (1011, 500),
    "RESOURCE_ALREADY_EXISTS": (3001, 400),
    "RESOURCE_DOES_NOT_EXIST": (3002, 404),
}
_NAME_OF_NUMBER = {number: name for name, (number, _) in _CODES.items()}

# What a client makes of an answer that is not in our error shape, by HTTP status.
_NAME_OF_STATUS = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "ENDPOINT_NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL_ERROR",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def error_code_of_status(http_status: int) -> str:
    """Return the error code's name that stands for an HTTP status; BAD_REQUEST for other 4xx, else INTERNAL_ERROR."""
    return _NAME_OF_STATUS.get(http_status, "BAD_REQUEST" if 400 <= http_status < 500 else "INTERNAL_ERROR")


def get_error_code(http_status: int) -> int:
    """Return the error code's number that stands for an HTTP status."""
    return _CODES[error_code_of_status(http_status)][0]


class MlflowException(Exception):
    """Root of the tree. `error_code` is the name on the wire, `message` a sentence for the user.

    Args:
        message: what happened and what to do next.
        error_code: name or number of the code; only needed on this class itself, the others know theirs.
        sqlstate: five characters, passed on when a server sent it.
        error_class: coarse class of the error, passed on when a server sent it.
        **kwargs: further keys of the answer's body.
    """

    error_code: str = "INTERNAL_ERROR"
    http_status: int | None = None  # only where a class answers with another status than its code's

    def __init__(
        self,
        message: str,
        error_code: int | str | None = None,
        sqlstate: str | None = None,
        error_class: str | None = None,
        **kwargs: Any,
    ) -> None:
        if isinstance(error_code, int):
            error_code = _NAME_OF_NUMBER.get(error_code, "INTERNAL_ERROR")
        if error_code is not None:
            self.error_code = error_code
        self.message = str(message)
        self.sqlstate = sqlstate
        self.error_class = error_class
        self.json_kwargs = kwargs
        super().__init__(self.message)

    def serialize_as_json(self) -> str:
        """Return the body that a server answers with."""
        body: dict[str, Any] = {"error_code": self.error_code, "message": self.message, **self.json_kwargs}
        if self.sqlstate:
            body["sqlstate"] = self.sqlstate
        if self.error_class:
            body["error_class"] = self.error_class
        return json.dumps(body)

    def get_http_status_code(self) -> int:
        """Return the HTTP status this error travels under."""
        return self.http_status or _CODES.get(self.error_code, (1, 500))[1]

    @classmethod
    def invalid_parameter_value(
        cls, message: str, sqlstate: str | None = None, error_class: str | None = None, **kwargs: Any
    ) -> MlflowException:
        """Build an error with the code INVALID_PARAMETER_VALUE."""
        return cls(message, "INVALID_PARAMETER_VALUE", sqlstate, error_class, **kwargs)


class InvalidParameter(MlflowException):
    """A value the caller sent cannot be used."""

    error_code = "INVALID_PARAMETER_VALUE"


class InvalidPrompt(InvalidParameter, ValueError):
    """A prompt, its template, its variables or its address cannot be used. MLflow raises a bare ValueError for some."""


class BadRequest(MlflowException):
    """The request itself cannot be read."""

    error_code = "BAD_REQUEST"


class AlreadyExists(MlflowException):
    """The name is taken."""

    error_code = "RESOURCE_ALREADY_EXISTS"


class Unauthenticated(MlflowException):
    """Nobody knows who is asking."""

    error_code = "UNAUTHENTICATED"


class PermissionDenied(MlflowException):
    """The caller is known and may not."""

    error_code = "PERMISSION_DENIED"


class NotFound(MlflowException):
    """The thing asked for does not exist."""

    error_code = "RESOURCE_DOES_NOT_EXIST"


class ExperimentNotFound(NotFound):
    """No experiment has this id, or none in the stage the call needs."""

    def __init__(self, experiment_id: object) -> None:
        self.experiment_id = str(experiment_id)
        super().__init__(f"No Experiment with id={experiment_id} exists")


class RunNotFound(NotFound):
    """No run has this id."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"Run with id={run_id} not found")


class EndpointNotFound(MlflowException):
    """The server has no such path."""

    error_code = "ENDPOINT_NOT_FOUND"


class MethodNotAllowed(MlflowException):
    """The path exists, but not with this HTTP method."""

    error_code = "BAD_REQUEST"
    http_status = 405


class Conflict(MlflowException):
    """Somebody else changed it first."""

    error_code = "RESOURCE_CONFLICT"


class PayloadTooLarge(MlflowException):
    """The request's body is longer than this server reads."""

    error_code = "INVALID_PARAMETER_VALUE"
    http_status = 413


class InternalError(MlflowException):
    """A fault of ours, or of the disk and database under us."""


class MlflowNotImplementedException(MlflowException):
    """The store or server does not offer this."""

    error_code = "NOT_IMPLEMENTED"

    def __init__(self, message: str = "") -> None:
        super().__init__(message)


class Unavailable(MlflowException):
    """Try again later: the database or disk cannot take the call right now."""

    error_code = "TEMPORARILY_UNAVAILABLE"


class StorageFull(MlflowException):
    """The disk under the artifacts is full. Not 503: clients would try again for minutes, and it would not help."""

    error_code = "RESOURCE_EXHAUSTED"
    http_status = 507


class RestException(MlflowException):
    """What a server answered, with the code it sent.

    Args:
        json: the answer's body: `error_code`, `message` and whatever else the server added.
    """

    def __init__(self, json: dict[str, Any]) -> None:
        self.json = json
        code = json.get("error_code", "INTERNAL_ERROR")
        message = f"{code}: {json['message']}" if "message" in json else f"{code}: Response: {json}"
        super().__init__(
            message,
            code if isinstance(code, str | int) else "INTERNAL_ERROR",
            sqlstate=json.get("sqlstate"),
            error_class=json.get("error_class"),
        )

    def __reduce__(self) -> tuple[type[RestException], tuple[dict[str, Any]]]:
        return RestException, (self.json,)


class ExecutionException(MlflowException):
    """Running a project failed."""


class MissingConfigException(MlflowException):
    """A needed configuration file or value is missing."""


class InvalidUrlException(MlflowException):
    """A URL cannot be used."""


class MlflowTracingException(MlflowException):
    """Recording a trace failed."""

    def __init__(self, message: str, error_code: int | str = "INTERNAL_ERROR") -> None:
        super().__init__(message, error_code)
