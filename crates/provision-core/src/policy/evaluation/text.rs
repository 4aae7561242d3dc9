//! Texts of a policy that a call is compared with: plain, with wildcards, with variables.

use super::answer::Answer;
use super::call::{Context, Told};
use crate::policy::Version;
use crate::policy::pattern::{Pattern, Reach};

/// A text of a policy
#[derive(Debug, Clone)]
pub(super) enum Text {
    /// this text
    Plain(String),
    /// a pattern
    Pattern(Pattern),
    /// the six fields of an ARN, each a pattern; none where it has not six
    Arn(Option<Box<[Pattern; 6]>>),
    /// a text with variables, to be filled in for each call
    Variable(String, Kind),
    /// a pattern that would hold variables in the newer language, and holds something else in its own
    Undecided,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Plain,
    Pattern(Reach),
    Arn,
}

/// A text with its variables filled in
pub(super) enum Filled {
    /// this
    Text(String),
    /// a variable has no value in this call: it matches nothing
    Missing,
    /// a variable's value is not known
    Unknown,
}

impl Text {
    pub(super) fn plain(text: &str, version: Version) -> Self {
        Self::of(text, Kind::Plain, version)
    }

    pub(super) fn pattern(text: &str, reach: Reach, version: Version) -> Self {
        Self::of(text, Kind::Pattern(reach), version)
    }

    pub(super) fn arn(text: &str, version: Version) -> Self {
        Self::of(text, Kind::Arn, version)
    }

    fn of(text: &str, kind: Kind, version: Version) -> Self {
        // the older language has no variables: there they stand for themselves
        if text.contains("${") {
            return match version {
                Version::V2012 => Self::Variable(text.to_owned(), kind),
                Version::V2008 => match kind {
                    Kind::Plain => Self::Plain(text.to_owned()),
                    Kind::Pattern(_) | Kind::Arn => Self::Undecided,
                },
            };
        }
        match kind {
            Kind::Plain => Self::Plain(text.to_owned()),
            Kind::Pattern(reach) => Self::Pattern(Pattern::new(text, reach)),
            Kind::Arn => Self::Arn(fields(text, |field| Pattern::new(field, Reach::Anywhere))),
        }
    }

    /// Returns whether `found` is one of this text
    pub(super) fn matches(&self, found: &str, context: &Context) -> Answer {
        match self {
            Self::Plain(text) => (text == found).into(),
            Self::Pattern(pattern) => pattern.matches(found).into(),
            Self::Arn(fields) => fields.as_ref().is_some_and(|fields| arn(fields, found)).into(),
            Self::Variable(text, kind) => match filled_pattern(text, *kind, found, context) {
                Ok(matches) => matches.into(),
                Err(Filled::Missing) => Answer::No,
                Err(Filled::Text(_) | Filled::Unknown) => Answer::Unsure,
            },
            Self::Undecided => Answer::Unsure,
        }
    }

    /// Returns the text with its variables filled in, where it is no pattern
    pub(super) fn filled(&self, context: &Context) -> Filled {
        match self {
            Self::Plain(text) => Filled::Text(text.clone()),
            Self::Variable(text, Kind::Plain) => match filled_text(text, context) {
                Ok(text) => Filled::Text(text),
                Err(why) => why,
            },
            Self::Pattern(_) | Self::Arn(_) | Self::Variable(..) | Self::Undecided => {
                Filled::Unknown
            }
        }
    }
}

fn arn(fields: &[Pattern; 6], found: &str) -> bool {
    let found: Vec<&str> = found.splitn(6, ':').collect();
    found.len() == 6 && fields.iter().zip(found).all(|(field, text)| field.matches(text))
}

/// The six fields of an ARN; the colon in a variable's name is no border
fn fields<T>(text: &str, of: impl Fn(&str) -> T) -> Option<Box<[T; 6]>> {
    let mut fields = Vec::with_capacity(6);
    let (mut start, mut inside) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '{' if text[..at].ends_with('$') => inside = true,
            '}' => inside = false,
            ':' if !inside && fields.len() < 5 => {
                fields.push(of(&text[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    fields.push(of(&text[start..]));
    <[T; 6]>::try_from(fields).ok().map(Box::new)
}

fn filled_pattern(text: &str, kind: Kind, found: &str, context: &Context) -> Result<bool, Filled> {
    let fill = |text: &str, reach| Pattern::filled(text, reach, |name| variable(name, context));
    match kind {
        Kind::Plain => Ok(filled_text(text, context)? == found),
        Kind::Pattern(reach) => Ok(fill(text, reach)?.matches(found)),
        Kind::Arn => {
            let Some(filled) = fields(text, |field| fill(field, Reach::Anywhere)) else {
                return Ok(false);
            };
            let found: Vec<&str> = found.splitn(6, ':').collect();
            let mut matches = found.len() == 6;
            for (field, text) in (*filled).into_iter().zip(found) {
                matches &= field?.matches(text);
            }
            Ok(matches)
        }
    }
}

fn filled_text(text: &str, context: &Context) -> Result<String, Filled> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        out.push_str(&variable(name, context)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// The value of a variable as it stands between `${` and `}`
fn variable(written: &str, context: &Context) -> Result<String, Filled> {
    if matches!(written, "*" | "?" | "$") {
        return Ok(written.to_owned());
    }
    let (name, default) = match written.split_once(',') {
        Some((name, default)) => (name, Some(default.trim().trim_matches('\'').to_owned())),
        None => (written, None),
    };
    match context.told(&name.trim().to_ascii_lowercase()) {
        Some(Told::Values(values)) => match values.as_slice() {
            [one] => Ok(one.clone()),
            _ => Err(Filled::Unknown),
        },
        Some(Told::Absent) => default.ok_or(Filled::Missing),
        Some(Told::Present) | None => Err(Filled::Unknown),
    }
}
