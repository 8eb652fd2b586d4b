"""Prompts as files: one readable file each, below a folder that is kept in Git."""
