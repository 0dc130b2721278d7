"""The Django project that real servers serve in the tests."""
