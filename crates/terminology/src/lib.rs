//! The 36 target concepts, their relations, and the codes that stand for them.
//!
//! Everything here is read from `mappings/` (`concepts.tsv`, `finer-concepts.tsv`, `relations.tsv`,
//! `code-aliases.sssom.tsv`), which this crate owns and checks strictly: a wrong check digit, an unknown
//! concept or a repeated row refuses to load, naming file and row.
//!
//! ```
//! let t = bodysite_terminology::Terminology::builtin();
//! let patella = "64234005".parse().unwrap();
//! let sites = t.sites_of(patella).unwrap();
//! assert_eq!(sites[0].target.display, "Knee");
//! assert_eq!(sites[0].exact.as_ref().unwrap().display, "Patella");
//! ```

mod load;
mod relations;

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use bodysite_core::{BodySite, Concept, Sctid};

pub use load::{LoadError, Sources};
pub use relations::Relations;

/// How precise a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// A region as it is ordered and exposed.
    Exam,
    /// A region that contains several exams (Extremity, Spine).
    Coarse,
}

/// One of the 36.
#[derive(Debug, Clone)]
pub struct Target {
    /// Two-letter key used by the image model's label files.
    pub key: String,
    /// The concept.
    pub concept: Concept,
    /// Defined term of Body Part Examined (PS3.16 Annex L), where there is one.
    pub body_part_examined: Option<String>,
    /// Exam or coarse.
    pub level: Level,
    /// Whether the part exists on both sides.
    pub paired: bool,
}

/// A concept finer than, or a combination of, targets.
#[derive(Debug, Clone)]
pub struct Finer {
    /// The concept.
    pub concept: Concept,
    /// The targets it rolls up to, in the order of the table.
    pub targets: Vec<Sctid>,
    /// Defined term of Body Part Examined, where there is one.
    pub body_part_examined: Option<String>,
    /// Whether the part exists on both sides.
    pub paired: bool,
}

/// A code of a header, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedCode {
    /// The current concept.
    pub sctid: Sctid,
    /// Whether the code read was replaced by the standard (SRT, or an SCT code of an earlier edition).
    pub superseded: bool,
}

/// The concept set. Immutable once loaded.
#[derive(Debug)]
pub struct Terminology {
    targets: Vec<Target>,
    index: HashMap<Sctid, usize>,
    finer: BTreeMap<Sctid, Finer>,
    aliases: HashMap<(String, String), Sctid>,
    relations: Relations,
}

impl Terminology {
    /// The set that travels in the program.
    ///
    /// # Panics
    /// Never in a released program: the tables are checked by this crate's tests.
    pub fn builtin() -> &'static Terminology {
        static BUILTIN: LazyLock<Terminology> =
            LazyLock::new(|| Terminology::load(&Sources::builtin()).expect("the built-in concept tables are tested"));
        &BUILTIN
    }

    /// Reads and checks the four tables.
    pub fn load(sources: &Sources<'_>) -> Result<Terminology, LoadError> {
        load::load(sources)
    }

    /// The 36, in the order of the table.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// A target by identifier.
    pub fn target(&self, id: Sctid) -> Option<&Target> {
        self.index.get(&id).map(|i| &self.targets[*i])
    }

    /// A target by its two-letter key.
    pub fn by_key(&self, key: &str) -> Option<&Target> {
        self.targets.iter().find(|t| t.key == key)
    }

    /// The finer and combined concepts, ordered by identifier.
    pub fn finer(&self) -> impl Iterator<Item = &Finer> {
        self.finer.values()
    }

    /// The concept with its display, whether target or finer.
    pub fn concept(&self, id: Sctid) -> Option<&Concept> {
        self.target(id)
            .map(|t| &t.concept)
            .or_else(|| self.finer.get(&id).map(|f| &f.concept))
    }

    /// The body sites that a concept (target or finer) stands for; several for a combination.
    pub fn sites_of(&self, id: Sctid) -> Option<Vec<BodySite>> {
        if let Some(target) = self.target(id) {
            return Some(vec![BodySite::of(target.concept.clone())]);
        }
        let finer = self.finer.get(&id)?;
        let combination = finer.targets.len() > 1;
        let site = |t: &Sctid| {
            let target = self.targets[self.index[t]].concept.clone();
            let exact = if combination {
                target.clone()
            } else {
                finer.concept.clone()
            };
            BodySite {
                target,
                exact: Some(exact),
            }
        };
        Some(finer.targets.iter().map(site).collect())
    }

    /// The combination concept that stands for exactly these targets (Chest and Abdomen), if there is one.
    pub fn combination(&self, targets: &[Sctid]) -> Option<&Concept> {
        let mut wanted = targets.to_vec();
        wanted.sort();
        self.finer
            .values()
            .filter(|f| f.targets.len() > 1)
            .find(|f| {
                let mut have = f.targets.clone();
                have.sort();
                have == wanted
            })
            .map(|f| &f.concept)
    }

    /// Reads a code as a header gives it. `scheme` is the Coding Scheme Designator (`SCT`, `SRT`, `SNM3`, `99SDM`).
    pub fn resolve_code(&self, scheme: &str, value: &str) -> Option<ResolvedCode> {
        let scheme = match scheme {
            "SNM3" | "99SDM" | "SRT" => "SRT",
            "SCT" | "SNOMED" | "SNOMEDCT" => "SCT",
            other => other,
        };
        if scheme == "SCT"
            && let Ok(sctid) = value.parse::<Sctid>()
            && self.concept(sctid).is_some()
        {
            return Some(ResolvedCode {
                sctid,
                superseded: false,
            });
        }
        let key = (scheme.to_owned(), value.to_owned());
        self.aliases.get(&key).map(|sctid| ResolvedCode {
            sctid: *sctid,
            superseded: true,
        })
    }

    /// Whether the part exists on both sides; unknown concepts are not paired.
    pub fn is_paired(&self, id: Sctid) -> bool {
        self.target(id)
            .map(|t| t.paired)
            .or_else(|| self.finer.get(&id).map(|f| f.paired))
            .unwrap_or(false)
    }

    /// Whether a target contains several exams.
    pub fn is_coarse(&self, id: Sctid) -> bool {
        self.target(id).is_some_and(|t| t.level == Level::Coarse)
    }

    /// The defined term of Body Part Examined for a concept, target or finer.
    pub fn body_part_examined(&self, id: Sctid) -> Option<&str> {
        match self.target(id) {
            Some(target) => target.body_part_examined.as_deref(),
            None => self.finer.get(&id)?.body_part_examined.as_deref(),
        }
    }

    /// Part-of and usually-visible relations among the targets.
    pub fn relations(&self) -> &Relations {
        &self.relations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> Sctid {
        text.parse().unwrap()
    }

    #[test]
    fn there_are_thirty_six_targets_of_which_six_are_coarse() {
        let t = Terminology::builtin();
        assert_eq!(t.targets().len(), 36);
        let coarse = t.targets().iter().filter(|t| t.level == Level::Coarse);
        assert_eq!(coarse.count(), 6);
    }

    #[test]
    fn superseded_codes_are_read_as_current_ones() {
        let t = Terminology::builtin();
        let check = |scheme, value, expect: &str, superseded| {
            let want = ResolvedCode {
                sctid: id(expect),
                superseded,
            };
            assert_eq!(t.resolve_code(scheme, value), Some(want), "{scheme} {value}");
        };
        check("SCT", "51185008", "816094009", true);
        check("SCT", "43799004", "816094009", true);
        check("SRT", "T-D3000", "816094009", true);
        check("SNM3", "T-D3000", "816094009", true);
        check("SCT", "816094009", "816094009", false);
        assert_eq!(t.resolve_code("SCT", "10200004"), None);
        assert_eq!(t.resolve_code("99LOCAL", "816094009"), None);
    }

    #[test]
    fn a_combination_stands_for_several_targets() {
        let t = Terminology::builtin();
        let sites = t.sites_of(id("416550000")).unwrap();
        let names: Vec<_> = sites.iter().map(|s| s.target.display.as_str()).collect();
        assert_eq!(names, ["Chest", "Abdomen"]);
        let both = t.combination(&[id("818981001"), id("816094009")]).unwrap();
        assert_eq!(both.display, "Chest and Abdomen");
    }
}
