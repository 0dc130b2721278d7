//! Urlencoded forms, read from the raw bytes in UTF-8 and in no other way; also the query of a URL.
//!
//! Stricter than browsers need: a percent sign that begins no escape, or bytes that are no UTF-8, make the form malformed.
//! Source: WHATWG URL, section "application/x-www-form-urlencoded".

use crate::limits::FORM_FIELDS;

/// One field: name and value, both decoded.
pub type Field = (String, String);

/// Why a form is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormError {
    /// A bad escape, or bytes that are no UTF-8.
    Malformed,
    /// More than [`FORM_FIELDS`] fields.
    TooManyFields,
}

/// The fields of a form, in order; empty segments are skipped, a name without `=` has an empty value.
///
/// # Errors
/// See [`FormError`].
pub fn parse(text: &[u8]) -> Result<Vec<Field>, FormError> {
    let segments = || text.split(|byte| *byte == b'&').filter(|segment| !segment.is_empty());
    if segments().nth(FORM_FIELDS).is_some() {
        return Err(FormError::TooManyFields);
    }
    segments()
        .map(|segment| {
            let mut halves = segment.splitn(2, |byte| *byte == b'=');
            let mut half = || decode(halves.next().unwrap_or_default());
            Ok((half()?, half()?))
        })
        .collect()
}

/// The last value of a field: what Django's `QueryDict` answers too.
pub(crate) fn last<'f>(fields: &'f [Field], name: &str) -> Option<&'f str> {
    fields.iter().rev().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
}

/// The query of a URL, without its question mark and without the fragment.
pub(crate) fn query(url: &str) -> &str {
    let url = url.split_once('#').map_or(url, |(before, _)| before);
    url.split_once('?').map_or("", |(_, query)| query)
}

/// One name or value, escaped for a form.
pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn decode(text: &[u8]) -> Result<String, FormError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let ([high, low], after) = rest.split_first_chunk::<2>().ok_or(FormError::Malformed)?;
                rest = after;
                escaped(*high, *low).ok_or(FormError::Malformed)?
            }
            _ => *byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| FormError::Malformed)
}

fn escaped(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(high)? << 4) | digit(low)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Result<Vec<Field>, FormError> {
        Ok(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn fields_keep_order_and_repeats() {
        assert_eq!(fields(&[("b", "1"), ("a", "2"), ("b", "")]), parse(b"b=1&a=2&b="));
        assert_eq!(fields(&[("a", ""), ("", "v"), ("k", "=x")]), parse(b"&a&&=v&k==x&"));
        assert_eq!(fields(&[("é+ ", "100% &=")]), parse("é%2B+=100%25+%26%3D".as_bytes()));
        assert_eq!(Some("2"), last(&parse(b"a=1&a=2").unwrap(), "a"));
    }

    #[test]
    fn bad_escapes_and_other_charsets_are_malformed() {
        for wrong in [&b"a=%"[..], b"a=%4", b"a=%ZZ", b"%G0=1", b"a=%FF", b"a=\xff", b"a=%ED%A0%80", b"a=%+1"] {
            assert_eq!(Err(FormError::Malformed), parse(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn fields_are_bounded() {
        assert_eq!(1_000, parse("a=1&".repeat(1_000).as_bytes()).unwrap().len());
        assert_eq!(Err(FormError::TooManyFields), parse("a=1&".repeat(1_001).as_bytes()));
    }

    #[test]
    fn the_query_of_a_url() {
        assert_eq!("a=1?b", query("https://example.com/x?a=1?b#c?d"));
        assert_eq!("", query("https://example.com/x"));
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_again(name in "\\PC{1,12}", value in "\\PC{0,12}") {
            let text = format!("{}={}", encode(&name), encode(&value));
            prop_assert_eq!(Ok(vec![(name, value)]), parse(text.as_bytes()));
        }

        #[test]
        fn any_bytes_are_a_form_or_not(text: Vec<u8>) {
            let _ = parse(&text);
        }
    }
}
