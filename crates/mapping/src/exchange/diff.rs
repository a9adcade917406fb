//! What differs between two mapping sets.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{Mapping, MappingSet, Words, curie, word};

/// The mappings that only one of two sets has, and those of one subject that differ.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Difference {
    /// Only in the second set.
    pub added: Vec<Mapping>,
    /// Only in the first.
    pub removed: Vec<Mapping>,
    /// The same subject, said otherwise: before and after.
    pub changed: Vec<(Mapping, Mapping)>,
}

impl Difference {
    /// Whether the sets have the same mappings.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// Compares two sets by subject; the order of mappings does not matter.
pub fn diff(before: &MappingSet, after: &MappingSet) -> Difference {
    let mut subjects: BTreeMap<&str, (Vec<&Mapping>, Vec<&Mapping>)> = BTreeMap::new();
    for mapping in &before.mappings {
        subjects.entry(&mapping.subject).or_default().0.push(mapping);
    }
    for mapping in &after.mappings {
        subjects.entry(&mapping.subject).or_default().1.push(mapping);
    }
    let mut difference = Difference::default();
    for (old, new) in subjects.into_values() {
        compare(old, new, &mut difference);
    }
    difference
}

fn compare(old: Vec<&Mapping>, mut new: Vec<&Mapping>, difference: &mut Difference) {
    let mut left = Vec::new();
    for mapping in old {
        match new.iter().position(|m| *m == mapping) {
            Some(same) => drop(new.remove(same)),
            None => left.push(mapping),
        }
    }
    // A mapping to the same object is the same one, said otherwise; then whatever is left is paired in order.
    left.sort_by_key(|m| !new.iter().any(|n| n.object == m.object));
    for mapping in left {
        let at = new.iter().position(|n| n.object == mapping.object);
        match at.or((!new.is_empty()).then_some(0)) {
            Some(i) => difference.changed.push((mapping.clone(), new.remove(i).clone())),
            None => difference.removed.push(mapping.clone()),
        }
    }
    difference.added.extend(new.into_iter().cloned());
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mapping in &self.removed {
            writeln!(f, "- {}", line(mapping))?;
        }
        for mapping in &self.added {
            writeln!(f, "+ {}", line(mapping))?;
        }
        for (before, after) in &self.changed {
            writeln!(f, "< {}\n> {}", line(before), line(after))?;
        }
        Ok(())
    }
}

fn line(m: &Mapping) -> String {
    let display = m.object.as_ref().map_or("", |o| &o.display);
    let object = format!("{} {display}", curie(m.object.as_ref()));
    let predicate = word(m.relationship, Words::Sssom);
    let mut line = format!("{} [{}] {predicate} {}", m.subject, m.category, object.trim());
    for said in [&m.reviewer, &m.comment].into_iter().filter(|s| !s.is_empty()) {
        line.push_str(&format!(" ({said})"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn a_set_does_not_differ_from_itself_in_another_order() {
        let mut other = sample();
        other.mappings.reverse();
        assert!(diff(&sample(), &other).is_empty());
    }

    #[test]
    fn added_removed_and_changed_are_told_apart() {
        let mut after = sample();
        let mut knee = after.mappings.remove(3);
        knee.subject = "genou".to_owned();
        after.mappings[0].reviewer.clear();
        after.mappings.push(knee);
        let text = diff(&sample(), &after).to_string();
        let expect = "- knie [body-part] skos:exactMatch SCT:72696002 Knee\n\
            + genou [body-part] skos:exactMatch SCT:72696002 Knee\n\
            < bucky, wand [device] skos:exactMatch sssom:NoTermFound (radiographer) (says \"nothing\")\n\
            > bucky, wand [device] skos:exactMatch sssom:NoTermFound (says \"nothing\")\n";
        assert_eq!(text, expect);
    }
}
