//! JSON Web Tokens in compact form (RFC 7515, RFC 7519): read strictly, under an algorithm that the caller has pinned.
//!
//! The token's own header decides nothing: `alg` must be the pinned name to the letter, any `crit` is refused, keys and
//! addresses of keys in it (`jwk`, `jku`, `x5c`, `x5u`) are never looked at. Base64url has no padding and no stray bits, JSON no
//! duplicate keys, so a token has one spelling and all who read it read the same.

use std::sync::Arc;

use crate::encoding::{Encoding, decode_base64_url};
use crate::json::{Finds, Found, Pointer, find};
use crate::limits::HEADER_BYTES;
use crate::rejection::{Detail, Reason, Rejection};
use crate::time::UnixMillis;

/// The algorithms of RFC 7518, section 3.1, and RFC 8037 that a record may pin. There is none for `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JwtAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// ECDSA over P-256 with SHA-256; the signature is `r` and `s`, 32 bytes each.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// Ed25519.
    EdDsa,
}

impl JwtAlgorithm {
    /// The name in `alg`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Whether a signature may have so many bytes. RSA's has as many as its key, 1,024 to 8,192 bits.
    fn signs_with(self, bytes: usize) -> bool {
        match self {
            Self::Hs256 => bytes == 32,
            Self::Hs384 => bytes == 48,
            Self::Hs512 | Self::Es256 | Self::EdDsa => bytes == 64,
            Self::Rs256 => (128..=1_024).contains(&bytes),
        }
    }
}

/// A token that is well formed and announces the pinned algorithm. Nothing it says is proven before its signature holds.
#[derive(Debug)]
pub(crate) struct Token<'t> {
    signed: &'t str,
    kid: Option<String>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'t> Token<'t> {
    /// Reads three segments of at most [`HEADER_BYTES`] characters.
    ///
    /// # Errors
    /// [`Reason::WrongAlgorithm`] where `alg` is another than the pinned one, be it `none`; else [`Reason::MalformedSignature`].
    pub(crate) fn parse(text: &'t str, algorithm: JwtAlgorithm) -> Result<Self, Reason> {
        let within = Some(text).filter(|text| text.len() <= HEADER_BYTES);
        let (signed, signature) = within.and_then(|text| text.rsplit_once('.')).ok_or(Reason::MalformedSignature)?;
        let (header, payload) = signed.split_once('.').ok_or(Reason::MalformedSignature)?;
        let kid = read_header(&decode(header)?, algorithm)?;
        let signature = Some(decode(signature)?).filter(|signature| algorithm.signs_with(signature.len()));
        let signature = signature.ok_or(Reason::MalformedSignature)?;
        Ok(Self { signed, kid, payload: decode(payload)?, signature })
    }

    /// What is signed: the first two segments as they were received.
    pub(crate) fn signing_input(&self) -> &'t [u8] {
        self.signed.as_bytes()
    }

    /// The key's name. It may choose among keys that the owner trusts, never bring one.
    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The signature's bytes, for public keys.
    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// What stands at each of the pointers in the claims.
    ///
    /// # Errors
    /// [`Reason::MalformedSignature`] where the claims are no JSON that is accepted.
    pub(crate) fn claims(&self, pointers: &[Pointer]) -> Result<Finds<'_>, Reason> {
        find(&self.payload, pointers).map_err(|_| Reason::MalformedSignature)
    }

    /// Holds the times that the token carries against now: `exp` must be to come, `nbf` and `iat` must not, each give or take the
    /// leeway in seconds. To be asked once the signature holds.
    ///
    /// # Errors
    /// [`Reason::Stale`] or [`Reason::Future`]; [`Reason::MissingSignature`] for one of `required` that is absent;
    /// [`Reason::MalformedTimestamp`] or [`Reason::TimestampOutOfRange`] for one that is no such time.
    pub(crate) fn times(&self, required: &[&str], leeway: u32, now: UnixMillis) -> Result<(), Rejection> {
        let pointers: Vec<_> = TIMES.iter().filter_map(|name| Pointer::parse(&format!("/{name}"))).collect();
        for (name, found) in TIMES.iter().zip(self.claims(&pointers)?) {
            match found {
                Some(found) => judge(name, numeric_date(&found)?, leeway, now)?,
                None if required.contains(name) => return Err(missing(name)),
                None => {}
            }
        }
        Ok(())
    }
}

/// The first two segments of a token, for signers; `claims` is JSON.
pub(crate) fn signing_input(algorithm: JwtAlgorithm, kid: Option<&str>, claims: &[u8]) -> String {
    let mut header = serde_json::Map::from_iter([("alg".to_owned(), algorithm.name().into())]);
    header.extend(kid.map(|kid| ("kid".to_owned(), kid.into())));
    header.insert("typ".to_owned(), "JWT".into());
    let header = serde_json::Value::Object(header).to_string();
    [Encoding::Base64Url.encode(header.as_bytes()), Encoding::Base64Url.encode(claims)].join(".")
}

/// The whole token, for signers.
pub(crate) fn complete(signing_input: &str, signature: &[u8]) -> String {
    [signing_input, &Encoding::Base64Url.encode(signature)].join(".")
}

/// The claims that are times (RFC 7519, sections 4.1.4 to 4.1.6).
const TIMES: [&str; 3] = ["exp", "nbf", "iat"];

/// The key's name, from a header that announces the pinned algorithm and asks for nothing more.
fn read_header(header: &[u8], algorithm: JwtAlgorithm) -> Result<Option<String>, Reason> {
    let pointers: Vec<_> = ["/alg", "/crit", "/kid"].iter().filter_map(|text| Pointer::parse(text)).collect();
    let mut found = find(header, &pointers).map_err(|_| Reason::MalformedSignature)?.into_iter();
    match found.next().flatten() {
        Some(Found::Text(name)) if name == algorithm.name() => {}
        Some(Found::Text(_)) => return Err(Reason::WrongAlgorithm),
        _ => return Err(Reason::MalformedSignature),
    }
    if found.next().flatten().is_some() {
        return Err(Reason::MalformedSignature);
    }
    match found.next().flatten() {
        None => Ok(None),
        Some(Found::Text(kid)) => Ok(Some(kid.into_owned())),
        Some(_) => Err(Reason::MalformedSignature),
    }
}

fn decode(segment: &str) -> Result<Vec<u8>, Reason> {
    decode_base64_url(segment.as_bytes()).ok_or(Reason::MalformedSignature)
}

/// RFC 7519, section 2: seconds since the epoch as a JSON number, with or without a fraction (read to the millisecond). A number
/// with an exponent or a sign is not written by any sender, a string is no number.
fn numeric_date(found: &Found<'_>) -> Result<UnixMillis, Reason> {
    let Found::Raw(text) = found else { return Err(Reason::MalformedTimestamp) };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return Err(Reason::MalformedTimestamp);
    }
    let millis =
        [whole, fraction.get(..3).unwrap_or(fraction), ZEROS.get(fraction.len()..).unwrap_or_default()].concat();
    let millis = millis.parse().ok().filter(|_| whole.len() <= DATE_DIGITS);
    millis.map(UnixMillis::new).ok_or(Reason::TimestampOutOfRange)
}

/// What fills a fraction up to milliseconds.
const ZEROS: &str = "000";
/// Digits of the year 9999 in seconds.
const DATE_DIGITS: usize = 12;

fn judge(name: &str, moment: UnixMillis, leeway: u32, now: UnixMillis) -> Result<(), Rejection> {
    let (leeway_millis, expires) = (i64::from(leeway).saturating_mul(1_000), name == "exp");
    let reason = if expires { Reason::Stale } else { Reason::Future };
    let ahead = moment.get().saturating_sub(now.get());
    let holds = if expires { ahead.saturating_add(leeway_millis) > 0 } else { ahead <= leeway_millis };
    let seconds = ahead.unsigned_abs().div_ceil(1_000);
    if holds { Ok(()) } else { Err(Rejection::new(reason, Detail::Age { seconds, tolerance: leeway.into() })) }
}

fn missing(claim: &str) -> Rejection {
    Rejection::new(Reason::MissingSignature, Detail::Place(Arc::from(claim)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::constant_time::{Digest, equal};
    use crate::keyed::{Hash, MacKey};

    /// Tokens made with `PyJWT` 2.15.1: `{"iss":"acme","nbf":1700000000,"exp":1700000060,"body":"é"}`, key `k1`.
    const KEY: &[u8] = b"own-test-key-of-64-bytes-own-test-key-of-64-bytes-own-test-key-of";
    const CLAIMS: &str = "eyJpc3MiOiJhY21lIiwibmJmIjoxNzAwMDAwMDAwLCJleHAiOjE3MDAwMDAwNjAsImJvZHkiOiJcdTAwZTkifQ";
    const TOKENS: [(JwtAlgorithm, Hash, &str, &str); 3] = [
        (
            JwtAlgorithm::Hs256,
            Hash::Sha256,
            "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0",
            "mOw0a12Jc61lcAlWFjhIPBFabGPva4YNbY4yMaYS5Aw",
        ),
        (
            JwtAlgorithm::Hs384,
            Hash::Sha384,
            "eyJhbGciOiJIUzM4NCIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0",
            "ajVWxm_66nlDEdoDYoSUAykO1RDsnaGVsjnfI9ijvoAWe_mcAE0mmJwg5YLPHoJC",
        ),
        (
            JwtAlgorithm::Hs512,
            Hash::Sha512,
            "eyJhbGciOiJIUzUxMiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0",
            "kJAUAqHzVq7Q7p8rA3D5EyWTDXTEBlGu5TEG9GCnTZsr17tWGt_t5H9nYSDEmtTH-kDYiTZIsgqS0Otn-Y0jMg",
        ),
    ];

    fn url64(text: &str) -> String {
        Encoding::Base64Url.encode(text.as_bytes())
    }

    /// A token with this header and these claims whose signature is 64 zero bytes.
    fn token(header: &str, claims: &str) -> String {
        complete(&[url64(header), url64(claims)].join("."), &[0; 64])
    }

    fn header(header: &str) -> Result<Option<String>, Reason> {
        Ok(Token::parse(&token(header, "{}"), JwtAlgorithm::Hs512)?.kid().map(str::to_owned))
    }

    fn times(claims: &str, required: &[&str], leeway: u32, now: i64) -> Result<(), Reason> {
        let text = token(r#"{"alg":"EdDSA"}"#, claims);
        let token = Token::parse(&text, JwtAlgorithm::EdDsa).unwrap();
        token.times(required, leeway, UnixMillis::new(now)).map_err(|rejection| rejection.reason())
    }

    #[test]
    fn another_librarys_tokens_are_read() {
        for (algorithm, hash, header, signature) in TOKENS {
            let text = [header, CLAIMS, signature].join(".");
            let token = Token::parse(&text, algorithm).unwrap();
            let expected = MacKey::new(hash, KEY).unwrap().digest(&[token.signing_input()]).unwrap();
            assert!(bool::from(equal(&expected, &Digest::of(token.signature()).unwrap())));
            assert_eq!(Some("k1"), token.kid());
            let body = token.claims(&[Pointer::parse("/body").unwrap()]).unwrap();
            assert_eq!([Some(Found::Text("é".into()))], body.as_slice());
            assert_eq!(Ok(()), token.times(&["exp", "nbf"], 0, UnixMillis::new(1_700_000_000_000)));
        }
    }

    #[test]
    fn what_is_signed_here_is_what_the_other_library_signs() {
        let claims = br#"{"iss":"acme","nbf":1700000000,"exp":1700000060,"body":"\u00e9"}"#;
        for (algorithm, hash, header, signature) in TOKENS {
            let input = signing_input(algorithm, Some("k1"), claims);
            assert_eq!([header, CLAIMS].join("."), input);
            let digest = MacKey::new(hash, KEY).unwrap().digest(&[input.as_bytes()]).unwrap();
            assert_eq!([&input, signature].join("."), complete(&input, digest.bytes(hash.length())));
        }
    }

    #[test]
    fn the_algorithm_is_the_pinned_one_to_the_letter() {
        assert_eq!(Ok(None), header(r#"{"alg":"HS512"}"#));
        for wrong in ["none", "None", "NONE", "", "HS256", "hs512", "HS512 ", "RS256", "ES256", "EdDSA"] {
            assert_eq!(Err(Reason::WrongAlgorithm), header(&format!(r#"{{"alg":"{wrong}"}}"#)), "{wrong}");
        }
        for wrong in ["{}", r#"{"alg":null}"#, r#"{"alg":["HS512"]}"#, r#"{"alg":1}"#, r#""HS512""#, "", "[]"] {
            assert_eq!(Err(Reason::MalformedSignature), header(wrong), "{wrong}");
        }
        let unsigned = [url64(r#"{"alg":"none"}"#), url64("{}"), String::new()].join(".");
        assert_eq!(Some(Reason::WrongAlgorithm), Token::parse(&unsigned, JwtAlgorithm::Hs256).err());
    }

    #[test]
    fn a_header_that_asks_for_more_is_refused() {
        for wrong in [
            r#"{"alg":"HS512","crit":[]}"#,
            r#"{"alg":"HS512","crit":null}"#,
            r#"{"alg":"HS512","crit":["exp"],"exp":1}"#,
            r#"{"alg":"HS512","b64":false,"crit":["b64"]}"#,
            r#"{"alg":"HS512","kid":1}"#,
            r#"{"alg":"HS512","kid":null}"#,
            r#"{"alg":"none","alg":"HS512"}"#,
            r#"{"alg":"HS512","\u0061lg":"HS512"}"#,
        ] {
            assert_eq!(Err(Reason::MalformedSignature), header(wrong), "{wrong}");
        }
        assert_eq!(
            Ok(Some("k".to_owned())),
            header(r#"{"jwk":{"kid":"x"},"jku":"https://x","kid":"k","alg":"HS512"}"#)
        );
    }

    #[test]
    fn a_token_has_one_spelling() {
        let (algorithm, _, header, signature) = TOKENS[0];
        let good = [header, CLAIMS, signature].join(".");
        assert!(Token::parse(&good, algorithm).is_ok());
        for wrong in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            [header, CLAIMS].join("."),
            [header, CLAIMS, ""].join("."),
            format!("{good}."),
            format!(".{good}"),
            format!("{good}="),
            format!("{good} "),
            format!("{good}A"),
            good.replacen('.', "=.", 1),
            format!("{good}\n"),
            good[..good.len() - 1].to_owned(),
            // The last character of 32 bytes in base64url has two bits that stand for nothing.
            good[..good.len() - 1].to_owned() + "x",
            good.replacen(".mOw", ".m+w", 1),
            good.replacen(".mOw", ".m\nOw", 1),
            format!("{good}{}", "A".repeat(HEADER_BYTES)),
        ] {
            assert_eq!(Some(Reason::MalformedSignature), Token::parse(&wrong, algorithm).err(), "{wrong}");
        }
    }

    #[test]
    fn a_signature_has_the_length_of_its_algorithm() {
        let lengths = [
            (JwtAlgorithm::Hs256, vec![32]),
            (JwtAlgorithm::Hs384, vec![48]),
            (JwtAlgorithm::Hs512, vec![64]),
            (JwtAlgorithm::Es256, vec![64]),
            (JwtAlgorithm::EdDsa, vec![64]),
            (JwtAlgorithm::Rs256, vec![128, 256, 384, 512, 1_024]),
        ];
        for (algorithm, good) in lengths {
            for length in [0, 16, 31, 32, 33, 48, 63, 64, 65, 127, 128, 256, 384, 512, 1_024, 1_025] {
                let text = complete(&signing_input(algorithm, None, b"{}"), &vec![7; length]);
                let is_rsa_length = algorithm == JwtAlgorithm::Rs256 && (128..=1_024).contains(&length);
                let token = Token::parse(&text, algorithm);
                assert_eq!(good.contains(&length) || is_rsa_length, token.is_ok(), "{algorithm:?} {length}");
                assert!(token.is_err() || token.unwrap().signature().len() == length);
            }
        }
    }

    #[test]
    fn claims_are_json_without_duplicates() {
        for wrong in ["", "{", r#"{"exp":1,"exp":2}"#, "\u{feff}{}"] {
            assert_eq!(Err(Reason::MalformedSignature), times(wrong, &[], 0, 0), "{wrong}");
        }
    }

    #[test]
    fn a_token_expires_when_its_time_has_come() {
        let claims = r#"{"exp":1700000060,"nbf":1700000000,"iat":1700000000}"#;
        for (leeway, now, expected) in [
            (0, 1_699_999_999_999, Err(Reason::Future)),
            (0, 1_700_000_000_000, Ok(())),
            (0, 1_700_000_059_999, Ok(())),
            (0, 1_700_000_060_000, Err(Reason::Stale)),
            (1, 1_699_999_998_999, Err(Reason::Future)),
            (1, 1_699_999_999_000, Ok(())),
            (1, 1_700_000_060_999, Ok(())),
            (1, 1_700_000_061_000, Err(Reason::Stale)),
            (u32::MAX, i64::MAX, Err(Reason::Stale)),
            (0, i64::MIN, Err(Reason::Future)),
        ] {
            assert_eq!(expected, times(claims, &["exp", "nbf", "iat"], leeway, now), "{leeway} {now}");
        }
    }

    #[test]
    fn each_time_is_judged_where_it_stands_and_missed_where_it_must() {
        for name in TIMES {
            assert_eq!(Ok(()), times("{}", &[], 0, 0));
            assert_eq!(Err(Reason::MissingSignature), times("{}", &[name], 0, 0), "{name}");
            assert_eq!(Err(Reason::MissingSignature), times(&format!(r#"{{"a":{{"{name}":1}}}}"#), &[name], 0, 0));
        }
        assert_eq!(Err(Reason::Future), times(r#"{"iat":1.001}"#, &[], 0, 1_000));
        assert_eq!(Err(Reason::Future), times(r#"{"nbf":2}"#, &[], 0, 1_000));
        assert_eq!(Err(Reason::Stale), times(r#"{"exp":1}"#, &[], 0, 1_000));
    }

    #[test]
    fn a_numeric_date_is_a_plain_number() {
        for (text, expected) in [
            ("0", Ok(0)),
            ("1700000000", Ok(1_700_000_000_000)),
            ("1700000000.5", Ok(1_700_000_000_500)),
            ("1700000000.1239", Ok(1_700_000_000_123)),
            ("999999999999", Ok(999_999_999_999_000)),
            ("1000000000000", Err(Reason::TimestampOutOfRange)),
            ("-1", Err(Reason::MalformedTimestamp)),
            ("1e9", Err(Reason::MalformedTimestamp)),
            ("1.5e9", Err(Reason::MalformedTimestamp)),
            ("true", Err(Reason::MalformedTimestamp)),
        ] {
            assert_eq!(expected.map(UnixMillis::new), numeric_date(&Found::Raw(text)), "{text}");
        }
        assert_eq!(Err(Reason::MalformedTimestamp), numeric_date(&Found::Text("1700000000".into())));
        assert_eq!(Err(Reason::MalformedTimestamp), numeric_date(&Found::Other));
    }

    proptest! {
        #[test]
        fn what_is_completed_is_read_again(kid in proptest::option::of("\\PC{0,8}"), claim in "\\PC{0,20}", signature: [u8; 64]) {
            let claims = serde_json::json!({"claim": claim}).to_string();
            let text = complete(&signing_input(JwtAlgorithm::Es256, kid.as_deref(), claims.as_bytes()), &signature);
            let token = Token::parse(&text, JwtAlgorithm::Es256).unwrap();
            prop_assert_eq!((kid.as_deref(), &*token.payload), (token.kid(), claims.as_bytes()));
            prop_assert_eq!(&signature[..], token.signature());
            prop_assert_eq!(Some(JwtAlgorithm::Hs512).filter(|other| Token::parse(&text, *other).is_ok()), None);
        }

        #[test]
        fn any_text_is_judged(text in "\\PC{0,60}", header in "[\\[\\]{}:,\"algcrit]{0,30}", claims in "[{}\":,expnbf0-9.]{0,30}") {
            let _ = Token::parse(&text, JwtAlgorithm::Rs256);
            let text = token(&header, &claims);
            if let Ok(token) = Token::parse(&text, JwtAlgorithm::Hs512) {
                let _ = token.times(&TIMES, 0, UnixMillis::new(0));
            }
        }
    }
}
