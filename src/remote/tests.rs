//! Traps 42 to 45 of certificates: hostile addresses, foreign topics, names, times and chains.

use super::*;
use crate::certificate::tests::{Authority, authority, day, leaf, pem};

const SNS: &str = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-7ff5318490ec183fbaddaa2a969abfda.pem";
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:mail";
const SCALEWAY_URL: &str = "https://messaging.s3.fr-par.scw.cloud/fr-par/sns/cert-1.pem";
const SCALEWAY_TOPIC: &str = "arn:scw:sns:fr-par:project-5ad4d2a6-8c8b-4b0e-9e0d-6b1f3c9c2f11:mail";
const PAYPAL_URL: &str = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270";

fn key(source: Source, location: &str, names: &[&str], issuer: &Authority) -> RemoteKey {
    RemoteKey::parse(source, location, pem(&leaf(names, issuer)).as_bytes()).unwrap()
}

/// What stands before a file of SNS and is not its host.
const HOSTS: [&str; 61] = [
    "http://sns.us-east-1.amazonaws.com",
    "HTTPS://sns.us-east-1.amazonaws.com",
    "ftp://sns.us-east-1.amazonaws.com",
    "//sns.us-east-1.amazonaws.com",
    "sns.us-east-1.amazonaws.com",
    "https:/sns.us-east-1.amazonaws.com",
    "https:\\\\sns.us-east-1.amazonaws.com",
    " https://sns.us-east-1.amazonaws.com",
    "\thttps://sns.us-east-1.amazonaws.com",
    "https://sns.evil.com",
    "https://sns.us-east-1.amazonaws.com.evil.com",
    "https://sns.us-east-1.amazonaws.com.cn.evil.com",
    "https://evil.com/sns.us-east-1.amazonaws.com",
    "https://evil.com#sns.us-east-1.amazonaws.com",
    "https://evil.com?sns.us-east-1.amazonaws.com",
    "https://evil.com\\sns.us-east-1.amazonaws.com",
    "https://user@sns.us-east-1.amazonaws.com",
    "https://u:p@sns.us-east-1.amazonaws.com",
    "https://sns.us-east-1.amazonaws.com@evil.com",
    "https://sns.us-east-1.amazonaws.com:@evil.com",
    "https://sns.@evil.com.amazonaws.com",
    "https://sns.evil.com/.amazonaws.com",
    "https://sns.evil.com#.amazonaws.com",
    "https://sns.evil.com?.amazonaws.com",
    "https://sns.evil.com\\.amazonaws.com",
    "https://sns.evil.com%2f.amazonaws.com",
    "https://sns.us-east-1.amazonaws.com:443",
    "https://sns.us-east-1.amazonaws.com:8443",
    "https://sns.us-east-1.amazonaws.com:",
    "https://sns.us-east-1.amazonaws.com.",
    "https://sns.us-east-1.amazonaws.com.cn.",
    "https://sns.us-east-1.amazonaws.com%2e",
    "https://sns%2eus-east-1.amazonaws.com",
    "https://sns.us-east-1%00.amazonaws.com",
    "https://sns.us-east-1\0.amazonaws.com",
    "https://sns.us-east-1\n.amazonaws.com",
    "https://sns.us-east-1.amazonaws.com\n",
    "https://sns.us-east-1.amazonaws.com\\",
    "https://sns.s3-us-west-2.amazonaws.com",
    "https://sns.s3.amazonaws.com",
    "https://sns.s3-website.amazonaws.com",
    "https://sns.us-east-1.s3.amazonaws.com",
    "https://sns.a.amazonaws.com",
    "https://sns..amazonaws.com",
    "https://sns.amazonaws.com",
    "https://xsns.us-east-1.amazonaws.com",
    "https://sns-us-east-1.amazonaws.com",
    "https://sns.us_east_1.amazonaws.com",
    "https://sns.US-EAST-1.amazonaws.com",
    "https://SNS.us-east-1.amazonaws.com",
    "https://sns.us-east-1.amazonaws.org",
    "https://sns.us-east-1.amazonaws.comx",
    "https://sns.us-east-1.amazonaws.co",
    "https://sns.us-east-1.amazonaws\u{3002}com",
    "https://sns.\u{0443}s-east-1.amazonaws.com",
    "https://[sns.us-east-1.amazonaws.com]",
    "https://127.0.0.1",
    "https://169.254.169.254",
    "https://sns.us-east-1.amazonaws.com/..",
    "https://sns.us-east-1.amazonaws.com//evil.com",
    "file://sns.us-east-1.amazonaws.com",
];

/// Judges as the source does, with roots made for the test.
fn judged(key: &RemoteKey, root: &Authority, signed: UnixMillis, now: UnixMillis) -> Result<(), Distrust> {
    let anchors: &'static [&'static [u8]] = Box::leak(vec![&*Box::leak(root.der().to_vec().into_boxed_slice())].into());
    let trust = key.source.trust().unwrap();
    let roots = trust.roots.map(|_| Roots { anchors, links: &[] });
    Trust { roots, ..trust }.judge(key.chain.as_ref().unwrap(), signed, now)
}

#[test]
fn the_senders_own_addresses_are_known() {
    for (source, location) in [
        (Source::Sns, SNS),
        (Source::Sns, "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0.pem"),
        (Source::Sns, "https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-a1.pem"),
        (Source::Scaleway, SCALEWAY_URL),
        (Source::Scaleway, "https://messaging.s3.nl-ams.scw.cloud/certs/1.pem"),
        (Source::Paypal, PAYPAL_URL),
        (Source::Paypal, "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1"),
        (Source::Plaid, "bfbd5111-8e33-4643-8ced-b2e642a72f3c"),
    ] {
        assert!(source.owns(location), "{location}");
        assert_eq!(Some(source), Source::named(source.name()));
    }
    assert_eq!(None, Source::named("SNS"));
}

#[test]
fn t41_hostile_addresses_of_sns_are_not_its_own() {
    let file = "/SimpleNotificationService-7ff5318490ec183fbaddaa2a969abfda.pem";
    for host in HOSTS {
        assert!(!Source::Sns.owns(&format!("{host}{file}")), "{host:?}");
        assert!(!Source::Sns.confirms(&format!("{host}/?Action=ConfirmSubscription"), TOPIC), "{host:?}");
    }
}

#[test]
fn t41_hostile_files_of_sns_are_not_its_own() {
    let host = "https://sns.us-east-1.amazonaws.com";
    for path in [
        "",
        "/",
        "/SimpleNotificationService-.pem",
        "/SimpleNotificationService-xyz.pem",
        "/SimpleNotificationService-AB.pem",
        "/SimpleNotificationService-ab.pem\n",
        "/SimpleNotificationService-ab.pem?x",
        "/SimpleNotificationService-ab.pem#x",
        "/SimpleNotificationService-ab.pem/",
        "/SimpleNotificationService-ab.pem.evil",
        "/SimpleNotificationService-ab.PEM",
        "/SimpleNotificationService-ab%2epem",
        "/SimpleNotificationService-../ab.pem",
        "/x/SimpleNotificationService-ab.pem",
        "//SimpleNotificationService-ab.pem",
        "/simplenotificationservice-ab.pem",
        "/SimpleNotificationService-ab.crt",
        "/SimpleNotificationService-a b.pem",
        "/SimpleNotificationService-ab;.pem",
        "/SimpleNotificationService-\u{ff11}.pem",
    ] {
        assert!(!Source::Sns.owns(&format!("{host}{path}")), "{path:?}");
    }
    assert!(!Source::Sns.owns(&format!("{host}/SimpleNotificationService-{}.pem", "a".repeat(129))));
}

#[test]
fn hostile_addresses_of_the_others_are_not_theirs() {
    for (source, location) in [
        (Source::Scaleway, "https://attacker.s3.fr-par.scw.cloud/cert.pem"),
        (Source::Scaleway, "https://messaging.s3.fr-par.scw.cloud.evil.com/cert.pem"),
        (Source::Scaleway, "http://messaging.s3.fr-par.scw.cloud/cert.pem"),
        (Source::Scaleway, "https://messaging.s3.fr-par.scw.cloud/../cert.pem"),
        (Source::Scaleway, "https://messaging.s3.fr-par.scw.cloud//cert.pem"),
        (Source::Scaleway, "https://messaging.s3.fr-par.scw.cloud/cert.pem?x"),
        (Source::Scaleway, "https://messaging.s3.fr-par.scw.cloud@evil.com/cert.pem"),
        (Source::Scaleway, "https://messaging.s3.pl-waw.scw.cloud/cert.pem"),
        (Source::Scaleway, SNS),
        (Source::Sns, SCALEWAY_URL),
        (Source::Paypal, "http://api.paypal.com/v1/notifications/certs/CERT-1"),
        (Source::Paypal, "https://api.paypal.com.evil.com/v1/notifications/certs/CERT-1"),
        (Source::Paypal, "https://evil.com/v1/notifications/certs/CERT-1"),
        (Source::Paypal, "https://www.paypal.com/v1/notifications/certs/CERT-1"),
        (Source::Paypal, "https://api.paypal.com@evil.com/v1/notifications/certs/CERT-1"),
        (Source::Paypal, "https://api.paypal.com:8443/v1/notifications/certs/CERT-1"),
        (Source::Paypal, "https://api.paypal.com/v1/notifications/certs/../../x"),
        (Source::Paypal, "https://api.paypal.com/v1/notifications/certs/CERT-1?x=1"),
        (Source::Paypal, "https://api.paypal.com/v1/notifications/certs/"),
        (Source::Paypal, "https://api.paypal.com/v1/notifications/certs/CERT-1\n"),
        (Source::Plaid, ""),
        (Source::Plaid, "../x"),
        (Source::Plaid, "kid\n"),
        (Source::Plaid, "\u{e9}"),
    ] {
        assert!(!source.owns(location), "{source:?} {location:?}");
        assert!(matches!(RemoteKey::parse(source, location, b""), Err(Distrust::Location)));
    }
    assert!(!Source::Plaid.owns(&"k".repeat(129)));
}

#[test]
fn a_certificate_serves_the_topics_of_its_own_region() {
    let china = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0.pem";
    assert!(Source::Sns.serves(SNS, TOPIC));
    assert!(Source::Sns.serves(china, "arn:aws-cn:sns:cn-north-1:123456789012:mail"));
    assert!(Source::Scaleway.serves(SCALEWAY_URL, SCALEWAY_TOPIC));
    for (location, topic) in [
        (SNS, "arn:aws:sns:us-east-2:123456789012:mail"),
        (SNS, "arn:aws-cn:sns:us-east-1:123456789012:mail"),
        (china, "arn:aws:sns:cn-north-1:123456789012:mail"),
        (SNS, "arn:aws:sqs:us-east-1:123456789012:mail"),
        (SNS, "arn:scw:sns:us-east-1:123456789012:mail"),
        (SNS, "arn:aws:sns:us-east-1:12345678901:mail"),
        (SNS, "arn:aws:sns:us-east-1:123456789012"),
        (SNS, "arn:aws:sns:us-east-1:123456789012:mail:x"),
        (SNS, "arn:aws:sns:us-east-1:123456789012:"),
        (SNS, " arn:aws:sns:us-east-1:123456789012:mail"),
        (SNS, ""),
    ] {
        assert!(!Source::Sns.serves(location, topic), "{location} {topic}");
    }
    assert!(!Source::Scaleway.serves(SCALEWAY_URL, TOPIC));
    assert!(!Source::Paypal.serves(PAYPAL_URL, TOPIC));
}

#[test]
fn a_subscription_is_confirmed_at_the_senders_own_host() {
    let url = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:123456789012:mail&Token=2336412f37";
    assert!(Source::Sns.confirms(url, TOPIC));
    let scaleway = "https://sns.mnq.fr-par.scaleway.com/?Action=ConfirmSubscription&TopicArn=arn&Token=1";
    assert!(Source::Scaleway.confirms(scaleway, SCALEWAY_TOPIC));
    for (source, url, topic) in [
        (Source::Sns, url.replace("us-east-1.", "us-east-2."), TOPIC),
        (Source::Sns, url.replace("Confirm", "Un"), TOPIC),
        (Source::Sns, url.replace("/?", "/x?"), TOPIC),
        (Source::Sns, format!("{url}#x"), TOPIC),
        (Source::Sns, format!("{url}\n"), TOPIC),
        (Source::Sns, format!("{url}{}", "x".repeat(2_048)), TOPIC),
        (Source::Sns, url.to_owned(), SCALEWAY_TOPIC),
        (Source::Scaleway, scaleway.replace("fr-par", "nl-ams"), SCALEWAY_TOPIC),
        (Source::Scaleway, scaleway.replace(".com", ".com.evil.com"), SCALEWAY_TOPIC),
        (Source::Scaleway, url.to_owned(), SCALEWAY_TOPIC),
        (Source::Paypal, url.to_owned(), TOPIC),
        (Source::Plaid, url.to_owned(), TOPIC),
    ] {
        assert!(!source.confirms(&url, topic), "{source:?} {url:.120}");
    }
}

#[test]
fn sns_is_judged_by_name_and_by_the_time_that_was_signed() {
    let root = authority("Anyone", None);
    let good = key(Source::Sns, SNS, &["sns.amazonaws.com"], &root);
    let (signed, now) = (day(2024, 12, 31), day(2026, 1, 1));
    for scheme in [Scheme::RsaPkcs1Sha1, Scheme::RsaPkcs1Sha256] {
        assert!(good.trusted(scheme, Some(TOPIC), signed, now).is_ok());
    }
    assert_eq!(Some(Distrust::NoKey), good.trusted(Scheme::Ed25519, Some(TOPIC), signed, now).err());
    assert_eq!(Some(Distrust::Time), good.trusted(Scheme::RsaPkcs1Sha1, Some(TOPIC), now, signed).err());
    let elsewhere = "arn:aws:sns:eu-west-1:123456789012:mail";
    assert_eq!(Some(Distrust::Location), good.trusted(Scheme::RsaPkcs1Sha1, Some(elsewhere), signed, now).err());
    for name in ["sns.amazonaws.com.evil.com", "xsns.amazonaws.com", "*.amazonaws.com", "amazonaws.com"] {
        let foreign = key(Source::Sns, SNS, &[name], &root);
        assert_eq!(
            Some(Distrust::Name),
            foreign.trusted(Scheme::RsaPkcs1Sha1, Some(TOPIC), signed, now).err(),
            "{name}"
        );
    }
}

#[test]
fn scaleway_is_judged_by_its_chain() {
    let (root, stranger) = (authority("Root", None), authority("Root", None));
    let good = key(Source::Scaleway, SCALEWAY_URL, &[], &root);
    let (signed, late) = (day(2024, 6, 1), day(2025, 6, 1));
    assert_eq!(Ok(()), judged(&good, &root, signed, late));
    assert_eq!(Err(Distrust::Time), judged(&good, &root, late, signed));
    assert_eq!(Err(Distrust::Chain), judged(&good, &stranger, signed, late));
    let real = good.trusted(Scheme::RsaPkcs1Sha256, Some(SCALEWAY_TOPIC), signed, late);
    assert_eq!(Some(Distrust::Chain), real.err());
}

#[test]
fn paypal_is_judged_by_name_chain_and_the_time_of_the_receiver() {
    let (root, stranger) = (authority("Root", None), authority("Root", None));
    let now = day(2024, 6, 1);
    let of = |names: &[&str]| key(Source::Paypal, PAYPAL_URL, names, &root);
    let good = of(&["messageverificationcerts.paypal.com"]);
    assert_eq!(Ok(()), judged(&good, &root, now, now));
    assert_eq!(Err(Distrust::Time), judged(&good, &root, now, day(2025, 6, 1)));
    assert_eq!(Err(Distrust::Chain), judged(&good, &stranger, now, now));
    for names in [&["paypal.com.evil.com"][..], &["evilpaypal.com"], &["paypal.com"], &["evil.com"], &[]] {
        assert_eq!(Err(Distrust::Name), judged(&of(names), &root, now, now), "{names:?}");
    }
    let real = good.trusted(Scheme::RsaPkcs1Sha256, None, now, now);
    assert_eq!(Some(Distrust::Chain), real.err());
}

#[test]
fn the_roots_and_links_belong_together() {
    let now = day(2026, 6, 1);
    for (roots, link) in [(SCALEWAY, SCALEWAY.links[0]), (PAYPAL, PAYPAL.links[0])] {
        // A link is an authority, which webpki takes for no leaf; so its signature is checked under its root's key.
        let spki = |der: &[u8]| Chain::parse(pem(der).as_bytes()).unwrap().spki().to_vec();
        let root = PublicKey::from_spki(Scheme::RsaPkcs1Sha256, &spki(roots.anchors[0]), LEAST_BITS).unwrap();
        let signed_end = link.len() - 256 - 5 - 15;
        assert!(root.verifies(&[&link[4..signed_end]], &link[link.len() - 256..]));
        assert!(Chain::parse(pem(link).as_bytes()).unwrap().valid_at(now));
    }
}

#[test]
fn plaid_publishes_single_keys() {
    let private = crate::private_key::PrivateKey::generate(Scheme::EcdsaP256Raw).unwrap();
    let jwk = private.public_text(KeyText::Jwk).unwrap();
    let with = |members: &str| jwk.replacen('{', &format!("{{{members},"), 1);
    let parse = |text: &str| RemoteKey::parse(Source::Plaid, "kid-1", text.as_bytes());
    let good = r#""kid":"kid-1","alg":"ES256","use":"sig","created_at":1560466950,"expired_at":null"#;
    let key = parse(&with(good)).unwrap();
    let moment = day(2024, 1, 1);
    let public = key.trusted(Scheme::EcdsaP256Raw, None, moment, moment).unwrap();
    assert!(public.verifies(&[b"x"], &private.sign(&[b"x"]).unwrap()));
    assert_eq!(("kid-1", Source::Plaid), (&*key.location, key.source));
    assert_eq!("RemoteKey(Plaid, \"kid-1\")", format!("{key:?}"));
    for wrong in [
        jwk.clone(),
        with(&good.replace("kid-1", "kid-2")),
        with(&good.replace("ES256", "HS256")),
        with(&good.replace("null", "1560466950")),
        with(&good.replace("sig", "enc")),
        good.to_owned(),
    ] {
        assert!(matches!(parse(&wrong), Err(Distrust::NoKey)), "{wrong}");
    }
}

#[test]
fn what_is_no_certificate_is_no_key() {
    let root = authority("Root", None);
    let elliptic = pem(root.der());
    for wrong in ["", "<html>", "{}", &elliptic] {
        assert!(matches!(RemoteKey::parse(Source::Sns, SNS, wrong.as_bytes()), Err(Distrust::NoKey)), "{wrong:.40}");
    }
    for distrust in [Distrust::NoKey, Distrust::Location, Distrust::Name, Distrust::Time, Distrust::Chain] {
        assert!(!distrust.sentence().is_empty());
    }
}
