"""The senders' own packages in one form: each judges a delivery, and signs one where it has code for that."""
