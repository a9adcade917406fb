//! The edits of a data set: elements replaced, put in and appended to, and the group lengths that follow.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use super::encode::sequence;
use super::splice::{Edit, Source};
use super::{CopyError, Refusal};
use crate::collect::Span;
use crate::element::{Syntax, Tag, UNDEFINED, Vr};
use crate::scan::Plan;

/// What becomes of the root data set of one instance.
pub(super) struct Draft<'p, 's, R> {
    plan: &'p Plan,
    source: &'p mut Source<'s, R>,
    pub syntax: Syntax,
    edits: BTreeMap<Tag, Edit>,
}

impl<'p, 's, R: Read + Seek> Draft<'p, 's, R> {
    pub fn new(plan: &'p Plan, source: &'p mut Source<'s, R>) -> Self {
        Draft {
            plan,
            source,
            syntax: plan.encoding.syntax,
            edits: BTreeMap::new(),
        }
    }

    /// Whether the copy is the source.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Whether the element of a tag is another one than before.
    pub fn changes(&self, tag: Tag) -> bool {
        self.edits.contains_key(&tag)
    }

    /// The element of a tag in the root data set. Of two, neither can be taken for the one.
    pub fn span(&self, tag: Tag) -> Result<Option<Span>, CopyError> {
        let mut spans = self.plan.spans.iter().filter(|span| span.head.tag == tag);
        let span = spans.next().copied();
        match spans.next() {
            Some(_) => Err(CopyError::Refused(Refusal::Ambiguous)),
            None => Ok(span),
        }
    }

    /// An element as it is, header and all.
    pub fn encoded(&mut self, span: Span) -> Result<Vec<u8>, CopyError> {
        self.source.read_at(span.start, span.end - span.start)
    }

    /// The value of an element, or so much of it.
    pub fn value(&mut self, span: Span, most: u64) -> Result<Vec<u8>, CopyError> {
        self.source.read_at(span.value, (span.end - span.value).min(most))
    }

    /// Where an element of this tag belongs.
    fn place_of(&self, tag: Tag) -> u64 {
        let spans = &self.plan.spans;
        match spans.iter().find(|span| span.head.tag > tag) {
            Some(next) => next.start,
            None => spans.last().map_or(self.plan.meta.end, |last| last.end),
        }
    }

    /// Puts an encoded element in the place of the one that is there, or where it belongs.
    pub fn put(&mut self, tag: Tag, insert: Vec<u8>) -> Result<(), CopyError> {
        let edit = match self.span(tag)? {
            Some(span) => Edit {
                at: span.start,
                remove: span.end - span.start,
                insert,
            },
            None => Edit {
                at: self.place_of(tag),
                remove: 0,
                insert,
            },
        };
        self.edits.insert(tag, edit);
        Ok(())
    }

    /// Adds an item to a sequence whose items stay as they are.
    pub fn append(&mut self, tag: Tag, item: Vec<u8>) -> Result<(), CopyError> {
        let Some(span) = self.span(tag)? else {
            return self.put(tag, sequence(self.syntax, tag, &item));
        };
        if span.head.vr != Some(Vr::SQ) {
            return Err(CopyError::Refused(Refusal::Ambiguous));
        }
        if span.head.length == UNDEFINED {
            // Before the delimiter of eight bytes.
            let edit = Edit {
                at: span.end - 8,
                remove: 0,
                insert: item,
            };
            self.edits.insert(tag, edit);
            return Ok(());
        }
        let mut whole = self.encoded(span)?;
        let length = u32::try_from(item.len())
            .ok()
            .and_then(|added| span.head.length.checked_add(added));
        let length = length
            .filter(|length| *length != UNDEFINED)
            .ok_or(CopyError::Refused(Refusal::Ambiguous))?;
        let field = usize::from(span.head.size) - 4;
        if let Some(bytes) = whole.get_mut(field..field + 4) {
            bytes.copy_from_slice(&self.syntax.put32(length));
        }
        whole.extend(item);
        self.put(tag, whole)
    }

    /// The edits, with group lengths, where the source has them, that say how long their groups are.
    pub fn finish(mut self) -> Result<Vec<Edit>, CopyError> {
        let lengths = self
            .plan
            .spans
            .iter()
            .filter(|s| s.head.tag.element() == 0 && s.head.length == 4);
        let lengths = lengths.filter_map(|span| self.group_length(*span).transpose());
        let lengths: Vec<(Tag, Edit)> = lengths.collect::<Result<_, _>>()?;
        self.edits.extend(lengths);
        Ok(self.edits.into_values().collect())
    }

    /// The group length at `span`, if its group changes.
    fn group_length(&self, span: Span) -> Result<Option<(Tag, Edit)>, CopyError> {
        let group = span.head.tag.group();
        let in_group = |tag: Tag| tag.group() == group;
        let edits = self.edits.iter().filter(|(tag, _)| in_group(**tag));
        let grown: Vec<i128> = edits
            .map(|(_, edit)| edit.insert.len() as i128 - i128::from(edit.remove))
            .collect();
        if grown.is_empty() {
            return Ok(None);
        }
        let elements = self
            .plan
            .spans
            .iter()
            .filter(|s| in_group(s.head.tag) && s.head.tag.element() != 0);
        let before: i128 = elements.map(|s| i128::from(s.end - s.start)).sum();
        let length = before + grown.iter().sum::<i128>();
        let length = u32::try_from(length).map_err(|_| CopyError::Refused(Refusal::Ambiguous))?;
        let edit = Edit {
            at: span.value,
            remove: 4,
            insert: self.syntax.put32(length).to_vec(),
        };
        Ok(Some((span.head.tag, edit)))
    }
}
