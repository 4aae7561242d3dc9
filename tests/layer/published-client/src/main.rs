//! Reads a secret as the documentation of the client says, and prints the values of the named keys.
//!
//! The client knows nothing of this project: it was written for AWS's Parameters and Secrets extension.

use std::io::Write;

use aws_parameters_and_secrets_lambda::{Manager, QueryBuilder};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("usage: published-client SECRET KEY…")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let manager = Manager::default();
        let secret = manager.get_secret(&name);
        let labelled = manager.get_secret(QueryBuilder::new(&name).with_version_stage("AWSCURRENT"));
        if secret.get_raw().await? != labelled.get_raw().await? {
            return Err("the label of the current version names another one".into());
        }
        for key in arguments {
            writeln!(std::io::stdout(), "{}", secret.get_single(key).await?)?;
        }
        Ok(())
    })
}
