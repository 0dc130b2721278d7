//! The values of one delivery: each part of a proof as the text that was sent, taken from headers, URL and body.

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::form;
use crate::json;
use crate::record::place::{self, Fields, Part, Place};
use crate::record::plan::Proof;
use crate::record::template::Piece;
use crate::rejection::{Reason, Rejection};
use crate::request::{Body, Content, Head, Header};

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
        Place::Form(_) | Place::Json(_) => Ok(None),
    }
}

/// The text of a part that stands in the head, if it does.
///
/// # Errors
/// As [`in_head`]; a part that must be there and is not: [`Reason::MissingSignature`].
pub(crate) fn part_in_head<'h>(head: &Head<'h>, part: &Part) -> Result<Option<Cow<'h, str>>, Rejection> {
    if matches!(part.place, Place::Form(_) | Place::Json(_)) {
        return Ok(None);
    }
    match in_head(head, &part.place)? {
        None if !part.optional => Err(part.missing()),
        Some(text) if text.contains(',') && !part.commas => Err(Reason::DuplicateHeader.into()),
        text => Ok(text),
    }
}

/// The values of a delivery whose body was read as far as its proof needs it.
pub(crate) struct Values<'v, 'h, 'b> {
    proof: &'v Proof,
    method: &'h str,
    url: Option<&'h str>,
    body: Body<'b>,
    fields: Fields<'b>,
    in_head: &'v HeadTexts<'h>,
}

impl<'v, 'h, 'b> Values<'v, 'h, 'b> {
    /// Reads the fields of the body, in the form the proof takes them from.
    ///
    /// # Errors
    /// [`Reason::MalformedBody`].
    pub(crate) fn read(
        proof: &'v Proof,
        head: &Head<'h>,
        in_head: &'v HeadTexts<'h>,
        content: Option<Content>,
        body: Body<'b>,
    ) -> Result<Self, Rejection> {
        let fields = read_fields(proof, content, body)?;
        Ok(Self { proof, method: head.method, url: head.url, body, fields, in_head })
    }

    /// The text of the part at that index.
    ///
    /// # Errors
    /// [`Reason::MalformedBody`] for a field that is no scalar, [`Reason::MissingSignature`] for one that is not there.
    pub(crate) fn part(&self, index: usize) -> Result<&str, Rejection> {
        if let Some(Some(text)) = self.in_head.get(index) {
            return Ok(text);
        }
        let part = self.proof.parts.get(index).ok_or(Reason::InternalError)?;
        match self.fields.text(&part.place)? {
            Some(text) => Ok(text),
            None if part.optional => Ok(""),
            None => Err(part.missing()),
        }
    }

    /// The text of the signature, where it stands in the body.
    ///
    /// # Errors
    /// As [`Values::part`].
    pub(crate) fn signature(&self) -> Result<&str, Rejection> {
        let signature = &self.proof.signature;
        let missing =
            || Rejection::new(Reason::MissingSignature, crate::rejection::Detail::Place(signature.shown.clone()));
        self.fields.text(&signature.place)?.ok_or_else(missing)
    }

    /// The signed bytes.
    ///
    /// # Errors
    /// As [`Values::part`]; [`Reason::InternalError`] where the caller left out the body or the URL.
    pub(crate) fn pieces(&self) -> Result<Pieces<'_>, Rejection> {
        let mut pieces = Pieces::new();
        for piece in &self.proof.signed {
            pieces.push(self.piece(piece)?);
        }
        Ok(pieces)
    }

    /// The raw body, where it was read.
    pub(crate) const fn raw(&self) -> Option<&'b [u8]> {
        match self.body {
            Body::Raw(bytes) => Some(bytes),
            Body::Fields(_) | Body::Unread => None,
        }
    }

    fn piece<'s>(&'s self, piece: &'s Piece) -> Result<&'s [u8], Rejection> {
        match (piece, self.body) {
            (Piece::Literal(text), _) => Ok(text),
            (Piece::Body, Body::Raw(bytes)) => Ok(bytes),
            (Piece::Body, _) => Err(Reason::InternalError.into()),
            (Piece::Url, _) => self.url.map(str::as_bytes).ok_or_else(|| Reason::InternalError.into()),
            (Piece::Method, _) => Ok(self.method.as_bytes()),
            (Piece::Part(index), _) => self.part(*index).map(str::as_bytes),
        }
    }
}

fn read_fields<'b>(proof: &Proof, content: Option<Content>, body: Body<'b>) -> Result<Fields<'b>, Rejection> {
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
