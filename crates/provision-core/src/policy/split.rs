//! Parting a policy that is longer than IAM takes into several that together say the same.
//!
//! A role is allowed and denied what any of its policies says, so statements may stand apart, and a
//! statement on many resources may stand in parts. Every secret has a home among the numbered parts,
//! by a digest of its name: a secret more or less alters its home alone. When that is full there is
//! one home more, and what moves then moves into the new one. Only where there are [`HOMES`] already
//! goes what finds its home full to the rest. So no two parts exchange secrets: whoever changes the
//! parts that take before those that give misses no grant between.
//!
//! Where the statements that name secrets are so many that they do not fit beside each other, groups
//! of a statement's secrets have homes instead, and are dealt anew when their number changes: there
//! two parts may exchange some, and one of them is changed first.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Document, KEY_ARN_OPEN, Selection, Statement, limits};

const SECRET_ARN: &str = "kms:EncryptionContext:SecretARN";
/// With so many homes and the rest a role has room for one policy more
const HOMES: usize = limits::MANAGED_POLICIES_OF_A_ROLE - 2;
/// A statement that is no longer stays whole where it names no secrets
const SHORT: usize = limits::MANAGED_POLICY / 4;

/// Which part of a policy it is
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// one that is home to some of the secrets, counted from 1
    Home(usize),
    /// what its home has no room for
    Rest,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Home(number) => number.fmt(f),
            Part::Rest => f.write_str("rest"),
        }
    }
}

/// Returns documents that together say the same as `document`, each within
/// [`limits::MANAGED_POLICY`] characters where its statements can be parted so far
pub fn split(document: &Document) -> BTreeMap<Part, Document> {
    if limits::length(document) <= limits::MANAGED_POLICY {
        return [(Part::Home(1), document.clone())].into();
    }
    let whole = Whole::of(document);
    let items = whole.items();
    let (items, too_long): (Vec<Item>, Vec<Item>) = items
        .into_iter()
        .partition(|item| Bin::empty(&whole).with(item, &whole) <= limits::MANAGED_POLICY);
    let together = items.iter().fold(Bin::empty(&whole), |bin, item| bin.and(item, &whole)).length;
    let fewest = (together / limits::MANAGED_POLICY).max(1);
    // with so many homes hardly two items share one
    let most = HOMES + fewest + items.len();
    let mut bins = (fewest..=HOMES)
        .find_map(|homes| placed(&items, homes, Overflow::Nowhere, &whole))
        .or_else(|| placed(&items, HOMES, Overflow::Rest, &whole))
        .or_else(|| {
            (HOMES + 1..=most).find_map(|homes| placed(&items, homes, Overflow::Nowhere, &whole))
        })
        .unwrap_or_else(|| {
            (1..).map(Part::Home).zip(items.iter().map(|i| whole.only(i))).collect()
        });
    let last = bins.keys().filter_map(|part| match part {
        Part::Home(number) => Some(*number),
        Part::Rest => None,
    });
    // AWS refuses what is too long by itself, and the plan says so before
    let next = last.max().unwrap_or(0) + 1;
    bins.extend((next..).map(Part::Home).zip(too_long.iter().map(|i| whole.only(i))));
    bins.into_iter().map(|(part, bin)| (part, whole.document(&bin))).collect()
}

/// Places every item, or none where one finds no room
///
/// What comes first in the order of digests stays at home, so that a secret more or less moves the
/// last of a full home and nothing else.
fn placed<'i>(
    items: &'i [Item],
    homes: usize,
    overflow: Overflow,
    whole: &Whole<'_>,
) -> Option<BTreeMap<Part, Bin<'i>>> {
    let mut bins: BTreeMap<Part, Bin<'_>> = BTreeMap::new();
    let mut full: BTreeSet<usize> = BTreeSet::new();
    for item in items {
        let home = item.home(homes);
        let has_room = |part| {
            bins.get(&part).unwrap_or(&Bin::empty(whole)).with(item, whole)
                <= limits::MANAGED_POLICY
        };
        let part = if !full.contains(&home) && has_room(Part::Home(home)) {
            Part::Home(home)
        } else if overflow == Overflow::Rest && has_room(Part::Rest) {
            full.insert(home);
            Part::Rest
        } else {
            return None;
        };
        let bin = bins.remove(&part).unwrap_or_else(|| Bin::empty(whole));
        bins.insert(part, bin.and(item, whole));
    }
    Some(bins)
}

/// Where items go that find their home full
#[derive(Clone, Copy, PartialEq, Eq)]
enum Overflow {
    Nowhere,
    Rest,
}

/// A policy with what is known of the lengths of its statements
struct Whole<'d> {
    document: &'d Document,
    /// characters of the document without a statement
    frame: usize,
    statements: Vec<Measured<'d>>,
}

/// A statement, and what it is parted by
struct Measured<'d> {
    statement: &'d Statement,
    list: Option<(List, &'d BTreeSet<String>)>,
    /// characters without what stands in the list
    shell: usize,
}

/// What a statement is parted by
#[derive(Clone, Copy)]
enum List {
    Resources,
    Contexts,
}

/// What stays together, with its length: of each statement some elements of its list, or all of it
struct Item {
    digest: u64,
    pieces: BTreeMap<usize, (BTreeSet<String>, usize)>,
}

/// A part in the making
struct Bin<'i> {
    length: usize,
    statements: BTreeSet<usize>,
    items: Vec<&'i Item>,
}

impl<'d> Whole<'d> {
    fn of(document: &'d Document) -> Self {
        let frame = length(document, BTreeSet::new());
        let statements = document.statements.iter().map(|statement| {
            let alone = |statement| length(document, [statement].into()) - frame + 1;
            let list = List::of(statement, alone(statement.clone()));
            let shell = match list {
                Some((list, _)) => alone(list.only(statement, BTreeSet::new())),
                None => alone(statement.clone()),
            };
            Measured { statement, list, shell }
        });
        Self { document, frame, statements: statements.collect() }
    }

    /// Everything by what belongs together, in the order of digests
    fn items(&self) -> Vec<Item> {
        let lists = self.statements.iter().filter(|statement| statement.list.is_some());
        let shells: usize = lists.map(|statement| statement.shell).sum();
        // where many statements name a secret, all of them do not fit beside each other everywhere
        let by_statement = shells > limits::MANAGED_POLICY / 2;
        let mut pieces: BTreeMap<String, BTreeMap<usize, (BTreeSet<String>, usize)>> =
            BTreeMap::new();
        for (number, measured) in self.statements.iter().enumerate() {
            let Some((_, elements)) = measured.list else {
                let piece = (BTreeSet::new(), 0);
                pieces.entry(measured.name()).or_default().insert(number, piece);
                continue;
            };
            let groups = if by_statement { self.groups(measured, elements) } else { 1 };
            for element in elements {
                let name = subject(element);
                let key = match by_statement {
                    true => format!("{} {} of {groups}", measured.name(), digest(name) % groups),
                    false => name.to_owned(),
                };
                let (all, length) = pieces.entry(key).or_default().entry(number).or_default();
                *length += self.element(measured, element);
                all.insert(element.clone());
            }
        }
        let item = |(key, pieces): (String, _)| Item { digest: digest(&key), pieces };
        let mut items: Vec<Item> = pieces.into_iter().map(item).collect();
        // equal digests keep the order of their keys
        items.sort_by_key(|item| item.digest);
        items
    }

    /// In how many groups the elements of a statement are short enough to lie beside others
    fn groups(&self, measured: &Measured<'_>, elements: &BTreeSet<String>) -> u64 {
        let longest = |groups: u64| {
            let mut lengths: BTreeMap<u64, usize> = BTreeMap::new();
            for element in elements {
                *lengths.entry(digest(subject(element)) % groups).or_default() +=
                    self.element(measured, element);
            }
            measured.shell + lengths.into_values().max().unwrap_or(0)
        };
        let enough = (0..16).map(|power| 1 << power).find(|groups| longest(*groups) <= SHORT);
        enough.unwrap_or(1 << 16)
    }

    /// Characters of one element of a list, with its comma
    fn element(&self, measured: &Measured<'_>, element: &str) -> usize {
        let Some((list, _)) = measured.list else { return 0 };
        if !element.contains(KEY_ARN_OPEN) {
            let text = Value::from(element).to_string();
            return text.chars().filter(|c| !c.is_whitespace()).count() + 1;
        }
        let one = list.only(measured.statement, [element.to_owned()].into());
        // one alone has no brackets
        length(self.document, [one].into()) - self.frame + 1 - measured.shell + 3
    }

    fn only<'i>(&self, item: &'i Item) -> Bin<'i> {
        Bin::empty(self).and(item, self)
    }

    fn document(&self, bin: &Bin<'_>) -> Document {
        let statement = |number: &usize| {
            let Measured { statement, list, shell: _ } = &self.statements[*number];
            let pieces = bin.items.iter().filter_map(|item| item.pieces.get(number));
            match list {
                Some((list, _)) => {
                    list.only(statement, pieces.flat_map(|(all, _)| all.clone()).collect())
                }
                None => (*statement).clone(),
            }
        };
        Document {
            version: self.document.version,
            statements: bin.statements.iter().map(statement).collect(),
        }
    }
}

impl Measured<'_> {
    fn name(&self) -> String {
        self.statement.sid.clone().unwrap_or_else(|| format!("{:?}", self.statement))
    }
}

impl List {
    /// What the statement, so long by itself, is parted by: its secrets, or else many resources
    fn of(statement: &Statement, length: usize) -> Option<(Self, &BTreeSet<String>)> {
        let resources = match &statement.resources {
            Some(Selection::Only(resources)) => Some(resources),
            Some(Selection::AllBut(_)) | None => None,
        };
        let contexts = statement.conditions.get("StringLike").and_then(|keys| keys.get(SECRET_ARN));
        let of_secrets = |all: &&BTreeSet<String>| all.iter().any(|one| one.contains(":secret:"));
        let resources_of_secrets = resources.filter(of_secrets);
        let contexts = contexts.filter(|all| !all.is_empty());
        let many = resources.filter(|all| all.len() > 1 && length > SHORT);
        resources_of_secrets
            .map(|all| (Self::Resources, all))
            .or(contexts.map(|all| (Self::Contexts, all)))
            .or(many.map(|all| (Self::Resources, all)))
    }

    /// The statement with these elements alone
    fn only(self, statement: &Statement, elements: BTreeSet<String>) -> Statement {
        let mut statement = statement.clone();
        match self {
            Self::Resources => statement.resources = Some(Selection::Only(elements)),
            Self::Contexts => {
                let keys = statement.conditions.entry("StringLike".to_owned()).or_default();
                keys.insert(SECRET_ARN.to_owned(), elements);
            }
        }
        statement
    }
}

impl Item {
    /// Its home among so many: with one more it stays, or moves to the new one
    fn home(&self, homes: usize) -> usize {
        let weight = |home: &usize| mixed(self.digest ^ mixed(*home as u64));
        (1..=homes).max_by_key(weight).unwrap_or(1)
    }
}

impl<'i> Bin<'i> {
    fn empty(whole: &Whole<'_>) -> Self {
        Self { length: whole.frame, statements: BTreeSet::new(), items: Vec::new() }
    }

    /// Characters with this item as well, or a few more
    fn with(&self, item: &Item, whole: &Whole<'_>) -> usize {
        let of = |(number, (_, length)): (&usize, &(BTreeSet<String>, usize))| {
            let shell = match self.statements.contains(number) {
                true => 0,
                false => whole.statements[*number].shell,
            };
            shell + length
        };
        self.length + item.pieces.iter().map(of).sum::<usize>()
    }

    fn and(mut self, item: &'i Item, whole: &Whole<'_>) -> Self {
        self.length = self.with(item, whole);
        self.statements.extend(item.pieces.keys());
        self.items.push(item);
        self
    }
}

fn length(document: &Document, statements: BTreeSet<Statement>) -> usize {
    limits::length(&Document { version: document.version, statements })
}

/// What a resource is about: the same secret in every region, the same log group and all in it
fn subject(resource: &str) -> &str {
    match resource.split_once(":secret:") {
        // a name stands with the six characters that AWS adds, and where it is made without them
        Some((_, name)) => name.strip_suffix("-??????").unwrap_or(name),
        None => resource.strip_suffix(":*").unwrap_or(resource),
    }
}

fn digest(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// The bits of a number mixed as in `SplitMix64`, so that near numbers come out far apart
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a function in so many regions may do
    fn document(secrets: usize, regions: usize) -> Document {
        let pattern = |region: &str, number: usize| {
            format!(
                "arn:aws:secretsmanager:{region}:123456789012:secret:p/e/number-{number}-??????"
            )
        };
        let refused = json!({ "Bool": { "k": "true" } });
        let mut statements = vec![
            json!({ "Sid": "Never", "Effect": "Deny", "Action": "s:Put", "Resource": "*", "Condition": refused }),
        ];
        for number in 0..regions {
            let region = format!("eu-west-{number}");
            let all: Vec<String> = (0..secrets).map(|i| pattern(&region, i)).collect();
            statements.push(json!({ "Sid": format!("Read{number}"), "Effect": "Allow", "Action": "s:Get", "Resource": all }));
            statements.push(json!({ "Sid": format!("Use{number}"), "Effect": "Allow", "Action": "k:Use", "Resource": "${KEY_ARN}",
              "Condition": { "StringEquals": { "kms:ViaService": format!("secretsmanager.{region}.amazonaws.com"), "kms:CallerAccount": "123456789012" },
                             "StringLike": { SECRET_ARN: all } } }));
        }
        Document::from_value(&json!({ "Version": "2012-10-17", "Statement": statements })).unwrap()
    }

    /// Every statement with one element of its list at a time
    fn said<'d>(documents: impl IntoIterator<Item = &'d Document>) -> BTreeSet<Statement> {
        let statements = documents.into_iter().flat_map(|document| &document.statements);
        statements
            .flat_map(|statement| match List::of(statement, 0) {
                Some((list, all)) => {
                    all.iter().map(|one| list.only(statement, [one.clone()].into())).collect()
                }
                None => vec![statement.clone()],
            })
            .collect()
    }

    #[test]
    fn the_parts_are_short_enough_and_say_the_same() {
        for (secrets, regions) in [(1, 1), (2, 1), (100, 1), (130, 2), (300, 1), (2, 20), (10, 12)]
        {
            let whole = document(secrets, regions);
            let parts = split(&whole);
            let what = format!("{secrets} in {regions}: {}", parts.len());
            assert!(parts.values().all(|part| limits::length(part) <= limits::MANAGED_POLICY));
            assert_eq!(said(parts.values()), said([&whole]), "{what}");
            for part in parts.values() {
                let sids: BTreeSet<_> = part.statements.iter().map(|s| &s.sid).collect();
                assert_eq!(sids.len(), part.statements.len(), "{what}: a name twice");
            }
            let fewest = limits::length(&whole).div_ceil(limits::MANAGED_POLICY);
            // statements that fill a part between a few of them pack less well
            let most = if regions > 2 { 2 * fewest } else { 1 + fewest + fewest / 2 };
            assert!(parts.len() <= most, "{what}, and {fewest} at least");
        }
    }

    #[test]
    fn what_finds_all_homes_full_goes_to_the_rest() {
        let parts = split(&document(265, 1));
        assert!(parts.len() < limits::MANAGED_POLICIES_OF_A_ROLE, "{}", parts.len());
        assert!(parts.contains_key(&Part::Rest), "{:?}", parts.keys());
    }

    #[test]
    fn what_fits_stays_whole() {
        let whole = document(3, 1);
        assert_eq!(split(&whole), [(Part::Home(1), whole)].into());
    }

    #[test]
    fn one_resource_that_is_too_long_is_left_for_the_limit_to_refuse() {
        let text = "x".repeat(7_000);
        let whole = Document::from_value(&json!({ "Version": "2012-10-17", "Statement":
            { "Sid": "A", "Effect": "Allow", "Action": "s:Get", "Resource": text } }))
        .unwrap();
        assert_eq!(split(&whole), [(Part::Home(1), whole)].into());
    }

    #[test]
    fn long_lists_of_other_things_are_parted_and_what_all_but_some_says_is_not() {
        let groups: Vec<String> = (0..200)
            .flat_map(|i| ["", ":*"].map(|end| format!("arn:aws:logs:r:1:log-group:g{i}{end}")))
            .collect();
        let whole = Document::from_value(&json!({ "Version": "2012-10-17", "Statement": [
            { "Sid": "Logs", "Effect": "Allow", "Action": "logs:Put", "Resource": groups },
            { "Sid": "Others", "Effect": "Deny", "Action": "logs:*", "NotResource": ["a", "b"] },
        ] }))
        .unwrap();
        let parts = split(&whole);
        let others = whole.statements.iter().find(|s| s.effect == super::super::Effect::Deny);
        let holders = parts.values().filter(|part| part.statements.contains(others.unwrap()));
        assert_eq!(holders.count(), 1);
        for part in parts.values() {
            let all =
                part.statements.iter().flat_map(|s| s.resources.iter().flat_map(|r| r.named()));
            let all: BTreeSet<&str> = all.map(String::as_str).collect();
            let groups = all.iter().filter(|one| one.starts_with("arn:") && !one.ends_with(":*"));
            for group in groups {
                assert!(all.contains(format!("{group}:*").as_str()), "{group} without its streams");
            }
        }
    }
}
