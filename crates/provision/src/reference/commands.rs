//! `docs/commands.md`, from clap.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command};

use super::{anchor, keep_current, row};
use crate::cli;

const HEAD: &str = "\
<!-- Made by `scripts/update-docs` from crates/provision/src/cli.rs: change that. -->
# Commands

What a command prints for `--help`, for all of them. How they work together is told in
[the command line](cli.md) and [values](values.md).

";

#[test]
fn the_reference_of_the_commands_is_current() {
    keep_current("commands.md", &page());
}

fn page() -> String {
    let mut root = cli::command().disable_help_subcommand(true).disable_version_flag(true);
    // the headings keep their order; the last words of clap are those of every page
    root.build();
    let mut page = HEAD.to_owned();
    let commands: Vec<&Command> = visible(&root).collect();
    page += &row(&["command", "does"]);
    page += &row(&["---", "---"]);
    page += &row(&["[`provision`](#provision)", &about(&root)]);
    for command in &commands {
        let heading = heading(command);
        let link = format!("[`{}`](#{})", command.get_name(), anchor(&heading));
        page += &row(&[&link, &about(command)]);
    }
    page += "\n## Options of every command\n\n";
    let global: Vec<&Arg> = root.get_arguments().filter(|arg| arg.is_global_set()).collect();
    page += &arguments(&global);
    for command in std::iter::once(&root).chain(commands) {
        page += &section(command);
    }
    page
}

fn visible(root: &Command) -> impl Iterator<Item = &Command> {
    root.get_subcommands().filter(|command| !command.is_hide_set())
}

fn heading(command: &Command) -> String {
    command.get_bin_name().unwrap_or(command.get_name()).to_owned()
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn section(command: &Command) -> String {
    let mut text = format!("\n## {}\n\n", heading(command));
    let about = command.get_long_about().map(ToString::to_string);
    let _ = writeln!(text, "{}\n", about.unwrap_or_else(|| self::about(command)));
    let usage = command.clone().render_usage().to_string();
    let _ = writeln!(text, "```text\n{}\n```\n", usage.trim_start_matches("Usage: "));
    let is_own = |arg: &&Arg| !arg.is_global_set() && !arg.is_hide_set() && arg.get_id() != "help";
    let own: Vec<&Arg> = command.get_arguments().filter(is_own).collect();
    if !own.is_empty() {
        text += &arguments(&own);
        text += "\n";
    }
    if let Some(more) = command.get_after_help() {
        text += &after(&more.to_string());
    }
    text
}

/// What stands below a command's options: examples as they are, sentences as sentences
fn after(text: &str) -> String {
    let mut shown = String::new();
    for paragraph in text.trim().split("\n\n") {
        match paragraph.strip_prefix("Examples:\n") {
            Some(examples) => {
                let lines: Vec<&str> =
                    examples.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
                let _ = writeln!(shown, "```text\n{}\n```\n", lines.join("\n"));
            }
            None => {
                let _ = writeln!(shown, "{paragraph}\n");
            }
        }
    }
    shown.trim_end().to_owned() + "\n"
}

fn arguments(arguments: &[&Arg]) -> String {
    let mut table = row(&["option", ""]) + &row(&["---", "---"]);
    for arg in arguments {
        table += &row(&[&name(arg), &described(arg)]);
    }
    table
}

fn name(arg: &Arg) -> String {
    let placeholder = || {
        let names: Vec<String> =
            arg.get_value_names().unwrap_or_default().iter().map(ToString::to_string).collect();
        names.join(" ")
    };
    let Some(long) = arg.get_long() else {
        let many = if arg.get_num_args().is_some_and(|n| n.max_values() > 1) { "..." } else { "" };
        return format!("`{}{many}`", placeholder());
    };
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let value = match takes_value {
        true if arg.is_require_equals_set() => format!("[={}]", placeholder()),
        true => format!(" {}", placeholder()),
        false => String::new(),
    };
    let short = arg.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    format!("{short}`--{long}{value}`")
}

fn described(arg: &Arg) -> String {
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    if let Some(variable) = arg.get_env() {
        let _ = write!(text, "; also `{}`", variable.to_string_lossy());
    }
    if !matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
        return text;
    }
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| match value.get_help() {
            Some(help) => format!("`{}` ({help})", value.get_name()),
            None => format!("`{}`", value.get_name()),
        })
        .collect();
    if !values.is_empty() {
        let _ = write!(text, ": {}", values.join(", "));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|d| d.to_string_lossy()).collect();
    if !defaults.is_empty() {
        let _ = write!(text, "; by default `{}`", defaults.join(" "));
    }
    text
}
