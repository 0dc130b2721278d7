"""Messages of SNS topics, as far as they have to be written before they are signed."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hookseal.samples import as_body

__all__ = ["of_topic"]


def of_topic(body: bytes, topics: Sequence[str]) -> bytes:
    """Make a message of one of the endpoint's topics, with the key of its region, where deliveries come from topics."""
    if not topics:
        return body
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    message = given if isinstance(given, dict) and "Message" in given else {"Message": body.decode(errors="replace")}
    topic = str(message.setdefault("TopicArn", topics[0]))
    region = topic.split(":")[3] if topic.count(":") >= _COLONS_OF_AN_ARN else ""
    suffix = ".cn" if region.startswith("cn-") else ""
    location = f"https://sns.{region}.amazonaws.com{suffix}/SimpleNotificationService-{0:032x}.pem"
    message.setdefault("SigningCertURL", location)
    return as_body(message).body


_COLONS_OF_AN_ARN = 5
