"""The migrations of the inspector."""
