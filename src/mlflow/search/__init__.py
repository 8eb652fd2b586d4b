"""The filter language: grammar, tree, and its readers.

    text ── syntax.py (grammar.lark) ── resolve.py (fields.py says what may be asked) ──▶ tree.py
                                                                                           │
                                    python.py: does this thing match?  ◀───────────────────┤
                                    store/sql: the same question as a WHERE clause  ◀──────┘

`parse.py` is the door. lark and re2 are imported when the first filter is read, not before.
"""
