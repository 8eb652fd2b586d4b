"""Where the code of a run came from."""


class SourceType:
    """Values of the run tag `mlflow.source.type`."""

    NOTEBOOK = "NOTEBOOK"
    JOB = "JOB"
    PROJECT = "PROJECT"
    LOCAL = "LOCAL"
    UNKNOWN = "UNKNOWN"
