//! Series to study: every part that a series shows, and the side where all show one part.
//!
//! A study often shows several parts (`XR HAND AND KNEE`), so series that differ are no conflict: the study's answer
//! names each part once, in the order of the series. A series that a person must decide makes the study one that a
//! person must look at; the parts of its other series stay in the answer, so that a search finds them.

use bodysite_core::{Answer, BodySite, Facet, NormalizedSeries, Resolution, Side, Verdict};

/// What one series says, with its index.
type Said<'a> = (usize, &'a Resolution);

/// Resolves the facets of a study from those of its series. `from` indexes the series.
pub fn resolve_study(series: &[NormalizedSeries]) -> Vec<Resolution> {
    let examined = examined(&of_facet(series, Facet::Examined));
    let one_part = examined.as_ref().and_then(|e| sites(e)).is_some_and(|s| s.len() == 1);
    let side = one_part.then(|| laterality(&of_facet(series, Facet::Laterality)));
    examined.into_iter().chain(side.flatten()).collect()
}

fn of_facet(series: &[NormalizedSeries], facet: Facet) -> Vec<Said<'_>> {
    let of = |s: &'_ NormalizedSeries| s.resolutions.iter().position(|r| r.facet == facet);
    let found = series.iter().enumerate().filter_map(|(at, s)| Some((at, of(s)?)));
    found.map(|(at, i)| (at, &series[at].resolutions[i])).collect()
}

fn sites(resolution: &Resolution) -> Option<&[BodySite]> {
    match resolution.answer.as_ref()? {
        Answer::Sites(sites) => Some(sites),
        _ => None,
    }
}

fn side(resolution: &Resolution) -> Option<Side> {
    match resolution.answer.as_ref()? {
        Answer::Side(side) => Some(*side),
        _ => None,
    }
}

fn examined(said: &[Said<'_>]) -> Option<Resolution> {
    let (_, first) = said.first()?;
    let answered: Vec<Said<'_>> = said.iter().copied().filter(|(_, r)| sites(r).is_some()).collect();
    let mut parts: Vec<BodySite> = Vec::new();
    for site in answered.iter().filter_map(|(_, r)| sites(r)).flatten() {
        if !parts.iter().any(|p| p.target == site.target) {
            parts.push(site.clone());
        }
    }
    if parts.is_empty() {
        return Some(Resolution {
            verdict: verdict(said, &answered),
            from: said.iter().map(|s| s.0).collect(),
            ..(*first).clone()
        });
    }
    let because = sentence(&parts, &answered, said);
    Some(resolution(
        Facet::Examined,
        Answer::Sites(parts),
        because,
        said,
        &answered,
    ))
}

/// The side of a study that shows one part: right and left together are both.
fn laterality(said: &[Said<'_>]) -> Option<Resolution> {
    let answered: Vec<Said<'_>> = said.iter().copied().filter(|(_, r)| side(r).is_some()).collect();
    let sides = answered.iter().filter_map(|(_, r)| side(r));
    let side = sides.reduce(|a, b| if a == b { a } else { Side::Both })?;
    let because = match answered.as_slice() {
        [(_, one)] => one.because.clone(),
        several => format!("The sides of {} series together.", several.len()),
    };
    Some(resolution(
        Facet::Laterality,
        Answer::Side(side),
        because,
        said,
        &answered,
    ))
}

fn resolution(facet: Facet, answer: Answer, because: String, said: &[Said<'_>], answered: &[Said<'_>]) -> Resolution {
    let mut confidences = answered.iter().map(|(_, r)| r.confidence);
    Resolution {
        facet,
        verdict: verdict(said, answered),
        answer: Some(answer),
        confidence: confidences.try_fold(f64::INFINITY, |least, c| c.map(|c| c.min(least))),
        original_text: answered.iter().find_map(|(_, r)| r.original_text.clone()),
        from: answered.iter().map(|s| s.0).collect(),
        because,
    }
}

/// A conflict anywhere, else the least sure way in which a series was answered.
fn verdict(said: &[Said<'_>], answered: &[Said<'_>]) -> Verdict {
    if said.iter().any(|(_, r)| r.verdict == Verdict::Conflicting) {
        return Verdict::Conflicting;
    }
    let doubt = |v: &Verdict| match v {
        Verdict::Reviewed => 0,
        Verdict::Agreed => 1,
        Verdict::Refined => 2,
        Verdict::HeaderOnly => 3,
        Verdict::ImageOnly => 4,
        Verdict::Conflicting | Verdict::Unresolved => 5,
    };
    let verdicts = answered.iter().map(|(_, r)| r.verdict);
    verdicts.max_by_key(doubt).unwrap_or(Verdict::Unresolved)
}

fn sentence(parts: &[BodySite], answered: &[Said<'_>], said: &[Said<'_>]) -> String {
    let names: Vec<&str> = parts.iter().map(|p| p.target.display.as_str()).collect();
    let names = names.join(" and ");
    let all = said.len();
    match (answered, all) {
        ([(_, one)], 1) => one.because.clone(),
        (some, _) if some.len() == all => format!("The {all} series show {names}."),
        (some, _) => format!("{} of {all} series have an answer: {names}.", some.len()),
    }
}
