//! The exams: for each label the projections that are made of it, and how often.

use super::rng::Rng;

/// One of the 36 labels and its projections with their shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exam {
    /// Two-letter key of the label.
    pub key: &'static str,
    /// Projections and shares.
    pub views: &'static [(&'static str, f32)],
}

const fn exam(key: &'static str, views: &'static [(&'static str, f32)]) -> Exam {
    Exam { key, views }
}

/// All exams, in the order of the concept table.
pub const EXAMS: [Exam; 36] = [
    exam("WB", &[("AP", 0.8), ("lateral", 0.2)]),
    exam("HE", &[("AP", 0.45), ("lateral", 0.55)]),
    exam("SK", &[("PA", 0.3), ("AP", 0.1), ("lateral", 0.45), ("Towne", 0.15)]),
    exam("FA", &[("Waters", 0.4), ("PA", 0.3), ("lateral", 0.3)]),
    exam("PS", &[("Waters", 0.6), ("Caldwell", 0.25), ("lateral", 0.15)]),
    exam(
        "JA",
        &[("panoramic", 0.5), ("oblique", 0.2), ("PA", 0.2), ("lateral", 0.1)],
    ),
    exam("NE", &[("lateral", 0.7), ("AP", 0.3)]),
    exam("SP", &[("AP", 0.65), ("lateral", 0.35)]),
    exam(
        "CS",
        &[
            ("lateral", 0.4),
            ("AP", 0.3),
            ("oblique", 0.15),
            ("odontoid", 0.1),
            ("swimmer", 0.05),
        ],
    ),
    exam("TS", &[("AP", 0.5), ("lateral", 0.5)]),
    exam("LS", &[("AP", 0.45), ("lateral", 0.4), ("oblique", 0.15)]),
    exam("SC", &[("AP", 0.5), ("lateral", 0.5)]),
    exam("CH", &[("PA", 0.55), ("AP", 0.25), ("lateral", 0.2)]),
    exam("RI", &[("AP", 0.5), ("oblique", 0.5)]),
    exam("AB", &[("AP", 0.85), ("decubitus", 0.15)]),
    exam("PE", &[("AP", 0.8), ("frog", 0.08), ("inlet", 0.06), ("outlet", 0.06)]),
    exam("SI", &[("AP", 0.5), ("oblique", 0.5)]),
    exam("EX", &[("AP", 0.6), ("lateral", 0.4)]),
    exam("UL", &[("AP", 0.6), ("lateral", 0.4)]),
    exam("CL", &[("AP", 0.6), ("axial", 0.4)]),
    exam("SH", &[("AP", 0.4), ("Grashey", 0.25), ("Y", 0.2), ("axial", 0.15)]),
    exam("UA", &[("AP", 0.55), ("lateral", 0.45)]),
    exam("EL", &[("AP", 0.4), ("lateral", 0.45), ("oblique", 0.15)]),
    exam("FO", &[("AP", 0.5), ("lateral", 0.5)]),
    exam("WR", &[("PA", 0.45), ("lateral", 0.35), ("oblique", 0.2)]),
    exam("HA", &[("PA", 0.6), ("oblique", 0.3), ("lateral", 0.1)]),
    exam("FI", &[("PA", 0.4), ("lateral", 0.4), ("oblique", 0.2)]),
    exam("LL", &[("AP", 0.8), ("lateral", 0.2)]),
    exam("HI", &[("AP", 0.6), ("Lauenstein", 0.25), ("lateral", 0.15)]),
    exam("TH", &[("AP", 0.55), ("lateral", 0.45)]),
    exam(
        "KN",
        &[
            ("AP", 0.35),
            ("lateral", 0.35),
            ("skyline", 0.08),
            ("tunnel", 0.05),
            ("oblique", 0.07),
            ("both", 0.1),
        ],
    ),
    exam("LE", &[("AP", 0.55), ("lateral", 0.45)]),
    exam("AN", &[("AP", 0.3), ("mortise", 0.25), ("lateral", 0.45)]),
    exam("FT", &[("DP", 0.45), ("oblique", 0.3), ("lateral", 0.25)]),
    exam("CA", &[("lateral", 0.65), ("axial", 0.35)]),
    exam("TO", &[("DP", 0.5), ("oblique", 0.3), ("lateral", 0.2)]),
];

/// The exam of a key.
#[must_use]
pub fn exam_of(key: &str) -> Option<&'static Exam> {
    EXAMS.iter().find(|e| e.key == key)
}

impl Exam {
    /// One of the projections, by share.
    pub fn draw_view(&self, r: &mut Rng) -> &'static str {
        let mut left = r.unit() * self.views.iter().map(|v| v.1).sum::<f32>();
        for (name, share) in self.views {
            left -= share;
            if left <= 0.0 {
                return name;
            }
        }
        self.views[0].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_one_and_keys_are_those_of_the_concept_table() {
        let terms = bodysite_terminology::Terminology::builtin();
        for exam in &EXAMS {
            let sum: f32 = exam.views.iter().map(|v| v.1).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{}", exam.key);
            assert!(terms.targets().iter().any(|t| t.key == exam.key), "{}", exam.key);
        }
        assert_eq!(terms.targets().len(), EXAMS.len());
    }
}
