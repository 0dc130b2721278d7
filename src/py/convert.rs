//! Python values to the engine's. Arguments come as they are and are taken apart here, so that a lone surrogate or a number out of
//! range is an answer of ours and no error of the binding.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyInt, PyString, PyTuple};
use smallvec::SmallVec;

use crate::form::Field;
use crate::request::{Header, Headers};
use crate::{Options, UnixMillis};

/// The header values of a request, kept alive while they are looked at.
pub(super) struct Parts<'a, 'py>(SmallVec<[Part<'a, 'py>; 4]>);

enum Part<'a, 'py> {
    Absent,
    One(Borrowed<'a, 'py, PyString>),
    Several(Vec<String>),
}

impl<'a, 'py> Parts<'a, 'py> {
    /// Takes a tuple of as many values as the verifier names headers.
    ///
    /// # Errors
    /// `TypeError` for anything but str, None or a sequence of str; `ValueError` for another number of values.
    pub(super) fn new(parts: &'a Bound<'py, PyAny>, expected: usize) -> PyResult<Self> {
        let tuple = parts
            .cast::<PyTuple>()
            .map_err(|_| PyTypeError::new_err("parts is a tuple, one value for each of headers"))?;
        if tuple.len() != expected {
            return Err(PyValueError::new_err("parts has one value for each of headers"));
        }
        let mut taken = SmallVec::new();
        for value in tuple.iter_borrowed() {
            taken.push(Part::new(value)?);
        }
        Ok(Self(taken))
    }

    /// The values, borrowed.
    pub(super) fn headers(&self) -> Headers<'_> {
        self.0.iter().map(Part::header).collect()
    }
}

impl<'a, 'py> Part<'a, 'py> {
    fn new(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(Self::One(text));
        }
        if value.is_none() {
            return Ok(Self::Absent);
        }
        let texts = value.try_iter()?.map(|text| Ok(header_text(&text?)?.unwrap_or(NO_TEXT).to_owned()));
        texts.collect::<PyResult<_>>().map(Self::Several)
    }

    fn header(&self) -> Header<'_> {
        match self {
            Self::Absent => Header::Absent,
            Self::One(text) => Header::One(text.to_str().unwrap_or(NO_TEXT)),
            Self::Several(texts) => Header::Several(texts.iter().map(String::as_str).collect()),
        }
    }
}

/// What stands for a header that has no UTF-8 form: a text that every header check refuses.
const NO_TEXT: &str = "\u{fffd}";

/// The UTF-8 form of a str argument; nothing for one that holds a lone surrogate.
///
/// # Errors
/// `TypeError` for another type.
pub(super) fn header_text<'t>(value: &'t Bound<'_, PyAny>) -> PyResult<Option<&'t str>> {
    let text = value.cast::<PyString>().map_err(|_| PyTypeError::new_err("a header is str, or a sequence of str"))?;
    Ok(text.to_str().ok())
}

/// Every header of a request as pairs, names in lower case; a text without a UTF-8 form stays one that no check lets through.
///
/// # Errors
/// `TypeError` for anything but pairs of str.
pub(super) fn header_fields(pairs: &Bound<'_, PyAny>) -> PyResult<Vec<Field>> {
    let pair = |pair: PyResult<Bound<'_, PyAny>>| {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair?.extract()?;
        let (name, value) = (header_text(&name)?.unwrap_or(NO_TEXT), header_text(&value)?.unwrap_or(NO_TEXT));
        Ok((name.to_ascii_lowercase(), value.to_owned()))
    };
    pairs.try_iter()?.map(pair).collect()
}

/// Names with texts, from a mapping; nothing for None.
///
/// # Errors
/// `TypeError` or `ValueError` for anything but a mapping of str to str.
pub(super) fn options(options: Option<&Bound<'_, PyAny>>) -> PyResult<Options> {
    let Some(options) = options else { return Ok(Options::default()) };
    let pair = |pair: PyResult<Bound<'_, PyAny>>| {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair?.extract()?;
        Ok((text(&name, "an option's name")?.to_owned(), text(&value, "an option")?.to_owned()))
    };
    options.call_method0("items")?.try_iter()?.map(pair).collect()
}

/// A str argument.
///
/// # Errors
/// `TypeError` for another type, `ValueError` for a lone surrogate.
pub(super) fn text<'t>(value: &'t Bound<'_, PyAny>, name: &str) -> PyResult<&'t str> {
    let text = value.cast::<PyString>().map_err(|_| PyTypeError::new_err(format!("{name} is str")))?;
    text.to_str().map_err(|_| PyValueError::new_err(format!("{name} holds a lone surrogate")))
}

/// A bytes argument, borrowed.
///
/// # Errors
/// `TypeError` that names the fix.
pub(super) fn bytes<'t>(value: &'t Bound<'_, PyAny>, name: &str) -> PyResult<&'t [u8]> {
    let bytes = value.cast::<PyBytes>().map_err(|_| {
        let kind = value.get_type().name().map_or_else(|_| "something else".to_owned(), |name| name.to_string());
        PyTypeError::new_err(format!("{name} is bytes, the raw body as it was received (request.body), not {kind}"))
    })?;
    Ok(bytes.as_bytes())
}

/// Unix seconds, int or float.
///
/// # Errors
/// `TypeError` for what is no number, `ValueError` for one that is no moment.
pub(super) fn moment(value: &Bound<'_, PyAny>, name: &str) -> PyResult<UnixMillis> {
    if !value.is_instance_of::<PyFloat>() && !value.is_instance_of::<PyInt>() {
        return Err(PyTypeError::new_err(format!("{name} is a number of seconds since 1970")));
    }
    let out_of_range = || PyValueError::new_err(format!("{name} is no plausible number of seconds since 1970"));
    let millis = value.extract::<f64>().map_err(|_| out_of_range())? * 1_000.0;
    if millis.abs() < 1e15 { Ok(UnixMillis::new(whole(millis))) } else { Err(out_of_range()) }
}

/// A whole number, 0 or more.
///
/// # Errors
/// `ValueError` for anything else.
pub(super) fn count<'py, T>(value: &Bound<'py, PyAny>, name: &str) -> PyResult<T>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    value.extract().map_err(|_| PyValueError::new_err(format!("{name} is a whole number, 0 or more")))
}

/// The moment in seconds, as Python counts them.
pub(super) fn seconds(moment: UnixMillis) -> f64 {
    let (whole, rest) = (moment.get().div_euclid(1_000), moment.get().rem_euclid(1_000));
    let part = |number: i64| i32::try_from(number).map_or(f64::MAX, f64::from);
    let (high, low) = (part(whole.div_euclid(1_000_000)), part(whole.rem_euclid(1_000_000)));
    high * 1e6 + low + part(rest) / 1_000.0
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the caller has bounded it; no other conversion exists"
)]
fn whole(number: f64) -> i64 {
    number.round() as i64
}
