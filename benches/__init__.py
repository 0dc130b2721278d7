"""The benchmark: who is timed, how, and what must hold."""
