"""The tasks of `manage.py webhooks`, one module each."""
