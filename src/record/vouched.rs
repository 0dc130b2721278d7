//! Event id and time of senders that sign nothing: fields of the body, vouched for by the secret that came with it.
//!
//! They are weaker than signed ones: whoever learns the secret can write them. But whoever merely replays cannot change them
//! without the secret, and that is what claims and freshness are about.

use serde::Deserialize;

use crate::error::RecordError;
use crate::record::algorithm::Primitive;
use crate::record::model::{RawPlace, RawRecord, RawTime};
use crate::time::{Side, TimeOf, TimeUnit};

/// What the owner of an endpoint says of a sender's body, as JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vouched {
    #[serde(default)]
    event: Option<RawPlace>,
    #[serde(default)]
    time: Option<RawPlace>,
    /// Seconds.
    #[serde(default)]
    max_age: Option<u32>,
}

impl Vouched {
    /// Reads the JSON text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, RecordError> {
        serde_json::from_str(text).map_err(|error| RecordError::new(error.to_string()))
    }

    /// Adds the fields to a record whose sender shares its secret. A body may lack the id, for then nothing is claimed; it may
    /// not lack the time, for then an old delivery would pass without it.
    ///
    /// # Errors
    /// The sender signs, so it has fields of its own or none that can be trusted; or a place is none of the body.
    pub(crate) fn apply(self, raw: &mut RawRecord) -> Result<(), RecordError> {
        if raw.proof.iter().any(|proof| proof.algorithm.primitive != Primitive::Equal) {
            return Err(RecordError::new("vouched fields belong to senders that share a secret; this one signs"));
        }
        for (name, place, optional) in [(EVENT, &self.event, true), (TIME, &self.time, false)] {
            let Some(place) = place else { continue };
            if place.json.is_none() && place.form.is_none() {
                return Err(RecordError::new(format!("{name}: a vouched field stands in the body: json or form")));
            }
            for proof in &mut raw.proof {
                proof.parts.insert(name.to_owned(), RawPlace { optional, ..place.clone() });
            }
        }
        if self.event.is_some() {
            raw.event = Some(EVENT.to_owned());
        }
        if self.time.is_some() {
            let part = TIME.to_owned();
            let (unit, of, side) = (TimeUnit::Any, TimeOf::Event, Side::Both);
            raw.time = Some(RawTime { part, unit, of, tolerance: self.max_age, side });
        }
        Ok(())
    }
}

const EVENT: &str = "event";
const TIME: &str = "time";

#[cfg(test)]
mod tests {
    use crate::record::{BodyAuthenticated, Record};

    #[test]
    fn a_shared_secret_vouches_for_fields_of_the_body() {
        let plain = Record::named("postmark").unwrap();
        assert_eq!((BodyAuthenticated::No, false), (plain.body_authenticated(), plain.reads_body()));
        let record = Record::named("postmark").and_then(|_| {
            Record::vouched("postmark", r#"{"event": {"json": "/ID"}, "time": {"json": "/At"}, "max_age": 60}"#)
        });
        let record = record.unwrap();
        assert_eq!((BodyAuthenticated::Weak, true), (record.body_authenticated(), record.reads_body()));
        assert_eq!(Some(60), record.tolerance());
    }

    #[test]
    fn a_signature_needs_nobody_to_vouch() {
        for (name, text) in [
            ("stripe", r#"{"event": {"json": "/id"}}"#),
            ("postmark", r#"{"event": {"header": "X-Id"}}"#),
            ("postmark", r#"{"events": {}}"#),
            ("postmark", "nothing"),
            ("nobody", "{}"),
        ] {
            assert!(Record::vouched(name, text).is_err(), "{name} {text}");
        }
    }
}
