//! What a document decides on one request, by AWS's rules and nothing of the crate under test: for
//! key policies, which no published evaluator reads as KMS does, and for growth.

use std::collections::{BTreeMap, BTreeSet};

use provision_core::policy::evaluation::{Answer, Call, Caller, Context, Judge};
use provision_core::policy::{Document, Effect, Selection, Statement};

/// One call
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// the caller: the principal's type, and each way to name it, such as role and account
    pub(crate) principal: Option<(String, Vec<String>)>,
    pub(crate) action: String,
    /// none where a role is assumed
    pub(crate) resource: Option<String>,
    pub(crate) context: BTreeMap<String, Vec<String>>,
}

/// Returns whether `document` by itself lets the call pass
pub(crate) fn allows(document: &Document, request: &Request) -> bool {
    let applies =
        |effect| document.statements.iter().any(|s| s.effect == effect && applies(s, request));
    applies(Effect::Allow) && !applies(Effect::Deny)
}

/// What the evaluator of the crate decides on the same call, where all of the context is told
pub(crate) fn decided(judge: &Judge, request: &Request) -> Answer {
    let caller = match &request.principal {
        Some((kind, names)) if kind == "AWS" => {
            let arn = names.first().cloned().unwrap_or_default();
            let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
            Caller::Principal { arn, account }
        }
        Some((_, names)) => Caller::Service(names.first().cloned().unwrap_or_default()),
        None => Caller::Service(String::new()),
    };
    // a key that is not given is not there: every key begins with nothing
    let context = request.context.iter().fold(Context::default(), |context, (key, values)| {
        match values.as_slice() {
            [one] => context.with(key, one.as_str()),
            _ => panic!("a key of several values: {key}"),
        }
    });
    let context = context.without_others("");
    let Request { action, resource, .. } = request;
    let call = Call { caller, action: action.clone(), resource: resource.clone(), context };
    judge.rule(&call).passes()
}

fn applies(statement: &Statement, request: &Request) -> bool {
    let Statement { sid: _, effect: _, principals, actions, resources, conditions } = statement;
    let context = &request.context;
    let is_action = |named: &BTreeSet<String>| {
        named.iter().any(|action| {
            action.eq_ignore_ascii_case(&request.action)
                || (action.contains(['*', '?'])
                    && glob(
                        &tokens(&action.to_lowercase(), context),
                        &request.action.to_lowercase(),
                    ))
        })
    };
    let is_caller = |named: &BTreeMap<String, BTreeSet<String>>| {
        let Some((kind, names)) = &request.principal else { return false };
        named.get(kind).is_some_and(|values| {
            values.iter().any(|v| names.contains(v) || (v == "*" && kind == "AWS"))
        })
    };
    let is_resource = |named: &BTreeSet<String>| {
        request.resource.as_ref().is_some_and(|resource| {
            named.iter().any(|pattern| glob(&resource_tokens(pattern, context), resource))
        })
    };
    let resource_fits = || match resources {
        None => request.resource.is_none(),
        Some(selection) => request.resource.is_some() && holds(selection, is_resource),
    };
    let conditions_fit = || {
        conditions.iter().all(|(operator, keys)| {
            keys.iter().all(|(key, values)| {
                let found = context.iter().find(|(k, _)| k.eq_ignore_ascii_case(key));
                fits(operator, found.map(|(_, values)| values.as_slice()), values, context)
            })
        })
    };
    holds(actions, is_action)
        && principals.as_ref().is_none_or(|selection| holds(selection, is_caller))
        && resource_fits()
        && conditions_fit()
}

fn holds<T>(selection: &Selection<T>, fits: impl Fn(&T) -> bool) -> bool {
    match selection {
        Selection::Only(named) => fits(named),
        Selection::AllBut(named) => !fits(named),
    }
}

fn fits(
    operator: &str,
    found: Option<&[String]>,
    values: &BTreeSet<String>,
    context: &BTreeMap<String, Vec<String>>,
) -> bool {
    let (every, operator) = match operator.split_once(':') {
        Some(("ForAllValues", rest)) => (true, rest),
        Some((_, rest)) => (false, rest),
        None => (false, operator),
    };
    if operator == "Null" {
        return values.contains(&found.is_none().to_string());
    }
    let (if_exists, operator) = match operator.strip_suffix("IfExists") {
        Some(rest) => (true, rest),
        None => (false, operator),
    };
    let negated = operator.contains("Not");
    let positive = operator.replace("Not", "");
    let Some(found) = found else { return if_exists || negated || every };
    let one = |text: &String| {
        values.iter().any(|value| compare(&positive, value, text, context)) != negated
    };
    if every { found.iter().all(one) } else { found.iter().any(one) }
}

fn compare(
    operator: &str,
    value: &str,
    text: &str,
    context: &BTreeMap<String, Vec<String>>,
) -> bool {
    match operator {
        _ if value == text && !value.contains(['$', '?', '*']) => true,
        "StringEquals" | "Bool" => {
            let expected: String = tokens(value, context)
                .into_iter()
                .map(|token| match token {
                    Token::Text(c) => c,
                    Token::One => '?',
                    Token::Any => '*',
                    Token::AnyInSegment => unreachable!("only in resources"),
                })
                .collect();
            expected == text
        }
        "StringLike" => glob(&tokens(value, context), text),
        "ArnEquals" | "ArnLike" => {
            let (fields, found): (Vec<_>, Vec<_>) =
                (value.splitn(6, ':').collect(), text.splitn(6, ':').collect());
            fields.len() == 6
                && found.len() == 6
                && fields.iter().zip(found).all(|(f, t)| glob(&tokens(f, context), t))
        }
        other => panic!("no rule for the operator `{other}`"),
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    Text(char),
    One,
    Any,
    AnyInSegment,
}

/// Variables become the caller's text, in which a star is a star
fn tokens(pattern: &str, context: &BTreeMap<String, Vec<String>>) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if let Some((name, after)) = rest.strip_prefix("${").and_then(|r| r.split_once('}')) {
            let text = context.get(name).and_then(|values| values.first());
            out.extend(text.into_iter().flat_map(|t| t.chars()).map(Token::Text));
            rest = after;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        out.push(match c {
            '*' => Token::Any,
            '?' => Token::One,
            c => Token::Text(c),
        });
    }
    out
}

/// In an ARN a star passes a colon only at the end of a segment
fn resource_tokens(pattern: &str, context: &BTreeMap<String, Vec<String>>) -> Vec<Token> {
    let mut tokens = tokens(pattern, context);
    for i in 0..tokens.len() {
        let at_end = matches!(tokens.get(i + 1), None | Some(Token::Text(':')));
        if tokens[i] == Token::Any && !at_end {
            tokens[i] = Token::AnyInSegment;
        }
    }
    tokens
}

fn glob(pattern: &[Token], text: &str) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return text.is_empty() };
    let next = text.chars().next();
    let after = next.map(|c| &text[c.len_utf8()..]);
    match (first, next, after) {
        (Token::Any, _, Some(after)) => glob(rest, text) || glob(pattern, after),
        (Token::AnyInSegment, Some(c), Some(after)) => {
            glob(rest, text) || (c != ':' && glob(pattern, after))
        }
        (Token::Any | Token::AnyInSegment, _, _) => glob(rest, text),
        (Token::One, _, Some(after)) => glob(rest, after),
        (Token::Text(c), Some(found), Some(after)) => *c == found && glob(rest, after),
        _ => false,
    }
}
