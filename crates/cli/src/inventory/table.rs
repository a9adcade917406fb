//! The inventory as a table for people and as CSV.

use std::fmt::Write;

use bodysite_core::Attribute;
use bodysite_pipeline::{INVENTORIED, Inventory};

use super::Line;
use crate::terminal::{bold, safe};

/// Values shown of each attribute; the other formats have them all.
const SHOWN: usize = 40;

/// A table an attribute.
pub fn text(inventory: &Inventory, lines: &[Line]) -> String {
    let mut text = format!("{} images, {} other files\n", inventory.images, inventory.other_files);
    for attribute in INVENTORIED {
        let own: Vec<&Line> = lines.iter().filter(|l| l.attribute == attribute).collect();
        if own.iter().any(|l| !l.value.is_empty()) {
            one(&mut text, attribute, &own);
        }
    }
    text
}

fn one(text: &mut String, attribute: Attribute, lines: &[&Line]) {
    let unmapped: u64 = lines.iter().filter(|l| !l.is_mapped()).map(|l| l.count.images).sum();
    let _ = writeln!(
        text,
        "\n{}  {} distinct values, {unmapped} images without a body part in it",
        bold(attribute.keyword()),
        lines.len()
    );
    for line in lines.iter().take(SHOWN) {
        let value = if line.value.is_empty() {
            "(empty)".to_owned()
        } else {
            safe(&line.value)
        };
        let side = line.mapped.laterality.map_or("", |s| s.letter());
        let _ = write!(
            text,
            "{:>8}  {value:<32} {side:<2}{}",
            line.count.images,
            line.meaning()
        );
        if !line.suggestions.is_empty() {
            let _ = write!(text, "  perhaps {}", line.suggestions.join(", "));
        }
        text.push('\n');
    }
    if lines.len() > SHOWN {
        let _ = writeln!(text, "{:>8}  … and {} more (--format csv)", "", lines.len() - SHOWN);
    }
}

/// One row a value.
pub fn csv(lines: &[Line]) -> anyhow::Result<String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record([
        "attribute",
        "value",
        "images",
        "modalities",
        "target_ids",
        "targets",
        "exact_id",
        "laterality",
        "method",
        "confidence",
        "reason",
        "ambiguous",
        "rows",
        "suggestions",
    ])?;
    for line in lines {
        out.write_record(cells(line))?;
    }
    Ok(String::from_utf8(out.into_inner()?)?)
}

fn cells(line: &Line) -> [String; 14] {
    let m = &line.mapped;
    let joined = |f: fn(&bodysite_core::BodySite) -> String| m.targets.iter().map(f).collect::<Vec<_>>().join("|");
    [
        line.attribute.keyword().to_owned(),
        harmless(&line.value),
        line.count.images.to_string(),
        line.modalities(),
        joined(|s| s.target.code.to_string()),
        joined(|s| s.target.display.clone()),
        m.exact.as_ref().map_or(String::new(), |e| e.code.to_string()),
        m.laterality.map_or("", |s| s.letter()).to_owned(),
        m.method.word().to_owned(),
        m.confidence.map_or(String::new(), |c| c.to_string()),
        m.reason.clone(),
        m.ambiguous.to_string(),
        m.rows.join("|"),
        line.suggestions.join("|"),
    ]
}

/// A spreadsheet runs a cell that starts like a formula.
fn harmless(value: &str) -> String {
    if value.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{value}")
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_header_value_is_no_formula() {
        assert_eq!(harmless("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(harmless("KNEE"), "KNEE");
    }
}
