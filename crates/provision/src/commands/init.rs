//! `init`: writes a starter manifest and the schema that editors complete it by.

use std::io::Write;
use std::path::Path;

use provision_core::manifest;
use provision_core::name::ProjectName;

use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;

/// The schema's file, which the starter manifest refers to
const SCHEMA: &str = "secrets.schema.json";

pub(crate) fn run(
    global: &Global,
    printer: Printer,
    project: Option<String>,
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
    let manifest = &global.file;
    let schema = manifest.parent().unwrap_or(Path::new("")).join(SCHEMA);
    write_new(manifest, &manifest::starter(&project))?;
    printer.stderr(&format!("wrote {}\n", manifest.display()));
    if !schema.exists() {
        write_new(&schema, &format!("{:#}\n", manifest::schema()))?;
        printer.stderr(&format!("wrote {}\n", schema.display()));
    }
    let file = if manifest == Path::new("secrets.yaml") {
        String::new()
    } else {
        format!("--file {} ", manifest.display())
    };
    printer.stderr(&format!(
        "hint: `provision {file}--env dev --local` tries it without an account\n"
    ));
    Ok(Exit::Done)
}

fn folder_name() -> String {
    let folder = std::env::current_dir().ok();
    let name = folder.as_deref().and_then(Path::file_name).map(|n| n.to_string_lossy());
    let mut slug: String = name
        .unwrap_or_default()
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    slug.truncate(32);
    slug.trim_matches('-').to_owned()
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(
        |error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Failure::new(
                Exit::Refused,
                "exists",
                format!("`{}` exists and is left as it is", path.display()),
            )
            .hint("`--file` names another one"),
            _ => Failure::new(
                Exit::Error,
                "file",
                format!("cannot write `{}`: {error}", path.display()),
            ),
        },
    )
}
