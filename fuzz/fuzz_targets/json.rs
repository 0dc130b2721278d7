//! A text that the engine takes for JSON is JSON to serde too: there is no text that only one of two readers accepts.

#![no_main]

use hookseal::json::check;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &[u8]| {
    if check(text).is_ok() {
        assert!(serde_json::from_slice::<Value>(text).is_ok(), "only the engine takes it");
    }
});
