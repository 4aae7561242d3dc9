//! Questions to the person at the terminal, and the flags that answer them beforehand.
//!
//! Without a terminal and without the flag, the answer is no: exit code 3.

use std::io::IsTerminal;

use provision_core::plan::{Effect, Intent, Plan, Protection};

use crate::cli::{ApplyArgs, Global, Output};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;

/// Who let a plan pass
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permit {
    /// the flags, at once
    Flags,
    /// a person, who may have thought about it for a while
    Person,
}

/// Returns who lets the plan pass, where every guard does
pub(crate) fn permit(plan: &Plan, global: &Global, flags: &ApplyArgs) -> Result<Permit, Failure> {
    let place = plan.place();
    if let Some(typed) = &flags.confirm
        && *typed != place
    {
        return Err(refused(format!("`--confirm {typed}` does not name `{place}`")));
    }
    let protected = plan.binding.protection == Protection::Protected;
    let widens = plan.widening().next().is_some();
    let deletes = plan.changes.iter().any(|change| change.action.effect() == Effect::Delete);
    let by_name = match plan.binding.intent {
        Intent::ForceDestroy if protected => {
            return Err(refused(format!("`{place}` is protected by the manifest"))
                .hint("`provision destroy` without `--force` deletes it with a way back")
                .hint("`protected: false` in the manifest lifts the protection, for everybody to review"));
        }
        Intent::ForceDestroy => Some("this cannot be taken back"),
        Intent::Prune if protected && deletes => {
            Some("this is protected, and something is deleted")
        }
        Intent::Destroy if protected => Some("this is protected"),
        _ if protected && widens => Some("this is protected"),
        _ => None,
    };
    let by_name = by_name.filter(|_| flags.confirm.is_none());
    let to_widen = widens && !flags.allow_widening;
    // everything that is missing is said at once
    if (to_widen && (global.yes || nobody(global).is_some()))
        || (by_name.is_some() && nobody(global).is_some())
    {
        return Err(missing(&place, global, by_name, to_widen));
    }
    if let Some(why) = by_name {
        confirm_by_name(&place, why)?;
    }
    if to_widen {
        ask("Access that exists grows as shown. Allow it?")?;
    }
    if global.yes {
        return Ok(Permit::Flags);
    }
    if let Some(why) = nobody(global) {
        return Err(refused(format!("nobody can be asked: {why}"))
            .hint("`--yes` applies without asking, `--dry-run` only shows"));
    }
    ask(match plan.binding.intent {
        Intent::Apply | Intent::Prune => "Apply these changes?",
        Intent::Adopt => "Take all this over?",
        Intent::Destroy => "Delete all this?",
        Intent::ForceDestroy => "Delete all this for good?",
        Intent::Restore => "Take this back?",
    })?;
    Ok(Permit::Person)
}

/// What nobody can be asked and no flag answers
fn missing(place: &str, global: &Global, by_name: Option<&str>, to_widen: bool) -> Failure {
    let mut reasons = Vec::new();
    let mut wanted = Vec::new();
    if to_widen {
        reasons.push("access that exists would grow".to_owned());
        wanted.push("`--allow-widening`".to_owned());
    }
    if let Some(why) = by_name {
        reasons.push(format!("{why}, and `{place}` is not confirmed"));
        wanted.push(format!("`--confirm {place}`"));
    }
    if !global.yes {
        wanted.push("`--yes`".to_owned());
    }
    let read =
        if to_widen { "read what widens in the plan, then add" } else { "if it is meant, add" };
    let last = wanted.pop().unwrap_or_default();
    let all = if wanted.is_empty() { last } else { format!("{} and {last}", wanted.join(", ")) };
    refused(reasons.join("; ")).hint(format!("{read} {all}"))
}

/// Has the name typed
fn confirm_by_name(place: &str, why: &str) -> Result<(), Failure> {
    let (first, rest) = why.split_at(1);
    let why = first.to_uppercase() + rest;
    let typed = inquire::Text::new(&format!("{why}. Type `{place}` to go on:"))
        .prompt()
        .map_err(interrupted)?;
    if typed == place {
        Ok(())
    } else {
        Err(refused(format!("what was typed is not `{place}`: nothing was changed")))
    }
}

fn ask(question: &str) -> Result<(), Failure> {
    asked(question, "declined: nothing was changed")
}

fn asked(question: &str, declined: &'static str) -> Result<(), Failure> {
    match inquire::Confirm::new(question).with_default(false).prompt() {
        Ok(true) => Ok(()),
        Ok(false) | Err(inquire::InquireError::OperationCanceled) => Err(refused(declined)),
        Err(error) => Err(interrupted(error)),
    }
}

fn interrupted(error: inquire::InquireError) -> Failure {
    match error {
        inquire::InquireError::OperationInterrupted => interrupt::failure(),
        inquire::InquireError::OperationCanceled => refused("declined: nothing was changed"),
        error => Failure::new(Exit::Error, "terminal", format!("cannot ask: {error}")),
    }
}

fn refused(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Refused, "refused", message)
}

/// Why there is nobody to answer who has been shown what it is about, if there is nobody
fn nobody(global: &Global) -> Option<&'static str> {
    let at_terminal = std::io::stdin().is_terminal()
        && std::io::stdout().is_terminal()
        && std::io::stderr().is_terminal();
    match global.output {
        Output::Json | Output::Sarif => Some("JSON is wanted"),
        Output::Text if !at_terminal => Some("this is no terminal"),
        Output::Text => None,
    }
}

/// Asks whether to go on, if nobody has answered beforehand
pub(crate) fn go_on(global: &Global, question: &str) -> Result<(), Failure> {
    if global.yes {
        return Ok(());
    }
    if let Some(why) = nobody(global) {
        return Err(refused(format!("nobody can be asked: {why}"))
            .hint("`--yes` goes on without asking, `--dry-run` only shows"));
    }
    ask(question)
}

/// Who reads what is written to stdout
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// a person, and whoever stands behind them
    Terminal,
    /// a program or a file
    Pipe,
}

/// Returns who is about to read a value; a terminal is warned first, and asked
pub(crate) fn reveal(global: &Global) -> Result<Reader, Failure> {
    if !std::io::stdout().is_terminal() {
        return Ok(Reader::Pipe);
    }
    if !global.yes {
        if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
            return Err(refused("a value would be shown on a terminal, and nobody can be asked")
                .hint("send it to a pipe or a file, or add `--yes`"));
        }
        asked(
            "Values will be shown on this terminal, and stay in what it keeps. Show them?",
            "declined: no value was shown",
        )?;
    }
    Ok(Reader::Terminal)
}

/// Returns a value typed twice without being shown
pub(crate) fn hidden_value(what: &str) -> Result<String, Failure> {
    inquire::Password::new(&format!("Value of {what}:"))
        .with_display_mode(inquire::PasswordDisplayMode::Hidden)
        .with_custom_confirmation_message("Once more:")
        .with_custom_confirmation_error_message("The two differ")
        .prompt()
        .map_err(interrupted)
}
