//! The truth table of header against image model.
//!
//! | header | image | verdict | answer |
//! |---|---|---|---|
//! | nothing | off, abstained, unsure | Unresolved | none |
//! | nothing | confident | ImageOnly | image |
//! | anything | off, abstained | HeaderOnly | header |
//! | equal to the image's | any | Agreed | header (it may be finer) |
//! | one part, contains a candidate of the image | confident, or confident within the part | Refined | that candidate |
//! | one part, contains a candidate of the image | unsure | HeaderOnly | header |
//! | several parts, one of them the image's | any | Agreed | header |
//! | lies in the image's, or among the visible parts | any | Agreed | header, unless the image is likelier |
//! | one attribute something else, another the image's | confident | Agreed | the one the image agrees with |
//! | something else | without a label for it, or the header likely even so | HeaderOnly | header, with a lower confidence |
//! | something else | confident, or the header less likely than not | Conflicting | by `--on-conflict` |
//!
//! *Confident* is an answer with a probability of at least [`Policy::confident`]; confidences are those of `belief`,
//! from both sides. A header's part that the model does not support is one that the image says nothing about.

use bodysite_core::{Answer, Assertion, Basis, BodySite, Facet, Issue, IssueCode, Resolution, Sctid, Verdict};
use bodysite_terminology::Terminology;

use crate::belief::Belief;
use crate::header::{self, Claim, HeaderAnswer};
use crate::relation::{Relation, relate};
use crate::{OnConflict, Policy, sentence};

/// What the image model says was examined.
#[derive(Debug, Clone)]
pub(crate) struct ImageAnswer<'a> {
    at: usize,
    /// The answer, or where the model gives none, its best guess.
    sites: &'a [BodySite],
    /// What it may be, with probabilities; the answer alone where the model does not tell.
    candidates: Vec<(Sctid, f64)>,
    /// Whether every label that the model supports is among the candidates.
    complete: bool,
    probability: f64,
    /// Whether the model stands by its answer.
    answers: bool,
    /// `None` where the model says nothing about what can be seen.
    visible: Option<&'a [BodySite]>,
}

/// A model's claim with a confidence is its answer; one without lists every label that the model supports with its
/// probability, best first.
fn image_answer(assertions: &[Assertion]) -> Option<ImageAnswer<'_>> {
    let by_model = |facet: Facet| {
        let claims = assertions.iter().enumerate();
        claims.filter(move |(_, a)| {
            a.facet == facet && matches!(a.basis, Basis::Classified { .. }) && !a.sites().is_empty()
        })
    };
    let answer = by_model(Facet::Examined).find(|(_, a)| a.confidence.is_some());
    let list = by_model(Facet::Examined).find(|(_, a)| a.confidence.is_none() && listed(a));
    let (at, claim) = answer.or(list)?;
    let probability = claim.confidence.or(claim.probabilities.first().copied()).unwrap_or(0.0);
    let sites = &claim.sites()[..1];
    Some(ImageAnswer {
        at,
        sites,
        candidates: list.map_or_else(|| vec![(sites[0].target.code, probability)], |(_, a)| candidates(a)),
        complete: list.is_some(),
        probability,
        answers: answer.is_some(),
        visible: by_model(Facet::Visible).next().map(|(_, a)| a.sites()),
    })
}

/// A first site that adds up others (a region that the model falls back on) is no candidate of its own.
fn candidates(list: &Assertion) -> Vec<(Sctid, f64)> {
    let region = list.probabilities.iter().sum::<f64>() > 1.001;
    let codes = list.sites().iter().map(|s| s.target.code);
    let all = codes.zip(list.probabilities.iter().copied());
    all.skip(usize::from(region)).collect()
}

fn listed(claim: &Assertion) -> bool {
    claim.probabilities.len() == claim.sites().len()
}

impl ImageAnswer<'_> {
    /// The model's probability of a target; of a model that tells its answer only, the others share what that leaves.
    pub(crate) fn probability_of(&self, target: Sctid, terminology: &Terminology) -> f64 {
        let targets = terminology.targets().len() as f64;
        match self.candidates.iter().find(|(code, _)| *code == target) {
            Some((_, p)) => *p,
            None if self.complete => 0.0,
            None => (1.0 - self.probability).max(0.0) / (targets - 1.0),
        }
    }

    pub(crate) fn has_no_label_for(&self, target: Sctid) -> bool {
        self.complete && !self.candidates.iter().any(|(code, _)| *code == target)
    }

    fn silent_about(&self, sites: &[BodySite]) -> bool {
        sites.iter().all(|s| self.has_no_label_for(s.target.code))
    }

    /// Whether a part is on the image: by the model, or where it does not tell, by what such images usually show.
    pub(crate) fn sees(&self, part: Sctid, terminology: &Terminology) -> bool {
        let relations = terminology.relations();
        let main = || self.sites.iter().map(|s| s.target.code);
        let inside = main().any(|m| relations.contains(m, part));
        match self.visible {
            Some(visible) => inside || visible.iter().any(|v| v.target.code == part),
            None => inside || main().any(|m| relations.usually_visible(m).any(|v| v == part)),
        }
    }
}

/// Everything that a decision between header and image looks at.
struct Evidence<'a> {
    claims: &'a [Claim<'a>],
    image: ImageAnswer<'a>,
    belief: Belief,
    policy: &'a Policy,
    terminology: &'a Terminology,
}

pub(crate) fn resolve(
    header: Option<HeaderAnswer>,
    claims: &[Claim<'_>],
    assertions: &[Assertion],
    policy: &Policy,
    terminology: &Terminology,
    issues: &mut Vec<Issue>,
) -> Resolution {
    let image = image_answer(assertions);
    let belief = Belief::new(claims, image.as_ref(), terminology);
    let Some(image) = image else {
        return match header {
            Some(header) => header_only(header, &belief, terminology),
            None => unresolved(sentence::nothing(assertions)),
        };
    };
    let evidence = Evidence {
        claims,
        image,
        belief,
        policy,
        terminology,
    };
    match header {
        Some(header) => evidence.both(header, issues),
        None => evidence.image_alone(),
    }
}

impl Evidence<'_> {
    fn image_alone(&self) -> Resolution {
        let image = &self.image;
        let p = image.probability;
        if !self.confident() {
            return Resolution {
                from: vec![image.at],
                ..unresolved(sentence::unsure(image.sites, p))
            };
        }
        Resolution {
            facet: Facet::Examined,
            verdict: Verdict::ImageOnly,
            answer: Some(Answer::Sites(image.sites.to_vec())),
            confidence: Some(p),
            original_text: None,
            from: vec![image.at],
            because: sentence::image_only(image.sites, p),
        }
    }

    fn both(&self, header: HeaderAnswer, issues: &mut Vec<Issue>) -> Resolution {
        let image = &self.image;
        match relate(self.terminology, &header.sites, image.sites) {
            Relation::Equal => self.agreed(header),
            Relation::Contains if header.sites.len() > 1 => self.agreed(header),
            _ if let Some(finer) = self.finer(&header) => self.refined(header, &[finer]),
            Relation::Contains => self.unrefined(header),
            _ if self.may_be_seen(&header) => self.agreed_as_visible(header),
            _ => self.otherwise(header, issues),
        }
    }

    fn otherwise(&self, header: HeaderAnswer, issues: &mut Vec<Issue>) -> Resolution {
        // An image that is sure must be outweighed clearly; one that is not, only just.
        let enough = if self.confident() { self.policy.confident } else { 0.5 };
        if self.probability(&header.sites) >= enough || self.image.silent_about(&header.sites) {
            return self.doubted(header);
        }
        match header::led_by(self.claims, self.image.sites, self.terminology) {
            Some(other) if self.probability(&other.sites) >= self.policy.confident => self.agreed(HeaderAnswer {
                against: vec![header.selector],
                ..other
            }),
            _ => {
                issues.push(Issue::new(IssueCode::ImageContradiction));
                self.conflicting(header)
            }
        }
    }

    fn confident(&self) -> bool {
        self.image.answers && self.image.probability >= self.policy.confident
    }

    fn probability(&self, sites: &[BodySite]) -> f64 {
        self.belief.answer(sites, self.terminology)
    }

    /// The likeliest of the image's candidates that lies in the one part that the header says, if it is likely enough
    /// or what the image model answers.
    fn finer(&self, header: &HeaderAnswer) -> Option<BodySite> {
        let [whole] = header.sites.as_slice() else {
            return None;
        };
        let whole = whole.target.code;
        let candidates = self.image.candidates.iter().map(|(code, _)| *code);
        let within = candidates.filter(|c| self.terminology.relations().contains(whole, *c));
        let best = within.max_by(|a, b| self.belief.of(*a).total_cmp(&self.belief.of(*b)))?;
        let p = self.belief.of(best);
        let answered = self.confident() && self.image.sites[0].target.code == best;
        let likely = p >= self.policy.confident || answered && p > self.belief.of(whole);
        let target = self.terminology.target(best).filter(|_| likely)?;
        Some(BodySite::of(target.concept.clone()))
    }

    /// Whether the header's parts are on the image and the image's own answer is no likelier.
    fn may_be_seen(&self, header: &HeaderAnswer) -> bool {
        let seen = |s: &BodySite| self.image.sees(s.target.code, self.terminology);
        header.sites.iter().all(seen) && self.probability(&header.sites) >= self.belief.exactly(self.image.sites)
    }

    fn agreed(&self, header: HeaderAnswer) -> Resolution {
        Resolution {
            verdict: Verdict::Agreed,
            because: sentence::agreed(&header, self.image.probability),
            ..self.of_header(header)
        }
    }

    fn agreed_as_visible(&self, header: HeaderAnswer) -> Resolution {
        Resolution {
            verdict: Verdict::Agreed,
            because: sentence::visible(&header, self.image.sites),
            ..self.of_header(header)
        }
    }

    fn refined(&self, header: HeaderAnswer, sites: &[BodySite]) -> Resolution {
        let p = self.belief.exactly(sites);
        let mut from = vec![self.image.at];
        from.extend(&header.from);
        Resolution {
            facet: Facet::Examined,
            verdict: Verdict::Refined,
            answer: Some(Answer::Sites(sites.to_vec())),
            confidence: Some(p),
            because: sentence::refined_by_image(&header, sites, p),
            original_text: header.text,
            from,
        }
    }

    fn unrefined(&self, header: HeaderAnswer) -> Resolution {
        Resolution {
            verdict: without_image(&header),
            because: sentence::header_only(&header),
            ..self.of_header(header)
        }
    }

    /// The image leans elsewhere without being sure; the header stands, and the doubt shows in the confidence.
    fn doubted(&self, header: HeaderAnswer) -> Resolution {
        Resolution {
            because: sentence::doubted(&header, self.image.sites, self.image.probability),
            ..self.of_header(header)
        }
    }

    fn of_header(&self, header: HeaderAnswer) -> Resolution {
        let mut resolution = of_header(header, &self.belief, self.terminology);
        resolution.from.push(self.image.at);
        resolution
    }

    fn conflicting(&self, header: HeaderAnswer) -> Resolution {
        let (said, shown) = (self.probability(&header.sites), self.belief.exactly(self.image.sites));
        let winner = match self.policy.on_conflict {
            OnConflict::None => None,
            OnConflict::Header => Some(Winner::Header),
            OnConflict::Image => Some(Winner::Image),
            OnConflict::Likelier if said > shown => Some(Winner::Header),
            OnConflict::Likelier => Some(Winner::Image),
        };
        let because = sentence::conflict(&header, self.image.sites, (said, shown), self.policy.on_conflict);
        let header = self.of_header(header);
        let conflict = Resolution {
            verdict: Verdict::Conflicting,
            because,
            ..header
        };
        match winner {
            Some(Winner::Header) => conflict,
            Some(Winner::Image) => {
                let mut from = conflict.from;
                from.rotate_right(1);
                Resolution {
                    answer: Some(Answer::Sites(self.image.sites.to_vec())),
                    confidence: Some(shown),
                    original_text: None,
                    from,
                    ..conflict
                }
            }
            None => Resolution {
                answer: None,
                confidence: None,
                ..conflict
            },
        }
    }
}

enum Winner {
    Header,
    Image,
}

fn unresolved(because: String) -> Resolution {
    Resolution {
        facet: Facet::Examined,
        verdict: Verdict::Unresolved,
        answer: None,
        confidence: None,
        original_text: None,
        from: Vec::new(),
        because,
    }
}

fn header_only(header: HeaderAnswer, belief: &Belief, terminology: &Terminology) -> Resolution {
    Resolution {
        verdict: without_image(&header),
        because: sentence::header_only(&header),
        ..of_header(header, belief, terminology)
    }
}

/// How the header's attributes stand to each other, where the image has no say.
fn without_image(header: &HeaderAnswer) -> Verdict {
    match (&header.refines, header.from.len()) {
        (Some(_), _) => Verdict::Refined,
        (None, 1) => Verdict::HeaderOnly,
        (None, _) if header.against.is_empty() => Verdict::Agreed,
        (None, _) => Verdict::HeaderOnly,
    }
}

fn of_header(header: HeaderAnswer, belief: &Belief, terminology: &Terminology) -> Resolution {
    Resolution {
        facet: Facet::Examined,
        verdict: Verdict::HeaderOnly,
        confidence: Some(belief.answer(&header.sites, terminology)),
        answer: Some(Answer::Sites(header.sites)),
        original_text: header.text,
        from: header.from,
        because: String::new(),
    }
}
