//! Distinct header values to distinct codes. Values are counted and not repeated: one may be a person's name.

use std::collections::{BTreeMap, BTreeSet};

use bodysite_core::Sctid;
use serde::Serialize;

use crate::Case;

/// Counts over Body Part Examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HeaderValues {
    /// Images whose value is absent or empty.
    pub empty_images: usize,
    /// Distinct values.
    pub values: usize,
    /// Distinct values on whose images the header gives an answer.
    pub values_mapped: usize,
    /// Distinct targets among the header's answers.
    pub codes: usize,
    /// Distinct targets among the reference labels.
    pub codes_reference: usize,
}

impl HeaderValues {
    pub(crate) fn of(cases: &[Case<'_>]) -> HeaderValues {
        let mut values: BTreeMap<&str, bool> = BTreeMap::new();
        let mut codes: BTreeSet<Sctid> = BTreeSet::new();
        let mut empty_images = 0;
        for case in cases {
            let answer = &case.prediction.header.sites;
            codes.extend(answer);
            match case.prediction.raw.as_deref().map(str::trim).filter(|v| !v.is_empty()) {
                Some(value) => *values.entry(value).or_default() |= !answer.is_empty(),
                None => empty_images += 1,
            }
        }
        let reference: BTreeSet<Sctid> = cases.iter().flat_map(|c| c.label.examined.iter().copied()).collect();
        HeaderValues {
            empty_images,
            values: values.len(),
            values_mapped: values.values().filter(|mapped| **mapped).count(),
            codes: codes.len(),
            codes_reference: reference.len(),
        }
    }
}
