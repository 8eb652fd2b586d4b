"""How each Call is answered in SQL, one module per resource."""

from mlflow.store.sql.answers import experiments, inputs, metrics, params, runs, tags
from mlflow.store.sql.answers.registry import ANSWERS

__all__ = ["ANSWERS", "experiments", "inputs", "metrics", "params", "runs", "tags"]
