//! Who may take on each role.

use crate::access::party::Subject;
use crate::access::ways::OTHER_ACCOUNT;
use crate::access::{Kind, Placed, Realm, Role};
use crate::policy::evaluation::{Answer, Call, Caller, Context, Judge};

use super::finding::{Decision, Findings, Layer, Nearness};

const ASSUME: &str = "sts:AssumeRole";
const ASSUME_BY_TOKEN: &str = "sts:AssumeRoleWithWebIdentity";
const GITHUB: &str = "token.actions.githubusercontent.com";

/// Judges every trust of the environment against those it names, and against others
pub(super) fn judge(realm: &Realm, findings: &mut Findings) {
    for role in realm.roles.iter().filter(|role| role.kind != Kind::Other) {
        let judge = Judge::of(&role.trust.document);
        let subject = Subject {
            environment: realm.title(),
            role: role.name.clone(),
            role_arn: role.arn.clone(),
        };
        let trust = Trust { realm, role, judge, subject };
        trust.people(findings);
        if role.kind == Kind::GithubDeploy {
            trust.pipelines(findings);
        }
    }
}

struct Trust<'a> {
    realm: &'a Realm,
    role: &'a Role,
    judge: Judge,
    subject: Subject,
}

impl Trust<'_> {
    fn note(&self, call: &Call, who: &str, wanted: bool, findings: &mut Findings) {
        let ruling = self.judge.rule(call);
        let answer = ruling.passes();
        // that a service names itself as we expect is not known: then the condition decides at AWS
        let named = ruling.granted() == Answer::Unsure && wanted;
        let decision = Decision {
            subject: &self.subject,
            layer: Layer::Trust,
            action: &call.action,
            way: "",
            target: who,
            nearness: Nearness::Declared,
            wanted,
            answer: if named { Answer::Yes } else { answer },
        };
        let policy: &Placed = &self.role.trust;
        findings.note(&decision, || {
            let statements = ruling.behind(answer).into_iter().map(|n| (policy, n)).collect();
            (statements, ruling.doubts().into_iter().map(|doubt| doubt.0.clone()).collect())
        });
    }

    fn people(&self, findings: &mut Findings) {
        let Realm { partition, account, .. } = self.realm;
        let people = &self.role.people;
        let mut principals: Vec<String> = [account.as_str(), OTHER_ACCOUNT]
            .iter()
            .flat_map(|account| {
                ["role/stranger", "user/stranger", "root"]
                    .map(|name| format!("arn:{partition}:iam::{account}:{name}"))
            })
            .chain(self.realm.roles.iter().map(|role| role.arn.clone()))
            .collect();
        let is_pipeline = self.role.kind == Kind::GithubDeploy;
        principals.extend(people.iter().filter(|p| p.starts_with("arn:")).cloned());
        for arn in &principals {
            let wanted = !is_pipeline && is_named(people, arn);
            // with and without a second factor: break-glass needs it
            for mfa in [true, false] {
                let needs = self.role.kind == Kind::BreakGlass;
                let call = principal(arn, mfa);
                self.note(&call, arn, wanted && (mfa || !needs), findings);
            }
        }
        for service in ["lambda.amazonaws.com", "ec2.amazonaws.com", "edgelambda.amazonaws.com"] {
            let call = Call {
                caller: Caller::Service(service.into()),
                action: ASSUME.into(),
                resource: None,
                context: Context::default().with("aws:SourceAccount", account.as_str()),
            };
            self.note(&call, service, people.iter().any(|p| p == service), findings);
        }
    }

    /// The tokens of one environment of one repository, and of none beside it
    fn pipelines(&self, findings: &mut Findings) {
        let Realm { partition, account, environment, .. } = self.realm;
        let provider = format!("arn:{partition}:iam::{account}:oidc-provider/{GITHUB}");
        let right = self.role.people.first().cloned().unwrap_or_default();
        let repository = right.strip_suffix(&format!(":environment:{environment}"));
        let repository = repository.unwrap_or(&right);
        let audience = "sts.amazonaws.com";
        for (subject, audience, wanted) in [
            (right.clone(), audience, true),
            (right.clone(), "https://github.com/other", false),
            (format!("{right}2"), audience, false),
            (format!("{repository}:environment:other"), audience, false),
            (format!("{repository}:ref:refs/heads/main"), audience, false),
            (format!("{repository}:pull_request"), audience, false),
            (format!("{repository}2:environment:{environment}"), audience, false),
            (format!("repo:other/app:environment:{environment}"), audience, false),
        ] {
            let context = Context::default()
                .with(&format!("{GITHUB}:sub"), subject.as_str())
                .with(&format!("{GITHUB}:aud"), audience);
            let call = Call {
                caller: Caller::Federated(provider.clone()),
                action: ASSUME_BY_TOKEN.into(),
                resource: None,
                context,
            };
            self.note(&call, &format!("{subject} for {audience}"), wanted, findings);
        }
    }
}

fn principal(arn: &str, mfa: bool) -> Call {
    let account = arn.split(':').nth(4).unwrap_or_default();
    Call {
        caller: Caller::Principal { arn: arn.to_owned(), account: account.to_owned() },
        action: ASSUME.into(),
        resource: None,
        context: Context::default()
            .with("aws:PrincipalArn", arn)
            .with("aws:PrincipalAccount", account)
            .with("aws:MultiFactorAuthPresent", mfa.to_string()),
    }
}

/// Whether a principal is one of those named: itself, or by its account
fn is_named(people: &[String], arn: &str) -> bool {
    people.iter().any(|named| {
        named == arn
            || named
                .strip_suffix(":root")
                .is_some_and(|account| arn.starts_with(&format!("{account}:")))
    })
}
