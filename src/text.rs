//! Texts cut at ASCII marks, found eight bytes at a time: every accepted delivery is read by these.

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
    let (before, after) = text.split_at_checked(run(text.as_bytes(), |word| equal_to(word, mark)))?;
    after.get(1..).map(|after| (before, after))
}

/// How many bytes stand before the first that is marked, looked at eight at a time. `marks` sets the highest bit of each byte that
/// is, and may do so wrongly above such a byte, but not below: see [`equal_to`] and [`below`].
pub(crate) fn run(bytes: &[u8], marks: impl Fn(u64) -> u64) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (word, start) in words.iter().zip((0_usize..).step_by(8)) {
        let marked = marks(u64::from_le_bytes(*word));
        if marked != 0 {
            return start.saturating_add(usize::try_from(marked.trailing_zeros() >> 3).unwrap_or_default());
        }
    }
    let is_marked = |byte: &u8| marks(u64::from(*byte)) & 0x80 != 0;
    words.as_flattened().len().saturating_add(rest.iter().position(is_marked).unwrap_or(rest.len()))
}

/// Marks the bytes that are equal to this one.
pub(crate) fn equal_to(word: u64, byte: u8) -> u64 {
    below(word ^ every(byte), 1)
}

/// Marks the bytes that are less than this one, which is at most 128.
pub(crate) fn below(word: u64, byte: u8) -> u64 {
    word.wrapping_sub(every(byte)) & !word & every(0x80)
}

/// A word of eight equal bytes.
fn every(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
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

        #[test]
        fn a_run_ends_at_the_first_byte_that_is_marked(bytes: Vec<u8>, mark: u8, bound in 0_u8..=128) {
            let first = bytes.iter().position(|byte| *byte == mark || *byte < bound);
            prop_assert_eq!(first.unwrap_or(bytes.len()), run(&bytes, |word| equal_to(word, mark) | below(word, bound)));
        }
    }
}
