"""The one place that says which version this is."""

VERSION = "0.1.0"

# The newest MLflow release whose surface we speak; clients ask for it at `/version` to choose their protocol.
MLFLOW_VERSION = "3.17.2"
