//! The signer as Python sees it.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::convert::{bytes, moment, options, text};
use super::errors::guarded;
use super::record::Record;
use super::secret::Secret;
use crate::Message;

/// See the stub.
#[pyclass(frozen, module = "hookseal._engine")]
pub(super) struct Signer(crate::Signer);

#[pymethods]
impl Signer {
    #[new]
    #[pyo3(signature = (record, secret, options = None))]
    fn new(
        record: &Bound<'_, Record>,
        secret: &Bound<'_, Secret>,
        options: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let secret = secret.get().core()?;
        let signer = crate::Signer::new(Arc::clone(&record.get().0), Arc::clone(secret), self::options(options)?);
        Ok(Self(signer?))
    }

    #[pyo3(signature = (body, now, *, event_id = None, method = None, url = None, content_type = None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn sign<'py>(
        &self,
        py: Python<'py>,
        body: &Bound<'py, PyAny>,
        now: &Bound<'py, PyAny>,
        event_id: Option<&Bound<'py, PyAny>>,
        method: Option<&Bound<'py, PyAny>>,
        url: Option<&Bound<'py, PyAny>>,
        content_type: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyBytes>, Option<String>)> {
        let message = Message {
            body: bytes(body, "body")?,
            now: moment(now, "now")?,
            event_id: event_id.map(|id| text(id, "event_id")).transpose()?,
            method: method.map_or(Ok("POST"), |method| text(method, "method"))?,
            url: url.map(|url| text(url, "url")).transpose()?,
            content_type: content_type.map_or(Ok("application/json"), |kind| text(kind, "content_type"))?,
        };
        guarded("", "", || {
            let signed = self.0.sign(&message).map_err(|error| PyValueError::new_err(error.0))?;
            Ok((PyList::new(py, signed.headers)?, PyBytes::new(py, &signed.body), signed.url))
        })
    }
}
