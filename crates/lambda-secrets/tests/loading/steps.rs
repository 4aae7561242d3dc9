//! The child as a user of `Secrets`: builds one by its orders and takes one step after the other.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lambda_secrets::llm::{KeyPool, LlmCredentials, LlmProvider};
use lambda_secrets::secrecy::ExposeSecret;
use lambda_secrets::{
    Attempt, BlockingSecrets, CallError, Error, Metrics, Secret, SecretRequest, Secrets,
    SecretsBuilder, Source, Timeouts,
};
use serde_json::{Value, json};

use crate::child::failed;

/// A struct of a caller's.
#[derive(serde::Deserialize, serde::Serialize)]
struct Database {
    username: String,
    password: String,
    port: u16,
}

/// What the steps brought, one item each, and the lines of metrics.
pub(crate) fn run(order: &Value) -> Value {
    let metrics = Arc::new(Mutex::new(Vec::<Value>::new()));
    let secrets = match builder(order, metrics.clone()).and_then(SecretsBuilder::build) {
        Ok(secrets) => secrets,
        Err(error) => return failed(&error),
    };
    let steps = order["steps"].as_array().cloned().unwrap_or_default();
    let done: Vec<Value> = if order["blocking"] == true {
        let blocking = secrets.blocking().expect("a runtime");
        steps.iter().map(|one| blocking_step(&blocking, one)).collect()
    } else {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let done = runtime.block_on(async {
            let mut done = Vec::new();
            let _renewal = (order["renew"] == true).then(|| secrets.renew_in_background());
            for one in &steps {
                done.push(step(&secrets, one).await);
            }
            done
        });
        // a runtime waits for a look-up that hangs
        runtime.shutdown_background();
        done
    };
    let lines = metrics.lock().expect("no panic").clone();
    json!({"steps": done, "metrics": lines, "debug": format!("{secrets:?}")})
}

/// Starts the real runtime client with the map as its resource, until the secret was read twice.
#[cfg(feature = "snapstart")]
pub(crate) fn under_the_runtime(order: &Value) -> Value {
    use lambda_runtime::{LambdaEvent, Runtime, service_fn};

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let secrets = Secrets::from_env().expect("the settings are good");
        let name = order["secret"].as_str().unwrap_or_default();
        secrets.get_secret(name).await.expect("it is there");
        let handler = service_fn(async |event: LambdaEvent<Value>| {
            Ok::<_, lambda_runtime::Error>(event.payload)
        });
        let lambda = Runtime::new(handler).register_snapstart_resource(Arc::new(secrets.clone()));
        let running = tokio::spawn(lambda.run());
        for _ in 0..500 {
            if secrets.stats().calls >= 2 || running.is_finished() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        running.abort();
        json!({"calls": secrets.stats().calls})
    })
}

fn builder(order: &Value, lines: Arc<Mutex<Vec<Value>>>) -> Result<SecretsBuilder, Error> {
    let mut builder = match order["prefixed"].as_str() {
        Some(prefix) => SecretsBuilder::from_prefixed_env(prefix)?,
        None => Secrets::builder(),
    };
    let timeouts = match order["patient"] == true {
        // an emulator's first answers take their time
        true => Timeouts::default().attempt(Duration::from_secs(20)).total(Duration::from_secs(60)),
        false => Timeouts::default()
            .connect(Duration::from_millis(200))
            .attempt(Duration::from_millis(300))
            .total(Duration::from_millis(900)),
    };
    builder = builder.jitter(0.0).timeouts(timeouts);
    let milliseconds = |name: &str| order[name].as_u64().map(Duration::from_millis);
    if let Some(ttl) = milliseconds("ttl") {
        builder = builder.ttl(ttl);
    }
    if let Some(stale) = milliseconds("stale") {
        builder = builder.max_stale(stale);
    }
    if let Some(prefix) = order["prefix"].as_str() {
        builder = builder.prefix(prefix);
    }
    if order["on_request"] == true {
        builder = builder.aws_on_request();
    }
    if let Some(file) = order["env_file"].as_str() {
        builder = builder.env_file(file);
    }
    if let Some(chain) = order["chain"].as_array() {
        builder = builder.chain(chain.iter().map(|name| match name.as_str() {
            Some("aws") => Source::Aws,
            Some("env") => Source::Environment,
            Some(".env") => Source::DotEnv,
            _ => Source::Other("another"),
        }));
    }
    let sink = move |line: &str| {
        let line = serde_json::from_str(line).expect("a line of metrics is JSON");
        lines.lock().expect("no panic").push(line);
    };
    Ok(builder.metrics(Metrics::to("Bench/Secrets", sink)))
}

async fn step(secrets: &Secrets, step: &Value) -> Value {
    let text = |index: usize| step[index].as_str().unwrap_or_default();
    let name = text(1);
    match text(0) {
        "get" => told(secrets.get_secret(name).await),
        "refresh" => told(secrets.refresh(name).await),
        "stage" => {
            let request = SecretRequest::parse(name).and_then(|it| it.version_stage(text(2)));
            told(secrets.get_version(&request.expect("a label")).await)
        }
        "version" => {
            let request = SecretRequest::parse(name).and_then(|it| it.version_id(text(2)));
            told(secrets.get_version(&request.expect("an id")).await)
        }
        "typed" => match secrets.typed::<Database>(name).await {
            Ok(found) => json!(found),
            Err(error) => failed(&error),
        },
        "key" => value(secrets.get_secret_value(name, text(2)).await),
        "value" => value(secrets.get_value(name).await),
        "value_or" => json!(secrets.get_value_or(name, text(2)).await.expose_secret()),
        "key_or" => {
            json!(secrets.get_secret_value_or(name, text(2), text(3)).await.expose_secret())
        }
        "source" => match secrets.source_of(name, step[2].as_str()).await {
            Ok(source) => json!(source.to_string()),
            Err(error) => failed(&error),
        },
        "check" => match secrets.check().await {
            Ok(checked) => {
                json!(checked.sources.iter().map(ToString::to_string).collect::<Vec<_>>())
            }
            Err(error) => failed(&error),
        },
        "clear" => {
            secrets.clear_cache();
            json!(null)
        }
        "sleep" => {
            tokio::time::sleep(Duration::from_millis(step[1].as_u64().unwrap_or(0))).await;
            json!(null)
        }
        "burst" => burst(secrets, name, step[2].as_u64().unwrap_or(0)).await,
        "stats" => {
            let stats = secrets.stats();
            json!({
                "entries": stats.entries, "valid": stats.valid, "expired": stats.expired,
                "hits": stats.hits, "misses": stats.misses, "stale": stats.stale,
                "calls": stats.calls, "failures": stats.failures,
                "latency": stats.last_latency.is_some(),
            })
        }
        "blocking" => {
            drop(secrets.blocking().expect("a runtime"));
            json!("dropped")
        }
        "login" => login(secrets, name, text(2)).await,
        "pool" => pool(secrets, name, step).await,
        "llm" => llm(secrets, name).await,
        #[cfg(feature = "write")]
        "store" => {
            stored(secrets.store(name, lambda_secrets::SecretValue::Text(text(2).into())).await)
        }
        #[cfg(feature = "write")]
        "store_key" => stored(secrets.store_key(name, text(2), text(3)).await),
        #[cfg(feature = "write")]
        "put_over" => put_over(secrets, name).await,
        #[cfg(feature = "snapstart")]
        "snapshot" => {
            use lambda_runtime::SnapStartResource;
            let before = secrets.before_snapshot().await.is_ok();
            let held = secrets.stats().entries;
            let after = secrets.after_restore().await.is_ok();
            json!({"before": before, "held": held, "after": after, "back": secrets.stats().entries})
        }
        #[cfg(feature = "snapstart")]
        "pool_snapshot" => pool_snapshot(secrets, name).await,
        other => panic!("no step is called `{other}`"),
    }
}

fn blocking_step(secrets: &BlockingSecrets, step: &Value) -> Value {
    let text = |index: usize| step[index].as_str().unwrap_or_default();
    let inside = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    match text(0) {
        "get" => told(secrets.get_secret(text(1))),
        "key" => value(secrets.get_secret_value(text(1), text(2))),
        "value" => value(secrets.get_value(text(1))),
        "value_or" => json!(secrets.get_value_or(text(1), text(2)).expose_secret()),
        "inside" => value(inside.block_on(async { secrets.get_secret_value(text(1), text(2)) })),
        other => panic!("no step is called `{other}`"),
    }
}

fn told(secret: Result<Secret, Error>) -> Value {
    let secret = match secret {
        Ok(secret) => secret,
        Err(error) => return failed(&error),
    };
    let created = secret.created().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    json!({
        "text": secret.value().as_text(), "stale": secret.is_stale(), "name": secret.name(),
        "arn": secret.arn(), "version": secret.version_id(), "stages": secret.version_stages(),
        "created": created.map(|at| at.as_secs()), "source": secret.source().to_string(),
        "debug": format!("{secret:?}"),
    })
}

fn value(value: Result<lambda_secrets::secrecy::SecretString, Error>) -> Value {
    match value {
        Ok(value) => json!(value.expose_secret()),
        Err(error) => failed(&error),
    }
}

#[cfg(feature = "write")]
fn stored(version: Result<String, Error>) -> Value {
    match version {
        Ok(version) => json!({"version": version}),
        Err(error) => failed(&error),
    }
}

/// Writes over a version that another writer replaces in between.
#[cfg(feature = "write")]
async fn put_over(secrets: &Secrets, name: &str) -> Value {
    let text = |text: &str| lambda_secrets::SecretValue::Text(text.into());
    let old = secrets.get_secret(name).await.expect("it is there");
    secrets.store(name, text("another writer's")).await.expect("the other writer is first");
    stored(secrets.put(&old, text("lost")).await)
}

async fn burst(secrets: &Secrets, name: &str, count: u64) -> Value {
    let mut tasks = Vec::new();
    for _ in 0..count {
        let (secrets, name) = (secrets.clone(), name.to_owned());
        tasks.push(tokio::spawn(async move { secrets.get_secret(&name).await.is_ok() }));
    }
    let mut good = 0;
    for task in tasks {
        good += usize::from(task.await.expect("no panic"));
    }
    json!(good)
}

/// Logs in somewhere that accepts one password only.
async fn login(secrets: &Secrets, name: &str, accepted: &str) -> Value {
    let mut tried = Vec::new();
    let result = secrets
        .with_secret(name, async |secret| {
            let text = secret.value().as_text().unwrap_or_default().to_owned();
            tried.push(text.clone());
            match text.as_str() {
                "broken" => Err(Attempt::Failed("it is broken")),
                text if text == accepted => Ok("in"),
                _ => Err(Attempt::Rejected("wrong password")),
            }
        })
        .await;
    let result = match result {
        Ok(result) => json!(result),
        Err(CallError::Call(error)) => json!({"call": error}),
        Err(CallError::Secret(error)) => failed(&error),
        Err(_) => json!("another failure"),
    };
    json!({"result": result, "tried": tried})
}

/// Takes keys from a pool, and reports those that the step names as rejected.
async fn pool(secrets: &Secrets, name: &str, step: &Value) -> Value {
    let pool = match KeyPool::new(secrets, name).await {
        Ok(pool) => pool,
        Err(error) => return failed(&error),
    };
    let rejected: Vec<&str> =
        step[3].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut keys = Vec::new();
    for _ in 0..step[2].as_u64().unwrap_or(0) {
        let mut key = pool.next().await.expect("the pool is there");
        loop {
            let text = key.key().expose_secret().to_owned();
            keys.push(text.clone());
            if !rejected.contains(&text.as_str()) {
                break;
            }
            match pool.report_rejected(&key).await.expect("no failure") {
                Some(next) => key = next,
                None => {
                    keys.push("none left".to_owned());
                    break;
                }
            }
        }
        assert!(!format!("{key:?} {pool:?}").contains(key.key().expose_secret()));
    }
    json!(keys)
}

/// What a pool gives before a snapshot, holds in it, and gives after it.
#[cfg(feature = "snapstart")]
async fn pool_snapshot(secrets: &Secrets, name: &str) -> Value {
    use lambda_runtime::SnapStartResource;
    use lambda_secrets::llm::PooledKey;

    let pool = KeyPool::new(secrets, name).await.expect("the secret is there");
    let text = |key: PooledKey| key.key().expose_secret().to_owned();
    let before = text(pool.next().await.expect("a key"));
    for resource in [secrets as &dyn SnapStartResource, &pool] {
        resource.before_snapshot().await.expect("nothing fails");
    }
    let held = pool.len();
    for resource in [secrets as &dyn SnapStartResource, &pool] {
        resource.after_restore().await.expect("nothing fails");
    }
    json!({"before": before, "held": held, "after": text(pool.next().await.expect("a key"))})
}

async fn llm(secrets: &Secrets, provider: &str) -> Value {
    let provider: LlmProvider = match provider.parse() {
        Ok(provider) => provider,
        Err(error) => return failed(&error),
    };
    match secrets.llm_credentials(provider).await {
        Ok(LlmCredentials::ApiKey { key, source }) => {
            json!({"key": key.expose_secret(), "source": source.to_string()})
        }
        Ok(LlmCredentials::Bedrock(keys)) => json!({"id": keys.access_key_id.expose_secret()}),
        Ok(_) => json!(null),
        Err(error) => failed(&error),
    }
}
