//! What is no YAML, or more YAML than a manifest needs.

use crate::bad;

#[test]
fn an_empty_file() {
    bad(
        r#"
"#,
        &[
            "1:1 missing-field: the manifest is empty | it starts with `project`, `region` and `environments`",
        ],
    );
}

#[test]
fn a_file_of_comments() {
    bad(
        r#"
# project: p
"#,
        &[
            "1:1 missing-field: the manifest is empty | it starts with `project`, `region` and `environments`",
        ],
    );
}

#[test]
fn a_file_that_is_null() {
    bad(
        r#"
~
"#,
        &[
            "1:1 missing-field: the manifest is empty | it starts with `project`, `region` and `environments`",
        ],
    );
}

#[test]
fn a_list_at_the_top() {
    bad(
        r#"
- project
- region
"#,
        &[
            "1:1 wrong-type: the manifest must be a mapping, not a list | it starts with `project: my-project`",
        ],
    );
}

#[test]
fn a_text_at_the_top() {
    bad(
        r#"
project p
"#,
        &[
            "1:1 wrong-type: the manifest must be a mapping, not a text | it starts with `project: my-project`",
        ],
    );
}

#[test]
fn a_tab_for_indentation() {
    bad(
        r#"
project: p
environments:
	dev: {}
"#,
        &[
            "3:1 syntax: a tab is used for indentation | YAML is indented with spaces: put two of them in place of the tab",
        ],
    );
}

#[test]
fn a_tab_in_a_line_below_a_text_that_could_go_on() {
    let text = "secrets:\n  api-keys:\n    description: keys\n";
    for (more, line) in [
        ("\tkeys: [A]\n", 4),
        ("      of the API\n\tkeys: [A]\n", 5),
        ("\n\tkeys: [A]\n", 5),
        ("\t\n      of the API\n  \n\tkeys: [A]", 7),
    ] {
        let text = format!("{text}{more}");
        let expected = format!(
            "{line}:1 syntax: a tab is used for indentation | YAML is indented with spaces: put two of them in place of the tab"
        );
        for text in [text.replace('\n', "\r\n"), text] {
            bad(&text, &[&expected]);
        }
    }
}

#[test]
fn a_tab_behind_a_colon() {
    bad(
        "project:\tshop\nregion:\tus-west-2\n",
        &[
            "1:10 syntax: a tab stands where a space belongs, behind a `:` | put a space in place of the tab",
        ],
    );
}

#[test]
fn a_quote_that_is_not_closed() {
    bad(
        r#"
project: "p
region: us-west-2
"#,
        &[
            "1:10 syntax: a quote is opened and not closed, or a line of the quoted text is out of place | close the quote in the same line",
        ],
    );
}

#[test]
fn a_bracket_that_is_not_closed() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets:
  config: { keys: [A, B }
"#,
        &[
            "6:25 syntax: a `{` or `[` is not closed, or a comma is missing | close it, and put a comma between the items",
        ],
    );
}

#[test]
fn a_second_colon_in_a_line() {
    bad(
        r#"
project: my: project
"#,
        &[
            "1:12 syntax: a second `:` in one line | put the text in quotes if it holds `: `, or start a new line and indent it",
        ],
    );
}

#[test]
fn a_line_out_of_place() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
 region: us-west-2
"#,
        &[
            "5:2 syntax: the line does not fit the lines above it | give it the indentation of its neighbours, and end each key with `:`",
        ],
    );
}

#[test]
fn a_key_without_colon() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets:
  config
  other: {}
"#,
        &[
            "7:8 syntax: the line does not fit the lines above it | give it the indentation of its neighbours, and end each key with `:`",
        ],
    );
}

#[test]
fn a_key_given_twice() {
    bad(
        r#"
project: p
region: us-west-2
project: q
environments: { dev: }
"#,
        &["3:1 duplicate-key: `project` is given twice | keep one of the two"],
    );
}

#[test]
fn a_secret_given_twice() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets:
  a: {}
  b: {}
  a: { type: string }
"#,
        &["8:3 duplicate-key: `a` is given twice | keep one of the two"],
    );
}

#[test]
fn a_key_of_a_secret_given_twice() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { a: { keys: { X: , Y: , X: } } }
"#,
        &["5:35 duplicate-key: `X` is given twice | keep one of the two"],
    );
}

#[test]
fn two_documents() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
---
project: q
"#,
        &[
            "5:1 syntax: a second YAML document starts here | one file holds one manifest: remove the `---` or use a second file",
        ],
    );
}

#[test]
fn a_merge_key() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets:
  a: &a { type: string }
  b:
    <<: *a
"#,
        &[
            "8:5 syntax: the merge key `<<` is not supported | write the fields out, use an alias for the whole value, or `overrides`",
        ],
    );
}

#[test]
fn a_tag() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets:
  a: { description: !!str 7 }
"#,
        &[
            "6:21 syntax: YAML tags are not used in a manifest | remove the `!…`; a text that looks like a number goes in quotes",
        ],
    );
}

#[test]
fn an_alias_of_nothing() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: *common
"#,
        &[
            "5:10 syntax: `*` refers to an anchor that does not exist | define it first with `&name`",
        ],
    );
}

#[test]
fn an_alias_of_itself() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: &a { x: *a }
"#,
        &["5:18 syntax: an alias lies inside the value that it stands for | write the value out"],
    );
}

#[test]
fn a_key_that_is_a_list() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets:
  ? [a, b]
  : {}
"#,
        &["6:6 wrong-type: a key must be a text, not a list | put it in quotes"],
    );
}

#[test]
fn a_key_that_is_a_number() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets:
  7: {}
  true: {}
  ~: {}
"#,
        &[
            "6:3 wrong-type: a key must be a text, not a number | put it in quotes",
            "7:3 wrong-type: a key must be a text, not true or false | put it in quotes",
            "8:3 wrong-type: a key must be a text, not nothing | put it in quotes",
        ],
    );
}

#[test]
fn an_escape_that_yaml_does_not_know() {
    bad(
        r#"
project: "\q"
"#,
        &[
            r#"1:10 syntax: an escape that YAML does not know | use single quotes, where `\` is plain text"#,
        ],
    );
}
