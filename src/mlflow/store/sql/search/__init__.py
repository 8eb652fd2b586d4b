"""The SQL reader of the filter language: trees to WHERE clauses, orders to keyset pages."""
