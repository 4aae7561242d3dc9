//! `init`: writes a starter manifest and the schema that editors complete it by; from an .env file
//! one that fits its names.

use std::path::Path;

use provision_core::environment::variable_of_key;
use provision_core::manifest::{self, NameKind, Sorted};
use provision_core::name::{ProjectName, Region};
use provision_core::show::{Line, Mark};
use secrecy::ExposeSecret;

use super::import;
use crate::cli::{Global, SourceFormat, quoted};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output_file;
use crate::print::{self, Printer, document};
use crate::values::source::{Entry, Node};
use crate::values::target;

/// The schema's file, which the starter manifest refers to
const SCHEMA: &str = "secrets.schema.json";
/// What names alone do not say
const REQUIRED: &str = "\
hint: no key is required yet: `{ required: true }` behind one keeps functions from starting without it
";

pub(crate) fn run(
    global: &Global,
    printer: Printer,
    project: Option<String>,
    from_env: Option<&Path>,
) -> Result<Exit, Failure> {
    let project = project.unwrap_or_else(folder_name);
    ProjectName::parse(project.as_str()).map_err(|error| {
        Failure::new(
            Exit::Error,
            "name",
            format!("`{project}` is no project name: it {}", error.rule),
        )
        .hint("give one: `provision init NAME`")
    })?;
    let Drawn { sorted, region } = match from_env {
        Some(path) => drawn(path)?,
        None => Drawn::default(),
    };
    let text = match from_env {
        Some(_) => manifest::draft(&project, region.as_ref(), &sorted),
        None => manifest::starter(&project),
    };
    let manifest = &global.file;
    let schema = manifest.parent().unwrap_or(Path::new("")).join(SCHEMA);
    write_new(manifest, &text)?;
    let mut written = vec![manifest.display().to_string()];
    if !schema.exists() {
        write_new(&schema, &format!("{:#}\n", manifest::schema()))?;
        written.push(schema.display().to_string());
    }
    printer.lines(&lines(&sorted))?;
    printer.json(&document::Initialised {
        written: written.clone(),
        sorted: sorted.iter().map(|(name, sorted)| described(name, sorted)).collect(),
    })?;
    for file in written {
        printer.stderr(&format!("wrote {file}\n"));
    }
    let file = if manifest == Path::new("secrets.yaml") {
        String::new()
    } else {
        format!("--file {} ", quoted(&manifest.display().to_string()))
    };
    printer.stderr(&format!(
        "hint: `provision {file}--env dev --local` tries it without an account\n"
    ));
    if let Some(path) = from_env {
        printer.stderr(REQUIRED);
        printer.stderr(&format!(
            "hint: `provision {file}import {} --env dev --local` brings the values then\n",
            quoted(&path.display().to_string())
        ));
    }
    Ok(Exit::Done)
}

/// What a file says of a manifest
#[derive(Default)]
struct Drawn {
    /// its names, with what they are
    sorted: Vec<(String, Sorted)>,
    region: Option<Region>,
}

/// What each name of the file is; its value is looked at and dropped
fn drawn(path: &Path) -> Result<Drawn, Failure> {
    let mut sorted: Vec<(String, Sorted)> = Vec::new();
    let mut region = None;
    for Entry { name, line: _, end: _, node } in import::read(path, Some(SourceFormat::Env))? {
        let value = match &node {
            Node::Text(text) => text.expose_secret(),
            _ => "",
        };
        // as `import` finds it: Terraform's variables are in lower case, a function's in upper
        let key = match name.strip_prefix(target::TERRAFORM) {
            Some(bare) if !bare.is_empty() => bare.to_ascii_uppercase(),
            _ => name.clone(),
        };
        if target::looks_like_value(&key) {
            continue;
        }
        if let Some(other) = sorted.iter().find_map(|other| met(&key, other)) {
            // written once, it is said where it is; one that differs is told with what it meets
            if other != name {
                let reason = format!("it comes to the same variable as `{other}`");
                sorted.push((name, Sorted { kind: NameKind::LeftOut, reason }));
            }
            continue;
        }
        let name = key;
        let mut sort = manifest::sort(&name, value);
        let said = matches!(name.as_str(), "AWS_REGION" | "AWS_DEFAULT_REGION")
            .then(|| Region::parse(value).ok())
            .flatten();
        if said.is_some() && (region.is_none() || said == region) {
            region = said;
            sort.reason = "it is the region of the manifest".into();
        }
        sorted.push((name.clone(), sort));
    }
    if sorted.iter().all(|(_, sorted)| sorted.kind == NameKind::LeftOut) {
        return Err(Failure::new(
            Exit::Error,
            "source",
            "the file has no name that a secret may carry",
        ));
    }
    Ok(Drawn { sorted, region })
}

/// The other name, where both would arrive in one variable of a function
fn met<'s>(key: &str, (other, sorted): &'s (String, Sorted)) -> Option<&'s str> {
    let variable = |key: &str| variable_of_key(key).ok();
    let same = key == other
        || sorted.kind != NameKind::LeftOut
            && variable(key).is_some_and(|one| variable(other) == Some(one));
    same.then_some(other.as_str())
}

fn lines(sorted: &[(String, Sorted)]) -> Vec<Line> {
    let groups = [
        (NameKind::Secret, "Secrets, in `api-keys`"),
        (NameKind::Plain, "Plain configuration, in `config`"),
        (NameKind::LeftOut, "Left out"),
    ];
    let mut lines = Vec::new();
    for (kind, title) in groups {
        let group: Vec<_> = sorted.iter().filter(|(_, sorted)| sorted.kind == kind).collect();
        if !group.is_empty() {
            lines.push(print::title(title));
        }
        for (name, sorted) in group {
            let text = format!("{name}: {}", sorted.reason);
            lines.push(Line { mark: Mark::Detail, depth: 1, text });
        }
    }
    lines
}

fn described(name: &str, sorted: &Sorted) -> document::SortedName {
    document::SortedName {
        name: name.to_owned(),
        kind: match sorted.kind {
            NameKind::Secret => "secret",
            NameKind::Plain => "plain",
            NameKind::LeftOut => "left_out",
        },
        reason: sorted.reason.clone(),
    }
}

/// The nearest project name to that of the folder
fn folder_name() -> String {
    let folder = std::env::current_dir().ok();
    let name = folder.as_deref().and_then(Path::file_name).map(|n| n.to_string_lossy());
    manifest::project_name(&name.unwrap_or_default())
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    output_file::create(path, text).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::new(
            Exit::Refused,
            "exists",
            format!("`{}` exists and is left as it is", path.display()),
        )
        .hint("`--file` names another one"),
        _ => {
            Failure::new(Exit::Error, "file", format!("cannot write `{}`: {error}", path.display()))
        }
    })
}
