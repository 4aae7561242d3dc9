//! `doctor`: reads what exists, changes nothing, and says what is wrong with it.

use std::collections::BTreeMap;

use provision_core::actual::ValueState;
use provision_core::check::Severity;
use provision_core::desired::{Desired, DesiredRole, Holder};
use provision_core::diff;
use provision_core::doctor::{
    self, Finding, FunctionState, Obstacle, Situation, Tools, Trail, ValueFault, Values,
};
use provision_core::manifest::ValueShape;
use provision_core::plan::{Intent, Plan, Resource};
use provision_core::show::{Line, Mark, printable};
use secrecy::ExposeSecret;

use crate::aws::{self, AwsError, Content, ErrorKind, ValueError};
use crate::cli::{DoctorArgs, Global, quoted};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::object;
use crate::print::document::Diagnosis;
use crate::print::{self, Printer};
use crate::session::{self, Project, Session};

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    args: &DoctorArgs,
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let name = session::environment(global, &project.manifest)?;
    let region = project.manifest.environments[name].region.to_string();
    let tools = tools(global, name.as_str(), &region);
    let findings = match examined(global, &project, args, &tools).await {
        Ok(findings) => findings,
        Err(failure) => vec![obstacle(failure, &tools, global, &region)?],
    };
    let findings: Vec<Finding> = findings.into_iter().map(led).collect();
    printer.lines(&lines(&findings, name.as_str(), args.read_values))?;
    let function = args.function.as_deref();
    printer.json(&Diagnosis { environment: name.as_str(), function, findings: &findings })?;
    let fails = |finding: &Finding| finding.severity != Severity::Note;
    Ok(if findings.iter().any(fails) { Exit::Findings } else { Exit::Done })
}

/// The finding with this run's place in the commands of its hint, whoever reads it
fn led(finding: Finding) -> Finding {
    let hint = finding.hint.map(|hint| print::led(&hint).into_owned());
    Finding { hint, ..finding }
}

/// How the commands begin that lead to the same place
fn tools(global: &Global, environment: &str, region: &str) -> Tools {
    let mut aws = format!("--region {region}");
    for (flag, value) in [("--endpoint-url", &global.endpoint_url), ("--profile", &global.profile)]
    {
        if let Some(value) = value {
            aws += &format!(" {flag} {}", quoted(value));
        }
    }
    Tools { provision: global.flags(environment), aws }
}

/// Everything that the ailments find
async fn examined(
    global: &Global,
    project: &Project,
    args: &DoctorArgs,
    tools: &Tools,
) -> Result<Vec<Finding>, Failure> {
    let offline = session::offline(global, project)?;
    let only = args.function.as_deref().map(|wanted| named(&offline, wanted)).transpose()?;
    let mut session = session::open(global, project).await?;
    // a prune looks at everything, also at policies of which the manifest says nothing
    let (_, actual) = session.plan_with(Intent::Prune).await?;
    let mut plan = diff::plan(Intent::Apply, &session.desired, &actual);
    if let Some(role) = &only {
        narrow(&mut session.desired, &mut plan, role);
    }
    let mut unseen = Vec::new();
    // the AWS inside the binary has neither functions nor trails
    let (functions, trails) = match global.local {
        true => (BTreeMap::new(), None),
        false => (functions(&session, &mut unseen).await?, trails(&session, &mut unseen).await?),
    };
    let values = match args.read_values {
        true => Some(values(&session, &actual, &mut unseen).await?),
        false => None,
    };
    let mut findings = doctor::examine(&Situation {
        desired: &session.desired,
        actual: &actual,
        plan: &plan,
        functions: &functions,
        trails: trails.as_deref(),
        values: values.as_ref(),
        tools,
    });
    // whoever asks for one function wants it to be there
    for finding in findings.iter_mut().filter(|finding| only.is_some() && finding.id == "LD040") {
        finding.severity = Severity::Error;
    }
    findings.extend(unseen);
    Ok(findings)
}

/// The role of the function that is asked for, by its name in the manifest or in Lambda
fn named(desired: &Desired, wanted: &str) -> Result<provision_core::name::RoleName, Failure> {
    let is_wanted = |role: &DesiredRole| match &role.holder {
        Holder::Function { key, name } => key.as_str() == wanted || name == wanted,
        Holder::Caller(_) => false,
    };
    let found = desired.roles.iter().find(|(_, role)| is_wanted(role));
    found.map(|(name, _)| name.clone()).ok_or_else(|| {
        let names = desired.roles.values().filter_map(|role| match &role.holder {
            Holder::Function { key, .. } => Some(format!("`{key}`")),
            Holder::Caller(_) => None,
        });
        let names: Vec<String> = names.collect();
        Failure::new(
            Exit::Error,
            "unknown_function",
            format!("the manifest declares no function `{wanted}`"),
        )
        .hint(match names.is_empty() {
            true => "it declares none at all".to_owned(),
            false => format!("declared are {}", names.join(", ")),
        })
    })
}

/// Leaves what one function needs: its role and policies, its secrets, and the keys
fn narrow(desired: &mut Desired, plan: &mut Plan, role: &provision_core::name::RoleName) {
    desired.roles.retain(|name, _| name == role);
    let secrets: Vec<_> = desired
        .roles
        .values()
        .flat_map(|role| role.reads.iter().chain(&role.writes).chain(&role.rotates))
        .cloned()
        .collect();
    desired.secrets.retain(|name, _| secrets.contains(name));
    desired.monitoring.alarms.clear();
    let arns: Vec<String> = desired
        .roles
        .values()
        .flat_map(|role| role.attached.iter().chain(&role.boundary))
        .map(ToString::to_string)
        .collect();
    let concerns = |resource: &Resource| match resource {
        Resource::Key(_) | Resource::Alias(_) => true,
        Resource::Secret(name) => secrets.contains(name),
        Resource::Role(name) => name == role,
        Resource::Policy(name) => arns.iter().any(|arn| arn.ends_with(&format!("/{name}"))),
        Resource::LogGroup(_)
        | Resource::MetricFilter(_)
        | Resource::Alarm(_)
        | Resource::Rule(_) => false,
    };
    plan.changes.retain(|change| concerns(&change.resource));
    plan.blockers.retain(|blocker| concerns(&blocker.resource));
    plan.notes.retain(|note| concerns(&note.resource));
}

async fn functions(
    session: &Session,
    unseen: &mut Vec<Finding>,
) -> Result<BTreeMap<String, FunctionState>, Failure> {
    let mut functions = BTreeMap::new();
    for role in session.desired.roles.values() {
        let Holder::Function { name, .. } = &role.holder else { continue };
        match aws::function(&session.aws, name).await {
            Ok(state) => {
                functions.insert(name.clone(), state);
            }
            Err(error) => {
                unseen.extend(not_seen(error, "the functions")?);
                break;
            }
        }
    }
    Ok(functions)
}

async fn trails(
    session: &Session,
    unseen: &mut Vec<Finding>,
) -> Result<Option<Vec<Trail>>, Failure> {
    if session.desired.monitoring.alarms.is_empty() {
        return Ok(None);
    }
    match aws::trails(&session.aws).await {
        Ok(trails) => Ok(Some(trails)),
        Err(error) => {
            unseen.extend(not_seen(error, "the trails")?);
            Ok(None)
        }
    }
}

/// Whether the values are whole; what is read is parsed and dropped
async fn values(
    session: &Session,
    actual: &provision_core::actual::Actual,
    unseen: &mut Vec<Finding>,
) -> Result<Values, Failure> {
    let mut found = Values::new();
    for (name, secret) in &session.desired.secrets {
        let has_value = actual.secrets.get(name).is_some_and(|s| s.value == ValueState::Current);
        if !has_value || !matches!(secret.value, ValueShape::Json(_)) {
            continue;
        }
        let current = match aws::current(&session.aws, name.as_str(), &session.desired.tags).await {
            Ok(current) => current,
            // a finding of its own tells whose it is
            Err(ValueError::Foreign(_) | ValueError::OfService(_)) => continue,
            Err(ValueError::Aws(error)) if error.kind == ErrorKind::InvalidState => continue,
            Err(ValueError::Aws(error)) => {
                unseen.extend(not_seen(error, "the values")?);
                break;
            }
        };
        let Some(content) = current.content else { continue };
        let keys = match &content {
            Content::Text(text) => object::members(text.expose_secret()).ok(),
            Content::Binary(_) => None,
        };
        let fault = keys.map_or(Some(ValueFault::NotAnObject), |members| {
            let lacks: Vec<String> = secret
                .required()
                .iter()
                .filter(|key| {
                    let is_there = |raw: &str| !matches!(raw, "null" | r#""""#);
                    !members.iter().any(|(name, raw)| name == key.as_str() && is_there(raw.get()))
                })
                .map(ToString::to_string)
                .collect();
            (!lacks.is_empty()).then_some(ValueFault::Lacks(lacks))
        });
        found.extend(fault.map(|fault| (name.clone(), fault)));
    }
    Ok(found)
}

/// A finding where the caller may not look, nothing where the service is not simulated
fn not_seen(error: AwsError, what: &str) -> Result<Option<Finding>, Failure> {
    match error.kind {
        ErrorKind::NotSimulated | ErrorKind::Unsupported => Ok(None),
        ErrorKind::AccessDenied => {
            let message =
                format!("{what} were not looked at: the caller may not `{}`", error.operation);
            let hint =
                "a policy of the caller, its boundary or a policy of the organization denies it";
            Ok(Some(doctor::found(Obstacle::NotSeen, message, Some(hint.to_owned()), Vec::new())))
        }
        _ => Err(error.into()),
    }
}

/// What keeps anything from being read, as a finding; every other failure stays one
fn obstacle(
    failure: Failure,
    tools: &Tools,
    global: &Global,
    region: &str,
) -> Result<Finding, Failure> {
    let identity = format!("aws sts get-caller-identity {}", tools.aws);
    let (obstacle, commands) = match failure.kind {
        "no_credentials" => (Obstacle::NoCredentials, vec!["aws configure sso".to_owned()]),
        "bad_credentials" => (Obstacle::BadCredentials, vec!["aws sso login".to_owned(), identity]),
        "account" => (Obstacle::OtherAccount, vec![identity]),
        "region" => (Obstacle::OtherRegion, vec![format!("provision doctor {}", tools.provision)]),
        "timeout" | "unreachable" => {
            let address = match &global.endpoint_url {
                Some(url) => quoted(url),
                None => format!("https://sts.{region}.amazonaws.com"),
            };
            (Obstacle::Unreachable, vec![format!("curl -sSI {address}")])
        }
        "access_denied" => (Obstacle::MayNotLook, vec![identity]),
        _ => return Err(failure),
    };
    let hint = failure.hints.into_iter().next();
    Ok(doctor::found(obstacle, failure.message, hint, commands))
}

fn lines(findings: &[Finding], environment: &str, values_read: bool) -> Vec<Line> {
    let line = |mark, depth, text: &str| Line { mark, depth, text: printable(text) };
    let mut lines = Vec::new();
    for Finding { id, name: _, severity, layer, message, hint, commands } in findings {
        let mark = match severity {
            Severity::Error => Mark::Blocked,
            Severity::Warning => Mark::Widen,
            Severity::Note => Mark::Note,
        };
        lines.push(line(mark, 0, &format!("{}: {message} [{id}]", layer.words())));
        if let Some(hint) = hint {
            lines.push(line(Mark::Hint, 1, hint));
        }
        lines.extend(commands.iter().map(|command| line(Mark::Detail, 1, &format!("$ {command}"))));
    }
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    let unread = match values_read {
        true => "",
        false => {
            "; values were not read: `--read-values` looks for the keys that functions require"
        }
    };
    let text = match (count(Severity::Error) + count(Severity::Warning), count(Severity::Note)) {
        (0, 0) => format!("Nothing is wrong with {environment}{unread}"),
        (0, notes) => format!("Nothing is wrong with {environment}; notes: {notes}{unread}"),
        (1, _) => format!("One thing is wrong with {environment}"),
        (many, _) => format!("{many} things are wrong with {environment}"),
    };
    lines.push(line(Mark::Title, 0, &text));
    lines
}
