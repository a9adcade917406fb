//! Small plots as inline SVG: no script, no outside file.

use std::fmt::Write;

const SIZE: f64 = 260.0;
const LEFT: f64 = 46.0;
const BOTTOM: f64 = 50.0;

/// Radius of the point that stands for all images of a line.
const POINT: f64 = 7.0;

/// Line colours that differ in lightness too, so that they can be told apart without colour.
pub(crate) const COLOURS: [&str; 4] = ["#1b4f72", "#b9770e", "#1e8449", "#922b21"];

/// One named line of a plot.
pub(crate) struct Line {
    pub name: String,
    pub points: Vec<(f64, f64)>,
    /// The share of the images that each point stands for, drawn as its area; none where points are not drawn.
    pub shares: Vec<f64>,
}

/// A square plot over `0..=1` and `0..=top`.
pub(crate) struct Plot<'a> {
    pub title: &'a str,
    pub across: &'a str,
    pub up: &'a str,
    pub top: f64,
    /// Whether to draw the line of equal values.
    pub diagonal: bool,
    pub lines: &'a [Line],
}

impl Plot<'_> {
    fn x(x: f64) -> f64 {
        LEFT + x * SIZE
    }

    fn y(&self, y: f64) -> f64 {
        10.0 + SIZE - (y / self.top).min(1.0) * SIZE
    }

    pub(crate) fn svg(&self) -> String {
        let (width, height) = (
            LEFT + SIZE + 14.0,
            10.0 + SIZE + BOTTOM + 16.0 * self.lines.len() as f64,
        );
        let mut svg = format!(
            "<svg role=\"img\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\
             <title>{}</title>",
            self.title
        );
        self.axes(&mut svg);
        for (at, line) in self.lines.iter().enumerate() {
            self.line(&mut svg, at, line);
        }
        svg + "</svg>"
    }

    fn axes(&self, svg: &mut String) {
        for tick in 0..=5 {
            let share = f64::from(tick) / 5.0;
            let (x, y) = (Self::x(share), self.y(share * self.top));
            let (left, right, low, high) = (LEFT, LEFT + SIZE, self.y(0.0), self.y(self.top));
            let _ = write!(
                svg,
                "<path class=\"grid\" d=\"M{left} {y:.1}H{right}M{x:.1} {low}V{high}\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{share:.1}</text>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{:.2}</text>",
                low + 14.0,
                left - 5.0,
                y + 4.0,
                share * self.top
            );
        }
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text transform=\"translate(11 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            LEFT + SIZE / 2.0,
            self.y(0.0) + 29.0,
            self.across,
            self.y(self.top / 2.0),
            self.up
        );
        if self.diagonal {
            let (a, b) = (self.y(0.0), self.y(1.0));
            let _ = write!(
                svg,
                "<path class=\"even\" d=\"M{} {a:.1}L{} {b:.1}\"/>",
                LEFT,
                LEFT + SIZE
            );
        }
    }

    fn line(&self, svg: &mut String, at: usize, line: &Line) {
        let colour = COLOURS[at % COLOURS.len()];
        let point = |(x, y): &(f64, f64)| format!("{:.1},{:.1}", Self::x(*x), self.y(*y));
        let points: Vec<String> = line.points.iter().map(point).collect();
        let y = 10.0 + SIZE + BOTTOM + 16.0 * at as f64 + 4.0;
        let _ = write!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" points=\"{}\"/>",
            points.join(" ")
        );
        for ((x, y), share) in line.points.iter().zip(&line.shares) {
            let (x, y, r) = (Self::x(*x), self.y(*y), (POINT * share.sqrt()).max(1.0));
            let _ = write!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\" fill=\"{colour}\"/>"
            );
        }
        let _ = write!(
            svg,
            "<path d=\"M{LEFT} {:.1}h18\" stroke=\"{colour}\" stroke-width=\"2.5\"/><text x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
            y - 4.0,
            LEFT + 24.0,
            line.name
        );
    }
}

/// A heat map: rows are reference labels, columns answers, shade the share of the row.
pub(crate) struct Heat<'a> {
    pub title: &'a str,
    pub rows: &'a [String],
    pub columns: &'a [String],
    /// `(row, column, images)`.
    pub cells: &'a [(usize, usize, usize)],
}

const CELL: f64 = 18.0;
const NAMES: f64 = 130.0;

impl Heat<'_> {
    pub(crate) fn svg(&self) -> String {
        let width = NAMES + CELL * self.columns.len() as f64 + 4.0;
        let height = NAMES + CELL * self.rows.len() as f64 + 4.0;
        let mut svg = format!(
            "<svg role=\"img\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\
             <title>{}</title>",
            self.title
        );
        for (at, name) in self.rows.iter().enumerate() {
            let y = NAMES + CELL * (at as f64 + 0.7);
            let _ = write!(
                svg,
                "<text x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{name}</text>",
                NAMES - 4.0
            );
        }
        for (at, name) in self.columns.iter().enumerate() {
            let x = NAMES + CELL * (at as f64 + 0.7);
            let _ = write!(
                svg,
                "<text transform=\"translate({x:.1} {:.1}) rotate(-90)\">{name}</text>",
                NAMES - 4.0
            );
        }
        self.grid(&mut svg);
        for cell in self.cells {
            self.cell(&mut svg, *cell);
        }
        svg + "</svg>"
    }

    /// Lines that lead the eye from a cell to its names.
    fn grid(&self, svg: &mut String) {
        let (right, low) = (
            NAMES + CELL * self.columns.len() as f64,
            NAMES + CELL * self.rows.len() as f64,
        );
        for at in 0..=self.rows.len() {
            let y = NAMES + CELL * at as f64;
            let _ = write!(svg, "<path class=\"grid\" d=\"M{NAMES} {y}H{right}\"/>");
        }
        for at in 0..=self.columns.len() {
            let x = NAMES + CELL * at as f64;
            let _ = write!(svg, "<path class=\"grid\" d=\"M{x} {NAMES}V{low}\"/>");
        }
    }

    fn cell(&self, svg: &mut String, (row, column, images): (usize, usize, usize)) {
        let of: usize = self.cells.iter().filter(|c| c.0 == row).map(|c| c.2).sum();
        let share = images as f64 / of.max(1) as f64;
        let (x, y) = (NAMES + CELL * column as f64, NAMES + CELL * row as f64);
        let colour = if row == column { COLOURS[0] } else { COLOURS[3] };
        let _ = write!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{CELL}\" height=\"{CELL}\" fill=\"{colour}\" \
             fill-opacity=\"{:.2}\"><title>{} as {}: {images}</title></rect>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" style=\"font-size:8px;fill:{}\">{images}</text>",
            0.15 + 0.85 * share,
            self.rows[row],
            self.columns[column],
            x + CELL / 2.0,
            y + CELL * 0.68,
            if share > 0.4 { "#fff" } else { "#1c2833" },
        );
    }
}
