//! Patterns with `*` and `?` as sets of texts: whether one holds all of another.
//!
//! The answers lean to one side. [`Pattern::covers`] says yes only where it is certain, and
//! [`Pattern::is_disjoint`] likewise. A policy variable such as `${aws:username}` stands for a text
//! that is not known here: only `*` and the same variable cover it.

/// A pattern, cut into its parts
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Part>);

/// How far a `*` reaches
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// over every character
    Anywhere,
    /// over a colon only at the end of a segment between colons, as in the ARN of a resource
    Segment,
}

/// Which way an answer leans where a wildcard or a variable leaves it open
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lean {
    /// yes only where it is certain
    Certain,
    /// no only where it is impossible
    Possible,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// this character
    One(char),
    /// any one character
    AnyOne,
    /// any text
    Any,
    /// any text without a colon
    AnyInSegment,
    /// the text of a policy variable
    Variable(String),
}

impl Pattern {
    /// Returns the pattern of `text`
    pub(crate) fn new(text: &str, reach: Reach) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let variable = rest.strip_prefix("${").and_then(|r| r.split_once('}'));
            if let Some((name, after)) = variable {
                parts.push(Part::Variable(name.to_owned()));
                rest = after;
                continue;
            }
            rest = &rest[c.len_utf8()..];
            parts.push(match c {
                '*' if reach == Reach::Anywhere || rest.is_empty() || rest.starts_with(':') => {
                    Part::Any
                }
                '*' => Part::AnyInSegment,
                '?' => Part::AnyOne,
                c => Part::One(c),
            });
        }
        Self(in_order(parts))
    }

    /// Returns the pattern of `text` with each variable in it replaced by what `value` gives
    ///
    /// A wildcard in such a value is a plain character. Where `value` gives none there is no pattern.
    pub(super) fn filled<E>(
        text: &str,
        reach: Reach,
        value: impl Fn(&str) -> Result<String, E>,
    ) -> Result<Self, E> {
        let mut parts = Vec::new();
        for part in Self::new(text, reach).0 {
            match part {
                Part::Variable(name) => parts.extend(value(&name)?.chars().map(Part::One)),
                part => parts.push(part),
            }
        }
        Ok(Self(in_order(parts)))
    }

    /// Returns whether a plain text is one of this pattern; none of a variable's is
    pub(super) fn matches(&self, text: &str) -> bool {
        let wild = self.0.iter().position(|part| !matches!(part, Part::One(_)));
        let mut rest = text.chars();
        // most texts part from the pattern before its first wildcard
        for part in &self.0[..wild.unwrap_or(self.0.len())] {
            match (part, rest.next()) {
                (Part::One(c), Some(found)) if *c == found => {}
                _ => return false,
            }
        }
        let Some(wild) = wild else { return rest.next().is_none() };
        let subject: Vec<Part> = rest.map(Part::One).collect();
        matches(&self.0[wild..], &subject, Lean::Certain)
    }

    /// Returns whether the pattern of `wide` may hold that of `narrow`: most that do not begin otherwise
    ///
    /// Before its first wildcard or variable a pattern holds its own characters and nothing else.
    pub(crate) fn may_cover(wide: &str, narrow: &str) -> bool {
        let plain = wide.find(['*', '?', '$']).unwrap_or(wide.len());
        narrow.as_bytes().starts_with(&wide.as_bytes()[..plain])
    }

    /// Returns whether every text of `other` is certainly one of this pattern
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self == other || matches(&self.0, &other.0, Lean::Certain)
    }

    /// Returns whether certainly no text is one of both patterns
    ///
    /// Known where `other` is a plain text, or where the two begin differently.
    pub(crate) fn is_disjoint(&self, other: &Self) -> bool {
        let is_plain = |p: &Self| p.0.iter().all(|part| matches!(part, Part::One(_)));
        if is_plain(other) {
            return !matches(&self.0, &other.0, Lean::Possible);
        }
        if is_plain(self) {
            return !matches(&other.0, &self.0, Lean::Possible);
        }
        self.0
            .iter()
            .zip(&other.0)
            .map_while(|pair| match pair {
                (Part::One(a), Part::One(b)) => Some(a != b),
                _ => None,
            })
            .any(|differ| differ)
    }
}

impl Part {
    /// Whether this part stands for texts of any length
    fn repeats(&self, lean: Lean) -> bool {
        match self {
            Part::Any | Part::AnyInSegment => true,
            Part::Variable(_) => lean == Lean::Possible,
            Part::One(_) | Part::AnyOne => false,
        }
    }

    /// Whether what `other` stands for is held by this part
    fn holds(&self, other: &Part, lean: Lean) -> bool {
        match (self, other) {
            (Part::Any, _) => true,
            (Part::AnyInSegment | Part::AnyOne | Part::Variable(_), Part::One(_))
                if lean == Lean::Possible =>
            {
                true
            }
            (Part::AnyInSegment | Part::AnyOne, Part::One(c)) => *c != ':',
            (mine, theirs) => mine == theirs,
        }
    }
}

/// Runs of wildcards in one order, so that `*?` and `?*` are the same pattern
fn in_order(parts: Vec<Part>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        let stars = out.iter().rev().take_while(|p| matches!(p, Part::Any)).count();
        match part {
            Part::Any if stars > 0 => {}
            Part::AnyOne => out.insert(out.len() - stars, Part::AnyOne),
            part => out.push(part),
        }
    }
    out
}

/// Whether `pattern` consumes all of `subject`, each of its parts by one that holds it
fn matches(pattern: &[Part], subject: &[Part], lean: Lean) -> bool {
    // row[j]: whether the parts of the pattern so far consume exactly the first j of the subject
    let mut row = vec![false; subject.len() + 1];
    row[0] = true;
    for part in pattern {
        let repeats = part.repeats(lean);
        let mut next = vec![false; subject.len() + 1];
        next[0] = repeats && row[0];
        for (j, theirs) in subject.iter().enumerate() {
            let held = part.holds(theirs, lean);
            next[j + 1] = if repeats { row[j + 1] || (next[j] && held) } else { row[j] && held };
        }
        row = next;
    }
    row[subject.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(wide: &str, narrow: &str, reach: Reach) -> bool {
        Pattern::new(wide, reach).covers(&Pattern::new(narrow, reach))
    }

    #[test]
    fn a_pattern_covers_what_it_certainly_holds() {
        for (wide, narrow) in [
            ("*", "anything"),
            ("*", ""),
            ("*", "${aws:username}"),
            ("a*", "a?b*"),
            ("a?c", "abc"),
            ("a??*", "a*??"),
            ("*?", "?*"),
            ("p/e/*", "p/e/api-keys-??????"),
            ("p/${aws:username}/*", "p/${aws:username}/x"),
        ] {
            assert!(covers(wide, narrow, Reach::Anywhere), "{wide} {narrow}");
        }
    }

    #[test]
    fn a_pattern_does_not_cover_what_may_lie_outside() {
        for (wide, narrow) in [
            ("a", "b"),
            ("a", "*"),
            ("a?", "a*"),
            ("?*", "*"),
            ("p/e/*", "p/env/x"),
            ("api-keys-??????", "api-keys-*"),
            // as many question marks as the variable's name has letters say nothing of its text
            ("????", "${a}"),
            ("${aws:username}", "alice"),
            ("${aws:username}", "${aws:userid}"),
        ] {
            assert!(!covers(wide, narrow, Reach::Anywhere), "{wide} {narrow}");
        }
    }

    #[test]
    fn in_an_arn_a_star_passes_a_colon_only_at_the_end_of_a_segment() {
        assert!(covers("arn:aws:s3:*", "arn:aws:s3:r:1:b", Reach::Segment));
        assert!(covers("arn:aws:s3:*:b", "arn:aws:s3:r:1:b", Reach::Segment));
        assert!(covers("arn:aws:s3:r*1:b", "arn:aws:s3:r-x-1:b", Reach::Segment));
        assert!(!covers("arn:aws:s3:r*1:b", "arn:aws:s3:r:1:b", Reach::Segment));
        assert!(!covers("arn:aws:s3:r*1:b", "arn:aws:s3:r${v}1:b", Reach::Segment));
        assert!(covers("arn:aws:s3:r*1:b", "arn:aws:s3:r:1:b", Reach::Anywhere));
    }

    #[test]
    fn a_text_matches_as_its_pattern_is_covered() {
        let texts = ["", "a", "ab", "a:b", "a*", "a?c", "abc", "x", "arn:aws:s3:r:1:b"];
        for pattern in ["", "a", "a*", "a?c", "*", "?", "*:b", "arn:aws:s3:*", "a*c", "x${v}"] {
            for reach in [Reach::Anywhere, Reach::Segment] {
                for text in texts.iter().filter(|text| !text.contains(['*', '?'])) {
                    let (wide, narrow) = (Pattern::new(pattern, reach), Pattern::new(text, reach));
                    assert_eq!(wide.matches(text), wide.covers(&narrow), "{pattern} {text}");
                }
            }
        }
    }

    #[test]
    fn a_variable_is_filled_in_as_plain_text() {
        let filled = |text: &str| {
            Pattern::filled(text, Reach::Anywhere, |name| match name {
                "star" => Ok("*".to_owned()),
                name => Err(name.to_owned()),
            })
        };
        let pattern = filled("a${star}b?").unwrap();
        assert!(pattern.matches("a*bc") && !pattern.matches("axbc"));
        assert_eq!(filled("${other}").unwrap_err(), "other");
    }

    #[test]
    fn patterns_are_disjoint_only_where_no_text_can_be_both() {
        let disjoint = |a: &str, b: &str| {
            let (a, b) = (Pattern::new(a, Reach::Segment), Pattern::new(b, Reach::Segment));
            assert_eq!(a.is_disjoint(&b), b.is_disjoint(&a), "{a:?} {b:?}");
            a.is_disjoint(&b)
        };
        assert!(disjoint("kms:*", "s3:*"));
        assert!(disjoint("kms:Get*", "kms:Put"));
        assert!(disjoint("abc", "abd"));
        assert!(!disjoint("kms:*", "kms:Get*"));
        assert!(!disjoint("*a", "*b"));
        assert!(!disjoint("r*1", "r:1"));
        assert!(!disjoint("p/${aws:username}", "p/alice"));
        assert!(!disjoint("", "*"));
    }
}
