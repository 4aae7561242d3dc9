//! The program under test: loads in a process of its own and tells what became of it.
//!
//! It takes its orders as JSON in `LOADING_ORDER`, logs at TRACE to stderr unless `log` says
//! otherwise, and prints one JSON document to stdout: the outcome, and what the load changed in the
//! environment.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use lambda_secrets::llm::{ProviderLoader, load_provider};
use lambda_secrets::{
    Fetch, Loaded, Loader, Metrics, OnFailure, Policy, References, Secrets, Timeouts, secrecy,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// The variable that makes this process a child.
pub(crate) const ORDER: &str = "LOADING_ORDER";

pub(crate) fn run(order: &str) {
    let order: Value = serde_json::from_str(order).expect("the parent writes JSON");
    let lines = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE);
    let _of_this_thread = match order["log"].as_str() {
        Some("nowhere") => None,
        Some("of this thread") => Some(tracing::subscriber::set_default(lines.finish())),
        _ => {
            lines.init();
            None
        }
    };
    let before = environment();
    let started = Instant::now();
    let outcome = match order["mode"].as_str() {
        Some("secrets") => secrets(&order),
        Some("steps") => crate::steps::run(&order),
        #[cfg(feature = "snapstart")]
        Some("runtime") => crate::steps::under_the_runtime(&order),
        Some("provider") => provider(&order),
        Some("sectioned") => outcome(Loader::from_sectioned_env().load()),
        _ => load(&order),
    };
    let milliseconds = started.elapsed().as_millis();
    let mut after = environment();
    after.retain(|name, value| before.get(name) != Some(value));
    let document = json!({"outcome": outcome, "changed": after, "ms": milliseconds as u64});
    writeln!(std::io::stdout(), "{document}").expect("the parent reads");
}

fn environment() -> BTreeMap<String, String> {
    std::env::vars().collect()
}

fn load(order: &Value) -> Value {
    let loader = loader(order);
    let result = match order["from"].as_str() {
        Some("beside_a_thread") => {
            let (stop, wait) = std::sync::mpsc::channel::<()>();
            let thread = std::thread::spawn(move || wait.recv());
            let result = loader.load();
            drop(stop);
            let _ = thread.join();
            result
        }
        Some("after_a_thread") => {
            std::thread::spawn(|| ()).join().expect("the thread does nothing");
            loader.load()
        }
        Some("current_thread") => block_on(tokio::runtime::Builder::new_current_thread(), loader),
        Some("multi_thread") => block_on(tokio::runtime::Builder::new_multi_thread(), loader),
        Some("spawn_blocking") => {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime
                .block_on(async { tokio::task::spawn_blocking(move || loader.load()).await })
                .expect("no panic")
        }
        _ => loader.load(),
    };
    outcome(result)
}

fn outcome(result: Result<Loaded, lambda_secrets::Error>) -> Value {
    match result {
        Ok(loaded) => told(&loaded),
        Err(error) => failed(&error),
    }
}

/// Loads the credentials of an LLM provider.
fn provider(order: &Value) -> Value {
    let name = order["provider"].as_str();
    let choices = ["bedrock", "env_file", "snapshot"];
    let result = match choices.iter().any(|choice| !order[choice].is_null()) {
        false => load_provider(name),
        true => {
            let mut loader = ProviderLoader::new();
            if let Some(name) = name {
                loader = loader.provider(name.parse().expect("a provider"));
            }
            if let Some(path) = order["env_file"].as_str() {
                loader = loader.env_file(path);
            }
            if order["bedrock"] == true {
                loader = loader.bedrock_into_environment();
            }
            if order["snapshot"] == true {
                loader = loader.allow_snapshot();
            }
            loader.load()
        }
    };
    match result {
        Ok(loaded) => json!({
            "provider": loaded.provider().to_string(),
            "source": loaded.source().map(|source| source.to_string()),
            "written": loaded.written(),
            "bedrock": loaded.bedrock().map(|keys| keys.access_key_id.expose_secret()),
            "token": std::env::var_os("AWS_SESSION_TOKEN").is_some(),
            "debug": format!("{loaded:?}"),
        }),
        Err(error) => failed(&error),
    }
}

fn block_on(
    mut builder: tokio::runtime::Builder,
    loader: Loader,
) -> Result<Loaded, lambda_secrets::Error> {
    builder.enable_all().build().expect("a runtime").block_on(async move { loader.load() })
}

fn told(loaded: &Loaded) -> Value {
    json!({
        "skipped": loaded.was_skipped(),
        "secrets": loaded.secrets(),
        "written": loaded.written(),
        "kept": loaded.kept(),
        "failures": loaded.failures().map(|error| error.kind()).collect::<Vec<_>>(),
        "origins": loaded.written().iter().chain(loaded.kept())
            .map(|name| format!("{name}: {:?}", loaded.source_of(name)))
            .collect::<Vec<_>>(),
        "debug": format!("{loaded:?}"),
    })
}

pub(crate) fn failed(error: &lambda_secrets::Error) -> Value {
    json!({
        "error": error.kind(),
        "text": error.to_string(),
        "debug": format!("{error:?}"),
        "hint": error.hint(),
    })
}

fn loader(order: &Value) -> Loader {
    let list = |name: &str| -> Option<Vec<String>> {
        serde_json::from_value(order.get(name)?.clone()).ok()
    };
    let mut loader = Loader::new("miyabi", "prod");
    if let Some(names) = list("names") {
        loader = loader.names(names);
    }
    if let Some(ids) = list("ids") {
        loader = loader.secrets(ids);
    }
    if let Some(keys) = list("required") {
        loader = loader.required_in("api-keys", keys);
    }
    if let Some(url) = order["endpoint"].as_str() {
        loader = loader.endpoint_url(url);
    }
    if let Some(region) = order["region"].as_str() {
        loader = loader.region(region);
    }
    match order["at_once"].as_bool() {
        Some(true) => loader = loader.fetch(Fetch::AtOnce),
        Some(false) => loader = loader.fetch(Fetch::InTurn),
        None => {}
    }
    if order["snapshot"] == true {
        loader = loader.allow_snapshot();
    }
    if order["metrics"] == "thread" {
        loader = loader.metrics(Metrics::to("Bench/Secrets", |_| {
            std::thread::spawn(std::thread::park);
        }));
    }
    if order["metrics"] == true {
        loader = loader.metrics(Metrics::to("Bench/Secrets", |line| {
            writeln!(std::io::stderr(), "metrics {line}").expect("the parent reads");
        }));
    }
    if order["references"] == false {
        loader = loader.references(References::Ignore);
    }
    if order["fail"] == true {
        loader = loader.on_failure(OnFailure::Fail);
    }
    if order["quiet"] == true {
        loader = loader.fallback_level(tracing::Level::DEBUG);
    }
    if order["short"] == true {
        loader = loader.timeouts(short());
    }
    let all = |wait| Timeouts::default().connect(wait).attempt(wait).total(wait);
    match order["wait"].as_str() {
        Some("for ever") => loader = loader.timeouts(all(Duration::MAX)),
        Some(_) => loader = loader.timeouts(all(Duration::ZERO)),
        None => {}
    }
    match order["policy"].as_str() {
        Some("overwrite") => loader.policy(Policy::Overwrite),
        Some("error") => loader.policy(Policy::Error),
        _ => loader,
    }
}

/// 0.2 s to connect, 0.3 s for an attempt, 0.9 s in all.
fn short() -> Timeouts {
    Timeouts::default()
        .connect(Duration::from_millis(200))
        .attempt(Duration::from_millis(300))
        .total(Duration::from_millis(900))
}

/// Reads by `Secrets` inside a multi-thread runtime.
fn secrets(order: &Value) -> Value {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let secrets = match Secrets::builder().timeouts(short()).build() {
            Ok(secrets) => secrets,
            Err(error) => return failed(&error),
        };
        let name = order["secret"].as_str().unwrap_or_default();
        let secret = match secrets.get_secret(name).await {
            Ok(secret) => secret,
            Err(error) => return failed(&error),
        };
        let Some(key) = order["key"].as_str() else {
            return json!({
                "text": secret.value().as_text(),
                "bytes": secret.value().as_bytes().len(),
                "keys": secret.keys().ok(),
                "debug": format!("{secret:?} {secrets:?}"),
            });
        };
        match secrets.get_secret_value(name, key).await {
            Ok(value) => json!({"value": value.expose_secret(), "debug": format!("{value:?}")}),
            Err(error) => failed(&error),
        }
    })
}
