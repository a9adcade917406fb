//! Decides what a correction changes in one instance, and what that looks like in bytes.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use bodysite_core::{Attribute, Coding, Header, Reason, SCT, Side};

use super::draft::Draft;
use super::encode::{code_sequence, element, sequence};
use super::refusal::refuse;
use super::splice::{Edit, Edits, Source};
use super::{Change, CopyError, Correction, Note, Refusal, Report, references, trail};
use crate::collect::Span;
use crate::element::{Head, Syntax, Tag, Vr};
use crate::scan::Scanned;
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

/// A previous value is kept up to this size; no sequence of codes is longer.
const MOST_PREVIOUS: u64 = 64 * 1024;

/// The longest sequence in which references are followed; a hundred thousand of them are shorter.
const MOST_REFERRING: u64 = 16 << 20;

/// The edits that make the copy, and what they change.
pub(super) fn plan<R: Read + Seek>(
    scanned: &Scanned,
    correction: &Correction,
    source: &mut Source<'_, R>,
) -> Result<(Edits, Report), CopyError> {
    correction.check()?;
    refuse(scanned)?;
    let mut plan = Plan {
        scanned,
        correction,
        draft: Draft::new(&scanned.plan, source),
        previous: BTreeMap::new(),
        changes: BTreeMap::new(),
        notes: Vec::new(),
    };
    plan.region()?;
    plan.body_part()?;
    plan.side()?;
    plan.uid()?;
    plan.references()?;
    if !plan.draft.is_empty() {
        plan.signatures()?;
        plan.trail()?;
    }
    plan.finish()
}

struct Plan<'p, 's, R> {
    scanned: &'p Scanned,
    correction: &'p Correction,
    draft: Draft<'p, 's, R>,
    /// Previous values, encoded, by tag.
    previous: BTreeMap<Tag, Vec<u8>>,
    /// What is told of the changes, by tag.
    changes: BTreeMap<Tag, Change>,
    notes: Vec<Note>,
}

impl<R: Read + Seek> Plan<'_, '_, R> {
    fn header(&self) -> &Header {
        &self.scanned.header
    }

    fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn changed(&mut self, tag: Tag, attribute: &'static str, before: Option<String>, after: String) {
        let change = Change {
            attribute,
            before,
            after,
        };
        self.changes.insert(tag, change);
    }

    fn body_part(&mut self) -> Result<(), CopyError> {
        let Some(term) = self.correction.body_part_examined.as_deref() else {
            return Ok(());
        };
        let span = self.draft.span(BODY_PART_EXAMINED)?;
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
        let span = self.draft.span(tag)?;
        let value = match span {
            Some(span) => self.draft.value(span, MOST_PREVIOUS)?,
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
        self.previous.insert(tag, element(self.draft.syntax, tag, b"CS", kept));
        let before = self.header().text(attribute).map(str::to_owned);
        self.changed(tag, keyword, before, term.to_owned());
        self.draft
            .put(tag, element(self.draft.syntax, tag, b"CS", term.as_bytes()))
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
        let span = self.draft.span(ANATOMIC_REGION)?;
        let previous = match span {
            Some(span) => self.previous_region(span)?,
            None => sequence(self.draft.syntax, ANATOMIC_REGION, &[]),
        };
        self.previous.insert(ANATOMIC_REGION, previous);
        let before = self
            .header()
            .anatomic_regions
            .first()
            .map(|code| format!("{}:{}", code.scheme, code.value));
        let after = format!("{}:{}", region.concept.system, region.concept.code);
        self.changed(ANATOMIC_REGION, "AnatomicRegionSequence", before, after);
        let modifier = side.map_or_else(Vec::new, |side| {
            code_sequence(self.draft.syntax, REGION_MODIFIER, &side.coding(), &[])
        });
        let encoded = code_sequence(self.draft.syntax, ANATOMIC_REGION, &region.concept, &modifier);
        self.draft.put(ANATOMIC_REGION, encoded)
    }

    /// The whole previous sequence, unless its texts might name somebody.
    fn previous_region(&mut self, span: Span) -> Result<Vec<u8>, CopyError> {
        let free_text = self.scanned.plan.identity_removed
            && self
                .scanned
                .reasons
                .iter()
                .any(|r| matches!(r, Reason::BadCode | Reason::BadValue));
        if free_text || span.end - span.start > MOST_PREVIOUS {
            return Ok(sequence(self.draft.syntax, ANATOMIC_REGION, &[]));
        }
        let encoded = self.draft.encoded(span)?;
        Ok(self.previous_sequence(span.head, encoded))
    }

    /// A sequence as it was, or none of its items where those would break the sequence that it is put into.
    fn previous_sequence(&self, head: Head, encoded: Vec<u8>) -> Vec<u8> {
        match head.vr == Some(Vr::SQ) && walk::is_sound(&encoded, self.draft.syntax) {
            true => encoded,
            false => sequence(self.draft.syntax, head.tag, &[]),
        }
    }

    fn says_already(&self, concept: &Coding, side: Option<Side>) -> bool {
        let header = self.header();
        let vr = self
            .draft
            .span(ANATOMIC_REGION)
            .ok()
            .flatten()
            .and_then(|span| span.head.vr);
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
            let changed = self.draft.changes(BODY_PART_EXAMINED) || self.draft.changes(ANATOMIC_REGION);
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
        self.previous.insert(
            SOP_INSTANCE,
            element(self.draft.syntax, SOP_INSTANCE, b"UI", old.as_bytes()),
        );
        self.changed(SOP_INSTANCE, "SOPInstanceUID", Some(old), uid.to_owned());
        self.draft.put(
            SOP_INSTANCE,
            element(self.draft.syntax, SOP_INSTANCE, b"UI", uid.as_bytes()),
        )
    }

    /// References to instances that get new UIDs in the same run.
    fn references(&mut self) -> Result<(), CopyError> {
        if self.correction.renamed.is_empty() {
            return Ok(());
        }
        let spans = self.scanned.plan.spans.iter().copied();
        // To these two we have written something of our own.
        let others = spans.filter(|span| !matches!(span.head.tag, ANATOMIC_REGION | CONTRIBUTING_EQUIPMENT));
        for span in others.filter(|span| span.refers) {
            self.references_of(span)?;
        }
        Ok(())
    }

    fn references_of(&mut self, span: Span) -> Result<(), CopyError> {
        let tag = span.head.tag;
        if span.end - span.start > MOST_REFERRING {
            return Err(CopyError::Refused(Refusal::Ambiguous));
        }
        let encoded = self.draft.encoded(span)?;
        let Some(followed) = references::follow(&encoded, self.draft.syntax, &self.correction.renamed) else {
            return Ok(());
        };
        let (old, new): (Vec<String>, Vec<String>) = followed.uids.into_iter().unzip();
        if !new.iter().all(|uid| rules::is_uid(uid.as_bytes())) {
            return Err(CopyError::Invalid("a new UID is not a UID"));
        }
        let previous = self.previous_sequence(span.head, encoded);
        self.previous.insert(tag, previous);
        let keyword = tag.keyword().unwrap_or("ReferencedSOPInstanceUID");
        self.changed(tag, keyword, Some(old.join("\\")), new.join("\\"));
        self.draft.put(tag, followed.bytes)
    }

    /// Any change breaks a signature: refused, or left out where that is wanted and possible.
    fn signatures(&mut self) -> Result<(), CopyError> {
        if !self.scanned.plan.signed {
            return Ok(());
        }
        match self.draft.span(Tag::DIGITAL_SIGNATURES)? {
            Some(_) if self.correction.drop_signatures => {
                self.note(Note::SignaturesDropped);
                self.draft.put(Tag::DIGITAL_SIGNATURES, Vec::new())
            }
            _ => Err(CopyError::Refused(Refusal::Signed)),
        }
    }

    /// Says in the copy what was changed, by whom and when.
    fn trail(&mut self) -> Result<(), CopyError> {
        let now = element(
            self.draft.syntax,
            COERCION_DATE_TIME,
            b"DT",
            self.correction.at.as_bytes(),
        );
        self.draft.put(COERCION_DATE_TIME, now)?;
        let equipment = trail::equipment_item(self.draft.syntax, self.correction);
        self.draft.append(CONTRIBUTING_EQUIPMENT, equipment)?;
        let previous: Vec<u8> = self.previous.values().flatten().copied().collect();
        let originals = trail::originals_item(self.draft.syntax, self.correction, &previous);
        self.draft.append(Tag::ORIGINAL_ATTRIBUTES, originals)
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
        if self.draft.changes(SOP_INSTANCE) {
            edits.meta.extend(self.meta_uid());
        }
        edits.data_set = self.draft.finish()?;
        self.notes.sort();
        let report = Report {
            changes: self.changes.into_values().collect(),
            notes: self.notes,
        };
        Ok((edits, report))
    }

    /// The new UID in the file meta information, which is always Explicit VR Little Endian.
    fn meta_uid(&self) -> Vec<Edit> {
        let meta = &self.scanned.plan.meta;
        let Some(uid) = &self.correction.new_uid else {
            return Vec::new();
        };
        let encoded = element(Syntax::ExplicitLittle, Tag(0x0002_0003), b"UI", uid.as_bytes());
        let replaced = meta.sop_instance_spans.iter().map(|(start, end)| Edit {
            at: *start,
            remove: end - start,
            insert: encoded.clone(),
        });
        let mut edits: Vec<Edit> = replaced.collect();
        if let Some(field) = meta.group_length_at {
            let (gone, come) = edits.iter().fold((0, 0), |(gone, come), edit| {
                (gone + edit.remove, come + edit.insert.len() as u64)
            });
            let group = (meta.end - field - 4 + come).saturating_sub(gone);
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
