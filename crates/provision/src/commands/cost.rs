//! `cost`: a month's bill of the manifest, offline.

use std::path::Path;

use provision_core::cost::{
    Bill, EnvironmentBill, FreeTier, LineItem, PAID_KEY_ROTATIONS, Prices, Usage, Usd, bill,
};
use provision_core::desired::Desired;
use provision_core::show::{Line, Mark, printable};

use crate::cli::{CostArgs, Global};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;
use crate::print::document::{Cost, EnvironmentCost};
use crate::session::{self, Project};

pub(crate) fn run(global: &Global, printer: Printer, args: &CostArgs) -> Result<Exit, Failure> {
    let CostArgs {
        cold_starts,
        reads,
        key_rotations,
        trail_gigabytes,
        no_free_tier,
        budget,
        prices: file,
    } = args;
    let prices = prices(file.as_deref())?;
    let project = session::load(global)?;
    let usage = Usage {
        cold_starts: *cold_starts,
        reads: *reads,
        key_rotations: *key_rotations,
        trail_gigabytes: *trail_gigabytes,
        free_tier: if *no_free_tier { FreeTier::UsedUp } else { FreeTier::Counted },
    };
    let environments = environments(global, &project)?;
    let bill = billed(&environments, &usage, &prices)?;
    let over = budget.and_then(|budget| bill.total().above(budget));
    let rotated = Usage { key_rotations: PAID_KEY_ROTATIONS, ..usage };
    let later = later(&bill, &billed(&environments, &rotated, &prices)?);
    let mut lines = lines(&bill, &usage, &prices, later);
    if let (Some(budget), Some(over)) = (budget, over) {
        let text = format!("over the budget of {} by {}", budget.in_cents(), over.in_cents());
        lines.push(Line { mark: Mark::Blocked, depth: 0, text });
    }
    printer.lines(&lines)?;
    printer.json(&Cost {
        currency: "USD",
        prices_as_of: prices.dates().map_or_else(Vec::new, |(first, last)| vec![first, last]),
        environments: EnvironmentCost::all(&bill),
        usd: bill.total(),
        budget: *budget,
        over_budget: over,
    })?;
    Ok(if over.is_some() { Exit::Findings } else { Exit::Done })
}

/// The prices that are built in, with those of a file in place of the ones that it names
pub(crate) fn prices(file: Option<&Path>) -> Result<Prices, Failure> {
    let Some(path) = file else { return Ok(Prices::built_in()) };
    Prices::built_in().overridden_by(&session::read_text(path)?).map_err(|error| {
        Failure::new(Exit::Error, "prices", format!("`{}`: {error}", path.display()))
            .hint("`docs/cost.md` shows the form of a file of prices")
    })
}

/// The environment that `--env` names, or all of them
fn environments(global: &Global, project: &Project) -> Result<Vec<Desired>, Failure> {
    if global.env.is_some() {
        return Ok(vec![session::offline(global, project)?]);
    }
    project.manifest.environments.keys().map(|name| project.offline(name)).collect()
}

fn billed(environments: &[Desired], usage: &Usage, prices: &Prices) -> Result<Bill, Failure> {
    bill(&environments.iter().collect::<Vec<_>>(), usage, prices).map_err(|error| {
        Failure::new(Exit::Error, "prices", error.to_string())
            .hint("give the prices of the region in dollars, in a file named by `--prices`")
    })
}

fn lines(bill: &Bill, usage: &Usage, prices: &Prices, later: Option<String>) -> Vec<Line> {
    let line = |mark, depth, text| Line { mark, depth, text };
    let mut lines = Vec::new();
    for environment in &bill.environments {
        let EnvironmentBill { environment: name, region, lines: items, .. } = environment;
        lines.push(line(Mark::Title, 0, format!("{name} in {region}")));
        lines.extend(items.iter().map(|item| line(Mark::Detail, 1, shown(item))));
        let sum = amount(environment.total(), "a month");
        lines.push(line(Mark::Title, 1, sum));
        lines.push(line(Mark::Blank, 0, String::new()));
    }
    if bill.environments.len() > 1 {
        lines.push(line(Mark::Title, 0, format!("All environments {}", bill.total().in_cents())));
    }
    lines.extend(later.map(|text| line(Mark::Note, 0, text)));
    if usage.cold_starts == 0 && usage.reads == 0 {
        let text =
            "no reading of a secret is counted: say how many with `--cold-starts` or `--reads`";
        lines.push(line(Mark::Note, 0, text.to_owned()));
    }
    lines.push(line(Mark::Note, 0, printable(&prices.words())));
    lines
}

/// One item in columns: what and how many, and the amount
fn shown(item: &LineItem) -> String {
    amount(item.usd, &item.words())
}

fn amount(usd: Usd, what: &str) -> String {
    format!("{:>10}  {what}", usd.in_cents())
}

/// What a month costs once every key has been rotated as often as raises its price
fn later(now: &Bill, later: &Bill) -> Option<String> {
    later.total().above(now.total())?;
    let days = now.environments.iter().map(|bill| bill.key_rotation_days).max()?;
    let days = u64::from(days) * u64::from(PAID_KEY_ROTATIONS);
    let sum = later.total().in_cents();
    Some(format!(
        "{sum} once every key has been rotated twice, {days} days after it was made; later rotations add nothing"
    ))
}
