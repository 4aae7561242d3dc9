//! The words of `access`.

use std::path::PathBuf;

use clap::Args;

/// What `access` shows, of what, and how
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Examples:
  provision access                       who may do what in every environment, and why
  provision access --env prod --html access.html
                                         one page for an auditor, with a map and every policy
  provision access --mermaid             a flowchart for a README or a pull request
  provision access --prove               every role against every secret and names nearly theirs
  provision access --prove --live --env prod
                                         the same with the policies that AWS has: finds what
                                         somebody added by hand

Without `--live` nothing is asked of AWS: the policies are those that `apply` puts. `--prove` ends
in 2 where a decision differs from the manifest, or cannot be made. Never is a value read.")]
pub(crate) struct AccessArgs {
    /// Compare every decision with the manifest, each policy alone and all together
    #[arg(long)]
    pub(crate) prove: bool,
    /// Judge the policies that AWS has, and not those that the manifest leads to
    #[arg(long)]
    pub(crate) live: bool,
    /// Print a flowchart in Mermaid's language
    #[arg(long, conflicts_with_all = ["prove", "html"])]
    pub(crate) mermaid: bool,
    /// Write one self-contained page
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// A file of prices for the page, whose own override those that are built in
    #[arg(long, value_name = "FILE", requires = "html")]
    pub(crate) prices: Option<PathBuf>,
}
