//! Replies to handshakes: text or JSON, as tokens that are appended in order; nothing is ever substituted into a text.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::RecordError;

/// Text or JSON, neither: an empty reply.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReply {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    json: Option<Map<String, Value>>,
}

/// A reply, as a list of tokens that are appended in order.
#[derive(Debug, Default)]
pub(crate) struct Template {
    pub(crate) is_json: bool,
    pub(crate) tokens: Vec<Token>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// Text of the record itself; in JSON, escaped already.
    Literal(Box<str>),
    /// The challenge as it was sent.
    Challenge,
    /// Its MAC, with the key, the hash and the encoding of the record's first proof.
    Mac,
    /// What the settings give for an option of the record.
    Option(Box<str>),
}

/// Compiles a reply.
///
/// # Errors
/// A token that there is not, or text and JSON at once.
pub(super) fn template(raw: RawReply) -> Result<Template, RecordError> {
    let mut tokens = Vec::new();
    match (raw.text, raw.json) {
        (Some(_), Some(_)) => return Err(RecordError::new("is text or json, not both")),
        (Some(text), None) => tokenize(&text, false, &mut tokens)?,
        (None, Some(json)) => {
            write_json(&Value::Object(json), &mut tokens)?;
            return Ok(Template { is_json: true, tokens });
        }
        (None, None) => {}
    }
    Ok(Template { is_json: false, tokens })
}

/// Lays out a JSON reply; the tokens stand in its strings.
fn write_json(value: &Value, tokens: &mut Vec<Token>) -> Result<(), RecordError> {
    match value {
        Value::String(text) => {
            push(tokens, "\"");
            tokenize(text, true, tokens)?;
            push(tokens, "\"");
        }
        Value::Object(members) => {
            for ((name, value), before) in members.iter().zip(std::iter::once("{").chain(std::iter::repeat(","))) {
                push(tokens, &format!("{before}{}:", Value::from(name.as_str())));
                write_json(value, tokens)?;
            }
            push(tokens, if members.is_empty() { "{}" } else { "}" });
        }
        other => push(tokens, &other.to_string()),
    }
    Ok(())
}

fn tokenize(text: &str, in_json: bool, tokens: &mut Vec<Token>) -> Result<(), RecordError> {
    let literal = |text: &str| if in_json { escaped(text) } else { text.to_owned() };
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        push(tokens, &literal(before));
        let unclosed = || RecordError::new(format!("{text:?} has a brace without its partner"));
        let (name, after) = after.split_once('}').ok_or_else(unclosed)?;
        tokens.push(match (name, name.strip_prefix("option:")) {
            ("challenge", _) => Token::Challenge,
            ("mac", _) => Token::Mac,
            (_, Some(option)) => Token::Option(option.into()),
            _ => {
                let known = "{challenge} {mac} {option:NAME}";
                return Err(RecordError::new(format!("{{{name}}} is nothing; there are {known}")));
            }
        });
        rest = after;
    }
    push(tokens, &literal(rest));
    Ok(())
}

/// The text as it stands between the quotes of a JSON string.
pub(crate) fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|tail| tail.strip_suffix('"')).unwrap_or_default().to_owned()
}

fn push(tokens: &mut Vec<Token>, text: &str) {
    match tokens.last_mut() {
        Some(Token::Literal(before)) => *before = format!("{before}{text}").into(),
        _ if text.is_empty() => {}
        _ => tokens.push(Token::Literal(text.into())),
    }
}
