//! The commands that look and change nothing, as they are written.

use std::path::PathBuf;

use clap::Args;
use provision_core::cost::{PAID_KEY_ROTATIONS, Usd};

/// What is examined
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DoctorArgs {
    /// One function, by its name in the manifest or in Lambda: what it needs, and nothing else
    #[arg(long, value_name = "FUNCTION")]
    pub(crate) function: Option<String>,
    /// Read the values too, to see whether they are whole; none is shown
    #[arg(long)]
    pub(crate) read_values: bool,
}

/// What is checked beside the manifest
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct CheckArgs {
    /// Policies and templates of CloudFormation and SAM, or folders of them
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// A folder of policies
    #[arg(long, value_name = "DIR")]
    pub(crate) policies: Option<PathBuf>,
}

/// What a month is expected to bring, and what it may cost
#[derive(Debug, Clone, Args)]
pub(crate) struct CostArgs {
    /// Cold starts of each function in a month: each reads every secret of its function once
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) cold_starts: u64,
    /// Further readings of secrets in a month, in each environment
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) reads: u64,
    /// How often each key has been rotated so far: the first and the second time raise its price
    #[arg(long, value_name = "N", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u8).range(..=i64::from(PAID_KEY_ROTATIONS)))]
    pub(crate) key_rotations: u8,
    /// Gigabytes that the account's trail writes to CloudWatch Logs in a month, where alarms need them
    #[arg(long, value_name = "GB", default_value_t = 0)]
    pub(crate) trail_gigabytes: u64,
    /// Count nothing as free: others in the account use that up
    #[arg(long)]
    pub(crate) no_free_tier: bool,
    /// Exit with 2 where the sum is more than this many dollars
    #[arg(long, value_name = "USD", value_parser = amount)]
    pub(crate) budget: Option<Usd>,
    /// A file of prices, whose own override those that are built in
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
}

fn amount(text: &str) -> Result<Usd, String> {
    Usd::parse(text).map_err(|rule| format!("an amount {rule}"))
}
