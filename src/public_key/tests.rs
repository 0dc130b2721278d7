//! Every form of key is read back, every scheme signs and verifies, and what is no key of a scheme is told apart.

use proptest::prelude::*;

use super::text::ED25519_SPKI;
use super::*;
use crate::encoding::Encoding;
use crate::private_key::PrivateKey;

const SIGNING: [Scheme; 5] =
    [Scheme::Ed25519, Scheme::EcdsaP256Der, Scheme::EcdsaP256Raw, Scheme::RsaPkcs1Sha256, Scheme::RsaPssSha512];
const FORMS: [KeyText; 5] = [KeyText::Spki, KeyText::Hex32, KeyText::Base64_32, KeyText::Whpk, KeyText::Jwk];

/// Public halves of keys made for these tests alone.
const RSA_1024: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC9Tq9Xqw6rEk+026djepLhyK2WXBEWqGo/I6y1XMOoIpPh8GXldMWMaBD7PXTz\
    DG7GLutNkqhkxtx4FO296EubQbHmniQS/jX7ffPsoHGIwrJ10Omp3+IKTwv2RdYpvEDAPUp7ih7RyYOIVx2LBxCGsjbIKYLC3Af+\
    TkhxvjhErQIDAQAB";
const RSA_1016: &str = "MIGeMA0GCSqGSIb3DQEBAQUAA4GMADCBiAKBgADny1Pnhxkwih6C6f/l5I08GOU6DPzSc/kbJ/T72SXXupFDG6994hnGCeKjyk91\
    tVIb/Gs6BKnfvQAVOO0oP6gYCHSgrnlEUOzc9nyvYHg8nqxjiRWD5/r39r172tuyyuOBAciwzQGHqQ9wcdtSe0KbMBCHMoOZiLiA\
    IS0+sDG5AgMBAAE=";
const P384: &str = "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAECj/ZOrj78qTPgMc9DhlduhCqOC4MuHH7axTJmtF6Ug//Jz7GiDppduoGFNeHrN0yDgxG\
    nTU6FDfPswcTkLKWsyVkVjNZ7aB40IR1LdEn1M3DQw3/RHnBtkT6SgOTwhxN";

fn pair(scheme: Scheme) -> (PrivateKey, PublicKey) {
    let private = PrivateKey::generate(scheme).unwrap();
    let text = private.public_text(KeyText::Spki).unwrap();
    (private, PublicKey::parse(scheme, KeyText::Spki, text.as_bytes(), 2_048).unwrap())
}

fn refusal(scheme: Scheme, form: KeyText, text: &str) -> &'static str {
    PublicKey::parse(scheme, form, text.as_bytes(), 2_048).unwrap_err().sentence
}

fn of_point(point: &[u8; 32]) -> Result<PublicKey, SecretError> {
    PublicKey::from_spki(Scheme::Ed25519, &[&ED25519_SPKI[..], point].concat(), 2_048)
}

#[test]
fn every_scheme_verifies_what_it_signs_and_nothing_else() {
    for scheme in SIGNING {
        let (private, public) = pair(scheme);
        let signature = private.sign(&[b"one ", b"", b"message"]).unwrap();
        assert!(public.verifies(&[b"one message"], &signature), "{scheme:?}");
        assert!(public.verifies(&[b"one", b" message"], &signature), "{scheme:?}");
        assert!(!public.verifies(&[b"one Message"], &signature), "{scheme:?}");
        assert!(!public.verifies(&[], &signature), "{scheme:?}");
        assert!(!pair(scheme).1.verifies(&[b"one message"], &signature), "{scheme:?}");
        for at in 0..signature.len() {
            let mut flipped = signature.clone();
            flipped[at] ^= 1;
            assert!(!public.verifies(&[b"one message"], &flipped), "{scheme:?}, byte {at}");
            assert!(!public.verifies(&[b"one message"], &signature[..at]), "{scheme:?}, cut at {at}");
        }
        assert!(!public.verifies(&[b"one message"], &[&signature[..], &[0]].concat()), "{scheme:?}");
    }
}

#[test]
fn every_form_is_read_as_it_is_written() {
    for scheme in SIGNING {
        let (private, _) = pair(scheme);
        let signature = private.sign(&[b"x"]).unwrap();
        let texts = FORMS.map(|form| (form, private.public_text(form)));
        for (form, text) in texts.iter().filter_map(|(form, text)| Some((form, text.as_ref()?))) {
            let public = PublicKey::parse(scheme, *form, text.as_bytes(), 2_048).unwrap();
            assert!(public.verifies(&[b"x"], &signature), "{scheme:?} {form:?}");
        }
        let written = texts.iter().filter(|(_, text)| text.is_some()).count();
        assert_eq!([5, 2, 2, 1, 1][SIGNING.iter().position(|other| *other == scheme).unwrap()], written);
    }
}

#[test]
fn the_same_key_as_pem_and_as_wrapped_base64() {
    let (private, _) = pair(Scheme::EcdsaP256Der);
    let text = private.public_text(KeyText::Spki).unwrap();
    let (head, tail) = text.split_at(64);
    for good in [
        format!("-----BEGIN PUBLIC KEY-----\n{head}\n{tail}\n-----END PUBLIC KEY-----\n"),
        format!("-----BEGIN PUBLIC KEY-----\r\n{head}\r\n{tail}\r\n-----END PUBLIC KEY-----"),
        format!("{head}\n{tail}"),
    ] {
        assert!(PublicKey::parse(Scheme::EcdsaP256Der, KeyText::Spki, good.as_bytes(), 0).is_ok(), "{good}");
    }
}

#[test]
fn t53_points_of_small_order_are_no_keys() {
    for y in SMALL_ORDER {
        for sign in [0, 0x80] {
            let mut point = y;
            point[31] |= sign;
            assert_eq!(Some(SMALL_ORDER_POINT), of_point(&point).err(), "{point:02x?}");
        }
    }
}

#[test]
fn t53_coordinates_have_one_spelling() {
    for first in 0xed..=0xff {
        for last in [0x7f, 0xff] {
            let mut point = [0xff; 32];
            (point[0], point[31]) = (first, last);
            assert_eq!(Some(SMALL_ORDER_POINT), of_point(&point).err(), "{first:02x} {last:02x}");
        }
    }
    let mut below = [0xff; 32];
    (below[0], below[31]) = (0xeb, 0x7f);
    assert!(of_point(&below).is_ok());
}

#[test]
fn t53_one_signature_for_every_message_needs_such_a_key() {
    let identity = [&[1][..], &[0; 31]].concat();
    let forged = [&identity[..], &[0; 32]].concat();
    let unchecked = ParsedPublicKey::new(&ED25519, &identity).unwrap();
    assert!(unchecked.verify_sig(b"any message", &forged).is_ok(), "AWS-LC refuses such keys itself by now");
}

#[test]
fn t101_a_key_of_another_kind_is_named() {
    let texts = [Scheme::Ed25519, Scheme::EcdsaP256Raw, Scheme::RsaPkcs1Sha256]
        .map(|scheme| (scheme, PrivateKey::generate(scheme).unwrap().public_text(KeyText::Spki).unwrap()));
    for (own, text) in &texts {
        for (scheme, _) in &texts {
            let key = PublicKey::parse(*scheme, KeyText::Spki, text.as_bytes(), 2_048);
            assert_eq!((own != scheme).then(|| scheme.kind().expected()), key.err());
        }
    }
    assert_eq!(OTHER_CURVE.sentence, refusal(Scheme::EcdsaP256Der, KeyText::Spki, P384));
}

#[test]
fn t101_der_ends_where_it_ends() {
    for scheme in SIGNING {
        let (private, _) = pair(scheme);
        let text = private.public_text(KeyText::Spki).unwrap();
        let spki = crate::encoding::decode_base64(text.as_bytes()).unwrap();
        let longer = [&spki[..], &[0]].concat();
        for wrong in [&longer[..], &spki[1..], &spki[..spki.len() - 1], &spki[..10], b""] {
            assert!(PublicKey::from_spki(scheme, wrong, 2_048).is_err(), "{scheme:?} {wrong:02x?}");
        }
    }
}

#[test]
fn a_point_off_the_curve_is_no_key() {
    let (private, _) = pair(Scheme::EcdsaP256Der);
    let text = private.public_text(KeyText::Spki).unwrap();
    let mut spki = crate::encoding::decode_base64(text.as_bytes()).unwrap();
    *spki.last_mut().unwrap() ^= 1;
    assert_eq!(Some(MALFORMED), PublicKey::from_spki(Scheme::EcdsaP256Der, &spki, 2_048).err());
}

#[test]
fn t53_small_moduli_are_refused_or_weak() {
    let key = |text: &str, min_bits| {
        let key = PublicKey::parse(Scheme::RsaPkcs1Sha1, KeyText::Spki, text.as_bytes(), min_bits);
        key.map(|key| key.weakness().map(Weakness::code)).map_err(|error| error.sentence)
    };
    assert_eq!(Err(SMALL.sentence), key(RSA_1024, 2_048));
    assert_eq!(Ok(Some("small_key")), key(RSA_1024, 1_024));
    assert_eq!(Err(SMALL.sentence), key(RSA_1016, 1_024));
    assert_eq!(Err(SMALL.sentence), key(RSA_1016, 0));
    let (private, _) = pair(Scheme::RsaPssSha512);
    assert_eq!(Ok(None), key(&private.public_text(KeyText::Spki).unwrap(), 2_048));
}

#[test]
fn what_was_pasted_instead_is_named() {
    let private = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
    for form in FORMS {
        assert!(refusal(Scheme::Ed25519, form, private).contains("private key"), "{form:?}");
        assert!(refusal(Scheme::Ed25519, form, "whsk_AAAA").contains("private key"), "{form:?}");
        assert!(refusal(Scheme::Ed25519, form, "whsec_AAAA").contains("shared secret"), "{form:?}");
    }
    let spki = |text| refusal(Scheme::RsaPkcs1Sha256, KeyText::Spki, text);
    assert!(spki("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----").contains("certificate"));
    assert!(spki("-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----").contains("PKCS#1"));
    assert!(spki("-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----").contains("two characters"));
    assert!(spki("-----BEGIN PUBLIC KEY-----\nAAAA").contains("one whole PEM block"));
    assert!(spki("not base64").contains("neither base64"));
    assert!(spki("AAAA").contains("no public key"));
}

#[test]
fn jwks_are_read_strictly() {
    let (private, _) = pair(Scheme::EcdsaP256Raw);
    let good = private.public_text(KeyText::Jwk).unwrap();
    let jwk = |text: &str| PublicKey::parse(Scheme::EcdsaP256Raw, KeyText::Jwk, text.as_bytes(), 0).map(|_| ());
    let with = |member: &str| good.replacen('{', &format!("{{{member},"), 1);
    assert_eq!(Ok(()), jwk(&good));
    for fine in [r#""alg":"ES256""#, r#""use":"sig""#, r#""kid":"a","created_at":1"#, r#""key_ops":["verify"]"#] {
        assert_eq!(Ok(()), jwk(&with(fine)), "{fine}");
    }
    for wrong in
        [r#""alg":"HS256""#, r#""alg":"none""#, r#""use":"enc""#, r#""key_ops":[]"#, r#""d":"AA""#, r#""k":"AA""#]
    {
        assert!(jwk(&with(wrong)).is_err(), "{wrong}");
    }
    assert!(jwk(&with(r#""kty":"EC""#)).is_err(), "a member that comes twice");
    assert!(jwk(&good.replace("P-256", "P-384")).is_err());
    assert!(jwk(&good.replace(r#""x":""#, r#""x":"AA"#)).is_err());
    assert!(jwk(&format!(r#"{{"keys":[{good}]}}"#)).unwrap_err().sentence.contains("set"));
    for wrong in ["", "[]", "null", "{}", r#"{"kty":"oct","k":"AAAA"}"#, r#"{"kty":"EC","crv":"P-256","x":"AA"}"#] {
        assert!(jwk(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_jwk_of_an_rsa_key_is_its_spki() {
    let text = PrivateKey::generate(Scheme::RsaPkcs1Sha256).unwrap().public_text(KeyText::Spki).unwrap();
    let spki = crate::encoding::decode_base64(text.as_bytes()).unwrap();
    let key = RsaSubjectPublicKey::from_der(&spki).unwrap();
    let n = Encoding::Base64Url.encode(&key.as_ref()[9..265]);
    let jwk = format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB","alg":"RS256"}}"#);
    let key = PublicKey::parse(Scheme::RsaPkcs1Sha256, KeyText::Jwk, jwk.as_bytes(), 2_048).unwrap();
    assert_eq!(spki[..], *key.key.as_der().unwrap().as_ref());
    let padded = format!(r#"{{"kty":"RSA","n":"AAAA{n}","e":"AQAB"}}"#);
    assert!(PublicKey::parse(Scheme::RsaPkcs1Sha256, KeyText::Jwk, padded.as_bytes(), 2_048).is_err());
}

#[test]
fn debug_shows_the_scheme_alone() {
    let (private, public) = pair(Scheme::Ed25519);
    assert_eq!("PublicKey(Ed25519, ..)", format!("{public:?}"));
    assert_eq!("PrivateKey(Ed25519, ..)", format!("{private:?}"));
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..6, form in 0_usize..5) {
        let schemes = [&SIGNING[..], &[Scheme::RsaPkcs1Sha1]].concat();
        prop_assert!(PublicKey::parse(schemes[at], FORMS[form], &text, 2_048).is_err());
    }

    #[test]
    fn no_change_of_a_key_is_the_same_key(at in 0_usize..91, bit in 0_u8..8) {
        let (private, _) = pair(Scheme::EcdsaP256Der);
        let text = private.public_text(KeyText::Spki).unwrap();
        let mut spki = crate::encoding::decode_base64(text.as_bytes()).unwrap();
        spki[at] ^= 1 << bit;
        let signature = private.sign(&[b"x"]).unwrap();
        let verifies = PublicKey::from_spki(Scheme::EcdsaP256Der, &spki, 0).is_ok_and(|key| key.verifies(&[b"x"], &signature));
        prop_assert!(!verifies);
    }
}
