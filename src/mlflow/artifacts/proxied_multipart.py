"""Sending one large file in parts, several at once; to the server itself or to where it says."""

from __future__ import annotations

import threading
from functools import partial
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import quote

import msgspec

from mlflow.artifacts.digests import HashingBody
from mlflow.artifacts.multipart import MOST_PARTS
from mlflow.artifacts.paths import split
from mlflow.artifacts.transfer import run_some_at_once
from mlflow.artifacts.transport import Transport, checked, patience
from mlflow.environment_variables import MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE
from mlflow.exceptions import MlflowException

if TYPE_CHECKING:
    from mlflow.artifacts.progress import Meter


class _Credential(msgspec.Struct):
    url: str
    part_number: int
    headers: dict[str, str] = msgspec.field(default_factory=dict)


class _Begun(msgspec.Struct):
    upload_id: str = ""
    credentials: list[_Credential] = msgspec.field(default_factory=list)


def upload_in_parts(transport: Transport, api: str, path: str, local_file: str, size: int, meter: Meter) -> bool:
    """Send a local file in parts.

    Args:
        transport: sends the requests.
        api: URL of the server's artifact API.
        path: clean path from the root of the server's store.
        local_file: what to send.
        size: its size in bytes.
        meter: told as bytes are sent.

    Returns:
        False when the server's store does not take parts; then nothing was sent.

    Raises:
        MlflowException: a part could not be sent; the upload was aborted.
    """
    upload = _Upload(transport, api, path, local_file, meter)
    # A multiple of the wanted size where there would be too many parts.
    part_size = max(MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE.get(), -(-size // MOST_PARTS))
    number_of_parts = max(1, -(-size // part_size))
    try:
        begun = upload.ask("create", {"num_parts": number_of_parts}, _Begun)
    except MlflowException as error:
        if error.error_code == "NOT_IMPLEMENTED":
            return False
        raise
    try:
        numbers = sorted(credential.part_number for credential in begun.credentials)
        if numbers != list(range(1, number_of_parts + 1)):
            raise MlflowException(f"The server gave URLs for the parts {numbers}, asked were 1 to {number_of_parts}")
        run_some_at_once(
            partial(upload.send, credential, (credential.part_number - 1) * part_size, min(part_size, size))
            for credential in begun.credentials
        )
        parts = sorted(upload.sent, key=lambda part: part["part_number"])
        upload.ask("complete", {"upload_id": begun.upload_id, "parts": parts}, dict[str, Any])
    except BaseException:
        upload.ask("abort", {"upload_id": begun.upload_id}, dict[str, Any])
        raise
    return True


class _Upload:
    def __init__(self, transport: Transport, api: str, path: str, local_file: str, meter: Meter) -> None:
        self.sent: list[dict[str, Any]] = []
        self._transport = transport
        self._api = api
        self._path = path
        self._local_file = local_file
        self._meter = meter
        self._lock = threading.Lock()

    def ask(self, what: str, fields: dict[str, Any], answer: type[Any]) -> Any:
        # The file's name travels in the body, its folder in the URL.
        folder, name = split(self._path)
        response = self._transport.request(
            "POST",
            f"{self._api}/mpu/{what}/{quote(folder)}",
            body=msgspec.json.encode({"path": name, **fields}),
            headers={"Content-Type": "application/json"},
            timeout_seconds=patience(),
        )
        return msgspec.json.decode(checked(response, f"{what} of '{self._path}' in parts").data, type=answer)

    def send(self, credential: _Credential, start: int, size: int) -> None:
        with open(self._local_file, "rb", buffering=0) as file:
            left = file.seek(0, 2) - start
            body = HashingBody(cast("IO[bytes]", file), start, min(size, left), self._meter, hashing=False)
            response = self._transport.request(
                "PUT",
                credential.url,
                body=cast("IO[bytes]", body),
                headers={"Content-Length": str(len(body)), **credential.headers},
                timeout_seconds=patience(),
            )
        etag = checked(response, f"Part {credential.part_number} of '{self._path}'").headers.get("ETag", "")
        with self._lock:
            self.sent.append({"part_number": credential.part_number, "etag": etag, "url": credential.url})
