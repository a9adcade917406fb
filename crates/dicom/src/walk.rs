//! Walks a data set without recursion, within bounds, and checks its structure (PS3.5 chapter 7).

use std::collections::BTreeSet;

use bodysite_core::Reason;

use crate::charset::Charset;
use crate::element::{Head, Syntax, Tag, UNDEFINED, Vr, head};
use crate::pixel_element::{self, PixelElement};
use crate::place::Place;
use crate::window::{BytesFeed, Stop, Window, truncated};

/// Sequences within sequences. Real objects nest fewer than ten deep.
const MOST_DEPTH: usize = 128;

/// Elements and items of one data set, nested ones included.
const MOST_COUNT: u32 = 1_000_000;

/// Told what the walk meets.
pub(crate) trait Visit {
    /// An element with a value, which `window` stands at; nothing needs to be passed over.
    fn value(&mut self, at: At<'_>, head: Head, window: &mut Window<'_>) -> Result<(), Stop>;
    /// A sequence begins.
    fn sequence(&mut self, _place: Place, _head: Head) {}
    /// An item of a sequence begins.
    fn item(&mut self, _place: Place) {}
    /// An item of a sequence ends.
    fn item_end(&mut self, _place: Place) {}
    /// A sequence or an item begins, and its length was passed.
    fn opened(&mut self, _opened: Opened) {}
    /// The sequence or item that was opened last ends.
    fn closed(&mut self) {}
    /// An element of the root data set was passed: where its header and value begin, and where it ends.
    fn root_element(&mut self, _head: Head, _start: u64, _value: u64, _end: u64) {}
    /// Whether what was seen makes the rest uninteresting.
    fn enough(&self) -> bool {
        false
    }
}

/// Where an element is.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub place: Place,
    pub syntax: Syntax,
    pub charset: &'a Charset,
}

/// The length of a sequence or an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opened {
    /// Of a sequence, its tag.
    pub sequence: Option<Tag>,
    /// Where the 32 bits of the length are.
    pub length_at: u64,
    pub length: u32,
    /// How they are encoded.
    pub syntax: Syntax,
}

/// Oddities met, each once, with the element where it was met first.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<(Reason, Option<Tag>)>);

/// Notes kept; a file that is odd in more ways than this needs no longer list.
const MOST_NOTES: usize = 64;

impl Notes {
    pub fn add(&mut self, reason: Reason, tag: Option<Tag>) {
        if self.0.len() < MOST_NOTES && !self.0.contains(&(reason, tag)) {
            self.0.push((reason, tag));
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (Reason, Option<Tag>)> + '_ {
        self.0.iter().copied()
    }

    pub fn reasons(&self) -> BTreeSet<Reason> {
        self.0.iter().map(|(reason, _)| *reason).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    DataSet,
    Sequence,
}

struct Level {
    kind: Kind,
    place: Place,
    syntax: Syntax,
    /// Where it ends, if its length says so.
    end: Option<u64>,
    /// Index of the character set in force.
    charset: usize,
    last: Option<Tag>,
    /// A group length to be checked: group, and where the group should end.
    group: Option<(u16, u64)>,
    /// Of a sequence of the root data set: its header and where that and its value begin.
    opened: Option<(Head, u64, u64)>,
}

/// What is in force where nothing is declared.
static NONE: Charset = Charset::none();

pub(crate) struct Walk<'w, 'a, V> {
    pub window: &'w mut Window<'a>,
    pub visit: V,
    pub notes: Notes,
    pub pixel: Option<PixelElement>,
    levels: Vec<Level>,
    charsets: Vec<Charset>,
    depth: usize,
    count: u32,
    encapsulated: bool,
}

impl<'w, 'a, V: Visit> Walk<'w, 'a, V> {
    pub fn new(window: &'w mut Window<'a>, syntax: Syntax, encapsulated: bool, visit: V) -> Self {
        let root = Level {
            kind: Kind::DataSet,
            place: Place::Root,
            syntax,
            end: None,
            charset: 0,
            last: None,
            group: None,
            opened: None,
        };
        Walk {
            window,
            visit,
            notes: Notes::default(),
            pixel: None,
            levels: vec![root],
            charsets: vec![Charset::none()],
            depth: 0,
            count: 0,
            encapsulated,
        }
    }

    /// Walks to the end, or until the visitor has enough.
    pub fn run(&mut self) -> Result<(), Stop> {
        loop {
            let position = self.window.position();
            let Some(level) = self.levels.last() else {
                return Ok(());
            };
            match level.end {
                Some(end) if position == end => {
                    self.close();
                    continue;
                }
                Some(end) if position > end => return Err(stop(Reason::BadLength, position)),
                _ => {}
            }
            let more = match level.kind {
                Kind::DataSet => self.element()?,
                Kind::Sequence => self.item()?,
            };
            if !more || self.visit.enough() {
                return Ok(());
            }
        }
    }

    /// Leaves the innermost level.
    fn close(&mut self) {
        let Some(level) = self.levels.pop() else {
            return;
        };
        match level.kind {
            Kind::DataSet => self.visit.item_end(level.place),
            Kind::Sequence => self.depth -= 1,
        }
        self.visit.closed();
        self.charsets.truncate(self.levels.last().map_or(1, |l| l.charset + 1));
        if let Some((head, start, value)) = level.opened {
            self.visit.root_element(head, start, value, self.window.position());
        }
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.count += 1;
        if self.count > MOST_COUNT {
            return Err(stop(Reason::LimitCount, self.window.position()));
        }
        Ok(())
    }

    /// One element or delimiter of a data set; false at the end of the root.
    fn element(&mut self) -> Result<bool, Stop> {
        self.count()?;
        let position = self.window.position();
        let (syntax, is_root) = match self.levels.last() {
            Some(level) => (level.syntax, level.place == Place::Root && self.levels.len() == 1),
            None => return Ok(false),
        };
        let Some(head) = head(self.window, syntax)? else {
            return match is_root {
                true => Ok(false),
                false => Err(truncated(position)),
            };
        };
        if head.tag.group() == 0xFFFE {
            self.delimiter(head);
            return Ok(true);
        }
        self.check_head(head, position)?;
        if let Some(reason) = head.odd {
            self.notes.add(reason, Some(head.tag));
        }
        if head.tag == Tag::PIXEL_DATA && is_root {
            self.root_pixels(head, position)?;
            return Ok(true);
        }
        self.content(head, position, is_root)?;
        Ok(true)
    }

    /// A delimiter or item tag where an element should be.
    fn delimiter(&mut self, head: Head) {
        let (nested, open) = match self.levels.last() {
            Some(level) => (self.levels.len() > 1, level.end.is_none()),
            None => (false, false),
        };
        let regular = head.tag == Tag::ITEM_END && nested && open;
        if !regular || head.length != 0 {
            self.notes.add(Reason::Malformed, Some(head.tag));
        }
        if nested && open && head.tag == Tag::SEQUENCE_END {
            // The item was never closed; the sequence takes the delimiter.
            self.close();
            return;
        }
        self.window.advance(usize::from(head.size));
        if regular {
            self.close();
        }
    }

    /// Order, repeats, group lengths, and lengths that leave the enclosing item.
    fn check_head(&mut self, head: Head, position: u64) -> Result<(), Stop> {
        let Some(level) = self.levels.last_mut() else {
            return Ok(());
        };
        if matches!(head.tag.group(), 0 | 2 | 0xFFFF) {
            self.notes.add(Reason::Malformed, Some(head.tag));
        }
        match level.last {
            Some(last) if last == head.tag => self.notes.add(Reason::Duplicate, Some(head.tag)),
            Some(last) if last > head.tag => self.notes.add(Reason::Malformed, Some(head.tag)),
            _ => {}
        }
        level.last = Some(head.tag);
        if let Some((group, end)) = level.group
            && group != head.tag.group()
        {
            level.group = None;
            if end != position {
                self.notes.add(Reason::Malformed, Some(Tag::new(group, 0)));
            }
        }
        let value_end = position + u64::from(head.size) + u64::from(head.length);
        if head.length != UNDEFINED && level.end.is_some_and(|end| value_end > end) {
            return Err(stop(Reason::BadLength, position));
        }
        Ok(())
    }

    fn content(&mut self, head: Head, position: u64, is_root: bool) -> Result<(), Stop> {
        let is_sequence = match (head.vr, head.length) {
            (Some(Vr::SQ), _) => true,
            (Some(Vr::UN) | None, UNDEFINED) => true,
            (Some(Vr::UN), _) => self.place().inside(head.tag) != Place::Elsewhere,
            _ => false,
        };
        if is_sequence {
            return self.open_sequence(head, position, is_root);
        }
        self.window.advance(usize::from(head.size));
        let value = self.window.position();
        if head.length == UNDEFINED {
            if !matches!(head.vr, Some(Vr::OB | Vr::OW)) {
                return Err(stop(Reason::BadLength, position));
            }
            // Compressed data inside an item is an icon; only some transfer syntaxes allow it.
            self.nested_fragments(head)?;
        } else {
            self.value(head, position)?;
        }
        if is_root {
            self.visit.root_element(head, position, value, self.window.position());
        }
        Ok(())
    }

    fn value(&mut self, head: Head, position: u64) -> Result<(), Stop> {
        let length = u64::from(head.length);
        let end = self.window.position() + length;
        if self.window.left().is_some_and(|left| left < length) {
            return Err(truncated(position));
        }
        let unit = head.vr.map_or(1, Vr::unit);
        if head.length % 2 == 1 {
            self.notes.add(Reason::OddLength, Some(head.tag));
        }
        if !head.length.is_multiple_of(unit) {
            self.notes.add(Reason::Malformed, Some(head.tag));
        }
        self.note_group_length(head)?;
        self.take_charset(head)?;
        if let Some(level) = self.levels.last() {
            let charset = self.charsets.get(level.charset).unwrap_or(&NONE);
            let at = At {
                place: level.place,
                syntax: level.syntax,
                charset,
            };
            self.visit.value(at, head, self.window)?;
        }
        self.window.skip(end - self.window.position())
    }

    fn note_group_length(&mut self, head: Head) -> Result<(), Stop> {
        if head.tag.element() != 0 || head.length != 4 {
            return Ok(());
        }
        let syntax = self.levels.last().map_or(Syntax::ExplicitLittle, |l| l.syntax);
        let after = self.window.position() + 4;
        let length = self.window.need(4)?.first_chunk::<4>().map_or(0, |l| syntax.u32(*l));
        if let Some(level) = self.levels.last_mut() {
            level.group = Some((head.tag.group(), after + u64::from(length)));
        }
        Ok(())
    }

    /// Specific Character Set is in force from here to the end of its data set, items included.
    fn take_charset(&mut self, head: Head) -> Result<(), Stop> {
        if head.tag != Tag(0x0008_0005) || head.length > 32 * 1024 {
            return Ok(());
        }
        let charset = Charset::declared(self.window.need(head.length as usize)?);
        if charset.odd {
            self.notes.add(Reason::BadCharset, Some(head.tag));
        }
        if head.vr != Some(Vr(*b"CS")) {
            self.notes.add(Reason::VrMismatch, Some(head.tag));
        }
        // A repeat in the same data set takes the place of the first one.
        let around = self.levels.iter().rev().nth(1).map_or(0, |outer| outer.charset);
        self.charsets.truncate(around + 1);
        self.charsets.push(charset);
        if let Some(level) = self.levels.last_mut() {
            level.charset = around + 1;
        }
        Ok(())
    }

    fn place(&self) -> Place {
        self.levels.last().map_or(Place::Elsewhere, |level| level.place)
    }

    fn open_sequence(&mut self, head: Head, position: u64, is_root: bool) -> Result<(), Stop> {
        let Some(parent) = self.levels.last() else {
            return Ok(());
        };
        let around = parent.syntax;
        // UN of undefined length holds items in Implicit VR Little Endian (PS3.5 6.2.2, CP 246).
        let syntax = match head.vr {
            Some(Vr::UN) => Syntax::ImplicitLittle,
            _ => around,
        };
        let place = parent.place.inside(head.tag);
        if head.vr == Some(Vr::UN) && !head.tag.is_private() {
            self.notes.add(Reason::VrMismatch, Some(head.tag));
        }
        if parent.place == Place::Region && place == Place::Region {
            self.notes.add(Reason::Malformed, Some(head.tag));
        }
        let charset = parent.charset;
        self.window.advance(usize::from(head.size));
        let value = self.window.position();
        let end = (head.length != UNDEFINED).then(|| value + u64::from(head.length));
        if end.is_some() && self.window.left().is_some_and(|left| left < u64::from(head.length)) {
            return Err(truncated(position));
        }
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(stop(Reason::LimitDepth, position));
        }
        self.visit.sequence(place, head);
        self.visit.opened(Opened {
            sequence: Some(head.tag),
            length_at: value - 4,
            length: head.length,
            syntax: around,
        });
        let opened = is_root.then_some((head, position, value));
        self.levels.push(Level {
            kind: Kind::Sequence,
            place,
            syntax,
            end,
            charset,
            last: None,
            group: None,
            opened,
        });
        Ok(())
    }

    /// One item or delimiter of a sequence.
    fn item(&mut self) -> Result<bool, Stop> {
        self.count()?;
        let position = self.window.position();
        let Some(level) = self.levels.last() else {
            return Ok(false);
        };
        let (syntax, place, charset, sequence_end) = (level.syntax, level.place, level.charset, level.end);
        let bytes = self.window.need(8)?;
        let Some((&tag, length)) = bytes.split_first_chunk::<4>() else {
            return Err(truncated(position));
        };
        let tag = syntax.tag(tag);
        let length = length.first_chunk::<4>().map_or(0, |l| syntax.u32(*l));
        if !matches!(tag, Tag::ITEM | Tag::ITEM_END | Tag::SEQUENCE_END) {
            return Err(stop(Reason::Malformed, position));
        }
        self.window.advance(8);
        if tag != Tag::ITEM {
            let regular = tag == Tag::SEQUENCE_END && sequence_end.is_none();
            if !regular || length != 0 {
                self.notes.add(Reason::Malformed, Some(tag));
            }
            if regular {
                self.close();
            }
            return Ok(true);
        }
        let end = (length != UNDEFINED).then(|| position + 8 + u64::from(length));
        if end.zip(sequence_end).is_some_and(|(item, sequence)| item > sequence) {
            return Err(stop(Reason::BadLength, position));
        }
        if end.is_some() && self.window.left().is_some_and(|left| left < u64::from(length)) {
            return Err(truncated(position));
        }
        self.visit.item(place);
        self.visit.opened(Opened {
            sequence: None,
            length_at: position + 4,
            length,
            syntax,
        });
        self.levels.push(Level {
            kind: Kind::DataSet,
            place,
            syntax,
            end,
            charset,
            last: None,
            group: None,
            opened: None,
        });
        Ok(true)
    }

    fn root_pixels(&mut self, head: Head, position: u64) -> Result<(), Stop> {
        let syntax = self.levels.last().map_or(Syntax::ExplicitLittle, |l| l.syntax);
        if self.pixel.is_some() {
            self.notes.add(Reason::Duplicate, Some(head.tag));
        }
        if (head.length == UNDEFINED) != self.encapsulated {
            self.notes.add(Reason::WrongTs, Some(head.tag));
        }
        if !matches!(head.vr, Some(Vr::OB | Vr::OW) | None) {
            self.notes.add(Reason::VrMismatch, Some(head.tag));
        }
        self.window.advance(usize::from(head.size));
        let value = self.window.position();
        let pixel = pixel_element::pass(self.window, syntax, head, &mut self.notes);
        let first = self.pixel.is_none();
        let (element, ended) = pixel;
        if first {
            self.pixel = Some(element);
        }
        ended?;
        self.visit.root_element(head, position, value, self.window.position());
        Ok(())
    }

    fn nested_fragments(&mut self, head: Head) -> Result<(), Stop> {
        let syntax = self.levels.last().map_or(Syntax::ExplicitLittle, |l| l.syntax);
        if !self.encapsulated {
            self.notes.add(Reason::Malformed, Some(head.tag));
        }
        let mut ignored = Notes::default();
        pixel_element::pass(self.window, syntax, head, &mut ignored).1
    }
}

/// Whether elements, items and all, are encoded as the standard asks.
pub(crate) fn is_sound(elements: &[u8], syntax: Syntax) -> bool {
    struct Ignore;
    impl Visit for Ignore {
        fn value(&mut self, _: At<'_>, _: Head, _: &mut Window<'_>) -> Result<(), Stop> {
            Ok(())
        }
    }
    let mut window = Window::new(Box::new(BytesFeed(elements)));
    let mut walk = Walk::new(&mut window, syntax, false, Ignore);
    walk.run().is_ok() && !walk.notes.reasons().contains(&Reason::Malformed)
}

pub(crate) fn stop(reason: Reason, offset: u64) -> Stop {
    Stop {
        reason,
        offset,
        input: false,
    }
}
