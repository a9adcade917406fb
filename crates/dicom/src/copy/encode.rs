//! Encodes data elements and sequences, of defined length, in the transfer syntax of the source.

use crate::element::{Syntax, Tag, Vr};

/// One element; text is padded to an even length as its value representation asks.
pub(crate) fn element(syntax: Syntax, tag: Tag, vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut bytes = header(syntax, tag, Vr(*vr), value.len() + value.len() % 2);
    bytes.extend_from_slice(value);
    if value.len() % 2 == 1 {
        bytes.push(if vr == b"UI" { 0 } else { b' ' });
    }
    bytes
}

fn header(syntax: Syntax, tag: Tag, vr: Vr, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(12 + length);
    bytes.extend(syntax.put16(tag.group()));
    bytes.extend(syntax.put16(tag.element()));
    // Everything that we write is far below the limits of its length field.
    let long = u32::try_from(length).unwrap_or(u32::MAX);
    if syntax == Syntax::ImplicitLittle {
        bytes.extend(syntax.put32(long));
        return bytes;
    }
    bytes.extend(vr.0);
    if vr.is_long() {
        bytes.extend([0, 0]);
        bytes.extend(syntax.put32(long));
    } else {
        bytes.extend(syntax.put16(u16::try_from(length).unwrap_or(u16::MAX)));
    }
    bytes
}

/// One item.
pub(crate) fn item(syntax: Syntax, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 + content.len());
    bytes.extend(syntax.put16(Tag::ITEM.group()));
    bytes.extend(syntax.put16(Tag::ITEM.element()));
    bytes.extend(syntax.put32(u32::try_from(content.len()).unwrap_or(u32::MAX)));
    bytes.extend_from_slice(content);
    bytes
}

/// A sequence of the items that `content` holds already encoded.
pub(crate) fn sequence(syntax: Syntax, tag: Tag, content: &[u8]) -> Vec<u8> {
    let mut bytes = header(syntax, tag, Vr::SQ, content.len());
    bytes.extend_from_slice(content);
    bytes
}

/// A sequence with the one item of a code (PS3.3 Table 8.8-1); `inside` follows the code's own attributes.
pub(crate) fn code_sequence(syntax: Syntax, tag: Tag, code: &bodysite_core::Coding, inside: &[u8]) -> Vec<u8> {
    let short = code.code.len() <= 16;
    let value = code.code.as_bytes();
    let mut content = Vec::new();
    if short {
        content.extend(element(syntax, Tag(0x0008_0100), b"SH", value));
    }
    content.extend(element(syntax, Tag(0x0008_0102), b"SH", code.system.as_bytes()));
    content.extend(element(syntax, Tag(0x0008_0104), b"LO", code.display.as_bytes()));
    if !short {
        content.extend(element(syntax, Tag(0x0008_0119), b"UC", value));
    }
    content.extend_from_slice(inside);
    sequence(syntax, tag, &item(syntax, &content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_take_the_form_of_their_syntax() {
        let tag = Tag(0x0018_0015);
        assert_eq!(
            element(Syntax::ExplicitLittle, tag, b"CS", b"CHEST"),
            b"\x18\0\x15\0CS\x06\0CHEST "
        );
        assert_eq!(
            element(Syntax::ExplicitBig, tag, b"CS", b"CHEST"),
            b"\0\x18\0\x15CS\0\x06CHEST "
        );
        assert_eq!(
            element(Syntax::ImplicitLittle, tag, b"CS", b"CHEST"),
            b"\x18\0\x15\0\x06\0\0\0CHEST "
        );
        let sequence = sequence(
            Syntax::ExplicitLittle,
            Tag(0x0008_2218),
            &item(Syntax::ExplicitLittle, b""),
        );
        assert_eq!(sequence, b"\x08\0\x18\x22SQ\0\0\x08\0\0\0\xfe\xff\0\xe0\0\0\0\0");
    }

    #[test]
    fn a_long_code_is_a_long_code_value() {
        let code = bodysite_core::Coding::new("SCT", "123456789012345678", "X");
        let bytes = code_sequence(Syntax::ExplicitLittle, Tag(0x0008_2218), &code, &[]);
        assert!(bytes.windows(4).any(|w| w == b"\x08\0\x19\x01"));
        assert!(!bytes.windows(4).any(|w| w == b"\x08\0\0\x01"));
    }
}
