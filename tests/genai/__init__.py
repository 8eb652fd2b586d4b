"""Prompts in the SDK."""
