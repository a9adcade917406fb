//! The inventory as one page that needs nothing else: a plot of spellings flowing into codes, and the tables.

use std::collections::BTreeMap;
use std::fmt::Write;

use bodysite_core::Attribute;
use bodysite_pipeline::{INVENTORIED, Inventory};

use super::Line;

/// Spellings drawn; the table below the plot has them all.
const DRAWN: usize = 120;

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1c2430}\
table{border-collapse:collapse;width:100%;margin:1rem 0}td,th{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #dde3ea}\
td.n{text-align:right;font-variant-numeric:tabular-nums}tr.none td{color:#a13030}svg{width:100%;height:auto}\
svg text{font:11px system-ui,sans-serif;fill:#1c2430}h2{margin-top:2.5rem}small{color:#5a6675}";

/// The page.
pub fn page(inventory: &Inventory, lines: &[Line]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Header values</title>\
<meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\n\
<h1>Header values and what they mean</h1>\n<p>{} images, {} other files.</p>\n",
        inventory.images, inventory.other_files
    );
    for attribute in INVENTORIED {
        let own: Vec<&Line> = lines.iter().filter(|l| l.attribute == attribute).collect();
        if own.iter().any(|l| !l.value.is_empty()) {
            section(&mut page, attribute, &own);
        }
    }
    page.push_str("</body></html>\n");
    page
}

fn section(page: &mut String, attribute: Attribute, lines: &[&Line]) {
    let codes = meanings(lines).len();
    let _ = writeln!(
        page,
        "<h2>{}</h2>\n<p>{} distinct values become {codes} meanings.</p>",
        attribute.keyword(),
        lines.len()
    );
    plot(page, lines);
    page.push_str("<table><tr><th>images<th>value<th>means<th>side<th>method<th>why\n");
    for line in lines {
        row(page, line);
    }
    page.push_str("</table>\n");
}

fn row(page: &mut String, line: &Line) {
    let class = if line.is_mapped() { "" } else { " class=\"none\"" };
    let mut why = line.mapped.rows.join(", ");
    if !line.suggestions.is_empty() {
        why = format!("{why} perhaps {}", line.suggestions.join(", "));
    }
    let _ = writeln!(
        page,
        "<tr{class}><td class=\"n\">{}<td>{}<td>{}<td>{}<td>{}<td><small>{}</small>",
        line.count.images,
        escape(shown(line)),
        escape(&line.meaning()),
        line.mapped.laterality.map_or("", |s| s.letter()),
        line.mapped.method.word(),
        escape(why.trim()),
    );
}

fn shown(line: &Line) -> &str {
    if line.value.is_empty() { "(empty)" } else { &line.value }
}

/// Images by meaning.
fn meanings(lines: &[&Line]) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for line in lines {
        *all.entry(line.meaning()).or_default() += line.count.images;
    }
    all
}

const STEP: usize = 16;
const LEFT: usize = 330;
const RIGHT: usize = 770;

/// Spellings on the left, meanings on the right, a curve for each value.
fn plot(page: &mut String, lines: &[&Line]) {
    let drawn = &lines[..lines.len().min(DRAWN)];
    let mut of_meaning: Vec<(String, u64)> = meanings(drawn).into_iter().collect();
    of_meaning.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut order: Vec<&&Line> = drawn.iter().collect();
    let place = |line: &Line| of_meaning.iter().position(|(m, _)| *m == line.meaning()).unwrap_or(0);
    order.sort_by_key(|l| place(l));
    let height = STEP * (order.len().max(of_meaning.len()) + 1);
    let spread = |at: usize, of: usize| STEP / 2 + (height - STEP) * (2 * at + 1) / (2 * of.max(1));
    let _ = writeln!(
        page,
        "<svg viewBox=\"0 0 1100 {height}\" role=\"img\" aria-label=\"values and their meanings\">"
    );
    for (at, line) in order.iter().enumerate() {
        let (y, target) = (spread(at, order.len()), place(line));
        let to = spread(target, of_meaning.len());
        // Red is for values without a meaning.
        let hue = 30 + (target * 47) % 300;
        let colour = if line.is_mapped() {
            format!("hsl({hue} 55% 45%)")
        } else {
            "#b33".to_owned()
        };
        let width = 1.0 + (line.count.images as f64).log10().max(0.0) * 1.5;
        let middle = (LEFT + RIGHT) / 2;
        let _ = writeln!(
            page,
            "<path d=\"M{LEFT} {y}C{middle} {y} {middle} {to} {RIGHT} {to}\" fill=\"none\" stroke=\"{colour}\" \
stroke-opacity=\".5\" stroke-width=\"{width:.1}\"/><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            LEFT - 6,
            y + 4,
            escape(&clipped(shown(line)))
        );
    }
    for (at, (meaning, images)) in of_meaning.iter().enumerate() {
        let y = spread(at, of_meaning.len()) + 4;
        let _ = writeln!(
            page,
            "<text x=\"{}\" y=\"{y}\">{} · {images}</text>",
            RIGHT + 6,
            escape(&clipped(meaning))
        );
    }
    page.push_str("</svg>\n");
    if lines.len() > DRAWN {
        let _ = writeln!(
            page,
            "<p><small>The {DRAWN} most frequent values are drawn.</small></p>"
        );
    }
    page.push_str(
        "<p><small>Numbers are images; a thicker line is more of them, a red one has no meaning.</small></p>\n",
    );
}

fn clipped(text: &str) -> String {
    if text.chars().count() <= 46 {
        return text.to_owned();
    }
    let start: String = text.chars().take(45).collect();
    format!("{start}…")
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_header_value_is_no_markup() {
        assert_eq!(escape("<script>\"&\u{0}"), "&lt;script&gt;&quot;&amp;\u{fffd}");
    }
}
