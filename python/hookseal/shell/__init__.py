"""The tasks of `python -m hookseal`, one module each: what can be done without a project and without its settings."""
