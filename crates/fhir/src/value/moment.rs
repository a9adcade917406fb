//! Dates and times of DICOM as FHIR's `dateTime`, which requires a zone wherever there is a time.

use std::fmt;
use std::str::FromStr;

/// Why a text is not a point in time or a zone that FHIR can write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MomentError {
    /// Not an RFC 3339 date and time with a zone.
    #[error("{0:?} is not an RFC 3339 date and time")]
    Instant(String),
    /// Not an offset from UTC.
    #[error("{0:?} is not an offset from UTC such as +02:00")]
    Zone(String),
}

/// An offset from UTC, between -12:00 and +14:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    minutes: i16,
}

impl FromStr for Zone {
    type Err = MomentError;

    /// Reads `Z`, `+02:00` and the `+0200` of Timezone Offset From UTC (0008,0201).
    fn from_str(text: &str) -> Result<Self, MomentError> {
        let wrong = || MomentError::Zone(text.to_owned());
        if text == "Z" {
            return Ok(Zone { minutes: 0 });
        }
        let (sign, rest) = match text.split_at_checked(1) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            _ => return Err(wrong()),
        };
        let digits = match rest.len() {
            5 => rest.replacen(':', "", 1),
            _ => rest.to_owned(),
        };
        let hours = two(&digits, 0).filter(|_| digits.len() == 4);
        let (hours, minutes) = hours.zip(two(&digits, 2)).ok_or_else(wrong)?;
        let offset = sign * (i16::from(hours) * 60 + i16::from(minutes));
        let possible = minutes < 60 && (-12 * 60..=14 * 60).contains(&offset);
        possible.then_some(Zone { minutes: offset }).ok_or_else(wrong)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.minutes == 0 {
            return f.write_str("Z");
        }
        let sign = if self.minutes < 0 { '-' } else { '+' };
        let minutes = self.minutes.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// A point in time: FHIR's `instant`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instant(String);

impl Instant {
    /// The instant as FHIR writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Instant {
    type Err = MomentError;

    /// Reads RFC 3339; a fraction of a second is cut off.
    fn from_str(text: &str) -> Result<Self, MomentError> {
        parse_instant(text).ok_or_else(|| MomentError::Instant(text.to_owned()))
    }
}

fn parse_instant(text: &str) -> Option<Instant> {
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, zone) = rest.split_at(rest.find(['Z', 'z', '+', '-'])?);
    let date = calendar_date(&date.replace('-', ""))?;
    let time = clock_time(&time.replace(':', ""))?;
    let zone: Zone = zone.to_ascii_uppercase().parse().ok()?;
    Some(Instant(format!("{date}T{time}{zone}")))
}

/// `dateTime` from Study Date, Study Time and a zone: the date alone where the time or its zone is not known, and
/// nothing where the date is none.
pub(crate) fn date_time(date: Option<&str>, time: Option<&str>, zone: Option<Zone>) -> Option<String> {
    let date = calendar_date(&date?.trim().replace(['.', '-'], ""))?;
    let time = time.and_then(|t| clock_time(&t.trim().replace(':', "")));
    match (time, zone) {
        (Some(time), Some(zone)) => Some(format!("{date}T{time}{zone}")),
        _ => Some(date),
    }
}

/// The number in the two digits at `at`.
fn two(digits: &str, at: usize) -> Option<u8> {
    let pair = digits.get(at..at + 2)?;
    let numeric = pair.bytes().all(|b| b.is_ascii_digit());
    numeric.then(|| pair.parse().ok()).flatten()
}

fn calendar_date(digits: &str) -> Option<String> {
    let year = u16::from(two(digits, 0)?) * 100 + u16::from(two(digits, 2)?);
    let (month, day) = two(digits, 4).zip(two(digits, 6))?;
    let real = digits.len() == 8 && year > 0 && (1..=days(year, month)).contains(&day);
    real.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

fn days(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

/// `hh:mm:ss` from a DICOM time (`hh`, `hhmm`, `hhmmss`, `hhmmss.ffffff`). FHIR allows zero for parts not given; a
/// leap second is not given, since readers of RFC 3339 refuse it.
fn clock_time(digits: &str) -> Option<String> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let part = |at: usize| match whole.len() > at {
        true => two(whole, at),
        false => Some(0),
    };
    let (hour, minute, second) = (two(whole, 0)?, part(2)?, part(4)?);
    let real =
        whole.len() <= 6 && hour < 24 && minute < 60 && second < 60 && fraction.bytes().all(|b| b.is_ascii_digit());
    real.then(|| format!("{hour:02}:{minute:02}:{second:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(date: &str, time: &str, zone: &str, expect: Option<&str>) {
        let zone = zone.parse().ok();
        let got = date_time(Some(date), Some(time), zone);
        assert_eq!(got.as_deref(), expect, "{date:?} {time:?} {zone:?}");
    }

    #[test]
    fn a_time_goes_out_only_with_its_zone() {
        check("20240719", "120330", "+0200", Some("2024-07-19T12:03:30+02:00"));
        check("20240719", "120330.123456", "Z", Some("2024-07-19T12:03:30Z"));
        check("20240719", "1203", "-0530", Some("2024-07-19T12:03:00-05:30"));
        check("20240719", "120330", "", Some("2024-07-19"));
        check("2024.07.19", "12:03:30", "+0000", Some("2024-07-19T12:03:30Z"));
    }

    #[test]
    fn what_is_no_date_is_left_out() {
        check("20230229", "", "", None);
        check("20241301", "", "", None);
        check("00000000", "", "", None);
        check("2024071", "", "", None);
        check("20240719-20240720", "", "", None);
        check("２０２４0719", "", "", None);
        check("20240719", "14:04:", "+0200", Some("2024-07-19T14:04:00+02:00"));
        check("20240719", "256199", "+0200", Some("2024-07-19"));
        check("20240719", "235960", "+0200", Some("2024-07-19"));
        check("20240719", "1203x0", "+0200", Some("2024-07-19"));
    }

    #[test]
    fn zones_and_instants_are_checked() {
        for wrong in ["+1500", "-1300", "0200", "+02", "+2:00", "é0200", ""] {
            assert!(wrong.parse::<Zone>().is_err(), "{wrong:?}");
        }
        let instant: Instant = "2026-11-24T09:00:00.25+01:00".parse().unwrap();
        assert_eq!(instant.as_str(), "2026-11-24T09:00:00+01:00");
        for wrong in ["2026-11-24", "2026-11-24T09:00:00", "2026-11-24T9:00:00Z", ""] {
            assert!(wrong.parse::<Instant>().is_err(), "{wrong:?}");
        }
    }
}
