//! Lines on stderr, which Lambda puts into the function's log group.
//!
//! One event is one line, because Lambda makes an event of every line. They follow the function's
//! own logging settings: JSON where `AWS_LAMBDA_LOG_FORMAT` says so, and nothing below
//! `AWS_LAMBDA_LOG_LEVEL`.

use std::fmt::Display;
use std::io::Write;
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format as TimeFormat;
use serde_json::json;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Json,
}

/// Where lines go, and which.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Log {
    form: Form,
    lowest: Level,
    program: &'static str,
}

impl Log {
    /// The log that the function's variables ask for.
    pub(crate) fn of_process(program: &'static str) -> Self {
        Self::of(program, &|name| std::env::var(name).ok())
    }

    fn of(program: &'static str, variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let json =
            variable("AWS_LAMBDA_LOG_FORMAT").is_some_and(|f| f.eq_ignore_ascii_case("json"));
        let level = variable("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default();
        let form = if json { Form::Json } else { Form::Text };
        Self { form, lowest: Level::Info, program }.at(&level)
    }

    /// The same log with the lowest level that `level` names.
    pub(crate) fn at(mut self, level: &str) -> Self {
        self.lowest = match level.to_ascii_uppercase().as_str() {
            "TRACE" | "DEBUG" => Level::Debug,
            "WARN" => Level::Warn,
            // an error is never hidden: it is why the function does not start
            "ERROR" | "FATAL" | "NONE" => Level::Error,
            _ => Level::Info,
        };
        self
    }

    /// Writes one line; a stderr that is gone is nobody's problem.
    pub(crate) fn line(&self, level: Level, message: &dyn Display) {
        if level >= self.lowest {
            let line = self.format(level, &message.to_string(), SystemTime::now());
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
        }
    }

    fn format(&self, level: Level, message: &str, now: SystemTime) -> String {
        let (level, program) = (level.name(), self.program);
        // names of secrets come from the function's configuration: they must not forge a line
        let message = message.replace(char::is_control, " ");
        match self.form {
            Form::Text => format!("{level} {program}: {message}\n"),
            Form::Json => {
                let time = DateTime::from(now).fmt(TimeFormat::DateTime).unwrap_or_default();
                let line = json!({
                    "timestamp": time, "level": level, "message": message, "logger": program,
                });
                format!("{line}\n")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn log(variables: &[(&str, &str)]) -> Log {
        Log::of("lambda-secrets", &|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_functions_settings_decide_form_and_level() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
        let text = log(&[]).format(Level::Info, "a\nb", time);
        assert_eq!(text, "INFO lambda-secrets: a b\n");
        let json = log(&[("AWS_LAMBDA_LOG_FORMAT", "JSON")]).format(Level::Error, "a\"b", time);
        let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(parsed["message"], "a\"b");
        assert_eq!(parsed["level"], "ERROR");
        assert_eq!(parsed["timestamp"], "2023-11-14T22:13:20.25Z");
        assert_eq!(json.lines().count(), 1);
        assert_eq!(log(&[("AWS_LAMBDA_LOG_LEVEL", "WARN")]).lowest, Level::Warn);
        assert_eq!(log(&[("AWS_LAMBDA_LOG_LEVEL", "FATAL")]).lowest, Level::Error);
    }
}
