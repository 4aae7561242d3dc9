//! What a role may by all of its policies together, live and as desired.
//!
//! A statement that moves from one policy of a role to another gives the role nothing and takes
//! nothing from it. So growth is judged against everything that the role has, and whatever hands a
//! statement over is changed after what takes it.

use std::collections::{BTreeMap, BTreeSet};

use crate::actual::{Actual, ActualRole};
use crate::desired::{Desired, DesiredRole};
use crate::name::{Arn, PolicyName, RoleName};
use crate::plan::Growth;
use crate::policy::Document;
use crate::policy::widening::{self, Shift};

use super::grown;
use super::key::Keys;

/// What every role may
pub(super) struct Rights {
    roles: BTreeMap<RoleName, RoleRights>,
}

/// What one role may, by its policies whose text is known
#[derive(Default)]
pub(super) struct RoleRights {
    policies: BTreeMap<Place, Standing>,
    /// what hands statements over, and when: see [`RoleRights::turn`]
    turns: BTreeMap<Place, u8>,
}

/// Where a policy of a role stands
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// in the role itself
    Inline(PolicyName),
    /// beside it
    Attached(Arn),
}

/// A policy of a role: none where the role does not have it
#[derive(Default)]
struct Standing {
    live: Option<Document>,
    desired: Option<Document>,
}

/// The texts of managed policies
struct Texts<'a> {
    live: BTreeMap<&'a Arn, &'a Document>,
    /// by the part of the ARN that tells path and name
    desired: BTreeMap<String, Document>,
}

impl Rights {
    pub(super) fn of(desired: &Desired, actual: &Actual, keys: &Keys) -> Self {
        let wanted = desired
            .policies
            .iter()
            .map(|(name, policy)| (resource_of(&policy.path, name), keys.fill(&policy.document)));
        let texts = Texts {
            live: actual.policies.values().map(|live| (&live.arn, &live.document)).collect(),
            desired: wanted.collect(),
        };
        let names: BTreeSet<&RoleName> = desired.roles.keys().chain(actual.roles.keys()).collect();
        let role = |name: &RoleName| {
            let (wanted, live) = (desired.roles.get(name), actual.roles.get(name));
            (name.clone(), RoleRights::of(wanted, live, &texts, keys))
        };
        Self { roles: names.into_iter().map(role).collect() }
    }

    /// Returns what the role may; one that is neither live nor desired may nothing
    pub(super) fn of_role(&self, name: &RoleName) -> &RoleRights {
        static NOTHING: RoleRights =
            RoleRights { policies: BTreeMap::new(), turns: BTreeMap::new() };
        self.roles.get(name).unwrap_or(&NOTHING)
    }

    /// Returns what grows by a managed policy that is made: what a role gets with it is told where it
    /// is attached
    pub(super) fn of_new_policy(
        &self,
        path: &str,
        name: &PolicyName,
        desired: &Document,
    ) -> Vec<Growth> {
        match self.is_wanted(&resource_of(path, name)) {
            true => Vec::new(),
            false => grown(&Document::default(), desired),
        }
    }

    /// Returns what grows by another text of a managed policy, for any of those that have it, and the
    /// turn of the change
    ///
    /// What the roles have beside it is known; what the `strangers` have, whose number may be unknown as
    /// well, is not.
    pub(super) fn of_policy(
        &self,
        arn: &Arn,
        live: &Document,
        desired: &Document,
        strangers: Option<u32>,
    ) -> (Vec<Growth>, u8) {
        let place = Place::Attached(arn.clone());
        let has_it = |role: &&RoleRights| {
            role.policies.get(&place).is_some_and(|standing| standing.live.is_some())
        };
        let holders: Vec<&RoleRights> = self.roles.values().filter(has_it).collect();
        let turn = holders.iter().map(|role| role.turn(&place)).max();
        let is_alone = holders.is_empty() && !self.is_wanted(arn.resource());
        if strangers != Some(0) || is_alone {
            return (grown(live, desired), turn.unwrap_or(0));
        }
        let mut growth: Vec<Growth> = Vec::new();
        for grant in holders.iter().flat_map(|role| role.grown(live, desired)) {
            if !growth.contains(&grant) {
                growth.push(grant);
            }
        }
        (growth, turn.unwrap_or(0))
    }

    /// Whether a role is to have the managed policy
    fn is_wanted(&self, resource: &str) -> bool {
        let wanted = |(place, standing): (&Place, &Standing)| match place {
            Place::Attached(arn) => standing.desired.is_some() && arn.resource() == resource,
            Place::Inline(_) => false,
        };
        self.roles.values().any(|role| role.policies.iter().any(wanted))
    }
}

impl RoleRights {
    fn of(
        wanted: Option<&DesiredRole>,
        live: Option<&ActualRole>,
        texts: &Texts<'_>,
        keys: &Keys,
    ) -> Self {
        let mut policies: BTreeMap<Place, Standing> = BTreeMap::new();
        for (name, document) in live.iter().flat_map(|live| &live.inline) {
            policies.entry(Place::Inline(name.clone())).or_default().live = Some(document.clone());
        }
        for arn in live.iter().flat_map(|live| &live.attached) {
            if let Some(document) = texts.live.get(arn) {
                let document = (*document).clone();
                policies.entry(Place::Attached(arn.clone())).or_default().live = Some(document);
            }
        }
        let attached = match (wanted, live) {
            (Some(wanted), _) => &wanted.attached,
            // it is kept, or deleted whole
            (None, Some(live)) => {
                policies.values_mut().for_each(|standing| standing.desired = standing.live.clone());
                &live.attached
            }
            (None, None) => return Self::default(),
        };
        for (name, document) in wanted.iter().flat_map(|wanted| &wanted.inline) {
            let document = keys.fill(document);
            policies.entry(Place::Inline(name.clone())).or_default().desired = Some(document);
        }
        for arn in attached {
            let own = texts.desired.get(arn.resource());
            if let Some(document) = own.or_else(|| texts.live.get(arn).copied()) {
                let document = document.clone();
                policies.entry(Place::Attached(arn.clone())).or_default().desired = Some(document);
            }
        }
        let turns = turns(&policies);
        Self { policies, turns }
    }

    /// Returns what the role may by `desired` in place of `live`, and by none of its policies before,
    /// and what none of them will deny
    pub(super) fn grown(&self, live: &Document, desired: &Document) -> Vec<Growth> {
        let before: Vec<&Document> =
            self.policies.values().filter_map(|standing| standing.live.as_ref()).collect();
        let after: Vec<&Document> =
            self.policies.values().filter_map(|standing| standing.desired.as_ref()).collect();
        let grants = widening::growth_among(live, desired, &before, &after);
        grants.into_iter().map(Growth::Grant).collect()
    }

    /// Returns the text that a managed policy has for the role, where it is known
    pub(super) fn live(&self, place: &Place) -> Option<&Document> {
        self.policies.get(place)?.live.as_ref()
    }

    /// Returns the text that a policy is to have for the role, where it is known
    pub(super) fn desired(&self, place: &Place) -> Option<&Document> {
        self.policies.get(place)?.desired.as_ref()
    }

    /// Returns when a policy is changed: 0 with its kind, or so many turns after the policies that
    /// the role takes on, when everything that it hands over is granted elsewhere
    pub(super) fn turn(&self, place: &Place) -> u8 {
        self.turns.get(place).copied().unwrap_or(0)
    }

    /// Returns whether another policy of the role comes to say what this one no longer does
    pub(super) fn hands_over(&self, place: &Place) -> bool {
        self.turns.contains_key(place)
    }
}

/// How path and name of a managed policy stand in its ARN
fn resource_of(path: &str, name: &PolicyName) -> String {
    format!("policy{path}{name}")
}

/// A policy that changes
struct Moving<'p> {
    place: &'p Place,
    /// whether the role keeps it, with another text
    stays: bool,
    shift: Shift,
}

/// The turns of the policies that hand something over
fn turns(policies: &BTreeMap<Place, Standing>) -> BTreeMap<Place, u8> {
    let nothing = Document::default();
    let moving = policies.iter().filter(|(_, standing)| standing.live != standing.desired);
    let moving: Vec<Moving<'_>> = moving
        .map(|(place, Standing { live, desired })| Moving {
            place,
            stays: live.is_some() && desired.is_some(),
            shift: Shift::of(
                live.as_ref().unwrap_or(&nothing),
                desired.as_ref().unwrap_or(&nothing),
            ),
        })
        .collect();
    let takers: Vec<Vec<usize>> = (0..moving.len())
        .map(|giver| {
            let takes = |taker: &usize| {
                *taker != giver && moving[giver].shift.hands_over_to(&moving[*taker].shift)
            };
            (0..moving.len()).filter(takes).collect()
        })
        .collect();
    let mut known = vec![Known::New; moving.len()];
    let givers = (0..moving.len()).filter(|number| !takers[*number].is_empty());
    givers
        .filter_map(|number| {
            let turn = turn(number, &moving, &takers, &mut known)?;
            Some((moving[number].place.clone(), turn))
        })
        .collect()
}

/// What is known of the turn of one of them
#[derive(Clone, Copy)]
enum Known {
    New,
    /// it waits for the turns of those that take over from it
    Asked,
    Turn(u8),
}

/// The turn of one of them, none while it is asked for: where policies hand over in a circle, one of
/// them is first
fn turn(
    number: usize,
    moving: &[Moving<'_>],
    takers: &[Vec<usize>],
    known: &mut [Known],
) -> Option<u8> {
    match known[number] {
        Known::Turn(turn) => return Some(turn),
        Known::Asked => return None,
        Known::New => known[number] = Known::Asked,
    }
    let giver = &moving[number];
    let after = takers[number].iter().filter_map(|taker| {
        let turn = turn(*taker, moving, takers, known)?;
        // what is taken on, and taken away last, is so in one go with the role
        let same_go = match (giver.place, moving[*taker].place) {
            _ if !giver.stays => true,
            (Place::Inline(_), Place::Attached(_)) => true,
            (Place::Inline(_), Place::Inline(_)) | (Place::Attached(_), _) => false,
        };
        Some(if turn == 0 && same_go { 0 } else { turn.saturating_add(1) })
    });
    let turn = after.max().unwrap_or(0);
    known[number] = Known::Turn(turn);
    Some(turn)
}
