//! What most programs name, for one `use`.
//!
//! ```no_run
//! use lambda_secrets::prelude::*;
//!
//! # async fn read() -> Result<(), Error> {
//! let secrets = Secrets::builder().chain([Source::Aws, Source::Environment]).build()?;
//! let key: SecretString = secrets.get_secret_value("shop/prod/api-keys", "STRIPE_KEY").await?;
//! let header = format!("Bearer {}", key.expose_secret());
//! # let _ = header;
//! # Ok(())
//! # }
//! ```

pub use secrecy::{ExposeSecret, SecretString};

pub use crate::{
    Error, Loader, OnFailure, Policy, Secret, SecretRequest, Secrets, Source, load_secrets_to_env,
};
