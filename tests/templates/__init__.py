"""Tests of the templates of prompts."""
