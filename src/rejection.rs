//! Why a delivery is refused: the one table of reasons. Python's enum, the log lines and the documentation are held against it.
//!
//! A reason has a code (stable: programs test it), a fault (whose mistake: it decides the status), a sentence and a fix
//! (for people: they may change). A [`Rejection`] adds a [`Detail`]: counts and names the owner chose, never sender text.

use std::fmt;
use std::sync::Arc;

/// Whose mistake a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The sender's: answered 400, the same for every reason.
    Sender,
    /// Ours or the owner's: answered 503, so that the sender tries again and nothing is lost.
    Site,
}

impl Fault {
    /// The name in logs and in Python: `sender` or `site`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Site => "site",
        }
    }
}

macro_rules! reasons {
    ($($name:ident $code:literal $fault:ident $sentence:literal $fix:literal)*) => {
        /// Why a delivery was refused. Ordered by how much it tells: of several failed proofs the greatest is reported.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason { $(#[doc = concat!("`", $code, "`: see [`Reason::sentence`].")] $name,)* }

        impl Reason {
            /// Every reason, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Whose mistake it is.
            #[must_use]
            pub const fn fault(self) -> Fault {
                match self { $(Self::$name => Fault::$fault,)* }
            }

            /// What was seen, for the owner.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }

            /// What to do about it, for the owner.
            #[must_use]
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)* }
            }
        }
    };
}

reasons! {
    MissingCredentials "missing_credentials" Sender
        "the request carries no credentials"
        "check that the sender's URL or header holds them, and that the server passes Authorization on (Apache mod_wsgi: WSGIPassAuthorization On)"
    MissingSignature "missing_signature" Sender
        "a header or field that the signature needs is absent"
        "check that the sender signs its deliveries and that its URL is wired to this endpoint"
    DuplicateHeader "duplicate_header" Sender
        "a header that must come once came several times"
        "look for a proxy that adds the header a second time"
    MalformedHeader "malformed_header" Sender
        "a header holds bytes that no genuine delivery holds: control characters, non-ASCII, or too many"
        "nothing, if this is junk; otherwise look for a proxy that rewrites headers"
    MalformedCredentials "malformed_credentials" Sender
        "the credentials are not of the form this endpoint expects"
        "Basic wants \"Basic \" and the strict base64 of user:password; a token stands as it is"
    MalformedSignature "malformed_signature" Sender
        "no signature of the expected form was found"
        "check that PROVIDER names the sender of this URL"
    WrongAlgorithm "wrong_algorithm" Sender
        "the sender announces another algorithm than the one this endpoint is pinned to"
        "set the sender to the algorithm of the provider's record; the input never chooses it"
    TooManySignatures "too_many_signatures" Sender
        "the delivery carries more signatures than are looked at"
        "nothing, if this is junk: a genuine sender sends two or three"
    MalformedTimestamp "malformed_timestamp" Sender
        "the signed time is not written as this sender writes it"
        "check that PROVIDER names the sender of this URL"
    TimestampOutOfRange "timestamp_out_of_range" Sender
        "the signed time is not a plausible time in its unit"
        "milliseconds in a field of seconds, or the other way round? Check the record's unit"
    MalformedBody "malformed_body" Sender
        "the body is not the JSON or form that this sender takes its fields from"
        "check the content type and that nothing between sender and view rewrites the body"
    MalformedChallenge "malformed_challenge" Sender
        "the request is no handshake of this sender, or its challenge is not written as this sender writes it"
        "nothing, if this is a browser or a scanner"
    BodyNotCovered "body_not_covered" Sender
        "the signature does not cover this body"
        "set the sender to sign the body (see the provider's page in the documentation)"
    BadCredentials "bad_credentials" Sender
        "no configured credential matches"
        "compare user name and password at the sender with the setting; rotate them if in doubt"
    UnknownKey "unknown_key" Sender
        "the delivery names a key that is not among this endpoint's keys"
        "add the sender's current key to SECRETS"
    UntrustedCertificate "untrusted_certificate" Sender
        "the signing certificate is not the provider's"
        "nothing, if this is junk: the URL, name, time, region or chain of the certificate is wrong"
    SignatureMismatch "signature_mismatch" Sender
        "no configured secret made this signature"
        "check that the secret is the one the sender shows for exactly this URL, and that nothing rewrites the body on its way"
    ExpiredSecret "expired_secret" Sender
        "the signature is right, but its secret is outside its validity window"
        "switch the sender to a current secret, or move not_after"
    Stale "stale" Sender
        "signed longer ago than the tolerance allows; the signature itself is valid"
        "check this server's clock, or whether the sender retried late"
    Future "future" Sender
        "signed further ahead than the tolerance allows; the signature itself is valid"
        "check this server's clock"
    AddressDenied "address_denied" Sender
        "the client's address is not in ALLOW_IPS"
        "compare ALLOW_IPS with the sender's published ranges, and TRUSTED_PROXIES with the proxies in front"
    MethodNotAllowed "method_not_allowed" Sender
        "the method is not one this sender uses"
        "nothing, if this is a browser or a scanner"
    TooLarge "too_large" Sender
        "the body is larger than MAX_BODY"
        "raise MAX_BODY if the sender really sends bodies of this size"
    RateLimited "rate_limited" Sender
        "more requests from this address than RATE_LIMIT allows"
        "raise RATE_LIMIT if the sender is genuine"
    Unreadable "unreadable" Sender
        "the client went away before the whole body had arrived"
        "nothing: the sender will try again"
    InsecureTransport "insecure_transport" Site
        "the request came over http"
        "set SECURE_PROXY_SSL_HEADER if a proxy ends TLS; HTTPS: False switches the rule off for this endpoint"
    ChunkedUnsupported "chunked_unsupported" Site
        "a chunked request reached Django without its body"
        "put a proxy in front that sends a Content-Length, or use a server that sets wsgi.input_terminated"
    AddressUnknown "address_unknown" Site
        "ALLOW_IPS is set, but the client's address is not known"
        "set TRUSTED_PROXIES to the number or ranges of the proxies in front"
    BodyConsumed "body_consumed" Site
        "the body was read before hookseal"
        "put the decorator outermost, and look for a middleware that reads request.POST or the stream"
    StoreUnavailable "store_unavailable" Site
        "the replay store did not answer"
        "check the cache or database of REPLAY; the sender was asked to try again"
    KeyUnavailable "key_unavailable" Site
        "the provider's key could not be fetched"
        "check outgoing connections; the sender was asked to try again"
    TopicNotListed "topic_not_listed" Site
        "the topic is not in TOPICS"
        "add the topic's ARN to TOPICS if it is yours"
    NotConfigured "not_configured" Site
        "the endpoint has no usable configuration"
        "run manage.py check and mend what it lists"
    Disabled "disabled" Site
        "the endpoint is switched off"
        "remove ENABLED: False"
    InternalError "internal_error" Site
        "hookseal failed"
        "please report it; the sender was asked to try again"
}

/// Facts beside a reason: counts and names from the record or the settings. No variant can hold what the sender wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// The reason says it all.
    #[default]
    None,
    /// A header or field, as the record names it.
    Place(Arc<str>),
    /// How many there were, and how many may be.
    Count {
        /// Seen in the request.
        seen: usize,
        /// The bound.
        limit: usize,
    },
    /// How far the signed time is from now.
    Age {
        /// Whole seconds between the signed time and now.
        seconds: u64,
        /// Seconds that the record or the setting allows.
        tolerance: u64,
    },
    /// How many secrets were tried.
    Secrets(usize),
    /// The label of the secret that matched outside its window.
    Label(Arc<str>),
    /// What is wrong with a fetched key.
    Distrust(&'static str),
    /// The password was a row of asterisks: the sender re-used a masked copy.
    Masked,
}

impl fmt::Display for Detail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Place(name) => formatter.write_str(name),
            Self::Count { seen, limit } => write!(formatter, "{seen} seen, at most {limit} allowed"),
            Self::Age { seconds, tolerance } => write!(formatter, "{seconds} s, tolerance {tolerance} s"),
            Self::Secrets(count) => write!(formatter, "tried {count}"),
            Self::Label(label) => write!(formatter, "secret {label}"),
            Self::Distrust(why) => formatter.write_str(why),
            Self::Masked => formatter.write_str("the sender sent **** as its password, a masked copy"),
        }
    }
}

/// A refused delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    reason: Reason,
    detail: Detail,
}

impl Rejection {
    /// A rejection with facts beside its reason.
    #[must_use]
    pub const fn new(reason: Reason, detail: Detail) -> Self {
        Self { reason, detail }
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The facts.
    #[must_use]
    pub const fn detail(&self) -> &Detail {
        &self.detail
    }

    /// The one of two rejections that tells more.
    pub(crate) fn or(self, other: Self) -> Self {
        if other.reason > self.reason { other } else { self }
    }
}

impl From<Reason> for Rejection {
    fn from(reason: Reason) -> Self {
        Self::new(reason, Detail::None)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.reason.sentence())?;
        match &self.detail {
            Detail::None => Ok(()),
            detail => write!(formatter, " ({detail})"),
        }
    }
}

impl std::error::Error for Rejection {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_snake_case() {
        let mut codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert!(codes.iter().all(|code| code.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(Reason::ALL.len(), codes.len());
    }

    #[test]
    fn every_reason_has_a_sentence_and_a_fix() {
        for reason in Reason::ALL {
            assert!(!reason.sentence().is_empty() && !reason.fix().is_empty(), "{reason:?}");
            assert!(!reason.sentence().ends_with('.') && !reason.fix().ends_with('.'), "{reason:?}");
        }
    }

    #[test]
    fn the_site_is_at_fault_for_what_the_design_names() {
        let site: Vec<_> =
            Reason::ALL.iter().filter(|reason| reason.fault() == Fault::Site).map(|reason| reason.code()).collect();
        let named = "insecure_transport chunked_unsupported address_unknown body_consumed store_unavailable \
                     key_unavailable topic_not_listed not_configured disabled internal_error";
        assert_eq!(named.split_whitespace().collect::<Vec<_>>(), site);
    }

    #[test]
    fn the_more_telling_rejection_is_kept() {
        let missing = Rejection::from(Reason::MissingSignature);
        let mismatch = Rejection::from(Reason::SignatureMismatch);
        assert_eq!(Reason::SignatureMismatch, missing.clone().or(mismatch.clone()).reason());
        assert_eq!(Reason::SignatureMismatch, mismatch.or(missing).reason());
    }
}
