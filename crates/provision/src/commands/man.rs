//! `man`: writes the manual pages, one for each command.

use std::io;
use std::path::Path;

use clap_mangen::Man;

use crate::cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output_file;
use crate::print::Printer;

/// What the generator calls the section for what stands behind a command's options
const EXTRA: &str = ".SH EXTRA\n";
const SYNOPSIS: &str = ".SH SYNOPSIS\n";
const EXAMPLES: &str = "Examples:\n";

pub(crate) fn run(printer: Printer, folder: &Path) -> Result<Exit, Failure> {
    write(folder).map_err(|error| {
        let message = format!("cannot write to `{}`: {error}", folder.display());
        Failure::new(Exit::Error, "file", message)
    })?;
    printer.stderr(&format!("wrote the manual pages to {}\n", folder.display()));
    Ok(Exit::Done)
}

fn write(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, page) in pages()? {
        output_file::replace(&folder.join(name), &page)?;
    }
    Ok(())
}

/// Returns each page with the name of its file
fn pages() -> io::Result<Vec<(String, String)>> {
    let mut root = cli::command().disable_help_subcommand(true);
    root.build();
    let commands = std::iter::once(&root).chain(root.get_subcommands());
    commands
        .map(|command| {
            let man = Man::new(command.clone());
            let mut page = Vec::new();
            man.render(&mut page)?;
            let page = String::from_utf8(page).map_err(io::Error::other)?;
            Ok((man.get_filename(), with_examples(&with_values(&page, command))))
        })
        .collect()
}

/// The page with what options take behind them in its synopsis
fn with_values(page: &str, command: &clap::Command) -> String {
    let Some((head, rest)) = page.split_once(SYNOPSIS) else { return page.to_owned() };
    let (synopsis, tail) = rest.split_at(rest.find("\n.SH ").unwrap_or(rest.len()));
    let mut text = synopsis.to_owned();
    for arg in command.get_opts() {
        let (Some(long), Some(names)) = (arg.get_long(), arg.get_value_names()) else { continue };
        let option = format!(r"\fB\-\-{}\fR]", long.replace('-', r"\-"));
        let value = names.join(" ");
        let taken = match arg.is_require_equals_set() {
            true => format!(r"[=\fI{value}\fR]"),
            false => format!(r" \fI{value}\fR"),
        };
        text = text.replace(&option, &format!("{}{taken}]", option.trim_end_matches(']')));
    }
    format!("{head}{SYNOPSIS}{text}{tail}")
}

/// The page with its examples in a section of their own, line by line as they are written
fn with_examples(page: &str) -> String {
    let Some((head, extra)) = page.split_once(EXTRA) else { return page.to_owned() };
    let (extra, tail) = extra.split_at(extra.find(".SH ").unwrap_or(extra.len()));
    let Some((before, behind)) = extra.split_once(EXAMPLES) else {
        return format!("{head}.SH NOTES\n{extra}{tail}");
    };
    let (examples, behind) = behind.split_once("\n\n").unwrap_or((behind, ""));
    let mut text = format!("{head}.SH EXAMPLES\n.nf\n{}\n.fi\n", examples.trim_end());
    let notes = [before.trim(), behind.trim()].into_iter().filter(|part| !part.is_empty());
    let notes = notes.collect::<Vec<_>>().join("\n.PP\n");
    if !notes.is_empty() {
        text.push_str(&format!(".SH NOTES\n{notes}\n"));
    }
    text + tail
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_its_examples_in_a_section_of_their_own() {
        let pages = pages().unwrap();
        assert_eq!(pages.len(), cli::command().get_subcommands().count() + 1);
        for (name, page) in pages {
            let (_, behind) = page.split_once(".SH EXAMPLES\n.nf\n").expect(&name);
            let (examples, rest) = behind.split_once("\n.fi\n").expect(&name);
            assert!(examples.starts_with("  provision "), "{name}: {examples}");
            assert!(!rest.contains("Examples:") && !page.contains(EXTRA), "{name}: {page}");
            assert!(rest.contains(".SH VERSION"), "{name}: {rest}");
        }
    }

    #[test]
    fn a_synopsis_names_what_options_take() {
        let pages = pages().unwrap();
        let page = |name: &str| &pages.iter().find(|(file, _)| file == name).unwrap().1;
        for (name, taken) in [
            ("provision.1", r"[\fB\-e\fR|\fB\-\-env\fR \fIENV\fR]"),
            ("provision-set.1", r"[\fB\-\-generate\fR[=\fILENGTH,CHARSET\fR]]"),
            ("provision-set.1", r"[\fB\-\-empty\fR]"),
            ("provision-plan.1", r"[\fB\-\-endpoint\-url\fR \fIURL\fR]"),
        ] {
            assert!(page(name).contains(taken), "{taken}: {}", page(name));
        }
    }

    #[test]
    fn what_stands_around_examples_is_kept() {
        let page = "a\n.SH EXTRA\nBefore.\n\nExamples:\n  x\n\nBehind.\n\nMore.\n.SH VERSION\nv\n";
        assert_eq!(
            with_examples(page),
            "a\n.SH EXAMPLES\n.nf\n  x\n.fi\n.SH NOTES\nBefore.\n.PP\nBehind.\n\nMore.\n.SH VERSION\nv\n"
        );
    }
}
