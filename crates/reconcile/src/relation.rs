//! How two answers about the examined body part relate.

use std::collections::BTreeSet;

use bodysite_core::{BodySite, Sctid};
use bodysite_terminology::Terminology;

/// The relation of answer `a` to answer `b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The same targets.
    Equal,
    /// Every part of `b` is, or lies in, a part of `a`, and `b` says more.
    Contains,
    /// The other way round.
    ContainedIn,
    /// Different parts, of which one is usually seen on an image of the other, or which share one.
    Adjacent,
    /// Different parts that do not belong on one image.
    Contradicts,
}

fn targets(sites: &[BodySite]) -> BTreeSet<Sctid> {
    sites.iter().map(|s| s.target.code).collect()
}

fn covers(terminology: &Terminology, a: &BTreeSet<Sctid>, b: &BTreeSet<Sctid>) -> bool {
    let relations = terminology.relations();
    b.iter()
        .all(|part| a.iter().any(|whole| whole == part || relations.contains(*whole, *part)))
}

/// Relates two non-empty answers.
pub fn relate(terminology: &Terminology, a: &[BodySite], b: &[BodySite]) -> Relation {
    let (a, b) = (targets(a), targets(b));
    if a == b {
        return Relation::Equal;
    }
    match (covers(terminology, &a, &b), covers(terminology, &b, &a)) {
        (true, _) => Relation::Contains,
        (_, true) => Relation::ContainedIn,
        _ if a.intersection(&b).next().is_some() => Relation::Adjacent,
        _ if touch(terminology, &a, &b) => Relation::Adjacent,
        _ => Relation::Contradicts,
    }
}

fn touch(terminology: &Terminology, a: &BTreeSet<Sctid>, b: &BTreeSet<Sctid>) -> bool {
    let relations = terminology.relations();
    a.iter().any(|x| b.iter().any(|y| relations.adjacent(*x, *y)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites(keys: &str) -> Vec<BodySite> {
        let t = Terminology::builtin();
        keys.split(' ')
            .map(|k| BodySite::of(t.by_key(k).unwrap().concept.clone()))
            .collect()
    }

    #[test]
    fn answers_relate_by_anatomy() {
        let t = Terminology::builtin();
        let check = |a: &str, b: &str, expect| assert_eq!(relate(t, &sites(a), &sites(b)), expect, "{a} / {b}");
        check("CH", "CH", Relation::Equal);
        check("EX", "AN", Relation::Contains);
        check("AN", "LL", Relation::ContainedIn);
        check("CH AB", "CH", Relation::Contains);
        check("HA", "HA WR", Relation::ContainedIn);
        check("KN", "TH", Relation::Adjacent);
        check("CH", "KN", Relation::Contradicts);
        check("LL", "UL", Relation::Contradicts);
    }
}
