"""One command, `webhooks`, with a sub-command for each task."""
