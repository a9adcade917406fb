//! Values made up to trap the mapper, each with the rule that it shows (`fixtures/adversarial.tsv`).

use bodysite_core::Side;
use bodysite_mapping::{Field, Mapper};
use bodysite_terminology::Terminology;

struct Trap<'a> {
    rule: &'a str,
    field: Field,
    value: &'a str,
    targets: Vec<&'a str>,
    side: Option<Side>,
}

fn traps() -> Vec<Trap<'static>> {
    let lines = include_str!("fixtures/adversarial.tsv").lines();
    let mut rows = lines.filter(|l| !l.starts_with('#'));
    assert_eq!(rows.next(), Some("rule\tfield\tvalue\ttargets\tside"));
    rows.map(trap).collect()
}

fn trap(line: &'static str) -> Trap<'static> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [rule, field, value, targets, side] = cells[..] else {
        panic!("{line:?} has not five cells");
    };
    let mut targets: Vec<&str> = targets.split('+').filter(|t| *t != "-").collect();
    targets.sort_unstable();
    Trap {
        rule,
        field: field.parse().unwrap(),
        value,
        targets,
        side: Side::from_letter(side),
    }
}

fn keys(mapper: &Mapper, trap: &Trap<'_>) -> Vec<&'static str> {
    let mapped = mapper.map(trap.value, trap.field);
    let key = |id| Terminology::builtin().target(id).unwrap().key.as_str();
    let mut keys: Vec<&str> = mapped.targets.iter().map(|s| key(s.target.code)).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn no_trap_catches_the_mapper() {
    let (mapper, traps) = (Mapper::builtin(), traps());
    let mut caught = Vec::new();
    for trap in &traps {
        let (keys, side) = (keys(mapper, trap), mapper.map(trap.value, trap.field).laterality);
        if keys != trap.targets || side != trap.side {
            caught.push(format!("{}: {:?} gave {keys:?} {side:?}", trap.rule, trap.value));
        }
    }
    assert!(traps.len() >= 300);
    assert!(caught.is_empty(), "{} values:\n{}", caught.len(), caught.join("\n"));
}
