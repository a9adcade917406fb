//! Which target lies in which, and which are usually seen together.

use std::collections::{BTreeMap, BTreeSet};

use bodysite_core::Sctid;

/// Relations among the 36, written by us from plain anatomy; SNOMED CT's own hierarchy is not shipped.
#[derive(Debug, Default)]
pub struct Relations {
    /// Everything that contains a part, through any number of steps.
    ancestors: BTreeMap<Sctid, BTreeSet<Sctid>>,
    visible: BTreeMap<Sctid, BTreeSet<Sctid>>,
}

/// Direct relations: each part with what it is related to.
pub(crate) type Pairs = BTreeMap<Sctid, BTreeSet<Sctid>>;

/// What has no ancestors.
static NOTHING: BTreeSet<Sctid> = BTreeSet::new();

impl Relations {
    /// From the direct wholes of each part, and what is usually seen with each.
    pub(crate) fn new(parents: &Pairs, visible: Pairs) -> Relations {
        let ancestors = parents.keys().map(|part| (*part, closure(parents, *part)));
        Relations {
            ancestors: ancestors.collect(),
            visible,
        }
    }

    /// Whether `whole` contains `part`, through any number of steps. Nothing contains itself.
    pub fn contains(&self, whole: Sctid, part: Sctid) -> bool {
        whole != part && self.ancestors(part).contains(&whole)
    }

    /// Everything that contains `part`.
    pub fn ancestors(&self, part: Sctid) -> &BTreeSet<Sctid> {
        self.ancestors.get(&part).unwrap_or(&NOTHING)
    }

    /// Parts that an image of `examined` usually shows besides it.
    pub fn usually_visible(&self, examined: Sctid) -> impl Iterator<Item = Sctid> + '_ {
        self.visible.get(&examined).into_iter().flatten().copied()
    }

    /// Whether one is usually seen on an image of the other.
    pub fn adjacent(&self, a: Sctid, b: Sctid) -> bool {
        let sees = |x, y| self.visible.get(&x).is_some_and(|seen| seen.contains(&y));
        sees(a, b) || sees(b, a)
    }

    /// The smallest target that contains both, if only one is smallest. Used to answer with the parent region.
    pub fn common_ancestor(&self, a: Sctid, b: Sctid) -> Option<Sctid> {
        let common: BTreeSet<_> = self.ancestors(a).intersection(self.ancestors(b)).copied().collect();
        let mut smallest = common.iter().filter(|x| !common.iter().any(|y| self.contains(**x, *y)));
        match (smallest.next(), smallest.next()) {
            (Some(one), None) => Some(*one),
            _ => None,
        }
    }
}

/// Everything that is reached from a part.
pub(crate) fn closure(parents: &Pairs, part: Sctid) -> BTreeSet<Sctid> {
    let mut found = BTreeSet::new();
    let mut open = vec![part];
    while let Some(next) = open.pop() {
        for parent in parents.get(&next).into_iter().flatten() {
            if found.insert(*parent) {
                open.push(*parent);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::Terminology;

    #[test]
    fn containment_is_transitive_and_strict() {
        let t = Terminology::builtin();
        let id = |key: &str| t.by_key(key).unwrap().concept.code;
        let r = t.relations();
        assert!(r.contains(id("WB"), id("TO")));
        assert!(r.contains(id("LL"), id("KN")));
        assert!(r.contains(id("EX"), id("KN")));
        assert!(!r.contains(id("KN"), id("LL")));
        assert!(!r.contains(id("KN"), id("KN")));
        assert!(!r.contains(id("UL"), id("KN")));
    }

    #[test]
    fn neighbours_share_a_smallest_whole() {
        let t = Terminology::builtin();
        let id = |key: &str| t.by_key(key).unwrap().concept.code;
        let r = t.relations();
        assert!(r.adjacent(id("KN"), id("TH")));
        assert_eq!(r.common_ancestor(id("KN"), id("AN")), Some(id("LL")));
        assert_eq!(r.common_ancestor(id("KN"), id("EL")), Some(id("EX")));
    }
}
