//! The Python module `hookseal._engine`: the only place that names pyo3. It converts, and decides nothing.

mod classes;
mod convert;
mod errors;
mod explain;
mod functions;
mod handshake;
mod record;
mod remote;
mod secret;
mod signer;
#[cfg(feature = "bench")]
mod yardstick;

use pyo3::pymodule;

/// Verification decided in Rust. The module needs the GIL: it has not been tested on free-threaded builds.
#[pymodule(gil_used = true)]
mod _engine {
    #[pymodule_export]
    use super::classes::{Accepted, Networks, Verifier};
    #[pymodule_export]
    use super::errors::{RecordError, SecretError};
    #[pymodule_export]
    use super::explain::{Anatomy, dissect, search};
    #[pymodule_export]
    use super::functions::{check_json, client_address, event_key, panic_on_purpose, parse_form, provider_names};
    #[pymodule_export]
    use super::handshake::Reply;
    #[pymodule_export]
    use super::record::Record;
    #[pymodule_export]
    use super::remote::{RemoteKey, Wanted};
    #[pymodule_export]
    use super::secret::Secret;
    #[pymodule_export]
    use super::signer::Signer;
    #[cfg(feature = "bench")]
    #[pymodule_export]
    use super::yardstick::{bench_hmac, bench_noop};

    use pyo3::types::{PyAnyMethods as _, PyModule, PyModuleMethods as _};
    use pyo3::{Bound, PyResult};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::errors::silence_panics();
        let reasons = crate::Reason::ALL.iter();
        let rows: Vec<_> =
            reasons.map(|reason| (reason.code(), reason.fault().name(), reason.sentence(), reason.fix())).collect();
        module.add("REASONS", pyo3::types::PyTuple::new(module.py(), rows)?)?;
        let limits = pyo3::types::PyDict::new(module.py());
        for (name, bound) in crate::limits::ALL {
            limits.set_item(name, bound)?;
        }
        module.add("LIMITS", limits)?;
        module.getattr("__all__")?.call_method1("remove", ("_panic",)).map(|_| ())
    }
}
