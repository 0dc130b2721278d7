//! The text that an HTTP message signature covers (RFC 9421, section 2): one line for each component of the request, then one
//! for the parameters. Components of requests alone; a parameter of a component that is not understood refuses the signature.

use sfv::{BareItem, Dictionary, FieldType as _, InnerList, Item, ListEntry, Parameters, Parser};

use crate::form;
use crate::limits::COVERED;
use crate::rejection::Reason;
use crate::text::trimmed;
use crate::url::Url;

/// A request as its components see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'r> {
    /// As it was sent; methods have case.
    pub(crate) method: &'r str,
    pub(crate) url: Url<'r>,
    /// Name in lower case and value, one entry for each line, in the order of the lines.
    pub(crate) headers: &'r [(&'r str, &'r str)],
}

impl Request<'_> {
    /// The value of a field: its lines, trimmed, joined with a comma and a space. A server that joins them itself may leave the
    /// space out; the text is then not the one that was signed.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let mut lines = self.headers.iter().filter(|(line, _)| *line == name).map(|(_, value)| trimmed(value));
        let first = lines.next()?.to_owned();
        Some(lines.fold(first, |joined, line| joined + ", " + line))
    }
}

/// The signature base (section 2.5).
///
/// # Errors
/// [`Reason::MissingSignature`] where a component is not part of this request; [`Reason::MalformedSignature`] where it comes
/// twice, or its name or a parameter is none that is understood; [`Reason::MalformedHeader`] where a value would break the line.
pub(crate) fn write(covered: &InnerList, request: &Request<'_>) -> Result<Vec<u8>, Reason> {
    let items = &covered.items;
    let is_twice = (1..items.len()).any(|index| items.iter().take(index).any(|item| Some(item) == items.get(index)));
    if items.len() > COVERED || is_twice {
        return Err(Reason::MalformedSignature);
    }
    let mut base = Vec::new();
    for item in items {
        let value = component(item, request)?;
        if !value.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)) {
            return Err(Reason::MalformedHeader);
        }
        base.extend([item.serialize().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
    }
    let parameters = serialize(ListEntry::InnerList(covered.clone())).ok_or(Reason::MalformedSignature)?;
    base.extend([b"\"@signature-params\": ", parameters.as_bytes()].concat());
    Ok(base)
}

/// The one spelling of a member of a list or dictionary.
pub(crate) fn serialize(member: ListEntry) -> Option<String> {
    vec![member].serialize()
}

/// The value of a component (sections 2.1 and 2.2).
fn component(item: &Item, request: &Request<'_>) -> Result<String, Reason> {
    let name = item.bare_item.as_string().ok_or(Reason::MalformedSignature)?.as_str();
    let value = match (name, only_parameter(&item.params)?) {
        ("@query-param", Some(("name", wanted))) => query_parameter(request.url.query, wanted)?,
        (name, None) if name.starts_with('@') => Some(derived(name, request).ok_or(Reason::MalformedSignature)?),
        (name, None) => request.field(name),
        (name, Some(("key", key))) if !name.starts_with('@') => member(request.field(name), key)?,
        _ => return Err(Reason::MalformedSignature),
    };
    value.ok_or(Reason::MissingSignature)
}

/// The name and value of the only parameter, where there is one; it must be a string.
fn only_parameter(parameters: &Parameters) -> Result<Option<(&str, &str)>, Reason> {
    let mut all = parameters.iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some((name, BareItem::String(value))), None) => Ok(Some((name.as_str(), value.as_str()))),
        _ => Err(Reason::MalformedSignature),
    }
}

/// A component that is no field. The URL is the one the sender saw; an empty path is a slash, an absent query an empty one.
fn derived(name: &str, request: &Request<'_>) -> Option<String> {
    let Request { method, url, .. } = request;
    let path = if url.path.is_empty() { "/" } else { url.path };
    let target = || url.query.map_or(path.to_owned(), |query| [path, "?", query].concat());
    match name {
        "@method" => Some((*method).to_owned()),
        "@target-uri" => Some([url.scheme, "://", url.authority, &target()].concat()),
        "@authority" => Some(authority(url)),
        "@scheme" => Some(url.scheme.to_ascii_lowercase()),
        "@request-target" => Some(target()),
        "@path" => Some(path.to_owned()),
        "@query" => Some(["?", url.query.unwrap_or_default()].concat()),
        _ => None,
    }
}

/// The host in lower case, and the port unless it is the scheme's own (section 2.2.3).
fn authority(url: &Url<'_>) -> String {
    let (host, port) = url.host_and_port();
    let host = host.to_ascii_lowercase();
    match port {
        Some(port) if port != url.default_port() => [&host, ":", port].concat(),
        _ => host,
    }
}

/// The value of a parameter of the query, decoded and encoded anew (section 2.2.8). One that comes twice has none.
fn query_parameter(query: Option<&str>, name: &str) -> Result<Option<String>, Reason> {
    let encode = |text: &str| form::encode(text).replace('+', "%20");
    let fields = form::parse(query.unwrap_or_default().as_bytes()).map_err(|_| Reason::MalformedSignature)?;
    let mut values = fields.iter().filter(|(field, _)| encode(field) == name).map(|(_, value)| encode(value));
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Reason::MalformedSignature),
    }
}

/// The member of a field that is a dictionary (section 2.1.2).
fn member(field: Option<String>, key: &str) -> Result<Option<String>, Reason> {
    let Some(field) = field else { return Ok(None) };
    let dictionary: Dictionary = Parser::new(&field).parse().map_err(|_| Reason::MalformedSignature)?;
    Ok(dictionary.get(key).cloned().and_then(serialize))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn base(url: &str, headers: &[(&str, &str)], covered: &str) -> Result<String, Reason> {
        let url = Url::parse(url).unwrap();
        let request = Request { method: "POST", url, headers };
        let dictionary: Dictionary = Parser::new(&format!("sig={covered}")).parse().unwrap();
        let Some(ListEntry::InnerList(covered)) = dictionary.get("sig") else { return Err(Reason::InternalError) };
        write(covered, &request).map(|base| String::from_utf8(base).unwrap())
    }

    /// The line of one component.
    fn line(url: &str, headers: &[(&str, &str)], component: &str) -> Result<String, Reason> {
        let text = base(url, headers, &format!("({component})"))?;
        let line = text.strip_suffix(&format!("\n\"@signature-params\": ({component})")).unwrap();
        Ok(line.to_owned())
    }

    fn value(url: &str, component: &str) -> Result<String, Reason> {
        line(url, &[], component).map(|line| line.strip_prefix(&format!("{component}: ")).unwrap().to_owned())
    }

    #[test]
    fn no_component_leaves_the_parameters_alone() {
        let text = r#"();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd""#;
        assert_eq!(Ok(format!("\"@signature-params\": {text}")), base("https://h/", &[], text));
    }

    #[test]
    fn parameters_have_one_spelling() {
        let expected = "\"@method\": POST\n\"@path\": /\n\"@signature-params\": (\"@method\" \"@path\");a;b=2.5";
        assert_eq!(Ok(expected.to_owned()), base("https://h/", &[], "( \"@method\"   \"@path\" ); a=?1;  b=2.50"));
    }

    /// RFC 9421, section 2.1.
    #[test]
    fn fields_are_trimmed_and_joined() {
        let headers = [
            ("host", "www.example.com"),
            ("cache-control", "max-age=60"),
            ("x-ows-header", "  Leading and trailing whitespace.\t"),
            ("cache-control", "   must-revalidate"),
            ("x-empty-header", ""),
        ];
        for (component, expected) in [
            ("\"host\"", "\"host\": www.example.com"),
            ("\"x-ows-header\"", "\"x-ows-header\": Leading and trailing whitespace."),
            ("\"cache-control\"", "\"cache-control\": max-age=60, must-revalidate"),
            ("\"x-empty-header\"", "\"x-empty-header\": "),
        ] {
            assert_eq!(Ok(expected.to_owned()), line("https://h/", &headers, component));
        }
        for absent in ["\"x-absent\"", "\"Host\"", "\"\""] {
            assert_eq!(Err(Reason::MissingSignature), line("https://h/", &headers, absent), "{absent}");
        }
    }

    /// RFC 9421, section 2.1.2.
    #[test]
    fn members_of_a_dictionary_are_written_anew() {
        let headers = [("example-dict", "  a=1,    b=2;x=1;y=2,   c=(a   b   c), d")];
        for (key, expected) in [("a", "1"), ("d", "?1"), ("b", "2;x=1;y=2"), ("c", "(a b c)")] {
            let component = format!("\"example-dict\";key=\"{key}\"");
            assert_eq!(Ok(format!("{component}: {expected}")), line("https://h/", &headers, &component));
        }
        let absent = "\"example-dict\";key=\"z\"";
        assert_eq!(Err(Reason::MissingSignature), line("https://h/", &headers, absent));
        assert_eq!(Err(Reason::MissingSignature), line("https://h/", &[], absent));
        assert_eq!(Err(Reason::MalformedSignature), line("https://h/", &[("example-dict", "a=")], absent));
    }

    /// RFC 9421, sections 2.2.2 to 2.2.7.
    #[test]
    fn components_of_the_url() {
        for (url, component, expected) in [
            ("https://www.example.com/path?param=value", "\"@target-uri\"", "https://www.example.com/path?param=value"),
            ("https://www.example.com", "\"@target-uri\"", "https://www.example.com/"),
            ("https://www.example.com/path#part", "\"@target-uri\"", "https://www.example.com/path"),
            ("https://WWW.Example.com:443/path", "\"@authority\"", "www.example.com"),
            ("https://u:p@www.example.com:8443", "\"@authority\"", "www.example.com:8443"),
            ("http://www.example.com:443/path", "\"@authority\"", "www.example.com:443"),
            ("HTTP://www.example.com:80/path", "\"@authority\"", "www.example.com"),
            ("HTTPS://www.example.com/path", "\"@scheme\"", "https"),
            ("https://www.example.com/path?param=value", "\"@request-target\"", "/path?param=value"),
            ("https://www.example.com", "\"@request-target\"", "/"),
            ("https://www.example.com/a%20b?param=value", "\"@path\"", "/a%20b"),
            ("https://www.example.com?x", "\"@path\"", "/"),
            ("https://h/path?param=value&foo=bar&baz=batman", "\"@query\"", "?param=value&foo=bar&baz=batman"),
            ("https://h/path?queryString", "\"@query\"", "?queryString"),
            ("https://h/path", "\"@query\"", "?"),
            ("https://h/path", "\"@method\"", "POST"),
        ] {
            assert_eq!(Ok(expected.to_owned()), value(url, component), "{url}");
        }
    }

    /// RFC 9421, section 2.2.8.
    #[test]
    fn parameters_of_the_query_are_encoded_anew() {
        let url = "https://h/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&\
                   fa%C3%A7ade%22%3A%20=something&empty=&no&twice=1&twice=1&~=~*-._";
        let parameter = |name: &str| value(url, &format!("\"@query-param\";name=\"{name}\""));
        for (name, expected) in [
            ("var", "this%20is%20a%20big%0Amultiline%20value"),
            ("bar", "with%20plus%20whitespace"),
            ("fa%C3%A7ade%22%3A%20", "something"),
            ("empty", ""),
            ("no", ""),
            ("%7E", "%7E*-._"),
        ] {
            assert_eq!(Ok(expected.to_owned()), parameter(name));
        }
        assert_eq!(Err(Reason::MissingSignature), parameter("absent"));
        assert_eq!(Err(Reason::MalformedSignature), parameter("twice"));
        assert_eq!(Err(Reason::MalformedSignature), value("https://h/?a=%", "\"@query-param\";name=\"a\""));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for wrong in [
            "\"@status\"",
            "\"@unknown\"",
            "\"@signature-params\"",
            "\"@query-param\"",
            "\"@query-param\";name=a",
            "\"@query-param\";name=\"a\";x",
            "\"@method\";req",
            "\"@path\";key=\"a\"",
            "\"host\";sf",
            "\"host\";bs",
            "\"host\";tr",
            "\"host\";req",
            "\"host\";key=a",
            "\"host\";key=\"a\";sf",
            "\"host\";other=\"a\"",
            "host",
            "1",
            ":aGk=:",
        ] {
            assert_eq!(Err(Reason::MalformedSignature), line("https://h/?a=1", &[("host", "a=1")], wrong), "{wrong}");
        }
    }

    #[test]
    fn a_component_comes_once() {
        let headers = [("h", "a=1")];
        assert!(base("https://h/", &headers, r#"("h" "h";key="a" "@path")"#).is_ok());
        for wrong in [r#"("h" "h")"#, r#"("@path" "h" "@path")"#, r#"("h";key="a" "h";key="a")"#] {
            assert_eq!(Err(Reason::MalformedSignature), base("https://h/", &headers, wrong), "{wrong}");
        }
        let names = |count: usize| (0..count).map(|index| format!("\"h{index}\" ")).collect::<Vec<_>>().concat();
        let lines: Vec<_> = (0..=COVERED).map(|index| format!("h{index}")).collect();
        let headers: Vec<_> = lines.iter().map(|name| (name.as_str(), "v")).collect();
        assert!(base("https://h/", &headers, &format!("({})", names(COVERED))).is_ok());
        let result = base("https://h/", &headers, &format!("({})", names(COVERED + 1)));
        assert_eq!(Err(Reason::MalformedSignature), result);
    }

    #[test]
    fn a_value_cannot_begin_a_line() {
        for wrong in ["a\n\"@method\": GET", "a\rb", "a\0", "\u{e9}", "\u{7f}"] {
            assert_eq!(Err(Reason::MalformedHeader), line("https://h/", &[("h", wrong)], "\"h\""), "{wrong:?}");
            assert_eq!(Err(Reason::MalformedHeader), value(&format!("https://h/{wrong}"), "\"@path\""), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn each_component_has_one_line(value in "\\PC{0,30}", url in "https://[a-z:@\\[\\]0-9]{1,12}[/?a-z%=&]{0,20}") {
            let Some(_) = Url::parse(&url) else { return Ok(()) };
            let covered = r#"("h" "@method" "@target-uri" "@authority" "@query" "@path")"#;
            if let Ok(base) = base(&url, &[("h", &value)], covered) {
                prop_assert_eq!(7, base.lines().count());
            }
        }
    }
}
