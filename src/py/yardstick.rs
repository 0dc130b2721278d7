//! Yardsticks of the benchmark: what a call costs that does nothing, and what the bare HMAC costs. Never in a wheel.

use std::hint::black_box;

use pyo3::prelude::*;

use crate::keyed::{Hash, MacKey};

/// A call with the arguments of a check that checks nothing.
#[pyfunction]
pub(super) fn bench_noop(body: &[u8], text: &str) -> bool {
    black_box(body.is_empty() && text.is_empty())
}

/// The bare HMAC-SHA256 of a body, `rounds` times in one call.
#[pyfunction]
pub(super) fn bench_hmac(body: &[u8], rounds: u32) -> bool {
    let key = MacKey::new(Hash::Sha256, b"a key of thirty-two bytes length");
    let run = || key.as_ref().and_then(|key| key.digest(&[black_box(body)])).is_some();
    (0..rounds).fold(true, |all, _| all & black_box(run()))
}
