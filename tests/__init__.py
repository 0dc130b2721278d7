"""The tests, a package of its own name: whatever else is installed as `tests` cannot stand in front of it."""
