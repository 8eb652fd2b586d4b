"""The client and the fluent functions, in-process and through a server."""
