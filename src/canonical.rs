//! Texts that senders make of a request before they sign it: sorted forms, lists of headers, paths encoded anew.
//!
//! All of them join names and values without a delimiter that a value could not hold as well. Two requests may therefore have the
//! same text; they then have the same signed bytes, and so the same place in the replay store: at most one of them is handled.

use crate::form::{Field, FormError, parse};
use crate::limits::COVERED;
use crate::url::Url;

/// Mandrill: the fields sorted by name, each name followed by its value; of a name that comes twice, the last value alone.
/// Names sort by bytes, which in UTF-8 is the order of code points.
/// Source: django-anymail, `webhooks/mandrill.py` (`request.POST.dict()` keeps the last value, as PHP's `$_POST` does).
pub(crate) fn form_sorted(fields: &[Field]) -> Vec<u8> {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_by_key(|(name, _)| name);
    let last_of_each = sorted.chunk_by(|left, right| left.0 == right.0).filter_map(|same| same.last());
    last_of_each.flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]).collect::<Vec<_>>().concat()
}

/// Twilio: every name with each of its values, sorted by name, then by value; an equal pair comes once.
/// Source: twilio-python, `request_validator.py`.
pub(crate) fn form_sorted_unique(fields: &[Field]) -> Vec<u8> {
    let mut sorted = sorted(fields);
    sorted.dedup();
    run_together(&sorted)
}

/// Plivo, signature version 3: the URL up to its path, then its query and then the form, each sorted by name and value.
/// The query is written decoded (`k=v&k=v`), the form as names and values run together; a question mark stands in front of
/// either, a dot between the two. A `GET` has no form. The nonce is the caller's.
/// Source: plivo-python, `utils/signature_v3.py`. It reads the bytes of a non-ASCII query one by one as Latin-1; here they are
/// UTF-8. What Plivo's servers do with such a query is not documented.
///
/// # Errors
/// Where the query is no form.
pub(crate) fn plivo_url(url: &str, fields: &[Field]) -> Result<Vec<u8>, FormError> {
    let Some(parts) = Url::parse(url) else { return Err(FormError::Malformed) };
    let queried = parse(parts.query.unwrap_or_default().as_bytes())?;
    let pairs: Vec<_> = sorted(&queried).iter().map(|(name, value)| format!("{name}={value}")).collect();
    let (has_query, has_form) = (!pairs.is_empty(), !fields.is_empty());
    let mut text = [parts.scheme, "://", parts.authority, parts.path].concat().into_bytes();
    text.extend_from_slice(if has_query || has_form { b"?" } else { b"" });
    text.extend_from_slice(pairs.join("&").as_bytes());
    text.extend_from_slice(if has_query && has_form { b"." } else { b"" });
    text.extend(run_together(&sorted(fields)));
    Ok(text)
}

/// Contentful: `name:value` of each header that the list names, sorted by name and joined with semicolons; names in lower case,
/// both trimmed. Nothing where the list is not one that signs what it must: a name that is no header's or comes twice, a header
/// that did not come, one of `required` that is not listed, or more than [`COVERED`] names.
/// Source: contentful/node-apps-toolkit, `src/requests/sign-request.ts`. It passes over a listed header that did not come, and
/// does not ask whether time and list are signed; both would let a list say less than it seems to.
pub(crate) fn signed_headers<'h>(
    list: &str,
    required: &[&str],
    lookup: impl Fn(&str) -> Option<&'h str>,
) -> Option<Vec<u8>> {
    if list.split(',').nth(COVERED).is_some() {
        return None;
    }
    let mut names: Vec<_> = list.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    names.sort_unstable();
    let is_twice = names.windows(2).any(|pair| matches!(pair, [left, right] if left == right));
    let is_complete = required.iter().all(|wanted| names.iter().any(|name| name.eq_ignore_ascii_case(wanted)));
    if is_twice || !is_complete || !names.iter().all(|name| is_header_name(name)) {
        return None;
    }
    let entry = |name: String| lookup(&name).map(|value| [name.as_str(), ":", value.trim()].concat());
    let entries: Option<Vec<_>> = names.into_iter().map(entry).collect();
    entries.map(|entries| entries.join(";").into_bytes())
}

/// Contentful: the path as JavaScript's `encodeURI` writes it, and the query escaped twice, first by `querystring.escape`. An
/// escape that was there already is escaped once more. Nothing where the query holds a question mark: the sender's library does
/// not sign what follows it.
/// Source: contentful/node-apps-toolkit, `src/requests/utils.ts`.
pub(crate) fn contentful_path(url: &str) -> Option<String> {
    let path = crate::url::path_and_query(url);
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    if query.contains('?') {
        return None;
    }
    let question = if query.is_empty() { "" } else { "?" };
    Some([&escape(path, URI_MARKS, "%"), question, &escape(query, COMPONENT_MARKS, "%25")].concat())
}

/// Every field, sorted by name and then by value.
fn sorted(fields: &[Field]) -> Vec<&Field> {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_unstable();
    sorted
}

/// Names and values, one after the other.
fn run_together(fields: &[&Field]) -> Vec<u8> {
    fields.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]).collect::<Vec<_>>().concat()
}

/// RFC 9110, section 5.6.2: a token.
fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Escapes what is neither a letter, a digit nor one of the marks; `percent` begins an escape.
fn escape(text: &str, marks: &[u8], percent: &str) -> String {
    let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || marks.contains(&byte);
    let escaped = |byte| if is_kept(byte) { char::from(byte).to_string() } else { format!("{percent}{byte:02X}") };
    text.bytes().map(escaped).collect()
}

/// What `encodeURI` keeps, letters and digits aside (ECMA-262, section 19.2.6).
const URI_MARKS: &[u8] = b";,/?:@&=+$-_.!~*'()#";
/// What `querystring.escape` keeps, letters and digits aside.
const COMPONENT_MARKS: &[u8] = b"-_.!~*'()";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(text: &str) -> Vec<Field> {
        parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn mandrill_sorts_by_name_and_keeps_the_last_value() {
        assert_eq!(b"A3a2b\xc3\xa91\xc3\xa9x".as_slice(), form_sorted(&form("b=%C3%A91&a=1&%C3%A9=x&a=2&A=3")));
        assert_eq!(b"mandrill_events[]".as_slice(), form_sorted(&form("mandrill_events=%5B%5D")));
        assert_eq!(b"a".as_slice(), form_sorted(&form("a=1&a=")));
        assert_eq!(b"".as_slice(), form_sorted(&[]));
    }

    #[test]
    fn twilio_sorts_values_and_takes_each_once() {
        let fields = form("Sid=CA1&SidAccount=AC1&Digits=5678&Digits=1234&Digits=1234&b=&B=+");
        assert_eq!(b"B Digits1234Digits5678SidCA1SidAccountAC1b".as_slice(), form_sorted_unique(&fields));
    }

    #[test]
    fn a_boundary_between_name_and_value_may_move_but_the_text_stays_one() {
        assert_eq!(form_sorted_unique(&form("ab=c")), form_sorted_unique(&form("a=bc")));
        assert_eq!(form_sorted(&form("ab=c")), form_sorted(&form("a=bc")));
    }

    #[test]
    fn plivo_joins_url_query_and_form() {
        let text = |url, body| String::from_utf8(plivo_url(url, &form(body)).unwrap()).unwrap();
        for (url, body, expected) in PLIVO {
            assert_eq!(expected, text(url, body));
        }
        assert_eq!("https://h/p?\u{e9}=1.\u{e9}2", text("https://h/p?%C3%A9=1", "%C3%A9=2"));
        assert_eq!(Err(FormError::Malformed), plivo_url("https://h/p?a=%", &[]));
        assert_eq!(Err(FormError::Malformed), plivo_url("/p", &[]));
        assert_eq!(Err(FormError::TooManyFields), plivo_url(&format!("https://h/?{}", "a&".repeat(1_001)), &[]));
    }

    /// URL, form, text; the texts were computed with plivo 4.63.0.
    const PLIVO: [(&str, &str, &str); 6] = [
        ("https://example.com/x", "", "https://example.com/x"),
        ("https://example.com/x?b=2&a=1&b=1&c", "", "https://example.com/x?a=1&b=1&b=2&c="),
        ("https://example.com/x", "To=1&From=%2B2&To=0", "https://example.com/x?From+2To0To1"),
        ("https://example.com/x?b=2&a=1", "To=1&From=2", "https://example.com/x?a=1&b=2.From2To1"),
        ("https://example.com", "k=v", "https://example.com?kv"),
        ("https://u:p@example.com:8443/x/?a=+%26#f", "k=%20", "https://u:p@example.com:8443/x/?a= &.k "),
    ];

    const HEADERS: [(&str, &str); 4] = [
        ("x-contentful-timestamp", "1700000000000"),
        ("x-contentful-signed-headers", "x-contentful-signed-headers,x-contentful-timestamp"),
        ("content-type", " application/json; charset=utf-8 "),
        ("x-empty", ""),
    ];
    const REQUIRED: [&str; 2] = ["X-Contentful-Timestamp", "X-Contentful-Signed-Headers"];

    fn headers(list: &str) -> Option<String> {
        let lookup = |wanted: &str| HEADERS.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
        signed_headers(list, &REQUIRED, lookup).map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn contentful_lists_headers_in_order() {
        let text = headers("X-Contentful-Timestamp, x-empty,Content-Type ,x-contentful-signed-headers").unwrap();
        let list = "x-contentful-signed-headers:x-contentful-signed-headers,x-contentful-timestamp";
        let expected =
            ["content-type:application/json; charset=utf-8", list, "x-contentful-timestamp:1700000000000", "x-empty:"];
        assert_eq!(expected.join(";"), text);
    }

    #[test]
    fn a_list_that_signs_less_than_it_must_is_refused() {
        let whole = "x-contentful-timestamp,x-contentful-signed-headers";
        assert!(headers(whole).is_some());
        for wrong in [
            "",
            "x-contentful-timestamp",
            "x-contentful-signed-headers",
            &format!("{whole},"),
            &format!("{whole},absent"),
            &format!("{whole},x-empty,X-EMPTY"),
            &format!("{whole},a b"),
            &format!("{whole},a:b"),
            &format!("{whole},\u{e9}"),
            &format!("{whole}{}", ",x-empty".repeat(COVERED)),
        ] {
            assert_eq!(None, headers(wrong), "{wrong}");
        }
    }

    #[test]
    fn contentful_encodes_the_path_as_its_library_does() {
        for (url, expected) in CONTENTFUL {
            assert_eq!(Some(expected), contentful_path(url).as_deref());
        }
        assert_eq!(None, contentful_path("https://h/a?b?c"));
    }

    /// URL and path; computed with the two JavaScript functions.
    const CONTENTFUL: [(&str, &str); 5] = [
        ("https://h/api/v1", "/api/v1"),
        ("https://h", "/"),
        ("https://h/a%20b/'(c)'?", "/a%2520b/'(c)'"),
        ("https://h/x?a=1&b=%2F+~", "/x?a%253D1%2526b%253D%25252F%252B~"),
        ("https://h/\u{e9}[1]?\u{e9}", "/%C3%A9%5B1%5D?%25C3%25A9"),
    ];

    const ANY: &str = "(https://h)?\\PC{0,30}";

    proptest! {
        #[test]
        fn the_order_of_fields_does_not_matter_to_twilio(mut fields in proptest::collection::vec(("[a-c]{0,2}", "[a-c]?"), 0..6)) {
            let text = form_sorted_unique(&fields);
            fields.reverse();
            prop_assert_eq!(text, form_sorted_unique(&fields));
        }

        #[test]
        fn each_name_comes_once_in_mandrills_form(names in proptest::collection::vec("[a-c]", 0..8)) {
            let fields: Vec<Field> = names.iter().map(|name| (name.clone(), "=".to_owned())).collect();
            let mut unique = names.clone();
            unique.sort_unstable();
            unique.dedup();
            let expected: String = unique.into_iter().flat_map(|name| [name, "=".to_owned()]).collect();
            prop_assert_eq!(expected.into_bytes(), form_sorted(&fields));
        }

        #[test]
        fn any_request_has_a_text_or_none(url in ANY, list in ANY, name in ANY, value in ANY) {
            let fields = [(name, value)];
            let _ = (plivo_url(&url, &fields), contentful_path(&url), signed_headers(&list, &[], |_| Some("v")));
        }
    }
}
