//! Every error that leaves the module: the refusal (a class of Python's own), the owner's mistakes, and panics caught at the door.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::exceptions::PyValueError;
use pyo3::{PyErr, PyResult, create_exception, import_exception};

use crate::{Reason, Rejection};

import_exception!(hookseal.exceptions, WebhookRejected);

create_exception!(
    hookseal._engine,
    RecordError,
    PyValueError,
    "The provider record cannot be compiled; the text says where and what is allowed there."
);
create_exception!(
    hookseal._engine,
    SecretError,
    PyValueError,
    "A secret cannot be a key of this record. `args` is (sentence, fix)."
);

impl From<crate::RecordError> for PyErr {
    fn from(error: crate::RecordError) -> Self {
        RecordError::new_err(error.to_string())
    }
}

impl From<crate::SecretError> for PyErr {
    fn from(error: crate::SecretError) -> Self {
        SecretError::new_err((error.sentence, error.fix))
    }
}

/// The Python exception of a refusal.
pub(super) fn rejected(rejection: &Rejection, endpoint: &str, provider: &str) -> PyErr {
    let detail = rejection.detail().to_string();
    WebhookRejected::new_err((rejection.reason().code(), endpoint.to_owned(), provider.to_owned(), detail))
}

/// Runs what could only panic by a mistake of ours. The panic becomes `internal_error`; its message, which might quote the
/// request, goes nowhere.
pub(super) fn guarded<T>(endpoint: &str, provider: &str, action: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let outer = QUIET.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(action));
    QUIET.set(outer);
    outcome.unwrap_or_else(|_| Err(rejected(&Reason::InternalError.into(), endpoint, provider)))
}

/// Puts a panic hook in front of the process's own, which stays in force for everybody else's panics.
pub(super) fn silence_panics() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !QUIET.get() {
            others(info);
        }
    }));
}

thread_local! {
    /// Whether this thread is inside [`guarded`].
    static QUIET: Cell<bool> = const { Cell::new(false) };
}
