"""Data sets that runs read."""
