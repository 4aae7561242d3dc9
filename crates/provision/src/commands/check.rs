//! `check`: lints the manifest, every policy that follows from it, and files of others, offline.

use std::path::{Path, PathBuf};

use provision_core::check::{
    self, EnvironmentRule, Estate, Finding, Origin, PolicyKind, Severity, Subject,
};
use provision_core::diff::refused;
use provision_core::policy::Document;
use provision_core::show::{Line, Mark, printable};

use crate::cli::{CheckArgs, Global, MANIFEST};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;
use crate::print::document::Checked;
use crate::session::{self, Project};

/// What files that are looked for in a folder end in
const ENDINGS: [&str; 4] = ["json", "yaml", "yml", "template"];
/// Folders of other tools, which hold no policy of anybody's
const LEFT_OUT: [&str; 3] = ["node_modules", "target", "vendor"];

/// What was looked at, and what was found
#[derive(Default)]
struct Report {
    environments: Vec<String>,
    findings: Vec<Finding>,
    estates: Vec<Estate>,
    /// the policies that follow from the manifest
    rendered: Vec<Document>,
}

pub(crate) fn run(global: &Global, printer: Printer, args: &CheckArgs) -> Result<Exit, Failure> {
    let CheckArgs { files, policies } = args;
    let mut paths = Vec::new();
    for path in files.iter().chain(policies) {
        let before = paths.len();
        collect(path, &mut paths)?;
        if paths.len() == before {
            return Err(nothing_to_look_at(path));
        }
    }
    let without_manifest =
        !paths.is_empty() && global.file == Path::new(MANIFEST) && !global.file.exists();
    let mut report = Report::default();
    if !without_manifest {
        match session::load(global) {
            Ok(project) => of_project(global, &project, &mut report)?,
            Err(failure) => {
                let Some(problems) = &failure.problems else { return Err(failure) };
                // people see each with the lines around it
                printer.stderr_for_people(&failure.text());
                report.findings = check::of_manifest(problems.iter());
            }
        }
    }
    let shown_before = if printer.is_for_people() { report.problems() } else { 0 };
    let subjects =
        paths.iter().map(|path| subject(path, &report.rendered)).collect::<Result<Vec<_>, _>>()?;
    report.findings.extend(check::check(&subjects, &report.estates));
    let names: Vec<&str> = subjects.iter().map(|subject| subject.name.as_str()).collect();
    printer.lines(&lines(&report, &report.findings[shown_before..], names.len()))?;
    printer.json(&Checked {
        environments: report.environments.iter().map(String::as_str).collect(),
        files: names,
        findings: &report.findings,
    })?;
    let manifest = global.file.to_string_lossy();
    printer.sarif(&check::sarif(&report.findings, &manifest, env!("CARGO_PKG_VERSION")))?;
    let fails = |finding: &Finding| finding.severity != Severity::Note;
    Ok(if report.findings.iter().any(fails) { Exit::Findings } else { Exit::Done })
}

impl Report {
    /// How many findings are problems of the manifest, which stand first
    fn problems(&self) -> usize {
        self.findings.iter().take_while(|finding| finding.rule == "LS000").count()
    }

    /// Adds what is found at places of the manifest; what several environments share stands once,
    /// and as of none of them
    fn of_several(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            let shared = Finding { environment: None, ..finding.clone() };
            let same = |known: &&mut Finding| {
                shared == Finding { environment: None, ..Finding::clone(known) }
            };
            match self.findings.iter_mut().find(same) {
                Some(known) => *known = shared,
                None => self.findings.push(finding),
            }
        }
    }
}

/// The manifest, its policy files, and what each environment of it comes to
fn of_project(global: &Global, project: &Project, report: &mut Report) -> Result<(), Failure> {
    let folder = global.file.parent().unwrap_or(Path::new(""));
    let mut subjects = vec![Subject {
        name: global.file.display().to_string(),
        text: session::read_text(&global.file)?,
        origin: Origin::Manifest,
        kind: None,
    }];
    subjects.extend(project.files.iter().map(|(name, text)| Subject {
        name: folder.join(name).display().to_string(),
        text: text.clone(),
        origin: Origin::File,
        kind: Some(PolicyKind::Identity),
    }));
    for (name, declared) in &project.manifest.environments {
        report.environments.push(name.to_string());
        for region in std::iter::once(&declared.region).chain(declared.replicas.keys()) {
            if !region.is_known() {
                report.findings.push(check::of_environment(
                    EnvironmentRule::UnknownRegion,
                    name.as_str(),
                    format!("this version knows no region `{region}`"),
                    region.nearest().map(|near| format!("did you mean `{near}`?")),
                ));
            }
        }
        match project.offline(name) {
            Err(Failure { problems: Some(problems), .. }) => {
                report.of_several(check::of_unresolved(name.as_str(), problems.iter()));
            }
            Err(Failure { message, hints, .. }) => {
                report.findings.push(check::of_environment(
                    EnvironmentRule::Unresolvable,
                    name.as_str(),
                    message,
                    hints.into_iter().next(),
                ));
            }
            Ok(desired) => {
                report.findings.extend(refused(&desired).into_iter().map(|blocker| {
                    let message = format!("{} {}", blocker.resource, blocker.reason);
                    let hint = Some(blocker.reason.hint().to_owned());
                    check::of_environment(EnvironmentRule::Refused, name.as_str(), message, hint)
                }));
                report.estates.push(Estate::of(&desired));
                let rendered = check::rendered(&desired, &project.files);
                report.rendered.extend(rendered.iter().filter_map(|one| document(&one.text)));
                subjects.extend(rendered);
            }
        }
    }
    report.findings.extend(check::check(&subjects, &report.estates));
    Ok(())
}

/// Adds the files at `path`: itself, or those of a folder that may hold a policy
fn collect(path: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !path.is_dir() {
        found.push(path.to_path_buf());
        return Ok(());
    }
    let cannot = |error: std::io::Error| {
        Failure::new(Exit::Error, "file", format!("cannot read `{}`: {error}", path.display()))
    };
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        entries.push((entry.path(), entry.file_type().map_err(cannot)?.is_dir()));
    }
    entries.sort();
    for (entry, is_folder) in entries {
        let name = entry.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        let ending = entry.extension().map(|e| e.to_string_lossy().into_owned());
        if is_folder {
            if !LEFT_OUT.contains(&name.as_str()) {
                collect(&entry, found)?;
            }
        } else if ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
            found.push(entry);
        }
    }
    Ok(())
}

/// A folder that was named and holds nothing: most likely another one was meant
fn nothing_to_look_at(folder: &Path) -> Failure {
    let looked_for = ENDINGS.map(|ending| format!("`*.{ending}`")).join(", ");
    let folder = folder.display();
    let message = format!("`{folder}` has no file that is looked at: {looked_for}");
    Failure::new(Exit::Error, "file", message).hint(
        "name the folder that holds policies or templates; folders whose name begins with a dot, \
         and those of other tools, are not searched unless they are named",
    )
}

fn document(text: &str) -> Option<Document> {
    Document::parse(text).ok()
}

fn subject(path: &Path, rendered: &[Document]) -> Result<Subject, Failure> {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    // as `render policies` names it; nothing in its text tells it from the policy of a role
    let kind = stem.ends_with("boundary").then_some(PolicyKind::Boundary);
    let (name, text) = (path.display().to_string(), session::read_text(path)?);
    let is_made = document(&text).is_some_and(|document| rendered.contains(&document));
    let origin = if is_made { Origin::Made } else { Origin::File };
    Ok(Subject { name, text, origin, kind })
}

fn lines(report: &Report, findings: &[Finding], files: usize) -> Vec<Line> {
    let line = |mark, depth, text: &str| Line { mark, depth, text: printable(text) };
    let mut lines = Vec::new();
    for finding in findings {
        let Finding { rule, severity, file, environment, line: at, column, message, hint, .. } =
            finding;
        let mark = match severity {
            Severity::Error => Mark::Blocked,
            Severity::Warning => Mark::Widen,
            Severity::Note => Mark::Note,
        };
        let environment = environment.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        let place = match (at, column) {
            (Some(at), Some(column)) => format!("{file}:{at}:{column}: "),
            _ => String::new(),
        };
        lines.push(line(mark, 0, &format!("{environment}{place}{message} [{rule}]")));
        if !hint.is_empty() {
            lines.push(line(Mark::Hint, 1, hint));
        }
    }
    let counted = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    };
    let environments = counted(report.environments.len(), "environment");
    let looked_at = match (report.environments.len(), files) {
        (_, 0) => environments,
        (0, files) => counted(files, "file"),
        (_, files) => format!("{environments} and {}", counted(files, "file")),
    };
    let text = format!("Checked {looked_at}: {}", check::summary(&report.findings));
    lines.push(line(Mark::Title, 0, &text));
    lines
}
