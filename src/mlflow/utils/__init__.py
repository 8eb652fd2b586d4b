"""Import paths that other libraries use."""
