//! CloudWatch metrics as lines of the embedded metric format, which Lambda's log turns into
//! metrics without a call.
//!
//! | metric | unit | counts |
//! |---|---|---|
//! | `Fetches` | count | calls to Secrets Manager |
//! | `Failures` | count | calls that failed |
//! | `StaleServed` | count | reads served past their time |
//! | `Latency` | milliseconds | how long calls took |
//!
//! The one dimension is the function. The name of the secret and the kind of a failure stand in the
//! line as plain fields: searchable, and no metric of their own to pay for. No line holds a value.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::{Error, SecretRequest};

/// Where lines of metrics go, and under which namespace they are kept.
#[derive(Clone)]
pub struct Metrics {
    namespace: String,
    sink: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Metrics {
    /// Lines on the standard output, which is the log of a function.
    pub fn to_log(namespace: impl Into<String>) -> Self {
        Self::to(namespace, |line| {
            // a log that is closed is no reason to fail
            let _ = writeln!(std::io::stdout(), "{line}");
        })
    }

    /// Lines to `sink`, each without its end.
    pub fn to(namespace: impl Into<String>, sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { namespace: namespace.into(), sink: Arc::new(sink) }
    }

    /// One call.
    pub(crate) fn called(&self, request: &SecretRequest, error: Option<&Error>, took: Duration) {
        let outcome = error.map_or("read", Error::kind);
        let failures = usize::from(error.is_some());
        self.line(request.id().as_str(), outcome, Numbers::calls(1, failures, took));
    }

    /// One read that an old value served.
    pub(crate) fn served_stale(&self, request: &SecretRequest) {
        let numbers = Numbers { stale: 1, ..Numbers::default() };
        self.line(request.id().as_str(), "stale", numbers);
    }

    /// The load of several secrets.
    pub(crate) fn loaded(&self, secrets: &str, calls: usize, failures: usize, took: Duration) {
        let outcome = if failures == 0 { "read" } else { "failed" };
        self.line(secrets, outcome, Numbers::calls(calls, failures, took));
    }

    fn line(&self, secret: &str, outcome: &str, numbers: Numbers) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").ok();
        let dimensions = if function.is_some() { json!([["FunctionName"]]) } else { json!([[]]) };
        let mut metrics = vec![
            json!({"Name": "Fetches", "Unit": "Count"}),
            json!({"Name": "Failures", "Unit": "Count"}),
            json!({"Name": "StaleServed", "Unit": "Count"}),
        ];
        let mut line = json!({
            "Fetches": numbers.calls,
            "Failures": numbers.failures,
            "StaleServed": numbers.stale,
            "Secret": secret,
            "Outcome": outcome,
        });
        if let Some(took) = numbers.took {
            metrics.push(json!({"Name": "Latency", "Unit": "Milliseconds"}));
            // to the microsecond
            line["Latency"] = json!(took.as_micros() as f64 / 1_000.0);
        }
        if let Some(function) = function {
            line["FunctionName"] = Value::String(function);
        }
        line["_aws"] = json!({
            "Timestamp": u64::try_from(now.as_millis()).unwrap_or_default(),
            "CloudWatchMetrics": [{
                "Namespace": self.namespace,
                "Dimensions": dimensions,
                "Metrics": metrics,
            }],
        });
        (self.sink)(&line.to_string());
    }
}

#[derive(Default)]
struct Numbers {
    calls: usize,
    failures: usize,
    stale: usize,
    took: Option<Duration>,
}

impl Numbers {
    fn calls(calls: usize, failures: usize, took: Duration) -> Self {
        Self { calls, failures, stale: 0, took: Some(took) }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}
