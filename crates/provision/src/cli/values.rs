//! The commands that read and write values, as they are written.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// The commands of a value's life
#[derive(Debug, Subcommand)]
pub(crate) enum ValueCommand {
    /// Set values, from stdin, a hidden prompt or a file, or generated
    #[command(after_help = "Examples:
  provision set api-keys GITHUB_TOKEN --env dev
  printf %s \"$TOKEN\" | provision set api-keys GITHUB_TOKEN --env dev
  provision set api-keys SESSION_KEY --generate=64,hex --env dev
  provision set api-keys USER=- PASSWORD=- --env dev
                                     several keys in one write, a line of stdin or a prompt each
  provision set certificate --from-file certificate.p12 --env prod

One newline at the end of a text is not part of the value. A value is never taken from the command
line, where every user of the machine could see it.")]
    Set(SetArgs),
    /// Take keys out of a JSON secret
    #[command(after_help = "Examples:
  provision unset api-keys OLD_TOKEN --env dev --dry-run
  provision unset api-keys OLD_TOKEN --env prod
  provision unset api-keys OLD_TOKEN OLDER_TOKEN --env prod --yes

It asks, and writes what is left as a new version; `rollback` brings back what was there. The keys
are those of the value: also such that the manifest no longer declares.")]
    Unset {
        /// The secret as the manifest names it
        secret: String,
        /// The key
        // what begins with a dash may be a value, which clap would print
        #[arg(allow_hyphen_values = true)]
        key: String,
        /// More keys
        #[arg(value_name = "KEY")]
        more: Vec<String>,
    },
    /// Set many values from a file: .env, JSON, YAML or tfvars
    #[command(after_help = "Examples:
  provision import .env --env dev --dry-run
  provision import terraform.tfvars --env prod --yes
  provision import --from-env --env prod
                                     declared keys from this process, TF_VAR_ names among them
  provision import .env --map DB_PASS=database:PASSWORD --only DB_PASS --env dev

Names of the file find the keys that the manifest declares: as they are, as the variable that a key
arrives in, or without regard to case. Values are compared and never shown.")]
    Import(ImportArgs),
    /// Move a program's variables into secrets, and say what can be removed then
    #[command(after_help = "Examples:
  provision migrate .env --env dev --dry-run
  AGENT_ETL_DB_PASSWORD=… provision migrate --prefix AGENT_ETL_ --env prod

Without a file it takes the variables of its own process. What the manifest does not declare stays
where it is. Nothing is removed: the list says what can be.")]
    Migrate(MigrateArgs),
    /// Show a secret without its value
    #[command(after_help = "Examples:
  provision get api-keys --env prod                       ARN, dates, replicas, names of keys
  provision get api-keys GITHUB_TOKEN --env dev --reveal  the value
  provision get api-keys --at AWSPREVIOUS --env prod      the version before the current one")]
    Get {
        /// The secret as the manifest names it
        secret: String,
        /// The key of a JSON secret
        #[arg(allow_hyphen_values = true)]
        key: Option<String>,
        /// Show the value: to a pipe as it is, to a terminal after a question
        #[arg(long)]
        reveal: bool,
        /// A version: its id or the beginning of one, or a label such as AWSPREVIOUS
        #[arg(long, value_name = "VERSION")]
        at: Option<String>,
    },
    /// List the environment's variables, or write them with their values
    #[command(after_help = "Examples:
  provision export --env dev                 names, and the secret of each
  provision export --env dev --reveal > .env
  provision export --env dev --reveal --format json --only api-keys")]
    Export {
        /// How the values are written, by default as `env`; with `--output json` as JSON
        #[arg(long, value_enum, value_name = "FORMAT")]
        format: Option<Format>,
        /// Write the values: to a pipe, or to a terminal after a question
        #[arg(long)]
        reveal: bool,
        #[command(flatten)]
        choice: Choice,
    },
    /// List the versions of a secret
    #[command(after_help = "Examples:
  provision versions api-keys --env prod
  provision versions api-keys --env prod --limit 5

Authors come from CloudTrail's event history of 90 days, where the caller may read it.")]
    Versions {
        /// The secret as the manifest names it
        secret: String,
        /// How many are listed, the newest first
        #[arg(long, default_value_t = 20, value_name = "NUMBER")]
        limit: usize,
    },
    /// Compare versions of a secret, or environments: key names and equality, never values
    #[command(after_help = "Examples:
  provision diff api-keys --env prod             the current version and the one before
  provision diff api-keys@3f1c --env prod        version 3f1c… and the current one
  provision diff api-keys@AWSPREVIOUS api-keys@pin-before --env prod
  provision diff --env dev --against prod        every secret of two environments
  provision diff api-keys --env prod --exit-code
                                                 for a pipeline: 0 equal, 2 different")]
    Diff {
        /// A secret, with `@VERSION` where it is not the current one
        left: Option<String>,
        /// Another secret or version
        right: Option<String>,
        /// The other environment
        #[arg(long, value_name = "ENV")]
        against: Option<String>,
        /// Exit with 2 where something differs
        #[arg(long)]
        exit_code: bool,
    },
    /// Make an earlier value current again, as a new version
    #[command(after_help = "Examples:
  provision rollback api-keys --env prod --dry-run   which keys would change
  provision rollback api-keys --env prod             the version before the current one
  provision rollback api-keys --to pin-before --env prod")]
    Rollback {
        /// The secret as the manifest names it
        secret: String,
        /// The version, by default the one before the current one
        #[arg(long, value_name = "VERSION")]
        to: Option<String>,
    },
    /// Keep a version alive by a label
    #[command(after_help = "Examples:
  provision pin api-keys --as before --env prod      the current version, as `pin-before`
  provision pin api-keys 3f1c --env prod             version 3f1c…
  provision pin api-keys pin-before --remove --env prod

AWS promises to keep the current version and the one before; a pinned one stays as well.")]
    Pin {
        /// The secret as the manifest names it
        secret: String,
        /// The version, by default the current one
        #[arg(value_name = "VERSION")]
        at: Option<String>,
        /// The label's name behind `pin-`, by default the beginning of the version's id
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
        /// Take the pin off
        #[arg(long, conflicts_with = "name")]
        remove: bool,
    },
    /// Start the rotation of a secret by its function, and wait for it
    #[command(after_help = "Examples:
  provision rotate database --env prod
  provision rotate database --env prod --wait 300

The secret needs a `rotation` in the manifest that has been applied.")]
    Rotate {
        /// The secret as the manifest names it
        secret: String,
        /// Seconds to wait for the new version
        #[arg(long, default_value_t = 60, value_name = "SECONDS")]
        wait: u64,
    },
    /// Show the state of replicas
    #[command(after_help = "Examples:
  provision replicate --env prod
  provision replicate api-keys --env prod --retry --wait 120

Exits with 2 where a copy has failed.")]
    Replicate {
        /// The secret as the manifest names it, by default all
        secret: Option<String>,
        /// Start copies anew that have failed
        #[arg(long)]
        retry: bool,
        /// Seconds to wait for copies that are being made
        #[arg(long, default_value_t = 0, value_name = "SECONDS")]
        wait: u64,
    },
    /// Bring current values from one environment to another
    #[command(after_help = "Examples:
  provision promote dev prod --dry-run
  provision promote staging prod api-keys --only GITHUB_TOKEN
  provision promote dev prod --from-profile dev-account --profile prod-account

Keys that both environments declare are compared; what is missing or differs there is set by
compare-and-swap. Other keys stay as they are.")]
    Promote {
        /// The environment that has the values
        from: String,
        /// The environment that gets them
        to: String,
        /// The secret as the manifest names it, by default all
        secret: Option<String>,
        /// Only these keys
        #[arg(long, value_name = "KEY", value_delimiter = ',')]
        only: Vec<String>,
        /// The profile that reads, where it is not the one that writes
        #[arg(long, value_name = "PROFILE")]
        from_profile: Option<String>,
    },
    /// Run a command with the environment's secrets as variables
    #[command(after_help = "Examples:
  provision run --env dev --local -- printenv GITHUB_TOKEN
  provision run --env dev -- npm start
  provision run --env dev --only api-keys --prefix APP_ -- npm start

A variable that is set already stays as it is, unless `--overwrite` is given. The command takes this
process's place: signals and its exit code are its own; 125, 126 and 127 mean that it was not
started, cannot be executed, or was not found.")]
    Run {
        #[command(flatten)]
        choice: Choice,
        /// Replace variables that are set already
        #[arg(long)]
        overwrite: bool,
        /// Leave variables alone that are set already (the default)
        #[arg(long, conflicts_with = "overwrite")]
        keep: bool,
        /// The command and its arguments
        #[arg(last = true, required = true, value_name = "CMD")]
        command: Vec<OsString>,
    },
}

/// What `set` sets, and where from
#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    /// The secret as the manifest names it
    pub(crate) secret: String,
    /// The key of a JSON secret; `KEY=-` or `KEY=@FILE`, several of them, set more than one
    // what begins with a dash may be a value, which clap would print
    #[arg(allow_hyphen_values = true)]
    pub(crate) key: Option<String>,
    /// More of `KEY=-` and `KEY=@FILE`; and where a value lands that is typed, to be refused unseen
    #[arg(hide = true, num_args = 0..)]
    pub(crate) more: Vec<OsString>,
    /// Take the value from a file, or from stdin for `-`
    #[arg(long, value_name = "PATH")]
    pub(crate) from_file: Option<PathBuf>,
    /// Make the value at random; CHARSET is alphanumeric, letters, digits, hex, base64url or
    /// printable
    #[arg(
        long,
        value_name = "LENGTH,CHARSET",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with = "from_file"
    )]
    pub(crate) generate: Option<String>,
    /// Make the value of a key empty
    #[arg(long, conflicts_with_all = ["from_file", "generate"])]
    pub(crate) empty: bool,
}

/// Where names come from, and where they go
#[derive(Debug, Clone, Args)]
pub(crate) struct Mapping {
    /// Take only names that begin so, and take that off
    #[arg(long, value_name = "PREFIX")]
    pub(crate) prefix: Option<String>,
    /// Where a name goes that no rule finds: `NAME=KEY` or `NAME=SECRET:KEY`
    #[arg(long, value_name = "NAME=TARGET", value_delimiter = ',')]
    pub(crate) map: Vec<String>,
    /// Only these names of the source
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Only this secret
    #[arg(long, value_name = "SECRET")]
    pub(crate) secret: Option<String>,
}

/// What `import` reads
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file, or `-` for stdin
    #[arg(required_unless_present = "from_env")]
    pub(crate) source: Option<PathBuf>,
    /// Take the variables of this process that the manifest declares, `TF_VAR_` names among them
    #[arg(long, conflicts_with = "source")]
    pub(crate) from_env: bool,
    /// What the file is, where its name does not say it
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<SourceFormat>,
    #[command(flatten)]
    pub(crate) mapping: Mapping,
    /// Pass over names that the manifest does not declare
    #[arg(long)]
    pub(crate) ignore_undeclared: bool,
}

/// What `migrate` reads
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// A .env file; without it the variables of this process
    pub(crate) source: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) mapping: Mapping,
}

/// Which variables of an environment are meant
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Choice {
    /// Only these secrets or variables
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Put this in front of every variable
    #[arg(long, value_name = "PREFIX")]
    pub(crate) prefix: Option<String>,
}

/// What a source is written in
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SourceFormat {
    /// lines of `NAME=value`
    Env,
    /// one JSON object
    Json,
    /// one YAML mapping
    Yaml,
    /// Terraform's variable definitions
    Tfvars,
}

/// What `export` writes
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// lines of `NAME='value'`, for a shell or an .env file
    Env,
    /// one JSON object
    Json,
    /// one YAML mapping
    Yaml,
}
