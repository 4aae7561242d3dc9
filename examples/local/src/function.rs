//! A program as a Lambda function: a Runtime API beside it, one event after the other, and its end.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use lambda_simulator::{InvocationStatus, Simulator};
use serde_json::{Value, json};

use crate::Failure;

/// For how long an answer is waited for; starting is part of the first one.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether the function still runs.
const GLANCE: Duration = Duration::from_millis(20);

/// Starts the function, prints what it answers to each event, and stops it.
///
/// Gives 1 where an answer is an error, as Lambda's own command line does not.
pub(crate) async fn run(
    mut command: Command,
    name: &str,
    region: &str,
    events: &[Value],
) -> Result<u8, Failure> {
    let simulator = Simulator::builder().function_name(name).region(region).build().await;
    let simulator = simulator.map_err(|error| Failure::new(format!("no Runtime API: {error}")))?;
    let endpoint: Vec<_> =
        command.get_envs().map(|(k, v)| (k.to_owned(), v.map(ToOwned::to_owned))).collect();
    // a variable of the caller's would win over a secret
    command.env_clear().envs(simulator.lambda_env_vars());
    command.envs(endpoint.into_iter().filter_map(|(name, value)| Some((name, value?))));
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command.spawn();
    let child =
        child.map_err(|error| Failure::new(format!("`{program}` cannot be started: {error}")))?;
    let mut function = Function { simulator, child };
    let mut code = 0;
    for event in events {
        let (answer, failed) = function.ask(event.clone()).await?;
        println!("{answer}");
        code |= u8::from(failed);
    }
    Ok(code)
}

struct Function {
    simulator: Simulator,
    child: Child,
}

impl Function {
    /// Returns the answer, and whether it is an error.
    async fn ask(&mut self, event: Value) -> Result<(Value, bool), Failure> {
        let id = self.simulator.enqueue_payload(event).await;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let waited = self.simulator.wait_for_invocation_complete(&id, GLANCE);
            // the simulator's own patience is one glance; the last one decides
            let Some(state) = self.glance(waited.await.ok()).await? else { continue };
            return Ok(match (state.status, state.response, state.error) {
                (InvocationStatus::Success, Some(response), _) => (response.payload, false),
                (_, _, Some(error)) => (
                    json!({"errorType": error.error_type, "errorMessage": error.error_message}),
                    true,
                ),
                (status, ..) => (json!({"status": format!("{status:?}")}), true),
            });
        }
        Err(Failure::new(format!("no answer in {} s", PATIENCE.as_secs())))
    }

    /// Passes an answer on; without one, finds out whether any is to come.
    async fn glance<T>(&mut self, answered: Option<T>) -> Result<Option<T>, Failure> {
        if answered.is_some() {
            return Ok(answered);
        }
        let ended = self.child.try_wait().map_err(|error| Failure::new(error.to_string()))?;
        match (self.simulator.get_init_error().await, ended) {
            (Some(error), _) => Err(Failure::new(format!("the function did not start: {error}"))),
            (None, Some(status)) => Err(Failure::new(format!("the function ended: {status}"))),
            (None, None) => Ok(None),
        }
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
