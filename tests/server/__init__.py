"""Tests of the server's side of the wire, over real HTTP."""
