//! All services together. One request at a time, and a change is on the disk before its answer.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use tokio::sync::Mutex;
use winterbaume_core::MockResponse;

use crate::answer::{json_refusal, xml_refusal};
use crate::directory::Directory;
use crate::iam::Iam;
use crate::kms::Kms;
use crate::request::Request;
use crate::secrets_manager::{SecretsManager, Vault};
use crate::state::{Region, State, VERSION};
use crate::sts::Sts;

pub(crate) struct World {
    kms: Kms,
    iam: Iam,
    sts: Sts,
    secrets_manager: SecretsManager,
    /// Regions that were asked for; holding it is the turn of one request.
    regions: Mutex<BTreeSet<String>>,
    directory: Option<Directory>,
}

impl World {
    pub(crate) fn new(directory: Option<Directory>) -> Self {
        Self {
            kms: Kms::new(),
            iam: Iam::new(),
            sts: Sts::new(),
            secrets_manager: SecretsManager::new(),
            regions: Mutex::default(),
            directory,
        }
    }

    /// Makes a region known.
    pub(crate) async fn touch(&self, region: &str) {
        self.regions.lock().await.insert(region.to_owned());
    }

    /// Answers one request, after those that came before it.
    pub(crate) async fn answer(&self, request: Request) -> MockResponse {
        let mut regions = self.regions.lock().await;
        regions.insert(request.region.clone());
        let answer = match request.service.as_str() {
            "secretsmanager" => self.secrets_manager.answer(&request, &self.kms).await,
            "kms" => self.kms.answer(&request).await,
            "iam" => self.iam.answer(&request).await,
            "sts" => self.sts.answer(&request).await,
            other => return not_simulated(other),
        };
        if answer.status == 200
            && request.writes()
            && let Some(directory) = &self.directory
            && let Err(error) = self.save(directory, &regions).await
        {
            return not_saved(&request.service, &error);
        }
        answer
    }

    async fn save(&self, directory: &Directory, known: &BTreeSet<String>) -> io::Result<()> {
        let secrets = self.secrets_manager.regions().await;
        let none = Vault::default();
        let mut regions = BTreeMap::new();
        // a replica may be the first thing in its region
        for name in known.iter().chain(secrets.keys()).collect::<BTreeSet<_>>() {
            let (kms, rotation_days) = self.kms.save(name).await;
            let secrets = secrets.get(name).unwrap_or(&none);
            regions.insert(name.clone(), Region { kms, rotation_days, secrets });
        }
        directory.save(&State { version: VERSION, iam: self.iam.save().await, regions })
    }

    pub(crate) async fn restore(&self, state: State<Vault>) {
        let mut known = self.regions.lock().await;
        self.iam.load(state.iam).await;
        for (name, region) in state.regions {
            self.kms.load(&name, region.kms, region.rotation_days).await;
            self.secrets_manager.load(&name, region.secrets).await;
            known.insert(name);
        }
    }
}

/// An error that the SDK does not try again: a second try would change the state a second time.
fn not_saved(service: &str, error: &io::Error) -> MockResponse {
    let message = format!("the change is made but could not be saved: {error}");
    match service {
        "iam" | "sts" => xml_refusal(400, "LocalStateNotSaved", &message),
        _ => json_refusal("LocalStateNotSaved", &message),
    }
}

fn not_simulated(service: &str) -> MockResponse {
    const CODE: &str = "NotSimulatedLocally";
    let mut answer = json_refusal(CODE, &format!("`{service}` is not simulated locally"));
    // services that speak REST take the code from here; those that speak XML find no code
    answer.headers.insert("x-amzn-errortype", http::HeaderValue::from_static(CODE));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_service_that_is_not_simulated_says_so() {
        let world = World::new(None);
        let request = Request::json("lambda", "us-east-1", "Invoke", &serde_json::json!({}));
        let answer = world.answer(request).await;
        assert_eq!(answer.status, 400);
        assert!(
            String::from_utf8_lossy(&answer.body).contains("`lambda` is not simulated locally")
        );
    }

    #[tokio::test]
    async fn what_is_simulated_answers_for_itself() {
        let world = World::new(None);
        for service in crate::SIMULATED {
            let request = Request::json(service, "us-east-1", "Nothing", &serde_json::json!({}));
            let answer = world.answer(request).await;
            assert!(!String::from_utf8_lossy(&answer.body).contains("not simulated locally"));
        }
    }

    const OPERATIONS: &[(&str, &[&str])] = &[
        (
            "secretsmanager",
            &[
                "BatchGetSecretValue",
                "CancelRotateSecret",
                "CreateSecret",
                "DeleteResourcePolicy",
                "DeleteSecret",
                "DescribeSecret",
                "GetRandomPassword",
                "GetResourcePolicy",
                "GetSecretValue",
                "ListSecretVersionIds",
                "ListSecrets",
                "PutResourcePolicy",
                "PutSecretValue",
                "RemoveRegionsFromReplication",
                "ReplicateSecretToRegions",
                "RestoreSecret",
                "RotateSecret",
                "StopReplicationToReplica",
                "TagResource",
                "UntagResource",
                "UpdateSecret",
                "UpdateSecretVersionStage",
                "ValidateResourcePolicy",
            ],
        ),
        (
            "kms",
            &[
                "CancelKeyDeletion",
                "CreateAlias",
                "CreateKey",
                "Decrypt",
                "DeleteAlias",
                "DescribeKey",
                "DisableKey",
                "EnableKey",
                "EnableKeyRotation",
                "Encrypt",
                "GenerateDataKey",
                "GetKeyPolicy",
                "GetKeyRotationStatus",
                "ListAliases",
                "ListKeys",
                "ListResourceTags",
                "PutKeyPolicy",
                "RotateKeyOnDemand",
                "ScheduleKeyDeletion",
                "TagResource",
                "UntagResource",
                "UpdateAlias",
                "UpdateKeyDescription",
            ],
        ),
        (
            "iam",
            &[
                "AttachRolePolicy",
                "CreatePolicy",
                "CreateRole",
                "DeleteRole",
                "DeleteRolePolicy",
                "DetachRolePolicy",
                "GetAccountAuthorizationDetails",
                "GetRole",
                "GetRolePolicy",
                "ListAttachedRolePolicies",
                "ListRolePolicies",
                "ListRoleTags",
                "ListRoles",
                "PutRolePermissionsBoundary",
                "PutRolePolicy",
                "TagRole",
                "UntagRole",
                "UpdateAssumeRolePolicy",
                "UpdateRole",
            ],
        ),
        ("sts", &["AssumeRole", "GetCallerIdentity", "Nothing"]),
    ];
    const BODIES: &[&[u8]] = &[
        b"", b"{", b"[]", b"null", b"{}", b"\xff\xfe", b"a=%FF%zz&=&RoleName=%",
        br#"{"SecretId":7,"Name":[],"KeyId":{},"Tags":"x"}"#,
        br#"{"SecretId":"arn:","KeyId":"arn:aws:kms:","AliasName":"alias/","TargetKeyId":""}"#,
        br#"{"Name":"","SecretId":"","KeyId":"","VersionStage":"","NextToken":"from-99999999999999999999"}"#,
        br#"{"Name":"n","SecretId":"n","MaxResults":-1,"Limit":0,"PasswordLength":-5,"Filters":[{}]}"#,
        b"RoleName=r&PolicyName=p&Path=&MaxItems=-1&Marker=x&AssumeRolePolicyDocument=%7B%7D",
    ];

    #[tokio::test]
    async fn whatever_is_sent_is_answered() {
        let world = World::new(None);
        for (service, operations) in OPERATIONS {
            for operation in *operations {
                for body in BODIES {
                    let request = Request {
                        service: (*service).to_owned(),
                        region: "us-east-1".to_owned(),
                        operation: (*operation).to_owned(),
                        body: body.to_vec(),
                    };
                    let answer = world.answer(request).await;
                    assert!(matches!(answer.status, 200..=499), "{service} {operation}");
                }
            }
        }
    }
}
