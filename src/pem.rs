//! PEM blocks (RFC 7468): keys and certificate chains as people paste and servers send them; decoded strictly, zeroized on drop.

use zeroize::Zeroizing;

use crate::encoding::decode_base64;

/// One block: what its lines say it is, and what they hold.
pub(crate) struct Block<'a> {
    /// For example `PUBLIC KEY`.
    pub(crate) label: &'a [u8],
    /// The bytes between its lines.
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// Whether a text is meant to be PEM.
pub(crate) fn is_pem(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(BEGIN)
}

/// The blocks of a text, in order. What stands between blocks is explanation (RFC 7468 section 2) and is passed over. Nothing where
/// a block is not whole or not base64, or where there are more than `most`.
pub(crate) fn blocks(text: &[u8], most: usize) -> Option<Vec<Block<'_>>> {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let Some(label) = label_after(BEGIN, line) else {
            continue;
        };
        let mut base64 = Zeroizing::new(Vec::with_capacity(text.len()));
        let end = lines.by_ref().find(|line| {
            let ends = line.starts_with(DASHES);
            if !ends {
                base64.extend_from_slice(line);
            }
            ends
        });
        if found.len() == most || label_after(END, end?) != Some(label) {
            return None;
        }
        found.push(Block { label, der: decode_base64(&base64)? });
    }
    Some(found)
}

fn label_after<'a>(opening: &[u8], line: &'a [u8]) -> Option<&'a [u8]> {
    line.strip_prefix(opening)?.strip_suffix(DASHES)
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<(String, Vec<u8>)>> {
        let named = |block: Block<'_>| (String::from_utf8_lossy(block.label).into_owned(), block.der.to_vec());
        Some(blocks(text.as_bytes(), 2)?.into_iter().map(named).collect())
    }

    #[test]
    fn blocks_are_read_in_order_and_explanations_passed_over() {
        let text = "subject=x\n-----BEGIN A-----\r\nQUJD\r\nREVG\r\n-----END A-----\r\n\n-----BEGIN B C-----\n-----END B C-----";
        assert_eq!(Some(vec![("A".into(), b"ABCDEF".to_vec()), ("B C".into(), vec![])]), read(text));
        assert_eq!(Some(vec![]), read("nothing of the kind"));
    }

    #[test]
    fn a_block_is_whole_or_nothing() {
        let good = "-----BEGIN A-----\nQUJD\n-----END A-----\n";
        assert!(read(good).is_some());
        for wrong in [
            "-----BEGIN A-----\nQUJD\n",
            "-----BEGIN A-----\nQUJD\n-----END B-----",
            "-----BEGIN A-----\nQUJ\n-----END A-----",
            "-----BEGIN A-----\nQU JD\n-----END A-----",
            "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nQUJD\n-----END A-----",
            "-----BEGIN A-----\n-----BEGIN A-----\nQUJD\n-----END A-----",
        ] {
            assert!(read(wrong).is_none(), "{wrong:?}");
        }
        assert!(read(&good.repeat(2)).is_some());
        assert!(read(&good.repeat(3)).is_none());
    }
}
