//! Handshakes: the requests by which a sender asks whether an endpoint is there and is its owner's, and what each is answered.
//!
//! A reply may hold the MAC of a text that the sender chose, under the key that proves deliveries (Zoom, X, Braintree). Such a
//! text is held to an alphabet in which no payload is written, and a delivery whose signed bytes could be one is refused
//! ([`Spelling::spells`]): so no reply ever is the signature of a delivery.

use std::sync::Arc;

use serde::Deserialize;

use crate::error::RecordError;
use crate::json::Pointer;
use crate::record::algorithm::{Envelope, Primitive};
use crate::record::model::RawPlace;
use crate::record::place::{self, Place};
use crate::record::places::{Headers, Places};
use crate::record::plan::Proof;
use crate::record::reply::{RawReply, Template, Token, template};

/// One handshake as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawHandshake {
    name: String,
    method: Method,
    proof: RawEvidence,
    /// Off until the settings say `HANDSHAKE: True`.
    #[serde(default)]
    opt_in: bool,
    #[serde(default)]
    when: Option<RawOccasion>,
    #[serde(default)]
    challenge: Option<RawChallenge>,
    #[serde(default)]
    reply: RawReply,
}

/// How the sender asks.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Method {
    Get,
    Head,
    Post,
}

impl Method {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum RawEvidence {
    /// As a delivery proves itself.
    Delivery,
    /// By a secret of its own, which the owner chose and told the sender.
    Secret { at: RawPlace, slot: String },
    /// Not at all.
    None,
}

/// What tells a handshake from everything else: a text at a place, or just any.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOccasion {
    at: RawPlace,
    #[serde(default)]
    equals: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChallenge {
    at: RawPlace,
    alphabet: Alphabet,
    /// The most characters.
    length: usize,
}

/// The characters of a challenge. None of them begins a payload or means anything in HTML, JSON or a header.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Alphabet {
    /// `0-9a-f`.
    Hex,
    /// Letters, digits and `+/-_`: both alphabets of RFC 4648, without padding.
    Base64,
    /// Those and `.~=`.
    Token,
}

impl Alphabet {
    pub(crate) const fn contains(self, byte: u8) -> bool {
        match byte {
            b'0'..=b'9' | b'a'..=b'f' => true,
            b'A'..=b'Z' | b'g'..=b'z' | b'+' | b'/' | b'-' | b'_' => !matches!(self, Self::Hex),
            b'.' | b'~' | b'=' => matches!(self, Self::Token),
            _ => false,
        }
    }
}

/// Which texts a challenge may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spelling {
    alphabet: Alphabet,
    length: usize,
}

impl Spelling {
    /// Whether the pieces, put together, are such a text.
    pub(crate) fn spells(self, pieces: &[&[u8]]) -> bool {
        let length = pieces.iter().map(|piece| piece.len()).fold(0, usize::saturating_add);
        let bytes = || pieces.iter().copied().flatten();
        (1..=self.length).contains(&length) && bytes().all(|byte| self.alphabet.contains(*byte))
    }
}

/// A compiled handshake.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) name: Arc<str>,
    pub(crate) method: Method,
    pub(crate) evidence: Evidence,
    pub(crate) opt_in: bool,
    pub(crate) occasion: Option<Occasion>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) reply: Template,
    /// The JSON pointers of occasion and challenge, as in [`Proof::pointers`].
    pub(crate) pointers: Vec<Pointer>,
}

impl Handshake {
    /// Whether it is answered without looking at anything but the method.
    pub(crate) const fn is_probe(&self) -> bool {
        self.occasion.is_none() && self.challenge.is_none() && matches!(self.evidence, Evidence::None)
    }

    /// The texts whose MAC is given away.
    pub(crate) fn gives_mac(&self) -> Option<Spelling> {
        let challenge = self.challenge.as_ref()?;
        self.reply.tokens.contains(&Token::Mac).then_some(challenge.spelling)
    }

    /// The name of the secret that proves it, where it is one of its own.
    pub(crate) fn slot(&self) -> Option<&str> {
        match &self.evidence {
            Evidence::Secret { slot, .. } => Some(slot),
            Evidence::Delivery | Evidence::None => None,
        }
    }
}

/// What has to hold before a handshake is answered.
#[derive(Debug)]
pub(crate) enum Evidence {
    Delivery,
    Secret { place: Place, shown: Arc<str>, slot: Box<str> },
    None,
}

#[derive(Debug)]
pub(crate) struct Occasion {
    pub(crate) place: Place,
    pub(crate) equals: Option<Box<str>>,
}

#[derive(Debug)]
pub(crate) struct Challenge {
    pub(crate) place: Place,
    pub(crate) shown: Arc<str>,
    pub(crate) spelling: Spelling,
}

/// Compiles the handshakes of a record.
///
/// # Errors
/// What is wrong with the first that cannot be run, or must not.
pub(super) fn compile(
    raw: Vec<RawHandshake>,
    proofs: &[Proof],
    options: &[String],
    headers: &mut Headers,
) -> Result<Vec<Handshake>, RecordError> {
    let mut handshakes: Vec<Handshake> = Vec::with_capacity(raw.len());
    for each in raw {
        let name: Arc<str> = each.name.as_str().into();
        let within = |error: RecordError| error.within(format_args!("handshake {name:?}"));
        if name.is_empty() || handshakes.iter().any(|known| known.name == name) {
            return Err(within(RecordError::new("name: must be there, and differ from the others")));
        }
        let handshake = one(each, headers).map_err(within)?;
        let named =
            |token: &Token| matches!(token, Token::Option(name) if !options.iter().any(|known| **known == **name));
        if handshake.reply.tokens.iter().any(named) {
            return Err(within(RecordError::new("reply: {option:...} is not among the record's options")));
        }
        problem(&handshake, proofs).map_or(Ok(()), |message| Err(within(RecordError::new(message))))?;
        handshakes.push(handshake);
    }
    Ok(handshakes)
}

fn one(raw: RawHandshake, headers: &mut Headers) -> Result<Handshake, RecordError> {
    let mut places = Places::new(headers);
    let mut at = |raw: &RawPlace, name: &str| places.place(raw).map_err(|error| error.within(name));
    let occasion = raw.when.map(|when| {
        let place = at(&when.at, "when")?;
        Ok(Occasion { place, equals: when.equals.map(Into::into) })
    });
    let challenge = raw.challenge.map(|challenge| {
        let place = at(&challenge.at, "challenge")?;
        let spelling = Spelling { alphabet: challenge.alphabet, length: challenge.length };
        Ok(Challenge { place, shown: place::shown(&challenge.at), spelling })
    });
    let (occasion, challenge) = (occasion.transpose()?, challenge.transpose()?);
    let evidence = match raw.proof {
        RawEvidence::Delivery => Evidence::Delivery,
        RawEvidence::Secret { at: raw, slot } => {
            Evidence::Secret { place: at(&raw, "proof")?, shown: place::shown(&raw), slot: slot.into() }
        }
        RawEvidence::None => Evidence::None,
    };
    let reply = template(raw.reply).map_err(|error| error.within("reply"))?;
    let pointers = places.into_pointers()?;
    let (name, method, opt_in) = (raw.name.into(), raw.method, raw.opt_in);
    Ok(Handshake { name, method, evidence, opt_in, occasion, challenge, reply, pointers })
}

/// What makes a handshake unsafe or meaningless.
fn problem(handshake: &Handshake, proofs: &[Proof]) -> Option<&'static str> {
    let uses = |token: &Token| handshake.reply.tokens.contains(token);
    let (gives, echoes) = (uses(&Token::Mac), uses(&Token::Challenge));
    let by_delivery = matches!(handshake.evidence, Evidence::Delivery);
    if handshake.challenge.is_some() != (gives || echoes) {
        Some("challenge: is what reply answers with {challenge} or {mac}: both or neither")
    } else if handshake.challenge.as_ref().is_some_and(|challenge| !(1..=LONGEST).contains(&challenge.spelling.length))
    {
        Some("challenge.length: from 1 to 512 characters")
    } else if handshake.method == Method::Head && !handshake.reply.tokens.is_empty() {
        Some("reply: a reply to HEAD has no body")
    } else if !stands_in_reach(handshake) {
        Some("a place is in the JSON body of a POST, or in the header or query of a GET or HEAD")
    } else if handshake.method == Method::Post && handshake.occasion.is_none() {
        Some("when: must say what tells it from a delivery")
    } else if by_delivery && !provable(handshake.method, proofs) {
        Some("proof: a POST is proven where the body is, a GET where the secret stands in the head")
    } else if handshake
        .slot()
        .is_some_and(|slot| slot.is_empty() || proofs.iter().any(|proof| proof.slot.as_deref() == Some(slot)))
    {
        Some("proof.secret.slot: must be there, and be no slot of a key")
    } else if handshake.slot().is_some() && handshake.method == Method::Post {
        Some("proof.secret: belongs to GET or HEAD")
    } else if handshake.method == Method::Post && !by_delivery && (!handshake.opt_in || gives) {
        Some("an unproven POST is opt_in, and is given no MAC")
    } else if gives {
        mac_problem(handshake, proofs)
    } else {
        None
    }
}

fn mac_problem(handshake: &Handshake, proofs: &[Proof]) -> Option<&'static str> {
    let narrow = |spelling: Spelling| spelling.alphabet != Alphabet::Token && spelling.length <= LONGEST_SIGNED;
    let is_mac = |proof: &Proof| {
        proof.algorithm.envelope == Envelope::Template && matches!(proof.algorithm.primitive, Primitive::Mac(_))
    };
    if !proofs.iter().all(is_mac) {
        Some("reply: {mac} needs a record whose proofs are MACs")
    } else if !handshake.gives_mac().is_some_and(narrow) {
        Some("challenge: what gets a {mac} is \"hex\" or \"base64\", at most 128 characters, so that it is no payload")
    } else {
        None
    }
}

/// A POST is judged by its body, which its proof covers; the others have none.
fn stands_in_reach(handshake: &Handshake) -> bool {
    let secret = match &handshake.evidence {
        Evidence::Secret { place, .. } => Some(place),
        Evidence::Delivery | Evidence::None => None,
    };
    let occasion = handshake.occasion.as_ref().map(|occasion| &occasion.place);
    let challenge = handshake.challenge.as_ref().map(|challenge| &challenge.place);
    [occasion, challenge, secret].into_iter().flatten().all(|place| match place {
        Place::Json(_) => handshake.method == Method::Post,
        Place::Header(_) | Place::Query(_) => handshake.method != Method::Post,
        _ => false,
    })
}

fn provable(method: Method, proofs: &[Proof]) -> bool {
    let vouched = |proof: &Proof| proof.shares_secret() && !proof.reads_body();
    match method {
        Method::Post => proofs.iter().all(|proof| proof.signs_body() || proof.shares_secret()),
        Method::Get | Method::Head => proofs.iter().all(vouched),
    }
}

/// Most characters of a challenge that is merely echoed; Microsoft's and Dropbox's stay below.
const LONGEST: usize = 512;
/// And of one that is given a MAC; Zoom's and Braintree's have 22 and 32, X's 48.
const LONGEST_SIGNED: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Record;
    use crate::record::reply::escaped;

    const PROOF: &str = r#"
title = "Acme"
docs = "https://example.com"
grade = "A"
[[proof]]
algorithm = "hmac-sha256"
key = { kind = "shared", text = ["verbatim"] }
signature = { at = { header = "X-Sig" }, shape = "plain", encoding = "hex" }
signed = "{body}"
"#;
    const GOOD: &str = r#"[[handshake]]
name = "check"
method = "GET"
proof = "none"
challenge = { at = { query = "crc" }, alphabet = "base64", length = 128 }
reply.text = "{mac}"
"#;

    fn compiled(handshake: &str) -> Result<Record, String> {
        Record::from_toml("acme", &format!("{PROOF}{handshake}")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_handshake_that_must_not_be_does_not_compile() {
        assert!(compiled(GOOD).is_ok());
        for (from, to, expected) in [
            ("alphabet = \"base64\"", "alphabet = \"token\"", "what gets a {mac}"),
            ("length = 128", "length = 129", "what gets a {mac}"),
            ("length = 128", "length = 0", "challenge.length"),
            ("{mac}", "{challenge}{mak}", "reply: {mak} is nothing"),
            ("{mac}", "{mac}{challenge", "a brace without its partner"),
            ("{mac}", "hello", "both or neither"),
            ("text = \"{mac}\"", "text = \"{mac}\"\nreply.json = {}", "text or json"),
            ("\"GET\"", "\"HEAD\"", "a reply to HEAD"),
            ("\"GET\"", "\"PUT\"", "unknown variant"),
            ("query = \"crc\"", "json = \"/crc\"", "a place is in"),
            ("query = \"crc\"", "form = \"crc\"", "a place is in"),
            ("\"GET\"", "\"POST\"", "a place is in"),
            ("\"none\"", "\"delivery\"", "a POST is proven where the body is"),
            ("\"none\"", "{ secret = { at = { query = \"t\" }, slot = \"\" } }", "proof.secret.slot"),
            ("\"check\"", "\"\"", "name"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let found = compiled(&GOOD.replace(from, to)).unwrap_err();
            assert!(found.contains(expected), "{from} -> {to}: {found}");
        }
        assert!(compiled(&format!("{GOOD}{GOOD}")).unwrap_err().contains("differ from the others"));
    }

    #[test]
    fn an_unproven_post_is_the_owners_choice_and_gets_no_mac() {
        let post = "[[handshake]]\nname = \"token\"\nmethod = \"POST\"\nproof = \"none\"\nopt_in = true\n\
                    when = { at = { json = \"/verification_token\" } }\n";
        assert!(compiled(post).is_ok());
        assert!(compiled(&post.replace("opt_in = true\n", "")).unwrap_err().contains("an unproven POST"));
        assert!(compiled(&post.replace("when", "#")).unwrap_err().contains("when: must say"));
        let mac = "challenge = { at = { json = \"/a\" }, alphabet = \"hex\", length = 9 }\nreply.text = \"{mac}\"\n";
        assert!(compiled(&format!("{post}{mac}")).unwrap_err().contains("an unproven POST"));
    }

    #[test]
    fn an_alphabet_begins_no_payload_and_needs_no_escape() {
        for alphabet in [Alphabet::Hex, Alphabet::Base64, Alphabet::Token] {
            for byte in (0..=u8::MAX).filter(|byte| alphabet.contains(*byte)) {
                let text = char::from(byte).to_string();
                assert!(byte.is_ascii_graphic() && !b"{}[]<>\"'&:,;\\%(".contains(&byte), "{text}");
                assert_eq!(text, escaped(&text));
            }
        }
        assert!(!Alphabet::Base64.contains(b'=') && !Alphabet::Hex.contains(b'F'));
    }

    #[test]
    fn a_spelling_has_both_ends() {
        let spelling = Spelling { alphabet: Alphabet::Hex, length: 4 };
        assert!(spelling.spells(&[b"0", b"", b"1af"]));
        for pieces in [&[&b""[..], b""][..], &[b"0123", b"4"], &[b"0", b"\n"], &[b"0A"]] {
            assert!(!spelling.spells(pieces), "{pieces:?}");
        }
    }
}
