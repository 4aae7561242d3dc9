//! The command line as it is written.

mod access;
mod insight;
mod values;

use std::path::{Path, PathBuf};

use clap::builder::TypedValueParser;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub(crate) use access::AccessArgs;
pub(crate) use insight::*;
pub(crate) use values::*;

/// The manifest where `--file` names no other
pub(crate) const MANIFEST: &str = "secrets.yaml";

/// Secrets for AWS Lambda functions from one manifest
///
/// Without a subcommand: reads the manifest, shows what would change, asks, and applies it.
#[derive(Debug, Parser)]
#[command(name = "provision", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Examples:
  provision --env dev --local        try it: an AWS inside this binary, no account needed
  provision --env prod --dry-run     show what would change
  provision --env prod --yes         apply without asking
  provision set api-keys GITHUB_TOKEN --env prod
                                     set one value from a hidden prompt
  provision run --env dev -- npm start
                                     run a command with the environment's secrets

Exit codes: 0 done, 1 error, 2 changes or findings, 3 refused, 4 partly applied, 64 usage")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) apply: ApplyArgs,
}

/// The commands that can show what they would do, besides the main job
pub(crate) const DRY_RUN: [&str; 10] = [
    "adopt",
    "apply",
    "destroy",
    "import",
    "migrate",
    "promote",
    "restore",
    "rollback",
    "rotate-key",
    "unset",
];

/// Returns the command line as clap sees it; where a command has nothing to try, its help does not
/// offer `--dry-run`
pub(crate) fn command() -> clap::Command {
    Cli::command().mut_subcommands(|command| {
        let command = match command.get_name() {
            "check" => with_every_output(command),
            _ => command,
        };
        if DRY_RUN.contains(&command.get_name()) {
            return command;
        }
        let hidden = clap::Arg::new("dry_run").long("dry-run").action(clap::ArgAction::SetTrue);
        command.arg(hidden.hide(true))
    })
}

/// The command with every format as a value of its `--output`; others do not offer what they refuse
fn with_every_output(command: clap::Command) -> clap::Command {
    let outputs = Output::value_variants().iter().filter_map(Output::to_possible_value);
    let outputs = clap::builder::PossibleValuesParser::new(outputs.map(|one| one.hide(false)))
        .try_map(|text| Output::from_str(&text, false));
    let output = clap::Arg::new("output").long("output").value_name("FORMAT");
    let output = output.help("How data is written to stdout").default_value("text");
    command.arg(output.value_parser(outputs))
}

/// Returns the command line of this process
pub(crate) fn read() -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Returns the options of every command as far as the command line of this process says them,
/// whatever is wrong with the rest of it
pub(crate) fn global_in_spite_of_errors() -> Option<Global> {
    let matches = command().ignore_errors(true).try_get_matches_from(std::env::args_os()).ok()?;
    Global::from_arg_matches(&matches).ok()
}

/// Options of every command
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// The environment of the manifest
    #[arg(long, short, global = true, value_name = "ENV", env = "PROVISION_ENV")]
    pub(crate) env: Option<String>,
    /// The manifest
    #[arg(long, short, global = true, value_name = "FILE", default_value = MANIFEST)]
    pub(crate) file: PathBuf,
    /// Use the AWS inside this binary, with its state in `.provision/` beside the manifest
    #[arg(long, global = true, conflicts_with_all = ["endpoint_url", "profile"])]
    pub(crate) local: bool,
    /// How data is written to stdout
    #[arg(long, global = true, value_enum, default_value_t = Output::Text, value_name = "FORMAT")]
    pub(crate) output: Output,
    /// Print without colour (as the variable `NO_COLOR` does)
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Answer the question whether to go on with yes
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Show what would change and stop, where a command changes the environment
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,
    /// The region that is meant; refused where the manifest says another
    #[arg(long, global = true)]
    pub(crate) region: Option<String>,
    /// A profile of the AWS configuration
    #[arg(long, global = true)]
    pub(crate) profile: Option<String>,
    /// An endpoint that speaks AWS, for every service
    #[arg(long, global = true, value_name = "URL", value_parser = url)]
    pub(crate) endpoint_url: Option<String>,
    /// Say more on stderr; twice for debugging
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

impl Global {
    /// Returns the flags that lead a next command to the same place
    pub(crate) fn flags(&self, environment: &str) -> String {
        self.place(Some(environment))
    }

    /// Returns the flags that lead a next command to where this one was sent, the environment among
    /// them where it is said
    pub(crate) fn place(&self, environment: Option<&str>) -> String {
        let mut flags = Vec::new();
        if self.file != Path::new(MANIFEST) {
            flags.push(format!("--file {}", quoted(&self.file.to_string_lossy())));
        }
        flags.extend(environment.map(|name| format!("--env {}", quoted(name))));
        if self.local {
            flags.push("--local".into());
        }
        if let Some(endpoint) = &self.endpoint_url {
            flags.push(format!("--endpoint-url {}", quoted(endpoint)));
        }
        if let Some(profile) = &self.profile {
            flags.push(format!("--profile {}", quoted(profile)));
        }
        flags.join(" ")
    }
}

fn url(text: &str) -> Result<String, &'static str> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(text.to_owned());
    }
    Err("it begins with `http://` or `https://`")
}

/// Returns the word as a shell takes it
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// How data is written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// for people
    Text,
    /// one JSON document (`provision schema output` describes it)
    Json,
    /// SARIF 2.1.0
    #[value(hide = true)]
    Sarif,
}

/// What a change of an environment may be permitted
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ApplyArgs {
    /// Permit access that exists to grow, beside `--yes`
    #[arg(long)]
    pub(crate) allow_widening: bool,
    /// Confirm a change of a protected environment by its name
    #[arg(long, value_name = "PROJECT/ENV")]
    pub(crate) confirm: Option<String>,
}

/// The commands
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a starter manifest
    #[command(after_help = "Examples:
  provision init                     named after the folder
  provision init shop                named as you say
  provision init --from-env .env     from the names of an .env file: secrets and configuration apart

It writes `secrets.yaml` and `secrets.schema.json`, by which editors complete and check it, and
never writes over a file.")]
    Init {
        /// The project's name, by default that of the folder
        project: Option<String>,
        /// Build it from the names of an .env file; its values are looked at and not kept
        #[arg(long, value_name = "FILE")]
        from_env: Option<PathBuf>,
    },
    /// Show what `apply` would do
    #[command(after_help = "Examples:
  provision plan --env prod
  provision plan --env prod --detailed-exitcode
                                     for a pipeline: 0 nothing to do, 2 changes
  provision plan --env prod --out plan.json
                                     what `provision apply plan.json` applies, and nothing else

Planning reads no value and needs no right to. A line begins with `+` (created), `~` (changed) or
`-` (deleted); access that grows stands apart.")]
    Plan {
        /// Exit with 2 where there are changes
        #[arg(long)]
        detailed_exitcode: bool,
        /// Save the plan for `apply FILE`; it holds no value
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Show also what `apply --prune` would delete
        #[arg(long)]
        prune: bool,
    },
    /// Make the environment what the manifest says
    #[command(after_help = "Examples:
  provision apply --env prod               as without a subcommand: plan, question, apply
  provision apply plan.json --yes          the plan that was saved, exactly
  provision apply --prune --env dev        delete what is no longer declared, too
  provision apply --env prod --yes --allow-widening --confirm shop/prod
                                           access of a protected environment may grow

A live value is never written over. A saved plan is refused if the manifest, the account, the region
or what is live moved since.")]
    Apply {
        /// A plan saved by `plan --out`: applied exactly, refused if the live state moved since
        #[arg(conflicts_with = "prune")]
        plan: Option<PathBuf>,
        /// Delete what the environment owns and the manifest no longer declares
        #[arg(long)]
        prune: bool,
        #[command(flatten)]
        permit: ApplyArgs,
    },
    /// Take over what exists under the manifest's names
    #[command(after_help = "Shows which tags change, and what the next `apply` would make of it.

Examples:
  provision adopt --env prod --dry-run   look first
  provision adopt --env prod             ask, then take over

What another environment owns, what an AWS service owns, and what waits to be deleted is not taken
over. Values, policies and settings stay as they are until the next `apply`.")]
    Adopt {
        #[command(flatten)]
        permit: ApplyArgs,
    },
    /// Delete what the environment owns, secrets and keys inside their recovery window
    #[command(after_help = "Examples:
  provision destroy --env dev            ask, then delete; `restore` takes it back
  provision destroy --env dev --force    without a way back to the secrets

`--force` asks for the name `project/env`, or takes `--confirm project/env`. It is refused
where the manifest protects the environment, and needs the rights of the role `break_glass`.")]
    Destroy {
        /// Delete the secrets at once, with no way to get their values back
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        permit: ApplyArgs,
    },
    /// Take a deletion back while its recovery window lasts
    #[command(after_help = "Examples:
  provision restore --env dev --dry-run  what can be taken back
  provision restore --env dev            ask, then take it back

What `destroy` deleted without a window, roles and alarms, comes back by the next `apply`.")]
    Restore {
        #[command(flatten)]
        permit: ApplyArgs,
    },
    /// Rotate the material of the environment's keys now
    #[command(after_help = "Examples:
  provision rotate-key --env prod --dry-run   how many rotations are left
  provision rotate-key --env prod             ask, then rotate

KMS rotates by itself as often as `rotate_kms_key_days` says. Beside that it grants a key 25
rotations on demand in its life, for when material may have leaked; how many are left is shown
before it asks. What was encrypted before stays readable.")]
    RotateKey {
        /// Only the keys in these regions
        #[arg(long, value_name = "REGION", value_delimiter = ',')]
        only: Vec<String>,
    },
    #[command(flatten)]
    Value(ValueCommand),
    /// Check the manifest, its policies, and policies and templates of others, offline
    #[command(after_help = "Examples:
  provision check                        the manifest, and every policy that follows from it
  provision check template.yaml policies/*.json
                                         files of others as well, at their lines
  provision check --policies iam --output sarif > check.sarif
                                         for code scanning

Exits with 2 where an error or a warning is found. Where there is no `secrets.yaml`, the files
alone are checked. `docs/check.md` lists the rules.")]
    Check(CheckArgs),
    /// Say what keeps functions from their secrets, and which command mends it
    #[command(after_help = "Examples:
  provision doctor --env prod            everything of the environment
  provision doctor --env prod --function app
                                         what one function needs
  provision doctor --env prod --read-values
                                         also whether values are whole JSON with every required key

Looks at credentials, keys, secrets, roles, trust, functions, alarms and copies, and names the
layer that denies. Changes nothing. Exits with 2 where something is wrong. `docs/doctor.md` lists
what it knows.")]
    Doctor(DoctorArgs),
    /// Show a month's bill of the manifest, offline
    #[command(after_help = "Examples:
  provision cost                         every environment, without its readings
  provision cost --env prod --cold-starts 50000
                                         each cold start reads the secrets of its function
  provision cost --reads 100000 --budget 25
                                         exit with 2 where it is more

The prices are dated and can be overridden with `--prices`: `docs/cost.md`.")]
    Cost(CostArgs),
    /// Show who can read what and why, and prove it
    Access(AccessArgs),
    /// Write the same design as files: Terraform, SAM, CloudFormation, policies, a workflow
    #[command(after_help = "Examples:
  provision render terraform --env prod --out terraform
                                         a root module with its modules beside it
  provision render terraform --env prod --import --out terraform
                                         with import blocks for what is live
  provision render policies --env prod   every policy, on stdout

Works offline but for `--import`. The same manifest gives the same bytes. Without `--out` the files
go to stdout, each behind a line with its name where there are several.")]
    Render(RenderArgs),
    /// Print a JSON Schema
    #[command(after_help = "Examples:
  provision schema > secrets.schema.json   by which editors complete and check a manifest
  provision schema output                  what `--output json` prints")]
    Schema {
        /// What it describes
        #[arg(value_enum, default_value_t = SchemaOf::Manifest)]
        of: SchemaOf,
    },
    /// Print completions for a shell
    #[command(after_help = "Examples:
  provision completions bash > ~/.local/share/bash-completion/completions/provision
  provision completions zsh > ~/.zfunc/_provision
  provision completions fish > ~/.config/fish/completions/provision.fish")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages, one for each command
    #[command(after_help = "Examples:
  provision man ~/.local/share/man/man1    then `man provision` and `man provision-plan`

The folder is made where it is missing.")]
    Man {
        /// The folder to write to
        folder: PathBuf,
    },
}

/// What `render` writes, and where
#[derive(Debug, Clone, Args)]
pub(crate) struct RenderArgs {
    /// The language
    #[arg(value_enum)]
    pub(crate) format: RenderFormat,
    /// Add import blocks for what is live, so that Terraform takes it over as it is
    #[arg(long)]
    pub(crate) import: bool,
    /// The folder to write to; a file there that is not of this environment is left alone
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// The languages of `render`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RenderFormat {
    /// a root module with the modules that it uses
    Terraform,
    /// a SAM template with the functions in it
    Sam,
    /// a CloudFormation template
    Cloudformation,
    /// every policy as a JSON file
    Policies,
    /// a workflow for GitHub Actions
    Github,
}

/// What a schema describes
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// `secrets.yaml`
    Manifest,
    /// what commands print with `--output json`
    Output,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    fn flags(arguments: &[&str]) -> String {
        let command = [&["provision", "--env", "dev"], arguments].concat();
        Cli::try_parse_from(command).unwrap().global.flags("dev")
    }

    #[test]
    fn the_command_line_holds_together() {
        command().debug_assert();
    }

    #[test]
    fn flags_lead_to_the_same_place() {
        assert_eq!(flags(&["--yes", "-vv"]), "--env dev");
        assert_eq!(flags(&["--local", "-f", "a/b.yaml"]), "--file a/b.yaml --env dev --local");
        assert_eq!(flags(&["--profile", "p"]), "--env dev --profile p");
        let endpoint = "--env dev --endpoint-url http://127.0.0.1:1";
        assert_eq!(flags(&["--endpoint-url", "http://127.0.0.1:1"]), endpoint);
        assert_eq!(flags(&["--file", "it's $x.yaml"]), r"--file 'it'\''s $x.yaml' --env dev");
    }

    #[test]
    fn flags_of_every_command_are_known_behind_a_key() {
        let command = ["provision", "set", "s", "K", "--env", "dev", "--local", "--output", "json"];
        let cli = Cli::try_parse_from(command).unwrap();
        assert!(cli.global.local && cli.global.output == Output::Json);
        let Some(Command::Value(ValueCommand::Set(set))) = cli.command else { panic!() };
        assert_eq!((set.secret.as_str(), set.key.as_deref()), ("s", Some("K")));
        assert!(set.more.is_empty());
        let command = ["provision", "set", "s", "K=-", "L=-", "--env", "dev", "-vv"];
        let cli = Cli::try_parse_from(command).unwrap();
        let Some(Command::Value(ValueCommand::Set(set))) = cli.command else { panic!() };
        assert_eq!((set.key.as_deref(), set.more.len(), cli.global.verbose), (Some("K=-"), 1, 2));
    }
}
