//! "Visible" Observations (DCM 112005 Radiographic anatomy): which parts can be seen in an image.
//!
//! What the model sees is preliminary and labelled; what a reviewer sees is a further, final Observation. Neither is
//! merged with the other or with what was examined.

use bodysite_core::{
    Answer, Assertion, Attribute, Basis, Facet, NormalizedInstance, NormalizedSeries, NormalizedStudy,
};

use crate::Options;
use crate::code::{Code, Coded};
use crate::facts::observation::{self, Component, Observation, Status, by_model};
use crate::facts::{device, study};
use crate::value::{moment::Instant, number, text::clean, uid};

/// The Observations about the images of one series.
pub(crate) fn observations(study: &NormalizedStudy, series: &NormalizedSeries, options: &Options) -> Vec<Observation> {
    let mut observations: Vec<Observation> = Vec::new();
    for instance in &series.instances {
        let sop = instance.header.text(Attribute::SOPInstanceUID);
        let sop = sop.unwrap_or_default();
        for assertion in claims(instance) {
            let voice = match &assertion.basis {
                Basis::Classified { weights, .. } => weights,
                _ => "review",
            };
            let key = ["visible", &study.uid, &series.uid, sop, voice];
            let observation = observation(study, series, sop, assertion, options);
            observation::add(&mut observations, observation, &key, &options.ids());
        }
    }
    observations
}

/// What the model says, and the newest decision of a reviewer.
fn claims(instance: &NormalizedInstance) -> impl Iterator<Item = &Assertion> {
    let visible = || instance.assertions.iter().filter(|a| a.facet == Facet::Visible);
    let said = |a: &&Assertion| matches!(&a.answer, Answer::Sites(sites) if !sites.is_empty());
    let by_model = visible().filter(|a| matches!(a.basis, Basis::Classified { .. }));
    let mut reviewed = visible().filter(|a| matches!(a.basis, Basis::Reviewed { .. }));
    by_model.filter(said).chain(reviewed.next_back().filter(said))
}

fn observation(
    study: &NormalizedStudy,
    series: &NormalizedSeries,
    sop: &str,
    assertion: &Assertion,
    options: &Options,
) -> Observation {
    let code = Code::dcm("112005", "Radiographic anatomy");
    let study_id = options.ids().id("ImagingStudy", &[&study.uid]);
    let mut observation = Observation::empty(code, study_id);
    observation.effective = study::started(study, options);
    let of_series = uid::urn(&series.uid).map(Component::series);
    let of_instance = uid::urn(sop).map(Component::instance);
    observation.components = of_series.into_iter().chain(of_instance).collect();
    observation.components.extend(parts(assertion));
    speak(&mut observation, &assertion.basis, options);
    observation
}

fn parts(assertion: &Assertion) -> impl Iterator<Item = Component> + '_ {
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

fn speak(observation: &mut Observation, basis: &Basis, options: &Options) {
    match basis {
        Basis::Classified { model, weights } => {
            observation.status = Status::Preliminary;
            observation.ai_asserted = true;
            observation.method = Some(by_model());
            observation.device = Some(device::model(model, weights, &options.ids()).id);
        }
        Basis::Reviewed { reviewer, at } => {
            observation.method = Some(Coded::text("review"));
            observation.reviewer = clean(reviewer);
            observation.issued = at.parse().ok().map(|at: Instant| at.as_str().to_owned());
        }
        Basis::Coded { .. } | Basis::Mapped { .. } => {}
    }
}
