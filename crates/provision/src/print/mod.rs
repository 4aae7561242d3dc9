//! What is printed, and where: data to stdout, everything else to stderr.

pub(crate) mod document;
mod insight;
mod place;
pub(crate) mod progress;
mod text;
mod values;
mod wrap;

use std::borrow::Cow;
use std::io::Write;

use anstream::ColorChoice;
use provision_core::show::Line;

use crate::cli::Output;
use crate::exit::Exit;
use crate::failure::Failure;

pub(crate) use place::{commands_lead_to, led};
pub(crate) use text::{paint, title};

/// Where and how a command prints
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    output: Output,
}

/// Has reports of a manifest broken between words alone, names with dashes in one piece
pub(crate) fn reports_in_words() {
    // it fails where one is set already, and nobody else sets one
    let _ = miette::set_hook(Box::new(|_| Box::new(report_handler())));
}

fn report_handler() -> miette::MietteHandler {
    miette::MietteHandlerOpts::new()
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .build()
}

impl Printer {
    /// Returns the printer for `--output`
    pub(crate) fn new(output: Output) -> Self {
        Self { output }
    }

    /// Switches colour off everywhere
    pub(crate) fn without_colour(self) -> Self {
        ColorChoice::Never.write_global();
        self
    }

    /// Prints lines to stdout where people read it, nothing where JSON is wanted
    pub(crate) fn lines(self, lines: &[Line]) -> Result<(), Failure> {
        match self.output {
            Output::Text => self.stdout(&paint(lines, wrap::width(&std::io::stdout()))),
            Output::Json | Output::Sarif => Ok(()),
        }
    }

    /// Prints text to stdout where people read it, nothing where JSON is wanted
    pub(crate) fn text(self, text: &str) -> Result<(), Failure> {
        match self.output {
            Output::Text => self.stdout(text),
            Output::Json | Output::Sarif => Ok(()),
        }
    }

    /// Prints text to stdout, whatever the format
    pub(crate) fn stdout(self, text: &str) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(unwritten)
    }

    /// Returns whether people read what is printed
    pub(crate) fn is_for_people(self) -> bool {
        self.output == Output::Text
    }

    /// Prints text to stderr where people read the output, nothing where a program does
    pub(crate) fn stderr_for_people(self, text: &str) {
        if self.is_for_people() {
            self.stderr(text);
        }
    }

    /// Prints text for people to stderr
    pub(crate) fn stderr(self, text: &str) {
        let mut out = anstream::stderr().lock();
        let text = hints_led(text);
        // there is nobody left to tell where stderr is closed
        let _ = out.write_all(for_stderr(&text).as_bytes());
    }

    /// Prints the document to stdout where JSON is wanted
    pub(crate) fn json(self, document: &impl serde::Serialize) -> Result<(), Failure> {
        match self.output {
            Output::Text | Output::Sarif => Ok(()),
            Output::Json => self.document(document),
        }
    }

    /// Prints the document to stdout where SARIF is wanted
    pub(crate) fn sarif(self, document: &impl serde::Serialize) -> Result<(), Failure> {
        match self.output {
            Output::Text | Output::Json => Ok(()),
            Output::Sarif => self.document(document),
        }
    }

    fn document(self, document: &impl serde::Serialize) -> Result<(), Failure> {
        let mut text = serde_json::to_string_pretty(document).map_err(|error| {
            Failure::new(Exit::Error, "json", format!("cannot print JSON: {error}"))
        })?;
        text.push('\n');
        self.stdout(&text)
    }

    /// Writes values to stdout as they are, past everything that would look at them
    pub(crate) fn secret(self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush()).map_err(unwritten)
    }

    /// Writes a document with a value in it to stdout, whatever the format
    pub(crate) fn secret_json(self, document: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(document).map_err(|_| {
            Failure::new(Exit::Error, "json", "the value cannot be printed as JSON")
        })?;
        let text = zeroize::Zeroizing::new(text + "\n");
        self.secret(text.as_bytes())
    }

    /// Prints a failure: as text to stderr, and as JSON to stdout where JSON is wanted
    pub(crate) fn failure(self, failure: &Failure) {
        if failure.exit == Exit::Unread {
            return;
        }
        match self.output {
            Output::Text | Output::Sarif => self.stderr(&failure.text()),
            Output::Json => {
                let document = document::Failed { error: failure.document(), plan: None };
                if self.json(&document).is_err() {
                    self.stderr(&failure.text());
                }
            }
        }
    }

    /// Prints a failure with the plan that it is about, and returns its exit code
    pub(crate) fn failure_of(self, failure: &Failure, plan: document::PlanDocument<'_>) -> Exit {
        if self.output == Output::Json {
            let document = document::Failed { error: failure.document(), plan: Some(plan) };
            if self.json(&document).is_ok() {
                return failure.exit;
            }
        }
        self.stderr(&failure.text());
        failure.exit
    }

    /// Prints what became of changes: once they are made, a closed stdout is no failure of theirs
    pub(crate) fn outcome(self, lines: &[Line], document: &impl serde::Serialize) {
        let printed = self.lines(lines).and_then(|()| self.json(document));
        if let Err(failure) = printed {
            self.stderr(&paint(lines, wrap::width(&std::io::stderr())));
            self.failure(&failure);
        }
    }
}

/// The text with the place of this run in the commands of its hints
fn hints_led(text: &str) -> String {
    let line = |line: &str| match line.starts_with("hint: ") {
        true => led(line).into_owned(),
        false => line.to_owned(),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Returns the text as it is written to stderr: at a terminal, messages are broken between words
pub(crate) fn for_stderr(text: &str) -> Cow<'_, str> {
    match wrap::width(&std::io::stderr()) {
        Some(width) => Cow::Owned(messages(text, width)),
        None => Cow::Borrowed(text),
    }
}

/// The text with its messages broken between words; what else is in it has lines of its own
fn messages(text: &str, width: usize) -> String {
    let is_message =
        |line: &str| ["error: ", "warning: ", "hint: "].iter().any(|label| line.starts_with(label));
    let line = |line: &str| match is_message(line) {
        true => wrap::wrapped(line, 0, width).join("\n"),
        false => line.to_owned(),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn unwritten(error: std::io::Error) -> Failure {
    let exit = match error.kind() {
        std::io::ErrorKind::BrokenPipe => Exit::Unread,
        _ => Exit::Error,
    };
    Failure::new(exit, "stdout", format!("cannot write to stdout: {error}"))
}
