//! Money, exact: whole millionths of a dollar.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::{Serialize, Serializer};

const MILLION: u128 = 1_000_000;
const DECIMALS: usize = 6;

/// An amount in millionths of a US dollar
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usd(u128);

/// Why a text is no amount
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is a number of dollars such as `12` or `0.05`, with at most six decimals")]
pub struct NotMoney;

impl Usd {
    /// Returns the amount that `text` writes in decimals
    ///
    /// # Errors
    /// Anything but digits with at most one point between them; more than six decimals; more than
    /// anybody pays.
    pub fn parse(text: &str) -> Result<Self, NotMoney> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(part) || whole.len() > 12 || part.len() > DECIMALS {
            return Err(NotMoney);
        }
        let whole: u128 = whole.parse().map_err(|_| NotMoney)?;
        let part: u128 = format!("{part:0<DECIMALS$}").parse().map_err(|_| NotMoney)?;
        Ok(Self(whole * MILLION + part))
    }

    /// Returns the price of `count` where `per` of them cost this amount, rounded to the millionth
    pub(super) fn times(self, count: u64, per: u64) -> Self {
        let per = u128::from(per.max(1));
        Self(self.0.saturating_mul(u128::from(count)).saturating_add(per / 2) / per)
    }

    /// Returns what this amount is above `other`, none where it is not
    pub fn above(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).filter(|rest| *rest > 0).map(Self)
    }

    /// Returns the amount in cents for people: `$2.54`; `<$0.01` where there is less than half a cent
    pub fn in_cents(self) -> String {
        let cents = (self.0 + MILLION / 200) / (MILLION / 100);
        match cents {
            0 if self.0 > 0 => "<$0.01".to_owned(),
            _ => format!("${}.{:02}", cents / 100, cents % 100),
        }
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

/// The amount in full, with at least two decimals and at most six
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = format!("{:0DECIMALS$}", self.0 % MILLION);
        let (cents, rest) = part.split_at(2);
        write!(f, "{}.{cents}{}", self.0 / MILLION, rest.trim_end_matches('0'))
    }
}

/// As text: a number in JSON may not stay exact
impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Usd {
        Usd::parse(text).unwrap()
    }

    #[test]
    fn an_amount_is_read_and_written_exactly() {
        for (text, written, cents) in [
            ("0", "0.00", "$0.00"),
            ("0.005", "0.005", "$0.01"),
            ("0.004999", "0.004999", "<$0.01"),
            ("0.000001", "0.000001", "<$0.01"),
            ("2.54", "2.54", "$2.54"),
            ("0.805", "0.805", "$0.81"),
            ("12", "12.00", "$12.00"),
            ("999999999999.999999", "999999999999.999999", "$1000000000000.00"),
        ] {
            assert_eq!(usd(text).to_string(), written);
            assert_eq!(usd(text).in_cents(), cents);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in
            ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "$1", "0.0000001", "1.2.3", " 1"]
        {
            assert_eq!(Usd::parse(text), Err(NotMoney), "{text}");
        }
    }

    #[test]
    fn a_part_of_a_price_is_rounded_once() {
        assert_eq!(usd("0.05").times(100_000, 10_000), usd("0.5"));
        assert_eq!(usd("0.05").times(1, 10_000), usd("0.000005"));
        assert_eq!(usd("1").times(1, 3), usd("0.333333"));
        assert_eq!(usd("2").times(1, 3), usd("0.666667"));
        assert_eq!(usd("1").times(u64::MAX, 0).to_string(), "18446744073709551615.00");
    }

    #[test]
    fn a_budget_is_kept_to_the_last_millionth() {
        assert_eq!(usd("2.54").above(usd("2.54")), None);
        assert_eq!(usd("2.540001").above(usd("2.54")), Some(usd("0.000001")));
        assert_eq!(usd("1").above(usd("2.54")), None);
    }
}
