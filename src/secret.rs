//! One secret: bytes that are zeroized on drop, cannot be printed, compared or copied, and know when they are valid.
//!
//! What can never be right is a [`Flaw`] (an error at start-up); what is merely short is a [`Weakness`] (a warning).

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::constant_time::equal_bytes;
use crate::encoding::Encoding;
use crate::keyed::{Hash, MacKey};
use crate::time::UnixMillis;

/// A configured secret. Order in a list means nothing; labels and windows do.
pub struct Secret {
    bytes: Zeroizing<Vec<u8>>,
    label: Option<Arc<str>>,
    slot: Option<Arc<str>>,
    window: Window,
    /// Whether the bytes are the key itself, however the record would read them.
    literal: bool,
}

impl Secret {
    /// A secret from its bytes as the provider shows them. Around a PEM text white space means nothing; every tool ends one with
    /// a line break.
    ///
    /// # Errors
    /// The [`Flaw`] that keeps these bytes from ever being a secret.
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Result<Self, Flaw> {
        let is_pem = bytes.trim_ascii_start().starts_with(b"-----BEGIN ");
        let bytes = if is_pem { Zeroizing::new(bytes.trim_ascii().to_vec()) } else { bytes };
        match Flaw::of(&bytes) {
            Some(flaw) => Err(flaw),
            None => Ok(Self { bytes, label: None, slot: None, window: Window::default(), literal: false }),
        }
    }

    /// The bytes of a key, as no setting can write it: for trying offline what a setting may have meant.
    pub(crate) fn of_key(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self { bytes, label: None, slot: None, window: Window::default(), literal: true }
    }

    /// The same secret under a name.
    #[must_use]
    pub fn labelled(mut self, label: Option<Arc<str>>) -> Self {
        self.label = label;
        self
    }

    /// The same secret as one of the provider's several keys (Box: `primary`, `secondary`).
    #[must_use]
    pub fn in_slot(mut self, slot: Option<Arc<str>>) -> Self {
        self.slot = slot;
        self
    }

    /// The same secret, valid only inside a window.
    ///
    /// # Errors
    /// [`Flaw::Window`] where the window ends before it begins.
    pub fn valid(mut self, window: Window) -> Result<Self, Flaw> {
        if window.is_empty() {
            return Err(Flaw::Window);
        }
        self.window = window;
        Ok(self)
    }

    /// Its name, if it has one.
    #[must_use]
    pub fn label(&self) -> Option<&Arc<str>> {
        self.label.as_ref()
    }

    /// When it is valid.
    #[must_use]
    pub fn window(&self) -> Window {
        self.window
    }

    /// Which of the provider's keys it is.
    #[must_use]
    pub fn slot(&self) -> Option<&str> {
        self.slot.as_deref()
    }

    /// Whether two secrets hold the same bytes. For checks of the configuration, never for a verdict.
    #[must_use]
    pub fn same_value(&self, other: &Self) -> bool {
        equal_bytes(&self.bytes, &other.bytes).into()
    }

    /// Whether these Basic credentials are those of a user of that name. For explaining a refusal, never for a verdict.
    #[must_use]
    pub fn is_user(&self, name: &[u8]) -> bool {
        let user = self.bytes.split(|byte| *byte == b':').next().unwrap_or_default();
        user.len() < self.bytes.len() && bool::from(equal_bytes(user, name))
    }

    /// A name for the secret that every process of a site makes alike: 16 hexadecimal digits of a MAC under the site's key.
    /// Whoever lacks that key learns nothing from it, not even whether a guess is right.
    #[must_use]
    pub fn fingerprint(&self, site_key: &[u8]) -> Option<String> {
        let digest = MacKey::new(Hash::Sha256, site_key)?.digest(&[FINGERPRINT, &self.bytes])?;
        Some(Encoding::Hex.encode(digest.bytes(FINGERPRINT_BYTES)))
    }

    /// Whether the bytes are the key itself.
    pub(crate) const fn is_key(&self) -> bool {
        self.literal
    }

    /// The bytes, for the makers of keys.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secret({:?}, ..)", self.label.as_deref().unwrap_or("unlabelled"))
    }
}

/// Keeps fingerprints apart from whatever else the site makes under the same key.
const FINGERPRINT: &[u8] = b"hookseal fingerprint of a secret\0";

const FINGERPRINT_BYTES: usize = 8;

/// The time in which a secret is valid; both ends belong to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first moment.
    pub not_before: Option<UnixMillis>,
    /// The last moment.
    pub not_after: Option<UnixMillis>,
}

impl Window {
    /// Whether a moment lies inside.
    #[must_use]
    pub fn contains(self, now: UnixMillis) -> bool {
        self.not_before.is_none_or(|start| start <= now) && self.not_after.is_none_or(|end| now <= end)
    }

    fn is_empty(self) -> bool {
        matches!((self.not_before, self.not_after), (Some(start), Some(end)) if end < start)
    }
}

macro_rules! judgements {
    ($(#[$doc:meta])* $kind:ident { $($name:ident $code:literal $sentence:literal $fix:literal)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $kind { $(#[doc = concat!("`", $code, "`: see [`", stringify!($kind), "::sentence`].")] $name,)* }

        impl $kind {
            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What is wrong; follows the name of the setting.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }

            /// What to do.
            #[must_use]
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)* }
            }
        }
    };
}

judgements! {
    /// Why a configured value can never be a secret.
    Flaw {
        Missing "missing"
            "is None, or the text of it"
            "An environment variable is not set: read it with os.environ[\"NAME\"], which says so."
        Empty "empty"
            "is empty"
            "Remove the entry, or set the variable it comes from (a trailing comma makes an empty entry)."
        WrongType "wrong_type"
            "is neither str, bytes nor Secret"
            "Write the secret as the provider shows it, as one str; several secrets as a list of str."
        Placeholder "placeholder"
            "is a placeholder, not a secret"
            "Copy the secret that the sender shows for this URL."
        Whitespace "whitespace"
            "begins or ends with white space, so no signature can ever match"
            "A secret read from a file usually needs .strip()."
        Quoted "quoted"
            "stands in quotation marks"
            "Remove the quotation marks; env files differ in whether they strip them."
        BytesRepr "bytes_repr"
            "is the repr of a bytes value (b'...')"
            "Use value.decode() instead of str(value)."
        Surrogate "surrogate"
            "holds a lone surrogate, which has no UTF-8 form"
            "Read it as UTF-8, or give bytes."
        Window "window"
            "has a not_after before its not_before"
            "Swap the two, or remove one."
    }
}

judgements! {
    /// What makes a secret weak without making it wrong.
    Weakness {
        Short "short"
            "is shorter than 16 bytes"
            "Use a random secret of 32 characters or more."
        Repeated "repeated"
            "is one character repeated"
            "Use a random secret of 32 characters or more."
        SmallKey "small_key"
            "is an RSA key of fewer than 2048 bits"
            "Let the sender make a key of 2048 bits or more, where it can."
    }
}

impl Flaw {
    fn of(bytes: &[u8]) -> Option<Self> {
        let trimmed = bytes.trim_ascii();
        let lower = Zeroizing::new(trimmed.to_ascii_lowercase());
        match lower.as_slice() {
            [] => Some(Self::Empty),
            b"none" | b"null" => Some(Self::Missing),
            _ if trimmed.len() != bytes.len() => Some(Self::Whitespace),
            [b'b', quote @ (b'\'' | b'"'), .., end] if quote == end => Some(Self::BytesRepr),
            [quote @ (b'\'' | b'"'), .., end] if quote == end => Some(Self::Quoted),
            word if PLACEHOLDERS.contains(&word) => Some(Self::Placeholder),
            _ => None,
        }
    }
}

impl Weakness {
    /// What makes the bytes of a key weak, if anything does.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [first, rest @ ..] if !rest.is_empty() && rest.iter().all(|byte| byte == first) => Some(Self::Repeated),
            _ if bytes.len() < STRONG_BYTES => Some(Self::Short),
            _ => None,
        }
    }
}

/// 128 bits, the least that HMAC keys are advised to have (RFC 2104 section 3 asks for the digest's length).
const STRONG_BYTES: usize = 16;

/// Words that documentation puts where a secret belongs, lower case.
const PLACEHOLDERS: &[&[u8]] = &[
    b"changeme",
    b"change-me",
    b"change_me",
    b"example",
    b"password",
    b"placeholder",
    b"secret",
    b"todo",
    b"user:password",
    b"whsec_",
    b"whsec_...",
    b"xxx",
    b"your-secret",
    b"your_secret",
    b"...",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(text: &str) -> Option<&'static str> {
        Secret::new(Zeroizing::new(text.into())).err().map(Flaw::code)
    }

    #[test]
    fn a_pem_file_is_taken_as_it_was_read() {
        let text = "\n-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
        let secret = Secret::new(Zeroizing::new(text.into())).unwrap();
        assert_eq!(text.trim().as_bytes(), secret.expose());
    }

    #[test]
    fn what_can_never_be_right_is_named() {
        for (text, code) in [
            ("", "empty"),
            (" \n", "empty"),
            ("None", "missing"),
            ("null", "missing"),
            ("changeme", "placeholder"),
            ("SECRET", "placeholder"),
            ("good-secret\n", "whitespace"),
            (" good-secret", "whitespace"),
            ("\"good-secret\"", "quoted"),
            ("'good-secret'", "quoted"),
            ("b'good-secret'", "bytes_repr"),
        ] {
            assert_eq!(Some(code), flaw(text), "{text:?}");
        }
        assert_eq!(None, flaw("whsec_4bd0ab3c71"));
        assert_eq!(None, flaw("b'"));
    }

    #[test]
    fn weak_secrets_are_told_apart() {
        let weakness = |text: &str| Weakness::of(text.as_bytes()).map(Weakness::code);
        assert_eq!(Some("short"), weakness("fifteen-bytes!!"));
        assert_eq!(None, weakness("sixteen-bytes!!!"));
        assert_eq!(Some("repeated"), weakness("aaaaaaaaaaaaaaaaaaaaaaaa"));
    }

    #[test]
    fn a_window_includes_both_ends() {
        let at = |millis| UnixMillis::new(millis);
        let window = Window { not_before: Some(at(10)), not_after: Some(at(20)) };
        assert_eq!([false, true, true, false], [9, 10, 20, 21].map(|moment| window.contains(at(moment))));
        let backwards = Window { not_before: Some(at(20)), not_after: Some(at(10)) };
        let secret = Secret::new(Zeroizing::new(b"long enough to be good".to_vec())).unwrap();
        assert_eq!(Some(Flaw::Window), secret.valid(backwards).err());
    }

    #[test]
    fn a_fingerprint_knows_the_secret_and_the_key() {
        let fingerprint = |text: &str, key: &[u8]| {
            let secret = Secret::new(Zeroizing::new(text.into())).unwrap().labelled(Some(text.into()));
            secret.fingerprint(key).unwrap()
        };
        let first = fingerprint("one canary of a secret", b"the site's key");
        assert_eq!(16, first.len());
        assert_eq!(first, fingerprint("one canary of a secret", b"the site's key"));
        assert_ne!(first, fingerprint("another canary of a secret", b"the site's key"));
        assert_ne!(first, fingerprint("one canary of a secret", b"another site's key"));
    }

    #[test]
    fn debug_shows_the_label_alone() {
        let secret = Secret::new(Zeroizing::new(b"canary-canary-canary".to_vec())).unwrap();
        assert_eq!("Secret(\"2025\", ..)", format!("{:?}", secret.labelled(Some("2025".into()))));
    }
}
