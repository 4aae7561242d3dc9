//! Answers with a third value: what cannot be told is neither yes nor no.

use serde::Serialize;

/// An answer to a question on a policy
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// certainly not
    No,
    /// it depends on what is not known here
    Unsure,
    /// certainly
    Yes,
}

impl Answer {
    /// Returns whether both hold
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Returns whether either holds
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// Returns whether it does not hold
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unsure => Self::Unsure,
            Self::Yes => Self::No,
        }
    }

    /// Returns whether the answer is certainly what is wanted
    pub fn is(self, wanted: bool) -> bool {
        self == Self::from(wanted)
    }
}

impl From<bool> for Answer {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::Answer::{No, Unsure, Yes};

    #[test]
    fn what_is_unsure_stays_so_unless_the_rest_decides() {
        assert_eq!((Unsure.and(Yes), Unsure.and(No)), (Unsure, No));
        assert_eq!((Unsure.or(Yes), Unsure.or(No)), (Yes, Unsure));
        assert_eq!((Unsure.opposite(), Yes.opposite(), No.opposite()), (Unsure, No, Yes));
        assert!(Yes.is(true) && No.is(false) && !Unsure.is(true) && !Unsure.is(false));
    }
}
