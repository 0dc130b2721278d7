//! Keys that are fetched from the sender: what is asked for, and what was found.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::convert::{bytes, text};
use super::errors::guarded;

/// See the stub.
#[pyclass(frozen, module = "hookseal._engine")]
pub(super) struct Wanted(pub(super) crate::KeyRequest);

#[pymethods]
impl Wanted {
    #[getter]
    fn source(&self) -> &'static str {
        self.0.source().name()
    }

    #[getter]
    fn location(&self) -> &str {
        self.0.location()
    }

    fn __repr__(&self) -> String {
        format!("<Wanted key of {}>", self.0.source().name())
    }
}

/// See the stub.
#[pyclass(frozen, module = "hookseal._engine")]
pub(super) struct RemoteKey(pub(super) crate::RemoteKey);

#[pymethods]
impl RemoteKey {
    #[new]
    fn new(source: &Bound<'_, PyAny>, location: &Bound<'_, PyAny>, found: &Bound<'_, PyAny>) -> PyResult<Self> {
        let source = crate::Source::named(text(source, "source")?);
        let source = source.ok_or_else(|| PyValueError::new_err("there is no such source of keys"))?;
        let (location, found) = (self::text(location, "location")?, bytes(found, "found")?);
        guarded("", source.name(), || {
            let key = crate::RemoteKey::parse(source, location, found);
            key.map(Self).map_err(|_| PyValueError::new_err("what was fetched is no key of its source"))
        })
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}
