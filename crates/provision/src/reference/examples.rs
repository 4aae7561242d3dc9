//! Every command's help has examples, and each of them is a command line that this program takes.

use clap::{Command, CommandFactory, Parser};

use crate::cli::Cli;

/// The `max_term_width` of the command line, which would break what is wider
const WIDTH: usize = 100;

/// The examples of a command's help, each from `provision` to where its remark begins
fn examples(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let Some((_, examples)) = help.split_once("Examples:\n") else { return Vec::new() };
    examples
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .map(|line| {
            let begin = line.find("provision ").unwrap_or_else(|| panic!("what is `{line}`?"));
            let words = &line[begin..];
            let remark = words.find("  ").unwrap_or(words.len());
            let shell = words.find(" > ").unwrap_or(words.len());
            words[..remark.min(shell)].to_owned()
        })
        .collect()
}

#[test]
fn no_line_of_a_help_is_broken_by_the_terminal() {
    let root = Cli::command();
    for command in std::iter::once(&root).chain(root.get_subcommands()) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for line in help.lines() {
            assert!(line.chars().count() <= WIDTH, "`{}`: {line}", command.get_name());
        }
    }
}

#[test]
fn every_command_has_examples_that_the_program_takes() {
    let root = Cli::command();
    let commands = root.get_subcommands().filter(|command| command.get_name() != "help");
    for command in std::iter::once(&root).chain(commands) {
        let examples = examples(command);
        assert!(!examples.is_empty(), "`{}` has no examples in its help", command.get_name());
        for example in examples {
            let words = example.split_whitespace();
            if let Err(error) = Cli::try_parse_from(words.clone()) {
                panic!("`{example}`: {error}");
            }
            let mut words = words;
            let is_about_it = words.any(|word| word == command.get_name());
            assert!(is_about_it, "`{example}` is no example of `{}`", command.get_name());
        }
    }
}
