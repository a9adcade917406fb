//! From a header to assertions: each attribute speaks for itself, ordered by trust.
//!
//! What: region codes, then series-level text, Body Part Examined, study-level text, then the sides and views.
//! Why: which attribute wins is policy (crate `reconcile`); here nothing is weighed and nothing is left out.
//! Example: `EXTREMITY` with series text `CHEVILLE droite` gives a coarse claim, a fine one and a side.
//! Source: PS3.3 section C.7.6.1 and C.7.3.1; PS3.16 CID 244 for sides.

use bodysite_core::{
    Answer, Assertion, Attribute, Basis, BodySite, CodeItem, Coding, Facet, Header, Issue, IssueCode, Raw,
    Relationship, Side,
};

use crate::mapped::{Field, Mapped};
use crate::mapper::Mapper;

/// How much of the study a text describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The image or its series.
    Series,
    /// The study; it may describe other images.
    Study,
}

/// What an attribute describes, for the selectors of [`Mapper::assert_header`].
pub fn scope_of(selector: &str) -> Option<Scope> {
    match selector {
        "AnatomicRegionSequence" | "BodyPartExamined" | "Laterality" | "ImageLaterality" => Some(Scope::Series),
        "ViewPosition" | "ViewCodeSequence" => Some(Scope::Series),
        "ProcedureCodeSequence" => Some(Scope::Study),
        other => {
            let text = TEXTS.iter().find(|t| t.0.keyword() == other)?;
            Some(if text.1 == Field::Study {
                Scope::Study
            } else {
                Scope::Series
            })
        }
    }
}

/// The texts that may name a part, in order of trust.
const TEXTS: &[(Attribute, Field)] = &[
    (Attribute::SeriesDescription, Field::Series),
    (Attribute::ProtocolName, Field::Protocol),
    (Attribute::AcquisitionDeviceProcessingDescription, Field::Protocol),
    (Attribute::PerformedProcedureStepDescription, Field::Series),
    (Attribute::BodyPartExamined, Field::Bpe),
    (Attribute::RequestedProcedureDescription, Field::Study),
    (Attribute::StudyDescription, Field::Study),
];

const REGION: &str = "AnatomicRegionSequence";
const PROCEDURE: &str = "ProcedureCodeSequence";

/// What is collected while a header is read.
#[derive(Default)]
struct Claims {
    assertions: Vec<Assertion>,
    issues: Vec<Issue>,
}

impl Mapper {
    /// Every claim that a header makes about part, side and view, in order of trust, and what was odd.
    pub fn assert_header(&self, header: &Header) -> (Vec<Assertion>, Vec<Issue>) {
        let mut claims = Claims::default();
        self.regions(header, &mut claims);
        self.sides(header, &mut claims);
        for (attribute, field) in TEXTS {
            if *field == Field::Study && *attribute == Attribute::RequestedProcedureDescription {
                self.procedures(header, &mut claims);
            }
            self.text(header, *attribute, *field, &mut claims);
        }
        views(header, &mut claims);
        (claims.assertions, claims.issues)
    }

    fn regions(&self, header: &Header, claims: &mut Claims) {
        let mut sites: Vec<BodySite> = Vec::new();
        let mut codes: Vec<String> = Vec::new();
        for item in &header.anatomic_regions {
            let Some(resolved) = self.terminology.resolve_code(&item.scheme, &item.value) else {
                self.unknown_code(item, REGION, Field::Series, claims);
                continue;
            };
            if resolved.superseded {
                claims.issues.push(Issue::at(IssueCode::CodeSuperseded, REGION));
            }
            codes.push(format!("{}:{}", item.scheme, item.value));
            for site in self.terminology.sites_of(resolved.sctid).unwrap_or_default() {
                if !sites.contains(&site) {
                    sites.push(site);
                }
            }
        }
        if !sites.is_empty() {
            let confidence = self.confidence_of("code-alias");
            claims.assertions.push(Assertion {
                confidence,
                ..claim(Facet::Examined, Answer::Sites(sites), coded(REGION, &codes.join("\\")))
            });
        }
    }

    fn unknown_code(&self, item: &CodeItem, selector: &str, field: Field, claims: &mut Claims) {
        let detail = match (item.value.is_empty(), item.scheme.is_empty()) {
            (false, false) => "unknown",
            _ => "incomplete",
        };
        claims
            .issues
            .push(Issue::at(IssueCode::CodeUnknown, selector).detail(detail));
        if !item.meaning.trim().is_empty() {
            self.speak(selector, &item.meaning, field, claims);
        }
    }

    fn procedures(&self, header: &Header, claims: &mut Claims) {
        let meanings = header.procedure_codes.iter().map(|c| c.meaning.as_str());
        for meaning in meanings.filter(|m| !m.trim().is_empty()) {
            self.speak(PROCEDURE, meaning, Field::Study, claims);
        }
    }

    fn text(&self, header: &Header, attribute: Attribute, field: Field, claims: &mut Claims) {
        match header.get(attribute) {
            Raw::Absent => {}
            Raw::Empty if field == Field::Bpe => self.speak(attribute.keyword(), "", field, claims),
            Raw::Empty => {}
            Raw::Present(text) => self.speak(attribute.keyword(), text, field, claims),
        }
    }

    /// One text's claims: a part or a refusal, and a side where it names one.
    fn speak(&self, selector: &str, text: &str, field: Field, claims: &mut Claims) {
        let mapped = self.map(text, field);
        let basis = || basis(selector, &mapped);
        let answer = match mapped.targets.as_slice() {
            [] => Answer::NoMap(mapped.reason.clone()),
            sites => Answer::Sites(sites.to_vec()),
        };
        claims.assertions.push(Assertion {
            relationship: mapped.relationship,
            confidence: mapped.confidence,
            ..claim(Facet::Examined, answer, basis())
        });
        if let Some(side) = mapped.laterality {
            claims
                .assertions
                .push(claim(Facet::Laterality, Answer::Side(side), basis()));
        }
        claims.issues.extend(issue(selector, &mapped, field));
    }

    fn sides(&self, header: &Header, claims: &mut Claims) {
        for attribute in [Attribute::ImageLaterality, Attribute::Laterality] {
            let Some(text) = header.text(attribute) else { continue };
            let letter = text.trim();
            if let Some(side) = Side::from_letter(letter) {
                let basis = coded(attribute.keyword(), text);
                claims
                    .assertions
                    .push(claim(Facet::Laterality, Answer::Side(side), basis));
            } else if letter != "U" {
                self.side_text(attribute.keyword(), text, claims);
            }
        }
        for item in &header.region_modifiers {
            match modifier_side(item) {
                Some(side) => {
                    let basis = coded(REGION, &format!("{}:{}", item.scheme, item.value));
                    claims
                        .assertions
                        .push(claim(Facet::Laterality, Answer::Side(side), basis));
                }
                None => self.side_text(REGION, &item.meaning, claims),
            }
        }
    }

    fn side_text(&self, selector: &str, text: &str, claims: &mut Claims) {
        let mapped = self.map(text, Field::Bpe);
        if let Some(side) = mapped.laterality {
            claims
                .assertions
                .push(claim(Facet::Laterality, Answer::Side(side), basis(selector, &mapped)));
        }
    }
}

/// CID 244, and the SNOMED-RT codes that it had before.
fn modifier_side(item: &CodeItem) -> Option<Side> {
    match (item.scheme.as_str(), item.value.as_str()) {
        ("SRT" | "SNM3" | "99SDM", "G-A100") => Some(Side::Right),
        ("SRT" | "SNM3" | "99SDM", "G-A101") => Some(Side::Left),
        ("SRT" | "SNM3" | "99SDM", "G-A102") => Some(Side::Both),
        ("SCT", value) => [Side::Right, Side::Left, Side::Both]
            .into_iter()
            .find(|s| s.coding().code == value),
        _ => None,
    }
}

fn views(header: &Header, claims: &mut Claims) {
    for item in &header.view_codes {
        if !item.value.is_empty() && !item.scheme.is_empty() {
            let coding = Coding::new(&item.scheme, &item.value, &item.meaning);
            let basis = coded("ViewCodeSequence", &format!("{}:{}", item.scheme, item.value));
            claims.assertions.push(claim(Facet::View, Answer::View(coding), basis));
        }
    }
}

fn claim(facet: Facet, answer: Answer, basis: Basis) -> Assertion {
    Assertion {
        facet,
        answer,
        relationship: Relationship::Equivalent,
        confidence: None,
        probabilities: Vec::new(),
        basis,
    }
}

fn coded(selector: &str, text: &str) -> Basis {
    Basis::Coded {
        selector: selector.to_owned(),
        text: text.to_owned(),
    }
}

fn basis(selector: &str, mapped: &Mapped) -> Basis {
    Basis::Mapped {
        selector: selector.to_owned(),
        text: mapped.text.clone(),
        method: mapped.method.word().to_owned(),
        rows: mapped.rows.clone(),
        steps: mapped.steps.clone(),
    }
}

/// A series text that names no part is no oddity; a Body Part Examined that names none is.
fn issue(selector: &str, mapped: &Mapped, field: Field) -> Option<Issue> {
    if !mapped.targets.is_empty() {
        return None;
    }
    let code = match mapped.reason.as_str() {
        "ambiguous" => IssueCode::TextAmbiguous,
        "empty" => return None,
        "unknown_word" => IssueCode::TextUnmapped,
        _ if field == Field::Bpe => IssueCode::TextUnmapped,
        _ => return None,
    };
    Some(Issue::at(code, selector).detail(mapped.reason.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(header: &Header) -> Vec<String> {
        let (assertions, _) = Mapper::builtin().assert_header(header);
        let line = |a: &Assertion| {
            let answer = match &a.answer {
                Answer::Sites(sites) => {
                    let names: Vec<&str> = sites.iter().map(|s| s.target.display.as_str()).collect();
                    names.join("+")
                }
                Answer::Side(side) => side.letter().to_owned(),
                Answer::View(view) => view.display.clone(),
                Answer::NoMap(reason) => format!("({reason})"),
            };
            format!("{}: {answer}", a.basis.selector().unwrap_or("-"))
        };
        assertions.iter().map(line).collect()
    }

    #[test]
    fn each_attribute_speaks_for_itself_in_order_of_trust() {
        let mut header = Header::of(&[
            (Attribute::SeriesDescription, "CHEVILLE droite"),
            (Attribute::BodyPartExamined, "EXTREMITY"),
            (Attribute::StudyDescription, "RX TOBILLO"),
            (Attribute::ImageLaterality, "R"),
            (Attribute::ProtocolName, "AP"),
        ]);
        header.anatomic_regions.push(CodeItem {
            value: "T-15750".into(),
            scheme: "SRT".into(),
            meaning: "Ankle".into(),
        });
        let expect = [
            "AnatomicRegionSequence: Ankle joint",
            "ImageLaterality: R",
            "SeriesDescription: Ankle joint",
            "SeriesDescription: R",
            "ProtocolName: (view_only)",
            "BodyPartExamined: Extremity",
            "StudyDescription: Ankle joint",
        ];
        assert_eq!(says(&header), expect);
    }

    #[test]
    fn an_unknown_code_is_an_issue_and_its_meaning_is_read() {
        let mut header = Header::default();
        header.anatomic_regions.push(CodeItem {
            value: "K1".into(),
            scheme: "99LOCAL".into(),
            meaning: "Knee".into(),
        });
        let (_, issues) = Mapper::builtin().assert_header(&header);
        assert_eq!(issues, [Issue::at(IssueCode::CodeUnknown, REGION).detail("unknown")]);
        assert_eq!(says(&header), ["AnatomicRegionSequence: Knee"]);
    }

    #[test]
    fn scope_tells_series_text_from_study_text() {
        assert_eq!(scope_of("ProtocolName"), Some(Scope::Series));
        assert_eq!(scope_of("StudyDescription"), Some(Scope::Study));
        assert_eq!(scope_of("PatientName"), None);
    }
}
