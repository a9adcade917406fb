//! Everything that is printed goes through here: broken pipes end quietly, colour only on a terminal.

use std::io::{self, IsTerminal, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::ValueEnum;

use crate::exit::{Exit, Outcome};

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

/// Runs a subcommand, prints its failure, and turns a panic into exit code 4.
pub fn catch_panics(command: impl FnOnce() -> Outcome) -> ExitCode {
    match catch_unwind(AssertUnwindSafe(command)) {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => {
            complain(&format!("bodysite: {failure}"));
            failure.exit.into()
        }
        Err(_) => {
            complain("bodysite: internal error; the state is consistent and the run can be repeated");
            Exit::Internal.into()
        }
    }
}

/// Writes to standard output. A reader that went away is no error of ours.
pub fn say(text: &str) {
    let mut out = io::stdout().lock();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Writes a line to standard error, if anybody is there to read it.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Bold on a terminal, plain elsewhere and where `NO_COLOR` is set.
pub fn bold(text: &str) -> String {
    if io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\u{1b}[1m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// Text of a hospital's file, safe to show: control characters are escaped.
pub fn safe(text: &str) -> String {
    let escape = |c: char| match c {
        c if c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c) => {
            c.escape_unicode().to_string()
        }
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn control_characters_of_a_header_do_not_reach_the_terminal() {
        assert_eq!(safe("KNEE\u{1b}[2J"), "KNEE\\u{1b}[2J");
        assert_eq!(safe("Кость 膝"), "Кость 膝");
    }
}
