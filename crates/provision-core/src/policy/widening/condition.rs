//! Conditions: whether some imply others, and how they read.

use std::collections::BTreeSet;
use std::fmt;

use crate::policy::Conditions;
use crate::policy::pattern::{Pattern, Reach};

/// How an operator takes its values
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    /// true where any value fits: more values allow more
    Positive,
    /// true where no value fits: more values allow less
    Negated,
    /// not known
    Unknown,
}

/// How two values of an operator are compared
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    /// as texts
    Exact,
    /// as patterns
    Pattern,
    /// as patterns, each of an ARN's six fields by itself
    Arn,
}

/// Returns whether requests that meet `narrow` certainly meet `wide` as well
pub(super) fn implies(narrow: &Conditions, wide: &Conditions) -> bool {
    wide.iter().all(|(operator, keys)| {
        keys.iter().all(|(key, values)| {
            narrow.get(operator).is_some_and(|keys| {
                keys.iter()
                    .filter(|(k, _)| k.eq_ignore_ascii_case(key))
                    .any(|(_, narrower)| values_imply(operator, narrower, values))
            })
        })
    })
}

/// Returns whether a condition of this operator with several values is one or another of them
pub(super) fn is_choice(operator: &str) -> bool {
    sense(operator) == Sense::Positive && !operator.starts_with("ForAllValues:")
}

fn values_imply(operator: &str, narrow: &BTreeSet<String>, wide: &BTreeSet<String>) -> bool {
    let compare = comparison(operator);
    let within = |inner: &BTreeSet<String>, outer: &BTreeSet<String>| {
        inner.iter().all(|i| outer.contains(i) || outer.iter().any(|o| compare.covers(o, i)))
    };
    if narrow == wide {
        return true;
    }
    match sense(operator) {
        // no value at all is malformed: nothing is known of what it matches
        Sense::Positive => !narrow.is_empty() && within(narrow, wide),
        Sense::Negated => !wide.is_empty() && within(wide, narrow),
        Sense::Unknown => false,
    }
}

/// The operator without quantifier and `IfExists`, which change nothing in how values compare
fn base(operator: &str) -> &str {
    let operator = operator
        .strip_prefix("ForAllValues:")
        .or_else(|| operator.strip_prefix("ForAnyValue:"))
        .unwrap_or(operator);
    operator.strip_suffix("IfExists").unwrap_or(operator)
}

fn sense(operator: &str) -> Sense {
    match base(operator) {
        "StringEquals"
        | "StringEqualsIgnoreCase"
        | "StringLike"
        | "ArnEquals"
        | "ArnLike"
        | "NumericEquals"
        | "NumericLessThan"
        | "NumericLessThanEquals"
        | "NumericGreaterThan"
        | "NumericGreaterThanEquals"
        | "DateEquals"
        | "DateLessThan"
        | "DateLessThanEquals"
        | "DateGreaterThan"
        | "DateGreaterThanEquals"
        | "Bool"
        | "BinaryEquals"
        | "IpAddress"
        | "Null" => Sense::Positive,
        "StringNotEquals"
        | "StringNotEqualsIgnoreCase"
        | "StringNotLike"
        | "ArnNotEquals"
        | "ArnNotLike"
        | "NumericNotEquals"
        | "DateNotEquals"
        | "NotIpAddress" => Sense::Negated,
        _ => Sense::Unknown,
    }
}

fn comparison(operator: &str) -> Comparison {
    match base(operator) {
        "StringLike" | "StringNotLike" => Comparison::Pattern,
        "ArnEquals" | "ArnLike" | "ArnNotEquals" | "ArnNotLike" => Comparison::Arn,
        _ => Comparison::Exact,
    }
}

impl Comparison {
    /// Whether every text that fits `narrow` fits `wide`
    fn covers(self, wide: &str, narrow: &str) -> bool {
        let covers = |wide: &str, narrow: &str| {
            Pattern::may_cover(wide, narrow)
                && Pattern::new(wide, Reach::Anywhere)
                    .covers(&Pattern::new(narrow, Reach::Anywhere))
        };
        match self {
            _ if wide == narrow => true,
            Comparison::Exact => false,
            Comparison::Pattern => covers(wide, narrow),
            Comparison::Arn => match (arn_fields(wide), arn_fields(narrow)) {
                (Some(wide), Some(narrow)) => wide.iter().zip(narrow).all(|(w, n)| covers(w, n)),
                _ => false,
            },
        }
    }
}

/// The six fields of an ARN; none where a variable, with a colon in its name, hides the borders
fn arn_fields(text: &str) -> Option<[&str; 6]> {
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let fields: [&str; 6] = fields.try_into().ok()?;
    (!fields[..5].iter().any(|field| field.contains("${"))).then_some(fields)
}

/// Writes ` when …`, or nothing without conditions
pub(super) fn write(f: &mut fmt::Formatter<'_>, conditions: &Conditions) -> fmt::Result {
    let each = conditions.iter().flat_map(|(operator, keys)| {
        keys.iter().map(move |(key, values)| (operator.as_str(), key, values))
    });
    for (i, (operator, key, values)) in each.enumerate() {
        let values: Vec<String> = values.iter().map(|v| format!("`{v}`")).collect();
        f.write_str(if i == 0 { " when " } else { " and " })?;
        write!(f, "`{key}` {} {}", verb(operator), values.join(" or "))?;
    }
    Ok(())
}

fn verb(operator: &str) -> &str {
    match operator {
        "StringEquals" | "ArnEquals" | "Bool" => "is",
        "StringLike" | "ArnLike" => "is like",
        "StringNotEquals" | "ArnNotEquals" => "is not",
        "StringNotLike" | "ArnNotLike" => "is not like",
        other => other,
    }
}
