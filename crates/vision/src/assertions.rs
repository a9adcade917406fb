//! A classification in the words of the rest of the program.

use bodysite_core::{Answer, Assertion, Basis, BodySite, Facet, Issue, IssueCode, Relationship};

use crate::{Classification, Model, Ranked};

impl Model {
    /// The claims a classification makes, and an issue where it makes none about the examined part.
    pub fn assertions(&self, classification: &Classification) -> (Vec<Assertion>, Vec<Issue>) {
        let examined = classification
            .answer
            .as_ref()
            .map(|answer| self.claim(Facet::Examined, &[answer]));
        let parts: Vec<&Ranked> = classification.visible.iter().collect();
        let visible = (!parts.is_empty()).then(|| self.claim(Facet::Visible, &parts));
        let code = if classification.reason.is_unsuitable() {
            IssueCode::FrameUnsuitable
        } else {
            IssueCode::ModelAbstained
        };
        let issue = classification
            .abstained()
            .then(|| Issue::new(code).detail(classification.reason.word()));
        (
            examined.into_iter().chain(visible).collect(),
            issue.into_iter().collect(),
        )
    }

    fn claim(&self, facet: Facet, parts: &[&Ranked]) -> Assertion {
        Assertion {
            facet,
            answer: Answer::Sites(parts.iter().map(|r| BodySite::of(r.concept.clone())).collect()),
            relationship: Relationship::Equivalent,
            confidence: (facet == Facet::Examined).then(|| parts[0].p),
            probabilities: parts.iter().map(|r| r.p).collect(),
            basis: Basis::Classified {
                model: self.id().to_owned(),
                weights: self.weights_sha256().to_owned(),
            },
        }
    }
}
