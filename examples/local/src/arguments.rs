//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use serde_json::Value;

/// What is asked for.
#[derive(Debug)]
pub(crate) enum Asked {
    Help,
    Version,
    Run(Arguments),
}

/// What is to be run, and against what.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) state: PathBuf,
    pub(crate) region: String,
    /// The name under which the program runs as a Lambda function; without one it is none.
    pub(crate) function: Option<String>,
    pub(crate) events: Vec<Value>,
    pub(crate) program: OsString,
    pub(crate) rest: Vec<OsString>,
}

impl Asked {
    /// Returns what the arguments say, or what is wrong with them.
    pub(crate) fn parse(mut given: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let (mut state, mut region) = (PathBuf::from(".provision"), "us-west-2".to_owned());
        let (mut function, mut events) = (None, Vec::new());
        loop {
            let option = given.next().ok_or("no program is given behind `--`")?;
            if option == "--" {
                break;
            }
            let name = option.to_string_lossy().into_owned();
            match name.as_str() {
                "-h" | "--help" => return Ok(Self::Help),
                "-V" | "--version" => return Ok(Self::Version),
                "--state" | "--region" | "--function" | "--event" => {}
                _ if name.starts_with('-') => {
                    return Err(format!("`{name}` is no option of this program"));
                }
                _ => return Err(format!("the program stands behind `--`: `-- {name} …`")),
            }
            let value = given.next().ok_or_else(|| format!("`{name}` has no value"))?;
            let text = value.to_string_lossy().into_owned();
            match name.as_str() {
                "--state" => state = PathBuf::from(value),
                "--region" => region = text,
                "--function" => function = Some(text),
                // the last of the four
                _ => {
                    let event = serde_json::from_str(&text);
                    events.push(event.map_err(|error| format!("the event is no JSON: {error}"))?);
                }
            }
        }
        if function.is_none() && !events.is_empty() {
            return Err("events go to a `--function`".to_owned());
        }
        let program = given.next().ok_or("no program is given behind `--`")?;
        let rest = given.collect();
        Ok(Self::Run(Arguments { state, region, function, events, program, rest }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Asked, String> {
        Asked::parse(words.iter().map(OsString::from))
    }

    #[test]
    fn options_stand_before_the_program_and_its_own_behind() {
        let words = ["--region", "r", "--function", "f", "--event", "{}", "--", "p", "--region"];
        let Asked::Run(found) = parse(&words).unwrap() else { panic!("it is to be run") };
        assert_eq!((found.region.as_str(), found.function.as_deref()), ("r", Some("f")));
        assert_eq!((found.events.len(), found.program), (1, OsString::from("p")));
        assert_eq!(found.rest, ["--region"]);
    }

    #[test]
    fn help_and_version_are_of_this_program_before_the_dashes_alone() {
        assert!(matches!(parse(&["--help"]), Ok(Asked::Help)));
        assert!(matches!(parse(&["--region", "r", "-h"]), Ok(Asked::Help)));
        assert!(matches!(parse(&["--version"]), Ok(Asked::Version)));
        assert!(matches!(parse(&["--", "p", "--help"]), Ok(Asked::Run(_))));
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        for (words, told) in [
            (&[][..], "no program"),
            (&["--"], "no program"),
            (&["--region"], "no value"),
            (&["--function", "f", "--event", "{", "--", "p"], "no JSON"),
            (&["--event", "{}", "--", "p"], "--function"),
            (&["--wrong", "x", "--", "p"], "--wrong"),
            (&["p", "--help"], "behind `--`"),
        ] {
            let error = parse(words).unwrap_err();
            assert!(error.contains(told), "{words:?}: {error}");
        }
    }
}
