//! Decides what a correction changes in one instance, and what that looks like in bytes.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use bodysite_core::{Attribute, Coding, Header, Reason, SCT, Side};

use super::encode::{code_sequence, element, item, sequence};
use super::splice::{Edit, Edits, Source};
use super::{Change, CopyError, Correction, Note, Refusal, Region, Report};
use crate::collect::Span;
use crate::element::{Syntax, Tag, UNDEFINED, Vr};
use crate::scan::Scanned;
use crate::sop_class::Kind;
use crate::value_rules as rules;
use crate::walk;

const BODY_PART_EXAMINED: Tag = Tag(0x0018_0015);
const ANATOMIC_REGION: Tag = Tag(0x0008_2218);
const REGION_MODIFIER: Tag = Tag(0x0008_2220);
const LATERALITY: Tag = Tag(0x0020_0060);
const IMAGE_LATERALITY: Tag = Tag(0x0020_0062);
const SOP_INSTANCE: Tag = Tag(0x0008_0018);
const COERCION_DATE_TIME: Tag = Tag(0x0008_0015);
const CONTRIBUTING_EQUIPMENT: Tag = Tag(0x0018_A001);
const ORIGINAL_ATTRIBUTES: Tag = Tag(0x0400_0561);
const SIGNATURES: Tag = Tag(0xFFFA_FFFA);

/// A previous value is kept up to this size; no sequence of codes is longer.
const MOST_PREVIOUS: u64 = 64 * 1024;

/// The edits that make the copy, and what they change.
pub(super) fn plan<R: Read + Seek>(
    scanned: &Scanned,
    correction: &Correction,
    source: &mut Source<'_, R>,
) -> Result<(Edits, Report), CopyError> {
    check(correction)?;
    refuse(scanned)?;
    let mut plan = Plan {
        scanned,
        correction,
        source,
        syntax: scanned.plan.encoding.syntax,
        edits: BTreeMap::new(),
        previous: BTreeMap::new(),
        report: Report::default(),
    };
    plan.region()?;
    plan.body_part()?;
    plan.side()?;
    plan.uid()?;
    if !plan.edits.is_empty() {
        plan.signatures()?;
        plan.trail()?;
        plan.group_lengths()?;
    }
    plan.finish()
}

/// What we are asked to write must itself be right.
fn check(correction: &Correction) -> Result<(), CopyError> {
    let text = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'\\')
    };
    let digits = correction.at.bytes().take_while(u8::is_ascii_digit).count();
    if digits != 14 || correction.at.len() > 26 || !text(&correction.at, 26) {
        return Err(CopyError::Invalid("the date and time is not a DT of 14 digits or more"));
    }
    if !text(&correction.system, 64) || !text(&correction.software_version, 64) {
        return Err(CopyError::Invalid(
            "the system or its version is not 1 to 64 ASCII characters",
        ));
    }
    let term = correction.body_part_examined.as_deref().unwrap_or_default();
    if !term.is_empty() && !rules::is_code_string(term.as_bytes()) {
        return Err(CopyError::Invalid("the body part is not a code string"));
    }
    if let Some(Region { concept, .. }) = &correction.anatomic_region
        && !(text(&concept.code, 64) && text(&concept.system, 16) && text(&concept.display, 64))
    {
        return Err(CopyError::Invalid(
            "the concept is not a code, scheme and meaning in ASCII",
        ));
    }
    match correction.new_uid.as_deref() {
        Some(uid) if !rules::is_uid(uid.as_bytes()) => Err(CopyError::Invalid("the new UID is not a UID")),
        _ => Ok(()),
    }
}

/// Instances of which a copy would not be right.
fn refuse(scanned: &Scanned) -> Result<(), CopyError> {
    if scanned.plan.kind == Kind::Enhanced {
        return Err(CopyError::Refused(Refusal::Enhanced));
    }
    if scanned.plan.stray_delimiters {
        return Err(CopyError::Refused(Refusal::Faulty(Reason::Malformed)));
    }
    if scanned.plan.meta.group_length_wrong {
        return Err(CopyError::Refused(Refusal::Faulty(Reason::BadMeta)));
    }
    let cut = scanned.pixels.as_ref().is_some_and(|pixels| !pixels.complete);
    let fault = scanned.reasons.iter().copied().find(|reason| match reason {
        Reason::Truncated | Reason::LimitInflate | Reason::BadVr | Reason::WrongTs => true,
        Reason::Malformed => cut,
        // Padding with a space is wrong and harmless.
        Reason::BadUid => !uids_hold(&scanned.header),
        Reason::TrailingGarbage => scanned.plan.encoding.deflated,
        _ => false,
    });
    match fault {
        Some(reason) => Err(CopyError::Refused(Refusal::Faulty(reason))),
        None => Ok(()),
    }
}

fn uids_hold(header: &Header) -> bool {
    use Attribute as A;
    [
        A::SOPClassUID,
        A::SOPInstanceUID,
        A::StudyInstanceUID,
        A::SeriesInstanceUID,
    ]
    .into_iter()
    .all(|uid| header.text(uid).is_some_and(|uid| rules::is_uid(uid.as_bytes())))
}

struct Plan<'p, 's, R> {
    scanned: &'p Scanned,
    correction: &'p Correction,
    source: &'p mut Source<'s, R>,
    syntax: Syntax,
    /// Edits of the data set by tag.
    edits: BTreeMap<Tag, Edit>,
    /// Previous values, encoded, by tag.
    previous: BTreeMap<Tag, Vec<u8>>,
    report: Report,
}

impl<R: Read + Seek> Plan<'_, '_, R> {
    fn header(&self) -> &Header {
        &self.scanned.header
    }

    /// The element of a tag in the root data set. Of two, neither can be taken for the one.
    fn span(&self, tag: Tag) -> Result<Option<Span>, CopyError> {
        let mut spans = self.scanned.plan.spans.iter().filter(|span| span.head.tag == tag);
        let span = spans.next().copied();
        match spans.next() {
            Some(_) => Err(CopyError::Refused(Refusal::Ambiguous)),
            None => Ok(span),
        }
    }

    /// Where an element of this tag belongs.
    fn place_of(&self, tag: Tag) -> u64 {
        let spans = &self.scanned.plan.spans;
        match spans.iter().find(|span| span.head.tag > tag) {
            Some(next) => next.start,
            None => spans.last().map_or(self.scanned.plan.meta.end, |last| last.end),
        }
    }

    /// Puts an encoded element in the place of the one that is there, or where it belongs.
    fn put(&mut self, tag: Tag, insert: Vec<u8>) -> Result<(), CopyError> {
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

    fn note(&mut self, note: Note) {
        if !self.report.notes.contains(&note) {
            self.report.notes.push(note);
        }
    }

    fn body_part(&mut self) -> Result<(), CopyError> {
        let Some(term) = self.correction.body_part_examined.as_deref() else {
            return Ok(());
        };
        let span = self.span(BODY_PART_EXAMINED)?;
        // Absent and empty say the same: nothing to write where nothing is known.
        if span.is_none() && term.is_empty() {
            return Ok(());
        }
        self.code_string(
            BODY_PART_EXAMINED,
            "BodyPartExamined",
            Attribute::BodyPartExamined,
            term,
        )
    }

    /// Sets one Code String, unless it says that already.
    fn code_string(
        &mut self,
        tag: Tag,
        keyword: &'static str,
        attribute: Attribute,
        term: &str,
    ) -> Result<(), CopyError> {
        let span = self.span(tag)?;
        let value = match span {
            Some(span) => self
                .source
                .read_at(span.value, (span.end - span.value).min(MOST_PREVIOUS))?,
            None => Vec::new(),
        };
        let is_code_string = span.is_none_or(|span| span.head.vr == Some(Vr(*b"CS")));
        let same = value.strip_suffix(b" ").unwrap_or(&value) == term.as_bytes();
        if same && is_code_string && span.is_some() {
            return Ok(());
        }
        // A previous value that broke its VR or VM is listed with zero length (PS3.3 C.12.1.1.9).
        let identifying = self.scanned.plan.identity_removed && !crate::collect::is_defined_term(term_of(&value));
        let conforming = is_code_string && rules::is_code_string(&value) && !identifying;
        let kept = if conforming { value.as_slice() } else { &[] };
        self.previous.insert(tag, element(self.syntax, tag, b"CS", kept));
        let before = self.header().text(attribute).map(str::to_owned);
        self.report.changes.push(Change {
            attribute: keyword,
            before,
            after: term.to_owned(),
        });
        self.put(tag, element(self.syntax, tag, b"CS", term.as_bytes()))
    }

    fn region(&mut self) -> Result<(), CopyError> {
        let Some(region) = &self.correction.anatomic_region else {
            return Ok(());
        };
        let there = side_of_modifiers(self.header());
        if there.is_some() && region.side.is_some() && there != region.side {
            self.note(Note::SideKept);
        }
        let side = there.or(region.side);
        if self.says_already(&region.concept, side) {
            return Ok(());
        }
        let span = self.span(ANATOMIC_REGION)?;
        let previous = match span {
            Some(span) => self.previous_region(span)?,
            None => sequence(self.syntax, ANATOMIC_REGION, &[]),
        };
        self.previous.insert(ANATOMIC_REGION, previous);
        let before = self
            .header()
            .anatomic_regions
            .first()
            .map(|code| format!("{}:{}", code.scheme, code.value));
        let after = format!("{}:{}", region.concept.system, region.concept.code);
        self.report.changes.push(Change {
            attribute: "AnatomicRegionSequence",
            before,
            after,
        });
        let modifier = side.map_or_else(Vec::new, |side| {
            code_sequence(self.syntax, REGION_MODIFIER, &side.coding(), &[])
        });
        let encoded = code_sequence(self.syntax, ANATOMIC_REGION, &region.concept, &modifier);
        self.put(ANATOMIC_REGION, encoded)
    }

    /// The whole previous sequence, if it is one and would not break the sequence that it is put into.
    fn previous_region(&mut self, span: Span) -> Result<Vec<u8>, CopyError> {
        let free_text = self.scanned.plan.identity_removed
            && self
                .scanned
                .reasons
                .iter()
                .any(|r| matches!(r, Reason::BadCode | Reason::BadValue));
        let whole = span.head.vr == Some(Vr::SQ) && span.end - span.start <= MOST_PREVIOUS && !free_text;
        if whole {
            let previous = self.source.read_at(span.start, span.end - span.start)?;
            if walk::is_sound(&previous, self.syntax) {
                return Ok(previous);
            }
        }
        Ok(sequence(self.syntax, ANATOMIC_REGION, &[]))
    }

    fn says_already(&self, concept: &Coding, side: Option<Side>) -> bool {
        let header = self.header();
        let vr = self.span(ANATOMIC_REGION).ok().flatten().and_then(|span| span.head.vr);
        let [code] = header.anatomic_regions.as_slice() else {
            return false;
        };
        let sided = side.is_none() || side_of_modifiers(header) == side;
        vr == Some(Vr::SQ)
            && code.scheme == concept.system
            && code.value == concept.code
            && !code.meaning.is_empty()
            && sided
    }

    /// PS3.3: Image Laterality in DX, mammography and intra-oral objects, else Laterality, of one side only.
    fn side(&mut self) -> Result<(), CopyError> {
        let image = takes_image_laterality(self.header().text(Attribute::SOPClassUID).unwrap_or_default());
        let text = |attribute| self.header().text(attribute).unwrap_or_default();
        let (image_side, series_side) = (text(Attribute::ImageLaterality), text(Attribute::Laterality));
        let there = if image { image_side } else { series_side };
        let elsewhere = !image && !matches!(image_side, "" | "U");
        let Some(side) = self.correction.laterality.filter(|side| image || *side != Side::Both) else {
            let changed = self.edits.contains_key(&BODY_PART_EXAMINED) || self.edits.contains_key(&ANATOMIC_REGION);
            if changed && there.is_empty() && !elsewhere {
                self.note(Note::SideUnknown);
            }
            return Ok(());
        };
        if there == side.letter() || elsewhere {
            return Ok(());
        }
        if matches!(there, "R" | "L" | "B") {
            self.note(Note::SideKept);
            return Ok(());
        }
        match image {
            true => self.code_string(
                IMAGE_LATERALITY,
                "ImageLaterality",
                Attribute::ImageLaterality,
                side.letter(),
            ),
            false => self.code_string(LATERALITY, "Laterality", Attribute::Laterality, side.letter()),
        }
    }

    fn uid(&mut self) -> Result<(), CopyError> {
        let Some(uid) = self.correction.new_uid.as_deref() else {
            return Ok(());
        };
        let old = self
            .header()
            .text(Attribute::SOPInstanceUID)
            .unwrap_or_default()
            .to_owned();
        if old == uid {
            return Ok(());
        }
        self.previous
            .insert(SOP_INSTANCE, element(self.syntax, SOP_INSTANCE, b"UI", old.as_bytes()));
        self.report.changes.push(Change {
            attribute: "SOPInstanceUID",
            before: Some(old),
            after: uid.to_owned(),
        });
        self.put(SOP_INSTANCE, element(self.syntax, SOP_INSTANCE, b"UI", uid.as_bytes()))
    }

    /// Any change breaks a signature: refused, or left out where that is wanted and possible.
    fn signatures(&mut self) -> Result<(), CopyError> {
        if !self.scanned.plan.signed {
            return Ok(());
        }
        match self.span(SIGNATURES)? {
            Some(_) if self.correction.drop_signatures => {
                self.note(Note::SignaturesDropped);
                self.put(SIGNATURES, Vec::new())
            }
            _ => Err(CopyError::Refused(Refusal::Signed)),
        }
    }

    /// Says in the copy what was changed, by whom and when.
    fn trail(&mut self) -> Result<(), CopyError> {
        let now = element(self.syntax, COERCION_DATE_TIME, b"DT", self.correction.at.as_bytes());
        self.put(COERCION_DATE_TIME, now)?;
        let equipment = self.equipment_item();
        self.append(CONTRIBUTING_EQUIPMENT, equipment)?;
        let originals = self.originals_item();
        self.append(ORIGINAL_ATTRIBUTES, originals)
    }

    /// PS3.3 Table C.12-1, Original Attributes Sequence.
    fn originals_item(&self) -> Vec<u8> {
        let syntax = self.syntax;
        let previous: Vec<u8> = self.previous.values().flatten().copied().collect();
        let mut content = sequence(syntax, Tag(0x0400_0550), &item(syntax, &previous));
        content.extend(element(syntax, Tag(0x0400_0562), b"DT", self.correction.at.as_bytes()));
        content.extend(element(
            syntax,
            Tag(0x0400_0563),
            b"LO",
            self.correction.system.as_bytes(),
        ));
        content.extend(element(syntax, Tag(0x0400_0564), b"LO", &[]));
        content.extend(element(syntax, Tag(0x0400_0565), b"CS", b"CORRECT"));
        item(syntax, &content)
    }

    /// PS3.3 Table C.12-1, Contributing Equipment Sequence; purpose of CID 7005.
    fn equipment_item(&self) -> Vec<u8> {
        let syntax = self.syntax;
        let correction = self.correction;
        let purpose = Coding::new("DCM", "109103", "Modifying Equipment");
        let mut content = element(syntax, Tag(0x0008_0070), b"LO", correction.system.as_bytes());
        content.extend(element(
            syntax,
            Tag(0x0018_1020),
            b"LO",
            correction.software_version.as_bytes(),
        ));
        content.extend(element(syntax, Tag(0x0018_A002), b"DT", correction.at.as_bytes()));
        content.extend(element(syntax, Tag(0x0018_A003), b"ST", b"Body part normalised"));
        content.extend(code_sequence(syntax, Tag(0x0040_A170), &purpose, &[]));
        item(syntax, &content)
    }

    /// Adds an item to a sequence whose items stay as they are.
    fn append(&mut self, tag: Tag, item: Vec<u8>) -> Result<(), CopyError> {
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
        let mut whole = self.source.read_at(span.start, span.end - span.start)?;
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

    /// Group lengths, where a file has them, say how long their groups are.
    fn group_lengths(&mut self) -> Result<(), CopyError> {
        let spans = &self.scanned.plan.spans;
        let mut lengths = Vec::new();
        for span in spans.iter().filter(|s| s.head.tag.element() == 0 && s.head.length == 4) {
            let group = span.head.tag.group();
            let mut length: i128 = spans
                .iter()
                .filter(|s| s.head.tag.group() == group && s.head.tag.element() != 0)
                .map(|s| i128::from(s.end - s.start))
                .sum();
            let edits: Vec<&Edit> = self
                .edits
                .iter()
                .filter(|(tag, _)| tag.group() == group)
                .map(|(_, e)| e)
                .collect();
            if edits.is_empty() {
                continue;
            }
            for edit in edits {
                length += edit.insert.len() as i128 - i128::from(edit.remove);
            }
            let value = u32::try_from(length).map_err(|_| CopyError::Refused(Refusal::Ambiguous))?;
            let insert = self.syntax.put32(value).to_vec();
            lengths.push((
                span.head.tag,
                Edit {
                    at: span.value,
                    remove: 4,
                    insert,
                },
            ));
        }
        self.edits.extend(lengths);
        Ok(())
    }

    fn finish(mut self) -> Result<(Edits, Report), CopyError> {
        let mut edits = Edits::default();
        if self.scanned.reasons.contains(&Reason::SuspiciousPreamble) {
            edits.meta.push(Edit {
                at: 0,
                remove: 128,
                insert: vec![0; 128],
            });
            self.note(Note::PreambleZeroed);
        }
        if self.edits.contains_key(&SOP_INSTANCE) {
            edits.meta.extend(self.meta_uid());
        }
        edits.data_set = self.edits.into_values().collect();
        self.report
            .changes
            .sort_by_key(|change| Attribute::from_keyword(change.attribute).map(Attribute::tag));
        self.report.notes.sort();
        Ok((edits, self.report))
    }

    /// The new UID in the file meta information, which is always Explicit VR Little Endian.
    fn meta_uid(&self) -> Vec<Edit> {
        let meta = &self.scanned.plan.meta;
        let (Some(uid), Some((at, length))) = (&self.correction.new_uid, meta.sop_instance_span) else {
            return Vec::new();
        };
        let encoded = element(Syntax::ExplicitLittle, Tag(0x0002_0003), b"UI", uid.as_bytes());
        let grown = (encoded.len() as u64).saturating_sub(8);
        let mut edits = vec![Edit {
            at: at - 8,
            remove: length + 8,
            insert: encoded,
        }];
        if let Some(field) = meta.group_length_at {
            let group = (meta.end - field - 4 + grown).saturating_sub(length);
            let insert = u32::try_from(group).unwrap_or(u32::MAX).to_le_bytes().to_vec();
            edits.push(Edit {
                at: field,
                remove: 4,
                insert,
            });
        }
        edits
    }
}

/// The value as a term, without padding.
fn term_of(value: &[u8]) -> &str {
    std::str::from_utf8(rules::unpadded(value)).unwrap_or_default()
}

/// The side that the modifiers of the anatomic region name, in SNOMED CT or its older form.
fn side_of_modifiers(header: &Header) -> Option<Side> {
    header
        .region_modifiers
        .iter()
        .find_map(|code| match (code.scheme.as_str(), code.value.as_str()) {
            (SCT, "24028007") | ("SRT" | "SNM3" | "99SDM", "G-A100") => Some(Side::Right),
            (SCT, "7771000") | ("SRT" | "SNM3" | "99SDM", "G-A101") => Some(Side::Left),
            (SCT, "51440002") | ("SRT" | "SNM3" | "99SDM", "G-A102") => Some(Side::Both),
            _ => None,
        })
}

/// Digital X-ray, mammography and intra-oral objects say the side of each image.
fn takes_image_laterality(sop_class: &str) -> bool {
    matches!(
        sop_class.strip_prefix("1.2.840.10008.5.1.4.1.1.1."),
        Some("1" | "1.1" | "2" | "2.1" | "3" | "3.1")
    )
}
