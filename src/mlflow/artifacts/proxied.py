"""Artifacts that go through a tracking server, ours or MLflow's own, over HTTP."""

from __future__ import annotations

import os
import tempfile
import time
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import quote, unquote, urlsplit

import msgspec

from mlflow.artifacts import digests
from mlflow.artifacts.base import CHUNK, ArtifactReader, ArtifactRepository, ArtifactWriter
from mlflow.artifacts.digests import HashingBody, digest_field, digest_of, parse_digest
from mlflow.artifacts.paths import clean_path, join, split
from mlflow.artifacts.progress import SILENT, Meter
from mlflow.artifacts.rooted import ArtifactNotFound, IsAFolder
from mlflow.artifacts.transfer import appearing
from mlflow.artifacts.transport import Transport, checked, is_http, patience, pauses, transport_for, without_login
from mlflow.entities import FileInfo
from mlflow.environment_variables import MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD, MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE
from mlflow.exceptions import InvalidParameter, InvalidUrlException, MlflowException, MlflowNotImplementedException

if TYPE_CHECKING:
    import urllib3

API = "/api/2.0/mlflow-artifacts"

# Up to here a file is read once more beforehand, from the page cache: then the server can compare before anybody sees
# the file. The digest of a larger one is taken on the way and compared when it has arrived.
_DIGEST_FIRST = 8 * 1024 * 1024

_STREAM_IN_MEMORY = 8 * 1024 * 1024


class _Listing(msgspec.Struct):
    files: list[FileInfo] = msgspec.field(default_factory=list)


class ProxiedArtifactRepository(ArtifactRepository):
    """A folder of the artifact store behind a server.

    Args:
        artifact_uri: `mlflow-artifacts:/path` (on the tracking server), `mlflow-artifacts://host:port/path`, or
            `http(s)://host[:port]/…/api/2.0/mlflow-artifacts/artifacts/path`.
        tracking_uri: the tracking server; needed for the first, and gives the second its scheme.
        transport: sends the requests; by default one for this server, see `transport_for`.

    Raises:
        InvalidUrlException: the URI is none of these, or needs a tracking server and there is none.
    """

    def __init__(self, artifact_uri: str, tracking_uri: str | None = None, transport: Transport | None = None) -> None:
        super().__init__(artifact_uri)
        api, path = resolve(artifact_uri, tracking_uri)
        self._api = without_login(api)
        self._root = clean_path(path.lstrip("/"))
        self._transport = transport or transport_for(api, tracking_uri)

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """List one level."""
        path = clean_path(path)
        response = self._transport.request(
            "GET", f"{self._api}/artifacts", query={"path": join(self._root, path)}, timeout_seconds=patience()
        )
        listing = msgspec.json.decode(checked(response, f"Listing '{path}'").data, type=_Listing)
        for info in listing.files:
            # Servers give base names here; whatever else is in front, the name must not lead elsewhere.
            info.path = join(path, split(clean_path(info.path))[1])
        return sorted(listing.files, key=lambda info: info.path)

    def open(self, path: str) -> ArtifactReader:
        """Open a file; it can only be read forward."""
        return _HttpReader(self._get(clean_path(path)))

    def create(self, path: str, size: int | None = None) -> ArtifactWriter:
        """Begin a file; it is sent on `commit`, so that a broken transfer can be sent again."""
        if not (path := clean_path(path)):
            raise InvalidParameter("Invalid path: an artifact needs a name")
        return _SpooledWriter(self, path)

    def upload(self, local_file: str, path: str, meter: Meter = SILENT) -> None:
        """Send a local file, and check that it arrived as it was."""
        if not (path := clean_path(path)):
            raise InvalidParameter("Invalid path: an artifact needs a name")
        with open(local_file, "rb", buffering=0) as source:
            size = os.fstat(source.fileno()).st_size
            if MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD.get() and size >= MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE.get():
                from mlflow.artifacts.proxied_multipart import upload_in_parts

                target = join(self._root, path)
                if upload_in_parts(self._transport, self._api, target, local_file, size, meter):
                    return
            self.send(cast("IO[bytes]", source), size, path, meter)

    def send(self, source: IO[bytes], size: int, path: str, meter: Meter = SILENT) -> None:
        """Send the first `size` bytes of an open file.

        Raises:
            MlflowException: DATA_LOSS when they arrived as others, twice; nothing is left at `path` then.
        """
        known = digest_of(source, size) if size <= _DIGEST_FIRST else None
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        headers |= {digests.SENT: digest_field(known)} if known else {digests.WANTED: digests.WANTS_SHA256}
        for _ in range(2):
            body = HashingBody(source, 0, size, meter, hashing=known is None)
            response = self._transport.request(
                "PUT",
                self._url(path),
                body=cast("IO[bytes]", body) if size else b"",
                headers=headers,
                timeout_seconds=patience(),
            )
            arrived = parse_digest(checked(response, f"PUT of '{path}'").headers.get(digests.WHOLE))
            if arrived is None or arrived == (known or body.digest()):  # MLflow's own server says nothing
                return
            body.seek(0)
        self.delete_artifacts(path)
        raise MlflowException(
            f"'{path}' arrived damaged, twice: its digest there is another one than here. It was deleted there. "
            "Check the network between, and whether the file is being written to.",
            "DATA_LOSS",
        )

    def download_file(self, path: str, local_file: str, meter: Meter = SILENT) -> None:
        """Receive a file; when the transfer breaks it goes on from there, if the server can."""
        path = clean_path(path)
        with appearing(local_file) as target:
            _Download(self, path, target, meter).run()

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Delete a file or folder."""
        path = clean_path(artifact_path)
        if not join(self._root, path):
            for info in self.list_artifacts():
                self.delete_artifacts(info.path)
            return
        checked(self._transport.request("DELETE", self._url(path), timeout_seconds=patience()), f"DELETE of '{path}'")

    def _url(self, path: str) -> str:
        return f"{self._api}/artifacts/{quote(join(self._root, path))}"

    def _get(self, path: str, headers: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        if not path:
            raise IsAFolder("")
        response = self._transport.request(
            "GET",
            self._url(path),
            # Bytes as they are: a compressing proxy would break the count and the continuation.
            headers={"Accept-Encoding": "identity", **(headers or {})},
            stream=True,
            timeout_seconds=patience(),
        )
        if response.status == 404:
            response.drain_conn()
            response.release_conn()
            raise ArtifactNotFound(path)
        try:
            return checked(response, f"GET of '{path}'")
        except MlflowException as error:
            if response.status == 400 and "directory" in error.message:
                raise IsAFolder(path) from error
            raise


class _Download:
    """One file on its way to the local disk, with what is needed to continue it."""

    def __init__(self, repository: ProxiedArtifactRepository, path: str, target: IO[bytes], meter: Meter) -> None:
        self._repository = repository
        self._path = path
        self._target = target
        self._meter = meter
        self._have = 0
        self._etag: str | None = None

    def run(self) -> None:
        """Receive all of it.

        Raises:
            MlflowException: it broke again and again without getting any further.
        """
        from urllib3.exceptions import HTTPError

        waits = pauses()
        while True:
            had = self._have
            try:
                return self._receive()
            except HTTPError as error:
                if self._have > had:  # it gets on, so it may break as often as it likes
                    waits = pauses()
                pause = next(waits, None)
                if pause is None:
                    raise MlflowException(
                        f"The transfer of '{self._path}' broke after {self._have} bytes: {error}",
                        "TEMPORARILY_UNAVAILABLE",
                    ) from error
                time.sleep(pause)

    def _receive(self) -> None:
        continuing = self._have > 0 and self._etag is not None
        wanted = {"Range": f"bytes={self._have}-", "If-Range": self._etag or ""} if continuing else {}
        response = self._repository._get(self._path, wanted)
        try:
            start = f"bytes {self._have}-"
            if not (
                continuing and response.status == 206 and response.headers.get("Content-Range", "").startswith(start)
            ):
                self._start_again()
            # A weak etag does not promise the same bytes.
            etag = response.headers.get("ETag", "")
            self._etag = etag if etag.startswith('"') and response.headers.get("Accept-Ranges") == "bytes" else None
            for chunk in response.stream(CHUNK, decode_content=False):
                self._target.write(chunk)
                self._have += len(chunk)
                self._meter.advance(len(chunk))
        except BaseException:
            response.close()
            raise
        response.release_conn()

    def _start_again(self) -> None:
        self._meter.advance(-self._have)
        self._target.seek(0)
        self._target.truncate()
        self._have = 0


class _HttpReader(ArtifactReader):
    """Reads the body of an answer."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response
        length = response.headers.get("Content-Length", "")
        self.size = int(length) if length.isdigit() else None
        self.etag = response.headers.get("ETag", "").strip('"') or None

    def read(self, count: int = -1) -> bytes:
        """Return the next bytes."""
        from urllib3.exceptions import HTTPError

        try:
            return self._response.read(None if count < 0 else count, decode_content=False)
        except HTTPError as error:
            raise MlflowException(f"The transfer broke: {error}", "TEMPORARILY_UNAVAILABLE") from error

    def seek(self, offset: int) -> None:
        """Refuse: what has gone by is not asked for again."""
        raise MlflowNotImplementedException("An artifact behind a server can only be read forward; download it first")

    def close(self) -> None:
        """Give the connection back; one whose answer was not read to the end is closed."""
        if not self._response.closed:
            self._response.close()
        self._response.release_conn()


class _SpooledWriter(ArtifactWriter):
    """Collects a stream, in memory while it is small, and sends it when it is complete."""

    def __init__(self, repository: ProxiedArtifactRepository, path: str) -> None:
        self._repository = repository
        self._path = path
        self._spool = tempfile.SpooledTemporaryFile(_STREAM_IN_MEMORY)  # noqa: SIM115  # `discard` closes it

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._spool.write(data)

    def commit(self) -> None:
        """Send the file."""
        size = self._spool.tell()
        self._repository.send(cast("IO[bytes]", self._spool), size, self._path)
        self._spool.close()

    def discard(self) -> None:
        """Forget what was written."""
        self._spool.close()


def resolve(artifact_uri: str, tracking_uri: str | None) -> tuple[str, str]:
    """Split the URI of a proxied artifact into the server's artifact API and the path behind it.

    Raises:
        InvalidUrlException: see `ProxiedArtifactRepository`.
    """
    parts = urlsplit(artifact_uri)
    if parts.scheme in ("http", "https"):
        for api in (API, API.replace("/api/", "/ajax-api/")):
            prefix, found, path = parts.path.partition(f"{api}/artifacts")
            if found and path[:1] in ("", "/"):
                return f"{parts.scheme}://{parts.netloc}{prefix}{api}", unquote(path)
        raise InvalidUrlException(f"{artifact_uri} is no artifact of an MLflow server: '{API}/artifacts' is not in it")
    if not tracking_uri or not is_http(tracking_uri):
        raise InvalidUrlException(
            f"{artifact_uri} lies behind a tracking server, but the tracking URI is {tracking_uri!r}, not http(s)://…\n"
            "Set it with `mlflow.set_tracking_uri('http://host:port')` or in MLFLOW_TRACKING_URI"
        )
    tracking = urlsplit(tracking_uri)
    here = parts.netloc in ("", tracking.netloc.rpartition("@")[2])
    server = f"{tracking.netloc}{tracking.path.rstrip('/')}" if here else parts.netloc
    return f"{tracking.scheme}://{server}{API}", unquote(parts.path)
