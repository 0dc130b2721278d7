//! Keys of the replay store: what is remembered of a delivery, so that it is handled once.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

/// The key of one delivery, or of one event within it. Made only of a receipt: what was not verified has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayKey([u8; 32]);

impl ReplayKey {
    /// Its bytes, as stores keep them.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// SHA-256 over length-prefixed fields: the subject's kind, endpoint, provider, and the subject, which may come in pieces.
    ///
    /// The kind keeps an id from being taken for signed bytes that read the same.
    pub(crate) fn of(subject: Subject, endpoint: &str, provider: &str, pieces: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for field in [subject.name(), endpoint, provider] {
            hash.update(prefix(field.len()));
            hash.update(field);
        }
        hash.update(prefix(pieces.iter().map(|piece| piece.len()).fold(0, usize::saturating_add)));
        for piece in pieces {
            hash.update(piece);
        }
        Self(hash.finalize().into())
    }
}

/// The bytes of the key that a delivery with this event id has, for forgetting it. No [`ReplayKey`]: nothing was verified here, so
/// nothing can be claimed with it.
#[must_use]
pub fn event_digest(endpoint: &str, provider: &str, id: &str) -> [u8; 32] {
    ReplayKey::of(Subject::Event, endpoint, provider, &[id.as_bytes()]).0
}

/// What a key is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The authenticated id of the delivery's event.
    Event,
    /// The signed bytes, where there is no such id.
    Signed,
    /// The id of one event of several in a delivery, as the view read it from what was verified.
    Member,
}

impl Subject {
    const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Signed => "signed",
            Self::Member => "member",
        }
    }
}

/// What a receipt keeps where replays are looked for.
#[derive(Debug)]
pub(crate) struct Single {
    pub(crate) endpoint: Arc<str>,
    pub(crate) key: Option<ReplayKey>,
}

fn prefix(length: usize) -> [u8; 8] {
    u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Encoding;

    #[test]
    fn the_key_is_the_digest_that_the_documentation_describes() {
        let field = |text: &str| [&prefix(text.len())[..], text.as_bytes()].concat();
        let plain = ["event", "shop", "stripe", "evt_1"].map(field).concat();
        let key = ReplayKey::of(Subject::Event, "shop", "stripe", &[b"evt", b"_1"]);
        assert_eq!(Encoding::Hex.encode(&Sha256::digest(&plain)), Encoding::Hex.encode(key.bytes()));
        assert_eq!(key.bytes(), &event_digest("shop", "stripe", "evt_1"));
    }

    #[test]
    fn no_two_subjects_share_a_key() {
        let keys = [
            ReplayKey::of(Subject::Event, "a", "b", &[b"c"]),
            ReplayKey::of(Subject::Signed, "a", "b", &[b"c"]),
            ReplayKey::of(Subject::Member, "a", "b", &[b"c"]),
            ReplayKey::of(Subject::Event, "ab", "", &[b"c"]),
            ReplayKey::of(Subject::Event, "a", "bc", &[]),
            ReplayKey::of(Subject::Event, "", "a", &[b"bc"]),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert_eq!(Some(index), keys.iter().position(|other| other == key));
        }
    }
}
