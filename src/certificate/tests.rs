//! What a chain says is what its certificates say, and it leads where their signatures lead.

use aws_lc_rs::digest::{SHA256, digest};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd,
};

use super::*;
use crate::encoding::Encoding;

pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

/// A moment of the civil calendar, at midnight.
pub(crate) fn day(year: i32, month: u8, day: u8) -> UnixMillis {
    UnixMillis::new(date_time_ymd(year, month, day).unix_timestamp() * 1_000)
}

pub(crate) fn pem(der: &[u8]) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", Encoding::Base64.encode(der))
}

/// An authority of its own, or one that another vouches for; valid from 2020 to 2030.
pub(crate) fn authority(name: &str, above: Option<&Authority>) -> Authority {
    let mut params = from_2020(CertificateParams::new([]).unwrap(), 2030);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    match above {
        None => CertifiedIssuer::self_signed(params, key).unwrap(),
        Some(above) => CertifiedIssuer::signed_by(params, key, above).unwrap(),
    }
}

/// The DER of a certificate of an RSA key, valid from 2020 to 2025.
pub(crate) fn leaf(names: &[&str], issuer: &Authority) -> Vec<u8> {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    from_2020(CertificateParams::new(names).unwrap(), 2025).signed_by(&key, issuer).unwrap().der().to_vec()
}

fn from_2020(mut params: CertificateParams, until: i32) -> CertificateParams {
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
    params
}

#[test]
fn a_leaf_says_its_names_its_validity_and_its_key() {
    let root = authority("Root", None);
    let chain = Chain::parse(pem(&leaf(&["Example.com", "*.example.com", "10.0.0.1"], &root)).as_bytes()).unwrap();
    assert_eq!(["example.com", "*.example.com"], chain.dns_names());
    assert_eq!("Chain([\"example.com\", \"*.example.com\"], 1 certificates)", format!("{chain:?}"));
    let shifted = |moment: UnixMillis, millis| UnixMillis::new(moment.get() + millis);
    let (start, end) = (day(2020, 1, 1), day(2025, 1, 1));
    for (moment, valid) in [
        (shifted(start, -1), false),
        (start, true),
        (day(2024, 2, 29), true),
        (shifted(end, 999), true),
        (shifted(end, 1_000), false),
    ] {
        assert_eq!(valid, chain.valid_at(moment), "{moment:?}");
    }
}

#[test]
fn a_chain_leads_to_its_root_alone() {
    let (root, stranger) = (authority("Root", None), authority("Root", None));
    let link = authority("Link", Some(&root));
    let der = leaf(&["example.com"], &link);
    let alone = Chain::parse(pem(&der).as_bytes()).unwrap();
    let whole = Chain::parse((pem(&der) + &pem(link.der())).as_bytes()).unwrap();
    let now = day(2024, 1, 1);
    assert!(whole.leads_to(&[stranger.der(), root.der()], &[], now));
    assert!(alone.leads_to(&[root.der()], &[link.der()], now));
    assert!(!alone.leads_to(&[root.der()], &[], now));
    assert!(!whole.leads_to(&[stranger.der()], &[stranger.der()], now));
    assert!(!whole.leads_to(&[], &[root.der(), link.der()], now));
    assert!(!whole.leads_to(&[root.der()], &[], day(2026, 1, 1)));
    assert!(!whole.leads_to(&[root.der()], &[], day(2019, 1, 1)));
    assert!(!whole.leads_to(&[b"no certificate"], &[], now));
}

#[test]
fn a_leaf_vouches_for_nobody() {
    let root = authority("Root", None);
    let mut params = CertificateParams::new(["evil.example.com".to_owned()]).unwrap();
    params = from_2020(params, 2030);
    let own = CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &root).unwrap();
    let forged = leaf(&["example.com"], &own);
    let chain = Chain::parse((pem(&forged) + &pem(own.der())).as_bytes()).unwrap();
    assert!(!chain.leads_to(&[root.der()], &[], day(2024, 1, 1)));
}

#[test]
fn what_is_no_chain_is_nothing() {
    let root = authority("Root", None);
    let der = leaf(&["example.com"], &root);
    let good = pem(&der);
    assert!(Chain::parse(good.repeat(8).as_bytes()).is_some());
    let longer = pem(&[&der[..], &[0]].concat());
    let cut = pem(&der[..der.len() - 1]);
    let key = good.replace("CERTIFICATE", "PUBLIC KEY");
    let padded = format!("{good}{}", " ".repeat(MOST_BYTES));
    for wrong in ["", "nothing", &longer, &cut, &key, &good.repeat(9), &padded, &(good.clone() + &key)] {
        assert!(Chain::parse(wrong.as_bytes()).is_none(), "{wrong:.60}");
    }
}

#[test]
fn no_byte_of_a_leaf_can_be_changed_without_losing_its_root() {
    let root = authority("Root", None);
    let der = leaf(&["example.com"], &root);
    let now = day(2024, 1, 1);
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 1;
        let chain = Chain::parse(pem(&changed).as_bytes());
        assert!(!chain.is_some_and(|chain| chain.leads_to(&[root.der()], &[], now)), "byte {at}");
    }
}

#[test]
fn the_embedded_certificates_are_those_that_were_published() {
    let published: [(&[u8], &str); 7] = [
        (
            include_bytes!("roots/digicert-high-assurance-ev-root.der"),
            "7431e5f4c3c1ce4690774f0b61e05440883ba9a01ed00ba6abd7806ed3b118cf",
        ),
        (
            include_bytes!("roots/digicert-global-root-g2.der"),
            "cb3ccbb76031e5e0138f8dd39a23f9de47ffc35e43c1144cea27d46a5ab1cb5f",
        ),
        (
            include_bytes!("roots/digicert-trusted-root-g4.der"),
            "552f7bdcf1a7af9e6ce672017f4f12abf77240c78e761ac203d1d9d20ac89988",
        ),
        (
            include_bytes!("roots/digicert-tls-rsa4096-root-g5.der"),
            "371a00dc0533b3721a7eeb40e8419e70799d2b0a0f2c1d80693165f7cec4ad75",
        ),
        (
            include_bytes!("roots/digicert-sha2-extended-validation.der"),
            "403e062a2653059113285baf80a0d4ae422c848c9f78fad01fc94bc5b87fef1a",
        ),
        (
            include_bytes!("roots/scaleway-mnq-root.der"),
            "c5a0145efb57916c07f9af3e3f311215062c0562c2d56d7ff3c57da9fb52e4d5",
        ),
        (include_bytes!("roots/scaleway-mnq.der"), "71c7a4717ef85cf22bc438b97130d81b55c3c03da9a09b9ab92e0fce1d2c3e53"),
    ];
    for (der, fingerprint) in published {
        assert_eq!(fingerprint, Encoding::Hex.encode(digest(&SHA256, der).as_ref()));
    }
}
