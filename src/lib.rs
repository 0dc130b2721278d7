//! The engine of hookseal: verifies webhooks in constant time, totally and within bounds.
//!
//! A [`Record`] says how a provider signs, a [`Verifier`] holds deliveries against it, a [`Signer`] signs as the provider would.
//! There is no clock, environment, file or socket here: time and the key of the process are arguments. Randomness is drawn for one
//! thing alone, the making and signing with private keys. Python is known to the module `py` alone, behind the feature `python`.

#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::string_slice,
        clippy::unnecessary_wraps,
        clippy::unwrap_in_result,
        reason = "a test that fails, fails loudly; the build without tests is held to the whole set"
    )
)]

pub mod address;
pub mod anatomy;
mod canonical;
mod certificate;
mod constant_time;
mod content_digest;
mod encoding;
mod error;
pub mod form;
mod handshake;
mod http_signature;
pub mod json;
mod jwt;
mod keyed;
pub mod limits;
pub mod misread;
mod opened;
mod options;
mod pem;
mod presented;
mod private_key;
#[cfg(feature = "probe")]
#[doc(hidden)]
pub mod probe;
mod proof;
mod public_key;
mod receipt;
mod record;
mod rejection;
mod remote;
mod replay;
mod request;
mod ring;
pub mod search;
mod secret;
mod self_hash;
mod signature_base;
mod signer;
mod sns_message;
mod text;
mod time;
mod url;
mod values;
mod verifier;

#[cfg(feature = "python")]
mod py;

pub use error::{RecordError, SecretError};
pub use handshake::Reply;
pub use options::Options;
pub use receipt::Receipt;
pub use record::{Addresses, BodyAuthenticated, Grade, Http, Record};
pub use rejection::{Detail, Fault, Reason, Rejection};
pub use remote::{KeyRequest, RemoteKey, Source};
pub use replay::{ReplayKey, event_digest};
pub use request::{Body, Head, Header, Headers, Need};
pub use ring::check_secret;
pub use secret::{Flaw, Secret, Weakness, Window};
pub use signer::{Message, SignError, Signed, Signer, key_pair};
pub use time::{TimeOf, TimeUnit, UnixMillis};
pub use verifier::{Admitted, Outcome, Settings, Verifier, VerifierError};
