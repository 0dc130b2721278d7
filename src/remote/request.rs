//! A key that is wanted: what a verifier answers before it can judge, and what it makes of the key that comes.

use super::{Distrust, RemoteKey, Source};
use crate::public_key::{PublicKey, Scheme};
use crate::rejection::{Detail, Reason, Rejection};
use crate::time::UnixMillis;

/// Which key a delivery was signed with. Its location is one of the sender's own, in the region of the topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRequest {
    source: Source,
    location: Box<str>,
    topic: Option<Box<str>>,
}

impl KeyRequest {
    /// Asks for the key at a location.
    ///
    /// # Errors
    /// [`Reason::UntrustedCertificate`] or [`Reason::UnknownKey`] where the sender has no key there.
    pub(crate) fn new(source: Source, location: &str, topic: Option<&str>) -> Result<Self, Rejection> {
        let is_right = source.owns(location) && topic.is_none_or(|topic| source.serves(location, topic));
        if is_right {
            Ok(Self { source, location: location.into(), topic: topic.map(Into::into) })
        } else {
            Err(distrusted(source, Distrust::Location))
        }
    }

    /// Whose key.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// The URL of a certificate, or the id of a key.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The key that was fetched, if it may be trusted with a message signed at that moment (nothing: now).
    ///
    /// # Errors
    /// As [`KeyRequest::new`]; [`Reason::InternalError`] for a key that was not asked for.
    pub(crate) fn judge<'k>(
        &self,
        key: &'k RemoteKey,
        scheme: Scheme,
        signed: Option<UnixMillis>,
        now: UnixMillis,
    ) -> Result<&'k PublicKey, Rejection> {
        if (key.source, &key.location) != (self.source, &self.location) {
            return Err(Reason::InternalError.into());
        }
        key.trusted(scheme, self.topic.as_deref(), signed.unwrap_or(now), now)
            .map_err(|distrust| distrusted(self.source, distrust))
    }
}

fn distrusted(source: Source, distrust: Distrust) -> Rejection {
    let reason = if source == Source::Plaid { Reason::UnknownKey } else { Reason::UntrustedCertificate };
    Rejection::new(reason, Detail::Distrust(distrust.sentence()))
}

impl Source {
    /// Where a key of this source would be: for signers.
    pub(crate) const fn usual_location(self) -> &'static str {
        match self {
            Self::Sns => "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
            Self::Scaleway => "https://messaging.s3.fr-par.scw.cloud/fr-par/sns/certificate.pem",
            Self::Paypal => "https://api.paypal.com/v1/notifications/certs/CERT-0123456789abcdef",
            Self::Plaid => "6c5516e1-92dc-479e-a8ff-5a51992e0001",
        }
    }

    /// A topic of this source: for signers.
    pub(crate) const fn usual_topic(self) -> &'static str {
        match self {
            Self::Scaleway => "arn:scw:sns:fr-par:project-0123456789:hookseal",
            Self::Sns | Self::Paypal | Self::Plaid => "arn:aws:sns:us-east-1:123456789012:hookseal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_signers_name_is_what_verifiers_take() {
        for source in Source::ALL {
            let topic = matches!(source, Source::Sns | Source::Scaleway).then(|| source.usual_topic());
            assert!(KeyRequest::new(source, source.usual_location(), topic).is_ok(), "{source:?}");
        }
    }
}
