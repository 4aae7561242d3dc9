//! The way of a value into AWS: read, merge, compare-and-swap, and again where somebody was faster.

use std::time::Duration;

use provision_core::desired::hexadecimal;
use provision_core::name::SecretName;
use zeroize::Zeroizing;

use super::{merge, versions};
use crate::aws::{self, Content, Current, ErrorKind, Leftover, Outcome, Rotation, Write};
use crate::cli::{Global, quoted};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::{self, Changing};
use crate::print::Printer;
use crate::session::Session;

/// How often a write is tried against faster writers
const TRIES: u32 = 30;
/// How often a write is tried where the secret has no room for one label more
const CROWDED_TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Reads and writes values of one environment
#[derive(Clone, Copy)]
pub(crate) struct Store<'a> {
    pub(crate) session: &'a Session,
    pub(crate) global: &'a Global,
    pub(crate) printer: Printer,
}

/// A value that was written
#[derive(Debug)]
pub(crate) struct Written {
    /// the version that is current now
    pub(crate) version: String,
    /// the digest of what was sent
    digest: Zeroizing<String>,
}

impl Store<'_> {
    /// Returns the flags that lead a next command to the same place
    pub(crate) fn flags(&self) -> String {
        self.global.flags(self.session.desired.environment.as_str())
    }

    /// Returns what is current
    pub(crate) async fn current(&self, name: &SecretName) -> Result<Current, Failure> {
        aws::current(&self.session.aws, name.as_str(), &self.session.desired.tags)
            .await
            .map_err(|error| Failure::of_secret(error, name, &self.flags()))
    }

    /// Makes what `edit` makes of the current value the new one; none where that is the same
    ///
    /// `edit` is asked again where another writer was faster, so that nobody's value is lost.
    pub(crate) async fn put(
        &self,
        name: &SecretName,
        edit: impl Fn(&Current) -> Result<Option<Content>, Failure>,
    ) -> Result<Option<Written>, Failure> {
        let Session { aws, .. } = self.session;
        let id = name.as_str();
        let explain = |error: aws::AwsError| Failure::of_secret(error.into(), name, &self.flags());
        let _changing = Changing::begin();
        let mut crowded = 0;
        let mut told = false;
        for tries in 0..TRIES {
            if interrupt::requested() {
                let message = format!("interrupted: {name} was not changed");
                return Err(Failure::new(Exit::Interrupted, "interrupted", message));
            }
            let base = self.current(name).await?;
            let Some(content) = edit(&base)? else { return Ok(None) };
            if base.rotation == Rotation::On && !told {
                self.printer.stderr(&rotated(name));
                told = true;
            }
            let Write { outcome, leftover } = aws::write(aws, id, &base, &content).await;
            if let Some(leftover) = leftover {
                self.printer.stderr(&self.warning(&leftover, name));
            }
            match outcome {
                Ok(Outcome::Done(version)) => {
                    let digest = digest(&content);
                    return Ok(Some(Written { version, digest }));
                }
                Ok(Outcome::Lost) => tracing::info!(secret = id, "another writer was faster"),
                Err(error) if error.kind == ErrorKind::Limit && crowded < CROWDED_TRIES => {
                    // labels of writers that were killed would stay for ever
                    let swept = aws::sweep(aws, id).await.map_err(explain)?;
                    tracing::info!(secret = id, swept, "there was no room for a label");
                    crowded += 1;
                }
                Err(error) => return Err(explain(error)),
            }
            pause(tries).await;
        }
        Err(Failure::new(
            Exit::Error,
            "lost_race",
            format!("other writers were faster {TRIES} times; {name} was not changed"),
        )
        .hint("run it again when they are done"))
    }

    /// Reads a version back and compares it with what was sent, by digest; where that fails, the
    /// version is there all the same
    pub(crate) async fn verify(&self, name: &SecretName, written: &Written) -> Result<(), Failure> {
        let found = aws::content_of(&self.session.aws, name.as_str(), &written.version)
            .await
            .map_err(|error| {
                let version = versions::short(&written.version);
                Failure::of_secret(error.into(), name, &self.flags())
                    .with_exit(Exit::Partly)
                    .hint(format!("{name} was written, as version {version}, and not read back"))
            })?;
        if digest(&found) == written.digest {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Partly,
            "digest",
            format!("{name} was written, and what was read back is not the same"),
        )
        .hint(format!(
            "`provision rollback {name} {}` brings the value before it back",
            self.flags()
        )))
    }

    /// What is said of a staging label that could not be removed
    fn warning(&self, leftover: &Leftover, name: &SecretName) -> String {
        warning(leftover, name, self.global, self.session.desired.region.as_str())
    }
}

/// SHA-256, wiped when it is dropped: a short value could be guessed from it
fn digest(content: &Content) -> Zeroizing<String> {
    Zeroizing::new(hexadecimal(merge::bytes(content)))
}

fn rotated(name: &SecretName) -> String {
    format!(
        "warning: a function rotates {name}: the value set now lasts until it does so next\n\
         hint: `provision rotate {name}` starts that at once\n"
    )
}

/// Waits longer the more often others were faster, and never as long as they do
async fn pause(tries: u32) {
    let most = FIRST_PAUSE.saturating_mul(1 << tries.min(10)).min(LONGEST_PAUSE);
    tokio::time::sleep(most.mul_f64(rand::random())).await;
}

fn warning(leftover: &Leftover, name: &SecretName, global: &Global, region: &str) -> String {
    let Leftover { label, version } = leftover;
    let mut text = format!(
        "warning: the staging label {label} could not be removed from version {version} of {name}: \
         nobody reads it, but AWS keeps the version as long as it is there\n"
    );
    // no other client reaches the AWS inside this binary
    if !global.local {
        let mut command = format!(
            "aws secretsmanager update-secret-version-stage --secret-id {name} \
             --version-stage {label} --remove-from-version-id {version} --region {region}"
        );
        for (flag, given) in
            [("--profile", &global.profile), ("--endpoint-url", &global.endpoint_url)]
        {
            if let Some(given) = given {
                command.push_str(&format!(" {flag} {}", quoted(given)));
            }
        }
        text.push_str(&format!("hint: `{command}` removes it\n"));
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    fn warning_with(flags: &[&str]) -> String {
        let global = Cli::try_parse_from([&["provision"], flags].concat()).unwrap().global;
        let leftover = Leftover { label: "lambda-secrets-1".into(), version: "v1".into() };
        let name = SecretName::parse("shop/dev/api-keys").unwrap();
        warning(&leftover, &name, &global, "eu-west-1")
    }

    #[test]
    fn a_label_left_behind_is_told_with_the_command_that_removes_it() {
        let text = warning_with(&["--profile", "the shop"]);
        assert!(text.starts_with("warning: the staging label lambda-secrets-1 "), "{text}");
        let command = "aws secretsmanager update-secret-version-stage \
                       --secret-id shop/dev/api-keys --version-stage lambda-secrets-1 \
                       --remove-from-version-id v1 --region eu-west-1 --profile 'the shop'";
        assert!(text.contains(&format!("hint: `{command}`")), "{text}");
        let text = warning_with(&["--local"]);
        assert!(text.contains("warning:") && !text.contains("aws secretsmanager"), "{text}");
    }
}
