//! Conditions on one call. An operator or key that is not known here gives no answer, and says so.

use std::collections::BTreeSet;

use super::Doubt;
use super::answer::Answer;
use super::call::{Context, Told};
use super::text::{Filled, Text};
use crate::policy::pattern::Reach;
use crate::policy::{Conditions, Version};

/// One condition: a key, an operator, and what it is compared with
#[derive(Debug, Clone)]
pub(super) struct Condition {
    /// the operator as written
    operator: String,
    /// the key as written
    key: String,
    /// the key in lower case
    folded: String,
    rule: Rule,
}

#[derive(Debug, Clone)]
enum Rule {
    /// `Null`: whether the key is absent
    Absence(BTreeSet<String>),
    Compare {
        quantifier: Quantifier,
        if_exists: bool,
        negated: bool,
        comparison: Comparison,
        values: Vec<Text>,
    },
    /// nothing is known of the operator
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    None,
    Any,
    All,
}

/// How one value of the call is compared with one of the policy
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Exact,
    IgnoringCase,
    Pattern,
    Arn,
    Number(Order),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    /// Returns the conditions of a statement
    pub(super) fn all(conditions: &Conditions, version: Version) -> Vec<Self> {
        let of = |(operator, keys): (&String, &std::collections::BTreeMap<_, _>)| {
            keys.iter()
                .map(|(key, values): (&String, &BTreeSet<String>)| Self {
                    operator: operator.clone(),
                    key: key.clone(),
                    folded: key.to_ascii_lowercase(),
                    rule: Rule::of(operator, values, version),
                })
                .collect::<Vec<_>>()
        };
        conditions.iter().flat_map(of).collect()
    }

    /// Returns whether the condition holds, and where it cannot be told, why
    pub(super) fn holds(&self, context: &Context) -> (Answer, Option<Doubt>) {
        let doubt = || Doubt::of_condition(&self.operator, &self.key);
        let answer = match (&self.rule, context.told(&self.folded)) {
            (Rule::Unknown, _) | (_, None) => Answer::Unsure,
            (Rule::Absence(wanted), Some(told)) => {
                let absent = (*told == Told::Absent).to_string();
                wanted.iter().any(|value| value.eq_ignore_ascii_case(&absent)).into()
            }
            (Rule::Compare { .. }, Some(Told::Present)) => Answer::Unsure,
            (Rule::Compare { quantifier, if_exists, negated, .. }, Some(Told::Absent)) => {
                let holds = match quantifier {
                    Quantifier::All => true,
                    Quantifier::Any => *if_exists,
                    Quantifier::None => *if_exists || *negated,
                };
                holds.into()
            }
            (
                Rule::Compare { quantifier, if_exists: _, negated, comparison, values },
                Some(Told::Values(found)),
            ) => {
                let one = |text: &String| {
                    let fits = values.iter().fold(Answer::No, |so_far, value| {
                        so_far.or(comparison.fits(value, text, context))
                    });
                    if *negated { fits.opposite() } else { fits }
                };
                let each = found.iter().map(one);
                match quantifier {
                    Quantifier::All => each.fold(Answer::Yes, Answer::and),
                    Quantifier::Any | Quantifier::None => each.fold(Answer::No, Answer::or),
                }
            }
        };
        (answer, (answer == Answer::Unsure).then(doubt))
    }
}

impl Rule {
    fn of(operator: &str, values: &BTreeSet<String>, version: Version) -> Self {
        let (quantifier, base) = match operator.split_once(':') {
            Some(("ForAllValues", base)) => (Quantifier::All, base),
            Some(("ForAnyValue", base)) => (Quantifier::Any, base),
            Some(_) => return Self::Unknown,
            None => (Quantifier::None, operator),
        };
        if base == "Null" {
            return Self::Absence(values.clone());
        }
        let (if_exists, base) = match base.strip_suffix("IfExists") {
            Some(base) => (true, base),
            None => (false, base),
        };
        let Some((comparison, negated)) = Comparison::of(base) else { return Self::Unknown };
        let values = values.iter().map(|value| comparison.text(value, version)).collect();
        Self::Compare { quantifier, if_exists, negated, comparison, values }
    }
}

impl Comparison {
    fn of(base: &str) -> Option<(Self, bool)> {
        use Comparison::{Arn, Exact, IgnoringCase, Number, Pattern};
        Some(match base {
            "StringEquals" => (Exact, false),
            "StringNotEquals" => (Exact, true),
            "StringEqualsIgnoreCase" | "Bool" => (IgnoringCase, false),
            "StringNotEqualsIgnoreCase" => (IgnoringCase, true),
            "StringLike" => (Pattern, false),
            "StringNotLike" => (Pattern, true),
            "ArnEquals" | "ArnLike" => (Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (Arn, true),
            "NumericEquals" => (Number(Order::Equal), false),
            "NumericNotEquals" => (Number(Order::Equal), true),
            "NumericLessThan" => (Number(Order::Less), false),
            "NumericLessThanEquals" => (Number(Order::LessOrEqual), false),
            "NumericGreaterThan" => (Number(Order::Greater), false),
            "NumericGreaterThanEquals" => (Number(Order::GreaterOrEqual), false),
            _ => return None,
        })
    }

    /// Only patterns know wildcards; every comparison knows variables
    fn text(self, value: &str, version: Version) -> Text {
        match self {
            Self::Exact | Self::IgnoringCase | Self::Number(_) => Text::plain(value, version),
            Self::Pattern => Text::pattern(value, Reach::Anywhere, version),
            Self::Arn => Text::arn(value, version),
        }
    }

    fn fits(self, value: &Text, found: &str, context: &Context) -> Answer {
        match self {
            Self::Exact | Self::Pattern | Self::Arn => value.matches(found, context),
            Self::IgnoringCase => match value.filled(context) {
                Filled::Text(text) => text.eq_ignore_ascii_case(found).into(),
                Filled::Missing => Answer::No,
                Filled::Unknown => Answer::Unsure,
            },
            Self::Number(order) => {
                let Filled::Text(text) = value.filled(context) else { return Answer::Unsure };
                match (text.parse::<f64>(), found.parse::<f64>()) {
                    (Ok(value), Ok(found)) => order.holds(found, value).into(),
                    _ => Answer::Unsure,
                }
            }
        }
    }
}

impl Order {
    fn holds(self, found: f64, value: f64) -> bool {
        match self {
            Self::Equal => found == value,
            Self::Less => found < value,
            Self::LessOrEqual => found <= value,
            Self::Greater => found > value,
            Self::GreaterOrEqual => found >= value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Answer::{No, Unsure, Yes};
    use super::*;

    fn holds(operator: &str, key: &str, values: &[&str]) -> Answer {
        let context = Context::default()
            .with("kms:ViaService", "secretsmanager.us-west-2.amazonaws.com")
            .with("aws:PrincipalArn", "arn:aws:iam::123456789012:role/p/e/r")
            .with("aws:SecureTransport", "true")
            .with("days", "7")
            .without("gone");
        let values = values.iter().map(ToString::to_string).collect();
        let conditions =
            Conditions::from([(operator.to_owned(), [(key.to_owned(), values)].into())]);
        let [condition] = &Condition::all(&conditions, Version::V2012)[..] else { panic!() };
        let (answer, doubt) = condition.holds(&context);
        assert_eq!(doubt.is_some(), answer == Unsure, "{operator} {key}");
        answer
    }

    #[test]
    fn operators_compare_as_iam_documents_them() {
        let role = "arn:aws:iam::123456789012:role/p/e/r";
        for (operator, key, values, wanted) in [
            (
                "StringEquals",
                "kms:viaservice",
                &["secretsmanager.us-west-2.amazonaws.com"][..],
                Yes,
            ),
            ("StringEquals", "kms:ViaService", &["Secretsmanager.us-west-2.amazonaws.com"], No),
            ("StringEquals", "kms:ViaService", &["*"], No),
            (
                "StringEqualsIgnoreCase",
                "kms:ViaService",
                &["SECRETSMANAGER.us-west-2.amazonaws.com"],
                Yes,
            ),
            ("StringNotEquals", "kms:ViaService", &["ssm.amazonaws.com", "x"], Yes),
            ("StringLike", "kms:ViaService", &["ssm.*", "secretsmanager.*"], Yes),
            ("StringNotLike", "kms:ViaService", &["secretsmanager.*"], No),
            ("ArnEquals", "aws:PrincipalArn", &[role], Yes),
            ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:role/p/*"], Yes),
            ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::1*:role/q/*"], No),
            // no wildcard passes from one field of the ARN to the next
            ("ArnLike", "aws:PrincipalArn", &["arn:*:role/p/e/r"], No),
            ("StringLike", "aws:PrincipalArn", &["arn:*:role/p/e/r"], Yes),
            ("ArnNotLike", "aws:PrincipalArn", &["arn:aws:iam::*:role/p/*"], No),
            ("Bool", "aws:SecureTransport", &["True"], Yes),
            ("Bool", "aws:SecureTransport", &["false"], No),
            ("NumericLessThan", "days", &["8"], Yes),
            ("NumericLessThan", "days", &["7"], No),
            ("NumericGreaterThanEquals", "days", &["7.0"], Yes),
            ("Null", "gone", &["true"], Yes),
            ("Null", "days", &["true"], No),
            ("StringEquals", "gone", &["x"], No),
            ("StringEqualsIfExists", "gone", &["x"], Yes),
            ("StringNotEquals", "gone", &["x"], Yes),
            ("ForAllValues:StringEquals", "gone", &["x"], Yes),
            ("ForAnyValue:StringEquals", "gone", &["x"], No),
            ("ForAnyValue:StringNotEquals", "gone", &["x"], No),
            ("ForAnyValue:StringLike", "days", &["?"], Yes),
            ("ForAllValues:StringNotLike", "days", &["?"], No),
        ] {
            assert_eq!(holds(operator, key, values), wanted, "{operator} {key} {values:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_decided() {
        for (operator, key) in [
            ("StringEquals", "aws:SourceVpce"),
            ("StringEqualsIfExists", "aws:SourceVpce"),
            ("Null", "aws:SourceVpce"),
            ("IpAddress", "days"),
            ("DateLessThan", "days"),
            ("StringSounds", "days"),
            ("ForSomeValues:StringEquals", "days"),
            ("NumericEquals", "kms:ViaService"),
        ] {
            assert_eq!(holds(operator, key, &["x"]), Unsure, "{operator} {key}");
        }
        assert_eq!(holds("StringEquals", "days", &["${aws:SourceIp}"]), Unsure);
        assert_eq!(holds("StringEquals", "days", &["${gone}"]), No);
        assert_eq!(holds("StringEquals", "days", &["${gone, '7'}"]), Yes);
        assert_eq!(holds("StringEquals", "days", &["${days}"]), Yes);
    }
}
