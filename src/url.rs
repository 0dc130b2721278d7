//! A URL as the sender wrote it, cut at its delimiters and never rewritten: what was signed is a text, not a resource.
//!
//! Source: RFC 3986, section 3 and appendix B.

use std::borrow::Cow;

/// An absolute URL in pieces; each is a slice of the text, with every escape and every letter as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Url<'u> {
    /// `https`.
    pub(crate) scheme: &'u str,
    /// `user:password@host:port`, as far as it is there.
    pub(crate) authority: &'u str,
    /// From the first slash behind the authority; may be empty.
    pub(crate) path: &'u str,
    /// Behind the first question mark; an empty query is not an absent one.
    pub(crate) query: Option<&'u str>,
    /// Behind the number sign; no sender sends it.
    fragment: Option<&'u str>,
}

impl<'u> Url<'u> {
    /// The pieces of an absolute URL with an authority; nothing for any other text.
    pub(crate) fn parse(text: &'u str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (rest, fragment) = rest.split_once('#').map_or((rest, None), |(rest, fragment)| (rest, Some(fragment)));
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let (authority, path) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len()))?;
        let is_named = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let whole = is_named && !scheme.is_empty() && !authority.is_empty();
        whole.then_some(Self { scheme, authority, path, query, fragment })
    }

    /// Host and port, without a user and a password.
    pub(crate) fn host_and_port(&self) -> (&'u str, Option<&'u str>) {
        let host = self.authority.rsplit_once('@').map_or(self.authority, |(_, host)| host);
        let port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        port.map_or((host, None), |(host, port)| (host, Some(port).filter(|port| !port.is_empty())))
    }

    /// The port that this scheme means where none is written.
    pub(crate) fn default_port(&self) -> &'static str {
        if self.scheme.eq_ignore_ascii_case("https") { "443" } else { "80" }
    }

    /// The same URL with another port, or with none.
    fn with_port(&self, port: Option<&str>) -> String {
        let user = self.authority.rsplit_once('@').map(|(user, _)| user);
        let (user, at) = user.map_or(("", ""), |user| (user, "@"));
        let (colon, port) = port.map_or(("", ""), |port| (":", port));
        let (question, query) = self.query.map_or(("", ""), |query| ("?", query));
        let (number, fragment) = self.fragment.map_or(("", ""), |fragment| ("#", fragment));
        let (host, _) = self.host_and_port();
        [self.scheme, "://", user, at, host, colon, port, self.path, question, query, number, fragment].concat()
    }
}

/// The raw path and query of a URL, as the first line of a request holds them; a text without an authority is one already.
pub(crate) fn path_and_query(text: &str) -> Cow<'_, str> {
    let Some(url) = Url::parse(text) else { return Cow::Borrowed(text) };
    let path = if url.path.is_empty() { "/" } else { url.path };
    url.query.map_or(Cow::Borrowed(path), |query| Cow::Owned([path, "?", query].concat()))
}

/// A URL without a port and with one: Twilio signs either, whatever it connects to, so both are always held against the
/// signature. Two texts come back for every URL, be they equal.
/// Source: twilio-python, `request_validator.py` (which cuts at the first colon and so loses a password; this does not).
pub(crate) fn port_variants(text: &str) -> [Cow<'_, str>; 2] {
    let Some(url) = Url::parse(text) else { return [Cow::Borrowed(text), Cow::Borrowed(text)] };
    let (_, port) = url.host_and_port();
    let port = port.unwrap_or_else(|| url.default_port());
    [Cow::Owned(url.with_port(None)), Cow::Owned(url.with_port(Some(port)))]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_url_comes_apart_at_its_delimiters() {
        let url = Url::parse("https://u:p%40@example.com:8443/a//b;c?x=1?2/3#f?g").unwrap();
        assert_eq!(("https", "u:p%40@example.com:8443", "/a//b;c"), (url.scheme, url.authority, url.path));
        assert_eq!((Some("x=1?2/3"), Some("f?g")), (url.query, url.fragment));
        assert_eq!(("example.com", Some("8443")), url.host_and_port());
        assert_eq!(("[::1]", Some("80")), Url::parse("http://[::1]:80/").unwrap().host_and_port());
        assert_eq!(("[::1]", None), Url::parse("http://[::1]/").unwrap().host_and_port());
        assert_eq!(("h", None), Url::parse("http://h:?x").unwrap().host_and_port());
        for wrong in ["", "/a?b", "https:/a", "https://", "https:///a", "://h/", "a b://h/", "https://?x"] {
            assert_eq!(None, Url::parse(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_path_is_raw_and_starts_with_a_slash() {
        for (url, expected) in [
            ("https://example.com/a%20b/?c=%2F&d#e", "/a%20b/?c=%2F&d"),
            ("https://example.com", "/"),
            ("https://example.com?x", "/?x"),
            ("https://example.com/?", "/?"),
            ("/already?so", "/already?so"),
        ] {
            assert_eq!(expected, path_and_query(url));
        }
    }

    #[test]
    fn a_url_has_two_port_variants() {
        for (url, bare, full) in [
            ("https://h/x?a=b:1", "https://h/x?a=b:1", "https://h:443/x?a=b:1"),
            ("http://h/x", "http://h/x", "http://h:80/x"),
            ("https://h:8443/x", "https://h/x", "https://h:8443/x"),
            ("https://u:p@h:443?q#f", "https://u:p@h?q#f", "https://u:p@h:443?q#f"),
            ("https://[::1]/", "https://[::1]/", "https://[::1]:443/"),
            ("no url", "no url", "no url"),
        ] {
            assert_eq!([bare, full], port_variants(url).each_ref().map(|variant| &**variant));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_cut_without_loss(text in "(https?://)?[a-z0-9@:/?#\\[\\]%é]{0,40}") {
            let _ = path_and_query(&text);
            if let Some(url) = Url::parse(&text) {
                let (_, port) = url.host_and_port();
                let [bare, full] = port_variants(&text);
                let same = if port.is_some() { full } else { bare };
                prop_assert!(same == text || url.authority.ends_with(':'));
            }
        }
    }
}
