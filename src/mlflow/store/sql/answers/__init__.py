"""How each Call is answered in SQL, one module per resource."""

from mlflow.store.sql.answers import experiments, inputs, logged_models, metrics, params, runs, tags
from mlflow.store.sql.answers.registry import ANSWERS, TOGETHER

__all__ = ["ANSWERS", "TOGETHER", "experiments", "inputs", "logged_models", "metrics", "params", "runs", "tags"]
