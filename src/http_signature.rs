//! HTTP message signatures (RFC 9421) on requests: which one is looked at, what it must cover, and the text that it covers.
//!
//! The record says what must be covered and under which algorithm; a signature that says otherwise is refused before its text is
//! built. A signature that covers `content-digest` vouches for the body only together with [`crate::content_digest::check`].

use std::sync::Arc;

use sfv::{BareItem, Dictionary, FieldType as _, InnerList, Item, KeyRef, ListEntry, Parser, key_ref};

use crate::encoding::Encoding;
use crate::rejection::{Detail, Reason, Rejection};
use crate::signature_base::{Request, serialize, write};
use crate::time::UnixMillis;

/// What a signature must be like to be looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demands<'d> {
    /// The pinned algorithm by its registered name (RFC 9421, section 6.2.2).
    pub(crate) algorithm: &'d str,
    /// Components that must be covered, whole: `@method`, `content-digest` ...
    pub(crate) components: &'d [&'d str],
    /// Which of several signatures; the label itself is not signed.
    pub(crate) label: Option<&'d str>,
    /// Which of several signatures, by the application's tag, which is.
    pub(crate) tag: Option<&'d str>,
}

/// The parameters of a signature (section 2.3); all of them are signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignatureParameters {
    /// When it was made, in Unix seconds.
    pub(crate) created: Option<i64>,
    /// When it ends, in Unix seconds.
    pub(crate) expires: Option<i64>,
    /// The key's name. It may choose among keys that the owner trusts, never bring one.
    pub(crate) keyid: Option<String>,
    /// The algorithm's name; where it comes, it is the pinned one.
    pub(crate) alg: Option<String>,
    /// Once used, never again.
    pub(crate) nonce: Option<String>,
    /// What the signature is for.
    pub(crate) tag: Option<String>,
}

impl SignatureParameters {
    /// Whether the signature has not ended, give or take the leeway in seconds; to be asked once it holds.
    ///
    /// # Errors
    /// [`Reason::Stale`], with the distance.
    pub(crate) fn holds_at(&self, now: UnixMillis, leeway: u32) -> Result<(), Rejection> {
        let past = self.expires.map_or(0, |expires| now.get().saturating_sub(expires.saturating_mul(1_000)));
        if past <= i64::from(leeway).saturating_mul(1_000) {
            return Ok(());
        }
        let detail = Detail::Age { seconds: past.unsigned_abs().div_ceil(1_000), tolerance: leeway.into() };
        Err(Rejection::new(Reason::Stale, detail))
    }

    fn read(covered: &InnerList) -> Result<Self, Reason> {
        let text = |name: &KeyRef| match covered.params.get(name) {
            None => Ok(None),
            Some(BareItem::String(text)) => Ok(Some(text.as_str().to_owned())),
            Some(_) => Err(Reason::MalformedSignature),
        };
        let time = |name: &KeyRef| match covered.params.get(name) {
            None => Ok(None),
            Some(BareItem::Integer(seconds)) => Ok(Some(i64::from(*seconds))),
            Some(_) => Err(Reason::MalformedTimestamp),
        };
        let (created, expires) = (time(CREATED)?, time(EXPIRES)?);
        let (keyid, alg, nonce, tag) = (text(KEYID)?, text(ALG)?, text(NONCE)?, text(TAG)?);
        Ok(Self { created, expires, keyid, alg, nonce, tag })
    }

    /// In the order in which the RFC's own examples have them.
    fn write(&self) -> Option<sfv::Parameters> {
        let time = |seconds: Option<i64>| {
            seconds.map(|seconds| Some(BareItem::Integer(sfv::Integer::try_from(seconds).ok()?)))
        };
        let text = |text: &Option<String>| {
            text.clone().map(|text| Some(BareItem::String(sfv::String::from_string(text).ok()?)))
        };
        let values = [
            (CREATED, time(self.created)),
            (EXPIRES, time(self.expires)),
            (KEYID, text(&self.keyid)),
            (ALG, text(&self.alg)),
            (NONCE, text(&self.nonce)),
            (TAG, text(&self.tag)),
        ];
        values.into_iter().filter_map(|(name, value)| Some(value?.map(|value| (name.to_owned(), value)))).collect()
    }
}

/// The one signature of a request that is looked at.
#[derive(Debug)]
pub(crate) struct HttpSignature {
    /// What is signed (section 2.5).
    pub(crate) base: Vec<u8>,
    /// The signature's bytes.
    pub(crate) signature: Vec<u8>,
    /// What the signature says of itself.
    pub(crate) parameters: SignatureParameters,
}

impl HttpSignature {
    /// Finds the signature that is demanded, exactly one, and builds the text that it covers.
    ///
    /// # Errors
    /// [`Reason::MissingSignature`] where a field or a covered component is absent; [`Reason::TooManySignatures`] where more than
    /// one comes into question; [`Reason::WrongAlgorithm`]; [`Reason::BodyNotCovered`] where `content-digest` must be covered and
    /// is not; [`Reason::MalformedSignature`] where another component is not, or anything is not understood.
    pub(crate) fn read(request: &Request<'_>, demands: &Demands<'_>) -> Result<Self, Rejection> {
        let inputs = dictionary(request, "signature-input")?;
        let signatures = dictionary(request, "signature")?;
        let (label, covered) = chosen(&inputs, demands)?;
        let signature = match signatures.get(label) {
            Some(ListEntry::Item(Item { bare_item: BareItem::ByteSequence(bytes), .. })) => bytes.clone(),
            _ => return Err(Reason::MalformedSignature.into()),
        };
        // Structured fields let base64 end in stray bits (RFC 8941, section 4.2.7); here a signature has one spelling.
        let spelt = [":", &Encoding::Base64.encode(&signature), ":"].concat();
        if !request.field("signature").is_some_and(|field| field.contains(&spelt)) {
            return Err(Reason::MalformedSignature.into());
        }
        let parameters = SignatureParameters::read(covered)?;
        if parameters.alg.as_deref().is_some_and(|alg| alg != demands.algorithm) {
            return Err(Reason::WrongAlgorithm.into());
        }
        if let Some(uncovered) = demands.components.iter().find(|wanted| !covers(covered, wanted)) {
            let is_body = *uncovered == "content-digest";
            let reason = if is_body { Reason::BodyNotCovered } else { Reason::MalformedSignature };
            return Err(Rejection::new(reason, Detail::Place(Arc::from(*uncovered))));
        }
        Ok(Self { base: write(covered, request)?, signature, parameters })
    }
}

/// A request about to be signed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unsigned {
    /// What is to be signed.
    pub(crate) base: Vec<u8>,
    /// The field `Signature-Input`.
    pub(crate) input: String,
}

/// The mirror of [`HttpSignature::read`]: what to sign, with these components covered, and what to send along. Nothing where
/// the label or a text is none that the fields can hold, or a component is not part of the request.
pub(crate) fn prepare(
    label: &str,
    components: &[&str],
    parameters: &SignatureParameters,
    request: &Request<'_>,
) -> Option<Unsigned> {
    let item = |name: &&str| Some(Item::new(sfv::String::from_string((*name).to_owned()).ok()?));
    let items = components.iter().map(item).collect::<Option<_>>()?;
    let covered = InnerList::with_params(items, parameters.write()?);
    let base = write(&covered, request).ok()?;
    let label = KeyRef::from_str(label).ok()?;
    let input = [label.as_str(), "=", &serialize(ListEntry::InnerList(covered))?].concat();
    Some(Unsigned { base, input })
}

/// The field `Signature`, for signers.
pub(crate) fn signature_field(label: &str, signature: &[u8]) -> Option<String> {
    let label = KeyRef::from_str(label).ok()?.to_owned();
    Dictionary::from_iter([(label, ListEntry::Item(Item::new(signature)))]).serialize()
}

const CREATED: &KeyRef = key_ref("created");
const EXPIRES: &KeyRef = key_ref("expires");
const KEYID: &KeyRef = key_ref("keyid");
const ALG: &KeyRef = key_ref("alg");
const NONCE: &KeyRef = key_ref("nonce");
const TAG: &KeyRef = key_ref("tag");

/// A field of the request that is a dictionary.
fn dictionary(request: &Request<'_>, name: &str) -> Result<Dictionary, Rejection> {
    let missing = || Rejection::new(Reason::MissingSignature, Detail::Place(Arc::from(name)));
    let field = request.field(name).ok_or_else(missing)?;
    Parser::new(&field).parse().map_err(|_| Reason::MalformedSignature.into())
}

/// The label and the covered components of the one signature that is demanded.
fn chosen<'i>(inputs: &'i Dictionary, demands: &Demands<'_>) -> Result<(&'i KeyRef, &'i InnerList), Rejection> {
    let mut all = inputs.iter().filter_map(|(label, member)| match member {
        ListEntry::InnerList(covered) if is_demanded(label, covered, demands) => Some((&**label, covered)),
        _ => None,
    });
    match (all.next(), all.count()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(Reason::MalformedSignature.into()),
        (_, more) => {
            let detail = Detail::Count { seen: more.saturating_add(1), limit: 1 };
            Err(Rejection::new(Reason::TooManySignatures, detail))
        }
    }
}

fn is_demanded(label: &KeyRef, covered: &InnerList, demands: &Demands<'_>) -> bool {
    let tag = covered.params.get(TAG).and_then(BareItem::as_string).map(sfv::StringRef::as_str);
    demands.label.is_none_or(|wanted| wanted == label.as_str()) && (demands.tag.is_none() || demands.tag == tag)
}

/// Whether the component is covered as a whole: with a parameter it is a part, or another request's.
fn covers(covered: &InnerList, name: &str) -> bool {
    let is_named = |item: &Item| item.bare_item.as_string().is_some_and(|text| text.as_str() == name);
    covered.items.iter().any(|item| item.params.is_empty() && is_named(item))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::constant_time::{Digest, equal};
    use crate::encoding::decode_base64;
    use crate::keyed::{Hash, MacKey};
    use crate::url::Url;

    /// RFC 9421, appendix B.2, `test-request`, and the shared key of appendix B.1.5.
    const URL: &str = "https://example.com/foo?param=Value&Pet=dog";
    const HEADERS: [(&str, &str); 5] = [
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        (
            "content-digest",
            "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
        ),
        ("content-length", "18"),
    ];
    const KEY: &[u8] = b"uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
    /// Appendix B.2.5.
    const INPUT: &str =
        "sig-b25=(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"";
    const SIGNATURE: &str = "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:";
    const DEMANDS: Demands<'_> =
        Demands { algorithm: "hmac-sha256", components: &["date", "@authority"], label: None, tag: None };

    fn read(lines: &[(&str, &str)], demands: &Demands<'_>) -> Result<HttpSignature, Reason> {
        let headers: Vec<_> = HEADERS.iter().chain(lines).copied().collect();
        let request = Request { method: "POST", url: Url::parse(URL).unwrap(), headers: &headers };
        HttpSignature::read(&request, demands).map_err(|rejection| rejection.reason())
    }

    fn refusal(input: &str, signature: &str, demands: &Demands<'_>) -> Option<Reason> {
        read(&[("signature-input", input), ("signature", signature)], demands).err()
    }

    fn is_genuine(found: &HttpSignature) -> bool {
        let made = MacKey::new(Hash::Sha256, &decode_base64(KEY).unwrap()).unwrap().digest(&[&found.base]).unwrap();
        Digest::of(&found.signature).is_some_and(|presented| equal(&made, &presented).into())
    }

    #[test]
    fn the_standards_own_signature_holds() {
        let found = read(&[("signature-input", INPUT), ("signature", SIGNATURE)], &DEMANDS).unwrap();
        let expected = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@authority\": example.com\n\
                        \"content-type\": application/json\n\"@signature-params\": \
                        (\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"";
        assert_eq!(expected, String::from_utf8(found.base.clone()).unwrap());
        assert!(is_genuine(&found));
        let (created, keyid) = (Some(1_618_884_473), Some("test-shared-secret".to_owned()));
        assert_eq!(SignatureParameters { created, keyid, ..SignatureParameters::default() }, found.parameters);
    }

    /// The texts that appendix B.2 prints for the requests signed there.
    #[test]
    fn the_standards_own_texts_are_built() {
        let path = "\"@method\": POST\n\"@path\": /foo\n\"@query\": ?param=Value&Pet=dog\n\"@authority\": example.com";
        let digest = format!("\"content-digest\": {}", HEADERS[3].1);
        for (input, lines) in [
            (r#"();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd""#, String::new()),
            (
                r#"("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="k";tag="header-example""#,
                format!("\"@authority\": example.com\n{digest}\n\"@query-param\";name=\"Pet\": dog\n"),
            ),
            (
                r#"("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1"#,
                format!(
                    "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n{path}\n\"content-type\": application/json\n{digest}\n\
                     \"content-length\": 18\n"
                ),
            ),
        ] {
            let lines = format!("{lines}\"@signature-params\": {input}");
            let input = format!("sig={input}");
            let demands = Demands { components: &[], ..DEMANDS };
            let found = read(&[("signature-input", &input), ("signature", "sig=:AA==:")], &demands).unwrap();
            assert_eq!(lines, String::from_utf8(found.base).unwrap());
        }
    }

    #[test]
    fn a_changed_parameter_changes_the_text() {
        let later = INPUT.replace("1618884473", "1618884474");
        let found = read(&[("signature-input", &later), ("signature", SIGNATURE)], &DEMANDS).unwrap();
        assert!(!is_genuine(&found));
    }

    #[test]
    fn the_fields_are_needed_and_dictionaries() {
        assert_eq!(Some(Reason::MissingSignature), read(&[("signature", SIGNATURE)], &DEMANDS).err());
        assert_eq!(Some(Reason::MissingSignature), read(&[("signature-input", INPUT)], &DEMANDS).err());
        for (input, signature) in [
            ("", ""),
            (INPUT, ""),
            ("sig-b25", SIGNATURE),
            ("sig-b25=1", SIGNATURE),
            ("sig-b25=(\"date\"", SIGNATURE),
            ("sig-b25=(date)", SIGNATURE),
            (INPUT, "sig-b25=pxcQ"),
            (INPUT, "sig-b25"),
            (INPUT, "sig-b25=(:pxcQ:)"),
            (INPUT, "sig-b26=:pxcQ:"),
            (INPUT, "sig-b25=:px.Q:"),
        ] {
            assert_eq!(
                Some(Reason::MalformedSignature),
                refusal(input, signature, &Demands { components: &[], ..DEMANDS })
            );
        }
    }

    #[test]
    fn the_algorithm_is_the_pinned_one() {
        let named = |alg: &str| refusal(&format!("{INPUT};alg={alg}"), SIGNATURE, &DEMANDS);
        assert_eq!(None, named("\"hmac-sha256\""));
        assert_eq!(Some(Reason::WrongAlgorithm), named("\"ed25519\""));
        assert_eq!(Some(Reason::WrongAlgorithm), named("\"\""));
        assert_eq!(Some(Reason::MalformedSignature), named("hmac-sha256"));
    }

    #[test]
    fn parameters_have_their_types() {
        let with =
            |parameter: &str| refusal(&format!("sig-b25=(\"date\" \"@authority\");{parameter}"), SIGNATURE, &DEMANDS);
        for good in ["created=1", "expires=-1", "nonce=\"\"", "unknown=?0", "tag=\"a\";tag=\"b\""] {
            assert_eq!(None, with(good), "{good}");
        }
        for wrong in ["created", "created=1.5", "created=\"1\"", "created=@1", "expires=a"] {
            assert_eq!(Some(Reason::MalformedTimestamp), with(wrong), "{wrong}");
        }
        for wrong in ["keyid=a", "nonce", "tag=:aGk=:", "keyid=%\"a\"", "created=1e3"] {
            assert_eq!(Some(Reason::MalformedSignature), with(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_must_be_covered_is_covered_whole() {
        let demands = Demands { components: &["@method", "content-digest"], ..DEMANDS };
        let covering = |components: &str| refusal(&format!("sig-b25=({components})"), SIGNATURE, &demands);
        assert_eq!(None, covering("\"content-digest\" \"date\" \"@method\""));
        assert_eq!(Some(Reason::BodyNotCovered), covering("\"@method\""));
        assert_eq!(Some(Reason::BodyNotCovered), covering("\"@method\" \"content-digest\";key=\"sha-512\""));
        assert_eq!(Some(Reason::BodyNotCovered), covering("\"@method\" \"content-digest\";req"));
        assert_eq!(Some(Reason::MalformedSignature), covering("\"content-digest\""));
        assert_eq!(Some(Reason::MissingSignature), covering("\"content-digest\" \"@method\" \"x-absent\""));
    }

    #[test]
    fn one_signature_is_chosen() {
        let input = format!("{INPUT}, proxy=(\"date\" \"@authority\");tag=\"app\"");
        let lines = [("signature-input", input.as_str()), ("signature", SIGNATURE), ("signature", "proxy=:AA==:")];
        assert_eq!(Some(Reason::TooManySignatures), read(&lines, &DEMANDS).err());
        let found = read(&lines, &Demands { label: Some("sig-b25"), ..DEMANDS }).unwrap();
        assert!(is_genuine(&found));
        let found = read(&lines, &Demands { tag: Some("app"), ..DEMANDS }).unwrap();
        assert_eq!(Some("app"), found.parameters.tag.as_deref());
        for demands in [
            Demands { label: Some("other"), ..DEMANDS },
            Demands { tag: Some("other"), ..DEMANDS },
            Demands { label: Some("sig-b25"), tag: Some("app"), ..DEMANDS },
        ] {
            assert_eq!(Some(Reason::MalformedSignature), read(&lines, &demands).err());
        }
    }

    #[test]
    fn a_signature_ends_when_it_says() {
        let ends = SignatureParameters { expires: Some(100), ..SignatureParameters::default() };
        let holds = |leeway, now| ends.holds_at(UnixMillis::new(now), leeway).map_err(|rejection| rejection.reason());
        assert_eq!(Ok(()), holds(0, 100_000));
        assert_eq!(Err(Reason::Stale), holds(0, 100_001));
        assert_eq!(Ok(()), holds(5, 105_000));
        assert_eq!(Err(Reason::Stale), holds(5, 105_001));
        assert_eq!(Ok(()), SignatureParameters::default().holds_at(UnixMillis::new(i64::MAX), 0));
        let first = SignatureParameters { expires: Some(i64::MIN), ..SignatureParameters::default() };
        assert!(first.holds_at(UnixMillis::new(0), u32::MAX).is_err());
    }

    #[test]
    fn what_is_signed_here_is_read_here() {
        let request = Request { method: "POST", url: Url::parse(URL).unwrap(), headers: &HEADERS };
        let parameters = SignatureParameters {
            created: Some(1_618_884_473),
            keyid: Some("test-shared-secret".to_owned()),
            ..Default::default()
        };
        let unsigned = prepare("sig-b25", &["date", "@authority", "content-type"], &parameters, &request).unwrap();
        let code = MacKey::new(Hash::Sha256, &decode_base64(KEY).unwrap()).unwrap().digest(&[&unsigned.base]).unwrap();
        assert_eq!(INPUT, unsigned.input);
        assert_eq!(Some(SIGNATURE.to_owned()), signature_field("sig-b25", code.bytes(32)));
        assert_eq!(None, prepare("Upper", &["date"], &parameters, &request));
        assert_eq!(None, prepare("sig", &["x-absent"], &parameters, &request));
        assert_eq!(None, prepare("sig", &["\u{e9}"], &parameters, &request));
        let keyid = Some("\u{e9}".to_owned());
        assert_eq!(None, prepare("sig", &["date"], &SignatureParameters { keyid, ..Default::default() }, &request));
        assert_eq!(None, signature_field("", &[]));
    }

    proptest! {
        #[test]
        fn every_parameter_survives(created in 0..10_i64.pow(15), expires: Option<u32>, texts: [Option<u8>; 4], bytes: Vec<u8>) {
            let [keyid, alg, nonce, tag] = texts.map(|text| text.map(|byte| char::from(byte & 0x3f | 0x20).to_string()));
            let parameters = SignatureParameters { created: Some(created), expires: expires.map(i64::from), keyid, alg, nonce, tag };
            let request = Request { method: "POST", url: Url::parse(URL).unwrap(), headers: &HEADERS };
            let unsigned = prepare("sig", &["@target-uri"], &parameters, &request).unwrap();
            let algorithm = parameters.alg.as_deref().unwrap_or("ed25519");
            let demands = Demands { algorithm, components: &["@target-uri"], label: Some("sig"), tag: None };
            let signature = signature_field("sig", &bytes).unwrap();
            let found = read(&[("signature-input", &unsigned.input), ("signature", &signature)], &demands).unwrap();
            prop_assert_eq!((unsigned.base, bytes, &parameters), (found.base, found.signature, &found.parameters));
        }

        #[test]
        fn any_fields_are_judged(input in "(sig=\\()?[\"a-z@=;:,() 0-9?*.-]{0,40}", signature in "(sig=:)?[a-zA-Z0-9+/=:, ]{0,20}", any in "\\PC{0,30}") {
            let _ = refusal(&input, &signature, &Demands { components: &[], ..DEMANDS });
            let _ = refusal(&any, &signature, &DEMANDS);
        }
    }
}
