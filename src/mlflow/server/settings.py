"""What an operator can set: the options of `mlflow server`, as one value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the server needs to know, from options and `MLFLOW_*` variables; see `mlflow server --help`."""

    backend_store_uri: str = "sqlite:///mlflow.db"
    artifacts_destination: str = "./mlartifacts"
    default_artifact_root: str | None = None  # None: mlflow-artifacts:/ when artifacts are served, else ./mlruns
    serve_artifacts: bool = True
    artifacts_only: bool = False
    host: str = "127.0.0.1"
    port: int = 5000
    workers: int = 1
    allowed_hosts: tuple[str, ...] | None = None  # None: localhost and private networks, any port
    cors_allowed_origins: tuple[str, ...] = ()
    disable_security: bool = False
    x_frame_options: str = "SAMEORIGIN"
    static_prefix: str = ""
    uvicorn_options: tuple[str, ...] = ()
    dev: bool = False

    @property
    def artifact_root(self) -> str:
        """Where new experiments put their artifacts."""
        return self.default_artifact_root or ("mlflow-artifacts:/" if self.serve_artifacts else "./mlruns")
