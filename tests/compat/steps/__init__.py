"""The chapters of the session, one area each; importing a chapter declares its steps."""
