"""Stores that remember which deliveries were handled: `memory`, `cache` (the default) and `database`.

Each module says what its store guarantees and what it does not. A store of your own is a subclass of
`hookseal.replay.base.Store`, named by its dotted path.
"""
