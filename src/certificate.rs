//! A chain of X.509 certificates as a sender serves it: what the leaf says, and whether it leads to a root that is trusted.
//!
//! Path building and names are rustls-webpki's. Validity is read here, for it judges that only together with a chain.

use core::time::Duration;
use std::fmt;

use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, anchor_from_trusted_cert,
};

use crate::pem;
use crate::time::UnixMillis;

/// A leaf and what was served with it.
pub(crate) struct Chain {
    /// The leaf first, as servers send it.
    certificates: Vec<CertificateDer<'static>>,
    names: Box<[String]>,
    not_before: UnixMillis,
    not_after: UnixMillis,
    spki: Vec<u8>,
}

impl Chain {
    /// The chain in a PEM text of at most 64 KiB and eight certificates, the leaf first.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        if text.len() > MOST_BYTES {
            return None;
        }
        let blocks = pem::blocks(text, MOST_CERTIFICATES)?;
        let certificates = blocks
            .into_iter()
            .map(|block| (block.label == b"CERTIFICATE").then(|| CertificateDer::from(block.der.to_vec())));
        let certificates: Vec<_> = certificates.collect::<Option<_>>()?;
        let leaf = EndEntityCert::try_from(certificates.first()?).ok()?;
        let (not_before, not_after) = validity(certificates.first()?)?;
        let names = leaf.valid_dns_names().map(str::to_ascii_lowercase).collect();
        let spki = leaf.subject_public_key_info().to_vec();
        Some(Self { certificates, names, not_before, not_after, spki })
    }

    /// The DNS names for which the leaf stands (its subject alternative names), in lower case. The common name is none of them.
    pub(crate) fn dns_names(&self) -> &[String] {
        &self.names
    }

    /// Whether the leaf is valid at a moment; both ends belong to it.
    pub(crate) fn valid_at(&self, moment: UnixMillis) -> bool {
        // Validity counts in whole seconds, the last one included.
        let second = moment.get().div_euclid(1_000).saturating_mul(1_000);
        (self.not_before..=self.not_after).contains(&UnixMillis::new(second))
    }

    /// The leaf's key, as a `SubjectPublicKeyInfo`.
    pub(crate) fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Whether the leaf leads to one of the roots, each certificate on the way being valid at a moment. Links are looked for among
    /// what was served and what is known of old.
    pub(crate) fn leads_to(&self, roots: &[&[u8]], known: &[&[u8]], moment: UnixMillis) -> bool {
        let links: Vec<_> =
            self.certificates.iter().skip(1).cloned().chain(known.iter().copied().map(CertificateDer::from)).collect();
        let roots: Vec<_> = roots.iter().copied().map(CertificateDer::from).collect();
        let anchors: Vec<_> = roots.iter().filter_map(|root| anchor_from_trusted_cert(root).ok()).collect();
        let leaf = self.certificates.first().and_then(|leaf| EndEntityCert::try_from(leaf).ok());
        leaf.zip(seconds(moment)).is_some_and(|(leaf, moment)| {
            leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &links, moment, AnyUsage, None, None).is_ok()
        })
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Chain({:?}, {} certificates)", self.names, self.certificates.len())
    }
}

/// No key purpose is made for signing messages: senders use certificates made for servers.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}

fn seconds(moment: UnixMillis) -> Option<UnixTime> {
    let seconds = u64::try_from(moment.get().div_euclid(1_000)).ok()?;
    Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
}

/// The two ends of a certificate's validity (RFC 5280 section 4.1): the fifth field of what is signed, or the fourth where the version
/// is left out.
fn validity(certificate: &[u8]) -> Option<(UnixMillis, UnixMillis)> {
    let signed: AnyRef<'_> = fields(AnyRef::from_der(certificate).ok()?)?.decode().ok()?;
    let mut reader = fields(signed)?;
    let first: AnyRef<'_> = reader.decode().ok()?;
    let before = if first.tag() == Tag::Integer { 2 } else { 3 };
    for _ in 0..before {
        reader.decode::<AnyRef<'_>>().ok()?;
    }
    let mut ends = fields(reader.decode().ok()?)?;
    Some((time(ends.decode().ok()?)?, time(ends.decode().ok()?)?))
}

fn fields(sequence: AnyRef<'_>) -> Option<SliceReader<'_>> {
    (sequence.tag() == Tag::Sequence).then(|| SliceReader::new(sequence.value()).ok())?
}

fn time(value: AnyRef<'_>) -> Option<UnixMillis> {
    let since_epoch = match value.tag() {
        Tag::UtcTime => value.decode_as::<UtcTime>().ok()?.to_unix_duration(),
        _ => value.decode_as::<GeneralizedTime>().ok()?.to_unix_duration(),
    };
    i64::try_from(since_epoch.as_millis()).ok().map(UnixMillis::new)
}

/// Far above what any sender serves.
const MOST_BYTES: usize = 65_536;
const MOST_CERTIFICATES: usize = 8;

#[cfg(test)]
pub(crate) mod tests;
