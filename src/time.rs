//! Signed times: read strictly from the text that was signed, judged against a clock that is handed in.
//!
//! The text is signed as received and parsed here as ASCII; nothing is canonicalised. All arithmetic is checked.

use serde::Deserialize;

use crate::rejection::{Detail, Reason, Rejection};

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixMillis(i64);

impl UnixMillis {
    /// The moment that many milliseconds after the epoch.
    #[must_use]
    pub const fn new(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// How a sender writes its time.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    /// Ten ASCII digits: Unix seconds.
    S,
    /// Thirteen ASCII digits: Unix milliseconds.
    Ms,
    /// RFC 3339 with up to nine digits of fraction. The zone is demanded: it ends the text, so that nothing that follows it in the
    /// signed bytes can be taken for a part of the time, nor the other way round.
    Iso8601,
    /// The same without a zone, in UTC: for senders that write it so and set it off from what follows in the signed bytes.
    #[serde(rename = "iso8601-utc")]
    Iso8601Utc,
    /// The fixed date of RFC 1123: `Sun, 06 Nov 1994 08:49:37 GMT`.
    Rfc1123,
    /// Any of the others, told apart by its shape: for times that are not part of signed bytes. No record can name it.
    #[serde(skip_deserializing)]
    Any,
}

impl TimeUnit {
    /// The moment that `text` names.
    ///
    /// # Errors
    /// [`Reason::MalformedTimestamp`] where it is not written so, [`Reason::TimestampOutOfRange`] where it is, but names
    /// no moment between 2001 and 2286: in that range Unix seconds have ten digits and milliseconds thirteen.
    pub(crate) fn parse(self, text: &[u8]) -> Result<UnixMillis, Reason> {
        match self {
            Self::S => digits(text, 10)?.checked_mul(1_000),
            Self::Ms => Some(digits(text, 13)?),
            Self::Iso8601 => Some(iso8601(text).ok_or(Reason::MalformedTimestamp)?),
            Self::Iso8601Utc => Some(iso8601(&[text, b"Z"].concat()).ok_or(Reason::MalformedTimestamp)?),
            Self::Rfc1123 => Some(rfc1123(text).ok_or(Reason::MalformedTimestamp)?),
            Self::Any => return Self::of_shape(text).parse(text),
        }
        .filter(|millis| PLAUSIBLE.contains(millis))
        .map(UnixMillis)
        .ok_or(Reason::TimestampOutOfRange)
    }

    /// How a text is written, judged by its length and its first characters.
    fn of_shape(text: &[u8]) -> Self {
        match text {
            [b'0'..=b'9', _, _, _, b'-', ..] => Self::Iso8601,
            [b'0'..=b'9', ..] if text.len() >= 13 => Self::Ms,
            [b'0'..=b'9', ..] => Self::S,
            _ => Self::Rfc1123,
        }
    }

    /// The text a sender would write for this moment; the inverse of `parse`.
    pub(crate) fn write(self, moment: UnixMillis) -> String {
        let seconds = moment.0.div_euclid(1_000);
        match self {
            Self::S | Self::Any => seconds.to_string(),
            Self::Ms => moment.0.to_string(),
            Self::Iso8601 => {
                let (year, month, day) = civil(seconds.div_euclid(DAY));
                let (hour, minute, second) = clock(seconds);
                let millis = moment.0.rem_euclid(1_000);
                format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
            }
            Self::Iso8601Utc => Self::Iso8601.write(moment).trim_end_matches('Z').to_owned(),
            Self::Rfc1123 => {
                let (year, month, day) = civil(seconds.div_euclid(DAY));
                let (hour, minute, second) = clock(seconds);
                let weekday = name(WEEKDAYS, seconds.div_euclid(DAY).saturating_add(3).rem_euclid(7));
                let month = name(MONTHS, month.saturating_sub(1));
                format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
            }
        }
    }
}

/// What a signed time is the time of; it decides how far back a genuine delivery may lie.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum TimeOf {
    /// Signed anew for every try.
    Attempt,
    /// Signed once, for the event.
    Event,
    /// Not known which.
    Unknown,
}

impl TimeOf {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attempt => "attempt",
            Self::Event => "event",
            Self::Unknown => "unknown",
        }
    }
}

/// On which sides of now a tolerance applies.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    /// Past and future alike.
    #[default]
    Both,
    /// The past alone; nothing from the future is taken.
    Past,
}

/// Judges a signed time against now; the tolerance (seconds) belongs to the accepted range.
///
/// # Errors
/// [`Reason::Stale`] or [`Reason::Future`], with the distance.
pub(crate) fn judge(signed: UnixMillis, now: UnixMillis, tolerance: u32, side: Side) -> Result<(), Rejection> {
    let distance = signed.0.abs_diff(now.0);
    let future = signed > now;
    let allowed = if future && side == Side::Past { 0 } else { u64::from(tolerance).saturating_mul(1_000) };
    if distance <= allowed {
        return Ok(());
    }
    let reason = if future { Reason::Future } else { Reason::Stale };
    let detail = Detail::Age { seconds: distance.div_ceil(1_000), tolerance: allowed.div_euclid(1_000) };
    Err(Rejection::new(reason, detail))
}

/// Milliseconds of the moments that count as plausible: 2001-09-09 to 2286-11-20.
const PLAUSIBLE: std::ops::Range<i64> = 1_000_000_000_000..10_000_000_000_000;

const DAY: i64 = 86_400;
const WEEKDAYS: &[&str] = &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: &[&str] = &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The number that exactly `width` ASCII digits spell. Other digit counts are out of range; anything else is malformed.
fn digits(text: &[u8], width: usize) -> Result<i64, Reason> {
    match text {
        [] | [b'0', _, ..] => Err(Reason::MalformedTimestamp),
        _ if text.len() == width => number(text).ok_or(Reason::MalformedTimestamp),
        _ if text.iter().all(u8::is_ascii_digit) => Err(Reason::TimestampOutOfRange),
        _ => Err(Reason::MalformedTimestamp),
    }
}

/// The number that up to 18 ASCII digits spell: so many cannot overflow.
fn number(text: &[u8]) -> Option<i64> {
    let (value, seen) = text.iter().fold((0_i64, 0), |(value, seen), digit| {
        let digit = digit.wrapping_sub(b'0');
        (value.wrapping_mul(10).wrapping_add(i64::from(digit)), seen.max(digit))
    });
    ((1..=18).contains(&text.len()) && seen < 10).then_some(value)
}

/// `YYYY-MM-DDTHH:MM:SS[.f{1,9}]` and `Z`, `+HH:MM` or `-HH:MM`, in milliseconds.
fn iso8601(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (clock, rest) = rest.strip_prefix(b"T")?.split_at_checked(8)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else {
        return None;
    };
    let days = days(number(&[*y1, *y2, *y3, *y4])?, number(&[*m1, *m2])?, number(&[*d1, *d2])?)?;
    let (fraction, zone) = fraction(rest)?;
    let seconds = days.checked_mul(DAY)?.checked_add(seconds_of_day(clock)?)?.checked_sub(offset(zone)?)?;
    seconds.checked_mul(1_000)?.checked_add(fraction)
}

/// A leading `.f{1,9}` in milliseconds (further digits are cut), and what follows it.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else {
        return Some((0, text));
    };
    let width = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&width) {
        return None;
    }
    let (digits, zone) = rest.split_at_checked(width)?;
    let mut millis = [b'0'; 3];
    millis.iter_mut().zip(digits).for_each(|(place, digit)| *place = *digit);
    Some((number(&millis)?, zone))
}

/// The offset of a zone in seconds.
fn offset(zone: &[u8]) -> Option<i64> {
    match zone {
        [b'Z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let hours = number(&[*h1, *h2]).filter(|hours| *hours < 24)?;
            let minutes = number(&[*m1, *m2]).filter(|minutes| *minutes < 60)?;
            let seconds = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?;
            Some(if *sign == b'-' { seconds.wrapping_neg() } else { seconds })
        }
        _ => None,
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` in milliseconds. The day of the week is not checked: it carries nothing.
fn rfc1123(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let (weekday, rest) = text.split_once(", ")?;
    let mut words = rest.strip_suffix(" GMT")?.split(' ');
    let (day, month, year, clock) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let shaped = WEEKDAYS.contains(&weekday) && day.len() == 2 && year.len() == 4 && words.next().is_none();
    let month = MONTHS.iter().zip(1_i64..).find_map(|(name, index)| (*name == month).then_some(index))?;
    let days = days(number(year.as_bytes())?, month, number(day.as_bytes())?).filter(|_| shaped)?;
    days.checked_mul(DAY)?.checked_add(seconds_of_day(clock.as_bytes())?)?.checked_mul(1_000)
}

/// `HH:MM:SS` in seconds. A leap second is taken as the second before it.
fn seconds_of_day(clock: &[u8]) -> Option<i64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = clock else {
        return None;
    };
    let hours = number(&[*h1, *h2]).filter(|hours| *hours < 24)?;
    let minutes = number(&[*m1, *m2]).filter(|minutes| *minutes < 60)?;
    let seconds = number(&[*s1, *s2]).filter(|seconds| *seconds <= 60)?.min(59);
    hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)
}

/// Days from the epoch to a civil date of the proleptic Gregorian calendar, if there is such a date.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let (march_year, march_month) =
        if month > 2 { (year, month.checked_sub(3)?) } else { (year.checked_sub(1)?, month.checked_add(9)?) };
    let of_year = march_month.checked_mul(153)?.checked_add(2)?.div_euclid(5).checked_add(day)?.checked_sub(1)?;
    let leap_days =
        [4, -100, 400].iter().map(|period: &i64| march_year.div_euclid(period.abs()).saturating_mul(period.signum()));
    let total = march_year.checked_mul(365)?.checked_add(leap_days.sum::<i64>())?.checked_add(of_year)?;
    let days = total.checked_sub(719_468)?;
    (civil(days) == (year, month, day)).then_some(days)
}

/// The civil date that many days after the epoch; valid for the years 1 to 9999.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let skipped = [(1_460, -1), (36_524, 1), (146_096, -1)];
    let leap_free = skipped.iter().fold(of_era, |sum, (period, sign): &(i64, i64)| {
        sum.saturating_add(of_era.div_euclid(*period).saturating_mul(*sign))
    });
    let year_of_era = leap_free.div_euclid(365);
    let before = year_of_era
        .saturating_mul(365)
        .saturating_add(year_of_era.div_euclid(4))
        .saturating_sub(year_of_era.div_euclid(100));
    let of_year = of_era.saturating_sub(before);
    let march_month = of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
    let day = of_year.saturating_sub(march_month.saturating_mul(153).saturating_add(2).div_euclid(5)).saturating_add(1);
    let (month, carry) =
        if march_month < 10 { (march_month.saturating_add(3), 0) } else { (march_month.saturating_sub(9), 1) };
    (year_of_era.saturating_add(era.saturating_mul(400)).saturating_add(carry), month, day)
}

fn clock(seconds: i64) -> (i64, i64, i64) {
    let of_day = seconds.rem_euclid(DAY);
    (of_day.div_euclid(3_600), of_day.div_euclid(60).rem_euclid(60), of_day.rem_euclid(60))
}

fn name(names: &'static [&'static str], index: i64) -> &'static str {
    usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_time_of_any_unit_is_known_by_its_shape() {
        let moment = UnixMillis::new(1_700_000_000_000);
        for unit in [TimeUnit::S, TimeUnit::Ms, TimeUnit::Iso8601, TimeUnit::Rfc1123] {
            assert_eq!(Ok(moment), TimeUnit::Any.parse(unit.write(moment).as_bytes()), "{unit:?}");
        }
        for wrong in ["", "x", "12", "17000000000", "2023-11-14", "2023-11-14T22:13:20"] {
            assert!(TimeUnit::Any.parse(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
        assert!(serde_json::from_str::<TimeUnit>("\"any\"").is_err());
    }

    #[test]
    fn seconds_are_ten_ascii_digits() {
        assert_eq!(Ok(UnixMillis(1_700_000_000_000)), TimeUnit::S.parse(b"1700000000"));
        for (text, reason) in [
            (&b""[..], Reason::MalformedTimestamp),
            (b"01700000000", Reason::MalformedTimestamp),
            (b"0170000000", Reason::MalformedTimestamp),
            (b"1700000000.0", Reason::MalformedTimestamp),
            (b"+1700000000", Reason::MalformedTimestamp),
            (b"-1700000000", Reason::MalformedTimestamp),
            (b" 1700000000", Reason::MalformedTimestamp),
            (b"1_70000000", Reason::MalformedTimestamp),
            (b"1e9", Reason::MalformedTimestamp),
            (b"nan", Reason::MalformedTimestamp),
            ("١٧٠٠٠٠٠٠٠٠".as_bytes(), Reason::MalformedTimestamp),
            (b"1", Reason::TimestampOutOfRange),
            (b"0", Reason::TimestampOutOfRange),
            (b"1700000000000", Reason::TimestampOutOfRange),
            (b"99999999999999999999", Reason::TimestampOutOfRange),
            (b"-9223372036854775808", Reason::MalformedTimestamp),
        ] {
            assert_eq!(Err(reason), TimeUnit::S.parse(text), "{text:?}");
        }
    }

    #[test]
    fn milliseconds_are_thirteen_digits() {
        assert_eq!(Ok(UnixMillis(1_700_000_000_123)), TimeUnit::Ms.parse(b"1700000000123"));
        assert_eq!(Err(Reason::TimestampOutOfRange), TimeUnit::Ms.parse(b"1700000000"));
    }

    #[test]
    fn iso_dates_end_with_their_zone() {
        let expected = Ok(UnixMillis(1_700_000_000_123));
        for text in [
            "2023-11-14T22:13:20.123Z",
            "2023-11-14T22:13:20.123456789Z",
            "2023-11-14T15:13:20.123-07:00",
            "2023-11-15T03:43:20.123+05:30",
        ] {
            assert_eq!(expected, TimeUnit::Iso8601.parse(text.as_bytes()), "{text}");
        }
        for text in [
            "2023-02-29T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-00-01T00:00:00Z",
            "2023-11-14 22:13:20Z",
            "2023-11-14T24:00:00Z",
            "2023-11-14T22:13:20.Z",
            "2023-11-14T22:13:20.1234567890Z",
            "2023-11-14T22:13:20.123",
            "2023-11-14T22:13:20",
            "2023-11-14T22:13:20z",
            "2023-11-14T22:13:20+0530",
            "2023-11-14T22:13",
            "",
        ] {
            assert_eq!(Err(Reason::MalformedTimestamp), TimeUnit::Iso8601.parse(text.as_bytes()), "{text}");
        }
        assert_eq!(Err(Reason::TimestampOutOfRange), TimeUnit::Iso8601.parse(b"1970-01-01T00:00:00Z"));
    }

    #[test]
    fn iso_dates_without_a_zone_are_in_utc() {
        assert_eq!(Ok(UnixMillis(1_700_000_000_123)), TimeUnit::Iso8601Utc.parse(b"2023-11-14T22:13:20.123"));
        for text in ["2023-11-14T22:13:20Z", "2023-11-14T22:13:20+00:00", "2023-11-14T22:13", "2023-11-14 22:13:20", ""]
        {
            assert_eq!(Err(Reason::MalformedTimestamp), TimeUnit::Iso8601Utc.parse(text.as_bytes()), "{text}");
        }
        assert_eq!(TimeUnit::Iso8601Utc, serde_json::from_str("\"iso8601-utc\"").unwrap());
    }

    #[test]
    fn http_dates() {
        let text = b"Tue, 14 Nov 2023 22:13:20 GMT";
        assert_eq!(Ok(UnixMillis(1_700_000_000_000)), TimeUnit::Rfc1123.parse(text));
        assert_eq!(text, TimeUnit::Rfc1123.write(UnixMillis(1_700_000_000_000)).as_bytes());
        for wrong in ["14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:13:20 +0000", "Tue, 1 Nov 2023 22:13:20 GMT"] {
            assert_eq!(Err(Reason::MalformedTimestamp), TimeUnit::Rfc1123.parse(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn the_tolerance_is_inclusive_on_both_sides() {
        let now = UnixMillis(1_700_000_000_000);
        let reason = |signed, side| judge(UnixMillis(signed), now, 300, side).err().map(|rejection| rejection.reason());
        assert_eq!(None, reason(1_699_999_700_000, Side::Both));
        assert_eq!(None, reason(1_700_000_300_000, Side::Both));
        assert_eq!(Some(Reason::Stale), reason(1_699_999_699_999, Side::Both));
        assert_eq!(Some(Reason::Future), reason(1_700_000_300_001, Side::Both));
        assert_eq!(Some(Reason::Future), reason(1_700_000_000_001, Side::Past));
        assert_eq!(Some(Reason::Stale), reason(i64::MIN, Side::Both));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(millis in PLAUSIBLE) {
            for unit in [TimeUnit::S, TimeUnit::Ms, TimeUnit::Iso8601, TimeUnit::Iso8601Utc, TimeUnit::Rfc1123] {
                let exact = if matches!(unit, TimeUnit::S | TimeUnit::Rfc1123) { millis / 1_000 * 1_000 } else { millis };
                prop_assert_eq!(Ok(UnixMillis(exact)), unit.parse(unit.write(UnixMillis(millis)).as_bytes()));
            }
        }

        #[test]
        fn any_bytes_are_a_moment_or_a_reason(text: Vec<u8>) {
            for unit in [TimeUnit::S, TimeUnit::Ms, TimeUnit::Iso8601, TimeUnit::Iso8601Utc, TimeUnit::Rfc1123] {
                let _ = unit.parse(&text);
            }
        }
    }
}
