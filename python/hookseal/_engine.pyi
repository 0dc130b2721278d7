"""The engine: verification decided in Rust. Constant time, total, bounded; it knows no settings, no clock and no
network.

Everything here takes and returns plain Python values. A refusal is raised as `hookseal.exceptions.WebhookRejected`;
a mistake of the owner (a record or a key that cannot be) as `RecordError` or `SecretError`; a mistake of the caller
(a body that is not bytes, a clock that is not a number) as `TypeError` or `ValueError`. Nothing else leaves it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NoReturn, TypeAlias, final

__all__ = [
    "LIMITS",
    "REASONS",
    "Accepted",
    "Anatomy",
    "Networks",
    "Record",
    "RecordError",
    "RemoteKey",
    "Reply",
    "Secret",
    "SecretError",
    "Signer",
    "Verifier",
    "Wanted",
    "check_json",
    "client_address",
    "dissect",
    "event_key",
    "parse_form",
    "provider_names",
    "search",
]

_Part: TypeAlias = str | Sequence[str] | None
"""One header of the request, in the order of `Verifier.headers`: its text, all its texts if it came several times, or
nothing."""

_Need: TypeAlias = Literal["nothing", "body", "fields"]
"""What `verify` wants beside the headers: nothing, the raw body (bytes), or the fields of a multipart form."""

REASONS: tuple[tuple[str, str, str, str], ...]
"""The table of reasons: (code, fault "sender" | "site", sentence, fix)."""

LIMITS: dict[str, int]
"""The engine's bounds by name: header_bytes, signatures, secrets, form_fields, json_depth, body_bytes (the default
MAX_BODY)."""

class RecordError(ValueError):
    """The provider record cannot be compiled; the text says where and what is allowed there."""

class SecretError(ValueError):
    """A secret cannot be a key of this record. `args` is (sentence, fix)."""

@final
class Secret:
    """One secret. Its bytes stay in Rust, are zeroized on drop and never show in repr, str or pickle.

    Construction never raises for a bad *value* (settings files must import): the flaw is kept and becomes a finding.

    Args:
        value: the secret as the provider shows it, str (UTF-8) or bytes.
        label: a name for logs and receipts; by default `Verifier` labels it by position.
        not_before: the first moment it is valid: a date (start of that day, UTC) or an aware datetime.
        not_after: the last moment: a date (end of that day, UTC) or an aware datetime.
        slot: which of a provider's several keys this is (Box: "primary" or "secondary"); in tokens and signed messages,
            the name of the key (`kid`, `keyid`), which a signer writes and a verifier looks for.

    Raises:
        TypeError, ValueError: the label, slot or window is of the wrong type; a naive datetime; not_after
        before not_before
            is no exception but a flaw.
    """

    def __new__(
        cls,
        value: object,
        *,
        label: str | None = None,
        not_before: date | datetime | None = None,
        not_after: date | datetime | None = None,
        slot: str | None = None,
    ) -> Secret: ...
    @property
    def label(self) -> str | None: ...
    @property
    def slot(self) -> str | None: ...
    @property
    def not_before(self) -> float | None:
        """Unix seconds."""
    @property
    def not_after(self) -> float | None:
        """Unix seconds, inclusive."""
    @property
    def flaw(self) -> tuple[str, str, str] | None:
        """(code, sentence, fix) of what can never be right. Codes: missing, empty, wrong_type, placeholder, whitespace,
        quoted, bytes_repr, surrogate, window."""
    def same_value(self, other: Secret) -> bool:
        """Whether both hold the same bytes, compared in constant time. For checks, never for a verdict."""
    def is_user(self, name: bytes) -> bool:
        """Whether these Basic credentials are those of a user of that name. For explaining, never for a verdict."""
    def misread(self, record: Record) -> list[tuple[str, str, str, Secret]]:
        """Every other way in which this text may be meant as a key of a record, the likeliest first; for a value with a
        flaw as well. For explaining, never for a verdict.

        Returns:
            The kind of difference ("whitespace", "quotes", "prefix", "encoding"), what makes it right, the prefix that
            was put in front or taken away, and the secret, valid at all times.
        """
    def fingerprint(self, site_key: bytes) -> str | None:
        """16 hexadecimal digits of a MAC under the site's key, the same in every process: a name for the secret that
        tells nothing of it to whoever lacks the key. None where the secret has a flaw.

        Raises:
            TypeError: the key is no bytes.
        """

@final
class Record:
    """A provider record, compiled once and shared."""

    @staticmethod
    def named(name: str) -> Record:
        """The catalog's record of that name or alias. Raises LookupError for an unknown name."""
    @staticmethod
    def from_json(name: str, text: str) -> Record:
        """A record of the site's own, as JSON text of the same shape as the catalog's files. Raises RecordError."""
    @staticmethod
    def vouched(name: str, fields: str, text: str | None) -> Record:
        """The record of a sender that shares its secret, with an event id or a time in the body.

        Args:
            name: of the catalog; or, with `text`, of the site's own record.
            fields: as JSON text: {"event": {"json": "/id"}, "time": {"form": "at"}, "max_age": 600}, each optional.
            text: the site's own record, as for `from_json`.

        Raises:
            RecordError: the sender signs, a field is not in the body, or the record does not compile.
        """
    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def docs(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...
    @property
    def grade(self) -> str: ...
    @property
    def headers(self) -> tuple[str, ...]:
        """The headers the record looks at, lower case."""
    @property
    def signature_headers(self) -> tuple[str, ...]:
        """Those in which signatures or credentials stand."""
    @property
    def needs_url(self) -> bool:
        """Whether the URL (as the sender saw it) is signed or holds a field."""
    @property
    def reads_body(self) -> bool:
        """Whether any proof of this record needs the body."""
    @property
    def shares_secret(self) -> bool:
        """Whether a delivery carries the secret itself (Basic, bearer, token), so that only TLS protects it."""
    @property
    def body_authenticated(self) -> Literal["yes", "fields", "weak", "no"]:
        """How far the body is signed: every byte; every field of it, though not the way it is written; fields that the
        shared secret vouches for; or nothing."""
    @property
    def notes(self) -> tuple[str, ...]:
        """What the owner of an endpoint should know of this sender, for the documentation."""
    @property
    def addresses(
        self,
    ) -> tuple[str, Literal["json", "lines", "page"], str, str | None, str | None, list[str]] | None:
        """What the provider publishes of the addresses that it sends from: source, form, date, the command that prints
        the list, its key in JSON, and the ranges; see `hookseal.ranges.Published`."""
    @property
    def options(self) -> tuple[str, ...]:
        """What the settings have to say beside the secrets."""
    @property
    def key_kind(self) -> Literal["shared", "public", "remote"]:
        """What `SECRETS` holds: shared secrets, the sender's public keys, or nothing where keys are fetched."""
    @property
    def source(self) -> Literal["sns", "scaleway", "paypal", "plaid"] | None:
        """Whence keys are fetched, where they are remote."""
    @property
    def needs_secrets(self) -> bool:
        """Whether nothing can be verified without secrets in the settings."""
    @property
    def needs_topics(self) -> bool:
        """Whether the sender signs for everybody's topics, so that the settings have to list ours."""
    @property
    def reads_every_header(self) -> bool:
        """Whether headers count that `headers` does not name, because the sender chooses which are signed."""
    def key_pair(self) -> tuple[str, str] | None:
        """Make a new pair of keys: the private text for `Signer`, the public one as `SECRETS` takes it (remote keys: as
        SubjectPublicKeyInfo in base64). None for senders that share a secret.

        Raises:
            SecretError: the sender signs with RSA and SHA-1, with which nothing new is signed.
        """
    @property
    def tolerance(self) -> int | None:
        """Seconds, both sides; None where the provider signs no time."""
    @property
    def time_of(self) -> Literal["attempt", "event", "unknown"] | None: ...
    @property
    def retry(self) -> int | None:
        """Seconds from the first to the last automatic attempt; 0: never retried; None: not known."""
    @property
    def refusal(self) -> int | None:
        """The bare status the sender demands for a refusal, where it does."""
    @property
    def probes(self) -> tuple[str, ...]:
        """Methods beside POST that the provider probes with; answered 200, empty, whoever asks."""
    @property
    def handshakes(self) -> tuple[tuple[str, str], ...]:
        """Method and name of every handshake, probes included."""
    @property
    def token_slots(self) -> tuple[str, ...]:
        """The slots of secrets that prove a handshake, and no delivery."""
    @property
    def success(self) -> tuple[int, ...]:
        """Statuses that count as delivered; empty: every 2xx."""
    @property
    def max_body(self) -> int | None: ...
    def check(self, secret: Secret) -> tuple[str, str, str] | None:
        """Judge a secret as a key of this record.

        Returns:
            (code, sentence, fix) of what makes its key weak: short (below 16 bytes, decoded), repeated (one byte).

        Raises:
            SecretError: it cannot be a key of this record (flaws included).
        """

@final
class Verifier:
    """A compiled record plus secrets; frozen, safe to share between threads.

    Args:
        record: from `Record.named` or `Record.from_json`.
        secrets: at least one, at most LIMITS["secrets"]; an empty list makes a verifier that admits shapes and
            refuses every delivery with `not_configured` (for secrets that are looked up per request).
        endpoint: the alias, for rejections and default labels ("stripe[0]").
        prf_key: 32 random bytes of this process; secrets of variable length are compared as HMACs under it.
        tolerance: seconds, both sides, inclusive; None: freshness is not judged.
        basic_auth: Basic credentials ("user:password") demanded beside the proof.
        replay: whether `Accepted.replay_key` is computed.
        options: what `record.options` stand for.
        topics: the topics (ARNs) whose messages are ours, where `record.needs_topics`.
        handshake: whether handshakes are answered; None: those that the record does not leave to the owner.

    Raises:
        SecretError: a secret cannot be a key of this record.
        ValueError: more secrets than LIMITS["secrets"], prf_key of the wrong length, negative tolerance.
    """

    def __new__(
        cls,
        record: Record,
        secrets: Sequence[Secret],
        *,
        endpoint: str,
        prf_key: bytes,
        tolerance: int | None,
        basic_auth: Sequence[Secret] | None = None,
        replay: bool = False,
        options: Mapping[str, str] | None = None,
        topics: Sequence[str] | None = None,
        handshake: bool | None = None,
    ) -> Verifier: ...
    @property
    def record(self) -> Record: ...
    @property
    def headers(self) -> tuple[str, ...]:
        """Header names, lower case, in the order in which `parts` hands over their values."""
    def admit(
        self,
        parts: tuple[_Part, ...],
        method: str | None = None,
        url: str | None = None,
        every: Sequence[tuple[str, str]] | None = None,
    ) -> _Need:
        """Judge the headers alone (method None: POST): caps, shapes, plausible timestamp, Basic and token
        credentials. No body is needed.

        Raises:
            WebhookRejected: the delivery can be refused already.
        """
    def verify(
        self,
        parts: tuple[_Part, ...],
        body: bytes | None,
        now: float,
        method: str | None = None,
        url: str | None = None,
        fields: Sequence[tuple[str, str]] | None = None,
        every: Sequence[tuple[str, str]] | None = None,
        remote: RemoteKey | None = None,
    ) -> Accepted | Wanted:
        """Admit, then judge the signature over the raw body, then freshness.

        Args:
            parts: as for `admit`.
            body: the raw bytes; None where `admit` said "nothing" or "fields".
            now: the clock, Unix seconds.
            url: the URL as the sender saw it, only where `record.needs_url`.
            fields: the fields of a multipart form, only where `admit` said "fields".
            every: all headers as pairs, only where `record.reads_every_header`.
            remote: the key that a first call wanted.

        Returns:
            What was proven; or which of the sender's keys is wanted, where `remote` is missing.

        Raises:
            WebhookRejected: refused; `.reason` says why.
            TypeError: body is not bytes. ValueError: now is not a time.
        """
    @property
    def greets(self) -> tuple[str, ...]:
        """The methods that `handshake` answers: GET, HEAD; POST where an unproven one is answered."""
    def expects(self, parts: tuple[_Part, ...], method: str, url: str | None, body: bytes) -> bool:
        """Whether a request has the shape of a handshake that no delivery carries, judged without any secret.

        Args:
            parts: as for `admit`.
            url: the URL as the sender saw it; its query holds challenges.
            body: the raw body of a POST, else empty.

        Raises:
            WebhookRejected: it is one, but its challenge is not written as this sender writes it.
        """
    def handshake(
        self, parts: tuple[_Part, ...], method: str, url: str | None, body: bytes, now: float
    ) -> Reply | None:
        """Find the reply, once what proves the handshake has held; None where the request is none. As `expects`."""

@final
class Wanted:
    """A key that stays with the sender and has to be fetched before anything can be said of a delivery."""

    @property
    def source(self) -> Literal["sns", "scaleway", "paypal", "plaid"]:
        """Whose key."""
    @property
    def location(self) -> str:
        """The URL of a certificate, one of those that the source uses; with Plaid, the id of a key."""

@final
class RemoteKey:
    """A key as it was fetched; whether it may verify a delivery is judged when it does.

    Args:
        source: as in `Wanted`.
        location: as in `Wanted`.
        found: what was found there: certificates as PEM, or a JSON Web Key.

    Raises:
        ValueError: that is no key of the source.
    """

    def __new__(cls, source: str, location: str, found: bytes) -> RemoteKey: ...

@final
class Accepted:
    """What was proven about one delivery."""

    @property
    def secret(self) -> str:
        """The label of the secret that matched."""
    @property
    def timestamp(self) -> float | None:
        """The signed time, Unix seconds; None where the provider signs none."""
    @property
    def event_id(self) -> str | None:
        """The authenticated event id; None where the provider signs none. Read from the body at first use."""
    @property
    def reply(self) -> Reply | None:
        """What to answer, where the delivery is a handshake: then it is for nobody else."""
    @property
    def weak(self) -> bool:
        """Whether id and time are not signed, but only vouched for by the secret that came with them."""
    @property
    def replay_key(self) -> bytes | None:
        """32 bytes under which this delivery is claimed: SHA-256 over length-prefixed (kind, endpoint, provider, event
        id), else over (kind, endpoint, provider, exact signed bytes). None where nothing authenticated tells two
        deliveries apart (a plain shared secret), and without `replay`."""
    @property
    def visit(self) -> str | None:
        """The address whose visit confirms a subscription; only in the proven wish to have one confirmed."""
    def member_key(self, event_id: str) -> bytes | None:
        """32 bytes under which one event of this delivery is claimed, by its id; None without `replay`.

        Raises:
            TypeError, ValueError: the id is no str, or holds a lone surrogate.
        """

@final
class Reply:
    """What a handshake is answered, with status 200."""

    @property
    def name(self) -> str:
        """The handshake's name, as its record gives it."""
    @property
    def content_type(self) -> Literal["text/plain", "application/json"]: ...
    @property
    def body(self) -> bytes: ...

@final
class Signer:
    """The mirror of a verifier: signs as the provider would. For tests, tools and demos.

    Args:
        record: the provider.
        secret: what the verifier takes; a private key where the provider signs with one.
        options: what `record.options` stand for.

    Raises:
        SecretError: it can be no key of the record.
    """

    def __new__(cls, record: Record, secret: Secret, options: Mapping[str, str] | None = None) -> Signer: ...
    def sign(
        self,
        body: bytes,
        now: float,
        *,
        event_id: str | None = None,
        method: str | None = None,
        url: str | None = None,
        content_type: str | None = None,
    ) -> tuple[list[tuple[str, str]], bytes, str | None]:
        """Headers (Content-Type included, by default application/json), the body and the URL to send; the body changes
        only where the signature stands in it, the URL only where something signed stands in its query.

        Raises:
            ValueError: the body is not of the shape the provider signs, or an id is needed and missing.
        """

@final
class Networks:
    """A list of address ranges. A bare address is a range of one; IPv4-mapped IPv6 is IPv4; no octal, no host bits."""

    def __new__(cls, ranges: Sequence[str]) -> Networks:
        """Raises ValueError that names the first bad range."""
    def __contains__(self, address: str, /) -> bool:
        """Whether the address is in a range; a text that is no address is in none."""

def client_address(
    remote: str, forwarded: str | None, *, hops: int | None = None, proxies: Networks | None = None
) -> str | None:
    """The client's address, in canonical form, or None where there is none to be trusted.

    `remote` is the socket peer. With `hops` = n, the n-th entry of X-Forwarded-For counted from the right; with
    `proxies`,
    the right-most entry that is no proxy. The left end, which the client writes, is never taken on trust.
    """

def check_json(text: bytes) -> None:
    """Accept just the texts the engine reads: strict UTF-8, no BOM, no NaN or Infinity, depth <= 64, no duplicate keys,
    no lone surrogate, no number beyond a float's range. Raises ValueError with the byte offset."""

def event_key(endpoint: str, provider: str, event_id: str) -> bytes:
    """Make the key (32 bytes) under which an event's delivery is remembered: for forgetting it, never for a claim."""

def parse_form(text: bytes) -> list[tuple[str, str]]:
    """The fields of an urlencoded form, in order, as the engine reads them. Raises ValueError."""

def search(
    record: Record, signatures: Sequence[str], secrets: Sequence[Secret], texts: Sequence[bytes]
) -> tuple[list[tuple[int, int, int, str, str]], int, bool]:
    """Try every key that a record makes of secrets over every text, whatever the signature's digest and encoding: for
    explaining a refusal offline, never on the way of a request. Bounded; it says which combination fits, never what a
    right signature would be.

    Returns:
        What fits, as (index of signature, of secret, of text, digest "sha256", encoding "hex"); how many combinations
        were tried; whether a bound ended the search.

    Raises:
        SecretError: a secret has a flaw.
    """

@final
class Anatomy:
    """A delivery, taken apart by one proof of a record: what explaining a refusal starts from."""

    @property
    def digest(self) -> str:
        """The digest of its message authentication code, "sha256"."""
    @property
    def encoding(self) -> str:
        """How its signatures are written: "hex", "base64", "base64url"."""
    @property
    def template(self) -> str:
        """What is signed, "{ts}.{body}"."""
    @property
    def signatures(self) -> str:
        """All that stands where its signatures should; several headers joined with commas."""
    @property
    def texts(self) -> list[bytes]:
        """The signed bytes, in each spelling of the URL; none where a part is missing."""
    @property
    def parts(self) -> list[tuple[str, str]]:
        """The parts that are there: the time as "ts", the event's id as "id", others as the record calls them."""

def dissect(
    record: Record,
    parts: tuple[_Part, ...],
    body: bytes,
    method: str,
    url: str,
    fields: Sequence[tuple[str, str]] | None = None,
    every: Sequence[tuple[str, str]] | None = None,
    options: Mapping[str, str] | None = None,
) -> list[Anatomy]:
    """Take a delivery apart by each proof of a record that computes a message authentication code over a template.

    Args:
        record: the record.
        parts: header values in the order of `record.headers`.
        body, method, url, fields, every, options: as for `Verifier`.

    Raises:
        ValueError: a header holds what no genuine one holds.
    """

def provider_names() -> tuple[str, ...]:
    """The catalog, sorted, without aliases."""

def _panic() -> NoReturn:
    """Panics on purpose, so that a test can see `internal_error` come out and nothing on stderr."""
