//! Confidence: the share of labelled values that were right, for each class of evidence.
//!
//! What: counts of right and wrong in `mappings/calibration.tsv`, turned into the lower end of the
//! 95 % Wilson interval. Why: a number that nobody measured says nothing. Example: 520 right, 0 wrong
//! gives 0.993. Source: Wilson 1927; counted by `bodysite evaluate --header-values`.

use std::collections::BTreeMap;

use crate::load::LoadError;

/// Counts by class of evidence.
#[derive(Debug, Default, Clone)]
pub(crate) struct Calibration {
    classes: BTreeMap<String, (u32, u32)>,
}

const HEADER: &str = "evidence\tright\twrong";

impl Calibration {
    /// Reads the table.
    pub fn read(file: &str, text: &str) -> Result<Calibration, LoadError> {
        let mut classes = BTreeMap::new();
        let mut lines = (1u64..).zip(text.lines()).filter(|(_, l)| !l.starts_with('#'));
        if lines.next().is_none_or(|(_, l)| l != HEADER) {
            return Err(LoadError::Columns {
                file: file.to_owned(),
                expected: "evidence, right, wrong".to_owned(),
            });
        }
        for (row, line) in lines {
            let wrong = |column, problem: &str| LoadError::Cell {
                file: file.to_owned(),
                row,
                column,
                problem: problem.to_owned(),
            };
            let cells: Vec<&str> = line.split('\t').collect();
            let &[class, right, bad] = cells.as_slice() else {
                return Err(wrong("evidence", "the row has not three cells"));
            };
            let right = right.parse().map_err(|_| wrong("right", "is no count"))?;
            let bad = bad.parse().map_err(|_| wrong("wrong", "is no count"))?;
            if classes.insert(class.to_owned(), (right, bad)).is_some() {
                return Err(wrong("evidence", "the class appears twice"));
            }
        }
        Ok(Calibration { classes })
    }

    /// The lower bound for a class, where it was measured.
    pub fn confidence(&self, class: &str) -> Option<f64> {
        let (right, wrong) = self.classes.get(class)?;
        let bound = wilson(*right, *wrong);
        Some((bound * 1000.0).round() / 1000.0)
    }
}

/// The lower end of the 95 % Wilson score interval.
fn wilson(right: u32, wrong: u32) -> f64 {
    let n = f64::from(right) + f64::from(wrong);
    if n == 0.0 {
        return 0.0;
    }
    let (p, z) = (f64::from(right) / n, 1.96f64);
    let centre = p + z * z / (2.0 * n);
    let spread = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    (centre - spread) / (1.0 + z * z / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_give_little_confidence() {
        let table = "evidence\tright\twrong\nexact\t520\t0\nfuzzy\t3\t0\n";
        let calibration = Calibration::read("calibration.tsv", table).unwrap();
        assert_eq!(calibration.confidence("exact"), Some(0.993));
        assert_eq!(calibration.confidence("fuzzy"), Some(0.438));
        assert_eq!(calibration.confidence("grammar"), None);
    }
}
