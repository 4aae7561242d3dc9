//! What a policy decides on one call, by AWS's rules, as far as that can be told.
//!
//! Each policy is judged alone ([`Judge::rule`]) and several together ([`secret`], [`key`],
//! [`trust`]). The answers have a third value: a condition on something that is not known, or an
//! operator that is not known here, is never taken for safe. Not judged: policies of an
//! organisation, of a session, and of a VPC endpoint, which only ever take away.

mod answer;
mod call;
mod condition;
mod text;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::Serialize;

pub use answer::Answer;
pub use call::{Call, Caller, Context};

use condition::Condition;
use text::Text;

use super::pattern::{Pattern, Reach};
use super::{Document, Effect, Selection, Statement};

/// A policy, ready to judge many calls
#[derive(Debug, Clone)]
pub struct Judge {
    statements: Vec<Rule>,
    /// the statements on each action that was asked for: many calls are of few actions
    on_action: RefCell<BTreeMap<String, Rc<[usize]>>>,
}

#[derive(Debug, Clone)]
struct Rule {
    effect: Effect,
    principals: Option<Selection<Vec<(String, String)>>>,
    actions: Selection<Vec<Pattern>>,
    resources: Option<Selection<Vec<Text>>>,
    conditions: Vec<Condition>,
}

/// Why a statement cannot be decided
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Doubt(pub String);

impl Doubt {
    fn of_condition(operator: &str, key: &str) -> Self {
        Self(format!("the condition `{operator}` on `{key}` cannot be decided here"))
    }
}

/// How a policy on a key or secret names the caller
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// by its own name, or everybody: nothing else is needed
    Name,
    /// by its account, which leaves it to the policies of the account
    Account,
}

/// What a policy says of one call: the statements that apply, by their number
#[derive(Debug, Clone, Default)]
pub struct Ruling {
    /// statements that allow it, with how they name the caller (in a role's own policy by name)
    pub allows: Vec<(usize, By)>,
    /// statements that may allow it
    pub may_allow: Vec<(usize, By, Doubt)>,
    /// statements that deny it
    pub denies: Vec<usize>,
    /// statements that may deny it
    pub may_deny: Vec<(usize, Doubt)>,
}

impl Ruling {
    /// Returns whether a statement denies
    pub fn denied(&self) -> Answer {
        tell(!self.denies.is_empty(), !self.may_deny.is_empty())
    }

    /// Returns whether a statement allows, whatever the denials
    pub fn granted(&self) -> Answer {
        tell(!self.allows.is_empty(), !self.may_allow.is_empty())
    }

    /// Returns whether a statement allows and names the caller so, whatever the denials
    pub fn granted_by(&self, by: By) -> Answer {
        let certain = self.allows.iter().any(|(_, named)| *named == by);
        tell(certain, self.may_allow.iter().any(|(_, named, _)| *named == by))
    }

    /// Returns whether the policy by itself lets the call pass
    pub fn passes(&self) -> Answer {
        self.granted().and(self.denied().opposite())
    }

    /// Returns the numbers of the statements that an answer rests on
    pub fn behind(&self, answer: Answer) -> BTreeSet<usize> {
        let allows = self.allows.iter().map(|(i, _)| *i);
        let may_allow = self.may_allow.iter().map(|(i, _, _)| *i);
        let denies = self.denies.iter().copied();
        let may_deny = self.may_deny.iter().map(|(i, _)| *i);
        match answer {
            Answer::Yes => allows.collect(),
            Answer::No => denies.collect(),
            Answer::Unsure => may_allow.chain(may_deny).collect(),
        }
    }

    /// Returns why the call cannot be decided
    pub fn doubts(&self) -> BTreeSet<&Doubt> {
        let may_allow = self.may_allow.iter().map(|(_, _, doubt)| doubt);
        may_allow.chain(self.may_deny.iter().map(|(_, doubt)| doubt)).collect()
    }
}

fn tell(certain: bool, possible: bool) -> Answer {
    match (certain, possible) {
        (true, _) => Answer::Yes,
        (false, true) => Answer::Unsure,
        (false, false) => Answer::No,
    }
}

impl Judge {
    /// Returns the judge of a policy; its statements are numbered in the document's order
    pub fn of(document: &Document) -> Self {
        let version = document.version;
        let rule = |statement: &Statement| {
            let Statement { sid: _, effect, principals, actions, resources, conditions } =
                statement;
            Rule {
                effect: *effect,
                principals: principals.as_ref().map(|named| {
                    mapped(named, |kinds| {
                        kinds
                            .iter()
                            .flat_map(|(kind, values)| {
                                values.iter().map(|value| (kind.clone(), value.clone()))
                            })
                            .collect()
                    })
                }),
                actions: mapped(actions, |actions| {
                    actions
                        .iter()
                        .map(|action| Pattern::new(&action.to_lowercase(), Reach::Anywhere))
                        .collect()
                }),
                resources: resources.as_ref().map(|resources| {
                    mapped(resources, |resources| {
                        let text = |text: &String| Text::pattern(text, Reach::Segment, version);
                        resources.iter().map(text).collect()
                    })
                }),
                conditions: Condition::all(conditions, version),
            }
        };
        let statements = document.statements.iter().map(rule).collect();
        Self { statements, on_action: RefCell::default() }
    }

    /// Returns what the policy says of `call`
    pub fn rule(&self, call: &Call) -> Ruling {
        let mut ruling = Ruling::default();
        for &number in self.on(&call.action).iter() {
            let rule = &self.statements[number];
            let Some((by, answer, doubt)) = rule.applies(call) else { continue };
            match (rule.effect, answer) {
                (_, Answer::No) => {}
                (Effect::Allow, Answer::Yes) => ruling.allows.push((number, by)),
                (Effect::Deny, Answer::Yes) => ruling.denies.push(number),
                (Effect::Allow, Answer::Unsure) => {
                    ruling.may_allow.push((number, by, doubt.unwrap_or_else(unnamed)));
                }
                (Effect::Deny, Answer::Unsure) => {
                    ruling.may_deny.push((number, doubt.unwrap_or_else(unnamed)));
                }
            }
        }
        ruling
    }

    /// The numbers of the statements on an action
    fn on(&self, action: &str) -> Rc<[usize]> {
        if let Some(known) = self.on_action.borrow().get(action) {
            return Rc::clone(known);
        }
        let folded = action.to_lowercase();
        let numbered = self.statements.iter().enumerate();
        let on = numbered.filter(|(_, rule)| rule.is_on(&folded)).map(|(number, _)| number);
        let on: Rc<[usize]> = on.collect();
        self.on_action.borrow_mut().insert(action.to_owned(), Rc::clone(&on));
        on
    }
}

fn unnamed() -> Doubt {
    Doubt("whom or what it names cannot be told here".into())
}

impl Rule {
    /// Whether the statement is on an action, in lower case
    fn is_on(&self, action: &str) -> bool {
        let is_named = |patterns: &Vec<Pattern>| patterns.iter().any(|p| p.matches(action)).into();
        chosen(&self.actions, is_named) == Answer::Yes
    }

    /// Returns how the caller is named, whether a statement on the action applies, and why that is
    /// not known
    fn applies(&self, call: &Call) -> Option<(By, Answer, Option<Doubt>)> {
        let (by, mut answer) = match &self.principals {
            None => (By::Name, Answer::Yes),
            Some(named) => named_by(named, &call.caller, self.effect),
        };
        if answer == Answer::No {
            return None;
        }
        answer = answer.and(match (&self.resources, &call.resource) {
            (None, resource) => resource.is_none().into(),
            (Some(_), None) => Answer::No,
            (Some(resources), Some(resource)) => chosen(resources, |patterns| {
                patterns.iter().fold(Answer::No, |so_far, pattern| {
                    if so_far == Answer::Yes {
                        return so_far;
                    }
                    so_far.or(pattern.matches(resource, &call.context))
                })
            }),
        });
        let mut doubt = None;
        for condition in &self.conditions {
            if answer == Answer::No {
                return None;
            }
            let (holds, why) = condition.holds(&call.context);
            answer = answer.and(holds);
            doubt = doubt.or(why);
        }
        Some((by, answer, doubt))
    }
}

fn mapped<T, U>(selection: &Selection<T>, map: impl FnOnce(&T) -> U) -> Selection<U> {
    match selection {
        Selection::Only(named) => Selection::Only(map(named)),
        Selection::AllBut(named) => Selection::AllBut(map(named)),
    }
}

fn chosen<T>(selection: &Selection<T>, fits: impl FnOnce(&T) -> Answer) -> Answer {
    match selection {
        Selection::Only(named) => fits(named),
        Selection::AllBut(named) => fits(named).opposite(),
    }
}

/// Whether a statement is about the caller, and by which of its names
fn named_by(
    named: &Selection<Vec<(String, String)>>,
    caller: &Caller,
    effect: Effect,
) -> (By, Answer) {
    let (mut by_name, mut by_account) = (Answer::No, Answer::No);
    for (kind, value) in named.named() {
        match names(kind, value, caller) {
            (By::Name, answer) => by_name = by_name.or(answer),
            (By::Account, answer) => by_account = by_account.or(answer),
        }
    }
    match named {
        Selection::Only(_) if by_name != Answer::No => (By::Name, by_name),
        Selection::Only(_) => (By::Account, by_account),
        // everybody else is meant by name. AWS counts a caller as left out of a denial only where
        // its account is left out as well
        Selection::AllBut(_) => {
            let left_out = match (effect, by_name, by_account) {
                (_, Answer::No, Answer::No) => Answer::No,
                (_, Answer::Yes, Answer::Yes) => Answer::Yes,
                (Effect::Allow, Answer::Yes, _) => Answer::Yes,
                _ => Answer::Unsure,
            };
            (By::Name, left_out.opposite())
        }
    }
}

fn names(kind: &str, value: &str, caller: &Caller) -> (By, Answer) {
    match (kind, caller) {
        ("AWS", _) if value == "*" => (By::Name, Answer::Yes),
        ("AWS", Caller::Principal { arn, account }) => {
            if value == arn {
                return (By::Name, Answer::Yes);
            }
            let root = value.strip_suffix(":root").and_then(|v| v.rsplit(':').next());
            if root.unwrap_or(value) == account {
                return (By::Account, Answer::Yes);
            }
            // some session of the role
            let session = value.split_once(":assumed-role/").map(|(head, tail)| {
                let role = tail.split('/').next().unwrap_or_default();
                head.ends_with(account.as_str()) && arn.rsplit('/').next() == Some(role)
            });
            (By::Name, session.unwrap_or(false).into())
        }
        ("Federated", Caller::Federated(provider)) => (By::Name, (value == provider).into()),
        ("Service", Caller::Service(service)) => (By::Name, (value == service).into()),
        ("AWS" | "Service" | "Federated" | "CanonicalUser", _) => (By::Name, Answer::No),
        _ => (By::Name, Answer::Unsure),
    }
}

/// What the policies of a role say of a call, its boundary among them
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// a policy of the role allows it
    pub granted: Answer,
    /// a policy of the role denies it
    pub denied: Answer,
    /// the boundary lets it pass; yes where there is none
    pub bounded: Answer,
    /// the boundary denies it
    pub barred: Answer,
}

impl Identity {
    /// Returns what a role says whose policies and boundary rule so
    pub fn of<'r>(policies: impl Iterator<Item = &'r Ruling>, boundary: Option<&Ruling>) -> Self {
        let none = (Answer::No, Answer::No);
        let (granted, denied) = policies.fold(none, |(granted, denied), ruling| {
            (granted.or(ruling.granted()), denied.or(ruling.denied()))
        });
        Self {
            granted,
            denied,
            bounded: boundary.map_or(Answer::Yes, Ruling::passes),
            barred: boundary.map_or(Answer::No, Ruling::denied),
        }
    }

    /// Returns what a principal says of whose policies nothing is known but that they may allow all
    pub fn of_another_account() -> Self {
        let (granted, denied) = (Answer::Yes, Answer::No);
        Self { granted, denied, bounded: Answer::Yes, barred: Answer::No }
    }

    /// Returns what a principal says of whose policies nothing is known
    pub fn unknown() -> Self {
        let unsure = Answer::Unsure;
        Self { granted: unsure, denied: unsure, bounded: unsure, barred: unsure }
    }

    /// Returns whether the role's own policies let the call pass, without its boundary
    pub fn passes(&self) -> Answer {
        self.granted.and(self.denied.opposite())
    }

    /// Nothing of the role stands in the way
    fn is_free(&self) -> Answer {
        self.denied.opposite().and(self.bounded).and(self.barred.opposite())
    }
}

/// Whether a caller is of the account that the secret and its key lie in
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// the same account
    Same,
    /// another
    Other,
}

/// Returns whether a call on a secret passes all that is said of it
///
/// In one account either the role or the policy on the secret may grant; across accounts both must.
pub fn secret(identity: &Identity, resource: Option<&Ruling>, home: Home) -> Answer {
    let by_name = resource.map_or(Answer::No, |ruling| ruling.granted_by(By::Name));
    let granted = match home {
        Home::Same => identity.granted.or(by_name),
        Home::Other => identity.granted.and(resource.map_or(Answer::No, Ruling::granted)),
    };
    let denied = resource.map_or(Answer::No, Ruling::denied);
    granted.and(denied.opposite()).and(identity.is_free())
}

/// Returns whether a call on a key passes all that is said of it
///
/// The key's own policy decides alone who is named by name; whoever is named by the account needs
/// the role's policy as well.
pub fn key(identity: &Identity, policy: &Ruling, home: Home) -> Answer {
    let (by_name, by_account) = (policy.granted_by(By::Name), policy.granted_by(By::Account));
    let granted = match home {
        Home::Same => by_name.or(by_account.and(identity.granted)),
        Home::Other => by_name.or(by_account).and(identity.granted),
    };
    granted.and(policy.denied().opposite()).and(identity.is_free())
}

#[cfg(test)]
mod tests;
