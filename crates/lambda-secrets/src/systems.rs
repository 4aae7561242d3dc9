//! Five applications that this crate was built for, and how each of them reads its secrets.
//!
//! They are written in Python; here is what their own documents show, in Rust. Every example
//! compiles, and those that need no account run as tests.
//!
//! # A function with its secrets in the environment
//!
//! Loads `miyabi/prod/api-keys` and `miyabi/prod/config` on a cold start, and skips that outside
//! Lambda, where a `.env` file serves:
//!
//! ```
//! fn main() -> Result<(), lambda_secrets::Error> {
//!     // before the async runtime starts: writing the environment is only sound on one thread
//!     lambda_secrets::load_secrets_to_env("miyabi", "prod")?;
//!
//!     // these now come from Secrets Manager in Lambda
//!     let github_token = std::env::var("GITHUB_TOKEN").unwrap_or_default();
//!     let access_token = std::env::var("MIYABI_ACCESS_TOKEN").unwrap_or_default();
//! #   let _ = (github_token, access_token);
//!     Ok(())
//! }
//! ```
//!
//! A specific secret:
//!
//! ```no_run
//! # async fn read() -> Result<(), lambda_secrets::Error> {
//! let secrets = lambda_secrets::Secrets::from_env()?;
//! // the entire secret
//! let api_keys = secrets.get_secret("miyabi/prod/api-keys").await?;
//! // a specific key
//! let github_token = secrets.get_secret_value("miyabi/prod/api-keys", "GITHUB_TOKEN").await?;
//! # let _ = (api_keys, github_token);
//! # Ok(())
//! # }
//! ```
//!
//! # An application with sections in its configuration
//!
//! One secret by its ARN, whose keys are paths: `openai.key` arrives as `OPENAI__KEY`,
//! `github.webhook_secret` as `GITHUB__WEBHOOK_SECRET`. What is in the environment wins, and where
//! Secrets Manager does not answer a line at DEBUG is all there is:
//!
//! ```
//! use lambda_secrets::{Loader, log_level};
//!
//! fn main() -> Result<(), lambda_secrets::Error> {
//!     let level = log_level("CONFIG__LOG_LEVEL");
//!     // AWS_SECRETS_MANAGER__SECRET_ARN, AWS_SECRETS_MANAGER__REGION_NAME, CONFIG__SECRET_PROVIDER
//!     Loader::from_sectioned_env().load()?;
//! #   let _ = level;
//!     Ok(())
//! }
//! ```
//!
//! Storing a secret, never over a value that was not seen:
//!
#![cfg_attr(feature = "write", doc = "```no_run")]
#![cfg_attr(not(feature = "write"), doc = "```ignore")]
//! # async fn store() -> Result<(), lambda_secrets::Error> {
//! let secrets = lambda_secrets::Secrets::from_env()?;
//! let name = "pr-agent/webhook-secret";
//! secrets.store(name, lambda_secrets::SecretValue::Text("…".into())).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # An application with a prefix for its settings and its secrets
//!
//! ```
//! use lambda_secrets::SecretsBuilder;
//!
//! # async fn read() -> Result<(), lambda_secrets::Error> {
//! // AGENT_ETL_SECRET_PROVIDER, AGENT_ETL_AWS_SECRETS_REGION, AGENT_ETL_AWS_SECRETS_PREFIX and
//! // AGENT_ETL_AWS_SECRETS_CACHE_TTL
//! let secrets = SecretsBuilder::from_prefixed_env("AGENT_ETL")?.build()?;
//!
//! let api_key = secrets.get_value_or("api_key", "fallback-key").await;
//! # use lambda_secrets::secrecy::ExposeSecret;
//! # assert_eq!(api_key.expose_secret(), "fallback-key");
//!
//! // cache statistics
//! let stats = secrets.stats();
//! println!("Cache entries: {}", stats.entries);
//! println!("Valid entries: {}", stats.valid);
//! println!("Expired entries: {}", stats.expired);
//! // clear the cache to force a refresh
//! secrets.clear_cache();
//!
//! // test the connection
//! match secrets.check().await {
//!     Ok(_) => println!("AWS Secrets Manager integration: OK"),
//!     Err(error) => println!("AWS Secrets Manager error: {error}"),
//! }
//! # assert!(secrets.check().await.is_ok());
//! # Ok(())
//! # }
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
//! # runtime.expect("a runtime").block_on(read()).expect("the environment is enough");
//! ```
//!
//! The same without variables, and a secret of several values as a struct, as `config.database` is:
//!
//! ```no_run
//! use lambda_secrets::{Secrets, Source};
//!
//! #[derive(serde::Deserialize)]
//! struct Database {
//!     username: String,
//!     password: String,
//!     host: String,
//! }
//!
//! # async fn read() -> Result<(), lambda_secrets::Error> {
//! let secrets = Secrets::builder()
//!     .region("us-west-2")
//!     .prefix("myapp/")
//!     // falls back to the environment if AWS fails
//!     .chain([Source::Aws, Source::Environment])
//!     .build()?;
//! let db_password = secrets.get_value("db_password").await?;
//! let api_key = secrets.get_value_or("api_key", "fallback-key").await;
//! let database: Database = secrets.typed("database").await?;
//! # let _ = (db_password, api_key, database.username, database.password, database.host);
//! # Ok(())
//! # }
//! ```
//!
//! In development `AGENT_ETL_SECRET_PROVIDER=env` takes the same values from variables, such as
//! `AGENT_ETL_DB_PASSWORD`, and the code stays as it is:
//!
//! ```
//! use lambda_secrets::SecretsBuilder;
//!
//! # async fn read() -> Result<(), lambda_secrets::Error> {
//! let secrets = SecretsBuilder::from_prefixed_env("AGENT_ETL")?.build()?;
//! let value = secrets.get_value_or("test_key", "test-works").await;
//! # use lambda_secrets::secrecy::ExposeSecret;
//! # assert_eq!(value.expose_secret(), "test-works");
//! # Ok(())
//! # }
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
//! # runtime.expect("a runtime").block_on(read()).expect("the environment is enough");
//! ```
//!
//! # Many functions and one key of a model's provider
//!
//! The Python functions read it through a layer. A Rust function reads it like this, with several
//! keys in turn where the secret lists several:
//!
//! ```no_run
//! use lambda_secrets::Secrets;
//! use lambda_secrets::llm::KeyPool;
//!
//! # async fn read() -> Result<(), lambda_secrets::Error> {
//! let secrets = Secrets::from_env()?;
//! let api_key = secrets.get_secret_value("meta-agents/openai", "api_key").await?;
//!
//! let pool = KeyPool::new(&secrets, "meta-agents/openai").await?;
//! let key = pool.next().await?;
//! // the provider answers that it does not know the key
//! let another = pool.report_rejected(&key).await?;
//! # let _ = (api_key, another);
//! # Ok(())
//! # }
//! ```
//!
//! # A backend that runs on AWS and on a laptop
//!
//! One provider's credentials in place, by `LLM_PROVIDER` and `OPENAI_SECRET_NAME`:
//!
//! ```no_run
//! fn main() -> Result<(), lambda_secrets::Error> {
//!     let loaded = lambda_secrets::llm::load_provider(None)?;
//!     println!("Provider: {}", loaded.provider());
//!     println!("API key loaded: {}", loaded.source().is_some());
//!     Ok(())
//! }
//! ```
//!
//! A model on the machine itself needs no credentials:
//!
//! ```
//! # fn main() -> Result<(), lambda_secrets::Error> {
//! let loaded = lambda_secrets::llm::load_provider(Some("local"))?;
//! assert!(loaded.source().is_none() && loaded.written().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! One secret by its name, where it is no error that there is none:
//!
//! ```no_run
//! # async fn read() -> Result<(), lambda_secrets::Error> {
//! let secrets = lambda_secrets::Secrets::from_env()?;
//! match secrets.get_secret_value("prod/llm/openai", "api_key").await {
//!     Ok(api_key) => println!("API key: {api_key:?}"), // shows no value
//!     Err(error) if error.kind() == "not_found" => println!("Secret not found"),
//!     Err(error) => return Err(error),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Secrets by hand, from AWS or from `SECRET_prod_llm_openai` in the environment or in `.env`:
//!
#![cfg_attr(feature = "dotenv", doc = "```no_run")]
#![cfg_attr(not(feature = "dotenv"), doc = "```ignore")]
//! use lambda_secrets::{Secrets, Source};
//!
//! # async fn read() -> Result<(), lambda_secrets::Error> {
//! let secrets = Secrets::builder()
//!     .region("us-east-1")
//!     .chain([Source::Aws, Source::Environment, Source::DotEnv])
//!     .build()?;
//!
//! let secret = secrets.get_secret("prod/aws/bedrock").await?;
//! let access_key = secret.key("access_key_id")?;
//! let secret_key = secret.key("secret_access_key")?;
//!
//! let api_key = secrets.get_secret_value("prod/llm/openai", "api_key").await?;
//! # let _ = (access_key, secret_key, api_key);
//! # Ok(())
//! # }
//! ```
//!
//! On a laptop, with `SECRET_dev_llm_openai` in the environment and AWS out of the question:
//!
//! ```
//! use lambda_secrets::{Secrets, Source};
//!
//! # async fn read() -> Result<(), lambda_secrets::Error> {
//! let secrets = Secrets::builder().chain([Source::Environment]).build()?;
//! let api_key = secrets.get_value("dev_llm_openai").await?;
//! # let _ = api_key;
//! # Ok(())
//! # }
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
//! # let error = runtime.expect("a runtime").block_on(read()).expect_err("the variable is not set");
//! # assert!(error.to_string().contains("SECRET_dev_llm_openai"), "{error}");
//! ```
