"""`database`: remembers deliveries in a table, so that the mark and what the view writes stand or fall together.

Add `"hookseal.replay.database"` to INSTALLED_APPS and run `migrate`; DATABASE names the database. Made for SQLite,
PostgreSQL and MariaDB.

(a) Before the view, a row with the lease is committed by itself, so that other workers see it. (b) In the transaction
that is opened around the view, the row is marked as done where key, owner and state still match, and both are
committed together. (c) Where no row matches, the lease lapsed and went to another worker: what the view wrote is rolled
back, and the sender is answered 503.

Guaranteed: for sync views that write to this very database, exactly one run of a delivery has effects, whatever
happens to workers, leases and connections. A worker's death leaves its lease to lapse, and nothing else.

Not guaranteed: anything about effects elsewhere (mails, other databases, other services) and in async views, around
which no transaction can be opened: there, a crash between the effect and the mark is followed by a second run (at
least once). A view that opted out of the transaction (`non_atomic_requests`) is such a view too. Where the request
already runs in a transaction of the site's own, the lease is not visible to others before that ends; a second delivery
then waits for it, or is answered 503. Clocks of the machines must agree to within a fraction of the lease.

Rows are kept until `manage.py webhooks prune` removes those that are past their retention.
"""
