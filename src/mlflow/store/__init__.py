"""Who answers Calls: a database in this process, or a server over HTTP."""
