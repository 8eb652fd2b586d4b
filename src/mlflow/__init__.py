"""Headrace: a fast, durable, drop-in implementation of the MLflow system."""
