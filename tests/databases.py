"""PostgreSQL for tests: a database of their own, dropped afterwards.

The server is, in this order: the one `HEADRACE_TEST_POSTGRESQL` names; the one on this machine's usual port; one that
we start ourselves in a temporary folder when PostgreSQL's programs are installed. Where there is none at all, tests
that ask for a database are skipped and say why, except in CI (the variable `CI` is set): there they fail.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.servers import free_port

_USUAL = "postgresql://localhost/test"
_START_SECONDS = 30


@cache
def postgresql_server() -> str | None:
    """Return the URI of a database on a server where tests may create further ones, or None; looked for once."""
    named = os.environ.get("HEADRACE_TEST_POSTGRESQL")
    for uri in (named,) if named else (_USUAL,):
        try:
            psycopg.connect(uri, connect_timeout=3).close()
        except psycopg.OperationalError:
            continue
        return uri
    if named or _programs() is None:
        return None
    cluster = Cluster()
    atexit.register(cluster.remove)
    return cluster.uri


@contextmanager
def fresh_postgresql() -> Iterator[str]:
    """Create an empty database, yield its URI, and drop it; skips the test (in CI: fails it) where there is no server.

    Connections that are still open then are cut.
    """
    server = postgresql_server()
    if server is None:
        missing(
            "no PostgreSQL was found. Install it, or name a server with HEADRACE_TEST_POSTGRESQL=postgresql://…, "
            "as a role that may create databases"
        )
    name = f"headrace_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def missing(reason: str) -> NoReturn:
    """Skip the running test because the machine lacks something; in CI, where nothing may be lacking, fail it."""
    if os.environ.get("CI"):
        pytest.fail(f"in CI this must run: {reason}")
    pytest.skip(reason)


class Cluster:
    """A PostgreSQL server of our own, in a temporary folder, on a free port of the loopback address.

    PostgreSQL refuses to run as root; then it runs as `postgres` or, where that user is missing, as `nobody`.

    Raises:
        RuntimeError: PostgreSQL is not installed.
    """

    def __init__(self) -> None:
        programs = _programs()
        if programs is None:
            raise RuntimeError("PostgreSQL's programs (initdb, pg_ctl) are not installed")
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="headrace-pg-"))
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = _other_user()
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self.port = free_port()
        self.uri = f"postgresql://tests@127.0.0.1:{self.port}/postgres"
        # --no-sync: this cluster need not survive a power cut, only its own crashes.
        self._run("initdb", "--no-sync", "--auth=trust", "--username=tests", "--encoding=UTF8", "--locale=C.UTF-8")
        self.start()

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "start", "--wait", f"--timeout={_START_SECONDS}", "--log", log, "--options", options)

    def crash(self) -> None:
        """Stop it without letting anything finish, as a power cut would; the next start recovers."""
        self._run("pg_ctl", "stop", "--mode=immediate")

    def remove(self) -> None:
        """Stop it and delete the folder."""
        if self.folder.exists():
            self.crash()
            shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), "--pgdata", str(self.folder / "data"), *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # not a pipe: the server that pg_ctl starts would hold it open
            stderr=subprocess.STDOUT,
            **self._as_user,
            check=False,
        )
        if done.returncode:
            log = self.folder / "log"
            said = log.read_text()[-2000:] if log.exists() else ""
            raise RuntimeError(f"{program} ended with code {done.returncode}\n{said}")


@cache
def _programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest version's."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    if found := shutil.which("pg_ctl"):
        candidates.append(Path(found).resolve().parent)
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


def _other_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
