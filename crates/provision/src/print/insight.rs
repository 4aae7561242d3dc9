//! What the commands print with `--output json` that look and change nothing.

use provision_core::check::Finding;
use provision_core::cost::{Bill, EnvironmentBill, LineItem, Usd};
use provision_core::doctor;
use schemars::JsonSchema;
use serde::Serialize;

/// `check`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Checked<'a> {
    /// the environments that were resolved
    pub(crate) environments: Vec<&'a str>,
    /// the files that were looked at beside the manifest
    pub(crate) files: Vec<&'a str>,
    /// what is wrong: `rule`, `name`, `severity` (`error`, `warning`, `note`), `file` with `line` and
    /// `column`, the `environment` that it was rendered for, `message`, `hint`
    #[schemars(with = "Vec<serde_json::Value>")]
    pub(crate) findings: &'a [Finding],
}

/// `doctor`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Diagnosis<'a> {
    /// the environment
    pub(crate) environment: &'a str,
    /// the function, where one was asked for
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) function: Option<&'a str>,
    /// what is wrong: `id`, `name`, `severity` (`error`, `warning`, `note`), the `layer` that denies or is
    /// broken, `message`, `hint`, and the `commands` that mend it, one after the other
    #[schemars(with = "Vec<serde_json::Value>")]
    pub(crate) findings: &'a [doctor::Finding],
}

/// `cost`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Cost<'a> {
    /// always `USD`; every amount is a text with the decimals of a dollar, to the millionth
    pub(crate) currency: &'static str,
    /// the days between which the prices were looked up, `YYYY-MM-DD`
    pub(crate) prices_as_of: Vec<&'a str>,
    /// the environments
    pub(crate) environments: Vec<EnvironmentCost<'a>>,
    /// the sum of a month
    #[schemars(with = "String")]
    pub(crate) usd: Usd,
    /// what it may be
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub(crate) budget: Option<Usd>,
    /// what the sum is above the budget, none where it is not
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub(crate) over_budget: Option<Usd>,
}

/// The bill of one environment
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EnvironmentCost<'a> {
    /// its name
    pub(crate) environment: &'a str,
    /// its region, whose prices hold
    pub(crate) region: &'a str,
    /// what is paid for: `item`, `count`, how many of them are `free`, and the amount `usd`
    #[schemars(with = "Vec<serde_json::Value>")]
    pub(crate) lines: &'a [LineItem],
    /// the sum of the lines
    #[schemars(with = "String")]
    pub(crate) usd: Usd,
}

impl<'a> EnvironmentCost<'a> {
    /// Returns the environments of a bill
    pub(crate) fn all(bill: &'a Bill) -> Vec<Self> {
        let one = |environment: &'a EnvironmentBill| Self {
            environment: &environment.environment,
            region: environment.region.as_str(),
            lines: &environment.lines,
            usd: environment.total(),
        };
        bill.environments.iter().map(one).collect()
    }
}
