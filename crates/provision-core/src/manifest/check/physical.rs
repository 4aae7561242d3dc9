//! The names that things will have in AWS, and which of them would meet.
//!
//! Names that the manifest leaves to us never meet: the ones that are too long or taken get a
//! digest. What a person overrides is taken as it is, and must be unique.

use std::collections::BTreeMap;

use crate::manifest::problem::{Finding, Kind};
use crate::manifest::source::Span;

/// What a physical name names
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Noun {
    Alias,
    Secret,
    Function,
    Role,
}

impl Noun {
    fn words(self) -> &'static str {
        match self {
            Noun::Alias => "the key alias",
            Noun::Secret => "the secret",
            Noun::Function => "the function",
            Noun::Role => "the role",
        }
    }
}

/// Every physical name of every environment
#[derive(Default)]
pub(super) struct Register {
    places: Vec<Place>,
    claims: BTreeMap<(Noun, String), Vec<Claim>>,
}

/// Where an environment's things are made
struct Place {
    environment: String,
    region: Option<String>,
    account: Option<String>,
}

struct Claim {
    place: usize,
    name: String,
    owner: String,
    span: Span,
}

impl Register {
    /// Starts the environment whose names are added next
    pub(super) fn enter(&mut self, environment: &str, region: Option<&str>, account: Option<&str>) {
        self.places.push(Place {
            environment: environment.to_owned(),
            region: region.map(str::to_owned),
            account: account.map(str::to_owned),
        });
    }

    /// Adds a name of the environment that was entered last
    pub(super) fn add(&mut self, noun: Noun, name: &str, owner: String, span: Span) {
        // IAM keeps names apart without regard to case
        let key = if noun == Noun::Role { name.to_lowercase() } else { name.to_owned() };
        let place = self.places.len().saturating_sub(1);
        let claim = Claim { place, name: name.to_owned(), owner, span };
        self.claims.entry((noun, key)).or_default().push(claim);
    }

    /// Adds a problem for every name that two things would have
    pub(super) fn collisions(&self, findings: &mut Vec<Finding>) {
        for ((noun, _), claims) in &self.claims {
            let pair = claims.iter().enumerate().find_map(|(number, later)| {
                let first = claims[..number].iter().find(|first| self.meet(*noun, first, later))?;
                Some((first, later))
            });
            if let Some((first, later)) = pair {
                findings.push(self.collision(*noun, first, later));
            }
        }
    }

    fn meet(&self, noun: Noun, first: &Claim, later: &Claim) -> bool {
        let (here, there) = (&self.places[first.place], &self.places[later.place]);
        // Where an account is not named, it may be the same one.
        let apart = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
        let account = !apart(&here.account, &there.account);
        // Roles belong to an account, everything else to a region of it.
        account && (noun == Noun::Role || !apart(&here.region, &there.region))
    }

    fn collision(&self, noun: Noun, first: &Claim, later: &Claim) -> Finding {
        let (here, there) = (&self.places[first.place], &self.places[later.place]);
        let (message, hint) = if first.place == later.place {
            (
                format!(
                    "`{}` and `{}` would both be {} `{}` in `{}`",
                    first.owner,
                    later.owner,
                    noun.words(),
                    later.name,
                    here.environment
                ),
                "give each a name of its own",
            )
        } else {
            (
                format!(
                    "`{}` and `{}` would share {} `{}`",
                    here.environment,
                    there.environment,
                    noun.words(),
                    later.name
                ),
                "put `{env}` into the name, or give each environment its own name or account",
            )
        };
        let finding = Finding::new(Kind::DuplicateName, later.span, message, hint);
        if first.span == later.span { finding } else { finding.also(first.span, "the other one") }
    }
}
