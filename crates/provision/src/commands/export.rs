//! `export`: the environment's variables by name, or with their values where that is asked for.

use std::collections::BTreeMap;

use provision_core::name::SecretName;
use provision_core::show::{Line, Mark};

use crate::ask;
use crate::cli::{Choice, Format, Global, Output};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{Printer, document};
use crate::session;
use crate::values::store::Store;
use crate::values::{render, variables};

/// Whether values leave
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    Hidden,
    Revealed,
}

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    format: Option<Format>,
    values: Values,
    choice: &Choice,
) -> Result<Exit, Failure> {
    let format = match (format, global.output) {
        (Some(Format::Env | Format::Yaml), Output::Json) if values == Values::Revealed => {
            return Err(Failure::new(Exit::Usage, "usage", "`--output json` writes JSON")
                .hint("leave out one of `--output` and `--format`"));
        }
        (Some(_), Output::Text | Output::Sarif) if values == Values::Hidden => {
            return Err(Failure::new(Exit::Usage, "usage", "`--format` is how values are written")
                .hint("`--reveal` writes them; `--output json` has the names alone as JSON"));
        }
        (Some(format), _) => format,
        (None, Output::Json) => Format::Json,
        // SARIF is refused before any command but `check` begins
        (None, Output::Text | Output::Sarif) => Format::Env,
    };
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let store = Store { session: &session, global, printer };
    let variables = variables::read(store, choice).await?;
    if values == Values::Revealed {
        ask::reveal(global)?;
        printer.secret(render::render(format, &variables).as_bytes())?;
        return Ok(Exit::Done);
    }
    let names: BTreeMap<&str, &SecretName> =
        variables.iter().map(|variable| (variable.name.as_str(), &variable.secret)).collect();
    let mut lines: Vec<Line> = names
        .iter()
        .map(|(name, secret)| Line {
            mark: Mark::Detail,
            depth: 0,
            text: format!("{name} from {secret}"),
        })
        .collect();
    if lines.is_empty() {
        let text = "No secret of the environment has a value for a variable".into();
        lines.push(Line { mark: Mark::Title, depth: 0, text });
    }
    printer.lines(&lines)?;
    printer.json(&document::Exported {
        variables: names
            .iter()
            .map(|(name, secret)| document::ExportedVariable { name, secret: secret.as_str() })
            .collect(),
    })?;
    if !names.is_empty() {
        printer.stderr("hint: `--reveal` writes the values\n");
    }
    Ok(Exit::Done)
}
