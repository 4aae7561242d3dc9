//! What an environment costs in a month, from the manifest alone.
//!
//! Counts come from what is desired and from what the caller expects of its functions; prices are
//! data. What is cheaper than a cent or is not this tool's (Lambda, S3, mails of SNS) is not on the
//! bill.

mod money;
mod prices;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use money::{NotMoney, Usd};
pub use prices::{Price, Prices, PricesError};

use crate::desired::{AlarmSource, Desired, DesiredReplica, Holder};
use crate::manifest::Schedule;
use crate::name::{AccountId, Region};
use crate::show::grouped;

/// A month is a twelfth of it, as AWS bills 730 hours
const DAYS_OF_A_YEAR: u64 = 365;
/// Calls of a rotation in four steps, as AWS's own templates make them: DescribeSecret in each, five
/// readings of a value, a random password, one writing and one move of a label
const CALLS_OF_A_ROTATION: u64 = 12;
/// Of those, the ones for which Secrets Manager asks KMS
const KMS_REQUESTS_OF_A_ROTATION: u64 = 6;
/// The rotations of a key that raise its price
pub const PAID_KEY_ROTATIONS: u8 = 2;

/// What is paid for
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// secrets, with their copies in other regions
    Secrets,
    /// keys, one in each region
    Keys,
    /// rotations of the keys' material, the first and the second
    KeyRotations,
    /// calls of Secrets Manager
    Calls,
    /// requests to KMS
    KmsRequests,
    /// metrics of metric filters
    Metrics,
    /// alarms of CloudWatch
    Alarms,
    /// rules of EventBridge
    Rules,
    /// what CloudTrail writes to the log group that the filters look at
    TrailGigabytes,
}

impl Item {
    /// Every item, in the order of a bill
    pub const ALL: [Self; 9] = [
        Self::Secrets,
        Self::Keys,
        Self::KeyRotations,
        Self::Calls,
        Self::KmsRequests,
        Self::Metrics,
        Self::Alarms,
        Self::Rules,
        Self::TrailGigabytes,
    ];

    /// Returns the name as it stands in JSON
    pub fn name(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Keys => "keys",
            Self::KeyRotations => "key_rotations",
            Self::Calls => "calls",
            Self::KmsRequests => "kms_requests",
            Self::Metrics => "metrics",
            Self::Alarms => "alarms",
            Self::Rules => "rules",
            Self::TrailGigabytes => "trail_gigabytes",
        }
    }

    /// Returns the words for `count` of them
    pub fn words(self, count: u64) -> &'static str {
        match (self, count) {
            (Self::Secrets, 1) => "secret",
            (Self::Secrets, _) => "secrets",
            (Self::Keys, 1) => "key",
            (Self::Keys, _) => "keys",
            (Self::KeyRotations, 1) => "rotation of a key",
            (Self::KeyRotations, _) => "rotations of keys",
            (Self::Calls, 1) => "call of Secrets Manager",
            (Self::Calls, _) => "calls of Secrets Manager",
            (Self::KmsRequests, 1) => "request to KMS",
            (Self::KmsRequests, _) => "requests to KMS",
            (Self::Metrics, 1) => "metric, if something happens",
            (Self::Metrics, _) => "metrics, if something happens",
            (Self::Alarms, 1) => "alarm",
            (Self::Alarms, _) => "alarms",
            (Self::Rules, 1) => "rule of EventBridge",
            (Self::Rules, _) => "rules of EventBridge",
            (Self::TrailGigabytes, _) => "GB of the trail in CloudWatch Logs",
        }
    }
}

/// What is expected of a month
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// cold starts of each function: each reads every secret of its function once
    pub cold_starts: u64,
    /// further readings of secrets in each environment
    pub reads: u64,
    /// how often each key has been rotated so far
    pub key_rotations: u8,
    /// gigabytes that the account's trail writes to CloudWatch Logs, where alarms need them
    pub trail_gigabytes: u64,
    /// whether what AWS gives away is this project's to use
    pub free_tier: FreeTier,
}

/// Whether what AWS gives away each month is left for this project
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FreeTier {
    /// nothing else in the account uses it up
    #[default]
    Counted,
    /// others do
    UsedUp,
}

/// A month's bill
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// by environment, in the order that they were given in
    pub environments: Vec<EnvironmentBill>,
}

/// The part of one environment
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentBill {
    /// its name
    pub environment: String,
    /// its region, whose prices hold
    pub region: Region,
    /// what is paid for, in the order of [`Item::ALL`], nothing left out but what is not there
    pub lines: Vec<LineItem>,
    /// days until the keys' next rotation in their life, and what each of the first two adds
    pub key_rotation_days: u16,
    /// how many regions hold its secrets
    pub regions: u64,
}

/// One line of a bill
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LineItem {
    /// what
    pub item: Item,
    /// how many
    pub count: u64,
    /// how many of them cost nothing
    pub free: u64,
    /// how many of them are copies in other regions
    #[serde(skip)]
    pub copies: u64,
    /// the amount
    pub usd: Usd,
}

/// Why there is no bill
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no price for `{}` in {region}", item.name())]
pub struct NoPrice {
    /// what for
    pub item: Item,
    /// where
    pub region: Region,
}

impl EnvironmentBill {
    /// Returns the sum of the lines
    pub fn total(&self) -> Usd {
        self.lines.iter().map(|line| line.usd).sum()
    }

    /// Returns what one of the secrets costs with its copies; none where there is none
    pub fn each_secret(&self) -> Option<Usd> {
        let secrets = self.of(Item::Secrets)?;
        Some(secrets.usd.times(self.regions, secrets.count))
    }

    /// Returns what one of the keys costs, as often rotated as was said
    pub fn each_key(&self) -> Option<Usd> {
        let keys = self.of(Item::Keys)?;
        let rotations = self.of(Item::KeyRotations).map_or(Usd::default(), |line| line.usd);
        Some((keys.usd + rotations).times(1, keys.count))
    }

    fn of(&self, item: Item) -> Option<&LineItem> {
        self.lines.iter().find(|line| line.item == item)
    }
}

impl LineItem {
    /// Returns how many of what there are, and how many of them cost nothing
    pub fn words(&self) -> String {
        let Self { item, count, free, copies, usd: _ } = self;
        let copies = if *copies == 0 { "" } else { ", copies counted" };
        let free = match free {
            0 => String::new(),
            free if free == count => ", free".to_owned(),
            free => format!(", {} of them free", grouped(*free)),
        };
        format!("{} {}{copies}{free}", grouped(*count), item.words(*count))
    }
}

impl Bill {
    /// Returns the sum of the environments
    pub fn total(&self) -> Usd {
        self.environments.iter().map(EnvironmentBill::total).sum()
    }
}

/// Returns the bill of these environments
///
/// What is free is free once in an account, and goes to its environments in their order. Environments
/// whose manifest names no account are taken for one account's.
///
/// # Errors
/// A region that is not billed in dollars and has no prices of its own.
pub fn bill(environments: &[&Desired], usage: &Usage, prices: &Prices) -> Result<Bill, NoPrice> {
    let environments = bills(environments, usage, prices).into_iter().collect::<Result<_, _>>()?;
    Ok(Bill { environments })
}

/// Returns the part of each environment, or why it has none
pub fn bills(
    environments: &[&Desired],
    usage: &Usage,
    prices: &Prices,
) -> Vec<Result<EnvironmentBill, NoPrice>> {
    let mut left = Left::default();
    environments.iter().map(|desired| left.bill(desired, usage, prices)).collect()
}

/// What an account has left of what is free, and whether its trail is on the bill
#[derive(Default)]
struct Left {
    free: BTreeMap<(Option<AccountId>, Item), u64>,
    trails: Vec<Option<AccountId>>,
}

impl Left {
    fn bill(
        &mut self,
        desired: &Desired,
        usage: &Usage,
        prices: &Prices,
    ) -> Result<EnvironmentBill, NoPrice> {
        let account = desired.account.as_ref();
        let mut lines = Vec::new();
        for (item, count) in counts(desired, usage) {
            // one trail writes for the whole account
            let count = match item {
                Item::TrailGigabytes if !self.first_trail(account) => 0,
                _ => count,
            };
            if count == 0 {
                continue;
            }
            let price = prices
                .of(item, &desired.region)
                .ok_or_else(|| NoPrice { item, region: desired.region.clone() })?;
            let free = match usage.free_tier {
                FreeTier::Counted => self.take(account, item, price.free, count),
                FreeTier::UsedUp => 0,
            };
            let usd = price.usd.times(count - free, price.per);
            let copies = match item {
                Item::Secrets => count - count / regions(desired),
                _ => 0,
            };
            lines.push(LineItem { item, count, free, copies, usd });
        }
        Ok(EnvironmentBill {
            environment: desired.environment.to_string(),
            region: desired.region.clone(),
            lines,
            key_rotation_days: desired.key.rotation_days,
            regions: regions(desired),
        })
    }

    fn take(&mut self, account: Option<&AccountId>, item: Item, free: u64, count: u64) -> u64 {
        let left = self.free.entry((account.cloned(), item)).or_insert(free);
        let taken = count.min(*left);
        *left -= taken;
        taken
    }

    fn first_trail(&mut self, account: Option<&AccountId>) -> bool {
        let known = self.trails.iter().any(|known| known.as_ref() == account);
        if !known {
            self.trails.push(account.cloned());
        }
        !known
    }
}

/// How many regions hold the secrets of an environment
fn regions(desired: &Desired) -> u64 {
    1 + desired.replicas.len() as u64
}

/// How many there are of each item
fn counts(desired: &Desired, usage: &Usage) -> Vec<(Item, u64)> {
    let Desired { key: _, secrets, replicas, roles, monitoring, .. } = desired;
    let count = |n: usize| n as u64;
    let own = |replica: &&DesiredReplica| matches!(replica, DesiredReplica::Own(_));
    let keys = 1 + count(replicas.values().filter(own).count());
    let regions = regions(desired);
    let reads_of_a_start: u64 = roles
        .values()
        .filter(|role| matches!(role.holder, Holder::Function { .. }))
        .map(|role| count(role.reads.len()))
        .sum();
    let reads = usage.cold_starts.saturating_mul(reads_of_a_start).saturating_add(usage.reads);
    let rotations: u64 = secrets
        .values()
        .filter_map(|secret| secret.rotation.as_ref())
        .map(|rotation| rotations_of_a_month(&rotation.rules.schedule))
        .sum();
    let alarms = monitoring.alarms.values();
    let metrics = count(alarms.clone().filter(|a| matches!(a, AlarmSource::Metric { .. })).count());
    let rules = count(alarms.len()) - metrics;
    let trail = if metrics > 0 { usage.trail_gigabytes } else { 0 };
    vec![
        (Item::Secrets, count(secrets.len()) * regions),
        (Item::Keys, keys),
        (Item::KeyRotations, keys * u64::from(usage.key_rotations.min(PAID_KEY_ROTATIONS))),
        (Item::Calls, reads.saturating_add(rotations * CALLS_OF_A_ROTATION)),
        (
            Item::KmsRequests,
            // a new value is encrypted once more for each copy
            reads.saturating_add(rotations * (KMS_REQUESTS_OF_A_ROTATION + regions - 1)),
        ),
        (Item::Metrics, metrics),
        (Item::Alarms, metrics),
        (Item::Rules, rules),
        (Item::TrailGigabytes, trail),
    ]
}

/// How often a schedule rotates in a month, rounded up
///
/// A `cron` expression is taken for daily, which few rotate more often than.
fn rotations_of_a_month(schedule: &Schedule) -> u64 {
    let every = |hours: u64| (DAYS_OF_A_YEAR * 24).div_ceil(12 * hours.max(1));
    match schedule {
        Schedule::EveryDays(days) => every(u64::from(*days) * 24),
        Schedule::Expression(text) => {
            let rate = text.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')'));
            let hours = rate.and_then(|rate| {
                let (number, unit) = rate.trim().split_once(' ')?;
                let number: u64 = number.parse().ok()?;
                Some(number.saturating_mul(if unit.trim().starts_with("hour") { 1 } else { 24 }))
            });
            every(hours.unwrap_or(24))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_counted_in_months() {
        for (schedule, times) in [
            (Schedule::EveryDays(1), 31),
            (Schedule::EveryDays(30), 2),
            (Schedule::EveryDays(31), 1),
            (Schedule::EveryDays(1000), 1),
            (Schedule::Expression("rate(4 hours)".into()), 183),
            (Schedule::Expression("rate(10 days)".into()), 4),
            (Schedule::Expression("cron(0 8 1 * ? *)".into()), 31),
            (Schedule::Expression("rate(x)".into()), 31),
        ] {
            assert_eq!(rotations_of_a_month(&schedule), times, "{schedule:?}");
        }
    }
}
