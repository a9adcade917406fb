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

/// How the file begins.
pub(crate) const TABLE_HEAD: &str = "# Labelled header values that came out right and wrong, by class of evidence; \
    printed by `bodysite evaluate --header-values CSV`.\n\
    # The values are those that the sets were developed on, so the figures lean to the good side.\n\
    evidence\tright\twrong\n";

/// A class with fewer values than this says what its method says as a whole.
const FEWEST: u32 = 20;

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

    /// The lower bound for a class, where it or its method was measured on enough values.
    pub fn confidence(&self, class: &str) -> Option<f64> {
        let own = self.classes.get(class).copied();
        let (right, wrong) = own.filter(|c| c.0 + c.1 >= FEWEST).or_else(|| self.pooled(class))?;
        Some((wilson(right, wrong) * 1000.0).round() / 1000.0)
    }

    /// All classes of the same method together.
    fn pooled(&self, class: &str) -> Option<(u32, u32)> {
        let method = |class: &str| class.split('+').next().map(str::to_owned);
        let same = self.classes.iter().filter(|(other, _)| method(other) == method(class));
        let sum = same.fold((0, 0), |sum, (_, counts)| (sum.0 + counts.0, sum.1 + counts.1));
        (sum.0 + sum.1 >= FEWEST).then_some(sum)
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
    fn few_values_give_no_confidence_of_their_own() {
        let table = "evidence\tright\twrong\nexact\t520\t0\nexact+repaired\t3\t0\nfuzzy\t3\t0\n";
        let calibration = Calibration::read("calibration.tsv", table).unwrap();
        assert_eq!(calibration.confidence("exact"), Some(0.993));
        assert_eq!(calibration.confidence("exact+repaired"), Some(0.993));
        assert_eq!(calibration.confidence("fuzzy"), None);
        assert_eq!(calibration.confidence("grammar"), None);
    }
}
