"""Unmodified MLflow clients against our server, and our SDK against theirs: same script, same answers."""
