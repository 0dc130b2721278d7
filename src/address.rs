//! Client addresses: read strictly, found behind trusted proxies from the right, matched against explicit ranges.

use std::net::{IpAddr, Ipv6Addr};

/// A list of address ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<Network>);

impl Networks {
    /// The ranges that these texts name: a bare address is a range of one, a prefix must leave no host bits set.
    ///
    /// # Errors
    /// The index of the first text that names no range.
    pub fn parse<T: AsRef<str>>(ranges: &[T]) -> Result<Self, usize> {
        let parsed = ranges.iter().enumerate().map(|(index, range)| Network::parse(range.as_ref()).ok_or(index));
        parsed.collect::<Result<_, _>>().map(Self)
    }

    /// Whether an address lies in one of the ranges.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// One range; IPv4 is kept as IPv4-mapped IPv6, so there is one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    first: u128,
    mask: u128,
}

impl Network {
    fn parse(range: &str) -> Option<Self> {
        let (text, prefix) = range.split_once('/').map_or((range, None), |(text, prefix)| (text, Some(prefix)));
        let address = text.parse::<IpAddr>().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse::<u32>().ok()?,
            Some(_) => return None,
        };
        let host_bits = u32::checked_sub(width, prefix)?;
        let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
        let first = bits(address);
        (first & mask == first).then_some(Self { first, mask })
    }

    fn contains(self, address: IpAddr) -> bool {
        bits(address) & self.mask == self.first
    }
}

/// Which entries of X-Forwarded-For are written by proxies of the site's own.
#[derive(Clone, Copy, Debug)]
pub enum Trusted<'a> {
    /// None: the socket peer is the client.
    Nobody,
    /// That many hops, counted from the right.
    Hops(usize),
    /// Every hop from these ranges.
    Proxies(&'a Networks),
}

/// The address that a text spells: no port, no octal; IPv4-mapped IPv6 is IPv4, and the zone of an IPv6 address is dropped.
#[must_use]
pub fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches([' ', '\t']);
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = match text.split_once('%') {
        None => text.parse::<IpAddr>().ok()?,
        Some((_, "")) => return None,
        // Only IPv6 has zones (RFC 4007 section 11).
        Some((scoped, _)) => IpAddr::V6(scoped.parse().ok()?),
    };
    Some(address.to_canonical())
}

/// The client's address, or nothing where there is none to be trusted. The left end of `forwarded`, which the client writes,
/// is reached only through entries that trusted proxies wrote.
#[must_use]
pub fn client(remote: &str, forwarded: Option<&str>, trusted: Trusted<'_>) -> Option<IpAddr> {
    let mut entries = forwarded.unwrap_or_default().rsplit(',').take(MOST_ENTRIES);
    match trusted {
        Trusted::Nobody | Trusted::Hops(0) => parse(remote),
        Trusted::Hops(hops) => entries.nth(hops.checked_sub(1)?).and_then(parse),
        Trusted::Proxies(proxies) => {
            let mut address = parse(remote)?;
            while proxies.contains(address) {
                address = entries.next().and_then(parse)?;
            }
            Some(address)
        }
    }
}

/// Entries of X-Forwarded-For that are looked at, from the right; no site has more proxies of its own.
const MOST_ENTRIES: usize = 32;

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => Ipv6Addr::to_bits(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(ranges: &[&str], address: &str) -> bool {
        parse(address).is_some_and(|address| Networks::parse(ranges).unwrap().contains(address))
    }

    fn behind(remote: &str, forwarded: &str, trusted: Trusted<'_>) -> Option<String> {
        client(remote, Some(forwarded), trusted).map(|address| address.to_string())
    }

    #[test]
    fn ranges_hold_their_addresses() {
        assert!(within(&["203.0.113.0/24"], "203.0.113.255"));
        assert!(!within(&["203.0.113.0/24"], "203.0.114.0"));
        assert!(within(&["203.0.113.7"], "::ffff:203.0.113.7"));
        assert!(within(&["2001:db8::/32"], "2001:db8::1%eth0"));
        assert!(within(&["0.0.0.0/0"], "8.8.8.8"));
        assert!(!within(&["0.0.0.0/0"], "2001:db8::1"));
        assert!(within(&["::/0"], "2001:db8::1"));
    }

    #[test]
    fn a_bare_ipv6_address_is_a_range_of_one() {
        assert!(within(&["2001:db8::1"], "2001:db8::1"));
        assert!(!within(&["2001:db8::1"], "2001:db8::2"));
    }

    #[test]
    fn a_zone_is_dropped_where_there_can_be_one() {
        assert_eq!(parse("fe80::1"), parse("fe80::1%eth0"));
        assert!(parse("fe80::1%eth0").is_some());
        for wrong in ["fe80::1%", "203.0.113.7%eth0", "%eth0", "203.0.113.7%"] {
            assert_eq!(None, parse(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_range_is_named_by_its_index() {
        for wrong in [
            "",
            "10.0.0.1/24",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "010.0.0.1",
            "1.2.3",
            "::1/129",
            "host",
            "1.2.3.4:80",
        ] {
            assert_eq!(Err(1), Networks::parse(&["10.0.0.0/8", wrong]), "{wrong}");
        }
    }

    #[test]
    fn the_left_end_of_the_list_is_never_the_client() {
        assert_eq!(Some("10.0.0.1".into()), behind("10.0.0.1", "203.0.113.9", Trusted::Nobody));
        assert_eq!(Some("198.51.100.7".into()), behind("10.0.0.1", "203.0.113.9, 198.51.100.7", Trusted::Hops(1)));
        assert_eq!(None, behind("10.0.0.1", "198.51.100.7", Trusted::Hops(2)));
        assert_eq!(None, behind("10.0.0.1", "", Trusted::Hops(1)));
        assert_eq!(None, behind("10.0.0.1", "garbage", Trusted::Hops(1)));
        let proxies = Networks::parse(&["10.0.0.0/8"]).unwrap();
        let trusted = Trusted::Proxies(&proxies);
        assert_eq!(Some("198.51.100.7".into()), behind("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", trusted));
        assert_eq!(Some("198.51.100.8".into()), behind("198.51.100.8", "203.0.113.9", trusted));
        assert_eq!(None, behind("10.0.0.1", "10.0.0.3,10.0.0.2", trusted));
        assert_eq!(None, behind("", "203.0.113.9", trusted));
    }
}
