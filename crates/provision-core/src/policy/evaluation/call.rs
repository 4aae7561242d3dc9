//! One call to AWS, as its policies see it.

use std::collections::BTreeMap;

/// Who calls
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caller {
    /// a role or user
    Principal {
        /// its ARN
        arn: String,
        /// its account
        account: String,
    },
    /// a service of AWS, such as `lambda.amazonaws.com`
    Service(String),
    /// somebody whom an identity provider vouches for, by the provider's ARN
    Federated(String),
}

/// One call
#[derive(Debug, Clone)]
pub struct Call {
    /// who calls
    pub caller: Caller,
    /// such as `kms:Decrypt`
    pub action: String,
    /// the ARN of what it is done to; none where a role is taken on
    pub resource: Option<String>,
    /// what else is known of it
    pub context: Context,
}

/// What is known of a call: the values of its keys, and which keys it certainly does not have
///
/// Keys are compared without regard to case. What is told neither way is not known.
#[derive(Debug, Clone, Default)]
pub struct Context {
    keys: BTreeMap<String, Told>,
    absent: Vec<&'static str>,
}

/// What is known of one key of the context
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    Values(Vec<String>),
    /// it is there, with a value that is not known
    Present,
    Absent,
}

impl Context {
    /// Returns the context with a key of one value
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.keys.insert(key.to_ascii_lowercase(), Told::Values(vec![value.into()]));
        self
    }

    /// Returns the context with a key that has some value
    #[must_use]
    pub fn with_some(mut self, key: &str) -> Self {
        self.keys.insert(key.to_ascii_lowercase(), Told::Present);
        self
    }

    /// Returns the context with a key that the call does not have
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.keys.insert(key.to_ascii_lowercase(), Told::Absent);
        self
    }

    /// Returns the context without any other key that begins so (in lower case)
    #[must_use]
    pub fn without_others(mut self, prefix: &'static str) -> Self {
        self.absent.push(prefix);
        self
    }

    /// Returns what is known of `key`, in lower case; none where nothing is
    pub(super) fn told(&self, key: &str) -> Option<&Told> {
        self.keys.get(key).or_else(|| {
            self.absent.iter().any(|prefix| key.starts_with(prefix)).then_some(&Told::Absent)
        })
    }
}
