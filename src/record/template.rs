//! The signed bytes of a proof, as a list of pieces that are appended in order; nothing is ever substituted into a text.
//!
//! A body that holds `{ts}`, `$1` or `%s` is bytes like any other.

use crate::error::RecordError;
use crate::record::place::Part;

/// One piece of the signed bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text of the record itself.
    Literal(Box<[u8]>),
    /// The raw body.
    Body,
    /// The URL as the sender saw it.
    Url,
    /// The method, upper case.
    Method,
    /// A named part, by its index.
    Part(usize),
}

/// Splits `v0:{ts}:{body}` into its pieces.
///
/// # Errors
/// A brace without its partner, or a name that is neither `body`, `url`, `method` nor a part.
pub(crate) fn parse(text: &str, parts: &[Part]) -> Result<Vec<Piece>, RecordError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(|| unbalanced(text))?;
        push_literal(&mut pieces, literal, text)?;
        pieces.push(piece(name, parts)?);
        rest = after;
    }
    push_literal(&mut pieces, rest, text)?;
    Ok(pieces)
}

fn push_literal(pieces: &mut Vec<Piece>, literal: &str, text: &str) -> Result<(), RecordError> {
    if literal.contains('}') {
        return Err(unbalanced(text));
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal.as_bytes().into()));
    }
    Ok(())
}

fn piece(name: &str, parts: &[Part]) -> Result<Piece, RecordError> {
    match name {
        "body" => Ok(Piece::Body),
        "url" => Ok(Piece::Url),
        "method" => Ok(Piece::Method),
        _ => parts.iter().position(|part| &*part.name == name).map(Piece::Part).ok_or_else(|| {
            let known: Vec<_> = parts.iter().map(|part| format!("{{{}}}", part.name)).collect();
            RecordError::new(format!(
                "signed: {{{name}}} is no part; there are {{body}} {{url}} {{method}} {}",
                known.join(" ")
            ))
        }),
    }
}

fn unbalanced(text: &str) -> RecordError {
    RecordError::new(format!("signed: {text:?} has a brace without its partner"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::place::Place;

    fn parts() -> Vec<Part> {
        vec![Part { name: "ts".into(), place: Place::Header(0), shown: "X".into(), optional: false, commas: false }]
    }

    #[test]
    fn pieces_stand_in_their_order() {
        let literal = |text: &str| Piece::Literal(text.as_bytes().into());
        let pieces = parse("v0:{ts}:{body}!", &parts()).unwrap();
        assert_eq!(vec![literal("v0:"), Piece::Part(0), literal(":"), Piece::Body, literal("!")], pieces);
        assert_eq!(vec![Piece::Method, Piece::Url], parse("{method}{url}", &[]).unwrap());
    }

    #[test]
    fn a_wrong_template_says_what_is_allowed() {
        for wrong in ["{ts", "ts}", "{{ts}}", "{nobody}"] {
            let message = parse(wrong, &parts()).unwrap_err().to_string();
            assert!(message.starts_with("signed: "), "{message}");
        }
        assert!(parse("{id}", &parts()).unwrap_err().to_string().ends_with("{body} {url} {method} {ts}"));
    }
}
