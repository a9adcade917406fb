//! The mesh folder's tables: `parts.csv` and `joints.csv`.

use super::vector::{V3, v3};

/// One line of `parts.csv`, as far as it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRow {
    /// Mesh file.
    pub file: String,
    /// Group.
    pub group: String,
    /// `L`, `R` or empty.
    pub side: String,
}

/// One line of `joints.csv`: one degree of freedom.
#[derive(Debug, Clone, PartialEq)]
pub struct JointRow {
    /// Name of the joint.
    pub name: String,
    /// Degree of freedom.
    pub dof: u8,
    /// Parts that stay, separated by `|`.
    pub parent: String,
    /// Parts that move, separated by `|`.
    pub children: String,
    /// Point of the axis.
    pub pivot: V3,
    /// Direction of the axis.
    pub axis: V3,
    /// Lowest and highest angle in degrees.
    pub range: (f32, f32),
}

/// Why a table was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableError {
    /// A column is missing.
    #[error("no column {0}")]
    Column(&'static str),
    /// A field cannot be read.
    #[error("line {line}: {column} is not a number")]
    Number {
        /// Line, counted from 1.
        line: usize,
        /// Column.
        column: &'static str,
    },
    /// A line is shorter than the heading.
    #[error("line {0} has too few fields")]
    Short(usize),
}

/// Splits a line at commas outside quotes.
fn fields(line: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(String::new()),
            _ => {
                if let Some(last) = out.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    out
}

struct Table {
    heading: Vec<String>,
    rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    fn read(text: &str) -> Self {
        let mut lines = text.lines().enumerate();
        let heading = lines.next().map(|(_, l)| fields(l)).unwrap_or_default();
        let rows = lines
            .filter(|(_, l)| !l.trim().is_empty())
            .map(|(i, l)| (i + 1, fields(l)))
            .collect();
        Self { heading, rows }
    }

    fn column(&self, name: &'static str) -> Result<usize, TableError> {
        self.heading
            .iter()
            .position(|h| h == name)
            .ok_or(TableError::Column(name))
    }
}

fn text(row: &(usize, Vec<String>), column: usize) -> Result<String, TableError> {
    row.1.get(column).cloned().ok_or(TableError::Short(row.0))
}

fn number(table: &Table, row: &(usize, Vec<String>), column: &'static str) -> Result<f32, TableError> {
    let value = text(row, table.column(column)?)?
        .trim()
        .parse::<f32>()
        .ok()
        .filter(|v| v.is_finite());
    value.ok_or(TableError::Number { line: row.0, column })
}

/// Reads `parts.csv`.
pub fn read_parts(source: &str) -> Result<Vec<PartRow>, TableError> {
    let table = Table::read(source);
    let (file, group, side) = (table.column("file")?, table.column("group")?, table.column("side")?);
    table
        .rows
        .iter()
        .map(|r| {
            Ok(PartRow {
                file: text(r, file)?,
                group: text(r, group)?,
                side: text(r, side)?,
            })
        })
        .collect()
}

/// Reads `joints.csv`.
pub fn read_joints(source: &str) -> Result<Vec<JointRow>, TableError> {
    let t = Table::read(source);
    let (name, parent, children) = (t.column("joint")?, t.column("parent")?, t.column("child")?);
    t.rows
        .iter()
        .map(|r| {
            Ok(JointRow {
                name: text(r, name)?,
                dof: number(&t, r, "dof")? as u8,
                parent: text(r, parent)?,
                children: text(r, children)?,
                pivot: v3(
                    number(&t, r, "pivot_x")?,
                    number(&t, r, "pivot_y")?,
                    number(&t, r, "pivot_z")?,
                ),
                axis: v3(
                    number(&t, r, "axis_x")?,
                    number(&t, r, "axis_y")?,
                    number(&t, r, "axis_z")?,
                )
                .unit(),
                range: (number(&t, r, "min_deg")?, number(&t, r, "max_deg")?),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joint_line_is_read_and_a_wrong_number_is_named() {
        let head = "joint,dof,parent,child,pivot_x,pivot_y,pivot_z,motion,axis_x,axis_y,axis_z,min_deg,max_deg,note\n";
        let line = "knee_r,1,group:femur_r,group:tibia_r|a/b.ply,-73,-70,391,\"flex, plus\",2,0,0,0,140,x\n";
        let rows = read_joints(&format!("{head}{line}")).unwrap();
        assert_eq!(rows[0].children, "group:tibia_r|a/b.ply");
        assert_eq!(rows[0].axis, v3(1.0, 0.0, 0.0));
        let wrong = read_joints(&format!("{head}{}", line.replace("391", "NaN")));
        assert_eq!(
            wrong,
            Err(TableError::Number {
                line: 2,
                column: "pivot_z"
            })
        );
        assert_eq!(read_parts("file,group\n"), Err(TableError::Column("side")));
    }
}
