//! What explaining refusals asks of the engine: taking a delivery apart, and trying keys over texts. Never on the way of a request.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::classes::cores;
use super::convert::{Parts, bytes, header_fields, text};
use super::errors::guarded;
use super::record::Record;
use crate::anatomy::{self, anatomies};
use crate::form::Field;
use crate::{Body, Head, search as core};

/// See the stub.
#[pyfunction]
pub(super) fn search<'py>(
    py: Python<'py>,
    record: &Bound<'py, Record>,
    signatures: &Bound<'py, PyAny>,
    secrets: &Bound<'py, PyAny>,
    texts: &Bound<'py, PyAny>,
) -> PyResult<Searched> {
    let record = &record.get().0;
    let signatures: Vec<String> =
        signatures.try_iter()?.map(|one| text(&one?, "a signature").map(str::to_owned)).collect::<PyResult<_>>()?;
    let texts: Vec<Bound<'py, PyAny>> = texts.try_iter()?.collect::<PyResult<_>>()?;
    let texts = texts.iter().map(|one| bytes(one, "a text")).collect::<PyResult<Vec<_>>>()?;
    let signatures: Vec<_> = signatures.iter().map(String::as_str).collect();
    let secrets = cores(secrets)?;
    guarded("", record.name(), || {
        let found = py.detach(|| core::search(record, &signatures, &secrets, &texts));
        let row = |hit: &core::Hit| (hit.signature, hit.secret, hit.text, hit.digest, hit.encoding);
        Ok((found.hits.iter().map(row).collect(), found.tried, found.bounded))
    })
}

/// The combinations that fit, how many were tried, and whether a bound ended the search.
type Searched = (Vec<(usize, usize, usize, &'static str, &'static str)>, usize, bool);

/// See the stub.
#[pyclass(frozen, module = "hookseal._engine")]
pub(super) struct Anatomy(anatomy::Anatomy);

#[pymethods]
impl Anatomy {
    #[getter]
    fn digest(&self) -> &'static str {
        self.0.digest
    }

    #[getter]
    fn encoding(&self) -> &'static str {
        self.0.encoding
    }

    #[getter]
    fn template(&self) -> &str {
        &self.0.template
    }

    #[getter]
    fn signatures(&self) -> &str {
        &self.0.signatures
    }

    #[getter]
    fn texts(&self) -> Vec<&[u8]> {
        self.0.texts.iter().map(Vec::as_slice).collect()
    }

    #[getter]
    fn parts(&self) -> Vec<(&str, &str)> {
        self.0.parts.iter().map(|(name, text)| (&**name, &**text)).collect()
    }
}

/// See the stub.
#[pyfunction]
#[pyo3(signature = (record, parts, body, method, url, fields = None, every = None, options = None))]
#[expect(clippy::too_many_arguments, reason = "the parts of a request, as the verifier takes them")]
pub(super) fn dissect(
    record: &Bound<'_, Record>,
    parts: &Bound<'_, PyAny>,
    body: &Bound<'_, PyAny>,
    method: &Bound<'_, PyAny>,
    url: &Bound<'_, PyAny>,
    fields: Option<&Bound<'_, PyAny>>,
    every: Option<&Bound<'_, PyAny>>,
    options: Option<&Bound<'_, PyAny>>,
) -> PyResult<Vec<Anatomy>> {
    let record = &record.get().0;
    let parts = Parts::new(parts, record.headers().count())?;
    let every = every.map(header_fields).transpose()?.unwrap_or_default();
    let fields: Option<Vec<Field>> = fields.map(pyo3::types::PyAnyMethods::extract).transpose()?;
    let options = super::convert::options(options)?;
    let (method, url, raw) = (text(method, "method")?, text(url, "url")?, bytes(body, "body")?);
    let body = fields.as_deref().map_or(Body::Raw(raw), Body::Fields);
    let strange = |_| PyValueError::new_err("the headers are none that anything is taken from");
    guarded("", record.name(), || {
        let mut headers = parts.headers();
        let head = Head::new(method, Some(url), &mut headers).and_then(|head| head.with_every(&every));
        Ok(anatomies(record, &head.map_err(strange)?, body, &options).into_iter().map(Anatomy).collect())
    })
}
