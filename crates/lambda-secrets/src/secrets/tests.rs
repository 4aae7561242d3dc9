//! Providers of a caller's own, and how much is kept of what they say.

use std::sync::Mutex;

use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::{BoxFuture, SecretValue};

/// A vault that has what its name says, and notes what it was asked for.
#[derive(Debug)]
struct Vault {
    name: &'static str,
    remote: bool,
    has: &'static [(&'static str, &'static str)],
    asked: Mutex<Vec<String>>,
}

impl Vault {
    fn new(
        name: &'static str,
        remote: bool,
        has: &'static [(&'static str, &'static str)],
    ) -> Arc<Self> {
        Arc::new(Self { name, remote, has, asked: Mutex::default() })
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Provider for Vault {
    fn source(&self) -> Source {
        Source::Other(self.name)
    }

    fn secret<'a>(&'a self, request: &'a SecretRequest) -> BoxFuture<'a, Result<Secret, Error>> {
        let id = request.id();
        self.asked.lock().unwrap().push(id.to_string());
        let found = self.has.iter().find(|(name, _)| *name == id.as_str());
        let found = found.map(|(_, text)| SecretValue::Text((*text).into()));
        let absent = || Error::NotProvided {
            secret: id.to_string(),
            provider: self.source(),
            looked_for: Vec::new(),
        };
        let found = found.map(|value| Secret::new(id.clone(), self.source(), value));
        Box::pin(std::future::ready(found.ok_or_else(absent)))
    }

    fn key(&self, _request: &SecretRequest, key: &str) -> Option<Result<SecretString, Error>> {
        (key == "apart").then(|| Ok(SecretString::from(self.name)))
    }

    fn is_remote(&self) -> bool {
        self.remote
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[test]
fn a_provider_of_ones_own_stands_where_the_chain_names_it_or_at_the_end() {
    let first = Vault::new("first", true, &[("a", "of the first")]);
    let last = Vault::new("last", true, &[("a", "of the last"), ("b", r#"{"k":"of the last"}"#)]);
    let secrets = Secrets::builder()
        .chain([Source::Other("first")])
        .provider(last.clone())
        .provider(first.clone())
        .build()
        .unwrap();
    block_on(async {
        let value = secrets.get_value("a").await.unwrap();
        assert_eq!(value.expose_secret(), "of the first");
        assert_eq!(secrets.source_of("a", None).await.unwrap(), Source::Other("first"));
        assert_eq!(
            secrets.get_secret_value("b", "k").await.unwrap().expose_secret(),
            "of the last"
        );
        assert_eq!(secrets.source_of("b", Some("k")).await.unwrap(), Source::Other("last"));
        // a key that a provider keeps apart from its secret
        let apart = secrets.get_secret_value("b", "apart").await.unwrap();
        assert_eq!(apart.expose_secret(), "first");
        let error = secrets.get_secret("c").await.unwrap_err();
        assert_eq!((error.kind(), error.is_absence()), ("not_found", true));
        let sources = secrets.check().await.unwrap().sources;
        assert_eq!(sources, [Source::Other("first"), Source::Other("last")]);
    });
    assert_eq!(last.asked(), ["b", "c"], "the first one answers for `a`");
}

#[test]
fn what_a_remote_provider_says_is_kept_and_what_another_says_is_asked_again() {
    for (remote, calls) in [(true, 1), (false, 3)] {
        let vault = Vault::new("vault", remote, &[("a", "x")]);
        let secrets =
            Secrets::builder().chain([]).provider(vault.clone()).build().expect("a provider");
        block_on(async {
            for _ in 0..3 {
                secrets.get_secret("a").await.unwrap();
            }
        });
        assert_eq!(vault.asked().len(), calls, "remote: {remote}");
    }
}

#[test]
fn past_the_most_entries_the_oldest_goes() {
    let vault = Vault::new("vault", true, &[("a", "1"), ("b", "2"), ("c", "3")]);
    let secrets =
        Secrets::builder().chain([]).provider(vault.clone()).max_entries(2).build().unwrap();
    block_on(async {
        for name in ["a", "b", "c", "b", "c", "a"] {
            secrets.get_secret(name).await.unwrap();
            assert!(secrets.stats().entries <= 2);
        }
    });
    assert_eq!(vault.asked(), ["a", "b", "c", "a"]);
    // none at all would mean a call for every read; that is what a TTL of zero says
    let one = Secrets::builder().chain([]).provider(vault).max_entries(0).build().unwrap();
    block_on(one.get_secret("a")).unwrap();
    assert_eq!(one.stats().entries, 1);
}

#[test]
fn whatever_a_handler_holds_may_go_to_another_thread() {
    fn shared<T: Send + Sync + 'static>() {}
    fn sent<T: Send>(_future: T) {}
    shared::<Secrets>();
    shared::<Secret>();
    shared::<crate::Loaded>();
    shared::<crate::BlockingSecrets>();
    shared::<crate::llm::KeyPool>();
    shared::<Error>();
    let secrets = Secrets::builder().chain([Source::Environment]).build().unwrap();
    sent(secrets.get_secret("a"));
    sent(secrets.get_secret_value("a", "k"));
    sent(secrets.with_secret("a", async |secret: Secret| {
        tokio::task::yield_now().await;
        secret.key("k").map_err(crate::Attempt::Failed)
    }));
    sent(crate::llm::KeyPool::new(&secrets, "a"));
}
