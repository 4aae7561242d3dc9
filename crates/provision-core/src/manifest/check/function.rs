//! One function: what it reads and writes, the policies and the trust of its role.

use std::collections::BTreeMap;

use super::environment::Scope;
use super::naming::Names;
use super::physical::{Noun, Register};
use crate::desired::BASIC_EXECUTION;
use crate::manifest::model::{Function, Logs, PolicySource};
use crate::manifest::problem::{Finding, Kind};
use crate::manifest::raw::{RawFunction, RawLogs, RawSecret};
use crate::manifest::shape::dotted;
use crate::manifest::suggestion;
use crate::manifest::template::Placeholders;
use crate::name::{AccountId, Arn, FunctionKey, PolicyName, RoleName, SecretKey};

/// families of Lambda's runtimes, each followed by a version
const RUNTIMES: &[&str] = &["python", "nodejs", "java", "dotnet", "ruby", "provided", "go"];

pub(super) fn check(
    scope: &Scope<'_>,
    key: &str,
    raw: Option<&RawFunction>,
    secrets: &BTreeMap<String, Option<RawSecret>>,
    names: &mut Names<'_>,
    physical: &mut Register,
) -> Function {
    let nothing = RawFunction::default();
    let raw = raw.unwrap_or(&nothing);
    physical_names(scope, key, raw, names, physical);
    if let Some(runtime) = &raw.runtime {
        check_runtime(&["functions", key, "runtime"], runtime, names);
    }
    let trust_source_account = raw.trust_source_account.as_ref().and_then(|account| {
        names.parse(&["functions", key, "trust_source_account"], account, AccountId::parse)
    });
    let trust_source_arn = raw
        .trust_source_arn
        .as_ref()
        .and_then(|arn| names.arn(&["functions", key, "trust_source_arn"], arn, None));
    let function = Function {
        function_name: raw.function_name.clone(),
        role_name: raw.role_name.clone(),
        runtime: raw.runtime.clone(),
        reads: named(scope, (key, "reads"), raw.reads.as_deref(), secrets, names),
        writes: named(scope, (key, "writes"), raw.writes.as_deref(), secrets, names),
        policies: policies(key, raw, names),
        logs: match raw.logs {
            Some(RawLogs::Own) => Logs::Own,
            Some(RawLogs::Managed) | None => Logs::Managed,
        },
        boundary: raw
            .boundary
            .as_ref()
            .and_then(|arn| managed(&["functions", key, "boundary"], arn, names)),
        trust_source_account,
        trust_source_arn,
    };
    if scope.access.names_provisioner() {
        bounded(scope, key, &function, names);
    }
    function
}

/// Where a role of the manifest makes the function's role, a boundary holds it back
fn bounded(scope: &Scope<'_>, key: &str, function: &Function, names: &mut Names<'_>) {
    let ours = format!("policy/{}/{}/", scope.project, scope.env);
    match &function.boundary {
        Some(boundary) if boundary.resource().starts_with(&ours) => names.add(Finding::new(
            Kind::Contradiction,
            names.tree.place(&["functions", key, "boundary"]),
            format!("`functions.{key}.boundary` lies where `access.provisioner` may change it"),
            format!("give the policy another path than `/{}/{}/`", scope.project, scope.env),
        )),
        Some(_) => {}
        // what it may do is known from the manifest, but for managed policies
        None => {
            let unknown = function.policies.iter().enumerate().filter(|(_, policy)| match policy {
                PolicySource::Managed(arn) => !arn.as_str().ends_with(BASIC_EXECUTION),
                PolicySource::File(_) => false,
            });
            for (number, _) in unknown {
                let number = number.to_string();
                let path = ["functions", key, "policies", &number];
                names.add(Finding::new(
                    Kind::Contradiction,
                    names.tree.place(&path),
                    format!("`{}` would be held back by the environment's boundary", dotted(&path)),
                    format!(
                        "put its text into a file, or give the function a boundary of its own: \
                         `functions.{key}.boundary`"
                    ),
                ));
            }
        }
    }
}

fn physical_names(
    scope: &Scope<'_>,
    key: &str,
    raw: &RawFunction,
    names: &mut Names<'_>,
    physical: &mut Register,
) {
    let values = Placeholders { function: Some(key), ..scope.placeholders() };
    let default = format!("{}-{}-{key}", scope.project, scope.env);
    let at = ["functions", key];
    let mut register = |names: &Names<'_>, noun, name: &str, given: bool, field| {
        let path = [at[0], at[1], field];
        let span = if given { names.tree.place(&path) } else { names.tree.key_place(&at) };
        physical.add(noun, name, dotted(&at), span);
    };
    let function = match &raw.function_name {
        None => Some(default.clone()),
        Some(template) => names
            .template(&[at[0], at[1], "function_name"], template, &values, FunctionKey::parse)
            .map(String::from),
    };
    if let Some(name) = function {
        let given = raw.function_name.is_some();
        register(names, Noun::Function, &name, given, "function_name");
    }
    let role = match &raw.role_name {
        None => Some(default),
        Some(template) => names
            .template(&[at[0], at[1], "role_name"], template, &values, RoleName::parse)
            .map(String::from),
    };
    if let Some(name) = role {
        register(names, Noun::Role, &name, raw.role_name.is_some(), "role_name");
    }
}

fn check_runtime(path: &[&str], runtime: &str, names: &mut Names<'_>) {
    let family = runtime.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
    let family = family.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    let plain = runtime.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.');
    if RUNTIMES.contains(&family) && plain {
        return;
    }
    let hint = match suggestion::nearest(family, RUNTIMES.iter().copied()) {
        Some(near) => format!("did you mean `{near}` and its version?"),
        None => "for example `python3.12`, `nodejs22.x` or `provided.al2023`".to_owned(),
    };
    let place = names.tree.place(path);
    names.add(Finding::new(
        Kind::UnknownValue,
        place,
        format!("`{}` is no runtime of Lambda", dotted(path)),
        hint,
    ));
}

/// The secrets that a function `reads` or `writes`
fn named(
    scope: &Scope<'_>,
    (key, verb): (&str, &str),
    raw: Option<&[String]>,
    secrets: &BTreeMap<String, Option<RawSecret>>,
    names: &mut Names<'_>,
) -> Vec<SecretKey> {
    let mut found = Vec::new();
    for (number, secret) in raw.into_iter().flatten().enumerate() {
        let number = number.to_string();
        let place = names.tree.place(&["functions", key, verb, &number]);
        let declared = secrets.contains_key(secret)
            || names.told.about(&["secrets", secret])
            || names.told.about(&["environments", scope.key, "overrides", "secrets", secret]);
        if !declared {
            // one whose name is refused itself is nothing to name
            let known = secrets.keys().map(String::as_str);
            let known: Vec<&str> = known.filter(|key| SecretKey::parse(*key).is_ok()).collect();
            let hint = match suggestion::nearest(secret, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "declare it under `secrets`".to_owned(),
                None if known.len() > 20 => {
                    format!("declare it under `secrets`, where {} are", known.len())
                }
                None => format!("declared are {}", suggestion::list(&known)),
            };
            names.add(Finding::new(
                Kind::BadReference,
                place,
                format!("`functions.{key}` {verb} `{secret}`, which is not declared"),
                hint,
            ));
        }
        // A name that is none is a problem already, where it is declared or here.
        let Ok(secret) = SecretKey::parse(secret.as_str()) else { continue };
        if found.contains(&secret) {
            names.add(Finding::new(
                Kind::DuplicateKey,
                place,
                format!("`functions.{key}` {verb} `{secret}` twice"),
                "keep one of the two",
            ));
            continue;
        }
        found.push(secret);
    }
    found
}

fn policies(key: &str, raw: &RawFunction, names: &mut Names<'_>) -> Vec<PolicySource> {
    let mut policies = Vec::new();
    let mut inline: BTreeMap<String, String> = BTreeMap::new();
    for (number, text) in raw.policies.iter().flatten().enumerate() {
        let number = number.to_string();
        let path = ["functions", key, "policies", &number];
        let place = names.tree.place(&path);
        let source = if text.starts_with("arn:") {
            managed(&path, text, names).map(PolicySource::Managed)
        } else {
            file(&path, text, names)
        };
        let Some(source) = source else { continue };
        if policies.contains(&source) {
            names.add(Finding::new(
                Kind::DuplicateKey,
                place,
                format!("`{}` is given twice", dotted(&path)),
                "keep one of the two",
            ));
            continue;
        }
        if let PolicySource::File(file) = &source
            && let Some(other) = inline.insert(stem(file).to_lowercase(), file.clone())
        {
            names.add(Finding::new(
                Kind::DuplicateName,
                place,
                format!("`{other}` and `{file}` would be one inline policy, `{}`", stem(file)),
                "an inline policy is named after its file: rename one of the files",
            ));
        }
        policies.push(source);
    }
    policies
}

fn managed(path: &[&str], text: &str, names: &mut Names<'_>) -> Option<Arn> {
    let arn = names.arn(path, text, Some("iam"))?;
    if arn.resource().starts_with("policy/") {
        return Some(arn);
    }
    let place = names.tree.place(path);
    names.add(Finding::new(
        Kind::BadName,
        place,
        format!("`{}` is not the ARN of a managed policy", dotted(path)),
        "it looks like `arn:aws:iam::123456789012:policy/name`",
    ));
    None
}

/// A file is named relative to the manifest and stays beside it, so that a manifest that somebody
/// else wrote cannot pick a file of the machine
fn file(path: &[&str], text: &str, names: &mut Names<'_>) -> Option<PolicySource> {
    let place = names.tree.place(path);
    let outside = text.starts_with(['/', '\\', '~'])
        || text.contains(':')
        || text.split(['/', '\\']).any(|part| part == "..");
    let broken = if outside {
        Some("must be a file beside the manifest")
    } else if !text.ends_with(".json") {
        Some("must be an ARN or a file that ends in `.json`")
    } else {
        None
    };
    if let Some(rule) = broken {
        names.add(Finding::new(
            Kind::BadName,
            place,
            format!("`{}` {rule}", dotted(path)),
            "for example `policies/access.json`, or `arn:aws:iam::aws:policy/…`",
        ));
        return None;
    }
    let name = stem(text);
    if PolicyName::parse(name).is_err() {
        names.parse(path, name, PolicyName::parse)?;
    }
    if let Err(reason) = (names.file)(text) {
        names.add(Finding::new(
            Kind::PolicyFile,
            place,
            format!("`{}`: `{text}` {reason}", dotted(path)),
            "a policy file lies beside the manifest and holds one IAM policy document as JSON",
        ));
    }
    Some(PolicySource::File(text.to_owned()))
}

fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.strip_suffix(".json").unwrap_or(name)
}
