//! How well the side is answered, where the labels have a column `laterality`.

use bodysite_core::Side;
use serde::Serialize;

use crate::{Case, Proportion};

/// Figures over the images whose side is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SideScore {
    /// Images with the true side, of images whose side is known.
    pub accuracy: Proportion,
    /// Images with another side, of the same.
    pub wrong: Proportion,
}

impl SideScore {
    /// `None` where no image has a known side.
    pub(crate) fn of(cases: &[Case<'_>], column: usize) -> Option<SideScore> {
        let pairs: Vec<(Side, Option<Side>)> = cases
            .iter()
            .filter_map(|c| Some((Side::from_letter(c.label.further.get(column)?)?, c.prediction.side)))
            .collect();
        let right = pairs.iter().filter(|(truth, side)| *side == Some(*truth)).count();
        let silent = pairs.iter().filter(|(_, side)| side.is_none()).count();
        (!pairs.is_empty()).then(|| SideScore {
            accuracy: Proportion::new(right, pairs.len()),
            wrong: Proportion::new(pairs.len() - right - silent, pairs.len()),
        })
    }
}
