//! The class of a handshake's reply.

use pyo3::prelude::*;

/// See the stub.
#[pyclass(frozen, module = "hookseal._engine")]
pub(super) struct Reply(pub(super) crate::Reply);

#[pymethods]
impl Reply {
    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    #[getter]
    fn content_type(&self) -> &'static str {
        self.0.content_type()
    }

    #[getter]
    fn body(&self) -> &[u8] {
        self.0.body().as_bytes()
    }

    fn __repr__(&self) -> String {
        format!("<Reply to {}>", self.0.name())
    }
}
