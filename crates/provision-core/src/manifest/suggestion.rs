//! What a person meant: the nearest of the words that would have been right.

/// a comparison costs a microsecond, and a long list has no nearest word that a person means
const MOST: usize = 500;

/// Returns the nearest of `candidates` if it is near enough to be meant
pub(super) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str> + Clone,
) -> Option<&'c str> {
    let folded = fold(word);
    let reach = match folded.chars().count() {
        // any letter is one step from any other
        0..=2 => 0,
        letters => (letters / 3).max(1),
    };
    candidates
        .clone()
        .into_iter()
        .filter(|candidate| *candidate != word && candidate.len().abs_diff(word.len()) <= reach)
        .take(MOST)
        .map(|candidate| (strsim::damerau_levenshtein(&folded, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= reach)
        .min()
        .map(|(_, candidate)| candidate)
        .or_else(|| shortened(&folded, candidates))
}

/// Returns the one candidate that `folded` shortens or spells out: `desc`, `recovery_days`, and
/// `environment` for `env`
fn shortened<'c>(folded: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let parts: Vec<&str> = folded.split('_').collect();
    let mut long = candidates.into_iter().filter(|candidate| {
        let candidate = fold(candidate);
        let all = parts.iter().all(|part| candidate.split('_').any(|long| long == *part));
        let starts = candidate.starts_with(folded) || folded.starts_with(&candidate);
        (folded.len() > 2 && candidate.len() > 2 && starts) || (parts.len() > 1 && all)
    });
    long.next().filter(|_| long.next().is_none())
}

/// Returns "did you mean `x`" for the nearest, else the list of what is allowed
pub(super) fn hint(word: &str, candidates: &[&str]) -> String {
    match nearest(word, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("allowed here: {}", list(candidates)),
    }
}

/// Returns the words in backticks, with commas
pub(super) fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Case and the kind of separator are what people get wrong most
fn fold(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_words_and_short_ones_are_understood() {
        let fields = ["description", "recovery_window_days", "reads", "runtime", "role_name"];
        for (word, meant) in [
            ("descripton", Some("description")),
            ("desc", Some("description")),
            ("recovery_days", Some("recovery_window_days")),
            ("recoveryWindowDays", Some("recovery_window_days")),
            ("role-name", Some("role_name")),
            ("read", Some("reads")),
            ("r", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, fields), meant, "{word}");
        }
    }
}
