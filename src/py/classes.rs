//! The verifier and what it answers with: each class holds a value of the core and converts at its border.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::convert::{Parts, bytes, count, header_fields, moment, seconds, text};
use super::errors::{guarded, rejected};
use super::handshake::Reply;
use super::record::Record;
use super::remote::{RemoteKey, Wanted};
use super::secret::Secret;
use crate::address;
use crate::form::Field;
use crate::{Body, Head, Headers, Outcome, Receipt, VerifierError, limits};

/// See the stub.
#[pyclass(frozen, module = "hookseal._engine")]
pub(super) struct Verifier {
    core: crate::Verifier,
    endpoint: Box<str>,
    needs_url: bool,
    #[pyo3(get)]
    record: Py<Record>,
}

#[pymethods]
impl Verifier {
    #[new]
    #[pyo3(signature = (record, secrets, *, endpoint, prf_key, tolerance, basic_auth = None, replay = false, options = None,
        topics = None, handshake = None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn new(
        record: &Bound<'_, Record>,
        secrets: &Bound<'_, PyAny>,
        endpoint: &Bound<'_, PyAny>,
        prf_key: &Bound<'_, PyAny>,
        tolerance: Option<&Bound<'_, PyAny>>,
        basic_auth: Option<&Bound<'_, PyAny>>,
        replay: bool,
        options: Option<&Bound<'_, PyAny>>,
        topics: Option<&Bound<'_, PyAny>>,
        handshake: Option<bool>,
    ) -> PyResult<Self> {
        let endpoint = text(endpoint, "endpoint")?;
        let process_key =
            bytes(prf_key, "prf_key")?.try_into().map_err(|_| PyValueError::new_err("prf_key has 32 bytes"))?;
        let basic_auth = basic_auth.map(cores).transpose()?.unwrap_or_default();
        let tolerance = tolerance.map(|seconds| count(seconds, "tolerance")).transpose()?;
        let (options, topics) =
            (super::convert::options(options)?, topics.map(|topics| texts(topics, "a topic")).transpose()?);
        let topics = topics.unwrap_or_default();
        let settings = crate::Settings {
            endpoint,
            process_key,
            tolerance,
            basic_auth: &basic_auth,
            replay,
            options,
            topics: &topics,
            handshake,
        };
        let core =
            crate::Verifier::new(Arc::clone(&record.get().0), &cores(secrets)?, &settings).map_err(
                |error| match error {
                    VerifierError::Secret(_, error) | VerifierError::BasicAuth(_, error) => error.into(),
                    VerifierError::TooManySecrets => {
                        PyValueError::new_err(format!("more than {} secrets", limits::SECRETS))
                    }
                },
            )?;
        let needs_url = core.record().needs_url();
        Ok(Self { core, endpoint: endpoint.into(), needs_url, record: record.clone().unbind() })
    }

    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.core.headers().iter().map(|name| &**name).collect::<Vec<_>>())
    }

    #[pyo3(signature = (parts, method = None, url = None, every = None))]
    fn admit<'py>(
        &self,
        parts: &Bound<'py, PyAny>,
        method: Option<&Bound<'py, PyAny>>,
        url: Option<&Bound<'py, PyAny>>,
        every: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<&'static str> {
        let parts = Parts::new(parts, self.core.headers().len())?;
        let mut headers = parts.headers();
        let every = every.map(header_fields).transpose()?.unwrap_or_default();
        let head = self.head(&mut headers, method, url, &every)?;
        guarded(&self.endpoint, self.core.record().name(), || {
            self.core.admit(&head).map(|admitted| admitted.need().name()).map_err(|rejection| self.refusal(&rejection))
        })
    }

    #[pyo3(signature = (parts, body, now, method = None, url = None, fields = None, every = None, remote = None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a request, passed flat: an object for them would cost more than the check"
    )]
    fn verify<'py>(
        &self,
        py: Python<'py>,
        parts: &Bound<'py, PyAny>,
        body: &Bound<'py, PyAny>,
        now: &Bound<'py, PyAny>,
        method: Option<&Bound<'py, PyAny>>,
        url: Option<&Bound<'py, PyAny>>,
        fields: Option<&Bound<'py, PyAny>>,
        every: Option<&Bound<'py, PyAny>>,
        remote: Option<&Bound<'py, RemoteKey>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let parts = Parts::new(parts, self.core.headers().len())?;
        let mut headers = parts.headers();
        let every = every.map(header_fields).transpose()?.unwrap_or_default();
        let head = self.head(&mut headers, method, url, &every)?;
        let remote = remote.map(|remote| &remote.get().0);
        let now = moment(now, "now")?;
        let fields: Option<Vec<Field>> = fields.map(|fields| self.fields(fields)).transpose()?;
        let raw = if body.is_none() { None } else { Some(bytes(body, "body")?) };
        let read = match (&fields, raw) {
            (Some(fields), _) => Body::Fields(fields),
            (None, Some(raw)) => Body::Raw(raw),
            (None, None) => Body::Unread,
        };
        guarded(&self.endpoint, self.core.record().name(), || {
            let decide = || self.core.admit(&head)?.verify(read, now, remote);
            let long = raw.is_some_and(|raw| raw.len() >= DETACH_BYTES);
            let outcome = if long { py.detach(decide) } else { decide() };
            let accepted = |receipt, reply| {
                let body = raw.map(|_| body.clone().unbind());
                Bound::new(py, Accepted { receipt, reply, body }).map(Bound::into_any)
            };
            match outcome.map_err(|rejection| self.refusal(&rejection))? {
                Outcome::Accepted(receipt) => accepted(receipt, None),
                Outcome::Handshake(receipt, reply) => accepted(receipt, Some(reply)),
                Outcome::Wanted(request) => Bound::new(py, Wanted(*request)).map(Bound::into_any),
            }
        })
    }

    #[getter]
    fn greets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.core.greets().collect::<Vec<_>>())
    }

    #[pyo3(signature = (parts, method, url, body))]
    fn expects(
        &self,
        parts: &Bound<'_, PyAny>,
        method: &Bound<'_, PyAny>,
        url: Option<&Bound<'_, PyAny>>,
        body: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        let parts = Parts::new(parts, self.core.headers().len())?;
        let mut headers = parts.headers();
        let head = self.head(&mut headers, Some(method), url, &[])?;
        let body = bytes(body, "body")?;
        guarded(&self.endpoint, self.core.record().name(), || {
            self.core.expects(&head, body).map_err(|rejection| self.refusal(&rejection))
        })
    }

    #[pyo3(signature = (parts, method, url, body, now))]
    fn handshake(
        &self,
        parts: &Bound<'_, PyAny>,
        method: &Bound<'_, PyAny>,
        url: Option<&Bound<'_, PyAny>>,
        body: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Reply>> {
        let parts = Parts::new(parts, self.core.headers().len())?;
        let mut headers = parts.headers();
        let head = self.head(&mut headers, Some(method), url, &[])?;
        let (body, now) = (bytes(body, "body")?, moment(now, "now")?);
        guarded(&self.endpoint, self.core.record().name(), || {
            let reply = self.core.handshake(&head, body, now).map_err(|rejection| self.refusal(&rejection))?;
            Ok(reply.map(Reply))
        })
    }

    fn __repr__(&self) -> String {
        format!("<Verifier {} ({})>", self.endpoint, self.core.record().name())
    }
}

impl Verifier {
    fn head<'h>(
        &self,
        headers: &'h mut Headers<'_>,
        method: Option<&'h Bound<'_, PyAny>>,
        url: Option<&'h Bound<'_, PyAny>>,
        every: &'h [Field],
    ) -> PyResult<Head<'h>> {
        let url = url.map(|url| text(url, "url")).transpose()?;
        if url.is_none() && self.needs_url {
            return Err(PyValueError::new_err("this provider signs the URL: give url"));
        }
        let method = method.map_or(Ok("POST"), |method| text(method, "method"))?;
        let head = Head::new(method, url, headers);
        head.and_then(|head| head.with_every(every)).map_err(|rejection| self.refusal(&rejection))
    }

    /// A field with a lone surrogate is the sender's: a refusal, not an error of the caller.
    fn fields(&self, fields: &Bound<'_, PyAny>) -> PyResult<Vec<Field>> {
        let malformed = || self.refusal(&crate::Reason::MalformedBody.into());
        let pairs = fields.try_iter()?.map(|pair| {
            let (name, value) = pair?.extract::<(Bound<'_, PyString>, Bound<'_, PyString>)>()?;
            let owned = |text: &Bound<'_, PyString>| text.to_str().map(str::to_owned).map_err(|_| malformed());
            Ok((owned(&name)?, owned(&value)?))
        });
        pairs.collect()
    }

    fn refusal(&self, rejection: &crate::Rejection) -> PyErr {
        rejected(rejection, &self.endpoint, self.core.record().name())
    }
}

/// Bytes from which on the GIL is released while a body is hashed: below, giving it up and waiting for it costs more than it
/// gains (a released lock comes back after up to 5 ms beside a busy thread).
const DETACH_BYTES: usize = 1_048_576;

/// See the stub.
#[pyclass(frozen, module = "hookseal._engine")]
pub(super) struct Accepted {
    receipt: Receipt,
    reply: Option<Box<crate::Reply>>,
    body: Option<Py<PyAny>>,
}

#[pymethods]
impl Accepted {
    #[getter]
    fn secret(&self) -> &str {
        self.receipt.secret()
    }

    #[getter]
    fn timestamp(&self) -> Option<f64> {
        self.receipt.timestamp().map(seconds)
    }

    #[getter]
    fn event_id(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let body = self.body.as_ref().map(|body| body.bind(py));
        let raw = body.map(|body| bytes(body, "body")).transpose()?.unwrap_or_default();
        guarded("", self.receipt.record().name(), || Ok(self.receipt.event_id(raw)))
    }

    #[getter]
    fn weak(&self) -> bool {
        self.receipt.record().body_authenticated() == crate::BodyAuthenticated::Weak
    }

    #[getter]
    fn reply(&self) -> Option<Reply> {
        self.reply.as_deref().cloned().map(Reply)
    }

    #[getter]
    fn replay_key(&self) -> Option<[u8; 32]> {
        self.receipt.replay_key().map(|key| *key.bytes())
    }

    #[getter]
    fn visit(&self) -> Option<&str> {
        self.receipt.visit()
    }

    fn member_key(&self, event_id: &Bound<'_, PyAny>) -> PyResult<Option<[u8; 32]>> {
        let id = text(event_id, "event_id")?;
        Ok(self.receipt.member_key(id).map(|key| *key.bytes()))
    }

    fn __repr__(&self) -> String {
        format!("<Accepted {} by secret {}>", self.receipt.record().name(), self.receipt.secret())
    }
}

/// See the stub.
#[pyclass(frozen, module = "hookseal._engine")]
pub(super) struct Networks(pub(super) address::Networks);

#[pymethods]
impl Networks {
    #[new]
    fn new(ranges: &Bound<'_, PyAny>) -> PyResult<Self> {
        let texts: Vec<String> =
            ranges.try_iter()?.map(|range| text(&range?, "a range").map(str::to_owned)).collect::<PyResult<_>>()?;
        let parsed = address::Networks::parse(&texts);
        parsed.map(Self).map_err(|index| {
            let range = texts.get(index).map_or("", String::as_str);
            PyValueError::new_err(format!("{range:?} is no address range (203.0.113.0/24, no host bits set)"))
        })
    }

    fn __contains__(&self, address: &Bound<'_, PyAny>) -> PyResult<bool> {
        Ok(address::parse(text(address, "address")?).is_some_and(|address| self.0.contains(address)))
    }
}

fn texts(values: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<String>> {
    values.try_iter()?.map(|value| text(&value?, name).map(str::to_owned)).collect()
}

/// The secrets of a sequence.
///
/// # Errors
/// `SecretError` for one with a flaw.
pub(super) fn cores(secrets: &Bound<'_, PyAny>) -> PyResult<Vec<Arc<crate::Secret>>> {
    let each = |secret: PyResult<Bound<'_, PyAny>>| Ok(Arc::clone(secret?.cast::<Secret>()?.get().core()?));
    secrets.try_iter()?.map(each).collect()
}
