//! A classifier that looks at the truth: its probabilities are calibrated by construction.
//!
//! A spread of probabilities over four candidates is drawn first (most images are easy, some are not); then the true
//! part takes each place with just the probability of that place, and its neighbours take the others.

use bodysite_core::{Answer, Assertion, Basis, BodySite, Facet, Relationship, Sctid};
use bodysite_phantom::ArchiveImage;
use bodysite_terminology::Terminology;

/// How good the simulated classifier is.
pub struct SimulatedModel {
    /// Share of images that are easy (best candidate 0.98 or more), and that are middling (0.7 or more).
    pub easy: f64,
    pub middling: f64,
    /// Share of images whose first and second candidate are swapped: confident errors that its probabilities hide.
    pub blind: f64,
    /// Probability from which it answers; below, it abstains.
    pub threshold: f64,
    /// Whether a second claim lists the candidates with their probabilities, even where it abstains.
    pub tells_candidates: bool,
}

impl Default for SimulatedModel {
    fn default() -> Self {
        SimulatedModel {
            easy: 0.85,
            middling: 0.10,
            blind: 0.0,
            threshold: 0.8,
            tells_candidates: true,
        }
    }
}

/// Numbers from a counter, by SplitMix64 (Steele et al. 2014).
struct Draw(u64);

impl Draw {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[((self.unit() * items.len() as f64) as usize).min(items.len() - 1)]
    }
}

impl SimulatedModel {
    pub fn assertions(&self, image: &ArchiveImage, seed: u64, at: u64) -> Vec<Assertion> {
        let mut draw = Draw(seed.wrapping_mul(0x0100_0000_01b3) ^ at);
        draw.unit();
        let mut ranked = self.ranked(image.examined[0], &mut draw);
        if draw.unit() < self.blind {
            (ranked[0].0, ranked[1].0) = (ranked[1].0, ranked[0].0);
        }
        let best = ranked[0].1;
        let answers = best >= self.threshold;
        let mut claims = Vec::new();
        if answers {
            claims.push(claim(Facet::Examined, &ranked[..1], Some(best)));
        }
        if self.tells_candidates {
            claims.push(claim(Facet::Examined, &complete(&ranked), None));
        }
        claims.push(claim(Facet::Visible, &seen(image, ranked[0].0, &mut draw), None));
        claims
    }

    fn ranked(&self, truth: Sctid, draw: &mut Draw) -> Vec<(Sctid, f64)> {
        let kind = draw.unit();
        let within = draw.unit();
        let best = match kind {
            k if k < self.easy => 0.98 + 0.0199 * within.sqrt(),
            k if k < self.easy + self.middling => 0.7 + 0.28 * within,
            _ => 0.35 + 0.35 * within,
        };
        let rest = 1.0 - best;
        let places = [best, rest * 0.6, rest * 0.25, rest * 0.15];
        let mut left = draw.unit();
        let mine = places.iter().position(|p| {
            left -= p;
            left < 0.0
        });
        let mut others = neighbours(truth, draw).into_iter();
        let of = |(place, p): (usize, &f64)| match Some(place) == mine {
            true => (truth, *p),
            false => (others.next().unwrap(), *p),
        };
        places.iter().enumerate().map(of).collect()
    }
}

/// All 36, those that were not drawn with next to nothing.
fn complete(ranked: &[(Sctid, f64)]) -> Vec<(Sctid, f64)> {
    let targets = Terminology::builtin().targets().iter().map(|t| t.concept.code);
    let others = targets.filter(|c| ranked.iter().all(|r| r.0 != *c)).map(|c| (c, 1e-5));
    ranked.iter().copied().chain(others).collect()
}

/// Two parts that are usually seen with the truth or lie around it, where there are, and one from anywhere.
fn neighbours(truth: Sctid, draw: &mut Draw) -> Vec<Sctid> {
    let t = Terminology::builtin();
    let all: Vec<Sctid> = t
        .targets()
        .iter()
        .map(|x| x.concept.code)
        .filter(|c| *c != truth)
        .collect();
    let r = t.relations();
    let close = |c: &Sctid| r.adjacent(truth, *c) || r.contains(truth, *c) || r.contains(*c, truth);
    let near: Vec<Sctid> = all.iter().copied().filter(close).collect();
    let mut found: Vec<Sctid> = Vec::new();
    while found.len() < 4 {
        let from = if found.len() < 2 && near.len() > 1 { &near } else { &all };
        let next = draw.pick(from);
        if !found.contains(&next) {
            found.push(next);
        }
    }
    found
}

/// The parts that are there, of which one in twenty is missed, and what the model takes the image for.
fn seen(image: &ArchiveImage, best: Sctid, draw: &mut Draw) -> Vec<(Sctid, f64)> {
    let truth = image.visible.clone().unwrap_or_default();
    let mut seen: Vec<Sctid> = truth.into_iter().filter(|_| draw.unit() > 0.05).collect();
    if !seen.contains(&best) {
        seen.push(best);
    }
    seen.into_iter().map(|c| (c, 0.9)).collect()
}

fn claim(facet: Facet, ranked: &[(Sctid, f64)], confidence: Option<f64>) -> Assertion {
    let t = Terminology::builtin();
    let site = |c: &(Sctid, f64)| BodySite::of(t.target(c.0).unwrap().concept.clone());
    Assertion {
        facet,
        answer: Answer::Sites(ranked.iter().map(site).collect()),
        relationship: Relationship::Equivalent,
        confidence,
        probabilities: ranked.iter().map(|c| c.1).collect(),
        basis: Basis::Classified {
            model: "simulated".into(),
            weights: String::new(),
        },
    }
}
