"""Requests written by hand, one area each; importing a module declares its exchanges."""
