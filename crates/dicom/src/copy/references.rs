//! References to other instances (PS3.3 Table 10-11), which follow where those get UIDs of their own.

use std::collections::BTreeMap;

use super::encode::element;
use super::splice::Edit;
use crate::element::{Head, Syntax, Tag, UNDEFINED, Vr};
use crate::value_rules::unpadded;
use crate::walk::{At, Opened, Visit, Walk};
use crate::window::{BytesFeed, Stop, Window};

/// One element of a data set, with references of it changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Followed {
    pub bytes: Vec<u8>,
    /// The UIDs that were there and those that are there now, in their order.
    pub uids: Vec<(String, String)>,
}

/// Follows `renamed`, which has UIDs by the ones that they take the place of, in one encoded element of a root data set.
/// `None` where nothing of it is referred to, and where it cannot be taken apart.
pub(super) fn follow(encoded: &[u8], syntax: Syntax, renamed: &BTreeMap<String, String>) -> Option<Followed> {
    let visit = Follow {
        renamed,
        open: Vec::new(),
        edits: Vec::new(),
        uids: Vec::new(),
    };
    let mut window = Window::new(Box::new(BytesFeed(encoded)));
    let mut walk = Walk::new(&mut window, syntax, false, visit);
    walk.run().ok()?;
    let Follow { edits, uids, .. } = walk.visit;
    (!uids.is_empty()).then(|| Followed {
        bytes: spliced(encoded, edits),
        uids,
    })
}

/// Sequences of which no reference is followed: what was there before stays as it was, signatures would break, and
/// what private attributes mean is not known.
fn stays(sequence: Tag) -> bool {
    sequence.is_private() || matches!(sequence, Tag::ORIGINAL_ATTRIBUTES | Tag::DIGITAL_SIGNATURES)
}

/// A sequence or item that a reference is in.
struct Around {
    opened: Opened,
    /// Bytes that its content has more than before.
    grown: i64,
    stays: bool,
}

struct Follow<'r> {
    renamed: &'r BTreeMap<String, String>,
    open: Vec<Around>,
    edits: Vec<Edit>,
    uids: Vec<(String, String)>,
}

impl Visit for Follow<'_> {
    fn value(&mut self, at: At<'_>, head: Head, window: &mut Window<'_>) -> Result<(), Stop> {
        let reference = head.tag == Tag::REFERENCED_SOP_INSTANCE && head.vr == Some(Vr(*b"UI"));
        if !reference || self.open.last().is_some_and(|around| around.stays) {
            return Ok(());
        }
        let start = window.position() - u64::from(head.size);
        // No UID is longer than 64 characters; what is longer is none of ours.
        let value = window.peek(head.length.min(128) as usize)?;
        let Ok(old) = std::str::from_utf8(unpadded(value)) else {
            return Ok(());
        };
        let Some(new) = self.renamed.get(old) else {
            return Ok(());
        };
        self.uids.push((old.to_owned(), new.clone()));
        let remove = u64::from(head.size) + u64::from(head.length);
        self.edit(start, remove, element(at.syntax, head.tag, b"UI", new.as_bytes()));
        Ok(())
    }

    fn opened(&mut self, opened: Opened) {
        let stays = self.open.last().is_some_and(|around| around.stays) || opened.sequence.is_some_and(stays);
        self.open.push(Around {
            opened,
            grown: 0,
            stays,
        });
    }

    fn closed(&mut self) {
        let Some(Around { opened, grown, .. }) = self.open.pop() else {
            return;
        };
        if let Some(outer) = self.open.last_mut() {
            outer.grown += grown;
        }
        if opened.length != UNDEFINED && grown != 0 {
            // Whoever reads an element for this bounds its size far below what a length can say.
            let length = u32::try_from(i64::from(opened.length) + grown).unwrap_or(UNDEFINED);
            self.edits.push(Edit {
                at: opened.length_at,
                remove: 4,
                insert: opened.syntax.put32(length).to_vec(),
            });
        }
    }
}

impl Follow<'_> {
    fn edit(&mut self, at: u64, remove: u64, insert: Vec<u8>) {
        if let Some(around) = self.open.last_mut() {
            around.grown += insert.len() as i64 - remove.cast_signed();
        }
        self.edits.push(Edit { at, remove, insert });
    }
}

/// The bytes with edits put in, of which each is inside and none overlap.
fn spliced(bytes: &[u8], mut edits: Vec<Edit>) -> Vec<u8> {
    edits.sort_by_key(|edit| edit.at);
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let mut out = Vec::with_capacity(bytes.len() + 64 * edits.len());
    let mut kept_to = 0;
    for edit in edits {
        out.extend_from_slice(bytes.get(kept_to..place(edit.at)).unwrap_or_default());
        out.extend_from_slice(&edit.insert);
        kept_to = place(edit.at + edit.remove);
    }
    out.extend_from_slice(bytes.get(kept_to..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::super::encode::{item, sequence};
    use super::*;

    const SYNTAXES: [Syntax; 3] = [Syntax::ExplicitLittle, Syntax::ImplicitLittle, Syntax::ExplicitBig];
    const REFERENCED_IMAGES: Tag = Tag(0x0008_1140);
    const REFERENCED_SERIES: Tag = Tag(0x0008_1115);
    const REFERENCED_INSTANCES: Tag = Tag(0x0008_114A);

    fn renamed() -> BTreeMap<String, String> {
        [("1.2.3", "2.25.123456789"), ("1.2.40", "2.25.7")]
            .map(|(old, new)| (old.to_owned(), new.to_owned()))
            .into()
    }

    /// Items of the class and instance referred to.
    fn items(syntax: Syntax, uids: &[&str]) -> Vec<u8> {
        let one = |uid: &&str| {
            let class = element(syntax, Tag(0x0008_1150), b"UI", b"1.2.840.10008.5.1.4.1.1.1");
            let instance = element(syntax, Tag::REFERENCED_SOP_INSTANCE, b"UI", uid.as_bytes());
            item(syntax, &[class, instance].concat())
        };
        uids.iter().flat_map(one).collect()
    }

    /// The same with undefined lengths of the sequence and of every item that is directly in it.
    fn undefined(syntax: Syntax, tag: Tag, contents: &[Vec<u8>]) -> Vec<u8> {
        let delimiter = |tag: Tag| {
            let mut bytes = item(syntax, &[]);
            bytes[..4].copy_from_slice(&[syntax.put16(tag.group()), syntax.put16(tag.element())].concat());
            bytes
        };
        let mut bytes = sequence(syntax, tag, &[]);
        let length_at = bytes.len() - 4;
        bytes[length_at..].fill(0xFF);
        for content in contents {
            let mut start = item(syntax, &[]);
            start[4..].fill(0xFF);
            bytes.extend([start, content.clone(), delimiter(Tag::ITEM_END)].concat());
        }
        bytes.extend(delimiter(Tag::SEQUENCE_END));
        bytes
    }

    fn followed(encoded: &[u8], syntax: Syntax) -> Option<Vec<u8>> {
        follow(encoded, syntax, &renamed()).map(|followed| followed.bytes)
    }

    #[test]
    fn references_of_every_item_follow_in_every_syntax() {
        for syntax in SYNTAXES {
            let source = sequence(syntax, REFERENCED_IMAGES, &items(syntax, &["1.2.3", "1.9", "1.2.40"]));
            let expected = ["2.25.123456789", "1.9", "2.25.7"];
            let expected = sequence(syntax, REFERENCED_IMAGES, &items(syntax, &expected));
            assert_eq!(followed(&source, syntax), Some(expected), "{syntax:?}");
        }
    }

    #[test]
    fn lengths_of_all_that_is_around_follow() {
        for syntax in SYNTAXES {
            let build = |uid: &str| {
                let inner = sequence(syntax, REFERENCED_INSTANCES, &items(syntax, &[uid]));
                let series = element(syntax, Tag(0x0020_000E), b"UI", b"1.2.3");
                let middle = item(syntax, &[inner, series].concat());
                sequence(syntax, REFERENCED_SERIES, &middle)
            };
            assert_eq!(
                followed(&build("1.2.3"), syntax),
                Some(build("2.25.123456789")),
                "{syntax:?}"
            );
            assert_eq!(followed(&build("1.2.40"), syntax), Some(build("2.25.7")), "{syntax:?}");
        }
    }

    #[test]
    fn lengths_that_are_undefined_stay_so() {
        for syntax in SYNTAXES {
            let build = |uid: &str| {
                let defined = sequence(syntax, REFERENCED_INSTANCES, &items(syntax, &[uid]));
                let content = element(syntax, Tag::REFERENCED_SOP_INSTANCE, b"UI", uid.as_bytes());
                undefined(syntax, REFERENCED_SERIES, &[content, defined])
            };
            assert_eq!(
                followed(&build("1.2.3"), syntax),
                Some(build("2.25.123456789")),
                "{syntax:?}"
            );
        }
    }

    #[test]
    fn a_sequence_of_unknown_representation_is_implicit_inside() {
        let build = |uid: &str| {
            let content = element(
                Syntax::ImplicitLittle,
                Tag::REFERENCED_SOP_INSTANCE,
                b"UI",
                uid.as_bytes(),
            );
            let mut bytes = undefined(Syntax::ImplicitLittle, REFERENCED_IMAGES, &[content]);
            bytes.splice(4..8, *b"UN\0\0\xff\xff\xff\xff");
            bytes
        };
        let source = build("1.2.3");
        assert_eq!(followed(&source, Syntax::ExplicitLittle), Some(build("2.25.123456789")));
    }

    #[test]
    fn nothing_follows_where_nothing_is_renamed() {
        let syntax = Syntax::ExplicitLittle;
        let others = items(syntax, &["1.2.3.4", "1.2", ""]);
        assert_eq!(followed(&sequence(syntax, REFERENCED_IMAGES, &others), syntax), None);
        let own = items(syntax, &["1.2.3"]);
        for tag in [Tag(0x0009_1001), Tag::ORIGINAL_ATTRIBUTES, Tag::DIGITAL_SIGNATURES] {
            let inner = sequence(syntax, tag, &own);
            assert_eq!(followed(&inner, syntax), None, "{tag:?}");
            let nested = sequence(syntax, REFERENCED_SERIES, &item(syntax, &inner));
            assert_eq!(followed(&nested, syntax), None, "{tag:?}");
        }
    }

    #[test]
    fn what_cannot_be_taken_apart_is_left() {
        let syntax = Syntax::ExplicitLittle;
        let whole = sequence(syntax, REFERENCED_IMAGES, &items(syntax, &["1.2.3"]));
        for end in 0..whole.len() {
            assert_eq!(followed(&whole[..end], syntax), None, "{end}");
        }
    }
}
