//! What all targets share: a delivery as text that a fuzzer can bend, and who judges it.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use hookseal::{
    Body, Head, Header, Headers, Need, Options, Outcome, Record, Rejection, Secret, Settings, UnixMillis, Verifier,
};
use serde_json::Value;
use zeroize::Zeroizing;

/// The clock of the vectors.
pub const NOW: UnixMillis = UnixMillis::new(1_790_000_000_000);

/// A delivery: a line with the provider, one with method and URL, a line for each header, an empty line, the body.
///
/// Bytes of the head are characters of Latin-1, as servers hand them over.
pub struct Delivery {
    pub provider: String,
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Delivery {
    /// Reads one; nothing where the head has no end.
    #[must_use]
    pub fn read(text: &[u8]) -> Option<Self> {
        let end = text.windows(2).position(|pair| pair == b"\n\n")?;
        let (head, body) = (text.get(..end)?, text.get(end.checked_add(2)?..)?);
        let head: String = head.iter().copied().map(char::from).collect();
        let mut lines = head.split('\n');
        let provider = lines.next()?.to_owned();
        let (method, url) = lines.next()?.split_once(' ')?;
        let pair = |line: &str| line.split_once(": ").map(|(name, text)| (name.to_lowercase(), text.to_owned()));
        let headers = lines.filter_map(pair).collect();
        Some(Self { provider, method: method.to_owned(), url: url.to_owned(), headers, body: body.to_vec() })
    }

    /// Judges it as the endpoint of its provider; a key that would have to be fetched ends it.
    ///
    /// # Errors
    /// The rejection.
    pub fn judge(&self, verifier: &Verifier) -> Result<Outcome, Rejection> {
        let texts = |name: &Arc<str>| {
            let same = |(known, text): &(String, String)| (**name == **known).then(|| text.clone());
            self.headers.iter().filter_map(same).collect::<Vec<_>>()
        };
        let values: Vec<_> = verifier.headers().iter().map(texts).collect();
        let headers = values.iter().map(|texts| match texts.as_slice() {
            [] => Header::Absent,
            [text] => Header::One(text),
            texts => Header::Several(texts.iter().map(String::as_str).collect()),
        });
        let mut headers: Headers<'_> = headers.collect();
        let head = Head::new(&self.method, Some(&self.url), &mut headers)?.with_every(&self.headers)?;
        let admitted = verifier.admit(&head)?;
        let read = if admitted.need() == Need::Nothing { Body::Unread } else { Body::Raw(&self.body) };
        admitted.verify(read, NOW, None)
    }
}

/// The verifier of a provider, with the secrets of its first genuine vector.
#[must_use]
pub fn verifier(provider: &str) -> Option<&'static Verifier> {
    VERIFIERS.get(provider)
}

static VERIFIERS: LazyLock<HashMap<String, Verifier>> = LazyLock::new(|| {
    let mut found = HashMap::new();
    for case in cases().iter().filter(|case| case["valid"] == true) {
        let provider = case["provider"].as_str().unwrap_or_default();
        if !found.contains_key(provider) {
            found.extend(of_case(provider, case).map(|made| (provider.to_owned(), made)));
        }
    }
    found
});

fn of_case(provider: &str, case: &Value) -> Option<Verifier> {
    let record = Arc::new(Record::named(provider).ok()?);
    let secrets: Vec<_> = case["secrets"].as_array()?.iter().filter_map(secret).collect();
    let topics: Vec<String> = serde_json::from_value(case["topics"].clone()).unwrap_or_default();
    let members = case["options"].as_object().into_iter().flatten();
    let options: Options = members.filter_map(|(name, text)| Some((name.as_str(), text.as_str()?))).collect();
    let settings = Settings {
        endpoint: "fuzz",
        process_key: [1; 32],
        tolerance: record.tolerance(),
        basic_auth: &[],
        replay: true,
        handshake: None,
        options,
        topics: &topics,
    };
    Verifier::new(Arc::clone(&record), &secrets, &settings).ok()
}

fn secret(written: &Value) -> Option<Arc<Secret>> {
    let text = written["text"].as_str().or_else(|| written.as_str())?;
    let secret = Secret::new(Zeroizing::new(text.into())).ok()?;
    Some(Arc::new(secret.in_slot(written["slot"].as_str().map(Into::into))))
}

fn cases() -> Vec<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let read = |file: PathBuf| serde_json::from_str::<Vec<Value>>(&fs::read_to_string(file).ok()?).ok();
    files.filter_map(read).flatten().collect()
}
