"""The causes that `explain` can name: one closed table of codes, each with its sentence and its fix.

A cause is found afterwards, on a captured delivery, by trying what usually goes wrong; a `Reason` is decided at once,
on the way of the request. Codes are API; sentences and fixes are for people and may change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from hookseal.reasons import Reason

__all__ = ["CAUSES", "Cause", "Explanation", "Past", "Row", "cause"]


class Row(NamedTuple):
    """One line of the table: templates whose names `cause` fills in."""

    sentence: str
    fix: str


CAUSES: Mapping[str, Row] = MappingProxyType(
    {
        "other_endpoint_secret": Row(
            'Signed with the secret of endpoint "{other}", not "{endpoint}": test and live mode, or two accounts, are'
            " mixed up.",
            'Point the sender at the URL of "{other}", or add that secret to {secrets} if both belong here.',
        ),
        "other_endpoint": Row(
            'Right for endpoint "{other}" ({provider}), but sent to the URL of "{endpoint}".',
            'Point the sender at the URL of "{other}".',
        ),
        "old_secret": Row(
            "Signed with {label}, retired on {date} ({days} days ago): the sender was not switched over.",
            "Give the sender the current secret, or move not_after of {label} in {secrets} until that is done.",
        ),
        "early_secret": Row(
            "Signed with {label}, which is valid only from {date}: the sender was switched over too early.",
            "Move not_before of {label} in {secrets}, or remove it.",
        ),
        "cli_secret": Row(
            'Signed with the secret of the development tunnel ("{other}"), not with that of "{endpoint}".',
            'Send it to the URL of "{other}", or add the secret that the tunnel prints to {secrets} where you develop.',
        ),
        "secret_whitespace": Row(
            "Right once {what}.",
            "Set {secrets} to exactly what the sender shows; a secret read from a file usually needs .strip().",
        ),
        "secret_quotes": Row(
            "Right once the quotation marks around the setting's secret are removed.",
            "Remove them from where {secrets} is read; env files differ in whether they strip them.",
        ),
        "secret_prefix": Row(
            "Right when {prefix} is {what} the secret.",
            "Set {secrets} to the secret exactly as the sender shows it, with {prefix} {what} it.",
        ),
        "secret_encoding": Row(
            "Right when the secret is {what}.",
            "Copy the secret into {secrets} as the sender shows it, in its own way of writing; or check PROVIDER:"
            " another record may read it so.",
        ),
        "wrong_encoding": Row(
            "The signature is right, but written in {found}; this endpoint expects {expected}.",
            "Check {provider_path}: the sender is another version or another provider than the one that it names.",
        ),
        "wrong_digest": Row(
            "The sender signs with {found}, this endpoint expects {expected}.",
            "Switch the sender to {expected}, or name the record of this version in {provider_path}.",
        ),
        "wrong_frame": Row(
            "The signed text is {found}, this endpoint expects {expected}: an older or another version of the scheme.",
            "Switch the sender to the current version, or name the record that signs so in {provider_path}.",
        ),
        "wrong_provider": Row(
            "Valid as {found}, not as {expected}.",
            'Set {provider_path} to "{found}".',
        ),
        "other_provider_header": Row(
            "{header} is absent; saw {seen}, which {found} sends.",
            'Point {found} at the endpoint that is meant for it, or set {provider_path} to "{found}".',
        ),
        "body_newline": Row(
            "Right {what}: a proxy or a saved file changed the end of the body.",
            "Let nothing between the sender and this server touch the body; save bodies byte for byte.",
        ),
        "body_crlf": Row(
            "Right with {what} line ends: something changed them on the way.",
            "Let nothing between the sender and this server touch the body; open saved bodies as binary files.",
        ),
        "body_bom": Row(
            "Right {what}: an editor or a proxy changed the beginning of the body.",
            "Save bodies without a byte order mark, and let nothing rewrite them.",
        ),
        "body_reserialised": Row(
            "Right for the body in {form} form: something between sender and view parsed it and wrote it again.",
            "Find what rewrites it (a gateway, a middleware, a test that calls json.dumps) and pass the raw body on.",
        ),
        "body_charset": Row(
            "Right for the body in {found}: its text was encoded anew on the way.",
            "Let nothing between the sender and this server decode the body.",
        ),
        "body_compressed": Row(
            "Signed {what}: something between sender and view changed the compression.",
            "Let the proxy pass Content-Encoding and the body on as they came.",
        ),
        "body_empty": Row(
            "The sender signed an empty body, or this server lost it (a chunked request?).",
            "Check that the server in front hands on bodies without a Content-Length.",
        ),
        "url_scheme": Row(
            "Right for {found}://, but Django built {judged}://.",
            "Set SECURE_PROXY_SSL_HEADER to the header by which your proxy tells the scheme, or {public_url}.",
        ),
        "url_host": Row(
            "Right for the host {found}, but Django took {judged}.",
            "Set USE_X_FORWARDED_HOST where your proxy sends X-Forwarded-Host, or {public_url}.",
        ),
        "url_port": Row(
            "Right {what}.",
            "Set {public_url} to the URL as it is written at the sender, or USE_X_FORWARDED_PORT.",
        ),
        "url_path": Row(
            "Right {what}.",
            "Set {public_url} to the whole URL as it is written at the sender, or write it there as it arrives here.",
        ),
        "form_order": Row(
            "Right {what}: something changed the fields of the form on the way.",
            "Let nothing between the sender and this server parse the form and write it again.",
        ),
        "fields_changed": Row(
            "Right when the fields are {what}: something regrouped them or decoded them twice.",
            "Pass the body on as it came; another service in between must not parse it.",
        ),
        "wrong_shape": Row(
            "The signature or credential is right, but {header} does not hold it as this sender writes it (prefix,"
            " version, scheme, or sent twice).",
            "Check what rewrites the header on its way, and {provider_path}.",
        ),
        "wrong_time": Row(
            "The signature is right, but its time, {time}, is not written as this sender writes it: seconds or"
            " milliseconds?",
            "Check {provider_path}, or the unit in the record that it holds.",
        ),
        "basic_user_ok": Row(
            "The user name is right, the password is not.",
            "Set the password at the sender anew, as it stands in {secrets}.",
        ),
        "basic_url_encoded": Row(
            "Right after percent-decoding: the sender kept the way in which the URL writes the password.",
            "Use credentials of letters and digits alone: `manage.py webhooks secret {endpoint}` makes some.",
        ),
        "basic_masked": Row(
            "The sender sent **** as its password: it used a masked copy of the URL, as consoles show it.",
            "Write the whole URL, password included, at the sender anew.",
        ),
        "proxy_stripped": Row(
            "{what}: a proxy or the server removes it.",
            "Let the proxy pass Authorization on (mod_wsgi: WSGIPassAuthorization On).",
        ),
        "wrong_public_key": Row(
            "The key parses, but {count} deliveries in a row failed since {date}: the provider rotated it, or it is the"
            " key of another project.",
            "Copy the public key that the provider shows now into {secrets}.",
        ),
        "stale": Row(
            "The signature is valid, but it was made {seconds} s before it arrived; the tolerance is {tolerance} s.",
            "Check this server's clock, or whether the delivery waited in a queue; TOLERANCE widens the window.",
        ),
        "future": Row(
            "The signature is valid, but it was made {seconds} s after it arrived; the tolerance is {tolerance} s.",
            "Check this server's clock.",
        ),
        "clock_skew": Row(
            "Accepted deliveries arrive with a median age of {seconds} s: this server's clock is off.",
            "Let NTP (chrony, systemd-timesyncd) set the clock.",
        ),
        "replay_by_sender": Row(
            "This event was handled at {date} with status {status}: a retry after a slow answer, or a redelivery.",
            "Answer sooner and work later. To handle it again: `manage.py webhooks forget {endpoint} ID`.",
        ),
        "proxy_hops": Row(
            "The address {address} would be allowed with TRUSTED_PROXIES = {hops}; it is {configured} now.",
            "Set {trusted_proxies} to the number of proxies in front of this server, no more.",
        ),
        "unfetched_key": Row(
            "The sender's own key would have to be fetched, and explaining works offline; nothing else is wrong.",
            "Let `manage.py webhooks verify` or the next delivery fetch it.",
        ),
        "unknown": Row(
            "{tried} combinations tried, none matches: the sender holds no secret that this site knows.",
            "Compare the secret at the sender with {secrets}; set it anew on both sides if in doubt.",
        ),
    }
)
"""Every cause by its code. Where several fit equally well, the first in this order comes first."""


@dataclass(frozen=True)
class Cause:
    """One thing that went wrong.

    Attributes:
        code: its key in `CAUSES`.
        sentence: what was found, in English. It holds no secret and no expected signature; the sender's text in it is
            ASCII and short.
        fix: what the owner can do, with the setting's name.
    """

    code: str
    sentence: str
    fix: str


@dataclass(frozen=True)
class Explanation:
    """What became of a captured delivery, and why.

    Attributes:
        reason: what its endpoint refuses it for, judged at the moment of its arrival; None: it accepts it.
        causes: what went wrong, the likeliest first; empty where the reason says it all.
        tried: how many combinations of key, text and way of signing were held against it.
        bounded: whether a bound ended the search before all were tried.
    """

    reason: Reason | None
    causes: tuple[Cause, ...]
    tried: int
    bounded: bool


@dataclass(frozen=True)
class Past:
    """Another captured delivery of the same endpoint.

    Attributes:
        received_at: Unix seconds.
        verdict: "accepted", "refused" or "duplicate".
        reason: what it was refused for, as a code; else empty.
        status: what it was answered; None where nobody knows.
        has_authorization: whether it carried the header Authorization.
        path: the path it was sent to.
        event_id: the event's id, where one was proven; else empty.
        signed_at: the signed time in Unix seconds, where there is one.
    """

    received_at: float
    verdict: str
    reason: str = ""
    status: int | None = None
    has_authorization: bool = False
    path: str = ""
    event_id: str = ""
    signed_at: float | None = None


def cause(code: str, **values: object) -> Cause:
    """Fill in a row of the table.

    Raises:
        KeyError: the table has no such code, or its texts need another value.
    """
    row = CAUSES[code]
    return Cause(code, row.sentence.format_map(values), row.fix.format_map(values))
