//! The owner's mistakes: a record that cannot be compiled, a secret that cannot be a key. Found at start-up, never by a sender.

use std::fmt;

/// A provider record that cannot be compiled; says where, and what is allowed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError(String);

impl RecordError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// The same error, seen from one level further out: `outer: inner`.
    pub(crate) fn within(self, place: impl fmt::Display) -> Self {
        Self(format!("{place}: {}", self.0))
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for RecordError {}

/// A secret that cannot be a key of its record: what is wrong, and what to do. Never the secret itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretError {
    /// What is wrong.
    pub sentence: &'static str,
    /// What to do.
    pub fix: &'static str,
}

impl fmt::Display for SecretError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; {}", self.sentence, self.fix)
    }
}

impl std::error::Error for SecretError {}
