"""Tests of what users hold in hand."""
