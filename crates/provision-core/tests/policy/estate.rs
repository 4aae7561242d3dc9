//! Two projects with two environments each, named so that every name is nearly another's.

use provision_core::policy::{
    Document, FunctionPlace, FunctionPolicy, KeyPolicy, LogGroup, Operators, function_policy,
    key_policy, secret_arn_pattern,
};

pub(crate) const PARTITION: &str = "aws";
pub(crate) const REGION: &str = "us-west-2";
pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const OTHER_ACCOUNT: &str = "210987654321";
pub(crate) const VIA_SECRETS_MANAGER: &str = "secretsmanager.us-west-2.amazonaws.com";

const PROJECTS: [&str; 2] = ["proj", "proj2"];
const ENVIRONMENTS: [&str; 2] = ["prod", "production"];
const SECRETS: [&str; 9] = [
    "api-keys",
    "config",
    "api-keys-admin",
    "api-keys2",
    "api-keys-",
    "api",
    "my-api-keys",
    "api-keys/nested",
    "API-KEYS",
];
/// A secret under a name of its own, read by the `worker` of one environment
const SHARED: &str = "shared/tokens";
/// Six characters as Secrets Manager adds them, and six that look like a name going on
const SUFFIX: &str = "AbC123";
const SUFFIX_LIKE_A_NAME: &str = "admin1";

/// One project's environment
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) project: &'static str,
    pub(crate) environment: &'static str,
}

/// A function's role
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) place: Place,
    pub(crate) name: String,
    /// physical names of the secrets that its function reads
    pub(crate) reads: Vec<String>,
}

/// One stored secret
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) arn: String,
}

pub(crate) fn places() -> Vec<Place> {
    PROJECTS
        .into_iter()
        .flat_map(|project| ENVIRONMENTS.map(|environment| Place { project, environment }))
        .collect()
}

pub(crate) fn secrets() -> Vec<Secret> {
    let mut names = vec![SHARED.to_owned(), "shared/tokens2".to_owned()];
    for place in places() {
        names.extend(SECRETS.map(|secret| place.secret(secret)));
    }
    // outside every project, each a prefix or a continuation of one inside
    names.extend(["proj/prod", "proj/prod2/api-keys", "xproj/prod/api-keys"].map(String::from));
    let secret = |name: &str, suffix: &str| Secret {
        name: name.to_owned(),
        arn: format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-{suffix}"),
    };
    let alike = places().into_iter().map(|p| secret(&p.secret("api-keys"), SUFFIX_LIKE_A_NAME));
    names.iter().map(|name| secret(name, SUFFIX)).chain(alike).collect()
}

pub(crate) fn roles() -> Vec<Role> {
    places().into_iter().flat_map(Place::roles).collect()
}

impl Place {
    pub(crate) fn secret(self, name: &str) -> String {
        format!("{}/{}/{name}", self.project, self.environment)
    }

    pub(crate) fn key(self) -> String {
        format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{}-{}", self.project, self.environment)
    }

    pub(crate) fn roles(self) -> Vec<Role> {
        let role = |function: &str, reads: Vec<String>| Role {
            place: self,
            name: format!("{}-{}-{function}", self.project, self.environment),
            reads,
        };
        let mut worker = vec![self.secret("config")];
        if self.has_override() {
            worker.push(SHARED.to_owned());
        }
        vec![
            role("app", vec![self.secret("api-keys"), self.secret("config")]),
            role("app2", vec![self.secret("api-keys-admin")]),
            role("worker", worker),
            role("idle", vec![]),
        ]
    }

    /// Whether a secret of this environment has a name of its own
    fn has_override(self) -> bool {
        self == Place { project: "proj", environment: "production" }
    }

    /// Whether the key of this environment serves the secret `name`
    pub(crate) fn serves(self, name: &str) -> bool {
        if self.has_override() {
            return name == SHARED || SECRETS.iter().any(|secret| self.secret(secret) == name);
        }
        name.starts_with(&self.secret(""))
    }

    pub(crate) fn key_policy(self) -> Document {
        let mut secrets =
            vec![format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{}", self.secret("*"))];
        if self.has_override() {
            secrets = SECRETS.map(|secret| pattern(&self.secret(secret))).to_vec();
            secrets.push(pattern(SHARED));
        }
        let readers: Vec<Role> = self.roles().into_iter().filter(|r| !r.reads.is_empty()).collect();
        key_policy(&KeyPolicy {
            partition: PARTITION.into(),
            region: REGION.into(),
            account: ACCOUNT.into(),
            project: self.project.into(),
            secrets,
            readers: readers.iter().map(Role::arn).collect(),
            foreign_readers: Vec::new(),
            operators: Operators::AnyoneWithIamPermission { writers: Vec::new() },
        })
        .unwrap()
    }
}

impl Role {
    pub(crate) fn arn(&self) -> String {
        let Place { project, environment } = self.place;
        format!("arn:aws:iam::{ACCOUNT}:role/{project}/{environment}/{}", self.name)
    }

    pub(crate) fn reads(&self, secret: &Secret) -> bool {
        self.reads.contains(&secret.name)
    }

    pub(crate) fn policy(&self) -> Document {
        function_policy(&FunctionPolicy {
            partition: PARTITION.into(),
            account: ACCOUNT.into(),
            places: match self.reads.as_slice() {
                [] => vec![],
                reads => vec![FunctionPlace {
                    region: REGION.into(),
                    suffix: String::new(),
                    secrets: reads.iter().map(|name| pattern(name)).collect(),
                    key: self.place.key(),
                }],
            },
            writes: None,
            rotates: None,
            logs: Some(LogGroup { region: REGION.into(), group: self.log_group() }),
        })
        .unwrap()
    }

    pub(crate) fn log_group(&self) -> String {
        format!("/aws/lambda/{}", self.name)
    }
}

fn pattern(name: &str) -> String {
    secret_arn_pattern(PARTITION, REGION, ACCOUNT, name)
}
