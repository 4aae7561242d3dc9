//! `render`: writes the same design as files, and never over a file that is somebody else's.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use provision_core::desired::Desired;
use provision_core::plan::Intent;
use provision_core::policy::ACCOUNT_PLACEHOLDER;
use provision_core::render::{Files, Format, MADE_BY, Subject, Upkeep, mark, render};

use crate::cli::{Global, RenderArgs, RenderFormat, quoted};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output_file;
use crate::print::Printer;
use crate::print::document::{FileState, Rendered, RenderedFile};
use crate::session;

/// The page beside files that cannot say themselves how they were made
const PAGE: &str = "README.md";

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    args: &RenderArgs,
) -> Result<Exit, Failure> {
    let RenderArgs { format, import, out } = args;
    let format = of(*format);
    if *import && format != Format::Terraform {
        return Err(Failure::new(Exit::Usage, "usage", "only Terraform imports")
            .hint("leave `--import` out, or render `terraform`"));
    }
    let project = session::load(global)?;
    let name = session::environment(global, &project.manifest)?;
    let declared = &project.manifest.environments[name];
    let (desired, live) = if *import {
        let session = session::open(global, &project).await?;
        // as for `adopt`: the tags of everything are read too
        let (_, live) = session.plan_with(Intent::Adopt).await?;
        (session.desired, Some(live))
    } else {
        (project.offline(name)?, None)
    };
    let manifest = from_here(&global.file);
    let subject = Subject { declared, desired: &desired, manifest: &manifest, live: live.as_ref() };
    let files = render(format, subject)
        .map_err(|error| Failure::new(Exit::Error, "render", error.to_string()))?;
    if format == Format::Policies && files.values().any(|text| text.contains(ACCOUNT_PLACEHOLDER)) {
        printer.stderr(WITHOUT_ACCOUNT);
    }
    match out {
        None => print(printer, format, &files)?,
        Some(folder) => {
            let written = write(folder, format, &desired, &files)?;
            for file in &written {
                let RenderedFile { path, state, .. } = file;
                printer.stderr(&format!("{} {}\n", state.word(), folder.join(path).display()));
            }
            if written.iter().any(|file| file.state == FileState::Kept) {
                printer.stderr(&kept(global, format, folder, name.as_str()));
            }
            printer.json(&Rendered { format: format.name(), files: written })?;
        }
    }
    Ok(Exit::Done)
}

/// What is said of policies that nobody can put as they stand
const WITHOUT_ACCOUNT: &str = "note: the manifest names no `account` for this environment: `${ACCOUNT}` stands in its place\n";

/// What is said where files stay that differ from what would be written
fn kept(global: &Global, format: Format, folder: &Path, environment: &str) -> String {
    let flags = global.flags(environment);
    let folder = folder.to_string_lossy();
    let folder = folder.trim_end_matches('/');
    let (new, folder) = (quoted(&format!("{folder}.new")), quoted(folder));
    format!(
        "warning: what was kept is yours to change and is not what would be written now: where \
         the manifest changed since, it lacks that\n\
         hint: `provision render {} {flags} --out {new} && diff -ru {folder} {new}` shows what\n",
        format.name()
    )
}

/// The manifest as other machines find it, where it lies below this folder
fn from_here(file: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    file.strip_prefix(here).unwrap_or(file).to_string_lossy().into_owned()
}

fn of(format: RenderFormat) -> Format {
    match format {
        RenderFormat::Terraform => Format::Terraform,
        RenderFormat::Sam => Format::Sam,
        RenderFormat::Cloudformation => Format::Cloudformation,
        RenderFormat::Policies => Format::Policies,
        RenderFormat::Github => Format::Github,
    }
}

fn print(printer: Printer, format: Format, files: &Files) -> Result<(), Failure> {
    let text = match files.iter().collect::<Vec<_>>().as_slice() {
        [(_, only)] => (*only).clone(),
        many => many.iter().map(|(path, text)| format!("==> {path} <==\n{text}\n")).collect(),
    };
    printer.text(&text)?;
    let shown = files.iter().map(|(path, text)| RenderedFile {
        path: path.clone(),
        state: FileState::Shown,
        text: Some(text.clone()),
    });
    printer.json(&Rendered { format: format.name(), files: shown.collect() })
}

/// Writes the files, or none of them where one would be lost that is not of this rendering
fn write(
    folder: &Path,
    format: Format,
    desired: &Desired,
    files: &Files,
) -> Result<Vec<RenderedFile>, Failure> {
    let mark = mark(format, desired);
    // a policy holds no comment that could say whose it is: the page beside it does
    let page = read(&folder.join(PAGE))?;
    let is_ours = page.is_some_and(|page| page.contains(mark.trim_start_matches("# ")));
    let in_words = |path: &str| path == PAGE || path.ends_with(".json");
    let mut planned = Vec::new();
    let mut foreign = Vec::new();
    for (path, text) in files {
        let place = folder.join(path);
        let state = match read(&place)? {
            None => FileState::Written,
            Some(found) if found == *text => FileState::Unchanged,
            Some(found) if found.starts_with(&mark) || is_ours && in_words(path) => {
                match format.upkeep() {
                    Upkeep::Start => FileState::Kept,
                    Upkeep::Rewritten => FileState::Written,
                }
            }
            Some(found) => match (marked(&found), format.upkeep()) {
                // a start that somebody made their own, its first line too
                (None, Upkeep::Start) => FileState::Kept,
                (of, _) => {
                    foreign.push(Foreign { path, of: of.map(str::to_owned) });
                    continue;
                }
            },
        };
        planned.push(RenderedFile { path: path.clone(), state, text: None });
    }
    if !foreign.is_empty() {
        return Err(overwritten(folder, format, desired, &foreign));
    }
    for stale in stale(folder, &mark, files)? {
        let place = folder.join(&stale);
        fs::remove_file(&place).map_err(|error| cannot("remove", &place, &error))?;
        planned.push(RenderedFile { path: stale, state: FileState::Removed, text: None });
    }
    for RenderedFile { path, state, .. } in &planned {
        if *state != FileState::Written {
            continue;
        }
        let place = folder.join(path);
        let parent = place.parent().map_or_else(PathBuf::new, Path::to_path_buf);
        fs::create_dir_all(&parent)
            .and_then(|()| output_file::replace(&place, &files[path]))
            .map_err(|error| cannot("write", &place, &error))?;
    }
    Ok(planned)
}

/// A file that stands in the way
struct Foreign<'a> {
    path: &'a str,
    /// what it was rendered of, none where its first line does not say it
    of: Option<String>,
}

/// What a file was rendered of, as its first line says it: project, environment and format
fn marked(text: &str) -> Option<&str> {
    let (first, _) = text.strip_prefix("# ")?.split_once('\n')?;
    first.contains(MADE_BY).then_some(first.trim_end_matches('.'))
}

fn overwritten(
    folder: &Path,
    format: Format,
    desired: &Desired,
    foreign: &[Foreign<'_>],
) -> Failure {
    const SHOWN: usize = 3;
    let names: Vec<String> =
        foreign.iter().take(SHOWN).map(|foreign| format!("`{}`", foreign.path)).collect();
    let more = match foreign.len() - names.len() {
        0 => String::new(),
        1 => " and 1 more file".to_owned(),
        more => format!(" and {more} more files"),
    };
    let message = format!(
        "`{}` holds {}{more}, and what is rendered of {}/{} as {} would overwrite that; \
         nothing was written",
        folder.display(),
        names.join(", "),
        desired.project,
        desired.environment,
        format.name()
    );
    let failure = Failure::new(Exit::Refused, "foreign_file", message);
    match foreign.iter().find_map(|foreign| foreign.of.as_ref()) {
        Some(of) => failure.hint(format!(
            "what is there is of {of}: give each environment and format a folder of its own with `--out`"
        )),
        None => failure.hint(
            "a rendered file says so in its first line, and these do not: they were written by \
             somebody else, or changed; move them away, or give another folder with `--out`",
        ),
    }
}

/// Files of Terraform that an earlier rendering left: Terraform would still read them
fn stale(folder: &Path, mark: &str, files: &Files) -> Result<Vec<String>, Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(cannot("read", folder, &error)),
    };
    let mut stale = Vec::new();
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.ends_with(".tf") && !files.contains_key(&name) {
            let found = read(&entry.path())?.unwrap_or_default();
            if found.starts_with(mark) {
                stale.push(name);
            }
        }
    }
    stale.sort();
    Ok(stale)
}

/// The text of a file, none where there is none
fn read(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot("read", path, &error)),
    }
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Error, "file", format!("cannot {what} `{}`: {error}", path.display()))
}
