//! What keeps an environment's functions from their secrets, and the command that mends it.
//!
//! An ailment is one file in [`ailments`]: its data, and a function that looks at what was read. What was
//! read is a plain value: a state, one thing broken, the finding.

mod ailments;
mod live;

use serde::Serialize;

pub use ailments::AILMENTS;
pub use live::{
    FunctionState, LiveFunction, SETTINGS, Situation, Tools, Trail, ValueFault, Values, Vpc,
};

use crate::check::Severity;

/// One kind of trouble
#[derive(Debug, Clone, Copy)]
pub struct Ailment {
    /// such as `LD020`; never given to another one
    pub id: &'static str,
    /// the same in words, in kebab case
    pub name: &'static str,
    /// how bad it is
    pub severity: Severity,
    /// the layer that denies, or that is broken
    pub layer: Layer,
    /// the trouble as a sentence without a full stop
    pub title: &'static str,
    look: Look,
}

/// What an ailment looks at
#[derive(Debug, Clone, Copy)]
enum Look {
    /// everything that was read
    Situation(fn(&Situation<'_>, &mut Spots)),
    /// nothing: it keeps the rest from being read, and the caller tells it by [`found`]
    Elsewhere,
}

/// Which of the layers between a function and its secret denies, or is broken
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// who runs this tool
    Caller,
    /// the way to AWS
    Network,
    /// the key itself
    Key,
    /// the policy on the key
    KeyPolicy,
    /// the secret itself
    Secret,
    /// the policy on the secret
    ResourcePolicy,
    /// the role and its policies
    IdentityPolicy,
    /// the most that the role may ever do
    Boundary,
    /// who may take the role
    Trust,
    /// the function's configuration
    Function,
    /// the alarms, and the trail that they look at
    Alarms,
    /// whatever else belongs to the environment
    Environment,
}

impl Layer {
    /// Returns the layer in words
    pub fn words(self) -> &'static str {
        match self {
            Self::Caller => "the caller",
            Self::Network => "the network",
            Self::Key => "the key",
            Self::KeyPolicy => "the key policy",
            Self::Secret => "the secret",
            Self::ResourcePolicy => "the policy on the secret",
            Self::IdentityPolicy => "the policy of the role",
            Self::Boundary => "the boundary of the role",
            Self::Trust => "the trust of the role",
            Self::Function => "the function",
            Self::Alarms => "the alarms",
            Self::Environment => "the environment",
        }
    }
}

/// One thing that is wrong
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// the ailment's id
    pub id: &'static str,
    /// the ailment's name
    pub name: &'static str,
    /// how bad it is
    pub severity: Severity,
    /// the layer that denies, or that is broken
    pub layer: Layer,
    /// what is wrong
    pub message: String,
    /// what to do where no command does it, or what to know before
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// the commands that mend it, one after the other
    pub commands: Vec<String>,
}

/// What an ailment found
#[derive(Default)]
struct Spots(Vec<Spot>);

struct Spot {
    message: String,
    hint: Option<String>,
    commands: Vec<String>,
}

impl Spots {
    fn add(&mut self, message: impl Into<String>, commands: Vec<String>) {
        self.0.push(Spot { message: message.into(), hint: None, commands });
    }

    fn hint(&mut self, message: impl Into<String>, hint: impl Into<String>, commands: Vec<String>) {
        self.0.push(Spot { message: message.into(), hint: Some(hint.into()), commands });
    }
}

impl Ailment {
    fn finding(&self, spot: Spot) -> Finding {
        let Spot { message, hint, commands } = spot;
        let clean =
            |text: String| text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        Finding {
            id: self.id,
            name: self.name,
            severity: self.severity,
            layer: self.layer,
            message: clean(message),
            hint: hint.map(clean),
            commands,
        }
    }
}

/// Ailments that compare with the key that was read: where there is none, or somebody else's, they would
/// only say so again
const BY_KEY: [&str; 4] = ["LD013", "LD023", "LD031", "LD080"];

/// Returns what is wrong, in the order of the ailments
pub fn examine(situation: &Situation<'_>) -> Vec<Finding> {
    // where nothing was made yet, everything else would only say so again
    let alone = ailments::not_applied::is(situation).then_some(ailments::not_applied::AILMENT.id);
    let misled = ailments::alias_elsewhere::is(situation) || ailments::key_missing::is(situation);
    let is_asked = |ailment: &&Ailment| {
        alone.is_none_or(|id| id == ailment.id) && !(misled && BY_KEY.contains(&ailment.id))
    };
    let mut findings = Vec::new();
    for ailment in AILMENTS.iter().filter(is_asked) {
        let mut spots = Spots::default();
        if let Look::Situation(look) = ailment.look {
            look(situation, &mut spots);
        }
        findings.extend(spots.0.into_iter().map(|spot| ailment.finding(spot)));
    }
    findings
}

/// What keeps an environment from being read at all
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// nobody has credentials
    NoCredentials,
    /// AWS does not take them
    BadCredentials,
    /// they are of another account
    OtherAccount,
    /// another region is meant
    OtherRegion,
    /// AWS does not answer
    Unreachable,
    /// the caller may not look
    MayNotLook,
    /// the caller may not look at one thing, and the rest is examined
    NotSeen,
}

/// Returns the finding of an obstacle
pub fn found(
    obstacle: Obstacle,
    message: String,
    hint: Option<String>,
    commands: Vec<String>,
) -> Finding {
    let ailment = match obstacle {
        Obstacle::NoCredentials => ailments::no_credentials::AILMENT,
        Obstacle::BadCredentials => ailments::bad_credentials::AILMENT,
        Obstacle::OtherAccount => ailments::other_account::AILMENT,
        Obstacle::OtherRegion => ailments::other_region::AILMENT,
        Obstacle::Unreachable => ailments::unreachable::AILMENT,
        Obstacle::MayNotLook => ailments::may_not_look::AILMENT,
        Obstacle::NotSeen => ailments::not_seen::AILMENT,
    };
    ailment.finding(Spot { message, hint, commands })
}
