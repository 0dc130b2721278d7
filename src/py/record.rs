//! The record as Python sees it.

use std::sync::Arc;

use pyo3::exceptions::PyLookupError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::convert::text;
use super::errors::guarded;
use super::secret::{Judgement, Secret};

/// Source, form, date, command, key and ranges of what a provider publishes of its addresses.
type Published<'r> = (&'r str, &'static str, &'r str, Option<&'r str>, Option<&'r str>, Vec<&'r str>);

/// See the stub.
#[pyclass(frozen, module = "hookseal._engine")]
pub(super) struct Record(pub(super) Arc<crate::Record>);

#[pymethods]
impl Record {
    #[staticmethod]
    fn named(name: &Bound<'_, PyAny>) -> PyResult<Self> {
        let name = text(name, "name")?;
        crate::Record::named(name)
            .map(|record| Self(Arc::new(record)))
            .map_err(|error| PyLookupError::new_err(error.to_string()))
    }

    #[staticmethod]
    fn from_json(name: &Bound<'_, PyAny>, text: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (name, text) = (super::convert::text(name, "name")?, super::convert::text(text, "text")?);
        guarded("", name, || Ok(Self(Arc::new(crate::Record::from_json(name, text)?))))
    }

    #[staticmethod]
    fn vouched(name: &Bound<'_, PyAny>, fields: &Bound<'_, PyAny>, text: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let (name, fields) = (super::convert::text(name, "name")?, super::convert::text(fields, "fields")?);
        let text = text.map(|text| super::convert::text(text, "text")).transpose()?;
        let record = || match text {
            Some(text) => crate::Record::vouched_from_json(name, text, fields),
            None => crate::Record::vouched(name, fields),
        };
        guarded("", name, || Ok(Self(Arc::new(record()?))))
    }

    fn check(&self, secret: &Bound<'_, Secret>) -> PyResult<Option<Judgement>> {
        let weakness = crate::check_secret(&self.0, secret.get().core()?)?;
        Ok(weakness.map(|weakness| (weakness.code(), weakness.sentence(), weakness.fix())))
    }

    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    #[getter]
    fn title(&self) -> &str {
        self.0.title()
    }

    #[getter]
    fn docs(&self) -> &str {
        self.0.docs()
    }

    #[getter]
    fn aliases<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.aliases())
    }

    #[getter]
    fn grade(&self) -> &'static str {
        self.0.grade().letter()
    }

    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.headers().map(|name| &**name).collect::<Vec<_>>())
    }

    #[getter]
    fn signature_headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.signature_headers().map(|name| &**name).collect::<Vec<_>>())
    }

    #[getter]
    fn notes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.notes())
    }

    #[getter]
    fn addresses(&self) -> Option<Published<'_>> {
        let known = self.0.addresses()?;
        let ranges = known.ranges.iter().map(String::as_str).collect();
        Some((&known.source, known.form.name(), &known.date, known.fetch.as_deref(), known.key.as_deref(), ranges))
    }

    #[getter]
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.options())
    }

    #[getter]
    fn source(&self) -> Option<&'static str> {
        self.0.source().map(crate::Source::name)
    }

    #[getter]
    fn key_kind(&self) -> &'static str {
        self.0.key_kind()
    }

    fn key_pair(&self) -> PyResult<Option<(String, String)>> {
        guarded("", self.0.name(), || Ok(crate::key_pair(&self.0)?))
    }

    #[getter]
    fn needs_secrets(&self) -> bool {
        self.0.needs_secrets()
    }

    #[getter]
    fn needs_topics(&self) -> bool {
        self.0.needs_topics()
    }

    #[getter]
    fn reads_every_header(&self) -> bool {
        self.0.reads_every_header()
    }

    #[getter]
    fn needs_url(&self) -> bool {
        self.0.needs_url()
    }

    #[getter]
    fn reads_body(&self) -> bool {
        self.0.reads_body()
    }

    #[getter]
    fn shares_secret(&self) -> bool {
        self.0.shares_secret()
    }

    #[getter]
    fn body_authenticated(&self) -> &'static str {
        self.0.body_authenticated().name()
    }

    #[getter]
    fn tolerance(&self) -> Option<u32> {
        self.0.tolerance()
    }

    #[getter]
    fn time_of(&self) -> Option<&'static str> {
        self.0.time_of().map(crate::TimeOf::name)
    }

    #[getter]
    fn retry(&self) -> Option<u32> {
        self.0.http().retry
    }

    #[getter]
    fn refusal(&self) -> Option<u16> {
        self.0.http().refusal
    }

    #[getter]
    fn probes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.probes().collect::<Vec<_>>())
    }

    #[getter]
    fn handshakes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.handshakes().collect::<Vec<_>>())
    }

    #[getter]
    fn token_slots<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.token_slots().collect::<Vec<_>>())
    }

    #[getter]
    fn success<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.0.http().success)
    }

    #[getter]
    fn max_body(&self) -> Option<usize> {
        self.0.http().max_body
    }

    fn __repr__(&self) -> String {
        format!("<Record {}>", self.0.name())
    }
}
