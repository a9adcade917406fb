//! Instances to series: unanimous, majority with the dissent recorded, or conflict.

use std::collections::BTreeMap;

use bodysite_core::{Answer, Facet, Issue, IssueCode, NormalizedInstance, Resolution, Verdict};

/// Resolves the facets of a series from those of its instances. `from` indexes the instances.
pub fn resolve_series(instances: &[NormalizedInstance]) -> (Vec<Resolution>, Vec<Issue>) {
    let mut issues = Vec::new();
    let facets = [Facet::Examined, Facet::Laterality];
    let resolutions = facets
        .into_iter()
        .filter_map(|facet| resolve(facet, instances, &mut issues))
        .collect();
    (resolutions, issues)
}

struct Vote<'a> {
    instance: usize,
    resolution: &'a Resolution,
}

fn votes(facet: Facet, instances: &[NormalizedInstance]) -> Vec<Vote<'_>> {
    instances
        .iter()
        .enumerate()
        .filter_map(|(instance, i)| {
            let resolution = i.resolutions.iter().find(|r| r.facet == facet)?;
            Some(Vote { instance, resolution })
        })
        .collect()
}

/// What votes are counted by: target codes of a site answer, or the side's letter.
fn ballot(resolution: &Resolution) -> Option<String> {
    match resolution.answer.as_ref()? {
        Answer::Sites(sites) => {
            let mut codes: Vec<String> = sites.iter().map(|s| s.target.code.to_string()).collect();
            codes.sort();
            Some(codes.join("|"))
        }
        Answer::Side(side) => Some(side.letter().to_owned()),
        Answer::View(_) | Answer::NoMap(_) => None,
    }
}

fn resolve(facet: Facet, instances: &[NormalizedInstance], issues: &mut Vec<Issue>) -> Option<Resolution> {
    let votes = votes(facet, instances);
    if votes.is_empty() {
        return None;
    }
    let mut count: BTreeMap<String, Vec<&Vote<'_>>> = BTreeMap::new();
    for vote in &votes {
        if let Some(ballot) = ballot(vote.resolution) {
            count.entry(ballot).or_default().push(vote);
        }
    }
    let answered: usize = count.values().map(Vec::len).sum();
    // An image whose sources contradict each other speaks against any answer.
    let contested = votes.iter().filter(|v| contested(v.resolution)).count();
    let cast = answered + contested;
    let Some(leading) = count.values().max_by_key(|v| v.len()) else {
        return Some(without_answer(facet, &votes));
    };
    if leading.len() * 2 <= cast {
        issues.push(disagreement(facet));
        return Some(tied(facet, &votes, answered, contested));
    }
    if leading.len() < cast {
        issues.push(disagreement(facet));
    }
    Some(majority(facet, leading, &others(&count, leading), cast))
}

fn contested(resolution: &Resolution) -> bool {
    resolution.answer.is_none() && resolution.verdict == Verdict::Conflicting
}

/// The answers of the minority, by name.
fn others(count: &BTreeMap<String, Vec<&Vote<'_>>>, leading: &[&Vote<'_>]) -> Vec<String> {
    let minority = count.values().filter(|v| v[0].instance != leading[0].instance);
    minority
        .filter_map(|v| v[0].resolution.answer.as_ref())
        .map(named)
        .collect()
}

fn named(answer: &Answer) -> String {
    match answer {
        Answer::Sites(sites) => {
            let names: Vec<&str> = sites.iter().map(|s| s.target.display.as_str()).collect();
            names.join(" and ")
        }
        Answer::Side(side) => side.coding().display,
        Answer::View(view) => view.display.clone(),
        Answer::NoMap(reason) => reason.clone(),
    }
}

fn disagreement(facet: Facet) -> Issue {
    match facet {
        Facet::Laterality => Issue::at(IssueCode::LateralityConflict, "series"),
        _ => Issue::new(IssueCode::SeriesDisagrees),
    }
}

/// No instance has an answer: the first instance's reason stands for the series.
fn without_answer(facet: Facet, votes: &[Vote<'_>]) -> Resolution {
    let first = votes[0].resolution;
    let conflict = votes.iter().any(|v| v.resolution.verdict == Verdict::Conflicting);
    Resolution {
        facet,
        verdict: if conflict { Verdict::Conflicting } else { first.verdict },
        answer: None,
        confidence: None,
        original_text: None,
        from: votes.iter().map(|v| v.instance).collect(),
        because: first.because.clone(),
    }
}

fn tied(facet: Facet, votes: &[Vote<'_>], answered: usize, contested: usize) -> Resolution {
    let because = match contested {
        0 => {
            format!("The {answered} images of this series that have an answer do not agree, and none has the majority.")
        }
        n => format!(
            "Of this series {answered} images have an answer and {n} contradict their header: a person must decide."
        ),
    };
    Resolution {
        facet,
        verdict: Verdict::Conflicting,
        answer: None,
        confidence: None,
        original_text: None,
        from: votes.iter().map(|v| v.instance).collect(),
        because,
    }
}

fn majority(facet: Facet, leading: &[&Vote<'_>], others: &[String], cast: usize) -> Resolution {
    let first = leading[0].resolution;
    let because = match (leading.len(), cast) {
        (1, 1) => first.because.clone(),
        (n, cast) if n == cast => format!("All {n} images agree: {}", first.because),
        (n, cast) if others.is_empty() => format!("{n} of {cast} images agree: {}", first.because),
        (n, cast) => format!(
            "{n} of {cast} images agree, others show {}: {}",
            others.join(" or "),
            first.because
        ),
    };
    let least = leading
        .iter()
        .map(|v| v.resolution.confidence)
        .try_fold(f64::INFINITY, |least, c| c.map(|c| c.min(least)));
    Resolution {
        facet,
        verdict: first.verdict,
        answer: first.answer.clone(),
        confidence: least,
        original_text: leading.iter().find_map(|v| v.resolution.original_text.clone()),
        from: leading.iter().map(|v| v.instance).collect(),
        because,
    }
}
