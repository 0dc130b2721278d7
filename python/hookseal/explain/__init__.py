"""Why was this delivery refused? Names the cause, offline, by trying what usually goes wrong.

    explanation = explain(captured, endpoint("stripe"), siblings=[endpoint("stripe-test")])
    explanation.causes[0].sentence

Python makes the variants of key, body, URL and signed text; the engine holds them against the delivery, compares in
constant time, and says which fits: never what a right signature would have been. Nothing here is imported on the way of
a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hookseal.captured import Captured
from hookseal.conf import Endpoint
from hookseal.explain.case import open_case
from hookseal.explain.causes import CAUSES, Cause, Explanation, Past
from hookseal.explain.endpoints import endpoint_of
from hookseal.explain.examination import examine

__all__ = ["CAUSES", "Cause", "Explanation", "Past", "endpoint_of", "explain"]


def explain(
    captured: Captured,
    endpoint: Endpoint,
    *,
    siblings: Iterable[Endpoint] = (),
    history: Sequence[Past] = (),
) -> Explanation:
    """Say why an endpoint refuses a delivery, judged at the moment of its arrival.

    Args:
        captured: the delivery as it arrived.
        endpoint: what it was sent to; `endpoint_of` makes one without Django's settings.
        siblings: the site's other endpoints, whose secrets are tried as well. One whose alias, or the label of whose
            secret, holds the word cli, dev, development, local or tunnel counts as that of a development tunnel.
        history: other captured deliveries of the endpoint, the newest first.

    Returns:
        The reason, and the causes found, the likeliest first. Nothing is raised for what a delivery holds.
    """
    others = [other for other in siblings if other.alias != endpoint.alias]
    return examine(open_case(captured, endpoint, others, history))
