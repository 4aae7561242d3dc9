//! LS021: a secret value stands in the text.

use super::prelude::*;
use crate::manifest::looks_like_value;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS021",
    name: "value-in-text",
    severity: Severity::Error,
    title: "A secret value stands in the text",
    why: "Names, descriptions, tags, defaults and variables are shown to everybody who may look, and kept in every copy of the file.",
    hint: "take it out, replace the credential, and give the value with `provision set`",
    look: Look::Tree(look),
};

fn look(tree: &Node, context: &Context<'_>, spots: &mut Spots) {
    // the manifest's parser has looked by itself
    if context.subject.origin == Origin::Manifest {
        return;
    }
    tree.walk(&mut |path, node| {
        let texts = node.entries().iter().map(|(key, _)| (&key.value, key.span));
        let own = match &node.value {
            Value::Text(text) => Some((text, node.span)),
            Value::List(_) | Value::Map(_) => None,
        };
        for (text, span) in own.into_iter().chain(texts) {
            let named = without_digest(text, path.last() == Some(&"uses"));
            let Some(what) = looks_like_value(named) else { continue };
            let place = path.last().filter(|key| looks_like_value(key).is_none());
            let place = place.map_or("the text".to_owned(), |key| format!("`{key}`"));
            spots.at(span, format!("{place} holds what looks like {what}"));
        }
    });
}

/// The text without the digest of an image, or the commit of an action in a workflow: what is
/// behind an `@` there is known to everybody who has the image or the code
fn without_digest(text: &str, is_action: bool) -> &str {
    let is_hex = |text: &str, lengths: &[usize]| {
        lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
    };
    match text.rsplit_once('@') {
        Some((name, digest))
            if digest.strip_prefix("sha256:").is_some_and(|hex| is_hex(hex, &[64])) =>
        {
            name
        }
        Some((name, commit)) if is_action && is_hex(commit, &[40, 64]) => name,
        _ => text,
    }
}
