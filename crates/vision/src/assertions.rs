//! A classification in the words of the rest of the program.

use bodysite_core::{Answer, Assertion, Basis, BodySite, Facet, Issue, IssueCode, Relationship};

use crate::{Classification, Model, Ranked};

impl Model {
    /// The claims a classification makes, and an issue where it makes none about the examined part.
    ///
    /// A claim about the examined part with a confidence is the answer. One without lists what the part may be, every
    /// label that the model supports with its probability, and is made even where the model is not sure.
    pub fn assertions(&self, classification: &Classification) -> (Vec<Assertion>, Vec<Issue>) {
        let claims = if classification.reason.knows_the_image() {
            vec![
                self.claim(
                    Facet::Examined,
                    classification.answer.as_slice(),
                    classification.confidence(),
                ),
                self.claim(Facet::Examined, &classification.candidates, None),
                self.claim(Facet::Visible, &classification.visible, None),
            ]
        } else {
            Vec::new()
        };
        let code = if classification.reason.is_unsuitable() {
            IssueCode::FrameUnsuitable
        } else {
            IssueCode::ModelAbstained
        };
        let issue = classification
            .abstained()
            .then(|| Issue::new(code).detail(classification.reason.word()));
        (claims.into_iter().flatten().collect(), issue.into_iter().collect())
    }

    /// A claim, unless it names no part.
    fn claim(&self, facet: Facet, parts: &[Ranked], confidence: Option<f64>) -> Option<Assertion> {
        (!parts.is_empty()).then(|| Assertion {
            facet,
            answer: Answer::Sites(parts.iter().map(|r| BodySite::of(r.concept.clone())).collect()),
            relationship: Relationship::Equivalent,
            confidence,
            probabilities: parts.iter().map(|r| r.p).collect(),
            basis: Basis::Classified {
                model: self.id().to_owned(),
                weights: self.weights_sha256().to_owned(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{Folder, frame};

    use super::*;

    #[test]
    fn an_unsure_model_lists_its_candidates_and_says_that_it_abstains() {
        let mut folder = Folder::new();
        folder.manifest.reject_threshold = 1.0;
        folder.manifest.threshold = 1.0;
        let model = folder.load().unwrap();
        let classification = model.classify(&frame(80, 80, 5));
        let (assertions, issues) = model.assertions(&classification);
        assert!(classification.abstained());
        assert_eq!(issues.len(), 1);
        let examined: Vec<_> = assertions.iter().filter(|a| a.facet == Facet::Examined).collect();
        assert_eq!(examined.len(), 1);
        assert_eq!((examined[0].confidence, examined[0].sites().len()), (None, 3));
        assert!(examined[0].probabilities.is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn a_sure_model_claims_its_answer_with_a_confidence() {
        let mut folder = Folder::new();
        folder.manifest.reject_threshold = 1.0;
        folder.manifest.threshold = 0.0;
        folder.set("visible.bias", &[3], 50.0);
        let model = folder.load().unwrap();
        let (assertions, issues) = model.assertions(&model.classify(&frame(80, 80, 5)));
        assert!(issues.is_empty());
        let answer = &assertions[0];
        assert_eq!((answer.facet, answer.sites().len()), (Facet::Examined, 1));
        assert_eq!(answer.confidence, Some(answer.probabilities[0]));
        assert_eq!(assertions[2].facet, Facet::Visible);
        assert_eq!(assertions[2].sites().len(), 3);
    }
}
