//! The values of one delivery: each part of a proof as the text that was sent, and what is computed from them.

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::canonical;
use crate::encoding::Encoding;
use crate::form;
use crate::json;
use crate::keyed;
use crate::options::Options;
use crate::record::place::{self, Fields, Part, Place};
use crate::record::plan::Proof;
use crate::record::template::{Computed, Of, Piece};
use crate::rejection::{Reason, Rejection};
use crate::request::{Body, Content, Head, Header};
use crate::url::path_and_query;

/// The bytes that are signed, in order; six fit without an allocation.
pub(crate) type Pieces<'a> = SmallVec<[&'a [u8]; 6]>;

/// The texts of a proof's parts that stand in the head, in the order of its parts; nothing for those that do not.
pub(crate) type HeadTexts<'h> = SmallVec<[Option<Cow<'h, str>>; 2]>;

/// What stands at a place of the head; nothing for a place in the body.
///
/// # Errors
/// [`Reason::DuplicateHeader`] where a value that must come once came several times, [`Reason::MalformedHeader`] for a query
/// that is no form.
pub(crate) fn in_head<'h>(head: &Head<'h>, place: &Place) -> Result<Option<Cow<'h, str>>, Reason> {
    match place {
        Place::Header(index) => Ok(head.headers.get(*index).map_or(Ok(None), Header::only)?.map(Cow::Borrowed)),
        Place::Entry { header, split, name } => {
            let mut found = None;
            for text in head.headers.get(*header).into_iter().flat_map(Header::texts) {
                let entry = place::entry(text, *split, name)?;
                if found.is_some() && entry.is_some() {
                    return Err(Reason::DuplicateHeader);
                }
                found = found.or(entry);
            }
            Ok(found.map(Cow::Borrowed))
        }
        Place::Query(name) => {
            let fields = form::parse(form::query(head.url.unwrap_or_default()).as_bytes())
                .map_err(|_| Reason::MalformedHeader)?;
            Ok(form::last(&fields, name).map(|text| Cow::Owned(text.to_owned())))
        }
        Place::Form(_) | Place::FormJson { .. } | Place::Json(_) => Ok(None),
    }
}

/// The text of a part that stands in the head, if it does.
///
/// # Errors
/// As [`in_head`]; a part that must be there and is not: [`Reason::MissingSignature`].
pub(crate) fn part_in_head<'h>(head: &Head<'h>, part: &Part) -> Result<Option<Cow<'h, str>>, Rejection> {
    if part.place.is_late() {
        return Ok(None);
    }
    match in_head(head, &part.place)? {
        None if !part.optional => Err(part.missing()),
        Some(text) if text.contains(',') && !part.commas => Err(Reason::DuplicateHeader.into()),
        text => Ok(text),
    }
}

/// What a proof is held against, as far as it was read.
#[derive(Clone, Copy)]
pub(crate) struct Delivery<'v, 'h, 'b> {
    pub(crate) proof: &'v Proof,
    pub(crate) head: &'v Head<'h>,
    pub(crate) in_head: &'v HeadTexts<'h>,
    pub(crate) body: Body<'b>,
    pub(crate) options: &'v Options,
}

/// The values of a delivery whose body was read as far as its proof needs it.
pub(crate) struct Values<'v, 'h, 'b> {
    delivery: Delivery<'v, 'h, 'b>,
    fields: &'v Fields<'b>,
    texts: SmallVec<[Cow<'v, str>; 2]>,
    computed: Vec<Vec<u8>>,
}

impl<'v, 'h, 'b> Values<'v, 'h, 'b> {
    /// Takes every part from head or fields, then makes what is computed from them.
    ///
    /// # Errors
    /// [`Reason::MalformedBody`] for a field that is no scalar, [`Reason::MissingSignature`] for one that is not there;
    /// [`Reason::InternalError`] where the caller left out the body or the URL.
    pub(crate) fn new(delivery: Delivery<'v, 'h, 'b>, fields: &'v Fields<'b>) -> Result<Self, Rejection> {
        let mut texts = SmallVec::new();
        for (part, index) in delivery.proof.parts.iter().zip(0_usize..) {
            texts.push(match delivery.in_head.get(index) {
                Some(Some(text)) => Cow::Borrowed(&**text),
                _ => match fields.text(&part.place)? {
                    Some(text) => text,
                    None if part.optional => Cow::Borrowed(""),
                    None => return Err(part.missing()),
                },
            });
        }
        let mut values = Self { delivery, fields, texts, computed: Vec::new() };
        for wanted in &delivery.proof.computed {
            let made = values.compute(wanted)?;
            values.computed.push(made);
        }
        Ok(values)
    }

    /// The text of the part at that index.
    ///
    /// # Errors
    /// [`Reason::InternalError`]: there is no such part.
    pub(crate) fn part(&self, index: usize) -> Result<&str, Rejection> {
        self.texts.get(index).map(|text| &**text).ok_or_else(|| Reason::InternalError.into())
    }

    /// The text of the part of that name; nothing where the proof has none.
    pub(crate) fn named(&self, name: &str) -> Option<&str> {
        let index = self.delivery.proof.parts.iter().position(|part| &*part.name == name)?;
        self.texts.get(index).map(|text| &**text)
    }

    /// The text at a place that is no part.
    ///
    /// # Errors
    /// As [`Values::new`] and [`in_head`].
    pub(crate) fn text(&self, place: &Place) -> Result<Option<Cow<'_, str>>, Reason> {
        if place.is_late() { self.fields.text(place) } else { in_head(self.delivery.head, place) }
    }

    /// The URL as the sender saw it, where it is known.
    pub(crate) fn url(&self) -> Option<&'h str> {
        self.delivery.head.url
    }

    /// The bytes of a template of the proof, with that spelling of the URL.
    ///
    /// # Errors
    /// As [`Values::new`].
    pub(crate) fn assemble<'s>(&'s self, pieces: &'s [Piece], url: Option<&'s str>) -> Result<Pieces<'s>, Rejection> {
        let mut assembled = Pieces::new();
        for piece in pieces {
            assembled.push(self.piece(piece, url)?);
        }
        Ok(assembled)
    }

    /// The raw body, where it was read.
    pub(crate) const fn raw(&self) -> Option<&'b [u8]> {
        match self.delivery.body {
            Body::Raw(bytes) => Some(bytes),
            Body::Fields(_) | Body::Unread => None,
        }
    }

    fn piece<'s>(&'s self, piece: &'s Piece, url: Option<&'s str>) -> Result<&'s [u8], Rejection> {
        let there = |bytes: Option<&'s [u8]>| bytes.ok_or_else(|| Rejection::from(Reason::InternalError));
        match piece {
            Piece::Literal(text) => Ok(text),
            Piece::Body => there(self.raw()),
            Piece::Url => there(url.map(str::as_bytes)),
            Piece::Method => Ok(self.delivery.head.method.as_bytes()),
            Piece::Part(index) => self.part(*index).map(str::as_bytes),
            Piece::Computed(index) => there(self.computed.get(*index).map(Vec::as_slice)),
        }
    }

    fn compute(&self, wanted: &Computed) -> Result<Vec<u8>, Rejection> {
        let internal = || Rejection::from(Reason::InternalError);
        let body = || self.raw().ok_or_else(internal);
        let url = || self.delivery.head.url.ok_or_else(internal);
        let form = || self.fields.form();
        Ok(match wanted {
            Computed::FormSorted => canonical::form_sorted(form()),
            Computed::FormSortedUnique => canonical::form_sorted_unique(form()),
            Computed::PlivoUrl => canonical::plivo_url(url()?, form()).map_err(|_| Reason::MalformedHeader)?,
            Computed::Headers(index) => self.headers(self.part(*index)?).ok_or(Reason::MalformedHeader)?,
            Computed::Path => path_and_query(url()?).into_owned().into_bytes(),
            Computed::ContentfulPath => canonical::contentful_path(url()?).ok_or(Reason::MalformedHeader)?.into_bytes(),
            Computed::Crc32 => crc32fast::hash(body()?).to_string().into_bytes(),
            Computed::Sha256(Of::Body, encoding) => sha256(body()?, *encoding),
            Computed::Sha256(Of::Url, encoding) => sha256(url()?.as_bytes(), *encoding),
            Computed::Option(name) => self.delivery.options.get(name).ok_or(Reason::NotConfigured)?.as_bytes().to_vec(),
        })
    }

    /// The headers that a list names. Those in which the proof has parts must be among them: they are signed by nothing else.
    fn headers(&self, list: &str) -> Option<Vec<u8>> {
        let required: SmallVec<[&str; 4]> = self.delivery.proof.header_parts().collect();
        canonical::signed_headers(list, &required, |name| self.delivery.head.every(name))
    }
}

fn sha256(bytes: &[u8], encoding: Encoding) -> Vec<u8> {
    encoding.encode(&keyed::sha256(bytes)).into_bytes()
}

/// Reads the fields of the body, in the form the proof takes them from.
///
/// # Errors
/// [`Reason::MalformedBody`]; [`Reason::InternalError`] where the caller left out the body.
pub(crate) fn read_fields<'b>(
    proof: &Proof,
    content: Option<Content>,
    body: Body<'b>,
) -> Result<Fields<'b>, Rejection> {
    let in_utf8 = content.is_none_or(|content| content.utf8);
    match body {
        _ if !proof.reads_json() && !proof.reads_form() => Ok(Fields::None),
        _ if !in_utf8 => Err(Reason::MalformedBody.into()),
        Body::Raw(bytes) if proof.reads_json() => {
            json::find(bytes, &proof.pointers).map(Fields::Json).map_err(|_| Reason::MalformedBody.into())
        }
        Body::Raw(_) if content.is_some_and(|content| content.multipart) => Err(Reason::InternalError.into()),
        Body::Raw(bytes) => {
            form::parse(bytes).map(|fields| Fields::Form(Cow::Owned(fields))).map_err(|_| Reason::MalformedBody.into())
        }
        Body::Fields(fields) => Ok(Fields::Form(Cow::Borrowed(fields))),
        Body::Unread => Err(Reason::InternalError.into()),
    }
}
