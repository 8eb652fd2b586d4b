"""The kinds of sources: code, files and folders, web addresses, object stores."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import PurePosixPath
from typing import Any, ClassVar, Self
from urllib.parse import unquote, urlsplit

from mlflow.data.dataset_source import DatasetSource
from mlflow.entities import Dataset as DatasetEntity
from mlflow.exceptions import MlflowNotImplementedException, NotFound, Unavailable

_TIMEOUT_SECONDS = 120


class CodeDatasetSource(DatasetSource):
    """Data that a program made; the tags say which one.

    Args:
        tags: the context tags of a run: user, program, commit.
    """

    def __init__(self, tags: dict[str, str]) -> None:
        self._tags = tags

    @staticmethod
    def _get_source_type() -> str:
        return "code"

    def load(self) -> Any:
        """Fail: the program would have to be run again.

        Raises:
            MlflowNotImplementedException: always.
        """
        raise MlflowNotImplementedException("This data set was made by code; run that code to get it again.")

    def to_dict(self) -> dict[str, Any]:
        """Return the tags."""
        return {"tags": self._tags}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> Self:
        """Make the source anew."""
        return cls(source_dict.get("tags") or {})


class HTTPDatasetSource(DatasetSource):
    """A file on the web.

    Args:
        url: its address.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def url(self) -> str:
        """Address of the file."""
        return self._url

    @staticmethod
    def _get_source_type() -> str:
        return "http"

    def load(self, dst_path: str | None = None) -> str:
        """Download the file and return its local path.

        Args:
            dst_path: folder to put it into; a new temporary one when left out.

        Raises:
            Unavailable: it cannot be had.
        """
        import urllib3

        folder = dst_path or tempfile.mkdtemp(prefix="mlflow-dataset-")
        # Not our HTTP client: this host is none of ours and must not get our credentials.
        with urllib3.PoolManager() as pool:
            try:
                answer = pool.request("GET", self._url, preload_content=False, timeout=_TIMEOUT_SECONDS)
            except urllib3.exceptions.HTTPError as error:
                raise Unavailable(f"{self._url} cannot be downloaded: {error}") from error
            with answer:
                if answer.status != 200:
                    raise Unavailable(f"{self._url} cannot be downloaded: it answered with status {answer.status}")
                path = os.path.join(folder, self._file_name(answer.headers.get("Content-Disposition")))
                with open(path, "wb") as file:
                    shutil.copyfileobj(answer, file)
        return path

    def _file_name(self, disposition: str | None) -> str:
        """Return a bare name, whatever the server says."""
        said = re.search(r'filename="?([^";]+)', disposition or "")
        name = said.group(1) if said else unquote(urlsplit(self._url).path)
        return PurePosixPath(name.replace("\\", "/")).name or "dataset"

    def to_dict(self) -> dict[str, Any]:
        """Return the address."""
        return {"url": self._url}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> Self:
        """Make the source anew."""
        return cls(source_dict["url"])


class ArtifactDatasetSource(DatasetSource):
    """A file or folder that a URI names.

    Args:
        uri: where it is.
    """

    source_type: ClassVar[str]

    def __init__(self, uri: str) -> None:
        self._uri = uri

    @property
    def uri(self) -> str:
        """Where it is."""
        return self._uri

    @classmethod
    def _get_source_type(cls) -> str:
        return cls.source_type

    def load(self, dst_path: str | None = None) -> str:
        """Copy it to the local disk and return its path there; what is there already is only copied to `dst_path`."""
        from mlflow.artifacts import download_artifacts

        return download_artifacts(artifact_uri=self._uri, dst_path=dst_path)

    def to_dict(self) -> dict[str, Any]:
        """Return the URI."""
        return {"uri": self._uri}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> Self:
        """Make the source anew."""
        return cls(source_dict["uri"])


class LocalArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder on the local disk."""

    source_type = "local"


class S3ArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in Amazon S3."""

    source_type = "s3"


class R2ArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in Cloudflare R2."""

    source_type = "r2"


class B2ArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in Backblaze B2."""

    source_type = "b2"


class GCSArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in Google Cloud Storage."""

    source_type = "gs"


class AzureBlobArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in Azure Blob Storage."""

    source_type = "wasbs"


class AzureDataLakeArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in Azure Data Lake."""

    source_type = "abfss"


class FTPArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder on an FTP server."""

    source_type = "ftp"


class SFTPArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder on an SFTP server."""

    source_type = "sftp"


class HdfsArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in HDFS."""

    source_type = "hdfs"


class ViewFsArtifactDatasetSource(ArtifactDatasetSource):
    """A file or folder in a view over HDFS."""

    source_type = "viewfs"


_KINDS: dict[str, type[DatasetSource]] = {
    kind._get_source_type(): kind
    for kind in (
        CodeDatasetSource,
        HTTPDatasetSource,
        LocalArtifactDatasetSource,
        S3ArtifactDatasetSource,
        R2ArtifactDatasetSource,
        B2ArtifactDatasetSource,
        GCSArtifactDatasetSource,
        AzureBlobArtifactDatasetSource,
        AzureDataLakeArtifactDatasetSource,
        FTPArtifactDatasetSource,
        SFTPArtifactDatasetSource,
        HdfsArtifactDatasetSource,
        ViewFsArtifactDatasetSource,
    )
}


def resolve_source(source: object) -> DatasetSource:
    """Return the source that a user named: an object of its own, a path or a URI; None is the running program.

    Raises:
        NotFound: no kind of source is named like this.
    """
    if source is None:
        from mlflow.tracking.context import context_tags

        return CodeDatasetSource(context_tags())
    if isinstance(source, DatasetSource):
        return source
    if isinstance(source, str | os.PathLike):
        text = os.fspath(source)
        scheme = urlsplit(text).scheme.lower()
        if scheme in ("http", "https"):
            return HTTPDatasetSource(text)
        if scheme in ("", "file") or (os.name == "nt" and len(scheme) == 1):
            return LocalArtifactDatasetSource(text)
        kind = _KINDS.get(scheme)
        if kind is not None and issubclass(kind, ArtifactDatasetSource):
            return kind(text)
    raise NotFound(
        f"Could not find a source information resolver for the specified dataset source: {source}. Name a path, an "
        "http(s) address or a URI of an object store, or pass a DatasetSource."
    )


def source_of(dataset: DatasetEntity) -> DatasetSource:
    """Return the source that is stored with a data set.

    Raises:
        NotFound: it is of a kind that is not known here.
    """
    kind = _KINDS.get(dataset.source_type)
    if kind is None:
        raise NotFound(
            f"The source of data set {dataset.name!r} is of the kind {dataset.source_type!r}, which is not known here. "
            f"Its description is: {dataset.source}"
        )
    return kind.from_json(dataset.source)
