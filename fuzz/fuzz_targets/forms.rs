//! Any bytes are a form or none; what is one has no more fields than it has separators.

#![no_main]

use hookseal::form::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    if let Ok(fields) = parse(text) {
        let most = text.iter().filter(|byte| **byte == b'&').count().saturating_add(1);
        assert!(fields.len() <= most, "more fields than separators");
    }
});
