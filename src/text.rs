//! Texts cut at ASCII marks, in blocks that the compiler compares as vectors: every accepted delivery is read by these.

/// Optional white space of HTTP (RFC 9110 section 5.6.3).
const SPACE: [char; 2] = [' ', '\t'];

/// The text without the white space around it; most has none, and is not searched for any.
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [b' ' | b'\t', ..] | [.., b' ' | b'\t'] => text.trim_matches(SPACE),
        _ => text,
    }
}

/// The texts between the marks, as `str::split` gives them.
pub(crate) fn split(text: &str, mark: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let whole = rest?;
        let (entry, after) = cut(whole, mark).map_or((whole, None), |(entry, after)| (entry, Some(after)));
        rest = after;
        Some(entry)
    })
}

/// What stands before and after the first mark.
pub(crate) fn cut(text: &str, mark: u8) -> Option<(&str, &str)> {
    let (before, after) = text.split_at_checked(run(text.as_bytes(), |byte| u8::from(byte == mark)))?;
    after.get(1..).map(|after| (before, after))
}

/// How many bytes stand before the first that ends the run, for which `ends` is not 0. Whole blocks are judged without a branch.
pub(crate) fn run(bytes: &[u8], ends: impl Fn(u8) -> u8) -> usize {
    let goes_on = |block: &[u8; 16]| block.iter().fold(0, |seen, byte| seen | ends(*byte)) == 0;
    let (blocks, _) = bytes.as_chunks::<16>();
    let start = blocks.iter().take_while(|block| goes_on(block)).count().saturating_mul(16);
    let rest = bytes.get(start..).unwrap_or_default();
    start.saturating_add(rest.iter().position(|byte| ends(*byte) != 0).unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_white_space_around_a_text_is_taken_off() {
        for (text, bare) in [("", ""), (" ", ""), ("\t a b \t", "a b"), ("a", "a"), ("a\n", "a\n")] {
            assert_eq!(bare, trimmed(text), "{text:?}");
        }
    }

    #[test]
    fn a_text_without_the_mark_is_not_cut() {
        assert_eq!(None, cut("", b'='));
        assert_eq!(None, cut("a", b'='));
        assert_eq!(Some(("", "")), cut("=", b'='));
        assert_eq!(Some(("a", "b=c")), cut("a=b=c", b'='));
    }

    proptest! {
        #[test]
        fn texts_are_split_as_the_standard_library_splits_them(text in "[a,é]{0,60}") {
            prop_assert_eq!(text.split(',').collect::<Vec<_>>(), split(&text, b',').collect::<Vec<_>>());
            prop_assert_eq!(text.split_once(','), cut(&text, b','));
        }
    }
}
