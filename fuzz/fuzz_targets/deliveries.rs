//! Any delivery to any provider has a verdict; an accepted one whose body is signed is refused with another body.

#![no_main]

use hookseal::{BodyAuthenticated, Outcome};
use hookseal_fuzz::{Delivery, verifier};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Some(mut delivery) = Delivery::read(text) else { return };
    let Some(verifier) = verifier(&delivery.provider) else { return };
    let accepted = matches!(delivery.judge(verifier), Ok(Outcome::Accepted(_)));
    if accepted && verifier.record().body_authenticated() == BodyAuthenticated::Yes {
        delivery.body.push(b'x');
        assert!(!matches!(delivery.judge(verifier), Ok(Outcome::Accepted(_))), "a body that was not signed");
    }
});
