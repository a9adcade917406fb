//! The images that a simulated archive is made of: a CSV of labels beside a folder of pictures.
//!
//! Two shapes are read: `file,key,sctid,view,side,seed,visible` as the renderer writes it (visible is
//! `KEY:SHARE|…`), and `path,examined,visible` with any of `laterality`, `view`, `group`.

use std::collections::HashMap;

use bodysite_core::{Sctid, Side};
use bodysite_terminology::Terminology;

/// One picture with what is true of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchiveImage {
    /// Path as in the CSV.
    pub path: String,
    /// What was examined.
    pub examined: Vec<Sctid>,
    /// What can be seen, where it is known.
    pub visible: Option<Vec<Sctid>>,
    /// The side, where the part has one and it is known.
    pub side: Option<Side>,
    /// The projection as written.
    pub view: String,
    /// Where the picture comes from.
    pub group: String,
}

/// What is wrong with the labels of the pictures.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImagesError {
    /// A column is missing.
    #[error("labels: no column {0:?}")]
    NoColumn(&'static str),
    /// A line is wrong.
    #[error("labels, line {line}: {problem}")]
    Line {
        /// Line number, counting from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
}

/// The cells of one line by column name.
struct Row<'a> {
    line: u64,
    cells: HashMap<&'a str, &'a str>,
    terminology: &'a Terminology,
}

/// Reads either shape. A part counts as seen from a share of `seen_from` on.
pub fn archive_images(
    labels: &str,
    seen_from: f64,
    terminology: &Terminology,
) -> Result<Vec<ArchiveImage>, ImagesError> {
    let mut csv = csv::ReaderBuilder::new().from_reader(labels.as_bytes());
    let malformed = |e: csv::Error| ImagesError::Line {
        line: e.position().map_or(1, csv::Position::line),
        problem: "not a CSV line as wide as the first".to_owned(),
    };
    let names = csv.headers().map_err(malformed)?.clone();
    let has = |name| names.iter().any(|n| n == name);
    let rendered = has("file");
    let required: &[&'static str] = if rendered {
        &["file", "key", "visible"]
    } else {
        &["path", "examined", "visible"]
    };
    if let Some(missing) = required.iter().find(|name| !has(name)) {
        return Err(ImagesError::NoColumn(missing));
    }
    let mut images = Vec::new();
    for record in csv.records() {
        let record = record.map_err(malformed)?;
        let row = Row {
            line: record.position().map_or(0, csv::Position::line),
            cells: names.iter().zip(&record).collect(),
            terminology,
        };
        images.push(if rendered {
            row.rendered(seen_from)?
        } else {
            row.labelled()?
        });
    }
    Ok(images)
}

impl Row<'_> {
    fn cell(&self, name: &str) -> &str {
        self.cells.get(name).map_or("", |c| c.trim())
    }

    fn wrong(&self, problem: impl Into<String>) -> ImagesError {
        ImagesError::Line {
            line: self.line,
            problem: problem.into(),
        }
    }

    fn key(&self, key: &str) -> Result<Sctid, ImagesError> {
        let target = self.terminology.by_key(key);
        let target = target.ok_or_else(|| self.wrong(format!("no target {key:?}")))?;
        Ok(target.concept.code)
    }

    fn codes(&self, column: &str) -> Result<Vec<Sctid>, ImagesError> {
        let code = |text: &str| {
            let id = text.parse::<Sctid>().ok();
            let id = id.filter(|id| self.terminology.target(*id).is_some());
            id.ok_or_else(|| self.wrong(format!("{text:?} in {column} is none of the 36 concepts")))
        };
        let cells = self.cell(column).split('|').map(str::trim).filter(|c| !c.is_empty());
        let mut codes: Vec<Sctid> = cells.map(code).collect::<Result<_, _>>()?;
        codes.sort();
        codes.dedup();
        Ok(codes)
    }

    fn rendered(&self, seen_from: f64) -> Result<ArchiveImage, ImagesError> {
        let mut visible = Vec::new();
        for cell in self.cell("visible").split('|').filter(|c| !c.is_empty()) {
            let (key, share) = cell
                .split_once(':')
                .ok_or_else(|| self.wrong("visible is not KEY:SHARE"))?;
            let share: f64 = share
                .parse()
                .map_err(|_| self.wrong(format!("{share:?} is no share")))?;
            if share >= seen_from {
                visible.push(self.key(key)?);
            }
        }
        visible.sort();
        Ok(ArchiveImage {
            path: self.cell("file").to_owned(),
            examined: vec![self.key(self.cell("key"))?],
            visible: Some(visible),
            side: Side::from_letter(self.cell("side")),
            view: self.cell("view").to_owned(),
            group: "synthetic".to_owned(),
        })
    }

    fn labelled(&self) -> Result<ArchiveImage, ImagesError> {
        let examined = self.codes("examined")?;
        if examined.is_empty() {
            return Err(self.wrong("nothing in examined"));
        }
        Ok(ArchiveImage {
            path: self.cell("path").to_owned(),
            examined,
            visible: Some(self.codes("visible")?).filter(|v| !v.is_empty()),
            side: Side::from_letter(self.cell("laterality")),
            view: self.cell("view").to_owned(),
            group: self.cell("group").to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(labels: &str) -> Result<Vec<ArchiveImage>, String> {
        archive_images(labels, 0.5, Terminology::builtin()).map_err(|e| e.to_string())
    }

    #[test]
    fn both_shapes_are_read() {
        let images = read("file,key,sctid,view,side,seed,visible\n0.png,KN,72696002,AP,R,7,KN:1.00|TH:0.20\n").unwrap();
        assert_eq!(images[0].visible.as_ref().unwrap(), &images[0].examined);
        assert_eq!(images[0].side, Some(Side::Right));
        let images = read("path,examined,visible,group\na.jpg,816094009,,hospital\n").unwrap();
        assert_eq!(
            (images[0].visible.as_ref(), images[0].group.as_str()),
            (None, "hospital")
        );
    }

    #[test]
    fn a_mistake_names_its_line() {
        assert_eq!(read("file,visible\n").unwrap_err(), "labels: no column \"key\"");
        assert_eq!(
            read("path,examined,visible\na,816094009,\nb,1,\n").unwrap_err(),
            "labels, line 3: \"1\" in examined is none of the 36 concepts"
        );
    }
}
