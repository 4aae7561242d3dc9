//! One environment with everything declared, its callers, and every call that matters to them: who
//! may make it, and who may not even where something else grants it.

use provision_core::desired::CallerRole::{
    self, BreakGlass, GithubDeploy, Planner, Provisioner, Writer,
};
use provision_core::desired::{Desired, Holder, PolicyFiles, resolve};
use provision_core::manifest::{Source, parse};
use provision_core::name::AccountId;
use provision_core::policy::{Document, KEY_ARN_PLACEHOLDER};

pub(crate) const MANIFEST: &str = r#"
project: proj
region: us-west-2
environments:
  prod: { recovery_window_days: 14, replicas: [us-east-1] }
  production: {}
access:
  provisioner: ["arn:aws:iam::123456789012:user/admin"]
  planner: ["arn:aws:iam::123456789012:role/ci"]
  writer: ["arn:aws:iam::123456789012:user/ada"]
  break_glass: ["arn:aws:iam::123456789012:user/ada"]
  github: { repo: octo/app }
secrets:
  api-keys: { keys: { TOKEN: {}, ID: { default: public } } }
  config: { keys: [URL] }
  database: { type: string, rotation: { lambda_arn: "arn:aws:lambda:us-west-2:123456789012:function:proj-prod-rotator", every_days: 30, role_arn: "arn:aws:iam::123456789012:role/proj/prod/proj-prod-rotator" } }
functions:
  app: { reads: [api-keys, config] }
  rotator: { reads: [] }
alarms: { log_group: trail, sns_topic_arn: "arn:aws:sns:us-west-2:123456789012:t" }
log_retention_days: 30
"#;

/// Whose role rotates, where it is none of the manifest's functions
pub(crate) const ROTATOR: &str =
    r#", role_arn: "arn:aws:iam::123456789012:role/proj/prod/proj-prod-rotator""#;

pub(crate) const CALLERS: [CallerRole; 5] =
    [Provisioner, Planner, Writer, BreakGlass, GithubDeploy];
/// Who provisions
const MAKERS: &[CallerRole] = &[Provisioner, GithubDeploy];
/// Who reads everything but values
const READERS: &[CallerRole] = &[Provisioner, GithubDeploy, Planner, BreakGlass];
const DELETERS: &[CallerRole] = &[Provisioner, GithubDeploy, BreakGlass];
const NOBODY: &[CallerRole] = &[];

/// A value of the context of a call
#[derive(Debug, Clone)]
pub(crate) enum Told {
    Text(&'static str),
    Texts(&'static [&'static str]),
    Flag(bool),
    Number(f64),
}

/// One call, and what is to become of it
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: Vec<(&'static str, Told)>,
    /// who may make it by their own policies
    pub(crate) may: &'static [CallerRole],
    /// who may not make it whatever another policy grants
    pub(crate) never: &'static [CallerRole],
}

pub(crate) fn desired(manifest: &str, environment: &str) -> Desired {
    let manifest = parse(&Source { name: "m".into(), text: manifest.into() })
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    let account = AccountId::parse("123456789012").unwrap();
    resolve(&manifest, environment, &PolicyFiles::new(), Some(&account)).unwrap()
}

/// The policies of a caller's role, with the keys that they name
pub(crate) fn policies(desired: &Desired, caller: CallerRole) -> Vec<Document> {
    let role = desired.roles.values().find(|role| role.holder == Holder::Caller(caller)).unwrap();
    let attached = role.attached.iter().map(|arn| {
        let known = |(name, _): &(&_, &_)| arn.as_str().ends_with(&format!("/{name}"));
        let (_, policy) = desired.policies.iter().find(known).unwrap();
        assert_eq!(policy.path, role.path, "who decides over a role lies beside it");
        &policy.document
    });
    role.inline.values().chain(attached).map(with_keys).collect()
}

pub(crate) fn with_keys(document: &Document) -> Document {
    document.replace(KEY_ARN_PLACEHOLDER, KEY).replace("${KEY_ARN:us-east-1}", COPY_KEY)
}

const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/home";
const COPY_KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/copy";
const OTHER_KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/other";
const VIA: (&str, Told) = ("kms:ViaService", Told::Text("secretsmanager.us-west-2.amazonaws.com"));
const VIA_COPY: (&str, Told) =
    ("kms:ViaService", Told::Text("secretsmanager.us-east-1.amazonaws.com"));
const FROM: (&str, Told) = ("kms:CallerAccount", Told::Text("123456789012"));
const TRIED: (&str, Told) =
    ("kms:EncryptionContext:SecretVersionId", Told::Text("RequestToValidateKeyAccess"));
const VERSION: (&str, Told) = ("kms:EncryptionContext:SecretVersionId", Told::Text("11111111"));

const OURS: [(&str, Told); 3] = [
    ("aws:ResourceTag/managed-by", Told::Text("lambda-secrets")),
    ("aws:ResourceTag/project", Told::Text("proj")),
    ("aws:ResourceTag/environment", Told::Text("prod")),
];
const ASKED: [(&str, Told); 3] = [
    ("aws:RequestTag/managed-by", Told::Text("lambda-secrets")),
    ("aws:RequestTag/project", Told::Text("proj")),
    ("aws:RequestTag/environment", Told::Text("prod")),
];

fn secret(region: &str, name: &str) -> String {
    format!("arn:aws:secretsmanager:{region}:123456789012:secret:{name}")
}

fn of_secret(arn: &'static str) -> (&'static str, Told) {
    ("kms:EncryptionContext:SecretARN", Told::Text(arn))
}

/// The list of calls in the making
#[derive(Default)]
struct Calls(Vec<Call>);

impl Calls {
    fn add(
        &mut self,
        actions: &[&str],
        resource: &str,
        context: &[(&'static str, Told)],
        may: &'static [CallerRole],
        never: &'static [CallerRole],
    ) {
        for action in actions {
            self.0.push(Call {
                action: (*action).to_owned(),
                resource: resource.to_owned(),
                context: context.to_vec(),
                may,
                never,
            });
        }
    }

    /// Adds the call with all of `context`, and with each part of it missing or another's
    fn only_with(
        &mut self,
        actions: &[&str],
        resource: &str,
        context: &[(&'static str, Told)],
        may: &'static [CallerRole],
    ) {
        self.add(actions, resource, context, may, NOBODY);
        for left_out in 0..context.len() {
            let mut less = context.to_vec();
            less.remove(left_out);
            self.add(actions, resource, &less, NOBODY, NOBODY);
            let mut other = context.to_vec();
            other[left_out].1 = Told::Text("another");
            self.add(actions, resource, &other, NOBODY, NOBODY);
        }
    }
}

/// Every call
pub(crate) fn calls() -> Vec<Call> {
    let mut calls = Calls::default();
    values(&mut calls);
    secrets(&mut calls);
    limits_of_secrets(&mut calls);
    use_of_keys(&mut calls);
    keys(&mut calls);
    roles(&mut calls);
    boundaries(&mut calls);
    monitoring(&mut calls);
    calls.0
}

/// Names that are nearly those of the environment's secrets, and none of them
const FOREIGN: [(&str, &str); 8] = [
    ("us-west-2", "proj/production/api-keys-AbC123"),
    ("us-west-2", "proj/prod2/api-keys-AbC123"),
    ("us-west-2", "proj2/prod/api-keys-AbC123"),
    ("us-west-2", "xproj/prod/api-keys-AbC123"),
    ("us-west-2", "proj/prod-AbC123"),
    ("us-west-2", "api-keys-AbC123"),
    ("us-east-1", "proj/prod/api-keys-AbC123"),
    ("eu-west-1", "proj/prod/api-keys-AbC123"),
];
const MANAGED: [&str; 8] = [
    "secretsmanager:CancelRotateSecret",
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:DeleteSecret",
    "secretsmanager:RemoveRegionsFromReplication",
    "secretsmanager:RestoreSecret",
    "secretsmanager:TagResource",
    "secretsmanager:UpdateSecret",
    "secretsmanager:ValidateResourcePolicy",
];

fn values(calls: &mut Calls) {
    let touch = [
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
    ];
    for name in ["api-keys", "config", "database"] {
        let arn = secret("us-west-2", &format!("proj/prod/{name}-AbC123"));
        calls.add(&touch, &arn, &[], &[Writer], READERS);
    }
    let near = ["api-keys-admin", "api-keys2", "api-keys-", "api", "api-keys/nested", "API-KEYS"];
    for name in near {
        let arn = secret("us-west-2", &format!("proj/prod/{name}-AbC123"));
        calls.add(&touch, &arn, &[], NOBODY, READERS);
    }
    for (region, name) in FOREIGN {
        calls.add(&touch, &secret(region, name), &[], NOBODY, READERS);
    }
    let arn = secret("us-west-2", "proj/prod/api-keys-AbC123");
    calls.add(&["secretsmanager:BatchGetSecretValue"], &arn, &[], NOBODY, READERS);
    calls.add(&["secretsmanager:GetRandomPassword"], "*", &[], NOBODY, NOBODY);
}

fn secrets(calls: &mut Calls) {
    let seen = ["secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds"];
    let read = ["secretsmanager:GetResourcePolicy"];
    let own = secret("us-west-2", "proj/prod/api-keys-AbC123");
    // under the environment's prefix and no longer declared
    let undeclared = secret("us-west-2", "proj/prod/old-AbC123");
    calls.add(&["secretsmanager:ListSecrets"], "*", &[], READERS, NOBODY);
    calls.add(&seen, &own, &[], &CALLERS, NOBODY);
    calls.add(&seen, &undeclared, &[], READERS, NOBODY);
    calls.add(&read, &own, &[], READERS, NOBODY);
    let copy = secret("us-east-1", "proj/prod/api-keys-AbC123");
    calls.add(&seen, &copy, &[], READERS, NOBODY);
    for arn in [&own, &undeclared] {
        for action in MANAGED {
            let may = match action {
                "secretsmanager:DeleteSecret" | "secretsmanager:RemoveRegionsFromReplication" => {
                    DELETERS
                }
                _ => MAKERS,
            };
            calls.add(&[action], arn, &[], may, NOBODY);
        }
    }
    for (region, name) in FOREIGN {
        calls.add(&MANAGED, &secret(region, name), &[], NOBODY, NOBODY);
    }
    let rotated = secret("us-west-2", "proj/prod/database-AbC123");
    calls.add(&["secretsmanager:RotateSecret"], &rotated, &[], MAKERS, NOBODY);
    calls.add(&["secretsmanager:RotateSecret"], &own, &[], NOBODY, NOBODY);
    let function = "arn:aws:lambda:us-west-2:123456789012:function:proj-prod-";
    let call = ["lambda:InvokeFunction"];
    calls.add(&call, &format!("{function}rotator"), &[], MAKERS, NOBODY);
    calls.add(&call, &format!("{function}app"), &[], NOBODY, NOBODY);
    calls.add(&["lambda:CreateFunction"], &format!("{function}app"), &[], NOBODY, NOBODY);
    for never in ["StopReplicationToReplica", "UntagResource", "GetSecretValue*"] {
        calls.add(&[&format!("secretsmanager:{never}")], &own, &[], NOBODY, NOBODY);
    }
}

fn limits_of_secrets(calls: &mut Calls) {
    let own = secret("us-west-2", "proj/prod/new-AbC123");
    let create = ["secretsmanager:CreateSecret"];
    let mut asked = ASKED.to_vec();
    asked.push(("secretsmanager:KmsKeyId", Told::Text(KEY)));
    calls.only_with(&create, &own, &asked, MAKERS);
    calls.add(&create, &secret("us-west-2", "proj/prod/new"), &asked, MAKERS, NOBODY);
    for (region, name) in FOREIGN {
        calls.add(&create, &secret(region, name), &asked, NOBODY, NOBODY);
    }
    let to = |regions| ("secretsmanager:AddReplicaRegions", Told::Texts(regions));
    let copy = ["secretsmanager:ReplicateSecretToRegions"];
    let with = |extra: (&'static str, Told)| [asked.clone(), vec![extra]].concat();
    calls.add(&create, &own, &with(to(&["us-east-1"])), MAKERS, NOBODY);
    calls.add(&copy, &own, &[to(&["us-east-1"])], MAKERS, NOBODY);
    for regions in [&["eu-west-1"][..], &["us-east-1", "eu-west-1"]] {
        calls.add(&create, &own, &with(to(regions)), NOBODY, MAKERS);
        calls.add(&copy, &own, &[to(regions)], NOBODY, MAKERS);
    }

    let update = ["secretsmanager:UpdateSecret"];
    let key = |key| ("secretsmanager:KmsKeyId", Told::Text(key));
    calls.add(&update, &own, &[key(KEY)], MAKERS, NOBODY);
    calls.add(&update, &own, &[key(OTHER_KEY)], NOBODY, MAKERS);

    let put = ["secretsmanager:PutResourcePolicy"];
    let block = |on| ("secretsmanager:BlockPublicPolicy", Told::Flag(on));
    calls.add(&put, &own, &[block(true)], MAKERS, NOBODY);
    calls.add(&put, &own, &[block(false)], NOBODY, MAKERS);
    calls.add(&put, &own, &[], NOBODY, MAKERS);

    let delete = ["secretsmanager:DeleteSecret"];
    let force = |on| ("secretsmanager:ForceDeleteWithoutRecovery", Told::Flag(on));
    let window = |days| ("secretsmanager:RecoveryWindowInDays", Told::Number(days));
    calls.add(&delete, &own, &[window(14.0), force(false)], DELETERS, NOBODY);
    calls.add(&delete, &own, &[window(30.0)], DELETERS, NOBODY);
    for days in [7.0, 13.0] {
        calls.add(&delete, &own, &[window(days)], &[BreakGlass], MAKERS);
    }
    calls.add(&delete, &own, &[force(true)], &[BreakGlass], MAKERS);
}

const OWN_SECRET: &str =
    "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj/prod/config-AbC123";
const WITH_DEFAULTS: &str =
    "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj/prod/api-keys-AbC123";
const UNDECLARED: &str =
    "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj/prod/new-AbC123";
const COPY_OF_SECRET: &str =
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:proj/prod/config-AbC123";

fn use_of_keys(calls: &mut Calls) {
    let (decrypt, encrypt, generate) = (["kms:Decrypt"], ["kms:Encrypt"], ["kms:GenerateDataKey"]);
    const BOTH: &[CallerRole] = &[Provisioner, GithubDeploy, Writer];
    // a value: who makes copies decrypts it, and nobody but who sets values encrypts it
    calls.add(&decrypt, KEY, &[VIA, FROM, of_secret(OWN_SECRET), VERSION], BOTH, NOBODY);
    calls.add(&generate, KEY, &[VIA, FROM, of_secret(OWN_SECRET), VERSION], &[Writer], NOBODY);
    calls.add(&generate, KEY, &[VIA, FROM, of_secret(WITH_DEFAULTS), VERSION], BOTH, NOBODY);
    calls.add(&generate, KEY, &[VIA, FROM, of_secret(UNDECLARED), VERSION], NOBODY, NOBODY);
    calls.only_with(&decrypt, KEY, &[VIA, FROM, of_secret(OWN_SECRET)], BOTH);
    calls.only_with(&generate, KEY, &[VIA, FROM, of_secret(WITH_DEFAULTS)], BOTH);
    // the text by which Secrets Manager tries the key
    let tried = [VIA, FROM, of_secret(UNDECLARED), TRIED];
    calls.add(&generate, KEY, &tried, MAKERS, NOBODY);
    calls.only_with(&encrypt, KEY, &tried, MAKERS);
    let tried_copy = [VIA_COPY, FROM, of_secret(COPY_OF_SECRET), TRIED];
    calls.only_with(&decrypt, COPY_KEY, &tried_copy, MAKERS);
    let copied = [VIA_COPY, FROM, of_secret(COPY_OF_SECRET)];
    calls.only_with(&["kms:Encrypt", "kms:GenerateDataKey"], COPY_KEY, &copied, MAKERS);
    // another key, and keys of other secrets
    for key in [OTHER_KEY, COPY_KEY, "arn:aws:kms:us-west-2:210987654321:key/home"] {
        let context = [VIA, FROM, of_secret(OWN_SECRET), TRIED];
        calls.add(&["kms:Decrypt", "kms:GenerateDataKey"], key, &context, NOBODY, NOBODY);
    }
    for foreign in [
        "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj/production/config-AbC123",
        "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj/prod2/config-AbC123",
        "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj2/prod/config-AbC123",
        "arn:aws:secretsmanager:us-west-2:210987654321:secret:proj/prod/config-AbC123",
    ] {
        let context = [VIA, FROM, of_secret(foreign), TRIED];
        let all = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"];
        calls.add(&all, KEY, &context, NOBODY, NOBODY);
    }
    let never = ["kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom"];
    calls.add(&never, KEY, &[VIA, FROM, of_secret(OWN_SECRET), TRIED], NOBODY, NOBODY);
}

fn keys(calls: &mut Calls) {
    let seen = [
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListKeyRotations",
        "kms:ListResourceTags",
    ];
    calls.add(&["kms:ListAliases", "kms:ListKeys"], "*", &[], READERS, NOBODY);
    for key in [KEY, COPY_KEY, OTHER_KEY] {
        calls.add(&seen, key, &[], READERS, NOBODY);
    }
    calls.add(&seen, "arn:aws:kms:us-west-2:210987654321:key/home", &[], NOBODY, NOBODY);
    calls.only_with(&["kms:CreateKey"], "*", &ASKED, MAKERS);

    let tag = ["kms:TagResource"];
    calls.only_with(&tag, "arn:aws:kms:us-west-2:123456789012:key/new", &ASKED, MAKERS);
    let with = |more: &[(&'static str, Told)]| [ASKED.to_vec(), more.to_vec()].concat();
    let tag_of = |whose| [("aws:ResourceTag/managed-by", Told::Text(whose))];
    let aliases = |all| [("kms:ResourceAliases", Told::Texts(all))];
    // a key without tags that somebody has named
    calls.add(&tag, OTHER_KEY, &with(&aliases(&["alias/theirs"])), NOBODY, MAKERS);
    let both = aliases(&["alias/proj/prod", "alias/theirs"]);
    calls.add(&tag, OTHER_KEY, &with(&both), NOBODY, MAKERS);
    calls.add(&tag, OTHER_KEY, &with(&aliases(&["alias/proj/prod"])), MAKERS, NOBODY);
    calls.add(&tag, OTHER_KEY, &with(&tag_of("terraform")), NOBODY, NOBODY);
    calls.add(&tag, "arn:aws:kms:eu-west-1:123456789012:key/new", &ASKED, NOBODY, NOBODY);

    let noted = |keys| ("aws:TagKeys", Told::Texts(keys));
    let on_ours = |more: (&'static str, Told)| [OURS.to_vec(), vec![more]].concat();
    let both = ["kms:TagResource", "kms:UntagResource"];
    let notes = on_ours(noted(&["lambda-secrets:unfinished", "lambda-secrets:replicas"]));
    calls.only_with(&both, KEY, &notes, MAKERS);
    calls.add(&both, KEY, &on_ours(noted(&["project"])), NOBODY, NOBODY);
    // a key of ours under a name that somebody gave it
    let named = [notes.clone(), aliases(&["alias/proj/prod", "alias/theirs"]).to_vec()].concat();
    calls.add(&both, KEY, &named, MAKERS, NOBODY);
    let mixed = noted(&["lambda-secrets:replicas", "managed-by"]);
    calls.add(&both, KEY, &on_ours(mixed), NOBODY, NOBODY);

    let managed = [
        "kms:CancelKeyDeletion",
        "kms:CreateAlias",
        "kms:EnableKey",
        "kms:EnableKeyRotation",
        "kms:PutKeyPolicy",
        "kms:RotateKeyOnDemand",
        "kms:UpdateKeyDescription",
    ];
    let deleted = ["kms:DeleteAlias", "kms:ScheduleKeyDeletion"];
    for key in [KEY, COPY_KEY] {
        calls.only_with(&managed, key, &OURS, MAKERS);
        calls.only_with(&deleted, key, &OURS, DELETERS);
    }
    let elsewhere = "arn:aws:kms:eu-west-1:123456789012:key/home";
    calls.add(&managed, elsewhere, &OURS, NOBODY, NOBODY);
    calls.add(&deleted, elsewhere, &OURS, NOBODY, NOBODY);
    let window = |days| on_ours(("kms:ScheduleKeyDeletionPendingWindowInDays", Told::Number(days)));
    calls.add(&["kms:ScheduleKeyDeletion"], KEY, &window(14.0), DELETERS, NOBODY);
    calls.add(&["kms:ScheduleKeyDeletion"], KEY, &window(13.0), &[BreakGlass], MAKERS);
    let bypass = |on| ("kms:BypassPolicyLockoutSafetyCheck", Told::Flag(on));
    calls.add(&["kms:PutKeyPolicy"], KEY, &on_ours(bypass(false)), MAKERS, NOBODY);
    calls.add(&["kms:PutKeyPolicy"], KEY, &on_ours(bypass(true)), NOBODY, MAKERS);
    calls.add(&["kms:CreateKey"], "*", &with(&[bypass(true)]), NOBODY, MAKERS);
    calls.add(&["kms:DisableKey", "kms:ReplicateKey"], KEY, &OURS, NOBODY, NOBODY);

    for region in ["us-west-2", "us-east-1"] {
        let alias = |name: &str| format!("arn:aws:kms:{region}:123456789012:alias/{name}");
        calls.add(&["kms:CreateAlias"], &alias("proj/prod"), &[], MAKERS, NOBODY);
        calls.add(&["kms:CreateAlias"], &alias("proj/production"), &[], NOBODY, NOBODY);
        // its key must be ours as well
        calls.add(&["kms:DeleteAlias"], &alias("proj/old"), &[], DELETERS, NOBODY);
        calls.add(&["kms:UpdateAlias"], &alias("proj/prod"), &[], NOBODY, NOBODY);
    }
}

const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/proj/_access/prod/proj-prod-boundary";

fn in_iam(resource: &str) -> String {
    format!("arn:aws:iam::123456789012:{resource}")
}

fn roles(calls: &mut Calls) {
    let at_once = ["iam:GetAccountAuthorizationDetails", "iam:ListPolicies", "iam:ListRoles"];
    calls.add(&at_once, "*", &[], READERS, NOBODY);
    let seen = [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "iam:ListRoleTags",
    ];
    let read =
        ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyTags", "iam:ListPolicyVersions"];
    for path in ["proj/prod", "proj/_access/prod"] {
        calls.add(&seen, &in_iam(&format!("role/{path}/r")), &[], READERS, NOBODY);
        calls.add(&read, &in_iam(&format!("policy/{path}/p")), &[], READERS, NOBODY);
    }
    for path in ["proj/production", "proj/_access/production", "proj2/prod"] {
        calls.add(&seen, &in_iam(&format!("role/{path}/r")), &[], NOBODY, NOBODY);
        calls.add(&read, &in_iam(&format!("policy/{path}/p")), &[], NOBODY, NOBODY);
    }
    let made = [
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
    ];
    let bound = [("iam:PermissionsBoundary", Told::Text(BOUNDARY))];
    let role = in_iam("role/proj/prod/proj-prod-app");
    calls.only_with(&made, &role, &bound, MAKERS);
    let kept = ["iam:TagRole", "iam:UpdateRole"];
    let deleted = ["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"];
    calls.add(&kept, &role, &[], MAKERS, NOBODY);
    calls.add(&deleted, &role, &[], DELETERS, NOBODY);
    let policy = in_iam("policy/proj/prod/p");
    let put = ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:TagPolicy"];
    let dropped = ["iam:DeletePolicy", "iam:DeletePolicyVersion"];
    calls.add(&put, &policy, &[], MAKERS, NOBODY);
    calls.add(&dropped, &policy, &[], DELETERS, NOBODY);
    for foreign in ["proj-prod-app", "proj/production/r", "proj2/prod/r", "proj/prod"] {
        let (role, policy) =
            (in_iam(&format!("role/{foreign}")), in_iam(&format!("policy/{foreign}")));
        calls.add(&made, &role, &bound, NOBODY, NOBODY);
        calls.add(&kept, &role, &[], NOBODY, NOBODY);
        calls.add(&deleted, &role, &[], NOBODY, NOBODY);
        calls.add(&put, &policy, &[], NOBODY, NOBODY);
        calls.add(&dropped, &policy, &[], NOBODY, NOBODY);
    }
    for user in ["iam:CreateUser", "iam:CreateAccessKey", "iam:PutUserPolicy"] {
        calls.add(&[user], &in_iam("user/proj/prod/eve"), &[], NOBODY, NOBODY);
    }
    calls.add(&["iam:PassRole", "sts:AssumeRole"], &role, &[], NOBODY, MAKERS);
}

/// What decides over the callers is for none of them to change
fn boundaries(calls: &mut Calls) {
    let bound = [("iam:PermissionsBoundary", Told::Text(BOUNDARY))];
    let on_role = [
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
    ];
    for name in ["provisioner", "writer", "break-glass", "new"] {
        let role = in_iam(&format!("role/proj/_access/prod/proj-prod.{name}"));
        calls.add(&on_role, &role, &bound, NOBODY, MAKERS);
    }
    let on_policy = [
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:SetDefaultPolicyVersion",
        "iam:TagPolicy",
    ];
    calls.add(&on_policy, BOUNDARY, &[], NOBODY, MAKERS);
    let role = in_iam("role/proj/prod/proj-prod-app");
    calls.add(&["iam:DeleteRolePermissionsBoundary"], &role, &bound, NOBODY, MAKERS);
}

fn monitoring(calls: &mut Calls) {
    let at = |service: &str, rest: &str| format!("arn:aws:{service}:us-west-2:123456789012:{rest}");
    calls.add(&["events:ListRules", "logs:DescribeLogGroups"], "*", &[], READERS, NOBODY);
    let seen = ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"];
    calls.add(&seen, &at("cloudwatch", "alarm:proj-prod-tampering"), &[], READERS, NOBODY);
    let seen = ["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"];
    calls.add(&seen, &at("events", "rule/proj-prod-tampering"), &[], READERS, NOBODY);
    let seen = ["logs:DescribeMetricFilters", "logs:ListTagsForResource"];
    calls.add(&seen, &at("logs", "log-group:trail"), &[], READERS, NOBODY);

    let put = ["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"];
    let rule = ["events:PutRule", "events:PutTargets", "events:TagResource"];
    let unrule = ["events:DeleteRule", "events:RemoveTargets"];
    for kind in
        ["failed-retrievals", "kms-errors", "access-denied", "pending-deletion", "tampering"]
    {
        let alarm = at("cloudwatch", &format!("alarm:proj-prod-{kind}"));
        calls.add(&put, &alarm, &[], MAKERS, NOBODY);
        calls.add(&["cloudwatch:DeleteAlarms"], &alarm, &[], DELETERS, NOBODY);
        let arn = at("events", &format!("rule/proj-prod-{kind}"));
        calls.add(&rule, &arn, &[], MAKERS, NOBODY);
        calls.add(&unrule, &arn, &[], DELETERS, NOBODY);
    }
    for name in ["proj-production-tampering", "proj-prod-x-tampering", "proj-prod-tampering2"] {
        let alarm = at("cloudwatch", &format!("alarm:{name}"));
        calls.add(&put, &alarm, &[], NOBODY, NOBODY);
        calls.add(&["cloudwatch:DeleteAlarms"], &alarm, &[], NOBODY, NOBODY);
        let arn = at("events", &format!("rule/{name}"));
        calls.add(&rule, &arn, &[], NOBODY, NOBODY);
        calls.add(&unrule, &arn, &[], NOBODY, NOBODY);
    }
    let filter = ["logs:PutMetricFilter"];
    let unfilter = ["logs:DeleteMetricFilter"];
    let keep = ["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:TagResource"];
    for form in ["", ":*"] {
        let trail = at("logs", &format!("log-group:trail{form}"));
        calls.add(&filter, &trail, &[], MAKERS, NOBODY);
        calls.add(&unfilter, &trail, &[], DELETERS, NOBODY);
        calls.add(&keep, &trail, &[], NOBODY, NOBODY);
        let group = at("logs", &format!("log-group:/aws/lambda/proj-prod-app{form}"));
        calls.add(&keep, &group, &[], MAKERS, NOBODY);
        calls.add(&filter, &group, &[], NOBODY, NOBODY);
        let other = at("logs", &format!("log-group:/aws/lambda/proj-prod-app2{form}"));
        calls.add(&keep, &other, &[], NOBODY, NOBODY);
    }
    let group = at("logs", "log-group:/aws/lambda/proj-prod-app");
    calls.add(&["logs:DeleteLogGroup", "logs:GetLogEvents"], &group, &[], NOBODY, NOBODY);
}

/// What the boundary alone says of a call
pub(crate) fn boundary_calls() -> Vec<(Call, bool)> {
    let call = |action: &str, resource: &str, context: &[(&'static str, Told)], wanted| {
        let (action, resource) = (action.to_owned(), resource.to_owned());
        (Call { action, resource, context: context.to_vec(), may: NOBODY, never: NOBODY }, wanted)
    };
    let mut calls = Vec::new();
    let used = |arn| [VIA, FROM, of_secret(arn)];
    let rotated = "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj/prod/database-AbC123";
    let foreign = "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj2/prod/config-AbC123";
    for (action, key, context, wanted) in [
        ("kms:Decrypt", KEY, &used(OWN_SECRET)[..], true),
        ("kms:Decrypt", KEY, &used(OWN_SECRET)[1..], false),
        ("kms:Decrypt", KEY, &used(OWN_SECRET)[..2], false),
        ("kms:Decrypt", KEY, &used(foreign), false),
        ("kms:Decrypt", COPY_KEY, &[VIA_COPY, FROM, of_secret(COPY_OF_SECRET)], true),
        ("kms:Decrypt", COPY_KEY, &[VIA, FROM, of_secret(COPY_OF_SECRET)], false),
        ("kms:GenerateDataKey", KEY, &used(rotated), true),
        ("kms:GenerateDataKey", KEY, &used(OWN_SECRET), false),
        ("kms:Encrypt", KEY, &used(rotated), false),
        ("kms:CreateGrant", KEY, &used(OWN_SECRET), false),
        ("kms:PutKeyPolicy", KEY, &[], false),
    ] {
        calls.push(call(action, key, context, wanted));
    }
    for (action, region, name, wanted) in [
        ("GetSecretValue", "us-west-2", "proj/prod/config", true),
        ("GetSecretValue", "us-east-1", "proj/prod/config", true),
        ("GetSecretValue", "eu-west-1", "proj/prod/config", false),
        ("GetSecretValue", "us-west-2", "proj/production/config", false),
        ("PutSecretValue", "us-west-2", "proj/prod/database", true),
        ("UpdateSecretVersionStage", "us-west-2", "proj/prod/database", true),
        ("PutSecretValue", "us-west-2", "proj/prod/config", false),
        ("PutSecretValue", "us-west-2", "proj/prod/database-admin", false),
        ("DeleteSecret", "us-west-2", "proj/prod/config", false),
        ("PutResourcePolicy", "us-west-2", "proj/prod/config", false),
        ("ListSecrets", "us-west-2", "proj/prod/config", false),
    ] {
        let arn = secret(region, &format!("{name}-AbC123"));
        calls.push(call(&format!("secretsmanager:{action}"), &arn, &[], wanted));
    }
    let group = "arn:aws:logs:us-west-2:123456789012:log-group:/aws/lambda/proj-prod-app";
    let role = in_iam("role/proj/prod/proj-prod-app");
    let function = "arn:aws:lambda:us-west-2:123456789012:function:proj-prod-app";
    for (action, resource, wanted) in [
        ("logs:PutLogEvents", format!("{group}:log-stream:x"), true),
        ("logs:DeleteLogGroup", group.to_owned(), false),
        ("iam:PutRolePolicy", role.clone(), false),
        ("iam:PassRole", role.clone(), false),
        ("sts:AssumeRole", role, false),
        ("lambda:CreateFunction", function.to_owned(), false),
        ("dynamodb:GetItem", "arn:aws:dynamodb:us-west-2:123456789012:table/t".to_owned(), false),
    ] {
        calls.push(call(action, &resource, &[], wanted));
    }
    calls
}
