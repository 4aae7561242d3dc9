//! What AWS asks for: dated data in `prices.json`, which a file of the same form overrides.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use serde::Deserialize;

use super::{Item, Usd};
use crate::name::Region;

/// The prices that are built in
const BUILT_IN: &str = include_str!("prices.json");

/// Prices by what is paid for
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    /// the region that the prices hold for where a region has none of its own
    pub region: String,
    prices: BTreeMap<Item, Price>,
    regions: BTreeMap<Region, BTreeMap<Item, Price>>,
}

/// One price
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// what `per` of them cost
    pub usd: Usd,
    /// how many cost that
    pub per: u64,
    /// how many of an account cost nothing each month
    pub free: u64,
    /// the day that the price was looked up, `YYYY-MM-DD`
    pub as_of: String,
    /// where
    pub source: String,
    /// what it is for
    pub note: String,
}

/// Why a text holds no prices
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// not the JSON of a file of prices
    #[error("line {line}, column {column}: {detail}")]
    Json {
        /// from 1
        line: usize,
        /// from 1
        column: usize,
        /// what is wrong there
        detail: String,
    },
    /// an amount that is none
    #[error("`{item}`: `usd` {source}")]
    Money {
        /// the price
        item: &'static str,
        /// the rule
        source: super::NotMoney,
    },
    /// a day that is none
    #[error("`{item}`: `as_of` is a day such as `2026-11-27`")]
    Day {
        /// the price
        item: &'static str,
    },
}

/// What is wrong, without the place that stands beside it
fn problem(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    prices: BTreeMap<Item, Entry>,
    #[serde(default)]
    regions: BTreeMap<Region, BTreeMap<Item, Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    usd: String,
    #[serde(default)]
    per: Option<NonZeroU64>,
    #[serde(default)]
    free: Option<u64>,
    #[serde(default)]
    as_of: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    note: String,
}

impl Prices {
    /// Returns the prices that are built in
    #[allow(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
    pub fn built_in() -> Self {
        let empty =
            Self { region: String::new(), prices: BTreeMap::new(), regions: BTreeMap::new() };
        empty.overridden_by(BUILT_IN).expect("the built-in prices are in their form")
    }

    /// Returns these prices with those of `text` in place of the ones that it names
    ///
    /// # Errors
    /// A text that is not in the form of `prices.json`.
    pub fn overridden_by(mut self, text: &str) -> Result<Self, PricesError> {
        let File { region, prices, regions } =
            serde_json::from_str(text).map_err(|error| PricesError::Json {
                line: error.line(),
                column: error.column(),
                detail: problem(&error),
            })?;
        if let Some(region) = region {
            self.region = region;
        }
        for (item, entry) in prices {
            let price = entry.price(item, self.prices.get(&item))?;
            self.prices.insert(item, price);
        }
        for (region, entries) in regions {
            for (item, entry) in entries {
                let price = entry.price(item, self.prices.get(&item))?;
                self.regions.entry(region.clone()).or_default().insert(item, price);
            }
        }
        Ok(self)
    }

    /// Returns the price in a region; none where it is billed in another currency and no price of its
    /// own is known
    pub fn of(&self, item: Item, region: &Region) -> Option<&Price> {
        let own = self.regions.get(region).and_then(|prices| prices.get(&item));
        let elsewhere = || {
            let in_dollars = !region.as_str().starts_with("cn-");
            self.prices.get(&item).filter(|_| in_dollars)
        };
        own.or_else(elsewhere)
    }

    /// Returns the days between which the prices were looked up
    pub fn dates(&self) -> Option<(&str, &str)> {
        let all = || self.prices.values().chain(self.regions.values().flat_map(BTreeMap::values));
        let known = || all().map(|price| price.as_of.as_str()).filter(|date| !date.is_empty());
        known().min().zip(known().max())
    }

    /// Returns which prices these are, and of when
    pub fn words(&self) -> String {
        let dates = match self.dates() {
            None => String::new(),
            Some((first, last)) if first == last => format!(" as of {first}"),
            Some((first, last)) => format!(" as of {first} to {last}"),
        };
        format!("prices of {}{dates}, in US dollars without tax", self.region)
    }
}

impl Entry {
    fn price(self, item: Item, before: Option<&Price>) -> Result<Price, PricesError> {
        let Self { usd, per, free, as_of, source, note } = self;
        let usd =
            Usd::parse(&usd).map_err(|source| PricesError::Money { item: item.name(), source })?;
        if !as_of.is_empty() && !is_day(&as_of) {
            return Err(PricesError::Day { item: item.name() });
        }
        Ok(Price {
            usd,
            // the amount may change by itself, the unit stays
            per: per.map(NonZeroU64::get).or(before.map(|price| price.per)).unwrap_or(1),
            free: free.or(before.map(|price| price.free)).unwrap_or(0),
            as_of,
            source,
            note,
        })
    }
}

/// Whether the text has the form of a day, `YYYY-MM-DD`
fn is_day(text: &str) -> bool {
    let form = "YYYY-MM-DD";
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(byte, form)| match form {
            b'-' => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(name: &str) -> Region {
        Region::parse(name).unwrap()
    }

    #[test]
    fn every_item_has_a_price_with_its_date_and_source() {
        let prices = Prices::built_in();
        for item in Item::ALL {
            let price = prices.of(item, &region("us-east-1")).unwrap();
            assert_eq!(price.as_of.len(), "2026-11-27".len(), "{item:?}");
            assert!(price.source.starts_with("https://aws.amazon.com/"), "{item:?}");
            assert!(!price.note.is_empty() && price.per > 0, "{item:?}");
        }
        assert_eq!(prices.region, "us-east-1");
    }

    #[test]
    fn a_file_overrides_what_it_names_and_keeps_the_unit() {
        let text = r#"{"prices": {"calls": {"usd": "0.06"}},
            "regions": {"sa-east-1": {"secrets": {"usd": "0.80"}}}}"#;
        let prices = Prices::built_in().overridden_by(text).unwrap();
        let of = |item, name| prices.of(item, &region(name)).unwrap();
        let calls = of(Item::Calls, "us-east-1");
        assert_eq!((calls.usd.to_string().as_str(), calls.per), ("0.06", 10_000));
        assert_eq!(of(Item::Secrets, "us-east-1").usd.to_string(), "0.40");
        assert_eq!(of(Item::Secrets, "sa-east-1").usd.to_string(), "0.80");
        assert_eq!(of(Item::Keys, "sa-east-1").usd.to_string(), "1.00");
    }

    #[test]
    fn their_dates_are_told_and_those_of_a_region_among_them() {
        let prices = Prices::built_in();
        assert_eq!(
            prices.words(),
            "prices of us-east-1 as of 2026-11-27, in US dollars without tax"
        );
        let text = r#"{"region": "eu-west-1",
            "regions": {"cn-north-1": {"keys": {"usd": "1.03", "as_of": "2027-01-02"}}}}"#;
        let words = prices.overridden_by(text).unwrap().words();
        assert!(
            words.starts_with("prices of eu-west-1 as of 2026-11-27 to 2027-01-02,"),
            "{words}"
        );
    }

    #[test]
    fn what_is_billed_in_another_currency_has_no_price_until_it_is_given() {
        let prices = Prices::built_in();
        assert_eq!(prices.of(Item::Keys, &region("cn-north-1")), None);
        let text = r#"{"regions": {"cn-north-1": {"keys": {"usd": "1.03"}}}}"#;
        let prices = prices.overridden_by(text).unwrap();
        assert!(prices.of(Item::Keys, &region("cn-north-1")).is_some());
        assert_eq!(prices.of(Item::Secrets, &region("cn-north-1")), None);
    }

    #[test]
    fn what_is_no_file_of_prices_is_told_with_its_place() {
        for (text, message) in [
            ("", "line 1"),
            (r#"{"prices": {"cows": {"usd": "1"}}}"#, "unknown variant"),
            (r#"{"prices": {"keys": {"usd": 1}}}"#, "expected a string"),
            (r#"{"prices": {"keys": {"usd": "one"}}}"#, "`keys`: `usd` is a number"),
            (r#"{"prices": {"keys": {"usd": "1", "per": 0}}}"#, "nonzero"),
            (r#"{"prices": {"keys": {"usd": "1", "as_of": "today"}}}"#, "`keys`: `as_of` is a day"),
            (r#"{"regions": {"mars": {}}}"#, "region must"),
            (r#"{"price": {}}"#, "unknown field"),
        ] {
            let error = Prices::built_in().overridden_by(text).unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
