//! Progress with rate on a terminal; nothing where standard error is no terminal.

use std::io::IsTerminal;
use std::time::Duration;

use bodysite_core::{Outcome, Status};
use bodysite_pipeline::Progress;
use bodysite_vision::train::Event;
use indicatif::{ProgressBar, ProgressStyle};

/// The bar of a run.
pub struct Bar {
    bar: ProgressBar,
    failed: u64,
    known: u64,
}

impl Bar {
    /// A bar on standard error; `total` where the number of files was counted.
    pub fn new(total: Option<u64>) -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        let template = match total {
            Some(total) => {
                bar.set_length(total);
                "{spinner} {pos}/{len} files [{wide_bar}] {per_sec} · {eta} left · {msg}"
            }
            None => "{spinner} {pos} files · {per_sec} · {elapsed} · {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Bar {
            bar,
            failed: 0,
            known: 0,
        }
    }

    /// Removes the bar.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn file(&mut self, outcome: &Outcome, read: bool) {
        self.failed += u64::from(outcome.status == Status::Failed);
        self.known += u64::from(!read);
        self.bar.inc(1);
        self.bar
            .set_message(format!("{} failed, {} unchanged", self.failed, self.known));
    }

    fn studies_begin(&mut self) {
        self.bar.unset_length();
        self.bar.set_position(0);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} studies · {per_sec} · {elapsed}") {
            self.bar.set_style(style);
        }
    }

    fn study(&mut self) {
        self.bar.inc(1);
    }
}

/// The bar of a training.
pub struct Steps {
    bar: ProgressBar,
}

impl Steps {
    /// A bar on standard error.
    pub fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new(0)
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) =
            ProgressStyle::with_template("{spinner} {pos}/{len} [{wide_bar}] {per_sec} · {eta} left · {msg}")
        {
            bar.set_style(style);
        }
        Steps { bar }
    }

    /// Shows an event.
    pub fn note(&mut self, event: &Event) {
        match event {
            Event::Features { done, total } => {
                self.bar.set_length(*total as u64);
                self.bar.set_position(*done as u64);
                self.bar.set_message("features");
            }
            Event::Epoch {
                epoch,
                loss,
                validation_accuracy,
                ..
            } => {
                let right = validation_accuracy * 100.0;
                self.bar
                    .set_message(format!("pass {epoch}, loss {loss:.3}, {right:.1} % right"));
            }
            _ => {}
        }
    }
}
