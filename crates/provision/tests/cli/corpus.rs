//! What .env files hold, each case imported into a secret of its own, run with, and compared.
//!
//! A case is a whole file. What is expected are the variables that a command has in the end.

use std::collections::BTreeMap;

use crate::workplace::Workplace;

const LOCAL: [&str; 3] = ["--env", "dev", "--local"];

struct Case {
    name: &'static str,
    file: &'static str,
    variables: &'static [(&'static str, &'static str)],
}

const fn case(
    name: &'static str,
    file: &'static str,
    variables: &'static [(&'static str, &'static str)],
) -> Case {
    Case { name, file, variables }
}

const PLAIN: &[Case] = &[
    case("one", "A=1\n", &[("A", "1")]),
    case("no line end at the end", "A=1", &[("A", "1")]),
    case("several", "A=1\nB=2\nC=3\n", &[("A", "1"), ("B", "2"), ("C", "3")]),
    case("empty lines", "\n\nA=1\n\n\nB=2\n\n", &[("A", "1"), ("B", "2")]),
    case("blanks around", "  A = 1  \n\tB\t=\t2\t\n", &[("A", "1"), ("B", "2")]),
    case("blanks inside", "A=one two  three\n", &[("A", "one two  three")]),
    case("empty value", "A=\nB=2\n", &[("A", ""), ("B", "2")]),
    case("empty at the end", "A=", &[("A", "")]),
    case("only blanks", "A=   \nB=2\n", &[("A", ""), ("B", "2")]),
    case("equals in the value", "A=b=c==\n", &[("A", "b=c==")]),
    case("base64", "A=aGVsbG8gd29ybGQ=\n", &[("A", "aGVsbG8gd29ybGQ=")]),
    case(
        "url with a query",
        "A=https://x.example/?a=1&b=2#top\n",
        &[("A", "https://x.example/?a=1&b=2#top")],
    ),
    case(
        "connection string",
        "A=postgres://u:p%40ss@db:5432/x?ssl=1\n",
        &[("A", "postgres://u:p%40ss@db:5432/x?ssl=1")],
    ),
    case("json", "A={\"a\":1,\"b\":[2,3]}\n", &[("A", "{\"a\":1,\"b\":[2,3]}")]),
    case("a quote inside", "A=it's\nB=say \"hi\"\n", &[("A", "it's"), ("B", "say \"hi\"")]),
    case("backslashes", "A=C:\\new\\table\n", &[("A", "C:\\new\\table")]),
    case(
        "dollar signs",
        "A=pa$$word\nB=$A\nC=${A}\n",
        &[("A", "pa$$word"), ("B", "$A"), ("C", "${A}")],
    ),
    case("shell words", "A=$(date)\nB=x`date`\n", &[("A", "$(date)"), ("B", "x`date`")]),
];

const NAMES: &[Case] = &[
    case("export", "export A=1\n", &[("A", "1")]),
    case("export and blanks", "export   A = 1\n", &[("A", "1")]),
    case("export and a tab", "export\tA=1\n", &[("A", "1")]),
    case("a name that is export", "export=1\nA=2\n", &[("export", "1"), ("A", "2")]),
    case("export with a quote", "export A='1 2'\n", &[("A", "1 2")]),
    case("lower case", "a=1\nlong_name=2\n", &[("a", "1"), ("long_name", "2")]),
    case("digits and underscores", "_A1=1\nA__2=2\n", &[("_A1", "1"), ("A__2", "2")]),
    case("dots become underscores", "openai.key=1\n", &[("OPENAI__KEY", "1")]),
    case("hyphens become underscores", "some-key=1\n", &[("some_key", "1")]),
    case("twice the same", "A=1\nA=1\n", &[("A", "1")]),
    case("terraform", "TF_VAR_token=1\nexport TF_VAR_url=\"2\"\n", &[("token", "1"), ("url", "2")]),
    case("byte order mark", "\u{feff}A=1\nB=2\n", &[("A", "1"), ("B", "2")]),
    case(
        "windows line ends",
        "A=1\r\nB=two words\r\n\r\nC='3'\r\n",
        &[("A", "1"), ("B", "two words"), ("C", "3")],
    ),
    case("windows and a mark", "\u{feff}# x\r\nA=1\r\n", &[("A", "1")]),
    case(
        "many",
        "A=1\nB=2\nC=3\nD=4\nE=5\nF=6\nG=7\nH=8\n",
        &[
            ("A", "1"),
            ("B", "2"),
            ("C", "3"),
            ("D", "4"),
            ("E", "5"),
            ("F", "6"),
            ("G", "7"),
            ("H", "8"),
        ],
    ),
];

const COMMENTS: &[Case] = &[
    case("a line", "# A=0\nA=1\n", &[("A", "1")]),
    case("behind blanks", "   # A=0\nA=1\n\t# B=0\n", &[("A", "1")]),
    case("behind a value", "A=1 # one\nB=2\t# two\n", &[("A", "1"), ("B", "2")]),
    case("without a blank it is a value", "A=1#one\nB=#2\n", &[("A", "1#one"), ("B", "#2")]),
    case("in place of a value", "A= # nothing\nB=2\n", &[("A", ""), ("B", "2")]),
    case(
        "in quotes it is a value",
        "A=\"1 # one\"\nB='2 # two'\n",
        &[("A", "1 # one"), ("B", "2 # two")],
    ),
    case("behind quotes", "A=\"1\" # one\nB='2'# two\n", &[("A", "1"), ("B", "2")]),
    case("with quotes in it", "A=1 # it's \"one\"\nB=2\n", &[("A", "1"), ("B", "2")]),
    case("the last line", "A=1\n# end", &[("A", "1")]),
    case("export in a comment", "#export A=0\nexport A=1\n", &[("A", "1")]),
    case("a colour", "A=\"#ff0000\"\nB=#ff0000\n", &[("A", "#ff0000"), ("B", "#ff0000")]),
    case("only blanks before it", "A=x  #  y\n", &[("A", "x")]),
];

const QUOTES: &[Case] = &[
    case("single", "A='1'\n", &[("A", "1")]),
    case("double", "A=\"1\"\n", &[("A", "1")]),
    case("backticks", "A=`1`\n", &[("A", "1")]),
    case("empty", "A=''\nB=\"\"\nC=``\n", &[("A", ""), ("B", ""), ("C", "")]),
    case("blanks are kept", "A=' 1 '\nB=\"\t2 \"\n", &[("A", " 1 "), ("B", "\t2 ")]),
    case(
        "one in the other",
        "A='say \"hi\"'\nB=\"it's\"\nC=`'\"`\n",
        &[("A", "say \"hi\""), ("B", "it's"), ("C", "'\"")],
    ),
    case("escaped quotes", "A=\"say \\\"hi\\\"\"\n", &[("A", "say \"hi\"")]),
    case("escapes in double", "A=\"a\\nb\\tc\\rd\\\\e\"\n", &[("A", "a\nb\tc\rd\\e")]),
    case("none in single", "A='a\\nb\\\\c'\n", &[("A", "a\\nb\\\\c")]),
    case("none in backticks", "A=`a\\nb`\n", &[("A", "a\\nb")]),
    case("other backslashes stay", "A=\"\\d+\\.\\w\"\n", &[("A", "\\d+\\.\\w")]),
    case("a backslash at the end", "A=\"x\\\\\"\nB='y\\'\n", &[("A", "x\\"), ("B", "y\\")]),
    case(
        "dollar signs",
        "A=\"$B ${C}\"\nB='$C'\nC=\"\\$5\"\n",
        &[("A", "$B ${C}"), ("B", "$C"), ("C", "$5")],
    ),
    case("json", "A='{\"a\":\"b\\nc\"}'\n", &[("A", "{\"a\":\"b\\nc\"}")]),
    case(
        "lines in double",
        "A=\"one\ntwo\n\nfour\"\nB=5\n",
        &[("A", "one\ntwo\n\nfour"), ("B", "5")],
    ),
    case("lines in single", "A='one\n  two'\nB=5\n", &[("A", "one\n  two"), ("B", "5")]),
    case("lines in backticks", "A=`one\ntwo`\nB=5\n", &[("A", "one\ntwo"), ("B", "5")]),
    case("windows lines", "A=\"one\r\ntwo\"\r\nB=5\r\n", &[("A", "one\ntwo"), ("B", "5")]),
    case(
        "what looks like a line",
        "A=\"one\nB=not this\n# nor this\"\nB=5\n",
        &[("A", "one\nB=not this\n# nor this"), ("B", "5")],
    ),
    case(
        "a private key",
        "A=\"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg==\n-----END PRIVATE KEY-----\n\"\n",
        &[("A", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg==\n-----END PRIVATE KEY-----\n")],
    ),
    case(
        "a private key on one line",
        "A=\"-----BEGIN KEY-----\\nMIIE\\n-----END KEY-----\\n\"\n",
        &[("A", "-----BEGIN KEY-----\nMIIE\n-----END KEY-----\n")],
    ),
    case(
        "other alphabets",
        "A=grüße\nB=\"日本語\"\nC='😀'\n",
        &[("A", "grüße"), ("B", "日本語"), ("C", "😀")],
    ),
    case(
        "blanks that are none",
        "A=a\u{a0}b\nB='\u{2003}'\n",
        &[("A", "a\u{a0}b"), ("B", "\u{2003}")],
    ),
    case(
        "control characters",
        "A=\"\u{1}\u{7f}\u{85}\u{2028}\"\n",
        &[("A", "\u{1}\u{7f}\u{85}\u{2028}")],
    ),
];

/// Files that are refused as a whole, with the line that is told
const REFUSED: &[(&str, &str, usize)] = &[
    ("no equals sign", "A=1\nnonsense\n", 2),
    ("no name", "=1\n", 1),
    ("a name with a blank", "A B=1\n", 1),
    ("a colon", "A: 1\n", 1),
    ("an open single quote", "A=1\nB='x\nC=2\n", 2),
    ("an open double quote", "A=\"x\n", 1),
    ("an open backtick", "A=`x\n", 1),
    ("text behind a quote", "A=\"x\"y\n", 1),
    ("two quotes", "A='x' 'y'\n", 1),
    ("an export alone", "export A\n", 1),
    ("a key without quotes", "A=-----BEGIN KEY-----\nMIIE\n", 2),
    ("two values for one key", "A=1\nB=2\nA=3\n", 3),
    ("a NUL byte", "A=1\nB=x\0y\n", 2),
];

/// Every case of a group in one environment: imported, run with, compared
fn round_trip(cases: &[Case]) {
    let mut manifest =
        "project: corpus\nregion: eu-west-1\nenvironments: { dev: {} }\nsecrets:\n".to_owned();
    for (number, case) in cases.iter().enumerate() {
        // the key behind a variable, where the two differ
        let keys = case.variables.iter().map(|(name, _)| match *name {
            "OPENAI__KEY" => "openai.key",
            "some_key" => "some-key",
            name => name,
        });
        let keys: Vec<String> = keys.map(|key| format!("\"{key}\"")).collect();
        manifest.push_str(&format!("  case{number}: {{ keys: [{}] }}\n", keys.join(", ")));
    }
    manifest.push_str("functions: { web: { reads: [case0] } }\n");
    let place = Workplace::applied(&manifest);
    for (number, Case { name, file, variables }) in cases.iter().enumerate() {
        place.write("values.env", file);
        let secret = format!("case{number}");
        let import = [&["import", "values.env", "--secret", &secret][..], &LOCAL].concat();
        let run = place.run(&import);
        assert_eq!(run.code, 0, "{name}: {}", run.stderr);
        let again = place.run(&import);
        assert!(again.stdout.contains("Nothing to do"), "{name}: {}", again.stdout);
        let run =
            place.run(&[&["run"][..], &LOCAL, &["--only", &secret, "--", "env", "-0"]].concat());
        assert_eq!(run.code, 0, "{name}: {}", run.stderr);
        let found: BTreeMap<&str, &str> =
            run.stdout.split_terminator('\0').filter_map(|v| v.split_once('=')).collect();
        for (variable, value) in *variables {
            assert_eq!(found.get(variable), Some(value), "{name}: {variable}");
        }
        let others = ["PATH", "HOME", "AWS_EC2_METADATA_DISABLED"];
        let extra: Vec<_> = found
            .keys()
            .filter(|found| {
                !others.contains(found) && variables.iter().all(|(name, _)| name != *found)
            })
            .collect();
        assert!(extra.is_empty(), "{name}: {extra:?}");
    }
}

#[test]
fn plain_values_come_back() {
    round_trip(PLAIN);
}

#[test]
fn names_come_back() {
    round_trip(NAMES);
}

#[test]
fn comments_are_none_of_it() {
    round_trip(COMMENTS);
}

#[test]
fn quoted_values_come_back() {
    round_trip(QUOTES);
}

#[test]
fn what_is_no_such_file_is_refused_with_its_line() {
    let place = Workplace::applied(
        "project: corpus\nregion: eu-west-1\nenvironments: { dev: {} }\n\
         secrets: { all: { keys: [A, B, C] } }\nfunctions: { web: { reads: [all] } }\n",
    );
    for (name, file, line) in REFUSED {
        place.write("values.env", file);
        let run = place.run(&[&["import", "values.env", "--yes"][..], &LOCAL].concat());
        assert_eq!(run.code, 1, "{name}: {}", run.stdout);
        assert!(run.stderr.contains(&format!("line {line}")), "{name}: {}", run.stderr);
        assert!(run.stderr.contains("nothing was changed"), "{name}: {}", run.stderr);
    }
    let run = place.run(&[&["get", "all"][..], &LOCAL].concat());
    assert!(run.stdout.contains("no value yet"), "{}", run.stdout);
}

#[test]
fn the_corpus_is_as_large_as_it_says() {
    let cases = PLAIN.len() + NAMES.len() + COMMENTS.len() + QUOTES.len();
    assert!(cases >= 60, "{cases}");
}
