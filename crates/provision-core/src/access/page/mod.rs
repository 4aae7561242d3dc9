//! One self-contained page: the map, who may do what, and every policy with its statements.
//!
//! Nothing in it comes from anywhere else: style and script stand inside, and a content policy with
//! their digests lets nothing other run or load. Everything that is a name is escaped as HTML. The
//! same input gives the same bytes: dates are the reader's, ages are the browser's business.

mod map;
mod view;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handlebars::Handlebars;
use sha2::{Digest, Sha256};

use super::realm::Realm;
use crate::cost::{EnvironmentBill, NoPrice, Prices, Usage, bills};
use crate::desired::{AlarmSource, Desired};
use crate::prove::Proof;

const TEMPLATE: &str = include_str!("page.html.hbs");
const ROWS: &str = include_str!("rows.html.hbs");
const POLICY: &str = include_str!("policy.html.hbs");
const WORDS: &str = include_str!("words.html.hbs");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What goes into a page
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// the environments
    pub realms: &'a [Realm],
    /// what is known of each besides its policies, by `project/env`
    pub facts: &'a BTreeMap<String, Facts>,
    /// the proof, where one was made
    pub proof: Option<&'a Proof>,
    /// whether the policies are those that AWS has
    pub live: bool,
}

/// What is known of an environment besides its policies
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// what each alarm is about, by its name
    pub alarms: BTreeMap<String, String>,
    /// dates of secrets by name, where AWS was asked
    pub dates: BTreeMap<String, Dates>,
    /// what it costs in a month, where that was worked out
    pub cost: Option<Cost>,
}

/// What an environment costs in a month
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cost {
    /// the bill, before anybody reads
    Billed {
        /// the lines
        bill: EnvironmentBill,
        /// which prices they are by, and of when
        prices: String,
    },
    /// no price is known
    Unpriced(NoPrice),
}

/// Dates of a secret, each as RFC 3339
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dates {
    /// the last rotation
    pub rotated: Option<String>,
    /// the last change
    pub changed: Option<String>,
}

impl Facts {
    /// Returns what the manifest tells
    pub fn of(desired: &Desired) -> Self {
        let alarms = desired.monitoring.alarms.iter().map(|(name, source)| {
            let about = match source {
                AlarmSource::Metric { alarm, .. } => alarm.description.clone(),
                AlarmSource::Event { rule, .. } => rule.description.clone(),
            };
            (name.to_string(), about)
        });
        Self { alarms: alarms.collect(), ..Self::default() }
    }
}

impl Cost {
    /// Returns what each environment costs, which share what is free, before anybody reads
    pub fn of(environments: &[&Desired], prices: &Prices) -> Vec<Self> {
        let one = |bill| match bill {
            Ok(bill) => Self::Billed { bill, prices: prices.words() },
            Err(unpriced) => Self::Unpriced(unpriced),
        };
        bills(environments, &Usage::default(), prices).into_iter().map(one).collect()
    }
}

/// Why there is no page
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// the template does not fit its values
    #[error("the page cannot be filled in: {0}")]
    Template(String),
}

/// Returns the page as one HTML file
///
/// # Errors
/// A template that does not fit its values.
pub fn page(page: &Page<'_>) -> Result<String, PageError> {
    let failed = |error: &dyn std::fmt::Display| PageError::Template(error.to_string());
    // HTML escaping is on: that is the engine's own default
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    // the text of a policy stands as it is
    engine.set_prevent_indent(true);
    for (name, text) in [("page", TEMPLATE), ("rows", ROWS), ("policy", POLICY), ("words", WORDS)] {
        engine.register_template_string(name, text).map_err(|e| failed(&e))?;
    }
    let parts = view::Parts {
        style: STYLE,
        script: SCRIPT,
        content_policy: format!(
            "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
            digest(STYLE),
            digest(SCRIPT)
        ),
    };
    engine.render("page", &view::of(page, parts)).map_err(|e| failed(&e))
}

/// The digest of a text as a content policy names it
fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}
