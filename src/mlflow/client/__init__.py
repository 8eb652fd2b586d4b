"""The client: everything one can do to a tracking server or database, as methods."""

from mlflow.client.artifacts import ArtifactMethods
from mlflow.client.experiments import ExperimentMethods
from mlflow.client.images import ImageMethods
from mlflow.client.logging import LoggingMethods
from mlflow.client.prompts import AllPromptMethods
from mlflow.client.registry import RegistryMethods
from mlflow.client.runs import RunMethods
from mlflow.client.tables import TableMethods
from mlflow.client.webhooks import WebhookMethods

__all__ = ["MlflowClient"]


class MlflowClient(
    ExperimentMethods,
    TableMethods,
    ImageMethods,
    ArtifactMethods,
    RunMethods,
    LoggingMethods,
    RegistryMethods,
    AllPromptMethods,
    WebhookMethods,
):
    """Reads and writes experiments, runs, artifacts, models, prompts and webhooks, on a server or in a database.

    Holds no connection of its own: cheap to make, may be shared between threads and used after a fork.

    Args:
        tracking_uri: where runs live; the one in force (`mlflow.get_tracking_uri()`) when left out.
        registry_uri: where models and prompts are registered; the one in force when left out.
        workspace_store_uri: where workspaces are recorded; the tracking URI when left out.
    """
