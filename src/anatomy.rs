//! What a delivery would have to have signed, proof by proof: the texts of its parts and the signed bytes, leniently read. For
//! explaining refusals offline; a verdict is never based on it.

use std::borrow::Cow;

use crate::options::Options;
use crate::record::Record;
use crate::record::algorithm::Primitive;
use crate::record::model::Urls;
use crate::record::place::{Fields, Place};
use crate::record::plan::{Condition, EventId, Proof};
use crate::record::template;
use crate::request::{Body, BodyKind, Content, Head, Header};
use crate::url::port_variants;
use crate::values::{self, Delivery, HeadTexts, Values};

/// One proof of a record, taken apart for one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anatomy {
    /// The digest of its message authentication code: `sha256`.
    pub digest: &'static str,
    /// How its signatures are written: `hex`, `base64`, `base64url`.
    pub encoding: &'static str,
    /// The template of the signed bytes: `{ts}.{body}`.
    pub template: String,
    /// Everything that stands where its signatures should.
    pub signatures: String,
    /// The signed bytes, in each spelling of the URL; none where a part is missing.
    pub texts: Vec<Vec<u8>>,
    /// The parts that are there, by name; the time goes by `ts` and the event's id by `id`, whatever the record calls them.
    pub parts: Vec<(String, String)>,
}

/// Takes a delivery apart by every proof of the record that computes a message authentication code over a template and holds for
/// this kind of body.
#[must_use]
pub fn anatomies(record: &Record, head: &Head<'_>, body: Body<'_>, options: &Options) -> Vec<Anatomy> {
    let content_type = record.content_type.and_then(|index| head.headers.get(index));
    let content = content_type.map(|header| Content::of(header.texts().first().copied().unwrap_or_default()));
    let applies = |proof: &&Proof| match &proof.when {
        Some(Condition::Body(kind)) => content.map_or(BodyKind::Other, |content| content.kind) == *kind,
        Some(Condition::Header(_)) | None => true,
    };
    let of = |proof: &Proof| anatomy(proof, head, content, body, options);
    record.proofs.iter().filter(applies).filter_map(of).collect()
}

fn anatomy(
    proof: &Proof,
    head: &Head<'_>,
    content: Option<Content>,
    body: Body<'_>,
    options: &Options,
) -> Option<Anatomy> {
    let Primitive::Mac(hash) = proof.algorithm.primitive else { return None };
    if proof.is_enveloped() || proof.each.is_some() {
        return None;
    }
    let in_head: HeadTexts<'_> =
        proof.parts.iter().map(|part| values::in_head(head, &part.place).ok().flatten()).collect();
    let fields = values::read_fields(proof, content, body).ok();
    let late = |place: &Place| Some(fields.as_ref()?.text(place).ok()??.into_owned());
    let texts_of = |index: usize| proof.parts.get(index).map(|part| &part.place);
    let part = |(index, text): (usize, &Option<Cow<'_, str>>)| {
        let text = text.as_deref().map(str::to_owned).or_else(|| late(texts_of(index)?))?;
        Some((name_of(proof, index), text))
    };
    let signatures = match &proof.signature.place {
        Place::Header(header) | Place::Entry { header, .. } => {
            let indices = std::iter::once(header).chain(&proof.signature.numbered);
            let texts = indices.filter_map(|index| head.headers.get(*index)).flat_map(Header::texts);
            texts.copied().collect::<Vec<_>>().join(",")
        }
        place if place.is_late() => late(place).unwrap_or_default(),
        place => values::in_head(head, place).ok().flatten().unwrap_or_default().into_owned(),
    };
    let delivery = Delivery { proof, head, in_head: &in_head, body, options };
    Some(Anatomy {
        digest: hash.name(),
        encoding: proof.signature.encoding.name(),
        template: template::shown(&proof.signed, &proof.computed, |index| name_of(proof, index)),
        signatures,
        texts: fields.as_ref().and_then(|fields| signed(delivery, fields)).unwrap_or_default(),
        parts: in_head.iter().enumerate().filter_map(part).collect(),
    })
}

/// The signed bytes in each spelling of the URL.
fn signed<'b>(delivery: Delivery<'_, '_, 'b>, fields: &Fields<'b>) -> Option<Vec<Vec<u8>>> {
    let (proof, url) = (delivery.proof, delivery.head.url);
    let values = Values::new(delivery, fields).ok()?;
    let assembled = |url: Option<&str>| Some(values.assemble(&proof.signed, url).ok()?.concat());
    match (proof.urls, url) {
        (Urls::PortVariants, Some(url)) => port_variants(url).iter().map(|url| assembled(Some(url))).collect(),
        (_, url) => assembled(url).map(|text| vec![text]),
    }
}

fn name_of(proof: &Proof, index: usize) -> String {
    let is_event = matches!(proof.event, Some(EventId::Part(event)) if event == index);
    match proof.parts.get(index) {
        _ if proof.time == Some(index) => "ts".to_owned(),
        _ if is_event => "id".to_owned(),
        Some(part) => part.name.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(provider: &str, values: &[&str], url: &str, body: &[u8]) -> Vec<Anatomy> {
        let record = Record::named(provider).unwrap();
        let one = |value: &&'static str| if value.is_empty() { Header::Absent } else { Header::One(value) };
        let values: Vec<&'static str> = values.iter().map(|value| &*value.to_string().leak()).collect();
        let mut headers: Vec<_> = values.iter().map(one).collect();
        let head = Head::new("POST", Some(url), &mut headers).unwrap();
        anatomies(&record, &head, Body::Raw(body), &Options::default())
    }

    #[test]
    fn a_delivery_comes_apart_as_its_record_says() {
        let found = of("stripe", &["t=1800000000,v1=aa"], "https://h/", b"{}");
        let parts = vec![("ts".to_owned(), "1800000000".to_owned())];
        let expected = Anatomy {
            digest: "sha256",
            encoding: "hex",
            template: "{ts}.{body}".to_owned(),
            signatures: "t=1800000000,v1=aa".to_owned(),
            texts: vec![b"1800000000.{}".to_vec()],
            parts,
        };
        assert_eq!(vec![expected], found);
    }

    #[test]
    fn what_is_missing_leaves_the_rest() {
        let found = of("stripe", &["v1=aa"], "https://h/", b"no json");
        assert_eq!((0, 0), (found[0].texts.len(), found[0].parts.len()));
        assert_eq!("v1=aa", found[0].signatures);
    }

    #[test]
    fn each_spelling_of_the_url_has_its_text() {
        let found = of("twilio", &["", "AA=="], "https://h/x", b"");
        let texts: Vec<_> = found.iter().flat_map(|one| &one.texts).map(|text| String::from_utf8_lossy(text)).collect();
        assert_eq!(vec!["https://h/x", "https://h:443/x"], texts);
    }
}
