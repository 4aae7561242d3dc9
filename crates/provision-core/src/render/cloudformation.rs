//! A template for CloudFormation, and for SAM with the functions in it.
//!
//! No value and no default stands in a template: CloudFormation would write it again with every
//! change, over whatever is live. Keys in other regions are stacks of their own, because a template
//! makes everything in one region; their ARNs are parameters of the first.

mod alarm;
mod rotation;
mod sam;

use serde_json::{Value as Json, json};
use serde_yaml::{Mapping, Value};

use super::logical::{Ids, words};
use super::{Files, Format, Subject, head};
use crate::desired::{
    Desired, DesiredKey, DesiredPolicy, DesiredReplica, DesiredRole, DesiredSecret,
    KEY_ID_PLACEHOLDER, MANAGED_BY, Tags,
};
use crate::name::{Region, SecretName};
use crate::policy::{ACCOUNT_PLACEHOLDER, Document, key_arn_placeholder};

/// The owner that the tag names
const OWNER: &str = "cloudformation";

/// What a deployment of the template needs, as a comment
const NAMED: &str =
    "# It names roles and policies: deploy it with `--capabilities CAPABILITY_NAMED_IAM`.\n";

/// Whether the template holds the functions
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Functions {
    /// it does, in the language of SAM
    Included,
    /// it does not
    Left,
}

/// Returns the template of the environment, and one for the key of each region of copies
pub(super) fn files(subject: Subject<'_>, functions: Functions) -> Files {
    let template = Template { subject, ids: Ids::of(subject.desired), functions };
    let format = match functions {
        Functions::Included => Format::Sam,
        Functions::Left => Format::Cloudformation,
    };
    let mut files = Files::new();
    let mut add = |name: String, note: &str, body: Mapping| {
        let text = serde_yaml::to_string(&body).unwrap_or_default();
        // YAML 1.1, which the tools of AWS read, takes these for dates
        let text = ["2012-10-17", "2010-09-09"].iter().fold(text, |text, version| {
            text.replace(&format!(": {version}\n"), &format!(": '{version}'\n"))
        });
        files.insert(name, head(subject, format) + note + "\n" + &text);
    };
    let Desired { policies, roles, .. } = subject.desired;
    let note = if policies.is_empty() && roles.is_empty() { "" } else { NAMED };
    let build = match functions {
        Functions::Included => template.build(),
        Functions::Left => "",
    };
    add("template.yaml".to_owned(), &format!("{note}{build}"), template.main());
    for (region, replica) in &subject.desired.replicas {
        if let DesiredReplica::Own(key) = replica {
            add(format!("replica-{region}.yaml"), "", template.replica(region, key));
        }
    }
    files
}

struct Template<'a> {
    subject: Subject<'a>,
    ids: Ids<'a>,
    functions: Functions,
}

impl Template<'_> {
    fn desired(&self) -> &Desired {
        self.subject.desired
    }

    /// The logical id of what has a name
    fn id(&self, name: &str, kind: &str) -> String {
        self.ids.id(name, kind)
    }

    fn main(&self) -> Mapping {
        let Desired { project, environment, key, secrets, policies, roles, monitoring, .. } =
            self.desired();
        let mut resources = Mapping::new();
        self.key(key, &mut resources);
        for (name, secret) in secrets {
            self.secret(name, secret, &mut resources);
        }
        for (name, policy) in policies {
            let DesiredPolicy { path, description, document } = policy;
            let properties = json!({
                "ManagedPolicyName": name,
                "Path": path,
                "Description": description,
                "PolicyDocument": self.document(document),
            });
            put(
                &mut resources,
                &self.id(name.as_str(), "Policy"),
                "AWS::IAM::ManagedPolicy",
                properties,
            );
        }
        for (name, role) in roles {
            let role = self.role(name.as_str(), role);
            put(&mut resources, &self.id(name.as_str(), "Role"), "AWS::IAM::Role", role);
        }
        for (group, days) in &monitoring.retention {
            let properties = json!({
                "LogGroupName": group, "RetentionInDays": days, "Tags": self.tags(),
            });
            put(
                &mut resources,
                &self.id(group.as_str(), "LogGroup"),
                "AWS::Logs::LogGroup",
                properties,
            );
        }
        for (name, source) in &monitoring.alarms {
            self.alarm(name, source, &mut resources);
        }
        let mut template = Mapping::new();
        set(&mut template, "AWSTemplateFormatVersion", json!("2010-09-09"));
        if self.functions == Functions::Included {
            set(&mut template, "Transform", json!("AWS::Serverless-2016-10-31"));
            self.add_functions(&mut resources);
        }
        set(&mut template, "Description", json!(format!("Secrets of {project} {environment}")));
        let parameters = self.parameters();
        if !parameters.is_empty() {
            template.insert("Parameters".into(), Value::Mapping(parameters));
        }
        set(&mut template, "Rules", self.place(&self.desired().region));
        if self.rotates() {
            set(&mut template, "Conditions", rotation::conditions());
        }
        template.insert("Resources".into(), Value::Mapping(resources));
        set(&mut template, "Outputs", json!({ "KeyArn": { "Value": attribute("Key", "Arn") } }));
        template
    }

    /// A stack elsewhere would be refused by its own policies: it is refused before
    fn place(&self, region: &Region) -> Json {
        let equal = |what: &str, wanted: &str, words: String| {
            json!({
                "Assert": { "Fn::Equals": [{ "Ref": what }, wanted] },
                "AssertDescription": words,
            })
        };
        let mut assertions =
            vec![equal("AWS::Region", region.as_str(), format!("This template is for {region}"))];
        if let Some(account) = &self.subject.declared.account {
            let words = format!("This template is for the account {account}");
            assertions.push(equal("AWS::AccountId", account.as_str(), words));
        }
        json!({ "Place": { "Assertions": assertions } })
    }

    fn replica(&self, region: &Region, key: &DesiredKey) -> Mapping {
        let Desired { project, environment, .. } = self.desired();
        let mut resources = Mapping::new();
        self.key(key, &mut resources);
        let mut template = Mapping::new();
        set(&mut template, "AWSTemplateFormatVersion", json!("2010-09-09"));
        let description = format!("Key of copies of {project} {environment} in {region}");
        set(&mut template, "Description", json!(description));
        set(&mut template, "Rules", self.place(region));
        template.insert("Resources".into(), Value::Mapping(resources));
        set(&mut template, "Outputs", json!({ "KeyArn": { "Value": attribute("Key", "Arn") } }));
        template
    }

    fn parameters(&self) -> Mapping {
        let mut parameters = Mapping::new();
        for (region, replica) in &self.desired().replicas {
            if matches!(replica, DesiredReplica::Own(_)) {
                let description =
                    format!("KeyArn of the stack of replica-{region}.yaml in {region}");
                let pattern = "^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$";
                let parameter = json!({ "Type": "String", "Description": description, "AllowedPattern": pattern });
                set(&mut parameters, &parameter_of(region), parameter);
            }
        }
        if self.functions == Functions::Included && self.wrapped().next().is_some() {
            let description = "The layer `lambda-secrets` in this region";
            let pattern = "^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:layer:.+:[0-9]+$";
            let parameter =
                json!({ "Type": "String", "Description": description, "AllowedPattern": pattern });
            set(&mut parameters, "LayerArn", parameter);
        }
        if self.rotates() {
            set(&mut parameters, rotation::ROTATE, rotation::parameter());
        }
        parameters
    }

    fn tags(&self) -> Json {
        let tag = |(key, value): (&String, &String)| json!({ "Key": key, "Value": value });
        self.owned().iter().map(tag).collect()
    }

    fn owned(&self) -> Tags {
        let mut tags = self.desired().tags.clone();
        tags.insert(MANAGED_BY.0.to_owned(), OWNER.to_owned());
        tags
    }

    fn key(&self, key: &DesiredKey, resources: &mut Mapping) {
        let DesiredKey { alias, description, rotation_days, policy } = key;
        let properties = json!({
            "Description": description,
            "KeyPolicy": self.document(policy),
            "EnableKeyRotation": true,
            "RotationPeriodInDays": rotation_days,
            "PendingWindowInDays": self.desired().recovery_window_days,
            "Tags": self.tags(),
        });
        kept(resources, "Key", "AWS::KMS::Key", properties);
        let properties = json!({ "AliasName": alias, "TargetKeyId": { "Ref": "Key" } });
        put(resources, "KeyAlias", "AWS::KMS::Alias", properties);
    }

    fn secret(&self, name: &SecretName, secret: &DesiredSecret, resources: &mut Mapping) {
        let DesiredSecret { key, description, value: _, rotation, resource_policy } = secret;
        let mut properties = json!({
            "Name": name,
            "KmsKeyId": attribute("Key", "Arn"),
            "Tags": self.tags(),
        });
        if !description.is_empty() {
            properties["Description"] = json!(description);
        }
        let replicas = &self.desired().replicas;
        if !replicas.is_empty() {
            let replica = |(region, replica): (&Region, &DesiredReplica)| {
                let key = match replica {
                    DesiredReplica::Own(_) => json!({ "Ref": parameter_of(region) }),
                    DesiredReplica::Given(arn) => json!(arn),
                };
                json!({ "Region": region, "KmsKeyId": key })
            };
            properties["ReplicaRegions"] = replicas.iter().map(replica).collect();
        }
        let logical = self.id(key.as_str(), "Secret");
        kept(resources, &logical, "AWS::SecretsManager::Secret", properties);
        if let Some(policy) = resource_policy {
            let properties = json!({
                "SecretId": { "Ref": logical },
                "ResourcePolicy": self.document(policy),
                "BlockPublicPolicy": true,
            });
            put(
                resources,
                &self.id(key.as_str(), "ResourcePolicy"),
                "AWS::SecretsManager::ResourcePolicy",
                properties,
            );
        }
        if let Some(rotation) = rotation {
            self.rotation(&self.id(key.as_str(), "Rotation"), &logical, rotation, resources);
        }
    }

    fn role(&self, name: &str, role: &DesiredRole) -> Json {
        let DesiredRole { holder: _, path, description, trust, inline, attached, boundary, .. } =
            role;
        let policies: Json = inline
            .iter()
            .map(|(name, document)| {
                json!({ "PolicyName": name, "PolicyDocument": self.document(document) })
            })
            .collect();
        let mut properties = json!({
            "RoleName": name,
            "Path": path,
            "Description": description,
            "AssumeRolePolicyDocument": self.document(trust),
            "Tags": self.tags(),
        });
        if !inline.is_empty() {
            properties["Policies"] = policies;
        }
        if !attached.is_empty() {
            properties["ManagedPolicyArns"] =
                attached.iter().map(|arn| self.policy_arn(arn.as_str())).collect();
        }
        if let Some(boundary) = boundary {
            properties["PermissionsBoundary"] = self.policy_arn(boundary.as_str());
        }
        properties
    }

    /// A managed policy: one of the template by reference, so that it is made first
    fn policy_arn(&self, arn: &str) -> Json {
        let made = self
            .desired()
            .policies
            .iter()
            .find(|(name, policy)| arn.ends_with(&format!(":policy{}{name}", policy.path)));
        match made {
            Some((name, _)) => json!({ "Ref": self.id(name.as_str(), "Policy") }),
            None => self.filled(arn),
        }
    }

    fn document(&self, document: &Document) -> Json {
        self.json(&document.to_value())
    }

    fn json(&self, value: &Json) -> Json {
        match value {
            Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
            Json::String(text) => self.filled(text),
            Json::Array(values) => values.iter().map(|value| self.json(value)).collect(),
            Json::Object(fields) => {
                fields.iter().map(|(name, value)| (name.clone(), self.json(value))).collect()
            }
        }
    }

    /// A text in which CloudFormation fills in the account and the keys
    fn filled(&self, text: &str) -> Json {
        let copies = self.desired().replicas.keys();
        let known = [
            (key_arn_placeholder(None), "${Key.Arn}".to_owned()),
            (KEY_ID_PLACEHOLDER.to_owned(), "${Key}".to_owned()),
            (ACCOUNT_PLACEHOLDER.to_owned(), "${AWS::AccountId}".to_owned()),
        ];
        let copies = copies.map(|region| {
            (key_arn_placeholder(Some(region)), format!("${{{}}}", parameter_of(region)))
        });
        let known: Vec<(String, String)> = known.into_iter().chain(copies).collect();
        if !known.iter().any(|(placeholder, _)| text.contains(placeholder)) {
            return json!(text);
        }
        // what else looks like a variable is one of IAM and not of CloudFormation
        let literal = text.replace("${", "${!");
        let filled = known.iter().fold(literal, |filled, (placeholder, name)| {
            filled.replace(&placeholder.replace("${", "${!"), name)
        });
        json!({ "Fn::Sub": filled })
    }
}

fn parameter_of(region: &Region) -> String {
    format!("KeyArn{}", words(region.as_str()))
}

fn attribute(resource: &str, name: &str) -> Json {
    json!({ "Fn::GetAtt": [resource, name] })
}

fn put(resources: &mut Mapping, id: &str, kind: &str, properties: Json) {
    let mut resource = Mapping::new();
    set(&mut resource, "Type", json!(kind));
    set(&mut resource, "Properties", properties);
    resources.insert(id.into(), Value::Mapping(resource));
}

/// A resource that outlives its stack: a secret or a key is never deleted by the way
///
/// One that the very deployment made that fails is empty, and would be in the way of the next.
fn kept(resources: &mut Mapping, id: &str, kind: &str, properties: Json) {
    let mut resource = Mapping::new();
    set(&mut resource, "Type", json!(kind));
    set(&mut resource, "DeletionPolicy", json!("RetainExceptOnCreate"));
    set(&mut resource, "UpdateReplacePolicy", json!("Retain"));
    set(&mut resource, "Properties", properties);
    resources.insert(id.into(), Value::Mapping(resource));
}

fn set(mapping: &mut Mapping, name: &str, value: Json) {
    mapping.insert(name.into(), serde_yaml::to_value(value).unwrap_or(Value::Null));
}
