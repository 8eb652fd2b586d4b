"""`python -m mlflow` is the `mlflow` command."""

from mlflow.cli import main

if __name__ == "__main__":
    main()
