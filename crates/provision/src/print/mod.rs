//! What is printed, and where: data to stdout, everything else to stderr.

pub(crate) mod document;
pub(crate) mod progress;
mod text;

use std::io::Write;

use anstream::ColorChoice;
use provision_core::show::Line;

use crate::cli::Output;
use crate::exit::Exit;
use crate::failure::Failure;

pub(crate) use text::paint;

/// Where and how a command prints
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    output: Output,
}

impl Printer {
    /// Returns the printer for `--output`, with colour switched off everywhere by `--no-color`
    pub(crate) fn new(output: Output, no_color: bool) -> Self {
        if no_color {
            ColorChoice::Never.write_global();
        }
        Self { output }
    }

    /// Prints lines to stdout where people read it, nothing where JSON is wanted
    pub(crate) fn lines(self, lines: &[Line]) -> Result<(), Failure> {
        match self.output {
            Output::Text => self.stdout(&paint(lines)),
            Output::Json => Ok(()),
        }
    }

    /// Prints text to stdout, whatever the format
    pub(crate) fn stdout(self, text: &str) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| {
            Failure::new(Exit::Error, "stdout", format!("cannot write to stdout: {error}"))
        })
    }

    /// Prints text for people to stderr
    pub(crate) fn stderr(self, text: &str) {
        let mut out = anstream::stderr().lock();
        // there is nobody left to tell where stderr is closed
        let _ = out.write_all(text.as_bytes());
    }

    /// Prints the document to stdout where JSON is wanted
    pub(crate) fn json(self, document: &impl serde::Serialize) -> Result<(), Failure> {
        match self.output {
            Output::Text => Ok(()),
            Output::Json => {
                let mut text = serde_json::to_string_pretty(document).map_err(|error| {
                    Failure::new(Exit::Error, "json", format!("cannot print JSON: {error}"))
                })?;
                text.push('\n');
                self.stdout(&text)
            }
        }
    }

    /// Prints a failure: as text to stderr, and as JSON to stdout where JSON is wanted
    pub(crate) fn failure(self, failure: &Failure) {
        match self.output {
            Output::Text => self.stderr(&failure.text()),
            Output::Json => {
                let document = document::Failed { error: failure.document() };
                if self.json(&document).is_err() {
                    self.stderr(&failure.text());
                }
            }
        }
    }
}
