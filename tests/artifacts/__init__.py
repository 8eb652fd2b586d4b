"""Tests of `mlflow.artifacts`: what every place that keeps artifacts promises, locally and through a server."""
