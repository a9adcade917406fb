//! From the concepts that a text names to the body sites it is about.
//!
//! What: a coarser part gives way to a finer one inside it, finer concepts roll up, several stay several.
//! Why: `LOWER LIMB KNEE` is a knee, `3RD DIGIT HAND` a finger, `CHEST ABDOMEN` two regions.
//! Example: `TIBIA` and `FIBULA` together are the concept Tibia and fibula, target Lower leg.
//! Source: `mappings/relations.tsv`, `mappings/finer-concepts.tsv`.

use bodysite_core::{BodySite, Concept, Relationship, Sctid};
use bodysite_terminology::Terminology;

/// A part that the text names.
#[derive(Debug, Clone)]
pub(crate) struct Mention {
    pub concepts: Vec<Sctid>,
    pub relationship: Relationship,
    /// Whether `and`, `/`, `+` or the like stands between it and the part before.
    pub joined: bool,
}

/// The targets a mention stands for.
pub(crate) fn targets(terminology: &Terminology, mention: &Mention) -> Vec<Sctid> {
    let sites = mention.concepts.iter().filter_map(|c| terminology.sites_of(*c));
    sites.flatten().map(|s| s.target.code).collect()
}

/// The sites of all mentions together.
pub(crate) fn resolve(terminology: &Terminology, mentions: &[Mention]) -> Vec<BodySite> {
    let all: Vec<Vec<Sctid>> = mentions.iter().map(|m| targets(terminology, m)).collect();
    let mut sites: Vec<BodySite> = Vec::new();
    for (i, mention) in mentions.iter().enumerate() {
        for site in sites_of(terminology, mention) {
            if !gives_way(terminology, mentions, &all, i, site.target.code) {
                merge(terminology, &mut sites, site);
            }
        }
    }
    sites
}

fn sites_of(terminology: &Terminology, mention: &Mention) -> Vec<BodySite> {
    let finer = matches!(
        mention.relationship,
        Relationship::SourceIsNarrowerThanTarget | Relationship::RelatedTo
    );
    let site = |mut site: BodySite| {
        let is_target = site.exact.as_ref() == Some(&site.target);
        if finer && is_target {
            site.exact = None;
        }
        site
    };
    let found = mention.concepts.iter().filter_map(|c| terminology.sites_of(*c));
    found.flatten().map(site).collect()
}

/// Whether another mention names a part inside this target.
fn gives_way(terminology: &Terminology, mentions: &[Mention], all: &[Vec<Sctid>], at: usize, target: Sctid) -> bool {
    let coarse = terminology.is_coarse(target);
    all.iter().enumerate().any(|(i, others)| {
        let (low, high) = (i.min(at), i.max(at));
        let joined = mentions[low + 1..=high].iter().any(|m| m.joined);
        let inside = |t: &Sctid| terminology.relations().ancestors(*t).contains(&target);
        i != at && (coarse || !joined) && others.iter().any(inside)
    })
}

fn merge(terminology: &Terminology, sites: &mut Vec<BodySite>, site: BodySite) {
    let Some(have) = sites.iter_mut().find(|s| s.target == site.target) else {
        return sites.push(site);
    };
    if have.exact == site.exact || have.exact.as_ref() == Some(&have.target) {
        return;
    }
    have.exact = match (&have.exact, &site.exact) {
        (Some(a), Some(b)) if *b != site.target => union(terminology, a, b).or(Some(site.target)),
        (Some(a), _) => Some(a.clone()),
        (None, b) => b.clone(),
    };
}

/// The concept whose defined term is those of two others, one after the other (TIBIA, FIBULA).
fn union(terminology: &Terminology, a: &Concept, b: &Concept) -> Option<Concept> {
    let term = |c: &Concept| terminology.body_part_examined(c.code).map(str::to_owned);
    let (a, b) = (term(a)?, term(b)?);
    let wanted = [format!("{a}{b}"), format!("{b}{a}")];
    let is_wanted = |t: &str| wanted.iter().any(|w| w == t);
    terminology
        .finer()
        .find(|f| f.body_part_examined.as_deref().is_some_and(is_wanted))
        .map(|f| f.concept.clone())
}

/// The readings of an ambiguous word that fit the parts named beside it: inside one, or on the same limb.
pub(crate) fn fitting(terminology: &Terminology, readings: &[Sctid], beside: &[Sctid]) -> Vec<Sctid> {
    let fits = |reading: &&Sctid| {
        let sites = terminology.sites_of(**reading).unwrap_or_default();
        sites
            .iter()
            .any(|s| beside.iter().any(|b| near(terminology, s.target.code, *b)))
    };
    readings.iter().filter(fits).copied().collect()
}

fn near(terminology: &Terminology, a: Sctid, b: Sctid) -> bool {
    let line = |id: Sctid| {
        let mut line: Vec<Sctid> = terminology.relations().ancestors(id).iter().copied().collect();
        line.push(id);
        line.retain(|x| !is_everything(terminology, *x));
        line
    };
    let (a, b) = (line(a), line(b));
    a.iter().any(|x| b.contains(x))
}

fn is_everything(terminology: &Terminology, id: Sctid) -> bool {
    let key = terminology.target(id).map(|t| t.key.as_str());
    matches!(key, Some("WB" | "EX"))
}
