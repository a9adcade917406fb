//! Reference labels: a CSV with `path,examined,visible` and columns to break down by, read strictly.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use bodysite_core::Sctid;
use bodysite_terminology::Terminology;

use crate::Prediction;

/// What is true of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Line of the CSV, counting from 1.
    pub line: u64,
    /// The image.
    pub path: String,
    /// What was examined; sorted, at least one.
    pub examined: Vec<Sctid>,
    /// What can be seen, where it is known; sorted.
    pub visible: Option<Vec<Sctid>>,
    /// The further columns, in the order of [`Labels::columns`].
    pub further: Vec<String>,
}

/// A whole file of reference labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Names of the further columns.
    pub columns: Vec<String>,
    /// One a line.
    pub rows: Vec<Label>,
}

/// A label with the prediction for its image.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What is true.
    pub label: &'a Label,
    /// What was answered.
    pub prediction: &'a Prediction,
}

/// What is wrong with reference labels. Paths may name a person, so only the line is told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// A required column is not there.
    #[error("labels: no column {0:?} in the first line")]
    NoColumn(&'static str),
    /// A column to break down by is not there.
    #[error("labels: no column {0:?} to break down by")]
    NoSuchColumn(String),
    /// Not a CSV, or a line of another width.
    #[error("labels, line {line}: not a CSV line of {columns} cells")]
    Malformed {
        /// The line.
        line: u64,
        /// Cells of the first line.
        columns: usize,
    },
    /// Reading stopped.
    #[error("labels cannot be read")]
    Unreadable(#[source] csv::Error),
    /// No path.
    #[error("labels, line {0}: the path is empty")]
    NoPath(u64),
    /// The same path twice.
    #[error("labels, line {line}: the path of line {first} again")]
    DuplicatePath {
        /// The line.
        line: u64,
        /// The line that had the path first.
        first: u64,
    },
    /// Nothing examined.
    #[error("labels, line {0}: nothing in examined")]
    NoExamined(u64),
    /// A code that is not one of the 36.
    #[error("labels, line {line}: {code:?} in {column} is none of the 36 concepts")]
    UnknownCode {
        /// The line.
        line: u64,
        /// The column.
        column: &'static str,
        /// The code as read.
        code: String,
    },
    /// No result for the path.
    #[error("labels, line {0}: no result for this path")]
    NoResult(u64),
    /// Several results for the path.
    #[error("labels, line {0}: several results for this path")]
    SeveralResults(u64),
    /// No labels at all.
    #[error("labels: not one line below the first")]
    Empty,
}

/// Where the known columns stand.
struct Columns {
    path: usize,
    examined: usize,
    visible: usize,
    further: Vec<usize>,
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, LabelError> {
        let find = |name| {
            header
                .iter()
                .position(|c| c.trim() == name)
                .ok_or(LabelError::NoColumn(name))
        };
        let (path, examined, visible) = (find("path")?, find("examined")?, find("visible")?);
        let further = (0..header.len()).filter(|i| ![path, examined, visible].contains(i));
        Ok(Columns {
            path,
            examined,
            visible,
            further: further.collect(),
        })
    }

    fn label(&self, line: u64, record: &csv::StringRecord, terminology: &Terminology) -> Result<Label, LabelError> {
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        let path = cell(self.path).to_owned();
        if path.is_empty() {
            return Err(LabelError::NoPath(line));
        }
        let examined = codes(line, "examined", cell(self.examined), terminology)?;
        if examined.is_empty() {
            return Err(LabelError::NoExamined(line));
        }
        let visible = codes(line, "visible", cell(self.visible), terminology)?;
        Ok(Label {
            line,
            path,
            examined,
            visible: Some(visible).filter(|v| !v.is_empty()),
            further: self.further.iter().map(|at| cell(*at).to_owned()).collect(),
        })
    }
}

fn codes(line: u64, column: &'static str, cell: &str, terminology: &Terminology) -> Result<Vec<Sctid>, LabelError> {
    let known = |code: &str| {
        let id = code.parse::<Sctid>().ok();
        let id = id.filter(|id| terminology.target(*id).is_some());
        id.ok_or_else(|| LabelError::UnknownCode {
            line,
            column,
            code: code.to_owned(),
        })
    };
    let cells = cell.split('|').map(str::trim).filter(|c| !c.is_empty());
    let mut codes: Vec<Sctid> = cells.map(known).collect::<Result<_, _>>()?;
    codes.sort();
    codes.dedup();
    Ok(codes)
}

fn malformed(error: csv::Error, line: u64, columns: usize) -> LabelError {
    match error.kind() {
        csv::ErrorKind::Io(_) => LabelError::Unreadable(error),
        _ => LabelError::Malformed { line, columns },
    }
}

impl Labels {
    /// Reads a CSV with a first line of column names.
    pub fn read(reader: impl Read, terminology: &Terminology) -> Result<Labels, LabelError> {
        let mut csv = csv::ReaderBuilder::new().from_reader(reader);
        let header = csv.headers().map_err(|e| malformed(e, 1, 0))?.clone();
        let columns = Columns::find(&header)?;
        let mut rows = Vec::new();
        let mut seen: HashMap<String, u64> = HashMap::new();
        let mut record = csv::StringRecord::new();
        loop {
            let line = csv.position().line();
            match csv.read_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                Err(e) => return Err(malformed(e, line, header.len())),
            }
            let line = record.position().map_or(line, csv::Position::line);
            let label = columns.label(line, &record, terminology)?;
            if let Some(first) = seen.insert(label.path.clone(), line) {
                return Err(LabelError::DuplicatePath { line, first });
            }
            rows.push(label);
        }
        let name = |at: &usize| header[*at].trim().to_owned();
        let columns = columns.further.iter().map(name).collect();
        Ok(Labels { columns, rows })
    }

    /// Position of a further column.
    pub fn column(&self, name: &str) -> Result<usize, LabelError> {
        let at = self.columns.iter().position(|c| c == name);
        at.ok_or_else(|| LabelError::NoSuchColumn(name.to_owned()))
    }

    /// The labels by path, to find that of a file.
    pub fn index(&self) -> LabelIndex<'_> {
        let rows = self.rows.iter().rev();
        LabelIndex(rows.map(|row| (row.path.trim_start_matches("./"), row)).collect())
    }

    /// Finds the prediction for every label: by the same path, or by the one path that ends with the label's.
    ///
    /// Predictions without a label are left out.
    pub fn cases<'a>(&'a self, predictions: &'a [Prediction]) -> Result<Vec<Case<'a>>, LabelError> {
        if self.rows.is_empty() {
            return Err(LabelError::Empty);
        }
        let paths = Paths::of(predictions);
        let mut labelled: HashMap<&str, u64> = HashMap::new();
        let case = |label: &'a Label| {
            let prediction = paths.find(label)?;
            let line = label.line;
            match labelled.insert(&prediction.path, line) {
                Some(first) => Err(LabelError::DuplicatePath { line, first }),
                None => Ok(Case { label, prediction }),
            }
        };
        self.rows.iter().map(case).collect()
    }
}

/// Labels by path.
#[derive(Debug)]
pub struct LabelIndex<'a>(HashMap<&'a str, &'a Label>);

impl<'a> LabelIndex<'a> {
    /// The label of a file: that with its path, or with the longest ending of its path that begins after a `/`.
    pub fn find(&self, path: &str) -> Option<&'a Label> {
        let endings = path.match_indices('/').map(|(at, _)| &path[at + 1..]);
        let mut endings = std::iter::once(path.trim_start_matches("./")).chain(endings);
        endings.find_map(|ending| self.0.get(ending).copied())
    }
}

/// Predictions by path; reversed, so that those with one ending lie side by side.
struct Paths<'a>(BTreeMap<String, Vec<&'a Prediction>>);

fn backwards(path: &str) -> String {
    path.chars().rev().collect()
}

impl<'a> Paths<'a> {
    fn of(predictions: &'a [Prediction]) -> Self {
        let mut paths: BTreeMap<String, Vec<&Prediction>> = BTreeMap::new();
        for prediction in predictions {
            paths.entry(backwards(&prediction.path)).or_default().push(prediction);
        }
        Paths(paths)
    }

    fn find(&self, label: &Label) -> Result<&'a Prediction, LabelError> {
        let key = backwards(label.path.trim_start_matches("./"));
        let found: Vec<&Prediction> = match self.0.get(&backwards(&label.path)) {
            Some(same) => same.clone(),
            None => {
                let ending = key.clone() + "/";
                let after = self.0.range(ending.clone()..);
                let same = after.take_while(|(path, _)| path.starts_with(&ending));
                let exact = self.0.get(&key).into_iter().flatten();
                exact.chain(same.flat_map(|(_, p)| p)).copied().take(2).collect()
            }
        };
        match found[..] {
            [one] => Ok(one),
            [] => Err(LabelError::NoResult(label.line)),
            _ => Err(LabelError::SeveralResults(label.line)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEST: &str = "816094009";
    const KNEE: &str = "72696002";

    fn read(text: &str) -> Result<Labels, String> {
        Labels::read(text.as_bytes(), Terminology::builtin()).map_err(|e| e.to_string())
    }

    #[test]
    fn further_columns_are_kept_and_an_empty_visible_is_unknown() {
        let text = format!("group,path,examined,visible\nreal,a.dcm,{CHEST},{CHEST}|{KNEE}\nmade,b.dcm,{KNEE},\n");
        let labels = read(&text).unwrap();
        assert_eq!(labels.columns, ["group"]);
        assert_eq!(labels.rows[0].visible.as_ref().unwrap().len(), 2);
        assert_eq!((labels.rows[1].visible.as_ref(), labels.rows[1].line), (None, 3));
        assert_eq!(labels.rows[1].further, ["made"]);
        assert!(labels.column("site").is_err());
    }

    #[test]
    fn every_mistake_names_its_line() {
        let check = |rows: &str, expect: &str| {
            let text = format!("path,examined,visible\n{rows}");
            assert_eq!(read(&text).unwrap_err(), expect, "{rows}");
        };
        check(
            "a,816094008,\n",
            "labels, line 2: \"816094008\" in examined is none of the 36 concepts",
        );
        check(
            "a,816094009,64234005\n",
            "labels, line 2: \"64234005\" in visible is none of the 36 concepts",
        );
        check(
            "a,816094009,\na,72696002,\n",
            "labels, line 3: the path of line 2 again",
        );
        check("a,,\n", "labels, line 2: nothing in examined");
        check(",816094009,\n", "labels, line 2: the path is empty");
        check("a,816094009\n", "labels, line 2: not a CSV line of 3 cells");
        assert_eq!(
            read("path,examined\na,1\n").unwrap_err(),
            "labels: no column \"visible\" in the first line"
        );
    }

    #[test]
    fn a_label_finds_its_image_by_path_or_by_the_end_of_it() {
        let predictions: Vec<Prediction> = ["/out/s1/a.dcm", "/out/s2/a.dcm", "/out/s2/ba.dcm", "c.png"]
            .map(Prediction::without_answer)
            .into();
        let find = |path: &str| {
            let labels = read(&format!("path,examined,visible\n{path},{CHEST},\n")).unwrap();
            let found = labels.cases(&predictions).map(|c| c[0].prediction.path.clone());
            found.map_err(|e| e.to_string())
        };
        assert_eq!(find("s1/a.dcm").unwrap(), "/out/s1/a.dcm");
        assert_eq!(find("./c.png").unwrap(), "c.png");
        assert_eq!(find("ba.dcm").unwrap(), "/out/s2/ba.dcm");
        assert_eq!(
            find("a.dcm").unwrap_err(),
            "labels, line 2: several results for this path"
        );
        assert_eq!(find("d.dcm").unwrap_err(), "labels, line 2: no result for this path");
        assert_eq!(
            find(&format!("s1/a.dcm,{CHEST},\n/out/s1/a.dcm")).unwrap_err(),
            "labels, line 3: the path of line 2 again"
        );
    }

    #[test]
    fn a_file_finds_its_label_by_the_longest_ending() {
        let rows = format!("a.dcm,{CHEST},\n./s1/a.dcm,{KNEE},\n/out/b.dcm,{KNEE},\n");
        let labels = read(&format!("path,examined,visible\n{rows}")).unwrap();
        let index = labels.index();
        let line = |path: &str| index.find(path).map(|label| label.line);
        assert_eq!(line("/in/s1/a.dcm"), Some(3));
        assert_eq!(line("s1/a.dcm"), Some(3));
        assert_eq!(line("./a.dcm"), Some(2));
        assert_eq!(line("/in/s2/a.dcm"), Some(2));
        assert_eq!(line("/out/b.dcm"), Some(4));
        assert_eq!((line("/in/ba.dcm"), line("b.dcm")), (None, None));
    }
}
