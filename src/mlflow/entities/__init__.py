"""What users hold in hand. Each is a msgspec Struct, and what it holds is what travels."""

from mlflow.entities import model_registry
from mlflow.entities.dataset import Dataset, DatasetInput, DatasetSummary, InputTag
from mlflow.entities.experiment import Experiment, ExperimentTag
from mlflow.entities.file_info import FileInfo
from mlflow.entities.metric import Metric
from mlflow.entities.param import Param
from mlflow.entities.prompt import Prompt
from mlflow.entities.run import (
    LoggedModelInput,
    LoggedModelOutput,
    Run,
    RunData,
    RunInputs,
    RunOutputs,
    RunTag,
)
from mlflow.entities.run_info import LifecycleStage, RunInfo, RunStatus, ViewType
from mlflow.entities.source_type import SourceType
from mlflow.entities.webhook import Webhook, WebhookEvent, WebhookStatus, WebhookTestResult

__all__ = [
    "Dataset",
    "DatasetInput",
    "DatasetSummary",
    "Experiment",
    "ExperimentTag",
    "FileInfo",
    "InputTag",
    "LifecycleStage",
    "LoggedModelInput",
    "LoggedModelOutput",
    "Metric",
    "Param",
    "Prompt",
    "Run",
    "RunData",
    "RunInfo",
    "RunInputs",
    "RunOutputs",
    "RunStatus",
    "RunTag",
    "SourceType",
    "ViewType",
    "Webhook",
    "WebhookEvent",
    "WebhookStatus",
    "WebhookTestResult",
    "model_registry",
]
