"""Headrace beside MLflow and FastTrackML, one command: `python -m benchmarks`."""
