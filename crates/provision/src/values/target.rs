//! Which key of which secret a name of a source stands for. Pure: names in, places out.

use std::collections::{BTreeMap, BTreeSet};

use provision_core::desired::{Desired, DesiredSecret};
use provision_core::environment::{self, EnvironmentError};
use provision_core::manifest::ValueShape;
use provision_core::name::SecretName;
use provision_core::show::printable;
use secrecy::{ExposeSecret, SecretString};

use super::merge::{Edit, Given, Place};
use super::naming;
use super::source::{Entry, Node};

/// How Terraform's variables are named in the environment
pub(crate) const TERRAFORM: &str = "TF_VAR_";
/// The longest name that is shown
const LONGEST_NAME: usize = 64;
/// How often digits and other characters take turns in a name that is shown
const MOST_ALTERNATIONS: usize = 6;

/// What a caller says about names
#[derive(Debug, Default)]
pub(crate) struct Rules<'a> {
    /// only names that begin so, without it
    pub(crate) prefix: Option<&'a str>,
    /// names with their targets
    pub(crate) map: BTreeMap<&'a str, &'a str>,
    /// only these names
    pub(crate) only: BTreeSet<&'a str>,
    /// only this secret
    pub(crate) secret: Option<&'a SecretName>,
}

/// A value with where it goes
#[derive(Debug)]
pub(crate) struct Assigned {
    pub(crate) secret: SecretName,
    pub(crate) edit: Edit,
    /// the name in the source, as it may be shown
    pub(crate) source: String,
    pub(crate) line: Option<usize>,
}

/// A name that goes nowhere
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passed {
    /// the name, as it may be shown
    pub(crate) source: String,
    pub(crate) line: Option<usize>,
    pub(crate) why: Why,
}

/// Why a name goes nowhere
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// no key of the manifest is called so
    Undeclared,
    /// no secret may set that variable
    Reserved,
    /// it has no value
    Null,
}

/// What becomes of a source
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    pub(crate) assigned: Vec<Assigned>,
    pub(crate) passed: Vec<Passed>,
}

/// Returns where each entry goes
///
/// # Errors
/// Everything that keeps the source from being taken: names that stand for two keys, two names for
/// one key with different values, values that no place can hold. No value is in the texts.
pub(crate) fn assign(
    desired: &Desired,
    rules: &Rules<'_>,
    entries: Vec<Entry>,
) -> Result<Sorted, Vec<String>> {
    let mut taking = Taking {
        candidates: candidates(desired, rules.secret),
        rules,
        sorted: Sorted::default(),
        problems: Vec::new(),
        seen: BTreeSet::new(),
    };
    for entry in entries {
        taking.top(entry);
    }
    let asked =
        rules.only.iter().chain(rules.map.keys()).filter(|name| !taking.seen.contains(**name));
    let missing: BTreeSet<String> = asked.map(|name| shown(name)).collect();
    taking.problems.extend(missing.iter().map(|name| format!("the source has no {name}")));
    if taking.problems.is_empty() { Ok(taking.sorted) } else { Err(taking.problems) }
}

/// A place that a name may stand for
struct Candidate<'a> {
    secret: &'a SecretName,
    declared: &'a DesiredSecret,
    place: Place,
    /// the key, or the secret's own name
    name: &'a str,
    /// the variable that it arrives in
    variable: Option<String>,
}

fn candidates<'a>(desired: &'a Desired, only: Option<&SecretName>) -> Vec<Candidate<'a>> {
    let chosen = desired.secrets.iter().filter(|(name, _)| only.is_none_or(|only| only == *name));
    chosen
        .flat_map(|(secret, declared)| match &declared.value {
            ValueShape::Json(keys) => keys
                .keys()
                .map(|key| Candidate {
                    secret,
                    declared,
                    place: Place::Key(key.clone()),
                    name: key.as_str(),
                    variable: environment::variable_of_key(key.as_str()).ok(),
                })
                .collect(),
            ValueShape::String => vec![Candidate {
                secret,
                declared,
                place: Place::Text,
                name: declared.key.as_str(),
                variable: environment::variable_of_secret(secret.as_str()).ok(),
            }],
            // a text source has no bytes
            ValueShape::Binary => Vec::new(),
        })
        .collect()
}

struct Taking<'a> {
    candidates: Vec<Candidate<'a>>,
    rules: &'a Rules<'a>,
    sorted: Sorted,
    problems: Vec<String>,
    /// the names of the source that were asked for
    seen: BTreeSet<String>,
}

impl Taking<'_> {
    fn top(&mut self, entry: Entry) {
        let Entry { name, line, end: _, node } = entry;
        let bare = match self.rules.prefix {
            Some(prefix) => match name.strip_prefix(prefix).filter(|rest| !rest.is_empty()) {
                Some(rest) => rest.to_owned(),
                None => return,
            },
            None => name.clone(),
        };
        let is_named = |names: &dyn Fn(&str) -> bool| names(&name) || names(&bare);
        let only = &self.rules.only;
        if !only.is_empty() && !is_named(&|name| only.contains(name)) {
            return;
        }
        let target =
            self.rules.map.get(name.as_str()).or(self.rules.map.get(bare.as_str())).copied();
        self.seen.extend([name.clone(), bare.clone()]);
        match target {
            Some(target) => self.mapped(&name, line, node, target),
            None => self.take(&bare, &name, line, node, None),
        }
    }

    /// Takes a value to the place that the caller names
    fn mapped(&mut self, source: &str, line: Option<usize>, node: Node, target: &str) {
        let found: Vec<usize> = match target.split_once(':') {
            Some((secret, key)) => self.positions(|c| {
                let named = c.declared.key.as_str() == secret || c.secret.as_str() == secret;
                named && (c.name == key || (key.is_empty() && c.place == Place::Text))
            }),
            None => self.positions(|c| c.name == target),
        };
        match found[..] {
            [one] => self.put(one, source, line, node),
            [] => {
                let names: Vec<&str> = self.candidates.iter().map(|c| c.name).collect();
                self.problems.push(format!(
                    "`--map` names no declared key for {}; {}",
                    shown(source),
                    naming::declared(target, &names)
                ));
            }
            _ => self.ambiguous(source, &found),
        }
    }

    /// Takes a value to the place that its name stands for, inside `secret` where one is given
    fn take(
        &mut self,
        name: &str,
        source: &str,
        line: Option<usize>,
        node: Node,
        secret: Option<&SecretName>,
    ) {
        if matches!(node, Node::Null) {
            return self.pass(source, line, Why::Null);
        }
        let name = match name.strip_prefix(TERRAFORM) {
            Some(rest) if self.lookup(name, secret).is_empty() => rest,
            _ => name,
        };
        let found = self.lookup(name, secret);
        match (&found[..], node) {
            ([one], node) => self.put(*one, source, line, node),
            ([], Node::Object { members, .. }) => self.members(name, source, members, secret),
            ([], _) => {
                let is_reserved = matches!(
                    environment::variable_of_key(name),
                    Err(EnvironmentError::ReservedName { .. })
                );
                let why = if is_reserved { Why::Reserved } else { Why::Undeclared };
                self.pass(source, line, why);
            }
            (several, _) => self.ambiguous(source, several),
        }
    }

    /// Takes the members of an object: those of a secret, or of a dotted name
    fn members(
        &mut self,
        name: &str,
        source: &str,
        members: Vec<Entry>,
        inside: Option<&SecretName>,
    ) {
        let named = |c: &&Candidate<'_>| {
            let own = c.declared.key.as_str();
            own == name || own.replace('-', "_") == name || c.secret.as_str() == name
        };
        let secret = match inside {
            Some(_) => None,
            None => self.candidates.iter().find(named).map(|c| c.secret.clone()),
        };
        for Entry { name: member, line, end: _, node } in members {
            let source = format!("{source}.{member}");
            match &secret {
                Some(secret) => self.take(&member, &source, line, node, Some(secret)),
                None => self.take(&format!("{name}.{member}"), &source, line, node, inside),
            }
        }
    }

    fn positions(&self, is_meant: impl Fn(&Candidate<'_>) -> bool) -> Vec<usize> {
        let all = self.candidates.iter().enumerate();
        all.filter(|(_, candidate)| is_meant(candidate)).map(|(at, _)| at).collect()
    }

    /// The places that a name stands for: as it is, as a variable, or without regard to case
    fn lookup(&self, name: &str, secret: Option<&SecretName>) -> Vec<usize> {
        let inside = |c: &Candidate<'_>| secret.is_none_or(|secret| secret == c.secret);
        let exact = self.positions(|c| inside(c) && c.name == name);
        if !exact.is_empty() {
            return exact;
        }
        let variable = self.positions(|c| inside(c) && c.variable.as_deref() == Some(name));
        if !variable.is_empty() {
            return variable;
        }
        let same = |text: &str| text.eq_ignore_ascii_case(name);
        self.positions(|c| inside(c) && (same(c.name) || c.variable.as_deref().is_some_and(same)))
    }

    fn put(&mut self, candidate: usize, source: &str, line: Option<usize>, node: Node) {
        let Candidate { secret, place, .. } = &self.candidates[candidate];
        let text = |text: SecretString| match place {
            Place::Key(_) => Given::Json(text),
            Place::Text | Place::Binary => Given::Text(text),
        };
        let given = match node {
            Node::Null => return self.pass(source, line, Why::Null),
            Node::NotText => {
                return self.problems.push(format!("the value of {} is not UTF-8", shown(source)));
            }
            Node::Text(value) => Given::Text(value),
            Node::Json(raw) | Node::Object { raw, .. } => text(raw),
        };
        let value = exposed(&given);
        if value.contains('\0') {
            let problem = "holds a NUL byte, which no variable can hold";
            return self.problems.push(format!("the value of {} {problem}", shown(source)));
        }
        if value.is_empty() && *place == Place::Text {
            let problem = "is empty, and a secret of one text cannot be";
            return self.problems.push(format!("the value of {} {problem}", shown(source)));
        }
        let (secret, place) = ((*secret).clone(), place.clone());
        let earlier = &self.sorted.assigned;
        if let Some(other) = earlier.iter().find(|a| a.secret == secret && a.edit.place == place) {
            if exposed(&other.edit.given) != value {
                let (one, two) = (at(&other.source, other.line), at(&shown(source), line));
                let what = target(&secret, &place);
                self.problems.push(format!("{one} and {two} both go to {what} and differ"));
            }
            return;
        }
        let edit = Edit { place, given };
        self.sorted.assigned.push(Assigned { secret, edit, source: shown(source), line });
    }

    fn pass(&mut self, source: &str, line: Option<usize>, why: Why) {
        self.sorted.passed.push(Passed { source: shown(source), line, why });
    }

    fn ambiguous(&mut self, source: &str, found: &[usize]) {
        let places: Vec<String> = found
            .iter()
            .map(|at| &self.candidates[*at])
            .map(|c| format!("`{}:{}`", c.declared.key, c.name))
            .collect();
        self.problems.push(format!(
            "{} may be {}: say which with `--map` or `--secret`",
            shown(source),
            places.join(" or ")
        ));
    }
}

fn exposed(given: &Given) -> &str {
    match given {
        Given::Text(text) | Given::Json(text) => text.expose_secret(),
        Given::Binary(_) => "",
    }
}

/// A place as it stands in a sentence
pub(crate) fn target(secret: &SecretName, place: &Place) -> String {
    match place {
        Place::Key(key) => format!("{key} in {secret}"),
        Place::Text | Place::Binary => secret.to_string(),
    }
}

/// A name with its line, where it has one
pub(crate) fn at(source: &str, line: Option<usize>) -> String {
    match line {
        Some(line) => format!("{source} (line {line})"),
        None => source.to_owned(),
    }
}

/// A name as it may be shown
fn shown(name: &str) -> String {
    match looks_like_value(name) {
        true => "a name that looks like a value".to_owned(),
        false => format!("`{}`", printable(name)),
    }
}

/// Returns whether a name may be part of a value: the end of a key that was written without quotes
/// stands before an `=` too
pub(crate) fn looks_like_value(name: &str) -> bool {
    let is_long = |part: &str| {
        let alternations = part
            .as_bytes()
            .windows(2)
            .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit())
            .count();
        part.len() > LONGEST_NAME || alternations > MOST_ALTERNATIONS
    };
    name.len() > 2 * LONGEST_NAME || name.split('.').any(is_long)
}

#[cfg(test)]
mod tests;
