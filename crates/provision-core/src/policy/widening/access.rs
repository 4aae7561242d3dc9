//! A statement taken apart: one principal, one action and one resource at a time.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::condition;
use crate::policy::pattern::{Pattern, Reach};
use crate::policy::{Conditions, Selection, Statement};

/// One principal, one action, one resource, and when
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Access {
    /// who; none in the policy of a role
    pub principal: Option<Extent<Principal>>,
    /// may do what
    pub action: Extent<Action>,
    /// on what; none in a trust policy
    pub resource: Option<Extent<Resource>>,
    /// only when all of these hold
    pub conditions: Conditions,
}

/// One value of an element of a statement, or all but some
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent<T: Ord> {
    /// all but these
    AllBut(BTreeSet<T>),
    /// this
    #[serde(untagged)]
    One(T),
}

/// A principal of a statement
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Principal {
    /// `AWS`, `Service`, `Federated` or `CanonicalUser`
    pub kind: String,
    /// its ARN, account or name
    pub value: String,
}

/// An action of a statement, possibly with wildcards; case carries no meaning
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Action(pub String);

/// A resource of a statement, possibly with wildcards
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Resource(pub String);

impl Access {
    /// Returns every access that `statement` allows or denies
    pub(super) fn of(statement: &Statement) -> Vec<Self> {
        let Statement { sid: _, effect: _, principals, actions, resources, conditions } = statement;
        let principals = optional(principals.as_ref(), |by_kind| {
            by_kind
                .iter()
                .flat_map(|(kind, values)| {
                    values
                        .iter()
                        .map(|value| Principal { kind: kind.clone(), value: value.clone() })
                })
                .collect()
        });
        let actions = extents(actions, |set| set.iter().cloned().map(Action).collect());
        let resources =
            optional(resources.as_ref(), |set| set.iter().cloned().map(Resource).collect());
        let mut out = Vec::new();
        for principal in &principals {
            for action in &actions {
                for resource in &resources {
                    out.push(Self {
                        principal: principal.clone(),
                        action: action.clone(),
                        resource: resource.clone(),
                        conditions: conditions.clone(),
                    });
                }
            }
        }
        out
    }

    /// Returns the part of this access that none of `known` holds, if any
    ///
    /// A condition with several values is several accesses; those that are known are left out.
    pub(super) fn beyond(&self, known: &[Self]) -> Option<Self> {
        let is_known = |access: &Self| known.iter().any(|k| k.covers(access));
        if is_known(self) {
            return None;
        }
        let mut rest = self.clone();
        for (operator, keys) in &self.conditions {
            if !condition::is_choice(operator) {
                continue;
            }
            for (key, values) in keys {
                let unknown: BTreeSet<String> = values
                    .iter()
                    .filter(|value| !is_known(&rest.with(operator, key, [(*value).clone()].into())))
                    .cloned()
                    .collect();
                // without a value the condition never holds: that is not known by itself
                if unknown.is_empty() && !values.is_empty() {
                    return None;
                }
                rest = rest.with(operator, key, unknown);
            }
        }
        Some(rest)
    }

    fn with(&self, operator: &str, key: &str, values: BTreeSet<String>) -> Self {
        let mut out = self.clone();
        out.conditions.entry(operator.to_owned()).or_default().insert(key.to_owned(), values);
        out
    }

    /// Whether all of `other` certainly lies within this access
    fn covers(&self, other: &Self) -> bool {
        let Self { principal, action, resource, conditions } = self;
        both_or_neither(principal.as_ref(), other.principal.as_ref())
            && covers(action, &other.action)
            && both_or_neither(resource.as_ref(), other.resource.as_ref())
            && condition::implies(&other.conditions, conditions)
    }
}

fn extents<S, T: Ord>(
    selection: &Selection<S>,
    values: impl Fn(&S) -> BTreeSet<T>,
) -> Vec<Extent<T>> {
    match selection {
        Selection::Only(these) => values(these).into_iter().map(Extent::One).collect(),
        Selection::AllBut(these) => vec![Extent::AllBut(values(these))],
    }
}

fn optional<S, T: Ord>(
    selection: Option<&Selection<S>>,
    values: impl Fn(&S) -> BTreeSet<T>,
) -> Vec<Option<Extent<T>>> {
    match selection {
        Some(selection) => extents(selection, values).into_iter().map(Some).collect(),
        None => vec![None],
    }
}

fn both_or_neither<T: Element>(wide: Option<&Extent<T>>, narrow: Option<&Extent<T>>) -> bool {
    match (wide, narrow) {
        (Some(wide), Some(narrow)) => covers(wide, narrow),
        (None, None) => true,
        _ => false,
    }
}

/// What the values of an element are compared by; every answer is yes only where it is certain
trait Element: Ord {
    /// Whether this value is the whole of its element
    fn is_everything(&self) -> bool;
    /// Whether all of `other` lies within this value
    fn covers(&self, other: &Self) -> bool;
    /// Whether nothing lies within both
    fn is_disjoint(&self, other: &Self) -> bool;
}

fn covers<T: Element>(wide: &Extent<T>, narrow: &Extent<T>) -> bool {
    match (wide, narrow) {
        (Extent::One(wide), Extent::One(narrow)) => wide.covers(narrow),
        (Extent::One(wide), Extent::AllBut(_)) => wide.is_everything(),
        (Extent::AllBut(left_out), Extent::One(narrow)) => {
            left_out.iter().all(|l| l.is_disjoint(narrow))
        }
        (Extent::AllBut(left_out), Extent::AllBut(narrow)) => {
            left_out.iter().all(|l| narrow.iter().any(|n| n.covers(l)))
        }
    }
}

impl Principal {
    /// The account where the value is one, by number or by its root's ARN
    fn account(&self) -> Option<&str> {
        let is_account = |t: &&str| t.len() == 12 && t.bytes().all(|b| b.is_ascii_digit());
        let of_root = || {
            let mut parts = self.value.strip_suffix(":root")?.splitn(5, ':');
            let arn = parts.next() == Some("arn");
            parts.next()?;
            (arn && parts.next() == Some("iam") && parts.next() == Some(""))
                .then(|| parts.next())?
        };
        if self.kind != "AWS" {
            return None;
        }
        Some(self.value.as_str()).filter(is_account).or_else(|| of_root().filter(is_account))
    }
}

impl Element for Principal {
    // even `*` names no services, and what `NotPrincipal` leaves is not known
    fn is_everything(&self) -> bool {
        false
    }

    fn covers(&self, other: &Self) -> bool {
        // an account covers no role of its own: a role that is named needs no permission in IAM
        self == other
            || (self.kind == "AWS" && other.kind == "AWS" && self.value == "*")
            || self.account().is_some_and(|account| other.account() == Some(account))
    }

    fn is_disjoint(&self, _: &Self) -> bool {
        false
    }
}

impl Action {
    fn pattern(&self) -> Pattern {
        Pattern::new(&self.0.to_ascii_lowercase(), Reach::Anywhere)
    }
}

impl Element for Action {
    fn is_everything(&self) -> bool {
        self.0 == "*"
    }

    fn covers(&self, other: &Self) -> bool {
        let (wide, narrow) = (self.0.to_ascii_lowercase(), other.0.to_ascii_lowercase());
        wide == narrow
            || (Pattern::may_cover(&wide, &narrow) && self.pattern().covers(&other.pattern()))
    }

    fn is_disjoint(&self, other: &Self) -> bool {
        self.pattern().is_disjoint(&other.pattern())
    }
}

impl Resource {
    fn pattern(&self) -> Pattern {
        Pattern::new(&self.0, Reach::Segment)
    }

    /// Whether the text is an ARN with fields left out: what IAM makes of those is its own affair
    fn is_incomplete(&self) -> bool {
        self.0.starts_with("arn:") && self.0.matches(':').count() < 5
    }
}

impl Element for Resource {
    fn is_everything(&self) -> bool {
        self.0 == "*"
    }

    fn covers(&self, other: &Self) -> bool {
        self == other
            || (Pattern::may_cover(&self.0, &other.0)
                && !self.is_incomplete()
                && self.pattern().covers(&other.pattern()))
    }

    fn is_disjoint(&self, other: &Self) -> bool {
        let certain = !self.is_incomplete() && !other.is_incomplete();
        certain && self.pattern().is_disjoint(&other.pattern())
    }
}

/// What may be done, on what and when, without who
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { principal: _, action, resource, conditions } = self;
        action.fmt(f)?;
        if let Some(resource) = resource {
            write!(f, " on {resource}")?;
        }
        condition::write(f, conditions)
    }
}

impl<T: Ord + fmt::Display> fmt::Display for Extent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Extent::One(value) => write!(f, "`{value}`"),
            Extent::AllBut(values) => {
                let values: Vec<String> = values.iter().map(|v| format!("`{v}`")).collect();
                write!(f, "everything but {}", values.join(", "))
            }
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
