//! The distinct header values of an archive, with how many images carry each.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use bodysite_core::{Attribute, Header, Outcome, Status};
use bodysite_dicom::{Found, discover, read_header};

use crate::Progress;

/// The attributes whose values may name a body part, in the order they are shown.
pub const INVENTORIED: [Attribute; 7] = [
    Attribute::BodyPartExamined,
    Attribute::SeriesDescription,
    Attribute::ProtocolName,
    Attribute::AcquisitionDeviceProcessingDescription,
    Attribute::PerformedProcedureStepDescription,
    Attribute::RequestedProcedureDescription,
    Attribute::StudyDescription,
];

/// Distinct values remembered for each attribute; an archive with more is told so.
const MOST: usize = 200_000;

/// How often one value was met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// Images that carry it.
    pub images: u64,
    /// Of these by Modality.
    pub modalities: BTreeMap<String, u64>,
}

/// What an archive's headers say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Images read.
    pub images: u64,
    /// Files that are no readable image.
    pub other_files: u64,
    /// Values by attribute; an absent or empty value is the empty text.
    pub values: BTreeMap<Attribute, BTreeMap<String, Count>>,
    /// Attributes with more distinct values than are remembered.
    pub cut: Vec<Attribute>,
}

impl Inventory {
    fn add(&mut self, header: &Header) {
        self.images += 1;
        let modality = header.text(Attribute::Modality).unwrap_or_default();
        for attribute in INVENTORIED {
            let text = header.text(attribute).unwrap_or_default();
            self.count(attribute, text, modality, 1);
        }
    }

    fn count(&mut self, attribute: Attribute, text: &str, modality: &str, images: u64) {
        let values = self.values.entry(attribute).or_default();
        if values.len() >= MOST && !values.contains_key(text) {
            if !self.cut.contains(&attribute) {
                self.cut.push(attribute);
                self.cut.sort();
            }
            return;
        }
        let count = values.entry(text.to_owned()).or_default();
        count.images += images;
        *count.modalities.entry(modality.to_owned()).or_default() += images;
    }

    fn merge(&mut self, other: Inventory) {
        self.images += other.images;
        self.other_files += other.other_files;
        for (attribute, values) in other.values {
            for (text, count) in values {
                for (modality, images) in count.modalities {
                    self.count(attribute, &text, &modality, images);
                }
            }
        }
        for attribute in other.cut {
            if !self.cut.contains(&attribute) {
                self.cut.push(attribute);
            }
        }
        self.cut.sort();
    }
}

/// Reads the headers below the roots with `jobs` threads; nothing where asked to stop.
pub fn take_inventory(
    roots: &[PathBuf],
    jobs: usize,
    cancel: &AtomicBool,
    progress: &mut (dyn Progress + Send),
) -> Option<Inventory> {
    let files = Mutex::new(discover(roots));
    let progress = Mutex::new(progress);
    let all = Mutex::new(Inventory::default());
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                let own = read_some(&files, cancel, &progress);
                all.lock().unwrap_or_else(PoisonError::into_inner).merge(own);
            });
        }
    });
    let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    (!cancel.load(Ordering::Relaxed)).then_some(all)
}

fn read_some(
    files: &Mutex<impl Iterator<Item = Found>>,
    cancel: &AtomicBool,
    progress: &Mutex<&mut (dyn Progress + Send)>,
) -> Inventory {
    let mut own = Inventory::default();
    while !cancel.load(Ordering::Relaxed) {
        let next = files.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some(found) = next else { break };
        let outcome = look(found, &mut own);
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.file(&outcome, true);
    }
    own
}

fn look(found: Found, own: &mut Inventory) -> Outcome {
    let read = match found.refused {
        Some(refused) => Err(refused),
        None => read_header(&found.path),
    };
    match read {
        Ok(scanned) => {
            own.add(&scanned.header);
            Outcome::new(Status::Done, scanned.reasons)
        }
        Err(outcome) => {
            own.other_files += 1;
            outcome
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_however_the_files_are_divided() {
        let knee = Header::of(&[(Attribute::BodyPartExamined, "KNEE"), (Attribute::Modality, "DX")]);
        let odd = Header::of(&[(Attribute::Modality, "CR")]);
        let mut one = Inventory::default();
        one.add(&knee);
        one.add(&odd);
        one.add(&knee);
        let (mut a, mut b) = (Inventory::default(), Inventory::default());
        a.add(&knee);
        b.add(&odd);
        b.add(&knee);
        a.merge(b);
        assert_eq!(a, one);
        assert_eq!(one.values[&Attribute::BodyPartExamined]["KNEE"].images, 2);
        assert_eq!(one.values[&Attribute::BodyPartExamined][""].modalities["CR"], 1);
    }
}
