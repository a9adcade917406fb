//! The course of training as one self-contained page: counts, loss and accuracy after each pass.

use std::fmt::Write;

use super::event::{Event, Stage};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
const MARGIN: f64 = 40.0;

/// What happened so far.
#[derive(Debug, Clone, Default)]
pub struct Log {
    features: (usize, usize),
    notes: Vec<String>,
    runs: Vec<Run>,
}

/// One fit.
#[derive(Debug, Clone)]
struct Run {
    stage: Stage,
    decay: f32,
    epochs: Vec<Epoch>,
}

#[derive(Debug, Clone, Copy)]
struct Epoch {
    loss: f64,
    validation_loss: f64,
    accuracy: f64,
}

impl Log {
    /// Adds an event.
    pub fn note(&mut self, event: &Event) {
        match event {
            Event::Features { done, total } => self.features = (*done, *total),
            Event::Data(counts) => self.notes.push(format!(
                "{} images to learn from, {} to tune, {} kept back; {} patients or studies. Not used: {} unreadable, \
                 {} unsuitable, {} with a label that is no output.",
                counts.train,
                counts.validation,
                counts.test,
                counts.groups,
                counts.unreadable,
                counts.unsuitable,
                counts.without_output
            )),
            Event::Questioned { round, suspected, of } => {
                self.notes
                    .push(format!("Round {round}: {suspected} of {of} labels are probably wrong."));
            }
            Event::Epoch {
                stage,
                decay,
                epoch,
                loss,
                validation_loss,
                validation_accuracy,
            } => {
                let epoch_figures = Epoch {
                    loss: f64::from(*loss),
                    validation_loss: *validation_loss,
                    accuracy: *validation_accuracy,
                };
                self.epoch(*stage, *decay, *epoch, epoch_figures);
            }
        }
    }

    fn epoch(&mut self, stage: Stage, decay: f32, epoch: usize, figures: Epoch) {
        if epoch == 1 {
            let epochs = Vec::new();
            self.runs.push(Run { stage, decay, epochs });
        }
        if let Some(run) = self.runs.last_mut() {
            run.epochs.push(figures);
        }
    }

    /// The page.
    pub fn html(&self, title: &str) -> String {
        let title = title.replace('&', "&amp;").replace('<', "&lt;");
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>\
             body{{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}}\
             text{{font:12px system-ui,sans-serif}}polyline{{fill:none;stroke-width:2}}</style>\n<h1>{title}</h1>\n"
        );
        let (done, total) = self.features;
        let _ = writeln!(page, "<p>Features of {done} of {total} images are at hand.</p>");
        for note in &self.notes {
            let _ = writeln!(page, "<p>{note}</p>");
        }
        self.runs.iter().for_each(|run| page.push_str(&run.html()));
        page + "</html>\n"
    }
}

impl Run {
    fn html(&self) -> String {
        let head = match self.stage {
            Stage::Examined => "Examined head",
            Stage::Visible => "Visible head",
            Stage::Blocks => "Last blocks",
        };
        let last = self.epochs.last().copied();
        let (loss, accuracy) = last.map_or((0.0, 0.0), |e| (e.validation_loss, e.accuracy));
        let (n, decay) = (self.epochs.len(), self.decay);
        format!(
            "<h2>{head}, draw {decay}</h2>\n<p>After {n} passes: validation loss {loss:.4}, accuracy \
             {accuracy:.4}.</p>\n{}",
            self.plot()
        )
    }

    /// Losses on the left scale, accuracy between 0 and 1 on the right one.
    fn plot(&self) -> String {
        let highest = self
            .epochs
            .iter()
            .fold(1e-9, |most: f64, e| most.max(e.loss).max(e.validation_loss));
        let (right, bottom) = (WIDTH - MARGIN, HEIGHT - MARGIN);
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"loss and accuracy\">\n\
             <path d=\"M{MARGIN} {MARGIN}V{bottom}H{right}V{MARGIN}\" fill=\"none\" stroke=\"#999\"/>\n\
             <text x=\"2\" y=\"{MARGIN}\">{highest:.2}</text><text x=\"2\" y=\"{bottom}\">0</text>\
             <text x=\"{right}\" y=\"{MARGIN}\" dx=\"4\">1</text><text x=\"{right}\" y=\"{bottom}\" dx=\"4\">0</text>\n"
        );
        let lines = [
            ("loss", "#1f77b4", self.points(|e| e.loss / highest)),
            (
                "validation loss",
                "#d62728",
                self.points(|e| e.validation_loss / highest),
            ),
            ("validation accuracy", "#2ca02c", self.points(|e| e.accuracy)),
        ];
        for (i, (name, colour, points)) in lines.into_iter().enumerate() {
            let x = MARGIN + 150.0 * i as f64;
            let _ = writeln!(
                svg,
                "<polyline points=\"{points}\" stroke=\"{colour}\"/>\
                 <text x=\"{x}\" y=\"{}\" fill=\"{colour}\">{name}</text>",
                HEIGHT - 10.0
            );
        }
        svg + "</svg>\n"
    }

    fn points(&self, value: impl Fn(&Epoch) -> f64) -> String {
        let steps = (self.epochs.len().max(2) - 1) as f64;
        let point = |(i, e): (usize, &Epoch)| {
            let x = MARGIN + (WIDTH - 2.0 * MARGIN) * i as f64 / steps;
            let y = HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * value(e);
            format!("{x:.1},{y:.1}")
        };
        self.epochs.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_each_pass_and_needs_nothing_else() {
        let mut log = Log::default();
        log.note(&Event::Features { done: 3, total: 4 });
        for epoch in 1..=3 {
            log.note(&Event::Epoch {
                stage: Stage::Examined,
                decay: 0.01,
                epoch,
                loss: 1.0 / epoch as f32,
                validation_loss: 2.0,
                validation_accuracy: 0.75,
            });
        }
        let page = log.html("a < b");
        assert!(page.contains("<h1>a &lt; b</h1>") && page.contains("Features of 3 of 4"));
        assert!(page.contains("After 3 passes: validation loss 2.0000, accuracy 0.7500."));
        assert!(page.contains("points=\"40.0,110.0 320.0,145.0 600.0,156.7\""), "{page}");
        assert!(!page.contains("http"));
    }
}
