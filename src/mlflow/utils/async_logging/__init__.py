"""Import paths of asynchronous logging that other libraries use."""
