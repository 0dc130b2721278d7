//! `Secret` for Python: takes any value, because settings must import, and keeps what is wrong with it for the checks.

use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use zeroize::Zeroizing;

use super::convert::{bytes, moment, seconds, text};
use super::errors::guarded;
use super::record::Record;
use crate::misread;
use crate::secret::{self, Flaw, Window};
use crate::time::UnixMillis;

/// See the stub.
#[pyclass(frozen, module = "hookseal._engine")]
pub(super) struct Secret {
    kept: Result<Arc<secret::Secret>, Flaw>,
    /// The bytes of a value with a flaw, for explaining alone.
    flawed: Zeroizing<Vec<u8>>,
    label: Option<Arc<str>>,
    slot: Option<Arc<str>>,
    window: Window,
}

/// Code, sentence and fix of a flaw or weakness.
pub(super) type Judgement = (&'static str, &'static str, &'static str);

#[pymethods]
impl Secret {
    #[new]
    #[pyo3(signature = (value, *, label = None, not_before = None, not_after = None, slot = None))]
    fn new(
        value: &Bound<'_, PyAny>,
        label: Option<&Bound<'_, PyAny>>,
        not_before: Option<&Bound<'_, PyAny>>,
        not_after: Option<&Bound<'_, PyAny>>,
        slot: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let shared =
            |value: Option<&Bound<'_, PyAny>>, name| value.map(|value| text(value, name).map(Arc::from)).transpose();
        let (label, slot) = (shared(label, "label")?, shared(slot, "slot")?);
        let window = Window {
            not_before: not_before.map(|value| edge(value, "not_before", 0)).transpose()?,
            not_after: not_after.map(|value| edge(value, "not_after", LAST_OF_DAY)).transpose()?,
        };
        let value = read(value);
        let kept = value
            .clone()
            .and_then(secret::Secret::new)
            .and_then(|secret| secret.labelled(label.clone()).in_slot(slot.clone()).valid(window))
            .map(Arc::new);
        let flawed = value.ok().filter(|_| kept.is_err()).unwrap_or_default();
        Ok(Self { kept, flawed, label, slot, window })
    }

    #[getter]
    fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    #[getter]
    fn slot(&self) -> Option<&str> {
        self.slot.as_deref()
    }

    #[getter]
    fn not_before(&self) -> Option<f64> {
        self.window.not_before.map(seconds)
    }

    #[getter]
    fn not_after(&self) -> Option<f64> {
        self.window.not_after.map(seconds)
    }

    #[getter]
    fn flaw(&self) -> Option<Judgement> {
        self.kept.as_ref().err().map(|flaw| (flaw.code(), flaw.sentence(), flaw.fix()))
    }

    fn same_value(&self, other: &Bound<'_, Self>) -> bool {
        matches!((&self.kept, &other.get().kept), (Ok(left), Ok(right)) if left.same_value(right))
    }

    fn is_user(&self, name: &Bound<'_, PyAny>) -> PyResult<bool> {
        let name = bytes(name, "a user name")?;
        Ok(self.kept.as_ref().is_ok_and(|secret| secret.is_user(name)))
    }

    fn misread(&self, record: &Bound<'_, Record>) -> PyResult<Vec<Misread>> {
        let record = &record.get().0;
        guarded("", record.name(), || {
            let found = match &self.kept {
                Ok(secret) => misread::misread(record, secret),
                Err(_) => misread::misread_flawed(record, &self.flawed),
            };
            Ok(found.into_iter().map(|one| (one.kind, one.change, one.prefix, Self::of(one.secret, self))).collect())
        })
    }

    fn fingerprint(&self, site_key: &[u8]) -> Option<String> {
        self.kept.as_ref().ok()?.fingerprint(site_key)
    }

    fn __repr__(&self) -> String {
        match &self.label {
            Some(label) => format!("<Secret {label:?}>"),
            None => "<Secret>".to_owned(),
        }
    }

    #[expect(clippy::unused_self, reason = "a method of Python")]
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("a Secret cannot be pickled: its bytes stay where they are"))
    }
}

/// Kind, change and prefix of another reading, and the secret it makes.
type Misread = (&'static str, &'static str, &'static str, Secret);

impl Secret {
    /// Another reading of a secret; it is valid at all times, for its window is no part of the reading.
    fn of(core: Arc<secret::Secret>, given: &Self) -> Self {
        let (label, slot) = (given.label.clone(), given.slot.clone());
        Self { kept: Ok(core), flawed: Zeroizing::default(), label, slot, window: Window::default() }
    }

    /// The secret itself.
    ///
    /// # Errors
    /// `SecretError` with its flaw.
    pub(super) fn core(&self) -> PyResult<&Arc<secret::Secret>> {
        self.kept.as_ref().map_err(|flaw| crate::SecretError { sentence: flaw.sentence(), fix: flaw.fix() }.into())
    }
}

fn read(value: &Bound<'_, PyAny>) -> Result<Zeroizing<Vec<u8>>, Flaw> {
    if let Ok(text) = value.cast::<PyString>() {
        return text.to_str().map(|text| Zeroizing::new(text.into())).map_err(|_| Flaw::Surrogate);
    }
    match value.cast::<PyBytes>() {
        Ok(bytes) => Ok(Zeroizing::new(bytes.as_bytes().to_vec())),
        Err(_) if value.is_none() => Err(Flaw::Missing),
        Err(_) => Err(Flaw::WrongType),
    }
}

/// One end of a window: an aware datetime, or a date, which stands for its first or last millisecond in UTC.
fn edge(value: &Bound<'_, PyAny>, name: &str, within_day: i64) -> PyResult<UnixMillis> {
    if value.hasattr("timestamp")? {
        if value.call_method0("utcoffset")?.is_none() {
            return Err(PyValueError::new_err(format!("{name} is a naive datetime: give it a time zone")));
        }
        return moment(&value.call_method0("timestamp")?, name);
    }
    let wrong = || PyTypeError::new_err(format!("{name} is a date or an aware datetime"));
    let ordinal = value.call_method0("toordinal").and_then(|ordinal| ordinal.extract::<i64>()).map_err(|_| wrong())?;
    let midnight =
        ordinal.checked_sub(EPOCH_ORDINAL).and_then(|days| days.checked_mul(86_400_000)).ok_or_else(wrong)?;
    Ok(UnixMillis::new(midnight.saturating_add(within_day)))
}

/// `date(1970, 1, 1).toordinal()`.
const EPOCH_ORDINAL: i64 = 719_163;

const LAST_OF_DAY: i64 = 86_399_999;
