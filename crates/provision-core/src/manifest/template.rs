//! Templates of physical names: text with `{project}`, `{env}`, `{secret}`, `{function}`.
//!
//! Nothing else stands in braces, and braces cannot be escaped: no name that AWS takes holds one.

/// What the placeholders of a template stand for; those that are `None` are not allowed in it
#[derive(Debug, Clone, Copy)]
pub struct Placeholders<'p> {
    /// `{project}`
    pub project: &'p str,
    /// `{env}`
    pub env: &'p str,
    /// `{secret}`, the secret's name in the manifest
    pub secret: Option<&'p str>,
    /// `{function}`, the function's name in the manifest
    pub function: Option<&'p str>,
}

/// Why a template cannot be filled in
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// it has a placeholder that means nothing here
    #[error("there is no placeholder `{{{name}}}` here")]
    UnknownPlaceholder {
        /// the text between the braces
        name: String,
        /// what may stand there
        allowed: Vec<&'static str>,
    },
    /// a brace is opened and not closed, or closed and not opened
    #[error("a brace has no counterpart")]
    Unbalanced,
}

impl Placeholders<'_> {
    /// Returns the template with its placeholders filled in
    pub fn fill(&self, template: &str) -> Result<String, TemplateError> {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(brace) = rest.find(['{', '}']) {
            let (text, opened) = rest.split_at(brace);
            filled.push_str(text);
            let inner = opened.strip_prefix('{').ok_or(TemplateError::Unbalanced)?;
            let (name, behind) = inner.split_once('}').ok_or(TemplateError::Unbalanced)?;
            if name.contains('{') {
                return Err(TemplateError::Unbalanced);
            }
            filled.push_str(self.value(name)?);
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, name: &str) -> Result<&str, TemplateError> {
        let known = self.known();
        match known.iter().find(|(placeholder, _)| *placeholder == name) {
            Some((_, value)) => Ok(value),
            None => Err(TemplateError::UnknownPlaceholder {
                name: name.to_owned(),
                allowed: known.iter().map(|(placeholder, _)| *placeholder).collect(),
            }),
        }
    }

    fn known(&self) -> Vec<(&'static str, &str)> {
        [
            ("project", Some(self.project)),
            ("env", Some(self.env)),
            ("secret", self.secret),
            ("function", self.function),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Placeholders<'_> =
        Placeholders { project: "miyabi", env: "dev", secret: None, function: None };

    #[test]
    fn placeholders_are_filled_in() {
        assert_eq!(KEY.fill("alias/{project}/{env}-{env}").unwrap(), "alias/miyabi/dev-dev");
        assert_eq!(KEY.fill("alias/plain").unwrap(), "alias/plain");
    }

    #[test]
    fn what_is_not_allowed_is_named_with_what_is() {
        let error = KEY.fill("alias/{secret}").unwrap_err();
        let allowed = vec!["project", "env"];
        assert_eq!(error, TemplateError::UnknownPlaceholder { name: "secret".into(), allowed });
    }

    #[test]
    fn braces_come_in_pairs() {
        for template in ["{project", "project}", "}{", "{", "a{env}b}", "{project/{env}"] {
            assert_eq!(KEY.fill(template), Err(TemplateError::Unbalanced), "{template}");
        }
    }
}
