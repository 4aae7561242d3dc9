//! One caller at one target: every decision, each policy alone and all together.

use super::finding::{Decision, Findings, Layer, Nearness};
use super::{DECRYPT, READ, Site, Target};
use crate::access::party::{Guarded, Party, Said, Standing, opens, opens_alone};
use crate::access::ways::{Identified, Way};
use crate::access::{Key, Kind, Realm, Role, Secret};
use crate::policy::evaluation::{self, Answer, Call, Home, Ruling};

/// What a function never needs on a secret, besides writing one that it is to write
const NEVER_ON_SECRETS: [&str; 4] = [
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecret",
];
/// What a function never needs on a key, besides encrypting what it writes
const NEVER_ON_KEYS: [&str; 5] = [
    "kms:CreateGrant",
    "kms:GenerateDataKey",
    "kms:PutKeyPolicy",
    "kms:ReEncryptFrom",
    "kms:ScheduleKeyDeletion",
];

/// A caller at one of its targets
struct At<'p, 'a> {
    party: &'p Party<'a>,
    /// the caller's environment
    from: &'p Site<'a>,
    /// the target's
    to: &'p Site<'a>,
    own: bool,
    target: &'p Target<'a>,
}

pub(super) fn judge<'a>(
    party: &Party<'a>,
    sites: &[Site<'a>],
    from: &Site<'a>,
    to: &Site<'a>,
    findings: &mut Findings,
) {
    let own = std::ptr::eq(from, to);
    for target in &to.targets {
        let at = At { party, from, to, own, target };
        if party.standing == Standing::Other {
            at.other(findings);
            continue;
        }
        at.read(findings);
        for holder in sites {
            // a secret is tried with the key of every environment, a near miss with those it may meet
            let meets = std::ptr::eq(holder, from) || std::ptr::eq(holder, to);
            if !meets && target.secret.is_none() {
                continue;
            }
            for (key, guarded) in &holder.keys {
                // a key and a secret of different regions never meet
                if key.region == target.region {
                    at.decrypt(key, guarded, holder, findings);
                }
            }
        }
        if own && target.secret.is_some() && party.kind == Kind::Function {
            at.never(findings);
        }
    }
}

impl<'a> At<'_, 'a> {
    /// Whether the manifest lets the caller read the target's value
    fn is_read(&self) -> bool {
        let home = &self.to.realm.region;
        self.own
            && self.target.secret.is_some()
            && self.party.reads(self.target.name, self.target.region, home)
    }

    /// Whether the manifest names the caller as a reader of the target
    fn is_reader(&self) -> bool {
        self.party.standing == Standing::Reader
            && self.own
            && self.target.secret.is_some_and(|s| s.readers.contains(&self.party.subject.role_arn))
    }

    fn note(
        &self,
        findings: &mut Findings,
        layer: Layer,
        (action, way): (&str, &str),
        wanted: bool,
        answer: Answer,
        said: &[&Said<'_, 'a>],
    ) {
        if answer.is(wanted) {
            findings.decisions += 1;
            return;
        }
        let in_region = format!("{} in {}", self.target.name, self.target.region);
        let is_home = self.target.region == self.to.realm.region;
        let target: &str = if is_home { self.target.name } else { &in_region };
        let subject = &self.party.subject;
        let nearness = match self.target.secret {
            Some(_) => Nearness::Declared,
            None => Nearness::NearMiss,
        };
        let decision = Decision { subject, layer, action, way, target, nearness, wanted, answer };
        findings.note(&decision, || {
            let statements = said.iter().flat_map(|said| said.behind(answer)).collect();
            let doubts = said
                .iter()
                .flat_map(|said| said.ruling.doubts().into_iter().map(|doubt| doubt.0.clone()))
                .filter(|_| answer == Answer::Unsure)
                .collect();
            (statements, doubts)
        });
    }

    /// `GetSecretValue`: the role, its boundary, the secret's policy, and all of them
    fn read(&self, findings: &mut Findings) {
        let Self { party, to, target, .. } = self;
        let call = party.identified.on_secret(READ, &target.arn, to.realm, target.region);
        let (policies, boundary) = party.say(&call);
        let identity = party.identity(&policies, boundary.as_ref());
        let wanted = self.is_read();
        let on = (READ, "");
        if party.role.is_some() {
            let said: Vec<&Said<'_, 'a>> = policies.iter().collect();
            self.note(findings, Layer::Identity, on, wanted, identity.passes(), &said);
            self.bound(boundary.as_ref(), on, wanted, findings);
        }
        let said = target.secret.and_then(|secret| self.policy_of(secret, &call));
        let named = self.is_reader();
        self.resource(said.as_ref(), named, findings);
        self.in_the_clear(call, findings);
        let all: Vec<&Said<'_, 'a>> =
            policies.iter().chain(boundary.as_ref()).chain(said.as_ref()).collect();
        let home = party.home(to.realm);
        // what is not known cannot be compared
        if party.kind.is_unseen() && home == Home::Same {
            return;
        }
        let together = evaluation::secret(&identity, said.as_ref().map(|s| &s.ruling), home);
        self.note(findings, Layer::Together, on, wanted || named, together, &all);
    }

    /// The policy on the secret alone: whom it names, whom it keeps out, and nobody else
    fn resource(&self, said: Option<&Said<'_, 'a>>, named: bool, findings: &mut Findings) {
        let Some(secret) = self.target.secret else { return };
        if let Some(said) = said {
            let home = self.party.home(self.to.realm);
            let granted = match (named, home) {
                (true, _) | (false, Home::Other) => opens(&said.ruling),
                // naming the account leaves it to the role
                (false, Home::Same) => opens_alone(&said.ruling),
            };
            self.note(findings, Layer::Secret, (READ, ""), named, granted, &[said]);
        }
        // what is said of a secret is said of its copies
        let name = self.target.name;
        let is_holder =
            |role: &Role| self.own && (role.reads.contains(name) || role.writes.contains(name));
        let reads = self.party.role.is_some_and(is_holder) || named || self.is_rotator(secret);
        // where there is no policy, nobody is denied
        if secret.closed || (reads && said.is_some()) {
            self.denial((READ, "not denied"), reads, said, findings);
        }
    }

    /// What the policy on the secret leaves undenied; without one that is everything
    fn denial(
        &self,
        on: (&str, &str),
        wanted: bool,
        said: Option<&Said<'_, 'a>>,
        findings: &mut Findings,
    ) {
        let open = said.map_or(Answer::Yes, |said| said.ruling.denied().opposite());
        let said: Vec<&Said<'_, 'a>> = said.into_iter().collect();
        self.note(findings, Layer::Secret, on, wanted, open, &said);
    }

    /// A secret that is for calls over TLS alone: its policy denies every other
    fn in_the_clear(&self, call: Call, findings: &mut Findings) {
        let Some(secret) = self.target.secret.filter(|secret| secret.tls_only) else { return };
        let said = self.policy_of(secret, &Identified::in_the_clear(call));
        self.denial((READ, "without TLS, not denied"), false, said.as_ref(), findings);
    }

    fn is_rotator(&self, secret: &Secret) -> bool {
        secret.rotator.as_ref() == Some(&self.party.subject.role_arn)
    }

    /// The boundary alone: it lets through what is meant, and nothing of another environment
    fn bound(
        &self,
        boundary: Option<&Said<'_, 'a>>,
        on: (&str, &str),
        wanted: bool,
        findings: &mut Findings,
    ) {
        let Some(boundary) = boundary else { return };
        if wanted || !self.from.serves(self.target.name) {
            let passes = boundary.ruling.passes();
            self.note(findings, Layer::Boundary, on, wanted, passes, &[boundary]);
        }
    }

    /// Somebody who is none of the manifest's roles: whether they read the value, with all that they
    /// may, and whether a policy on the secret or its key lets them in; readers and rotators are meant to
    fn other(&self, findings: &mut Findings) {
        let Self { party, to, target, .. } = self;
        let Some(secret) = target.secret else { return };
        let home = party.home(to.realm);
        let is_named = |secret: &Secret| secret.readers.contains(&party.subject.role_arn);
        let named = is_named(secret);
        let reads = to.realm.secrets.iter().any(is_named);
        let call = party.identified.on_secret(READ, &target.arn, to.realm, target.region);
        let (policies, boundary) = party.say(&call);
        let identity = party.identity(&policies, boundary.as_ref());
        let said = self.policy_of(secret, &call);
        self.resource(said.as_ref(), named, findings);
        self.in_the_clear(call, findings);
        let got = evaluation::secret(&identity, said.as_ref().map(|s| &s.ruling), home);
        for (key, guarded) in to.keys.iter().filter(|(key, _)| key.region == target.region) {
            let Some(bench) = &guarded.bench else { continue };
            let who = &party.identified;
            let call = who.through(DECRYPT, &key.arn, &target.arn, to.realm, target.region);
            let (uses, bound) = party.say(&call);
            let opener = party.identity(&uses, bound.as_ref());
            let opened = Said { bench, ruling: bench.rule(&call) };
            let meant = home == Home::Same && (reads || self.is_let_in(key, to.realm));
            self.key(&opened, (DECRYPT, ""), meant, home, findings);
            let both = got.and(evaluation::key(&opener, &opened.ruling, home));
            // a rotator may, and whether it must is its function's matter
            if self.is_rotator(secret) && !named {
                continue;
            }
            let own = policies.iter().chain(&uses).chain(boundary.as_ref()).chain(bound.as_ref());
            let all: Vec<&Said<'_, 'a>> = own.chain(said.as_ref()).chain([&opened]).collect();
            self.note(findings, Layer::Together, (READ, ""), named, both, &all);
        }
    }

    /// What the policy on a secret says; copies carry that of their primary
    fn policy_of(&self, secret: &Secret, call: &Call) -> Option<Said<'_, 'a>> {
        let bench = self.to.policy(secret)?.bench.as_ref()?;
        Some(Said { bench, ruling: bench.rule(call) })
    }

    /// `Decrypt` with a key: the way that is meant, and those that are not
    fn decrypt(
        &self,
        key: &Key,
        guarded: &Guarded<'a>,
        holder: &Site<'a>,
        findings: &mut Findings,
    ) {
        let meant = Way::ThroughSecretsManager;
        self.decrypt_by(meant, key, guarded, holder, findings);
        if self.target.secret.is_some() && std::ptr::eq(holder, self.to) {
            for way in Way::SHUT {
                self.decrypt_by(way, key, guarded, holder, findings);
            }
        }
    }

    fn decrypt_by(
        &self,
        way: Way,
        key: &Key,
        guarded: &Guarded<'a>,
        holder: &Site<'a>,
        findings: &mut Findings,
    ) {
        let Self { party, target, .. } = self;
        let call = way.call(
            &party.identified,
            DECRYPT,
            &key.arn,
            &target.arn,
            holder.realm,
            target.region,
        );
        let is_meant = way == Way::ThroughSecretsManager && std::ptr::eq(holder, self.from);
        let wanted = is_meant && self.is_decrypted();
        let (policies, boundary) = party.say(&call);
        let identity = party.identity(&policies, boundary.as_ref());
        let on = (DECRYPT, way.words());
        if party.role.is_some() {
            let said: Vec<&Said<'_, 'a>> = policies.iter().collect();
            self.note(findings, Layer::Identity, on, wanted, identity.passes(), &said);
            self.bound(boundary.as_ref(), on, wanted, findings);
        }
        let Some(bench) = &guarded.bench else { return };
        let said = Said { bench, ruling: bench.rule(&call) };
        let opened = is_meant && self.is_opened(key, holder);
        let home = party.home(holder.realm);
        self.key(&said, on, opened, home, findings);
        if party.kind.is_unseen() && home == Home::Same {
            return;
        }
        let together = evaluation::key(&identity, &said.ruling, home);
        let all: Vec<&Said<'_, 'a>> =
            policies.iter().chain(boundary.as_ref()).chain([&said]).collect();
        let wanted = wanted || (opened && party.standing == Standing::Reader);
        self.note(findings, Layer::Together, on, wanted, together, &all);
    }

    /// The key's policy alone: for whom it opens, and that it never is enough by itself
    fn key(
        &self,
        said: &Said<'_, 'a>,
        on: (&str, &str),
        opened: bool,
        home: Home,
        findings: &mut Findings,
    ) {
        let ruling: &Ruling = &said.ruling;
        let standing = self.party.standing;
        // where the manifest names nobody the account's own policies say who uses the key
        let is_open = !self.to.realm.named && home == Home::Same;
        if !is_open || matches!(standing, Standing::Role) {
            self.note(findings, Layer::Key, on, opened, opens(ruling), &[said]);
        }
        if home == Home::Same {
            let (action, way) = on;
            let alone = if way.is_empty() { "without a policy of the caller's own" } else { way };
            let answer = opens_alone(ruling);
            self.note(findings, Layer::Key, (action, alone), false, answer, &[said]);
        }
    }

    /// Whether the manifest lets the caller decrypt the target's value
    fn is_decrypted(&self) -> bool {
        self.is_read() || self.copies()
    }

    /// Whether the caller makes copies, for which Secrets Manager decrypts with its rights
    fn copies(&self) -> bool {
        let Site { realm, .. } = self.from;
        matches!(self.party.kind, Kind::Provisioner | Kind::GithubDeploy)
            && realm.keys.len() > 1
            && self.target.region == realm.region
            && self.from.serves(self.target.name)
    }

    /// Whether the key is to open for the caller; which secret is for the caller's own policy to say
    fn is_opened(&self, key: &Key, holder: &Site<'a>) -> bool {
        if !std::ptr::eq(holder, self.from) || !holder.serves(self.target.name) {
            return false;
        }
        match self.party.standing {
            Standing::Role => match self.party.kind {
                Kind::Function | Kind::Writer => self.party.reads_anything(),
                Kind::Provisioner | Kind::GithubDeploy => {
                    holder.realm.keys.len() > 1 && key.region == holder.realm.region
                }
                Kind::Planner
                | Kind::BreakGlass
                | Kind::Reader
                | Kind::Rotator
                | Kind::Principal
                | Kind::Other => false,
            },
            Standing::Reader => true,
            Standing::LetIn => {
                self.party.home(holder.realm) == Home::Same && self.is_let_in(key, holder.realm)
            }
            Standing::Stranger | Standing::Other => false,
        }
    }

    /// Whether somebody without a role of the manifest decrypts with the key all the same: they
    /// rotate a secret, or provision under their own name, where copies are made with their rights
    fn is_let_in(&self, key: &Key, realm: &Realm) -> bool {
        let Realm { provisioners, secrets, keys, region, .. } = realm;
        let copies = keys.len() > 1 && key.region == *region;
        secrets.iter().any(|secret| self.is_rotator(secret))
            || (copies && provisioners.contains(&self.party.subject.role_arn))
    }

    /// What a function never does, by its own policies alone
    fn never(&self, findings: &mut Findings) {
        let Self { party, to, target, .. } = self;
        let home = &to.realm.region;
        let writes = party.writes(target.name, target.region, home);
        let mut note = |call: Call| {
            let write = matches!(
                call.action.as_str(),
                "secretsmanager:PutSecretValue" | "kms:GenerateDataKey"
            );
            let (policies, boundary) = party.say(&call);
            let identity = party.identity(&policies, boundary.as_ref());
            let said: Vec<&Said<'_, 'a>> = policies.iter().collect();
            let on = (call.action.as_str(), "");
            let wanted = write && writes;
            self.note(findings, Layer::Identity, on, wanted, identity.passes(), &said);
        };
        for action in NEVER_ON_SECRETS {
            note(party.identified.on_secret(action, &target.arn, to.realm, target.region));
        }
        for (key, _) in to.keys.iter().filter(|(key, _)| key.region == target.region) {
            for action in NEVER_ON_KEYS {
                let who = &party.identified;
                note(who.through(action, &key.arn, &target.arn, to.realm, target.region));
            }
        }
    }
}
