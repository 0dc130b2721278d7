//! Bounds on what is looked at before any cryptography runs (DESIGN.md, invariant 5); each says where its number comes from.

/// Longest header value, in bytes: what the strictest common server (gunicorn: 8,190 bytes a line) lets through.
pub const HEADER_BYTES: usize = 8_192;

/// Most headers of a request whose sender chooses which are signed: what the strictest common server (gunicorn) lets through.
pub const EVERY_HEADER: usize = 100;

/// Most signatures of one delivery that are compared. A sender that rotates sends two or three.
pub const SIGNATURES: usize = 16;

/// Most secrets of one endpoint; a `u32` names every subset of them, so a set of matches is one number.
pub const SECRETS: usize = 32;

/// Most fields of a form: Django's `DATA_UPLOAD_MAX_NUMBER_FIELDS`.
pub const FORM_FIELDS: usize = 1_000;

/// Deepest nesting of a JSON body that is read.
pub const JSON_DEPTH: usize = 64;

/// Largest body unless the record or a setting says otherwise: Django's `DATA_UPLOAD_MAX_MEMORY_SIZE`, 2.5 MiB.
pub const BODY_BYTES: usize = 2_621_440;

/// Most named parts of one proof; the largest record known (Adyen) has eight.
pub const PARTS: usize = 12;

/// Most headers or components that a signature lists as covered; real senders list fewer than a dozen.
pub(crate) const COVERED: usize = 32;

/// Most JSON values that one proof takes from a document; a `u16` names every subset of them.
pub const POINTERS: usize = 16;

/// Most items of a body that are signed one by one; the sender known (Adyen) packs six at most.
pub const ITEMS: usize = 64;

/// Largest unproven body that is looked at for a handshake; the one known (Notion) has less than 100 bytes.
pub(crate) const HANDSHAKE_BYTES: usize = 4_096;

/// Every bound by name, for the Python side and the documentation.
pub const ALL: [(&str, usize); 6] = [
    ("header_bytes", HEADER_BYTES),
    ("signatures", SIGNATURES),
    ("secrets", SECRETS),
    ("form_fields", FORM_FIELDS),
    ("json_depth", JSON_DEPTH),
    ("body_bytes", BODY_BYTES),
];
