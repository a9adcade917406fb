//! `labels.tsv`: what each output of the two heads stands for.

use bodysite_core::{Concept, Sctid};
use bodysite_terminology::Terminology;

/// The columns, in order.
const COLUMNS: [&str; 6] = ["index", "head", "sctid", "key", "support", "note"];

/// The key of the last examined output: no radiograph of the 36.
const REJECT: &str = "reject";

/// What images of a label the model was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Support {
    /// Radiographs.
    Real,
    /// Rendered images only.
    Synthetic,
    /// None: the output means nothing and is never an answer.
    None,
}

/// One output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The concept it stands for.
    pub concept: Concept,
    /// Two-letter key.
    pub key: String,
    /// What it was trained on.
    pub support: Support,
    /// Free text.
    pub note: String,
}

/// The outputs of both heads, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Examined outputs without the last, which is the reject output.
    pub examined: Vec<Label>,
    /// Visible outputs.
    pub visible: Vec<Label>,
}

/// Why `labels.tsv` is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelsError {
    /// The header line is another one.
    #[error("labels.tsv: the columns must be {}", COLUMNS.join(", "))]
    Columns,
    /// A row has more or fewer cells than columns.
    #[error("labels.tsv, row {row}: {cells} cells")]
    Cells {
        /// Line number, counting from 1.
        row: usize,
        /// Cells found.
        cells: usize,
    },
    /// A cell is wrong.
    #[error("labels.tsv, row {row}, column {column}: {value:?} {problem}")]
    Cell {
        /// Line number, counting from 1.
        row: usize,
        /// Column name.
        column: &'static str,
        /// The cell.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A head has no outputs, or the examined head does not end with the reject output.
    #[error("labels.tsv: the {0} head is incomplete")]
    Incomplete(&'static str),
}

impl Labels {
    /// Reads the file against the concept set.
    pub fn read(text: &str, terminology: &Terminology) -> Result<Labels, LabelsError> {
        let mut lines = text.lines().enumerate().map(|(i, line)| (i + 1, line));
        if lines.next().is_none_or(|(_, line)| line.split('\t').ne(COLUMNS)) {
            return Err(LabelsError::Columns);
        }
        let mut labels = Labels {
            examined: Vec::new(),
            visible: Vec::new(),
        };
        let mut rejected = false;
        for (row, line) in lines {
            let row = Row::split(row, line)?;
            rejected = labels.add(&row, rejected, terminology)?;
        }
        match (rejected, labels.examined.is_empty(), labels.visible.is_empty()) {
            (true, false, false) => Ok(labels),
            (true, false, true) => Err(LabelsError::Incomplete("visible")),
            _ => Err(LabelsError::Incomplete("examined")),
        }
    }

    /// The file's text.
    pub fn write(&self) -> String {
        let mut text = COLUMNS.join("\t") + "\n";
        for (head, labels) in [("examined", &self.examined), ("visible", &self.visible)] {
            for (i, label) in labels.iter().enumerate() {
                let support = label.support.word();
                let (code, key, note) = (label.concept.code, &label.key, &label.note);
                text += &format!("{i}\t{head}\t{code}\t{key}\t{support}\t{note}\n");
            }
            if head == "examined" {
                text += &format!("{}\t{head}\t\t{REJECT}\treal\tno radiograph of the 36\n", labels.len());
            }
        }
        text
    }

    /// Adds a row; says whether the reject output has been seen.
    fn add(&mut self, row: &Row<'_>, rejected: bool, terminology: &Terminology) -> Result<bool, LabelsError> {
        let examined = match row.get(1) {
            "examined" if !rejected => true,
            "examined" => return Err(row.wrong(1, "comes after the reject output")),
            "visible" => false,
            _ => return Err(row.wrong(1, "is neither examined nor visible")),
        };
        let into = if examined {
            &mut self.examined
        } else {
            &mut self.visible
        };
        if row.get(0).parse() != Ok(into.len()) {
            return Err(row.wrong(0, "is not the next index of its head"));
        }
        if examined && row.get(3) == REJECT {
            return Ok(true);
        }
        let label = row.label(terminology)?;
        if into.iter().any(|l| l.concept.code == label.concept.code) {
            return Err(row.wrong(2, "is already an output of this head"));
        }
        into.push(label);
        Ok(rejected)
    }
}

impl Support {
    fn word(self) -> &'static str {
        match self {
            Support::Real => "real",
            Support::Synthetic => "synthetic",
            Support::None => "none",
        }
    }
}

struct Row<'a> {
    line: usize,
    cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    fn split(line: usize, text: &'a str) -> Result<Self, LabelsError> {
        let cells: Vec<_> = text.split('\t').collect();
        if cells.len() != COLUMNS.len() {
            let cells = cells.len();
            return Err(LabelsError::Cells { row: line, cells });
        }
        Ok(Row { line, cells })
    }

    fn get(&self, column: usize) -> &'a str {
        self.cells[column]
    }

    fn wrong(&self, column: usize, problem: &'static str) -> LabelsError {
        LabelsError::Cell {
            row: self.line,
            column: COLUMNS[column],
            value: self.cells[column].to_owned(),
            problem,
        }
    }

    fn label(&self, terminology: &Terminology) -> Result<Label, LabelsError> {
        let sctid: Sctid = self
            .get(2)
            .parse()
            .map_err(|_| self.wrong(2, "is no SNOMED CT identifier"))?;
        let target = terminology
            .target(sctid)
            .ok_or_else(|| self.wrong(2, "is not one of the 36 targets"))?;
        if target.key != self.get(3) {
            return Err(self.wrong(3, "is not the key of this concept"));
        }
        let support = match self.get(4) {
            "real" => Support::Real,
            "synthetic" => Support::Synthetic,
            "none" => Support::None,
            _ => return Err(self.wrong(4, "is neither real nor synthetic nor none")),
        };
        Ok(Label {
            concept: target.concept.clone(),
            key: target.key.clone(),
            support,
            note: self.get(5).to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "index\thead\tsctid\tkey\tsupport\tnote\n\
        0\texamined\t816094009\tCH\treal\t\n\
        1\texamined\t72696002\tKN\tsynthetic\tfew\n\
        2\texamined\t\treject\treal\tno radiograph of the 36\n\
        0\tvisible\t72696002\tKN\tnone\t\n";

    fn read(text: &str) -> Result<Labels, LabelsError> {
        Labels::read(text, Terminology::builtin())
    }

    /// The problem that one changed piece of text leads to.
    fn problem(from: &str, to: &str) -> String {
        read(&GOOD.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn labels_are_read_and_written_alike() {
        let labels = read(GOOD).unwrap();
        assert_eq!(labels.examined.len(), 2);
        assert_eq!(labels.visible[0].support, Support::None);
        assert_eq!(labels.write(), GOOD);
    }

    #[test]
    fn an_unknown_label_is_refused_by_name() {
        assert!(problem("72696002", "72696003").contains("\"72696003\" is no SNOMED CT identifier"));
        assert!(problem("72696002", "64234005").contains("\"64234005\" is not one of the 36"));
        assert!(problem("\tKN", "\tEL").contains("\"EL\" is not the key"));
        assert!(problem("synthetic", "some").contains("column support: \"some\""));
        assert!(problem("examined", "eximaned").contains("column head: \"eximaned\""));
        assert!(problem("1\texamined", "2\texamined").contains("is not the next index"));
        assert!(problem("72696002\tKN\tsynthetic", "816094009\tCH\treal").contains("already an output"));
        assert!(problem("support", "trained on").contains("columns must be"));
        assert!(problem("real\t\n", "real\n").contains("row 2: 5 cells"));
    }

    #[test]
    fn a_head_without_outputs_is_refused() {
        let lines: Vec<_> = GOOD.lines().collect();
        assert_eq!(read(&lines[..3].join("\n")), Err(LabelsError::Incomplete("examined")));
        assert_eq!(read(&lines[..4].join("\n")), Err(LabelsError::Incomplete("visible")));
    }
}
