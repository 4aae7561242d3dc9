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
            let Some(what) = looks_like_value(text) else { continue };
            let place = path.last().filter(|key| looks_like_value(key).is_none());
            let place = place.map_or("the text".to_owned(), |key| format!("`{key}`"));
            spots.at(span, format!("{place} holds what looks like {what}"));
        }
    });
}
