//! Who is judged: each role with its policies ready, and what the manifest says it may do.

use super::realm::{ANY_ACCOUNT, Kind, Placed, Realm, Role};
use super::ways::Identified;
use crate::policy::evaluation::{Answer, By, Call, Home, Identity, Judge, Ruling};

/// Who a decision is about
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subject {
    /// the environment, as `project/env`
    pub(crate) environment: String,
    /// the name of the role or other principal
    pub(crate) role: String,
    /// its ARN
    pub(crate) role_arn: String,
}

/// A policy and its judge
pub(crate) struct Bench<'a> {
    pub(crate) policy: &'a Placed,
    judge: Judge,
}

impl<'a> Bench<'a> {
    pub(crate) fn of(policy: &'a Placed) -> Self {
        Self { policy, judge: Judge::of(&policy.document) }
    }

    pub(crate) fn rule(&self, call: &Call) -> Ruling {
        self.judge.rule(call)
    }
}

/// A key, or a secret, with its policy ready
pub(crate) struct Guarded<'a> {
    pub(crate) bench: Option<Bench<'a>>,
}

impl<'a> Guarded<'a> {
    pub(crate) fn of(policy: Option<&'a Placed>) -> Self {
        Self { bench: policy.map(Bench::of) }
    }
}

/// What a policy of a role, key or secret says of one call
pub(crate) struct Said<'b, 'a> {
    pub(crate) bench: &'b Bench<'a>,
    pub(crate) ruling: Ruling,
}

impl<'a> Said<'_, 'a> {
    pub(crate) fn behind(
        &self,
        answer: Answer,
    ) -> impl Iterator<Item = (&'a Placed, usize)> + use<'a> {
        let policy = self.bench.policy;
        self.ruling.behind(answer).into_iter().map(move |number| (policy, number))
    }
}

/// Whose word on a call is heard
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// a role of the environment
    Role,
    /// a reader whom the manifest names; its own policies are not ours to see
    Reader,
    /// somebody else whom the key lets in for the manifest's sake; its own policies are not ours to
    /// see
    LetIn,
    /// somebody whom the manifest does not name, with no policy
    Stranger,
    /// another role of the account, with the policies that it has
    Other,
}

/// One caller
pub(crate) struct Party<'a> {
    pub(crate) subject: Subject,
    pub(crate) identified: Identified,
    pub(crate) standing: Standing,
    pub(crate) kind: Kind,
    pub(crate) role: Option<&'a Role>,
    /// whether it is of another account than the environment
    is_foreign: bool,
    policies: Vec<Bench<'a>>,
    boundary: Option<Bench<'a>>,
}

impl<'a> Party<'a> {
    pub(crate) fn role(realm: &Realm, role: &'a Role) -> Self {
        let title = realm.title();
        let tagged = (role.kind != Kind::Other).then_some(realm);
        let mut identified = Identified::of(&role.arn, &realm.account, tagged);
        if role.kind == Kind::Function {
            identified = identified.in_function();
        }
        Self {
            subject: Subject {
                environment: title,
                role: role.name.clone(),
                role_arn: role.arn.clone(),
            },
            identified,
            standing: if role.kind == Kind::Other { Standing::Other } else { Standing::Role },
            kind: role.kind,
            role: Some(role),
            is_foreign: false,
            policies: role.policies.iter().map(Bench::of).collect(),
            boundary: role.boundary.as_ref().map(Bench::of),
        }
    }

    pub(crate) fn reader(realm: &Realm, arn: &str) -> Self {
        Self::principal(realm, arn, Standing::Reader, Kind::Reader)
    }

    /// Returns one of [`Realm::let_in`]
    pub(crate) fn let_in(realm: &Realm, arn: &str, kind: Kind) -> Self {
        let mut party = Self::principal(realm, arn, Standing::LetIn, kind);
        if realm.account == ANY_ACCOUNT {
            // whichever account it will be: the manifest is written for theirs
            party.identified = Identified::of(arn, ANY_ACCOUNT, None);
            party.is_foreign = false;
        }
        party
    }

    pub(crate) fn stranger(realm: &Realm, arn: &str) -> Self {
        Self::principal(realm, arn, Standing::Stranger, Kind::Other)
    }

    fn principal(realm: &Realm, arn: &str, standing: Standing, kind: Kind) -> Self {
        let account = arn.split(':').nth(4).unwrap_or_default();
        Self {
            subject: Subject {
                environment: realm.title(),
                role: arn.split_once(":role/").map_or(arn, |(_, name)| name).to_owned(),
                role_arn: arn.to_owned(),
            },
            identified: Identified::of(arn, account, None),
            standing,
            kind,
            role: None,
            is_foreign: account != realm.account,
            policies: Vec::new(),
            boundary: None,
        }
    }

    /// Returns whether the caller is of the account of `realm`
    pub(crate) fn home(&self, realm: &Realm) -> Home {
        if self.identified.account == realm.account { Home::Same } else { Home::Other }
    }

    /// Returns what each of the role's policies says, and its boundary
    pub(crate) fn say<'b>(&'b self, call: &Call) -> (Vec<Said<'b, 'a>>, Option<Said<'b, 'a>>) {
        let said = |bench: &'b Bench<'a>| Said { bench, ruling: bench.rule(call) };
        (self.policies.iter().map(said).collect(), self.boundary.as_ref().map(said))
    }

    /// Returns what the caller's own policies say together
    pub(crate) fn identity(
        &self,
        policies: &[Said<'_, '_>],
        boundary: Option<&Said<'_, '_>>,
    ) -> Identity {
        // another account decides over its own: whatever is open to it may be used
        if self.role.is_none() && self.is_foreign {
            return Identity::of_another_account();
        }
        if self.kind.is_unseen() {
            return Identity::unknown();
        }
        Identity::of(policies.iter().map(|said| &said.ruling), boundary.map(|said| &said.ruling))
    }

    /// Returns whether the manifest lets the role read the secret
    pub(crate) fn reads(&self, name: &str, region: &str, home: &str) -> bool {
        self.role.is_some_and(|role| {
            let everywhere = role.kind == Kind::Function && role.reads.contains(name);
            let at_home = role.reads.contains(name) || role.writes.contains(name);
            everywhere || (at_home && region == home)
        })
    }

    /// Returns whether the manifest lets the role write the secret
    pub(crate) fn writes(&self, name: &str, region: &str, home: &str) -> bool {
        self.role.is_some_and(|role| {
            let named = role.writes.contains(name)
                || (role.kind == Kind::Writer && role.reads.contains(name));
            named && region == home
        })
    }

    /// Returns whether the manifest gives the role anything to read
    pub(crate) fn reads_anything(&self) -> bool {
        self.role.is_some_and(|role| !role.reads.is_empty() || !role.writes.is_empty())
    }
}

/// Returns whether a policy on a key or secret opens, by any name, as far as it can be told
pub(crate) fn opens(ruling: &Ruling) -> Answer {
    ruling.passes()
}

/// Returns whether it opens with nothing else needed
pub(crate) fn opens_alone(ruling: &Ruling) -> Answer {
    ruling.granted_by(By::Name).and(ruling.denied().opposite())
}
