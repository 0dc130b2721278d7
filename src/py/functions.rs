//! The functions of the module: what needs no object.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use zeroize::Zeroizing;

use super::classes::Networks;
use super::convert::{bytes, count, header_text, text};
use super::errors::guarded;
use crate::address::{self, Trusted};
use crate::{Record, event_digest, form, json};

/// See the stub.
#[pyfunction]
pub(super) fn check_json(text: &Bound<'_, PyAny>) -> PyResult<()> {
    let text = bytes(text, "text")?;
    guarded("", "", || {
        json::check(text).map_err(|error| {
            PyValueError::new_err(format!("not the JSON that every reader reads alike, from byte {}", error.0))
        })
    })
}

/// See the stub.
#[pyfunction]
pub(super) fn parse_form(text: &Bound<'_, PyAny>) -> PyResult<Vec<form::Field>> {
    let text = bytes(text, "text")?;
    guarded("", "", || {
        form::parse(text).map_err(|error| {
            PyValueError::new_err(match error {
                form::FormError::Malformed => "not an urlencoded form in UTF-8",
                form::FormError::TooManyFields => "the form has too many fields",
            })
        })
    })
}

/// See the stub.
#[pyfunction]
pub(super) fn search<'py>(
    py: Python<'py>,
    signatures: &Bound<'py, PyAny>,
    keys: &Bound<'py, PyAny>,
    texts: &Bound<'py, PyAny>,
) -> PyResult<Searched> {
    let signatures: Vec<String> =
        signatures.try_iter()?.map(|one| text(&one?, "a signature").map(str::to_owned)).collect::<PyResult<_>>()?;
    let owned = |values: &Bound<'py, PyAny>, name| {
        values.try_iter()?.map(|one| bytes(&one?, name).map(<[u8]>::to_vec)).collect::<PyResult<Vec<_>>>()
    };
    let (keys, texts) = (Zeroizing::new(owned(keys, "a key")?), owned(texts, "a text")?);
    let signatures: Vec<_> = signatures.iter().map(String::as_str).collect();
    let keys: Vec<_> = keys.iter().map(Vec::as_slice).collect();
    let texts: Vec<_> = texts.iter().map(Vec::as_slice).collect();
    guarded("", "", || {
        let found = py.detach(|| crate::search::search(&signatures, &keys, &texts));
        let row = |hit: &crate::search::Hit| (hit.signature, hit.key, hit.text, hit.digest, hit.encoding);
        Ok((found.hits.iter().map(row).collect(), found.tried, found.bounded))
    })
}

/// The combinations that fit, how many were tried, and whether a bound ended the search.
type Searched = (Vec<(usize, usize, usize, &'static str, &'static str)>, usize, bool);

/// See the stub.
#[pyfunction]
pub(super) fn provider_names(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
    PyTuple::new(py, Record::names().collect::<Vec<_>>())
}

/// See the stub.
#[pyfunction]
#[pyo3(signature = (remote, forwarded, *, hops = None, proxies = None))]
pub(super) fn client_address(
    remote: &Bound<'_, PyAny>,
    forwarded: Option<&Bound<'_, PyAny>>,
    hops: Option<&Bound<'_, PyAny>>,
    proxies: Option<&Bound<'_, Networks>>,
) -> PyResult<Option<String>> {
    let remote = header_text(remote)?.unwrap_or_default();
    let forwarded = forwarded.map(|forwarded| header_text(forwarded)).transpose()?.flatten();
    let hops = hops.map_or(Ok(0), |hops| count(hops, "hops"))?;
    let trusted = match proxies {
        Some(proxies) => Trusted::Proxies(&proxies.get().0),
        None if hops > 0 => Trusted::Hops(hops),
        None => Trusted::Nobody,
    };
    Ok(address::client(remote, forwarded, trusted).map(|address| address.to_string()))
}

/// See the stub.
#[pyfunction]
pub(super) fn event_key(
    endpoint: &Bound<'_, PyAny>,
    provider: &Bound<'_, PyAny>,
    event_id: &Bound<'_, PyAny>,
) -> PyResult<[u8; 32]> {
    let (endpoint, provider) = (text(endpoint, "endpoint")?, text(provider, "provider")?);
    Ok(event_digest(endpoint, provider, text(event_id, "event_id")?))
}

/// See the stub.
#[pyfunction(name = "_panic")]
#[expect(
    clippy::panic,
    clippy::panic_in_result_fn,
    reason = "the one panic of the crate: it shows what becomes of panics"
)]
pub(super) fn panic_on_purpose() -> PyResult<()> {
    guarded("", "", || panic!("a panic on purpose"))
}
