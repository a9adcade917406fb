//! The mapping sets that travel in the program.

macro_rules! set {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../mappings/", $name)))
    };
}

/// File names, relative to `mappings/`, with their texts.
pub(crate) const BUILTIN: &[(&str, &str)] = &[
    set!("terms.sssom.tsv"),
    set!("lexicon/es.sssom.tsv"),
    set!("lexicon/fr.sssom.tsv"),
    set!("lexicon/it.sssom.tsv"),
    set!("lexicon/mul.sssom.tsv"),
    set!("lexicon/pt.sssom.tsv"),
];
