//! A root module for Terraform that calls the project's modules with what the manifest says.
//!
//! The modules decide about policies as the templates of `policies/` do; a test holds both against
//! each other. Only what a module does not compute (policies that somebody supplies, and those that
//! are too long for a role) is handed over as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::hcl::{self, Block, Value};
use super::{Files, Format, Subject, access, head, import, loader, module};
use crate::desired::{CallerRole, Desired, DesiredReplica, DesiredRole, DesiredSecret, MANAGED_BY};
use crate::manifest::{self, Environment, Schedule, Via};
use crate::name::{Arn, FunctionKey, Region, RoleName, SecretName};
use crate::policy::{ACCOUNT_PLACEHOLDER, Document, key_arn_placeholder};

/// Returns the root module and the modules that it calls
pub(super) fn files(subject: Subject<'_>) -> Files {
    let root = Root { subject };
    let mut used = vec!["key", "secrets"];
    let mut main = vec![root.locals()];
    main.extend(root.replica_keys());
    main.push(root.secrets());
    if !root.functions_by_key().is_empty() || root.managed_policies().next().is_some() {
        used.push("function-access");
        main.push(root.functions());
    }
    if let Some(alarms) = root.alarms() {
        used.push("alarms");
        main.push(alarms);
    }
    let rewritten = head(subject, Format::Terraform);
    let mut files = module::files(&used, &rewritten, root.desired().protected);
    let mut add = |name: &str, blocks: &[Block]| {
        files.insert(name.to_owned(), hcl::file(&rewritten, blocks));
    };
    add("main.tf", &main);
    add("versions.tf", &[versions()]);
    add("providers.tf", &root.providers());
    add("variables.tf", &variables());
    add("outputs.tf", &root.outputs());
    let access = access::blocks(&root);
    if !access.is_empty() {
        add("access.tf", &access);
    }
    if let Some(live) = subject.live {
        add("imports.tf", &import::blocks(&root, live));
    }
    files
}

/// The root module in the making
pub(super) struct Root<'a> {
    pub(super) subject: Subject<'a>,
}

impl<'a> Root<'a> {
    pub(super) fn desired(&self) -> &'a Desired {
        self.subject.desired
    }

    pub(super) fn declared(&self) -> &'a Environment {
        self.subject.declared
    }

    fn locals(&self) -> Block {
        let Desired { project, environment, .. } = self.desired();
        // what is taken over stays in the hands of who made it until the tag is changed
        let owner = if self.subject.live.is_some() { MANAGED_BY.1 } else { "terraform" };
        let names = self
            .desired()
            .secrets
            .iter()
            .map(|(name, secret)| (secret.key.to_string(), Value::text(name)));
        let mut block = Block::new("locals", &[])
            .set("project", Value::text(project))
            .set("environment", Value::text(environment))
            .set("managed_by", Value::text(owner));
        if access::roles(self).next().is_some() {
            let tags = [MANAGED_BY.0.replace('-', "_"), "project".into(), "environment".into()];
            let tag = |local: String| {
                (local.replace('_', "-"), Value::expression(format!("local.{local}")))
            };
            block = block.set("tags", Value::Map(tags.into_iter().map(tag).collect()));
        }
        if self.own_replicas().next().is_some() {
            block = block.set("names", Value::Map(sorted(names)));
        }
        block
    }

    pub(super) fn own_replicas(&self) -> impl Iterator<Item = (&'a Region, &'a str)> {
        self.desired().replicas.iter().filter_map(|(region, replica)| match replica {
            DesiredReplica::Own(key) => Some((region, key.description.as_str())),
            DesiredReplica::Given(_) => None,
        })
    }

    fn replica_keys(&self) -> Vec<Block> {
        let key = |(region, description): (&Region, &str)| {
            let word = word(region);
            let provider = Value::expression(format!("aws.{word}"));
            let block = module_block(&format!("key_{word}"), "key")
                .set("providers", Value::Map(vec![("aws".to_owned(), provider)]));
            let block = owned(block)
                .maybe("alias", self.alias())
                .set("description", Value::text(description))
                .set("secrets", Value::expression("local.names"));
            self.days(self.users(block))
        };
        self.own_replicas().map(key).collect()
    }

    /// Who uses a key besides the module `secrets`, which finds them by itself
    fn users(&self, block: Block) -> Block {
        let reads = self.functions_by_key().values().any(|(_, _, role)| !role.reads.is_empty());
        let functions = reads.then_some("values(module.functions.readers)");
        let (own, foreign) = self.policy_readers();
        let readers = match functions {
            Some(functions) if own.is_empty() => {
                Some(Value::expression(format!("distinct(flatten({functions}))")))
            }
            Some(functions) => {
                let mut all = vec![Value::expression(functions)];
                all.extend(own.iter().map(Value::text));
                let flat = Value::Call("flatten", Box::new(Value::List(all)));
                Some(Value::Call("distinct", Box::new(flat)))
            }
            None => (!own.is_empty()).then(|| Value::texts(own)),
        };
        let mut rotators: Vec<Value> = self.rotators().into_values().collect();
        let writers = self.writers().filter(|(_, role)| role.rotates.is_empty());
        rotators.extend(writers.map(|(key, _)| role_of(key)));
        block
            .maybe("readers", readers)
            .maybe("rotators", (!rotators.is_empty()).then_some(Value::List(rotators)))
            .maybe("foreign_readers", (!foreign.is_empty()).then(|| Value::texts(foreign)))
            .maybe("operators", self.operators(false))
    }

    /// The people and pipelines that the key names, where it names any
    fn operators(&self, copied: bool) -> Option<Value> {
        let Environment { access, .. } = self.declared();
        let of = |wanted: &[CallerRole]| -> Vec<Value> {
            let arn = |(_, name, role): (CallerRole, &RoleName, &DesiredRole)| {
                let partition = &self.desired().partition;
                let account = self.desired().account.as_ref();
                let account = account.map_or(ACCOUNT_PLACEHOLDER, |account| account.as_str());
                self.filled(&format!("arn:{partition}:iam::{account}:role{}{name}", role.path))
            };
            access::roles(self).filter(|(kind, ..)| wanted.contains(kind)).map(arn).collect()
        };
        let mut provisioners = of(&[CallerRole::Provisioner, CallerRole::GithubDeploy]);
        provisioners.extend(access.provisioner.iter().map(Value::text));
        // Secrets Manager copies a secret to another region with the rights of its caller
        let decrypt = if copied { "values" } else { "validation" };
        let writers = of(&[CallerRole::Writer]);
        if provisioners.is_empty() {
            let only = vec![("writers".to_owned(), Value::List(writers.clone()))];
            return (!writers.is_empty()).then_some(Value::Map(only));
        }
        Some(Value::Map(vec![
            ("writers".to_owned(), Value::List(writers)),
            ("provisioners".to_owned(), Value::List(provisioners)),
            ("provisioner_decrypt".to_owned(), Value::text(decrypt)),
        ]))
    }

    fn days(&self, block: Block) -> Block {
        let Environment { rotate_kms_key_days, recovery_window_days, .. } = self.declared();
        block
            .set("rotation_period_in_days", Value::Number((*rotate_kms_key_days).into()))
            .set("deletion_window_in_days", Value::Number((*recovery_window_days).into()))
    }

    /// Whom the policies on secrets themselves let read: those of the account, and the others
    fn policy_readers(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let ours = self.desired().account.as_ref();
        let policies = self.declared().secrets.values().filter_map(|s| s.resource_policy.as_ref());
        let (own, foreign): (BTreeSet<_>, BTreeSet<_>) = policies
            .flat_map(|policy| &policy.readers)
            .partition(|arn| ours.is_some_and(|ours| ours.as_str() == arn.account()));
        let texts = |arns: BTreeSet<&Arn>| arns.into_iter().map(ToString::to_string).collect();
        (texts(own), texts(foreign))
    }

    fn alias(&self) -> Option<Value> {
        let Desired { project, environment, key, .. } = self.desired();
        let default = format!("alias/{project}/{environment}");
        (key.alias.as_str() != default).then(|| Value::text(&key.alias))
    }

    fn secrets(&self) -> Block {
        let Environment { rotate_kms_key_days, recovery_window_days, .. } = self.declared();
        let secrets = self
            .desired()
            .secrets
            .iter()
            .map(|(name, secret)| (secret.key.to_string(), self.secret(name, secret)));
        let reads = !self.functions_by_key().is_empty();
        let writes = self.writers().next().is_some();
        owned(module_block("secrets", "secrets"))
            .maybe("key_alias", self.alias())
            .set("rotate_kms_key_days", Value::Number((*rotate_kms_key_days).into()))
            .set("recovery_window_in_days", Value::Number((*recovery_window_days).into()))
            .gap()
            .set("secrets", Value::Map(sorted(secrets)))
            .maybe("readers", reads.then(|| Value::expression("module.functions.readers")))
            .maybe("writers", writes.then(|| Value::expression("module.functions.writers")))
            .maybe("replicas", self.replicas())
            .maybe("operators", self.operators(!self.desired().replicas.is_empty()))
            .gap()
            .comment("written past the state, and only where value_versions has a new number")
            .set("values", Value::expression("var.values"))
            .set("value_versions", Value::expression("var.value_versions"))
    }

    fn secret(&self, name: &SecretName, secret: &DesiredSecret) -> Value {
        let Desired { project, environment, .. } = self.desired();
        let DesiredSecret { key, description, value: _, rotation, resource_policy: _ } = secret;
        let mut fields = Vec::new();
        if name.as_str() != format!("{project}/{environment}/{key}") {
            fields.push(("name".to_owned(), Value::text(name)));
        }
        if !description.is_empty() {
            fields.push(("description".to_owned(), Value::text(description)));
        }
        if let Some(rotation) = rotation {
            let rules = &rotation.rules;
            let mut of = vec![("lambda_arn".to_owned(), self.filled(rules.lambda_arn.as_str()))];
            if let Some(role) = self.rotators().remove(&name) {
                of.push(("role_arn".to_owned(), role));
            }
            of.push(match &rules.schedule {
                Schedule::EveryDays(days) => {
                    ("every_days".to_owned(), Value::Number((*days).into()))
                }
                Schedule::Expression(text) => ("schedule".to_owned(), Value::text(text)),
            });
            if let Some(hours) = rules.window_hours {
                of.push(("window_hours".to_owned(), Value::Number(hours.into())));
            }
            if rotation.first == manifest::FirstRotation::AtOnce {
                of.push(("first".to_owned(), Value::text("at_once")));
            }
            fields.push(("rotation".to_owned(), Value::Map(of)));
        }
        let declared = self.declared().secrets.get(key);
        if let Some(policy) = declared.and_then(|declared| declared.resource_policy.as_ref()) {
            let manifest::ResourcePolicy { deny_others, deny_insecure, readers } = policy;
            let mut of = Vec::new();
            for (name, wanted) in [("deny_others", deny_others), ("deny_insecure", deny_insecure)] {
                if *wanted {
                    of.push((name.to_owned(), Value::Bool(true)));
                }
            }
            if !readers.is_empty() {
                of.push(("readers".to_owned(), Value::texts(readers)));
            }
            fields.push(("resource_policy".to_owned(), Value::Map(of)));
        }
        Value::Map(fields)
    }

    /// The functions that write
    fn writers(&self) -> impl Iterator<Item = (&'a FunctionKey, &'a DesiredRole)> {
        let functions = self.functions_by_key().into_iter();
        functions.map(|(key, (_, _, role))| (key, role)).filter(|(_, role)| !role.writes.is_empty())
    }

    /// The roles that rotate, by the secrets that they rotate
    fn rotators(&self) -> BTreeMap<&'a SecretName, Value> {
        let mut rotators = BTreeMap::new();
        for (key, (_, _, role)) in self.functions_by_key() {
            for secret in &role.rotates {
                rotators.insert(secret, role_of(key));
            }
        }
        for (name, secret) in &self.desired().secrets {
            let declared = self.declared().secrets.get(&secret.key);
            let rotation = declared.and_then(|declared| declared.rotation.as_ref());
            if let Some(role) = rotation.and_then(|rotation| rotation.role.as_ref()) {
                rotators.insert(name, Value::text(role));
            }
        }
        rotators
    }

    /// The key of each region that holds copies
    pub(super) fn replicas(&self) -> Option<Value> {
        let replicas = &self.desired().replicas;
        let key = |(region, replica): (&Region, &DesiredReplica)| {
            let key = match replica {
                DesiredReplica::Own(_) => Value::Expression(key_of(region)),
                DesiredReplica::Given(arn) => Value::text(arn),
            };
            (region.to_string(), key)
        };
        (!replicas.is_empty()).then(|| Value::Map(replicas.iter().map(key).collect()))
    }

    fn alarms(&self) -> Option<Block> {
        let alarms = self.declared().alarms.as_ref()?;
        let group = match &alarms.via {
            Via::MetricFilter { log_group } => Some(Value::text(log_group)),
            Via::EventBridge => None,
        };
        let which = alarms.which.iter().map(|kind| kind.slug().replace('-', "_"));
        Some(
            owned(module_block("alarms", "alarms"))
                .set("secret_names", Value::expression("values(module.secrets.names)"))
                .set("key_id", Value::expression("module.secrets.key_id"))
                .set("key_alias", Value::expression("module.secrets.key_alias"))
                .set("which", Value::texts(which))
                .maybe("log_group", group)
                .maybe("sns_topic_arn", alarms.topic.as_ref().map(Value::text)),
        )
    }

    /// A policy as an expression, whatever is not known yet filled in
    pub(super) fn document(&self, document: &Document) -> Value {
        Value::Call("jsonencode", Box::new(self.json(&document.to_value())))
    }

    fn json(&self, value: &serde_json::Value) -> Value {
        match value {
            serde_json::Value::Null => Value::expression("null"),
            serde_json::Value::Bool(truth) => Value::Bool(*truth),
            serde_json::Value::Number(number) => Value::Expression(number.to_string()),
            serde_json::Value::String(text) => self.filled(text),
            serde_json::Value::Array(values) => {
                Value::List(values.iter().map(|value| self.json(value)).collect())
            }
            serde_json::Value::Object(fields) => Value::Map(
                fields.iter().map(|(name, value)| (name.clone(), self.json(value))).collect(),
            ),
        }
    }

    /// A text in which the account and the ARNs of keys are filled in when Terraform runs
    pub(super) fn filled(&self, text: &str) -> Value {
        let account = "${data.aws_caller_identity.current.account_id}".to_owned();
        let home = (key_arn_placeholder(None), "${module.secrets.key_arn}".to_owned());
        let copies = self.own_replicas().map(|(region, _)| {
            (key_arn_placeholder(Some(region)), format!("${{{}}}", key_of(region)))
        });
        let known = [(ACCOUNT_PLACEHOLDER.to_owned(), account), home].into_iter().chain(copies);
        let plain = hcl::escape(text);
        let filled = known.fold(plain.clone(), |filled, (placeholder, expression)| {
            filled.replace(&hcl::escape(&placeholder), &expression)
        });
        if filled == plain { Value::text(text) } else { Value::Template(filled) }
    }

    fn providers(&self) -> Vec<Block> {
        let Environment { region, account, .. } = self.declared();
        let guarded = |block: Block| {
            let account = account.as_ref().map(|account| Value::texts([account]));
            let block = block.maybe("allowed_account_ids", account);
            match self.subject.live.map(|live| import::foreign_tags(self, live)) {
                Some(keys) if !keys.is_empty() => block
                    .gap()
                    .comment("tags of what is imported that are no affair of Terraform")
                    .block(Block::new("ignore_tags", &[]).set("keys", Value::texts(keys))),
                _ => block,
            }
        };
        let home = Block::new("provider", &["aws"]).set("region", Value::text(region));
        let copies = self.own_replicas().map(|(region, _)| {
            let block = Block::new("provider", &["aws"]);
            guarded(
                block.set("alias", Value::text(word(region))).set("region", Value::text(region)),
            )
        });
        let identity = Block::new("data", &["aws_caller_identity", "current"]);
        let mut blocks = vec![guarded(home)];
        blocks.extend(copies);
        if self.desired().account.is_none() {
            blocks.push(identity);
        }
        blocks
    }

    fn outputs(&self) -> Vec<Block> {
        let output = |name: &str, description: &str, value: &str| {
            Block::new("output", &[name])
                .set("description", Value::text(description))
                .set("value", Value::expression(value))
        };
        let mut blocks = vec![
            output("key_arn", "The KMS key.", "module.secrets.key_arn"),
            output(
                "secret_arns",
                "The secrets, by their names in the manifest.",
                "module.secrets.arns",
            ),
        ];
        if !self.functions_by_key().is_empty() {
            blocks.push(output(
                "role_arns",
                "The execution roles, by the function's name in the manifest.",
                "module.functions.role_arns",
            ));
            let variables = loader::variables(self.subject);
            let variables = variables.into_iter().map(|(key, variables)| {
                let of = variables.into_iter().map(|(name, text)| (name, Value::text(text)));
                (key.to_string(), Value::Map(of.collect()))
            });
            blocks.push(
                Block::new("output", &["function_variables"])
                    .set(
                        "description",
                        Value::text("What the loader reads from each function's variables."),
                    )
                    .set("value", Value::Map(variables.collect())),
            );
        }
        blocks
    }
}

fn versions() -> Block {
    let source = Value::Map(vec![
        ("source".to_owned(), Value::text("hashicorp/aws")),
        ("version".to_owned(), Value::text(">= 5.100, < 7.0")),
    ]);
    Block::new("terraform", &[])
        .set("required_version", Value::text(">= 1.11"))
        .gap()
        .block(Block::new("required_providers", &[]).set("aws", source))
        .gap()
        .comment("where the state is kept is yours to say, in a file of your own: `backend.tf`")
}

fn variables() -> Vec<Block> {
    let variable = |name: &str, description: &str, kind: &str| {
        Block::new("variable", &[name])
            .set("description", Value::text(description))
            .set("type", Value::expression(kind))
            .set("default", Value::Map(vec![]))
    };
    vec![
        variable(
            "values",
            "Values to write, by the secret's name in the manifest: TF_VAR_values, never a file.",
            "map(string)",
        )
        .set("ephemeral", Value::Bool(true))
        .set("sensitive", Value::Bool(true)),
        variable(
            "value_versions",
            "Which values Terraform writes, each with a number that is raised to write it anew.",
            "map(number)",
        ),
    ]
}

/// The call of a module
pub(super) fn module_block(name: &str, module: &str) -> Block {
    Block::new("module", &[name]).set("source", Value::text(format!("./modules/{module}")))
}

/// A call with what every module is told
pub(super) fn owned(block: Block) -> Block {
    block
        .gap()
        .set("project", Value::expression("local.project"))
        .set("environment", Value::expression("local.environment"))
        .set("managed_by", Value::expression("local.managed_by"))
}

/// The expression of a function's role
fn role_of(function: &FunctionKey) -> Value {
    Value::Expression(format!("module.functions.role_arns[\"{function}\"]"))
}

/// The expression of the key in a region of copies
fn key_of(region: &Region) -> String {
    format!("module.key_{}.arn", word(region))
}

/// A region as a name of Terraform
pub(super) fn word(region: &Region) -> String {
    region.as_str().replace('-', "_")
}

fn sorted(fields: impl Iterator<Item = (String, Value)>) -> Vec<(String, Value)> {
    let mut fields: Vec<_> = fields.collect();
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    fields
}
