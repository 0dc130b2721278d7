//! A strict JSON reader that finds scalars by pointer in one pass and copies nothing it is not asked for.
//!
//! It accepts the texts on which all parsers agree: strict UTF-8 without a byte order mark, no NaN or Infinity, no lone
//! surrogate, no number beyond a float's range, no duplicate keys, nesting of at most [`JSON_DEPTH`] levels. What passes here
//! reads the same in Python's `json` and in every view. Numbers and booleans contribute the text they were written with.

use std::borrow::Cow;
use std::ops::Range;

use smallvec::SmallVec;

use crate::limits::JSON_DEPTH;
use crate::text::{below, equal_to, run};

/// A JSON pointer (RFC 6901), split into its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer(Vec<String>);

impl Pointer {
    /// The pointer that a text spells; the empty text (the whole document) is none of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let tokens = text.strip_prefix('/')?.split('/');
        Some(Self(tokens.map(|token| token.replace("~1", "/").replace("~0", "~")).collect()))
    }

    /// The keys on the way, for signers.
    pub(crate) fn tokens(&self) -> &[String] {
        &self.0
    }
}

/// What stands at a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// A string, unescaped.
    Text(Cow<'a, str>),
    /// A number, `true` or `false`, as it was written.
    Raw(&'a str),
    /// `null`, an object or an array: nothing that can be signed as text.
    Other,
}

/// The byte offset at which a text stops being what this reader accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError(pub usize);

/// What stands at each of the pointers, after the whole text has been accepted. At most 16 pointers are followed.
///
/// # Errors
/// The offset of the first byte that is not accepted.
pub(crate) fn find<'a>(text: &'a [u8], pointers: &[Pointer]) -> Result<Finds<'a>, JsonError> {
    let text = std::str::from_utf8(text).map_err(|error| JsonError(error.valid_up_to()))?;
    let mut reader = Reader { text, at: 0, pointers, finds: pointers.iter().map(|_| None).collect(), spans: None };
    let all = u16::MAX.checked_shr(16_u32.saturating_sub(u32::try_from(pointers.len()).unwrap_or(16))).unwrap_or(0);
    reader.document(all)?;
    Ok(reader.finds)
}

/// The texts of the items of the array at a pointer, after the whole text has been accepted; none where there is no array.
///
/// # Errors
/// The offset of the first byte that is not accepted.
pub(crate) fn items<'a>(text: &'a [u8], array: &Pointer) -> Result<Vec<&'a [u8]>, JsonError> {
    let text = std::str::from_utf8(text).map_err(|error| JsonError(error.valid_up_to()))?;
    let pointers = std::slice::from_ref(array);
    let mut reader = Reader { text, at: 0, pointers, finds: Finds::from_iter([None]), spans: Some(Vec::new()) };
    reader.document(1)?;
    let spans = reader.spans.unwrap_or_default();
    Ok(spans.into_iter().filter_map(|span| text.as_bytes().get(span)).collect())
}

/// Accepts or refuses a text without looking for anything.
///
/// # Errors
/// The offset of the first byte that is not accepted.
pub fn check(text: &[u8]) -> Result<(), JsonError> {
    find(text, &[]).map(|_| ())
}

pub(crate) type Finds<'a> = SmallVec<[Option<Found<'a>>; 2]>;

struct Reader<'a, 'p> {
    text: &'a str,
    at: usize,
    pointers: &'p [Pointer],
    finds: Finds<'a>,
    /// Where the items of the first pointer's array stand, if they are asked for.
    spans: Option<Vec<Range<usize>>>,
}

/// `Active` is a set of pointers, one bit each: those whose tokens so far led to the value at hand.
type Active = u16;

impl<'a> Reader<'a, '_> {
    fn document(&mut self, active: Active) -> Result<(), JsonError> {
        self.space();
        self.value(0, active)?;
        self.space();
        if self.at == self.text.len() { Ok(()) } else { self.fail() }
    }

    fn value(&mut self, depth: usize, active: Active) -> Result<(), JsonError> {
        let found = match self.peek() {
            Some(b'"') => Found::Text(self.string()?),
            Some(b'{') => self.object(depth, active)?,
            Some(b'[') => self.array(depth, active)?,
            Some(b'-' | b'0'..=b'9') => Found::Raw(self.number()?),
            Some(b't') => Found::Raw(self.word("true")?),
            Some(b'f') => Found::Raw(self.word("false")?),
            Some(b'n') => self.word("null").map(|_| Found::Other)?,
            _ => return self.fail(),
        };
        self.note(depth, active, &found);
        Ok(())
    }

    /// Stores a value for each active pointer that ends at this depth.
    fn note(&mut self, depth: usize, active: Active, found: &Found<'a>) {
        if active == 0 {
            return;
        }
        for (index, (pointer, slot)) in self.pointers.iter().zip(&mut self.finds).enumerate() {
            if holds(active, index) && pointer.0.len() == depth {
                *slot = Some(found.clone());
            }
        }
    }

    fn object(&mut self, depth: usize, active: Active) -> Result<Found<'a>, JsonError> {
        let inside = self.enter(depth)?;
        let mut keys: SmallVec<[Cow<'a, str>; 16]> = SmallVec::new();
        if self.eat(b'}') {
            return Ok(Found::Other);
        }
        loop {
            self.space();
            let key = self.string()?;
            self.space();
            self.expect(b':')?;
            self.space();
            self.value(inside, self.follow(depth, active, &key))?;
            keys.push(key);
            self.space();
            if !self.eat(b',') {
                break;
            }
        }
        self.expect(b'}')?;
        if has_duplicates(&mut keys) { self.fail() } else { Ok(Found::Other) }
    }

    fn array(&mut self, depth: usize, active: Active) -> Result<Found<'a>, JsonError> {
        let inside = self.enter(depth)?;
        if self.eat(b']') {
            return Ok(Found::Other);
        }
        let wanted = active != 0 && self.pointers.first().is_some_and(|pointer| pointer.0.len() == depth);
        for index in 0_usize.. {
            self.space();
            let next = if active == 0 { 0 } else { self.follow(depth, active, &index.to_string()) };
            let start = self.at;
            self.value(inside, next)?;
            if let Some(spans) = self.spans.as_mut().filter(|_| wanted) {
                spans.push(start..self.at);
            }
            self.space();
            if !self.eat(b',') {
                break;
            }
        }
        self.expect(b']')?;
        Ok(Found::Other)
    }

    /// Steps over an opening bracket and the space behind it, one level deeper.
    fn enter(&mut self, depth: usize) -> Result<usize, JsonError> {
        if depth >= JSON_DEPTH {
            return self.fail();
        }
        self.step(1);
        self.space();
        Ok(depth.saturating_add(1))
    }

    /// Which of the active pointers go on through `key`.
    fn follow(&self, depth: usize, active: Active, key: &str) -> Active {
        if active == 0 {
            return 0;
        }
        let through = |index: &usize| {
            self.pointers.get(*index).and_then(|pointer| pointer.0.get(depth)).is_some_and(|token| token == key)
        };
        (0..self.pointers.len()).filter(through).fold(0, |set, index| set | (active & bit(index)))
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.expect(b'"')?;
        let plain = self.plain();
        if self.eat(b'"') { Ok(Cow::Borrowed(plain)) } else { self.escaped(plain.to_owned()).map(Cow::Owned) }
    }

    /// The rest of a string that holds an escape.
    fn escaped(&mut self, mut text: String) -> Result<String, JsonError> {
        while !self.eat(b'"') {
            text.push(self.escape()?);
            text.push_str(self.plain());
        }
        Ok(text)
    }

    /// The run of characters up to a quotation mark, a backslash or a control character.
    fn plain(&mut self) -> &'a str {
        let start = self.at;
        self.step(run(self.rest(), ends_plain));
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let [b'\\', kind, ..] = self.rest() else { return self.fail() };
        let letter = match kind {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return self.fail(),
        };
        self.step(2);
        Ok(letter)
    }

    /// `\uXXXX`, or a pair of them that together name one character. A surrogate on its own names none.
    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let first = self.unit()?;
        if let Some(letter) = char::from_u32(u32::from(first)) {
            return Ok(letter);
        }
        let at = JsonError(self.at);
        let second = self.unit().map_err(|_| at)?;
        char::decode_utf16([first, second]).next().and_then(Result::ok).ok_or(at)
    }

    fn unit(&mut self) -> Result<u16, JsonError> {
        let at = JsonError(self.at);
        let digits = match self.rest() {
            [b'\\', b'u', digits @ ..] => digits.get(..4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
            _ => None,
        };
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok()).ok_or(at)?;
        self.step(6);
        u16::from_str_radix(digits, 16).map_err(|_| at)
    }

    fn number(&mut self) -> Result<&'a str, JsonError> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        let mut exact = true;
        if self.eat(b'.') {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            exact = false;
            self.step(1);
            if !self.eat(b'-') {
                self.eat(b'+');
            }
            self.digits()?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let in_range = (exact && text.len() < SURELY_FINITE) || text.parse::<f64>().is_ok_and(f64::is_finite);
        if in_range { Ok(text) } else { Err(JsonError(start)) }
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let length = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            return self.fail();
        }
        self.step(length);
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<&'a str, JsonError> {
        let end = self.at.saturating_add(word.len());
        match self.text.get(self.at..end) {
            Some(text) if text == word => {
                self.at = end;
                Ok(text)
            }
            _ => self.fail(),
        }
    }

    fn space(&mut self) {
        let length = self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.step(length);
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.eat(byte) { Ok(()) } else { self.fail() }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        if there {
            self.step(1);
        }
        there
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn step(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn fail<T>(&self) -> Result<T, JsonError> {
        Err(JsonError(self.at))
    }
}

/// Keys that are sooner compared than sorted.
const FEW: usize = 8;

/// Digits up to which a number without exponent cannot leave a float's range (308 digits).
const SURELY_FINITE: usize = 300;

/// Marks what ends or escapes a string.
fn ends_plain(word: u64) -> u64 {
    equal_to(word, b'"') | equal_to(word, b'\\') | below(word, b' ')
}

fn bit(index: usize) -> Active {
    u32::try_from(index).ok().and_then(|index| 1_u16.checked_shl(index)).unwrap_or(0)
}

fn holds(active: Active, index: usize) -> bool {
    active & bit(index) != 0
}

/// Few keys are compared each with each. Sorting finds equal neighbours in n log n whatever the keys are; a hash set would need
/// randomness to be as safe.
fn has_duplicates(keys: &mut [Cow<'_, str>]) -> bool {
    if keys.len() <= FEW {
        return keys.iter().enumerate().any(|(index, key)| keys.iter().take(index).any(|other| other == key));
    }
    keys.sort_unstable();
    keys.windows(2).any(|pair| matches!(pair, [left, right] if left == right))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one<'a>(text: &'a str, pointer: &str) -> Option<Found<'a>> {
        find(text.as_bytes(), &[Pointer::parse(pointer).unwrap()]).unwrap().pop().unwrap()
    }

    fn text(found: &str) -> Option<Found<'_>> {
        Some(Found::Text(found.into()))
    }

    #[test]
    fn scalars_are_found_by_pointer() {
        let body =
            r#" {"id": "evt_1", "a": {"b": [1, {"c": "deep"}], "": "empty key"}, "n": -1.50e2, "t": true, "z": null} "#;
        assert_eq!(text("evt_1"), one(body, "/id"));
        assert_eq!(text("deep"), one(body, "/a/b/1/c"));
        assert_eq!(text("empty key"), one(body, "/a/"));
        assert_eq!(Some(Found::Raw("-1.50e2")), one(body, "/n"));
        assert_eq!(Some(Found::Raw("true")), one(body, "/t"));
        assert_eq!(Some(Found::Other), one(body, "/z"));
        assert_eq!(Some(Found::Other), one(body, "/a"));
        assert_eq!(None, one(body, "/id/x"));
        assert_eq!(None, one(body, "/missing"));
    }

    #[test]
    fn several_pointers_are_followed_at_once() {
        let pointers = ["/s/t", "/s/u", "/s"].map(|text| Pointer::parse(text).unwrap());
        let finds = find(br#"{"s":{"u":"2","t":"1"}}"#, &pointers).unwrap();
        assert_eq!([text("1"), text("2"), Some(Found::Other)], finds.as_slice());
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(
            text("a\"\\/\u{8}\u{c}\n\r\t\u{e9}😀z"),
            one(r#"{"k":"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00z"}"#, "/k")
        );
        assert_eq!(text("v"), one(r#"{"\u006bey":"v"}"#, "/key"));
        assert_eq!(text("v"), one(r#"{"a/b~":"v"}"#, "/a~1b~0"));
    }

    #[test]
    fn texts_on_which_parsers_differ_are_refused() {
        let deep = "[".repeat(65) + &"]".repeat(65);
        let huge = "9".repeat(5_000);
        for wrong in [
            "",
            " ",
            "{",
            "}",
            "[",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\"}",
            "{a:1}",
            "'a'",
            "NaN",
            "Infinity",
            "-Infinity",
            "-",
            "01",
            "1.",
            ".5",
            "1e",
            "+1",
            "0x1",
            "1 2",
            "tru",
            "nul",
            "\"",
            "\"\\\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "\"\t\"",
            "\"\u{0}\"",
            "{\"a\":1,\"a\":2}",
            "{\"a\":1,\"\\u0061\":2}",
            "1e400",
            "-1e400",
            &deep,
            &huge,
            "\u{feff}{}",
            "{}\u{0}",
            "[1] x",
        ] {
            assert!(check(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
        for wrong in [&b"\xff"[..], b"\"\xff\"", b"\"\xed\xa0\x80\"", b"{\0\"\0a\0", b"{\"a\":\"\xc3\"}"] {
            assert!(check(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn plain_texts_are_accepted() {
        let deep = "[".repeat(64) + &"]".repeat(64);
        for good in [
            "{}",
            "[]",
            "null",
            "1",
            "\"x\"",
            "-0",
            "1e-400",
            "0.1",
            "{\"a\":{\"b\":1},\"b\":1}",
            "\"\u{7f}\u{2028}\"",
            &deep,
        ] {
            assert_eq!(Ok(()), check(good.as_bytes()), "{good:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_serde_accepts_too(text in "[\\[\\]{},:\"a\\\\u0-9eE.+\\- tfn]{0,40}") {
            if check(text.as_bytes()).is_ok() {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
            }
        }

        #[test]
        fn any_bytes_are_accepted_or_not(text: Vec<u8>) {
            let _ = check(&text);
        }

        #[test]
        fn what_serde_writes_is_found(id in "\\PC{0,20}", number: i64) {
            let body = serde_json::json!({"x": [id.clone()], "n": number, "id": id}).to_string();
            prop_assert_eq!(text(&id), one(&body, "/id"));
            prop_assert_eq!(text(&id), one(&body, "/x/0"));
            prop_assert_eq!(Some(Found::Raw(&number.to_string()[..])), one(&body, "/n"));
        }
    }
}
