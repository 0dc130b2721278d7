//! Private keys, the mirror of the public ones: they sign as a sender would, for tests and tools.
//!
//! The one place of the engine where something is drawn at random: new keys, the nonces of ECDSA and the salts of PSS, by AWS-LC.

use std::fmt;

use aws_lc_rs::encoding::{AsBigEndian as _, AsDer as _};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use zeroize::Zeroizing;

use crate::encoding::{Encoding, decode_base64, decode_base64_unpadded, decode_hex};
use crate::error::SecretError;
use crate::pem;
use crate::public_key::{KeyText, Scheme, joined};

/// A key that signs in one scheme.
pub(crate) struct PrivateKey {
    scheme: Scheme,
    pair: Pair,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
}

impl PrivateKey {
    /// The key that a text spells: PKCS#8, SEC 1 (P-256) or PKCS#1 (RSA), as PEM or as base64 of the DER; for Ed25519 also the 32
    /// bytes of the seed in hexadecimal or base64, and `whsk_` with the 64 bytes of seed and public key (Standard Webhooks).
    ///
    /// # Errors
    /// What the text is instead, or that the scheme does not sign.
    pub(crate) fn parse(scheme: Scheme, text: &[u8]) -> Result<Self, SecretError> {
        let pair = match scheme {
            Scheme::Ed25519 => ed25519(text)?,
            Scheme::EcdsaP256Der => ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING, &der(text)?)?,
            Scheme::EcdsaP256Raw => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING, &der(text)?)?,
            Scheme::RsaPkcs1Sha256 => rsa(&RSA_PKCS1_SHA256, &der(text)?)?,
            Scheme::RsaPssSha512 => rsa(&RSA_PSS_SHA512, &der(text)?)?,
            Scheme::RsaPkcs1Sha1 => return Err(ONLY_VERIFIED),
        };
        Ok(Self { scheme, pair })
    }

    /// A new key; RSA keys have 2048 bits.
    ///
    /// # Errors
    /// That the scheme does not sign.
    pub(crate) fn generate(scheme: Scheme) -> Result<Self, SecretError> {
        let ecdsa = |algorithm| EcdsaKeyPair::generate(algorithm).map(Pair::Ecdsa);
        let rsa = |encoding| RsaKeyPair::generate(KeySize::Rsa2048).map(|pair| Pair::Rsa(pair, encoding));
        let pair = match scheme {
            Scheme::Ed25519 => Ed25519KeyPair::generate().map(Pair::Ed25519),
            Scheme::EcdsaP256Der => ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING),
            Scheme::EcdsaP256Raw => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Scheme::RsaPkcs1Sha256 => rsa(&RSA_PKCS1_SHA256),
            Scheme::RsaPssSha512 => rsa(&RSA_PSS_SHA512),
            Scheme::RsaPkcs1Sha1 => return Err(ONLY_VERIFIED),
        };
        Ok(Self { scheme, pair: pair.map_err(|_| NOT_GENERATED)? })
    }

    /// The key as [`PrivateKey::parse`] reads it: base64 of its PKCS#8, or with `whsk_` where the public half is written with
    /// `whpk_`, so that nobody takes it for a shared secret.
    pub(crate) fn private_text(&self, public: KeyText) -> Option<Zeroizing<String>> {
        let text = |der: &[u8]| Zeroizing::new(Encoding::Base64.encode(der));
        match &self.pair {
            Pair::Ed25519(pair) if public == KeyText::Whpk => {
                let seed = pair.seed().ok()?.as_be_bytes().ok()?;
                let both = Zeroizing::new([seed.as_ref(), pair.public_key().as_ref()].concat());
                Some(Zeroizing::new(["whsk_", &text(&both)].concat()))
            }
            Pair::Ed25519(pair) => pair.to_pkcs8v1().ok().map(|der| text(der.as_ref())),
            Pair::Ecdsa(pair) => pair.to_pkcs8v1().ok().map(|der| text(der.as_ref())),
            Pair::Rsa(pair, _) => pair.as_der().ok().map(|der| text(der.as_ref())),
        }
    }

    /// Its public half, as a receiver is shown it; nothing where the form has no room for keys of that kind.
    pub(crate) fn public_text(&self, form: KeyText) -> Option<String> {
        let spki = match &self.pair {
            Pair::Ed25519(pair) => pair.public_key().as_der(),
            Pair::Ecdsa(pair) => pair.public_key().as_der(),
            Pair::Rsa(pair, _) => pair.public_key().as_der(),
        };
        form.write(self.scheme, spki.ok()?.as_ref())
    }

    /// The signature over the pieces one after the other; nothing only if AWS-LC fails.
    pub(crate) fn sign(&self, pieces: &[&[u8]]) -> Option<Vec<u8>> {
        let digest = self.scheme.digest(pieces);
        match (&self.pair, digest) {
            (Pair::Ed25519(pair), _) => {
                pair.try_sign(&joined(pieces)).ok().map(|signature| signature.as_ref().to_vec())
            }
            (Pair::Ecdsa(pair), digest) => pair.sign_digest(&digest?).ok().map(|signature| signature.as_ref().to_vec()),
            (Pair::Rsa(pair, encoding), digest) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(*encoding, &digest?, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PrivateKey({:?}, ..)", self.scheme)
    }
}

fn ed25519(text: &[u8]) -> Result<Pair, SecretError> {
    let pair = if let Some(base64) = text.strip_prefix(b"whsk_") {
        let bytes = decode_base64_unpadded(base64).ok_or(NOT_WHSK)?;
        let (seed, public) = bytes.split_at_checked(SEED_BYTES).ok_or(NOT_WHSK)?;
        Ed25519KeyPair::from_seed_and_public_key(seed, public).map_err(|_| NOT_WHSK)?
    } else if let Some(seed) = decode_hex(text).or_else(|| decode_base64(text)).filter(|seed| seed.len() == SEED_BYTES)
    {
        Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| NOT_PRIVATE)?
    } else {
        Ed25519KeyPair::from_pkcs8(&der(text)?).map_err(|_| NOT_PRIVATE)?
    };
    Ok(Pair::Ed25519(pair))
}

fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm, der: &[u8]) -> Result<Pair, SecretError> {
    EcdsaKeyPair::from_private_key_der(algorithm, der).map(Pair::Ecdsa).map_err(|_| NOT_PRIVATE)
}

fn rsa(encoding: &'static dyn RsaEncoding, der: &[u8]) -> Result<Pair, SecretError> {
    let pair = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)).map_err(|_| NOT_PRIVATE)?;
    Ok(Pair::Rsa(pair, encoding))
}

/// The DER of a private key from PEM or from base64; a block of curve parameters before it is what openssl adds.
fn der(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    if !pem::is_pem(text) {
        return decode_base64(text).ok_or(NOT_PRIVATE);
    }
    let blocks = pem::blocks(text, 2).ok_or(NOT_PRIVATE)?;
    let private = blocks.into_iter().find(|block| block.label.ends_with(b"PRIVATE KEY"));
    private.map(|block| block.der).ok_or(NOT_PRIVATE)
}

const SEED_BYTES: usize = 32;

const NOT_PRIVATE: SecretError = SecretError {
    sentence: "is no private key of the algorithm that this sender signs with",
    fix: "Give an unencrypted private key as PEM, or as base64 of its PKCS#8; hookseal.testing makes one. RSA keys have 2048 to 8192 bits.",
};
const NOT_WHSK: SecretError = SecretError {
    sentence: "is not \"whsk_\" followed by the base64 of 64 bytes, a seed and its public key",
    fix: "Copy the private key as it was made, whole.",
};
const ONLY_VERIFIED: SecretError = SecretError {
    sentence: "is for RSA with SHA-1, which is only verified, never signed",
    fix: "Test with messages that the sender signed, or with its newer form over SHA-256.",
};
const NOT_GENERATED: SecretError = SecretError {
    sentence: "could not be made: the system gives no random numbers",
    fix: "Look after the machine; this is no matter of settings.",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::public_key::PublicKey;

    fn proves(private: &PrivateKey, other: &PrivateKey, scheme: Scheme) -> bool {
        let text = other.public_text(KeyText::Spki).unwrap();
        let public = PublicKey::parse(scheme, KeyText::Spki, text.as_bytes(), 2_048).unwrap();
        public.verifies(&[b"a", b"b"], &private.sign(&[b"ab"]).unwrap())
    }

    #[test]
    fn a_key_is_read_as_it_is_written() {
        for scheme in
            [Scheme::Ed25519, Scheme::EcdsaP256Der, Scheme::EcdsaP256Raw, Scheme::RsaPkcs1Sha256, Scheme::RsaPssSha512]
        {
            let private = PrivateKey::generate(scheme).unwrap();
            let text = private.private_text(KeyText::Spki).unwrap();
            let again = PrivateKey::parse(scheme, text.as_bytes()).unwrap();
            let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", text.as_str());
            let of_pem = PrivateKey::parse(scheme, pem.as_bytes()).unwrap();
            assert!(proves(&again, &private, scheme) && proves(&of_pem, &private, scheme), "{scheme:?}");
        }
    }

    #[test]
    fn one_ed25519_key_in_four_spellings() {
        let (seed, public) = ([7; 32], Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap());
        let both = [&seed[..], public.public_key().as_ref()].concat();
        let texts = [
            Encoding::Hex.encode(&seed),
            Encoding::Base64.encode(&seed),
            format!("whsk_{}", Encoding::Base64.encode(&both)),
            Encoding::Base64.encode(public.to_pkcs8v1().unwrap().as_ref()),
        ];
        let keys = texts.map(|text| PrivateKey::parse(Scheme::Ed25519, text.as_bytes()).unwrap());
        assert!(keys.iter().all(|key| proves(key, &keys[0], Scheme::Ed25519)));
        let halves_of_two = format!("whsk_{}", Encoding::Base64.encode(&[seed, seed].concat()));
        assert_eq!(Some(NOT_WHSK), PrivateKey::parse(Scheme::Ed25519, halves_of_two.as_bytes()).err());
    }

    #[test]
    fn older_pem_is_read_too() {
        let ecdsa = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let sec1 = Encoding::Base64.encode(ecdsa.private_key().as_der().unwrap().as_ref());
        let pem = format!(
            "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n\
             -----BEGIN EC PRIVATE KEY-----\n{sec1}\n-----END EC PRIVATE KEY-----\n"
        );
        assert!(PrivateKey::parse(Scheme::EcdsaP256Raw, pem.as_bytes()).is_ok());
        let rsa = PrivateKey::generate(Scheme::RsaPkcs1Sha256).unwrap().private_text(KeyText::Spki).unwrap();
        let pkcs1 = Encoding::Base64.encode(&decode_base64(rsa.as_bytes()).unwrap()[26..]);
        assert!(PrivateKey::parse(Scheme::RsaPssSha512, pkcs1.as_bytes()).is_ok());
    }

    #[test]
    fn what_cannot_sign_says_so() {
        let rsa = PrivateKey::generate(Scheme::RsaPkcs1Sha256).unwrap().private_text(KeyText::Spki).unwrap();
        let sentence = |scheme, text: &str| PrivateKey::parse(scheme, text.as_bytes()).unwrap_err();
        assert_eq!(ONLY_VERIFIED, sentence(Scheme::RsaPkcs1Sha1, &rsa));
        assert_eq!(Some(ONLY_VERIFIED), PrivateKey::generate(Scheme::RsaPkcs1Sha1).err());
        for scheme in [Scheme::Ed25519, Scheme::EcdsaP256Der] {
            for wrong in [rsa.as_str(), "", "AAAA", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"] {
                assert_eq!(NOT_PRIVATE, sentence(scheme, wrong), "{scheme:?} {wrong:.20}");
            }
        }
        assert_eq!(NOT_WHSK, sentence(Scheme::Ed25519, "whsk_AAAA"));
    }
}
