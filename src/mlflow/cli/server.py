"""`mlflow server`: its options, and what is checked before anything starts."""

from __future__ import annotations

import shlex
from typing import Any

import click

from mlflow.cli import env_file_option
from mlflow.cli.errors import Problem, UsageProblem
from mlflow.cli.sections import SectionedCommand, section

storage = section("Storage")
network = section("Network")
security = section("Security")
running = section("Running")
# Options of MLflow whose feature is not here. They are read so that a start script says what happens instead of dying
# of "no such option"; those that would change who may do what stop the server, the others are noted.
elsewhere = section("MLflow options without effect or support here")


@click.command(
    cls=SectionedCommand,
    # -h is --host, as in MLflow
    context_settings={"help_option_names": ["--help"], "max_content_width": 100},
    epilog="Every option can also be set by the variable named with it, in the environment or in --env-file.",
)
@storage(
    "--backend-store-uri",
    metavar="URI",
    envvar="MLFLOW_BACKEND_STORE_URI",
    default="sqlite:///mlflow.db",
    help="Database for experiments and runs: sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE.",
)
@storage(
    "--artifacts-destination",
    metavar="URI",
    envvar="MLFLOW_ARTIFACTS_DESTINATION",
    default="./mlartifacts",
    help="Folder where artifacts that go through the server are kept.",
)
@storage(
    "--default-artifact-root",
    metavar="URI",
    envvar="MLFLOW_DEFAULT_ARTIFACT_ROOT",
    help="Where clients put the artifacts of new experiments. "
    "[default: mlflow-artifacts:/, which is through the server; ./mlruns with --no-serve-artifacts]",
)
@storage(
    "--serve-artifacts/--no-serve-artifacts",
    envvar="MLFLOW_SERVE_ARTIFACTS",
    default=True,
    help="Take in, list and hand out artifacts.",
)
@storage(
    "--artifacts-only",
    is_flag=True,
    envvar="MLFLOW_ARTIFACTS_ONLY",
    help="Serve artifacts and nothing else: no experiments, no runs, no database.",
)
@network("--host", "-h", envvar="MLFLOW_HOST", default="127.0.0.1", help="Address to listen on; 0.0.0.0 for all.")
@network(
    "--port",
    "-p",
    type=click.IntRange(0, 65535),
    envvar="MLFLOW_PORT",
    default=5000,
    help="Port to listen on; 0 for any free one.",
)
@network(
    "--static-prefix",
    metavar="PATH",
    envvar="MLFLOW_STATIC_PREFIX",
    help="Path in front of all addresses, such as /mlflow, when a proxy puts it there.",
)
@security(
    "--allowed-hosts",
    metavar="HOSTS",
    envvar="MLFLOW_SERVER_ALLOWED_HOSTS",
    help="Names, with commas, under which browsers and clients may reach the server (Host header), such as "
    "mlflow.example.com,10.0.0.5:5000,*.internal; * for any. Wards off DNS rebinding. "
    "[default: localhost and private networks]",
)
@security(
    "--cors-allowed-origins",
    metavar="ORIGINS",
    envvar="MLFLOW_SERVER_CORS_ALLOWED_ORIGINS",
    help="Web pages, with commas, whose scripts may call the server, such as https://app.example.com; * for any, "
    "which lets every page write. [default: none but the server's own]",
)
@security(
    "--x-frame-options",
    type=click.Choice(["SAMEORIGIN", "DENY", "NONE"], case_sensitive=False),
    envvar="MLFLOW_SERVER_X_FRAME_OPTIONS",
    default="SAMEORIGIN",
    help="Which pages may show the server's own in a frame: its own, none, or any.",
)
@security(
    "--disable-security-middleware",
    is_flag=True,
    envvar="MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE",
    help="Switch the checks of this section off. For tests alone.",
)
@running(
    "--workers",
    "-w",
    type=click.IntRange(1),
    envvar="MLFLOW_WORKERS",
    default=1,
    help="Server processes. One is enough for thousands of requests a second; more need PostgreSQL to pay off.",
)
@running(
    "--uvicorn-opts",
    metavar="OPTIONS",
    envvar="MLFLOW_UVICORN_OPTS",
    help='Further options of uvicorn, such as "--ssl-keyfile key.pem --ssl-certfile cert.pem".',
)
@running(
    "--expose-prometheus",
    metavar="DIR",
    envvar="MLFLOW_EXPOSE_PROMETHEUS",
    help="Not needed: metrics are always at /metrics. DIR is not used.",
)
@running("--dev", is_flag=True, help="Log in detail and restart when the code changes. For working on Headrace.")
@elsewhere("--registry-store-uri", metavar="URI", envvar="MLFLOW_REGISTRY_STORE_URI", help="Must be the backend store.")
@elsewhere(
    "--read-replica-backend-store-uri",
    metavar="URI",
    envvar="MLFLOW_READ_REPLICA_BACKEND_STORE_URI",
    help="No effect: reads go to the backend store.",
)
@elsewhere("--app-name", metavar="NAME", help="Not supported: no login (basic-auth) yet. Put a proxy in front.")
@elsewhere("--gunicorn-opts", metavar="OPTIONS", envvar="MLFLOW_GUNICORN_OPTS", help="Not supported: uvicorn serves.")
@elsewhere("--waitress-opts", metavar="OPTIONS", help="Not supported: uvicorn serves.")
@elsewhere(
    "--enable-workspaces/--disable-workspaces",
    envvar="MLFLOW_ENABLE_WORKSPACES",
    default=False,
    help="Not supported yet.",
)
@elsewhere("--workspace-store-uri", metavar="URI", envvar="MLFLOW_WORKSPACE_STORE_URI", help="Not supported yet.")
@elsewhere("--trace-archival-config", metavar="FILE", envvar="MLFLOW_TRACE_ARCHIVAL_CONFIG", help="No effect.")
@elsewhere("--secrets-cache-ttl", type=int, metavar="SECONDS", help="No effect.")
@elsewhere("--secrets-cache-max-size", type=int, metavar="COUNT", help="No effect.")
@env_file_option
def server(**options: Any) -> None:
    """Run the tracking server: REST API and artifacts.

    \b
    On your own machine, with everything in the current folder:
      mlflow server
    For a team, behind a proxy that asks for a login:
      mlflow server --backend-store-uri postgresql://me:secret@db/mlflow \\
        --artifacts-destination /srv/mlflow \\
        --host 0.0.0.0 --allowed-hosts mlflow.example.com
    """
    notes = refuse_or_note(options)
    check_usage(options)

    from mlflow.cli.starting import start
    from mlflow.server.settings import Settings

    start(
        Settings(
            backend_store_uri=options["backend_store_uri"],
            artifacts_destination=options["artifacts_destination"],
            default_artifact_root=options["default_artifact_root"],
            serve_artifacts=options["serve_artifacts"],
            artifacts_only=options["artifacts_only"],
            host=options["host"],
            port=options["port"],
            workers=options["workers"],
            allowed_hosts=words(options["allowed_hosts"]) or None,
            cors_allowed_origins=words(options["cors_allowed_origins"]),
            disable_security=options["disable_security_middleware"],
            x_frame_options=options["x_frame_options"],
            static_prefix=options["static_prefix"] or "",
            uvicorn_options=tuple(shlex.split(options["uvicorn_opts"] or "")),
            dev=options["dev"],
        ),
        notes,
    )


def refuse_or_note(options: dict[str, Any]) -> list[str]:
    """Refuse options without which the server would not be what was asked for; return a note for each harmless one.

    Raises:
        Problem: an option that is not supported.
    """
    for name in ("gunicorn_opts", "waitress_opts"):
        if options[name]:
            raise Problem(f"{_flag(name)} is not supported: Headrace runs on uvicorn", "Use --uvicorn-opts instead")
    if options["app_name"]:
        raise Problem(
            f"--app-name {options['app_name']} is not supported: this version has no login of its own",
            "Put a proxy that asks for a login in front of the server, and leave the option out",
        )
    registry = options["registry_store_uri"]
    if registry and registry != options["backend_store_uri"]:
        raise Problem("--registry-store-uri names another database than --backend-store-uri", "Leave it out")
    if options["enable_workspaces"] or options["workspace_store_uri"]:
        raise Problem("Workspaces are not supported yet", "Run one server for each workspace, with its own database")
    idle = ("read_replica_backend_store_uri", "trace_archival_config", "secrets_cache_ttl", "secrets_cache_max_size")
    return [f"{_flag(name)} has no effect here." for name in idle if options[name]]


def check_usage(options: dict[str, Any]) -> None:
    """Find options that contradict each other or cannot mean anything.

    Raises:
        UsageProblem: what and why.
    """
    context = click.get_current_context(silent=True)
    prefix = options["static_prefix"] or ""
    if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
        raise UsageProblem(
            f"--static-prefix {prefix} must begin with a '/' and must not end with one",
            f"Write --static-prefix /{prefix.strip('/')}",
            context,
        )
    if options["artifacts_only"] and not options["serve_artifacts"]:
        raise UsageProblem("--artifacts-only and --no-serve-artifacts together leave nothing to serve", None, context)
    if options["dev"] and options["uvicorn_opts"]:
        raise UsageProblem("'--dev' and '--uvicorn-opts' cannot be specified together.", None, context)
    try:
        shlex.split(options["uvicorn_opts"] or "")
    except ValueError as error:
        raise UsageProblem(f"--uvicorn-opts: {error}", "Check its quotation marks", context) from error


def words(text: str | None) -> tuple[str, ...]:
    """Return the parts of a list with commas, without spaces around them."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
