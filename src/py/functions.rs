//! The functions of the module: what needs no object.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

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
