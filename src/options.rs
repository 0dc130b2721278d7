//! What the settings say of an endpoint beside its secrets: a webhook's id, an application's key. Names come from the record.

/// Names with their texts.
#[derive(Clone, Debug, Default)]
pub struct Options(Vec<(Box<str>, Box<str>)>);

impl Options {
    /// The text of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, text)| &**text)
    }
}

impl<N: Into<Box<str>>, T: Into<Box<str>>> FromIterator<(N, T)> for Options {
    fn from_iter<I: IntoIterator<Item = (N, T)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, text)| (name.into(), text.into())).collect())
    }
}
