"""Make the conformance vectors: `python tests/vectors/make.py --write`. It knows nothing of the package."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TypeAlias

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from own import OWN  # noqa: E402 - found through the line above
from senders import SENDERS  # noqa: E402 - likewise
from senders.clocks import NOW  # noqa: E402 - likewise
from senders.model import Delivery, Sender  # noqa: E402 - likewise

BODY = b'{"id":"evt_1","text":"fine"}'
Row: TypeAlias = "tuple[str, Delivery, str | None]"
Case: TypeAlias = "dict[str, object]"


def files() -> dict[Path, str]:
    """Every file with its text."""
    found: dict[str, list[Case]] = {}
    for sender in SENDERS:
        found.setdefault(sender.provider, []).extend(cases(sender))
    return {HERE / f"{name}.json": json.dumps(found[name], indent=1) + "\n" for name in sorted(found)}


def cases(sender: Sender) -> Iterator[Case]:
    """All cases of one sender."""
    if sender.untrusted:
        yield from (case(sender, *row) for row in untrusted(sender))
        return
    for family in (genuine, tampered, times, absences, *(() if sender.like else (headers, spellings, lists))):
        for name, delivery, reason in family(sender):
            yield case(sender, name, delivery, reason)
    yield from keys(sender)
    for name, (delivery, reason) in OWN.get(sender.name, lambda sender: {})(sender).items():
        yield case(sender, name, delivery, reason)


def case(sender: Sender, name: str, delivery: Delivery, reason: str | None, secrets: list[str] | None = None) -> Case:
    """Write one case down; without a reason it is to be accepted."""
    try:
        body: Case = {"body": delivery.body.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(delivery.body).decode()}
    return {
        "id": f"{sender.name}/{name}",
        "provider": sender.provider,
        "secrets": [slotted(sender, text) for text in secrets or ([] if sender.fetched else [sender.secret])],
        **{name: said for name, said in {"options": sender.options, "topics": sender.topics}.items() if said},
        "method": delivery.method,
        "url": delivery.url,
        "headers": delivery.headers,
        **body,
        **({"remote": delivery.remote} if delivery.remote else {}),
        "now": NOW,
        **({"valid": True} if reason is None else {"valid": False, "reason": reason}),
    }


def slotted(sender: Sender, text: str) -> object:
    """Write a secret of the receiver's, with its slot where the sender has several."""
    return {"text": text, "slot": sender.slot} if sender.slot else text


def genuine(sender: Sender) -> Iterator[Row]:
    """What the provider sends."""
    yield "genuine", sender.sign(BODY), None
    if not sender.makes_body:
        yield "genuine-empty-body", sender.sign(b""), None
        yield "genuine-binary-body", sender.sign(b"\xff\xfe\x00\x80"), None
        yield "genuine-signs-that-templates-use", sender.sign(rb"$$ $& \0 \\1 {body} {ts} %s %(a)s <\/> "), None
        yield "genuine-line-end", sender.sign(b'{"id":"evt_1"}\r\n'), None
        yield "genuine-compressed-body", sender.sign(base64.b64decode("H4sIAAAAAAAC/6uuBQBDv6ajAgAAAA==")), None


def untrusted(sender: Sender) -> Iterator[Row]:
    """What can be told of a sender whose certificates we cannot make: that all but the certificate is right."""
    yield "genuine-but-for-the-certificate", sender.sign(BODY), "untrusted_certificate"
    yield "certificate-not-to-be-had", replace(sender.sign(BODY), remote=""), "key_unavailable"


def tampered(sender: Sender) -> Iterator[Row]:
    """A body other than the one that was signed."""
    delivery = sender.sign(BODY)
    changed = replace(delivery, body=delivery.body.replace(b"fine", b"none"))
    if not sender.signs_body:
        yield "altered-body-declared-unsigned", changed, None
        return
    altered = sender.altered or sender.mismatch
    yield "altered-body", changed, altered
    if sender.signs_fields:
        return
    if delivery.body.startswith(b"{"):
        spaced = json.dumps(json.loads(delivery.body)).encode()
        yield "re-serialised-body", replace(delivery, body=spaced), altered
    yield "body-with-a-line-end-more", replace(delivery, body=delivery.body + b"\n"), altered
    if not sender.makes_body:
        yield "body-cut-short", replace(delivery, body=delivery.body[:-1]), altered
        question = sender.sign("\ufffd".encode())
        yield "replacement-character-signed-ff-sent", replace(question, body=b"\xff"), altered
        yield "one-dollar-signed-two-sent", replace(sender.sign(b"$5"), body=b"$$5"), altered


def times(sender: Sender) -> Iterator[Row]:
    """The limits of the tolerance, and times written as the provider never writes them, each correctly signed."""
    if sender.tolerance is None:
        return

    def at(seconds: int) -> Delivery:
        return sender.sign(BODY, time=sender.writes.spell(NOW + seconds))

    beyond = 2 if ".1" in sender.writes.spell(NOW) else 1
    yield "oldest", at(-sender.tolerance), None
    yield "stale", at(-sender.tolerance - beyond), "stale"
    ahead = 0 if sender.early else sender.tolerance
    yield "newest", at(ahead + 1 - beyond), None
    yield "future", at(ahead + 1), "future"
    forged = sender.sign(BODY, time=sender.writes.spell(NOW - 10**6), secret=sender.others[0])
    yield "a-stale-forgery-is-a-forgery", forged, "signature_mismatch"
    for name, (text, reason) in ({} if sender.like else sender.writes.odd).items():
        yield f"time-{name}", sender.sign(BODY, time=text), reason


def absences(sender: Sender) -> Iterator[Row]:
    """Each header that a proof needs, left out or empty."""
    for name in sender.needed:
        for note, value in {"without": None, "empty": "", "blank": " \t"}.items():
            yield f"{note}-{name.lower()}", sender.sign(BODY).but(**{name: value}), sender.missing


def headers(sender: Sender) -> Iterator[Row]:
    """Bytes that no genuine header holds, repeated headers, and what HTTP allows."""
    delivery = sender.sign(BODY)
    for name in sender.needed:
        text, slug = str(delivery.headers[name]), name.lower()
        for note, junk in {
            "e-acute": f"{text}\xe9",
            "nul": f"{text}\0",
            "line-break": f"{text}\r\nX-Other: 1",
            "line-feed": f"{text}\n",
            "zero-width-space": f"\u200b{text}",
            "full-width-digit": f"{text}\uff11",
            "delete": f"{text}\x7f",
        }.items():
            yield f"{slug}-with-{note}", delivery.but(**{name: junk}), "malformed_header"
        yield f"{slug}-in-white-space", delivery.but(**{name: f" \t{text} "}), None
        union = None if name == sender.header and sender.repeats else "duplicate_header"
        yield f"{slug}-twice", delivery.but(**{name: [text, text]}), union
        yield f"{slug}-joined", delivery.but(**{name: f"{text},{text}"}), sender.joined[name]
        spaced = None if sender.split == " " and name == sender.header else sender.joined[name]
        yield f"{slug}-joined-with-a-space", delivery.but(**{name: f"{text}, {text}"}), spaced
    for name in sender.needed[:1]:
        text = str(delivery.headers[name])
        yield "header-of-8193-bytes", delivery.but(**{name: text + "x" * (8193 - len(text))}), "malformed_header"
    for note, spell in {"upper": str.upper, "lower": str.lower, "title": str.title}.items():
        respelt = {spell(name): value for name, value in delivery.headers.items()}
        yield f"names-in-{note}-case", replace(delivery, headers=respelt), None


def spellings(sender: Sender) -> Iterator[Row]:
    """The signature in other spellings: one is right, or any case of hexadecimal digits."""
    delivery, bare = sender.sign(BODY), ""
    if sender.encoding not in {"hex", "base64"}:
        return
    if sender.header:
        bare = "missing_signature" if delivery.headers[sender.header] == delivery.signature else ""
    for note, text in hexadecimal(delivery.signature) if sender.encoding == "hex" else base64s(delivery.signature):
        right = note in {"upper-case", "mixed-case"}
        reason = bare if bare and not text else "malformed_signature"
        first = text.partition(" ")[0] if sender.split == " " else text
        if sender.bytes_of_signature and decodes(sender, first):
            reason = "signature_mismatch"
        yield f"signature-{note}", respelt(sender, delivery, text), None if right else reason
    if sender.encoding == "base64":
        both = (sender.sign(b"%d" % number) for number in count())
        odd = next(each for each in both if {"+", "/"} <= set(each.signature))
        url_safe = odd.signature.replace("+", "-").replace("/", "_")
        yield "signature-url-safe", respelt(sender, odd, url_safe), "malformed_signature"


def decodes(sender: Sender, text: str) -> bool:
    """Whether a text spells any bytes at all, and in the one right way."""
    try:
        data = bytes.fromhex(text) if sender.encoding == "hex" else base64.b64decode(text, validate=True)
    except ValueError:
        return False
    again = data.hex() if sender.encoding == "hex" else base64.b64encode(data).decode()
    return bool(data) and again == (text.lower() if sender.encoding == "hex" else text)


def hexadecimal(text: str) -> Iterator[tuple[str, str]]:
    """Spell hexadecimal digits in other ways."""
    yield "upper-case", text.upper()
    yield "mixed-case", text[:32].upper() + text[32:]
    yield "empty", ""
    yield "one-digit", text[:1]
    yield "half", text[:32]
    yield "one-digit-short", text[:-1]
    yield "two-digits-short", text[:-2]
    yield "one-digit-long", text + "0"
    yield "two-digits-long", text + "00"
    yield "doubled", text * 2
    yield "with-0x", f"0x{text}"
    yield "with-0x-inside", f"0x{text[2:]}"
    yield "with-a-space-inside", f"{text[:32]} {text[33:]}"
    yield "with-a-letter-g", f"{text[:-1]}g"
    yield "in-base64", base64.b64encode(bytes.fromhex(text)).decode()


def base64s(text: str) -> Iterator[tuple[str, str]]:
    """Spell base64 in other ways."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    yield "empty", ""
    yield "one-letter", text[:1]
    yield "half", text[:20]
    yield "four-letters-short", text[:-4]
    yield "four-letters-long", f"AAAA{text}"
    yield "doubled", text * 2
    yield "with-more-padding", f"{text}="
    if padding := text.count("="):
        last = alphabet[alphabet.index(text[-1 - padding]) | (3 if padding == 1 else 15)]
        yield "unpadded", text.rstrip("=")
        yield "with-stray-bits", text[: -1 - padding] + last + "=" * padding
    yield "with-junk", f"!!{text}"
    yield "with-a-space-inside", f"{text[:20]} {text[20:]}"
    yield "of-padding", "=" * len(text)
    yield "in-hexadecimal", base64.b64decode(text).hex()


def respelt(sender: Sender, delivery: Delivery, text: str) -> Delivery:
    """Put another text where the signature stands."""
    if not sender.header:
        return replace(delivery, body=delivery.body.replace(delivery.signature.encode(), text.encode()))
    value = str(delivery.headers[sender.header]).replace(delivery.signature, text)
    return delivery.but(**{sender.header: value})


def lists(sender: Sender) -> Iterator[Row]:
    """Senders that rotate send several signatures: any of at most sixteen may be the right one."""
    if not sender.entry:
        return
    delivery = sender.sign(BODY)
    good = delivery.signature
    junk = sender.junk

    def listed(*entries: str) -> Delivery:
        written = [sender.clock] if sender.clock else []
        written += [sender.entry.format(entry) if len(entry) >= len(junk) else entry for entry in entries]
        return delivery.but(**{sender.header: sender.split.join(written)})

    for place, position in {"first": 0, "middle": 7, "last": 15}.items():
        yield f"16-signatures-right-one-{place}", listed(*[junk] * position, good, *[junk] * (15 - position)), None
    yield "16-wrong-signatures", listed(*[junk] * 16), "signature_mismatch"
    yield "17-signatures", listed(good, *[junk] * 16), "too_many_signatures"
    yield "unknown-entries-around", listed("x", good, "y"), None
    yield "empty-places", listed("", "", good, ""), None
    yield "no-signature", listed(), "malformed_signature" if sender.clock else "missing_signature"
    if one := sender.entry.partition("{")[0]:
        yield "undecodable-one-before", listed(f"{one}invalid_signature", good), None
        yield "version-alone-before", listed(one[:-1], good), None
        yield "other-version-before", listed(f"v9{one[-1]}x", good), None
        yield "version-in-upper-case", listed(f"{one.upper()}{good}"[: len(junk) - 1]), "malformed_signature"
        old = str(listed(good).headers[sender.header]).replace(one, f"v9{one[-1]}")
        yield "other-version-alone", delivery.but(**{sender.header: old}), "malformed_signature"
    yield from timed_lists(sender, delivery)


def timed_lists(sender: Sender, delivery: Delivery) -> Iterator[Row]:
    """Lists in which the time is an entry, too."""
    if not sender.clock:
        return
    header, split, clock = sender.header, sender.split, sender.clock
    entry = sender.entry.format(delivery.signature)
    yield "time-last", delivery.but(**{header: f"{entry}{split}{clock}"}), None
    yield "time-left-out", delivery.but(**{header: entry}), "missing_signature"
    yield "time-twice", delivery.but(**{header: split.join([clock, clock, entry])}), "duplicate_header"
    yield "spaces-after-each-entry", delivery.but(**{header: f"{clock}{split} {entry}"}), None


def keys(sender: Sender) -> Iterator[Case]:
    """Another key, the same text taken for another key, and lists in which the right secret stands anywhere."""
    delivery = sender.sign(BODY)
    yield case(sender, "wrong-key", sender.sign(BODY, secret=sender.others[0]), sender.mismatch)
    if sender.fetched:
        return
    for note, key in sender.wrong_keys.items():
        yield case(sender, f"key-{note}", sender.sign(BODY, key=key), sender.mismatch)
    for note, secret in sender.same_keys.items():
        yield case(sender, f"secret-{note}", delivery, None, [secret])
    for place, position in {"first": 0, "middle": 2, "last": 4}.items():
        secrets = [*sender.others[:position], sender.secret, *sender.others[position:]]
        yield case(sender, f"right-secret-{place}", delivery, None, secrets)
    yield case(sender, "no-right-secret", delivery, sender.mismatch, list(sender.others))


def main() -> None:
    """Write what is out of date, or complain about it."""
    texts = files()
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text() != text]
    if "--write" not in sys.argv and stale:
        sys.exit(f"out of date: {', '.join(path.name for path in stale)}; run python tests/vectors/make.py --write")
    for path in stale:
        path.write_text(texts[path])


if __name__ == "__main__":
    main()
