//! Codes and mapping sets: what is read is right, and what is not right is refused.

use bodysite_core::Sctid;
use bodysite_mapping::{Field, Mapper};
use bodysite_terminology::{Sources, Terminology};

/// A concept identifier that is accepted is written as it was read; codes of headers never panic.
pub fn code(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(sctid) = text.parse::<Sctid>() {
        assert_eq!(sctid.to_string(), text);
    }
    let (scheme, value) = text.split_once('\n').unwrap_or(("SCT", &text));
    if let Some(resolved) = Terminology::builtin().resolve_code(scheme, value) {
        assert!(resolved.sctid.to_string().parse::<Sctid>().is_ok());
    }
}

/// A set or table is read or refused, and a text is understood the same way twice. The first byte says which.
pub fn mapping(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(rest).into_owned();
    let tables = Sources::builtin();
    match kind % 6 {
        0 => {
            let sets = [("lexicon/xx.sssom.tsv".to_owned(), text)];
            if let Ok(mapper) = Mapper::load(&sets, Terminology::builtin()) {
                assert!(!mapper.rows().is_empty());
            }
        }
        1 => drop(Terminology::load(&Sources {
            concepts: &text,
            ..tables
        })),
        2 => drop(Terminology::load(&Sources { finer: &text, ..tables })),
        3 => drop(Terminology::load(&Sources {
            relations: &text,
            ..tables
        })),
        4 => drop(Terminology::load(&Sources {
            aliases: &text,
            ..tables
        })),
        _ => {
            let mapper = Mapper::builtin();
            for field in [Field::Bpe, Field::Series] {
                assert_eq!(mapper.map_uncached(&text, field), mapper.map_uncached(&text, field));
            }
        }
    }
}
