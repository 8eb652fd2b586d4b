"""The routes on which artifacts travel.

`/api/2.0/mlflow-artifacts/…` is the artifact store of clients; `/get-artifact` and `upload-artifact` are for browsers
and go by run. Errors are raised as MlflowException; the application writes them.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from mlflow.artifacts import digests
from mlflow.artifacts.base import ArtifactReader, ArtifactRepository, ArtifactWriter
from mlflow.artifacts.local import LocalArtifactRepository, local_path_of
from mlflow.artifacts.multipart import MultipartUploads, Part, check_part_size
from mlflow.artifacts.paths import clean_path, join, split
from mlflow.artifacts.registry import repository_for, scheme_of
from mlflow.artifacts.staging import remove_if_empty
from mlflow.exceptions import (
    BadRequest,
    InvalidParameter,
    MlflowNotImplementedException,
    NotFound,
    PermissionDenied,
)
from mlflow.server.artifact_bodies import BATCH, FileAnswer, announced_size, receive_into, receive_small

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from mlflow.entities import FileInfo

T = TypeVar("T")

_Action = Callable[[Request, str, dict[str, Any]], Awaitable[Response]]

STORES = ("/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts")
LARGEST_UI_UPLOAD = 10 * 1024 * 1024  # bytes
_LARGEST_JSON = 8 * 1024 * 1024  # bytes; 10,000 parts with their URLs are 4 MB
_THREADS = 16

_OFF = (
    "Artifacts are not served here: this server was started with --no-serve-artifacts. "
    "Start `mlflow server` with --serve-artifacts, or log to an artifact location that the client reaches itself.\n"
)


@dataclass(frozen=True, slots=True)
class ArtifactSettings:
    """What the artifact routes need to know.

    Attributes:
        destination: where `mlflow-artifacts:/` is, a folder or a URI.
        serve: whether clients may store and fetch artifacts through this server.
        static_prefix: what a proxy in front puts before every path.
        artifact_uri_of_run: tells where a run keeps its artifacts; raises NotFound.
        artifact_uri_of_model_version: the same for a model's name and version.
        local_roots: the folders that runs may have their artifacts in, when these are local paths; None allows any
            folder the server can read, which is right only where everybody who may create experiments may read it too.
    """

    destination: str
    serve: bool = True
    static_prefix: str = ""
    artifact_uri_of_run: Callable[[str], Awaitable[str]] | None = None
    artifact_uri_of_model_version: Callable[[str, str], Awaitable[str]] | None = None
    local_roots: tuple[str, ...] | None = None


def add_artifact_routes(app: Starlette, settings: ArtifactSettings) -> ArtifactService:
    """Add the routes to an application, and return what answers them."""
    service = ArtifactService(settings)
    for store in STORES:
        app.add_route(f"{store}/artifacts", service.list_store, ["GET"], include_in_schema=False)
        app.add_route(f"{store}/artifacts/{{path:path}}", service.store_file, ["GET", "PUT", "DELETE"], None, False)
        app.add_route(f"{store}/mpu/part/{{upload_id}}/{{number:int}}", service.put_part, ["PUT"], None, False)
        for action in (service.create, service.complete, service.abort):
            name = action.__name__
            app.add_route(
                f"{store}/mpu/{name}/{{path:path}}", partial(service.multipart, action), ["POST"], None, False
            )
            app.add_route(f"{store}/mpu/{name}", partial(service.multipart, action), ["POST"], None, False)
        app.add_route(f"{store}/presigned/{{path:path}}", service.presigned, ["GET"], None, False)
    app.add_route("/get-artifact", service.get_artifact, ["GET"], include_in_schema=False)
    app.add_route("/model-versions/get-artifact", service.get_model_artifact, ["GET"], include_in_schema=False)
    app.add_route("/ajax-api/2.0/mlflow/upload-artifact", service.upload_artifact, ["POST"], include_in_schema=False)
    return service


class ArtifactService:
    """Answers the artifact routes, and serves the Calls that list artifacts."""

    def __init__(self, settings: ArtifactSettings) -> None:
        self.settings = settings
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="artifacts")
        self._store: ArtifactRepository | None = None

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if isinstance(self._store, LocalArtifactRepository):
            self._store.folder.keeps_staging = False
            remove_if_empty(self._store.folder)

    # What other parts of the server use

    def locate(self, artifact_uri: str) -> tuple[ArtifactRepository, str]:
        """Return the repository that holds `artifact_uri`, and the clean path in it. Never another server.

        Raises:
            Unavailable: it is in our own store, which is not served.
            PermissionDenied: it is a local folder outside of `local_roots`.
            MlflowNotImplementedException: nothing here can open such a URI.
        """
        scheme = scheme_of(artifact_uri)
        if scheme in ("mlflow-artifacts", "http", "https"):
            path = urlsplit(artifact_uri).path
            if scheme != "mlflow-artifacts":
                # A request of ours to an address that a client chose could reach what the client cannot.
                _, found, path = path.partition("/mlflow-artifacts/artifacts")
                if not found:
                    raise InvalidParameter(f"{artifact_uri} is not in the artifact store of this server")
            self._check_served()
            return self._destination(), clean_path(unquote(path).lstrip("/"))
        if scheme in ("", "file"):
            self._check_local(local_path_of(artifact_uri))
        return repository_for(artifact_uri), ""

    def list_run_artifacts(self, artifact_uri: str, path: str | None = None) -> list[FileInfo]:
        """List one level of what is at `path` below a run's `artifact_uri`; paths are relative to the latter. Blocks.

        Returns:
            The entries; none for a file or a missing folder.

        Raises:
            InvalidParameter: the path may not be used.
        """
        path = clean_path(path)
        repository, root = self.locate(artifact_uri)
        found = repository.list_artifacts(join(root, path))
        for info in found:
            info.path = info.path[len(root) + 1 :] if root else info.path
        return found

    async def send(self, request: Request, artifact_uri: str, path: str) -> Response:
        """Answer with the file at `path` below `artifact_uri`.

        Raises:
            ArtifactNotFound: there is none.
            IsAFolder: it is a folder.
        """
        path = clean_path(path)
        repository, root = self.locate(artifact_uri)
        return await self._answer(request, repository, join(root, path))

    # The store of clients

    async def list_store(self, request: Request) -> Response:
        """List one folder; the paths in the answer are base names."""
        if off := self._off():
            return off
        path = clean_path(request.query_params.get("path"))
        files = await self._in_thread(self._destination().list_artifacts, path)
        for info in files:
            info.path = split(info.path)[1]
        return _json({"files": files} if files else {})

    async def store_file(self, request: Request) -> Response:
        """Read, write or delete a file (DELETE: also a folder)."""
        if off := self._off():
            return off
        path = clean_path(request.path_params["path"])
        if not path:
            raise InvalidParameter("Invalid path: name the artifact")
        if request.method == "PUT":
            return await self._take(request, self._destination(), path)
        if request.method == "DELETE":
            await self._in_thread(self._destination().delete_artifacts, path)
            return _json({})
        return await self._answer(request, self._destination(), path)

    async def presigned(self, request: Request) -> Response:
        """Say that clients have to come to us for the bytes."""
        raise MlflowNotImplementedException("This server's artifact store gives no links; download through the server")

    # Uploads in parts

    async def multipart(
        self, action: Callable[[Request, str, dict[str, Any]], Awaitable[Response]], request: Request
    ) -> Response:
        """Read what the three requests about an upload in parts have in common, and do one of them.

        The URL has the folder. The client says its own local path in `path`; its last name is the artifact's.
        """
        if off := self._off():
            return off
        body = await _json_body(request)
        local = body.get("path")
        if not isinstance(local, str) or not local:
            raise InvalidParameter("The body needs `path`, the name of the file")
        name = local.replace("\\", "/").rpartition("/")[2]
        return await action(request, join(clean_path(request.path_params.get("path")), clean_path(name)), body)

    async def create(self, request: Request, path: str, body: dict[str, Any]) -> Response:
        """Begin, and say where to send the parts."""
        try:
            number_of_parts = int(body.get("num_parts") or 1)
        except (TypeError, ValueError):
            raise InvalidParameter(f"num_parts is {body['num_parts']!r}, not a whole number") from None
        upload_id = await self._in_thread(self._uploads().create, path, number_of_parts)
        api = request.url.path.partition("/mpu/create")[0]
        base = f"{request.url.scheme}://{request.url.netloc}{self.settings.static_prefix.rstrip('/')}{api}"
        urls = [f"{base}/mpu/part/{upload_id}/{number}" for number in range(1, number_of_parts + 1)]
        credentials = [{"url": url, "part_number": number, "headers": {}} for number, url in enumerate(urls, 1)]
        return _json({"upload_id": upload_id, "credentials": credentials})

    async def complete(self, request: Request, path: str, body: dict[str, Any]) -> Response:
        """Make the artifact of the parts."""
        try:
            parts = msgspec.convert(body.get("parts") or [], list[Part], strict=False)
        except msgspec.ValidationError as error:
            raise InvalidParameter(f"`parts` cannot be read: {error}") from error
        await self._in_thread(self._uploads().complete, str(body.get("upload_id")), path, parts)
        return _json({})

    async def abort(self, request: Request, path: str, body: dict[str, Any]) -> Response:
        """Forget the parts."""
        await self._in_thread(self._uploads().abort, str(body.get("upload_id")), path)
        return _json({})

    async def put_part(self, request: Request) -> Response:
        """Take one part. Whoever knows the upload's id may: clients send no credentials to URLs they were given."""
        if off := self._off():
            return off
        size = announced_size(request)
        begin = partial(self._uploads().part, request.path_params["upload_id"], request.path_params["number"], size)
        staged = await self._in_thread(begin)
        try:
            digest = await receive_into(request, staged, self._threads, hashing=True, at_most=check_part_size)
            etag = await self._in_thread(self._uploads().finish_part, staged, digest.hex())
        except ClientDisconnect:
            self._threads.submit(staged.discard)
            return Response(status_code=499)  # nobody hears it
        except BaseException:
            self._threads.submit(staged.discard)
            raise
        return Response(headers={"ETag": etag})

    # Browsers

    async def get_artifact(self, request: Request) -> Response:
        """Send a run's artifact."""
        run_id = request.query_params.get("run_id") or request.query_params.get("run_uuid")
        return await self.send(request, await self._root_of_run(run_id, "run_id"), _path_of(request))

    async def get_model_artifact(self, request: Request) -> Response:
        """Send a model version's artifact."""
        name, version = request.query_params.get("name"), request.query_params.get("version")
        if not name or not version:
            raise InvalidParameter("The request must name the model and its version: ?name=…&version=…&path=…")
        path = _path_of(request)
        if self.settings.artifact_uri_of_model_version is None:
            raise NotFound(f"Model Version (name={name}, version={version}) not found")
        return await self.send(request, await self.settings.artifact_uri_of_model_version(name, version), path)

    async def upload_artifact(self, request: Request) -> Response:
        """Take a small file for a run."""
        run_id = request.query_params.get("run_uuid") or request.query_params.get("run_id")
        if not run_id:
            raise InvalidParameter("Request must specify run_uuid.")
        path = clean_path(_path_of(request))
        size = announced_size(request)
        if size == 0:
            raise InvalidParameter("Request must specify data: the body is empty.")
        _check_ui_upload(size or 0)
        repository, root = self.locate(await self._root_of_run(run_id, "run_uuid"))
        answer = await self._take(request, repository, join(root, path), at_most=_check_ui_upload)
        answer.headers["Content-Type"] = "application/json"
        return answer

    # How

    async def _take(
        self,
        request: Request,
        repository: ArtifactRepository,
        path: str,
        at_most: Callable[[int], None] = lambda _: None,
    ) -> Response:
        """Write the request's body to `path`; nothing is there when anything goes wrong."""
        claimed = digests.parse_digest(request.headers.get(digests.SENT) or request.headers.get(digests.WHOLE))
        hashing = claimed is not None or "sha-256" in request.headers.get(digests.WANTED, "")

        def check(digest: bytes) -> None:
            if claimed is not None and claimed != digest:
                raise BadRequest(f"'{path}' arrived damaged: its digest is another one than announced. Send it again")

        size = announced_size(request)
        if size is not None and size <= BATCH:
            return await self._take_small(request, partial(repository.create, path, size), hashing, check, at_most)
        writer: ArtifactWriter = await self._in_thread(repository.create, path, size)
        try:
            digest = await receive_into(request, writer, self._threads, hashing=hashing, at_most=at_most)
            check(digest)
            await self._in_thread(writer.commit)
        except ClientDisconnect:
            self._threads.submit(writer.discard)
            return Response(status_code=499)  # nobody hears it
        except BaseException:
            self._threads.submit(writer.discard)
            raise
        return _stored(digest if hashing else None)

    async def _take_small(
        self,
        request: Request,
        create: Callable[[], ArtifactWriter],
        hashing: bool,
        check: Callable[[bytes], None],
        at_most: Callable[[int], None],
    ) -> Response:
        """Write a short body in one visit to a thread: going there costs more than the writing."""

        def store(body: bytes) -> bytes | None:
            digest = hashlib.sha256(body).digest() if hashing else None
            if digest is not None:
                check(digest)
            writer = create()
            try:
                writer.write(body)
                writer.commit()
            except BaseException:
                writer.discard()
                raise
            return digest

        try:
            body = await receive_small(request, at_most)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody hears it
        return _stored(await self._in_thread(store, body))

    async def _answer(self, request: Request, repository: ArtifactRepository, path: str) -> Response:
        def begin() -> tuple[ArtifactReader, bytes]:
            reader = repository.open(path)
            try:
                return reader, reader.read(BATCH)
            except BaseException:
                reader.close()
                raise

        reader, first = await self._in_thread(begin)
        return FileAnswer(request, reader, first, split(path)[1], self._threads)

    async def _in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def _destination(self) -> ArtifactRepository:
        if self._store is None:
            self._store = repository_for(self.settings.destination)
            if isinstance(self._store, LocalArtifactRepository):
                self._store.folder.keeps_staging = True
        return self._store

    def _uploads(self) -> MultipartUploads:
        store = self._destination()
        if not isinstance(store, LocalArtifactRepository):
            raise MlflowNotImplementedException("This server's artifact store takes no parts; send the file as one")
        return MultipartUploads(store)

    def _off(self) -> Response | None:
        return None if self.settings.serve else PlainTextResponse(_OFF, 503)

    def _check_served(self) -> None:
        if not self.settings.serve:
            raise InvalidParameter(_OFF)

    def _check_local(self, path: str) -> None:
        roots = self.settings.local_roots
        if roots is None:
            return
        real = os.path.realpath(path)
        if not any(os.path.commonpath([real, os.path.realpath(root)]) == os.path.realpath(root) for root in roots):
            raise PermissionDenied(f"The artifacts in {path} are not in a folder that this server may show")

    async def _root_of_run(self, run_id: str | None, parameter: str) -> str:
        if not run_id:
            raise InvalidParameter(f"The request must name the run: ?{parameter}=…")
        if self.settings.artifact_uri_of_run is None:
            raise NotFound(f"Run with id={run_id} not found: this server keeps artifacts only")
        return await self.settings.artifact_uri_of_run(run_id)


def _path_of(request: Request) -> str:
    path = request.query_params.get("path")
    if not path:
        raise InvalidParameter("Request must specify path.")
    return path


def _check_ui_upload(size: int) -> None:
    if size > LARGEST_UI_UPLOAD:
        raise InvalidParameter(
            f"The artifact is too large: at most {LARGEST_UI_UPLOAD} bytes (10 MiB) can be uploaded here. "
            "Use `mlflow.log_artifact` for larger files"
        )


async def _json_body(request: Request) -> dict[str, Any]:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > _LARGEST_JSON:
            raise InvalidParameter(f"The body has more than {_LARGEST_JSON} bytes")
    try:
        return msgspec.json.decode(received, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise BadRequest(f"The body is not a JSON object: {error}") from error


def _stored(digest: bytes | None) -> Response:
    return Response(headers=None if digest is None else {digests.WHOLE: digests.digest_field(digest)})


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
