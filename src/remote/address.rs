//! The addresses of a sender, held literally: what is not written exactly so is not his, whatever a URL parser would make of it.

use super::Source;

impl Source {
    /// Whether a key may be fetched from there: a URL of the sender's own host and path, or the id of one of its keys.
    pub(crate) fn owns(self, location: &str) -> bool {
        match self {
            Self::Sns => sns_host(location).is_some_and(|(_, path)| {
                let name = path.strip_prefix("/SimpleNotificationService-").and_then(|name| name.strip_suffix(".pem"));
                name.is_some_and(|name| of(name, 1..=128, |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
            }),
            Self::Scaleway => SCALEWAY_CERTIFICATES.iter().any(|prefix| {
                let path = location.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(".pem"));
                path.is_some_and(|path| path.split('/').all(|step| of(step, 1..=128, is_plain)))
            }),
            Self::Paypal => PAYPAL_CERTIFICATES
                .iter()
                .any(|prefix| location.strip_prefix(prefix).is_some_and(|name| of(name, 1..=128, is_plain))),
            Self::Plaid => of(location, 1..=128, |byte| is_plain(byte) || byte == b'_'),
        }
    }

    /// Whether a location and a topic go together: the topic is the sender's, and SNS signs with the certificate of its own region.
    pub(crate) fn serves(self, location: &str, topic: &str) -> bool {
        match self {
            Self::Sns => sns_host(location).is_some_and(|(host, _)| Some(host) == sns_region(topic)),
            Self::Scaleway => scaleway_region(topic).is_some(),
            Self::Paypal | Self::Plaid => false,
        }
    }

    /// Whether a subscription to a topic may be confirmed by opening that URL: the sender's own host, in the region of the topic.
    pub(crate) fn confirms(self, url: &str, topic: &str) -> bool {
        let query = match self {
            Self::Sns => sns_host(url).filter(|(host, _)| Some(*host) == sns_region(topic)).map(|(_, rest)| rest),
            Self::Scaleway => scaleway_region(topic).and_then(|region| {
                let host = url.strip_prefix("https://sns.mnq.")?.strip_prefix(region)?;
                host.strip_prefix(".scaleway.com")
            }),
            Self::Paypal | Self::Plaid => None,
        };
        query.and_then(|rest| rest.strip_prefix("/?")).is_some_and(|query| {
            query.split('&').any(|pair| pair == "Action=ConfirmSubscription") && of(query, 1..=MOST_URL, is_in_query)
        })
    }
}

/// A region and whether it is one of China's, whose hosts end in `.cn`.
type Region<'a> = (&'a str, bool);

/// The region of a URL of SNS, and what follows its host.
fn sns_host(url: &str) -> Option<(Region<'_>, &str)> {
    let (region, rest) = url.strip_prefix("https://sns.")?.split_once(".amazonaws.com")?;
    let (china, rest) = rest.strip_prefix(".cn").map_or((false, rest), |rest| (true, rest));
    // A bucket of S3 could be named so that its host fits; its region label begins with s3.
    let is_region = of(region, 3..=32, is_label) && !region.starts_with("s3");
    is_region.then_some(((region, china), rest))
}

/// The region of `arn:aws:sns:REGION:ACCOUNT:NAME` (China: `aws-cn`; US government: `aws-us-gov`).
fn sns_region(topic: &str) -> Option<Region<'_>> {
    let (partition, region, account) = arn(topic)?;
    let china = match partition {
        "aws" | "aws-us-gov" => false,
        "aws-cn" => true,
        _ => return None,
    };
    of(account, 12..=12, |byte| byte.is_ascii_digit()).then_some((region, china))
}

/// The region of `arn:scw:sns:REGION:PROJECT:NAME`.
fn scaleway_region(topic: &str) -> Option<&str> {
    arn(topic)
        .filter(|(partition, _, project)| *partition == "scw" && of(project, 1..=64, is_label))
        .map(|(_, region, _)| region)
}

/// Partition, region and account of the name of a topic.
fn arn(topic: &str) -> Option<(&str, &str, &str)> {
    let mut words = topic.split(':');
    let (prefix, partition, service) = (words.next()?, words.next()?, words.next()?);
    let (region, account, name) = (words.next()?, words.next()?, words.next()?);
    let whole = prefix == "arn" && service == "sns" && words.next().is_none();
    let named = of(region, 3..=32, is_label) && of(name, 1..=261, |byte| is_plain(byte) || matches!(byte, b'_' | b'.'));
    (whole && named).then_some((partition, region, account))
}

/// Whether a text has a length and consists of such bytes.
fn of(text: &str, length: std::ops::RangeInclusive<usize>, allowed: fn(u8) -> bool) -> bool {
    length.contains(&text.len()) && text.bytes().all(allowed)
}

fn is_label(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// What a query holds (RFC 3986 section 3.4), without what only hosts and fragments need.
fn is_in_query(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:/?%".contains(&byte)
}

/// Longest URL that is opened; the tokens of SNS have some 300 characters.
const MOST_URL: usize = 2_048;

/// Buckets of Scaleway's own, in either region: <https://www.scaleway.com/en/docs/topics-and-events/reference-content/verifying-webhooks/>.
const SCALEWAY_CERTIFICATES: [&str; 2] =
    ["https://messaging.s3.fr-par.scw.cloud/", "https://messaging.s3.nl-ams.scw.cloud/"];

/// PayPal's API, live and sandbox, under both of its names.
const PAYPAL_CERTIFICATES: [&str; 4] = [
    "https://api.paypal.com/v1/notifications/certs/",
    "https://api-m.paypal.com/v1/notifications/certs/",
    "https://api.sandbox.paypal.com/v1/notifications/certs/",
    "https://api-m.sandbox.paypal.com/v1/notifications/certs/",
];
