//! Code alias: a code that stands in a text field instead of a name.
//!
//! What: SNOMED-RT codes (`T-D3000`) and SNOMED CT identifiers, with or without their scheme, current or superseded.
//! Why: interfaces that have no code sequence copy the code, or the whole triple, into Body Part Examined.
//! Example: `SRT:T-D3000`, `(T-D3000, SRT, "Chest")`, `51185008` and `816094009` are the chest; `T-99999` is
//! a code that we do not know, and no letter `T`.
//! Source: PS3.16 CID 4031 and its earlier editions (`mappings/code-aliases.sssom.tsv`).

use bodysite_core::{BodySite, Sctid};
use bodysite_terminology::Terminology;

/// What a text with codes says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Codes {
    /// The sites of its codes; empty where one of them is unknown.
    pub sites: Vec<BodySite>,
    /// The codes, cited as rows.
    pub rows: Vec<String>,
    /// What is left of the text.
    pub rest: String,
}

const SCHEMES: &[&str] = &[
    "SCT",
    "SRT",
    "SNM3",
    "99SDM",
    "SNOMED",
    "SNOMED-CT",
    "SNOMED-RT",
    "SNOMEDCT",
];

/// Reads the codes of a text; none where it has none.
pub(crate) fn read(terminology: &Terminology, text: &str) -> Option<Codes> {
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let (mut sites, mut rows, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    let mut all_known = true;
    for word in text.split(separates).filter(|w| !w.is_empty()) {
        let upper = word.to_ascii_uppercase();
        match scheme_of(terminology, &upper) {
            Some(scheme) => {
                let found = terminology.resolve_code(scheme, &upper);
                all_known &= found.is_some();
                rows.push(format!("code-aliases#{scheme}:{upper}"));
                sites.extend(found.and_then(|c| terminology.sites_of(c.sctid)).unwrap_or_default());
            }
            None if SCHEMES.contains(&upper.as_str()) => {}
            None => rest.push(word),
        }
    }
    sites.dedup();
    if !all_known {
        sites.clear();
    }
    let rest = rest.join(" ");
    (!rows.is_empty()).then_some(Codes { sites, rows, rest })
}

fn separates(c: char) -> bool {
    c.is_whitespace() || "()[]{}<>,;:^|\\/=\"'#_".contains(c)
}

fn scheme_of(terminology: &Terminology, word: &str) -> Option<&'static str> {
    if is_snomed_rt(word) {
        return Some("SRT");
    }
    let known = word.parse::<Sctid>().is_ok() && terminology.resolve_code("SCT", word).is_some();
    known.then_some("SCT")
}

fn is_snomed_rt(word: &str) -> bool {
    let Some((axis, digits)) = word.split_once('-') else {
        return false;
    };
    let hex = digits.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
    let digit = digits.bytes().any(|b| b.is_ascii_digit());
    axis.len() == 1 && axis.bytes().all(|b| b.is_ascii_uppercase()) && digits.len() == 5 && hex && digit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<(&[&str], &str)>) {
        let codes = read(Terminology::builtin(), text);
        let found = codes.as_ref().map(|c| {
            let names: Vec<&str> = c.sites.iter().map(|s| s.target.display.as_str()).collect();
            (names, c.rest.as_str())
        });
        assert_eq!(found, expect.map(|(names, rest)| (names.to_vec(), rest)), "{text}");
    }

    #[test]
    fn codes_are_told_from_words_and_numbers() {
        check("T-D3000", Some((&["Chest"], "")));
        check("(t-d3000, SRT, \"Chest\")", Some((&["Chest"], "Chest")));
        check("SCT:72696002 LEFT", Some((&["Knee"], "LEFT")));
        check("51185008", Some((&["Chest"], "")));
        check("T-99999", Some((&[], "")));
        check("123456", None);
        check("20260131", None);
        check("DRX-1", None);
        check("T-SPINE", None);
    }
}
