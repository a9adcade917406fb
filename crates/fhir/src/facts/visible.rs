//! "Visible" Observations (DCM 112005 Radiographic anatomy): which parts can be seen in an image.
//!
//! What the model sees is preliminary and labelled; what a reviewer sees is a further, final Observation. Neither is
//! merged with the other or with what was examined.

use bodysite_core::{Answer, Assertion, Attribute, Basis, Facet, NormalizedInstance, NormalizedSeries};

use crate::code::{Code, Coded};
use crate::facts::context::Context;
use crate::facts::observation::{Component, Observation, Observations, Status, by_model};
use crate::value::{moment::Instant, number, text::clean, uid};

/// The Observations about the images of one series.
pub(crate) fn observations<'a>(context: &'a Context<'a>, series: &'a NormalizedSeries) -> Vec<Observation<'a>> {
    let mut observations = Observations::default();
    let of_series = Component::series(uid::named(&series.uid, &context.ids));
    for instance in &series.instances {
        let sop = instance.header.text(Attribute::SOPInstanceUID);
        let sop = sop.unwrap_or_default();
        let of_instance = Component::instance(uid::named(sop, &context.ids));
        let about = [&of_series, &of_instance];
        for assertion in claims(instance) {
            let voice = match &assertion.basis {
                Basis::Classified { weights, .. } => weights,
                _ => "review",
            };
            let key = ["visible", &context.study.uid, &series.uid, sop, voice];
            let observation = observation(context, &about, assertion);
            observations.add(observation, &key, &context.ids);
        }
    }
    observations.all
}

/// What the model says, and the newest decision of a reviewer.
fn claims(instance: &NormalizedInstance) -> impl Iterator<Item = &Assertion> {
    let visible = || instance.assertions.iter().filter(|a| a.facet == Facet::Visible);
    let said = |a: &&Assertion| matches!(&a.answer, Answer::Sites(sites) if !sites.is_empty());
    let by_model = visible().filter(|a| matches!(a.basis, Basis::Classified { .. }));
    let mut reviewed = visible().filter(|a| matches!(a.basis, Basis::Reviewed { .. }));
    by_model.filter(said).chain(reviewed.next_back().filter(said))
}

fn observation<'a>(context: &'a Context<'a>, about: &[&Component<'a>; 2], assertion: &'a Assertion) -> Observation<'a> {
    let code = Code::dcm("112005", "Radiographic anatomy");
    let mut observation = Observation::empty(code, context);
    let about = about.iter().copied().cloned();
    observation.components = about.chain(parts(assertion)).collect();
    speak(&mut observation, &assertion.basis, context);
    observation
}

fn parts(assertion: &Assertion) -> impl Iterator<Item = Component<'_>> {
    let by_model = matches!(assertion.basis, Basis::Classified { .. });
    assertion.sites().iter().enumerate().map(move |(i, site)| {
        let code = Code::dcm("112005", "Radiographic anatomy");
        let probability = assertion.probabilities.get(i).filter(|_| by_model);
        Component {
            confidence: probability.and_then(|p| number::probability(*p)),
            ..Component::coded(code, Coded::one(Code::concept(&site.target)))
        }
    })
}

fn speak<'a>(observation: &mut Observation<'a>, basis: &Basis, context: &'a Context<'a>) {
    match basis {
        Basis::Classified { model, weights } => {
            observation.status = Status::Preliminary;
            observation.ai_asserted = true;
            observation.method = Some(by_model());
            observation.device = context.devices.model(model, weights);
        }
        Basis::Reviewed { reviewer, at } => {
            observation.method = Some(Coded::text("review"));
            observation.reviewer = clean(reviewer);
            observation.issued = at.parse().ok().map(|at: Instant| at.as_str().to_owned());
        }
        Basis::Coded { .. } | Basis::Mapped { .. } => {}
    }
}
