//! From which addresses a provider says it sends: facts for the owner who fills `ALLOW_IPS`; no verdict reads them.

use serde::Deserialize;

use crate::address::Networks;
use crate::error::RecordError;

/// What a provider publishes of its addresses. A list is written down only where the provider states it as a standing one: a
/// list that changes is read where the provider keeps it, since one that is a month old refuses genuine deliveries.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addresses {
    /// The page, file or name that has the list.
    pub source: String,
    /// How it is written.
    pub form: Form,
    /// When this was read, year-month-day.
    pub date: String,
    /// A command that prints the list; nothing where only a person can read it.
    #[serde(default)]
    pub fetch: Option<String>,
    /// Of JSON, the member that lists the ranges.
    #[serde(default)]
    pub key: Option<String>,
    /// The list itself; empty where it changes.
    #[serde(default)]
    pub ranges: Vec<String>,
}

/// How a list of addresses is written.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A member of a JSON object.
    Json,
    /// One address or range on each line.
    Lines,
    /// Prose for people.
    Page,
}

impl Form {
    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Lines => "lines",
            Self::Page => "page",
        }
    }
}

impl Addresses {
    /// Holds it against itself: what a program prints is in a form that is read, and every range is one.
    pub(super) fn check(&self) -> Result<(), RecordError> {
        let wrong = |text: String| Err(RecordError::new(text).within("addresses"));
        if (self.form == Form::Page) != self.fetch.is_none() {
            return wrong("a page is for people, everything else has a command that prints it".into());
        }
        if (self.form == Form::Json) != self.key.is_some() {
            return wrong("key belongs to JSON, which needs it".into());
        }
        match Networks::parse(&self.ranges) {
            Ok(_) => Ok(()),
            Err(index) => wrong(format!("range {} is no address and no range", index.saturating_add(1))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<(), String> {
        let addresses: Addresses = toml::from_str(&format!("source = \"s\"\ndate = \"2026-11-22\"\n{text}")).unwrap();
        addresses.check().map_err(|error| error.to_string())
    }

    #[test]
    fn a_list_is_printed_by_a_command_or_read_by_a_person() {
        assert_eq!(Ok(()), checked("form = \"page\"\nranges = [\"192.0.2.0/24\", \"2001:db8::1\"]"));
        assert_eq!(Ok(()), checked("form = \"lines\"\nfetch = \"dig\""));
        assert_eq!(Ok(()), checked("form = \"json\"\nfetch = \"curl\"\nkey = \"hooks\""));
        for wrong in [
            "form = \"page\"\nfetch = \"curl\"",
            "form = \"lines\"",
            "form = \"json\"\nfetch = \"curl\"",
            "form = \"lines\"\nfetch = \"curl\"\nkey = \"hooks\"",
            "form = \"page\"\nranges = [\"192.0.2.0/24\", \"192.0.2.0/33\"]",
        ] {
            assert!(checked(wrong).unwrap_err().starts_with("addresses: "), "{wrong}");
        }
    }
}
