//! Signed HTTP messages (RFC 9421): whatever stands in Signature-Input, Signature and Content-Digest, there is a verdict.

#![no_main]

use hookseal_fuzz::{Delivery, verifier};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Some(delivery) = Delivery::read(text) else { return };
    if !delivery.provider.starts_with("rfc9421") {
        return;
    }
    let Some(verifier) = verifier(&delivery.provider) else { return };
    let [first, second] = [delivery.judge(verifier), delivery.judge(verifier)].map(|verdict| verdict.err());
    assert_eq!(
        first.map(|refused| refused.reason()),
        second.map(|refused| refused.reason()),
        "one delivery, two verdicts"
    );
});
