//! Names that AWS or the manifest bound by rules, each parsed once into a type of its own.
//!
//! A value of one of these types is valid wherever it appears; nothing downstream checks again.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is not a name of the wanted kind
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {rule}")]
pub struct NameError {
    /// what was expected, such as `project name`
    pub kind: &'static str,
    /// the rule that the text breaks, worded to follow the kind
    pub rule: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $kind:literal, $rule:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// Returns the name, or the rule that `text` breaks
            pub fn parse(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                let rule: fn(&str) -> Option<&'static str> = $rule;
                match rule(&text) {
                    None => Ok(Self(text)),
                    Some(rule) => Err(NameError { kind: $kind, rule }),
                }
            }

            /// Returns the text of the name
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.0
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(
    /// The project: the first segment of every physical name
    ProjectName, "project name", |t| (!is_slug(t, 32, true))
        .then_some("must be 1 to 32 lower-case letters, digits and hyphens, starting with a letter")
);
name!(
    /// The environment: the second segment of every physical name
    EnvironmentName, "environment name", |t| (!is_slug(t, 16, false))
        .then_some("must be 1 to 16 lower-case letters and digits, starting with a letter")
);
name!(
    /// A secret's key in the manifest, the last segment of its default physical name
    SecretKey, "secret name", secret_rule
);
name!(
    /// A secret's physical name in Secrets Manager
    SecretName, "secret name", secret_rule
);
name!(
    /// A function's key in the manifest
    FunctionKey, "function name", |t| (t.is_empty()
        || t.len() > 64
        || !t.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)))
        .then_some("must be 1 to 64 letters, digits, `-` and `_`")
);
name!(
    /// A key of a JSON secret, such as `GITHUB_TOKEN` or `openai.key`
    ValueKey, "key", |t| {
        if t.is_empty() || t.len() > 256 {
            Some("must be 1 to 256 bytes")
        } else if t.chars().any(|c| c.is_control() || c == '=') {
            Some("must hold no control character and no `=`")
        } else {
            None
        }
    }
);
name!(
    /// A KMS alias, with its `alias/` prefix
    KeyAlias, "key alias", |t| {
        let Some(rest) = t.strip_prefix("alias/") else {
            return Some("must start with `alias/`");
        };
        if rest.starts_with("aws/") {
            Some("must not start with `alias/aws/`, which AWS keeps for itself")
        } else if rest.is_empty() || t.len() > 256 {
            Some("must have 1 to 250 characters after `alias/`")
        } else if !rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_-:".contains(&b)) {
            Some("must hold letters, digits and `/_-:` only")
        } else {
            None
        }
    }
);
name!(
    /// An IAM role's name, without its path
    RoleName, "role name", |t| (t.is_empty()
        || t.len() > 64
        || !t.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b)))
        .then_some("must be 1 to 64 letters, digits and `+=,.@_-`")
);
name!(
    /// An IAM policy's name
    PolicyName, "policy name", |t| (t.is_empty()
        || t.len() > 128
        || !t.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b)))
        .then_some("must be 1 to 128 letters, digits and `+=,.@_-`")
);
name!(
    /// A name of CloudWatch, CloudWatch Logs or EventBridge: an alarm, a filter, a rule, a log group
    ResourceName, "resource name", |t| (t.is_empty()
        || t.len() > 512
        || !t.bytes().all(|b| b.is_ascii_alphanumeric() || b"._/#-".contains(&b)))
        .then_some("must be 1 to 512 letters, digits and `._/#-`")
);
name!(
    /// An AWS region, such as `us-west-2`
    Region, "region", |t| {
        let parts: Vec<&str> = t.split('-').collect();
        let letters = |p: &&str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase());
        let good = (3..=4).contains(&parts.len())
            && parts[..parts.len() - 1].iter().all(letters)
            && parts[0].len() <= 3
            && parts.last().is_some_and(|n| {
                (1..=2).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit())
            });
        (!good).then_some("must look like `us-west-2`")
    }
);
name!(
    /// A 12-digit AWS account
    AccountId, "account", |t| (t.len() != 12 || !t.bytes().all(|b| b.is_ascii_digit()))
        .then_some("must be 12 digits")
);
name!(
    /// An AWS partition
    Partition, "partition", |t| (!matches!(t, "aws" | "aws-cn" | "aws-us-gov"))
        .then_some("must be `aws`, `aws-cn` or `aws-us-gov`")
);
name!(
    /// An Amazon Resource Name
    Arn, "ARN", |t| {
        let mut parts = t.splitn(6, ':');
        let good = parts.next() == Some("arn")
            && parts.next().is_some_and(|p| p.starts_with("aws"))
            && parts.next().is_some_and(|s| !s.is_empty())
            && parts.next().is_some()
            && parts.next().is_some()
            && parts.next().is_some_and(|r| !r.is_empty());
        (!good).then_some("must look like `arn:aws:service:region:account:resource`")
    }
);

/// The regions of the three partitions, as of 2026; AWS adds some
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

impl Region {
    /// Returns whether it is one of the regions that were there when this was built
    pub fn is_known(&self) -> bool {
        REGIONS.contains(&self.as_str())
    }

    /// Returns the region that is meant where this one is nearly it and AWS cannot have it: whatever
    /// AWS adds, regions are called by where they lie
    pub fn misspelt(&self) -> Option<&'static str> {
        const DIRECTIONS: [&str; 9] = [
            "central",
            "east",
            "north",
            "northeast",
            "northwest",
            "south",
            "southeast",
            "southwest",
            "west",
        ];
        let direction = self.0.rsplit('-').nth(1)?;
        self.nearest().filter(|_| !DIRECTIONS.contains(&direction))
    }

    /// Returns the region that is spelt most like this one, where one is
    pub fn nearest(&self) -> Option<&'static str> {
        const STEPS: usize = 2;
        let steps = |region: &&'static str| strsim::osa_distance(&self.0, region);
        REGIONS.iter().copied().filter(|region| steps(region) <= STEPS).min_by_key(steps)
    }

    /// Returns the partition that the region lies in
    pub fn partition(&self) -> Partition {
        Partition(
            match self.0.split('-').next() {
                Some("cn") => "aws-cn",
                _ if self.0.starts_with("us-gov-") => "aws-us-gov",
                _ => "aws",
            }
            .into(),
        )
    }
}

impl Arn {
    fn part(&self, number: usize) -> &str {
        self.0.splitn(6, ':').nth(number).unwrap_or_default()
    }

    /// Returns the region, empty where the ARN has none
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// Returns the account, empty where the ARN has none
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// Returns the last part of the resource, such as the id of a key
    pub fn id(&self) -> &str {
        let resource = self.resource();
        resource.rsplit('/').next().unwrap_or(resource)
    }

    /// Returns what comes after the account, such as `role/name`
    pub fn resource(&self) -> &str {
        self.part(5)
    }
}

fn is_slug(text: &str, longest: usize, hyphens: bool) -> bool {
    (1..=longest).contains(&text.len())
        && text.as_bytes()[0].is_ascii_lowercase()
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || (hyphens && b == b'-'))
}

fn secret_rule(text: &str) -> Option<&'static str> {
    // AWS allows 512; names this long are refused so that policies and tags still fit
    if text.is_empty() || text.len() > 256 {
        return Some("must be 1 to 256 characters");
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+=.@-".contains(&b)) {
        return Some("must hold letters, digits and `/_+=.@-` only");
    }
    // Secrets Manager looks a name of this shape up as an ARN without its suffix and finds nothing
    let tail = text.as_bytes();
    if tail.len() > 7
        && tail[tail.len() - 7] == b'-'
        && tail[tail.len() - 6..].iter().all(u8::is_ascii_alphanumeric)
    {
        return Some(
            "must not end in a hyphen and six letters or digits, which AWS reads as an ARN's suffix",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_ends_like_an_arn_suffix_is_refused() {
        assert!(SecretName::parse("miyabi/dev/api-abcdef").is_err());
        assert!(SecretName::parse("miyabi/dev/api-keys").is_ok());
        assert!(SecretName::parse("miyabi/dev/api-abcdefg").is_ok());
    }

    #[test]
    fn projects_and_environments_keep_to_their_alphabet() {
        for good in ["miyabi", "pr-agent", "a"] {
            assert!(ProjectName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "Miyabi", "1st", "a_b", "-a", &"a".repeat(33)] {
            assert!(ProjectName::parse(bad).is_err(), "{bad}");
        }
        assert!(EnvironmentName::parse("pre-prod").is_err());
        assert!(EnvironmentName::parse("prod2").is_ok());
    }

    #[test]
    fn aliases_of_aws_are_refused() {
        assert!(KeyAlias::parse("alias/aws/secretsmanager").is_err());
        assert!(KeyAlias::parse("miyabi").is_err());
        assert!(KeyAlias::parse("alias/miyabi/dev").is_ok());
    }

    #[test]
    fn a_region_that_aws_has_is_known() {
        for region in ["us-west-2", "eu-central-1", "cn-north-1", "us-gov-east-1"] {
            assert!(Region::parse(region).unwrap().is_known(), "{region}");
        }
        for region in ["eu-west-9", "us-west-3"] {
            assert!(!Region::parse(region).unwrap().is_known(), "{region}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_told_from_a_new_region() {
        for (slip, meant) in [
            ("eu-cental-1", Some("eu-central-1")),
            ("us-wset-2", Some("us-west-2")),
            ("ap-northest-1", Some("ap-northeast-1")),
            ("us-gov-esat-1", Some("us-gov-east-1")),
            // AWS may have these one day
            ("us-west-3", None),
            ("ue-west-1", None),
            ("mx-north-1", None),
            ("eu-middle-1", None),
        ] {
            assert_eq!(Region::parse(slip).unwrap().misspelt(), meant, "{slip}");
        }
        assert_eq!(Region::parse("ue-west-1").unwrap().nearest(), Some("eu-west-1"));
        assert_eq!(Region::parse("xx-nowhere-1").unwrap().nearest(), None);
        for region in REGIONS {
            assert_eq!(Region::parse(*region).unwrap().misspelt(), None, "{region}");
        }
    }

    #[test]
    fn a_region_gives_its_partition() {
        for (region, partition) in
            [("us-west-2", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
        {
            assert_eq!(Region::parse(region).unwrap().partition().as_str(), partition);
        }
        for bad in ["", "us", "us-west", "US-west-2", "us-west-2a", "2-west-us"] {
            assert!(Region::parse(bad).is_err(), "{bad}");
        }
    }
}
