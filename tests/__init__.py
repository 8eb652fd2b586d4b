"""Tests of Headrace; each folder says in its own first lines what it tests."""
