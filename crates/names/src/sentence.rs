//! Sentences about names: a name keeps its case wherever it appears.

/// `text` with a capital first letter, if it begins with a plain word. A name at the beginning
/// stays as it is: it is recognised by its digits, dots, dashes, slashes, colons or quotes.
pub fn capital(text: &str) -> String {
    capital_unless(text, "")
}

/// As [`capital`], for a text that may begin with `name`, which looks like any other word
/// (`localhost`, a repository `nginx`).
pub fn capital_unless(text: &str, name: &str) -> String {
    let begins_with_it = !name.is_empty()
        && text.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()));
    let word = text.split(char::is_whitespace).next().unwrap_or_default();
    let word = word.strip_suffix([':', ',', ';', '.', '!', '?']).unwrap_or(word);
    let is_plain = !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'\'');
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if is_plain && !begins_with_it => first.to_uppercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_not_capitalised_at_the_start_of_a_sentence() {
        for name in [
            "prod-microservice has no tag `1`",
            "localhost:5000 has no repository `app`",
            "ghcr.io did not accept the credentials",
            "team/app is not there",
            "oci:/srv/images cannot be read",
            "`team` is not a name",
            "v1 is a tag",
            "us-west-2 is off",
            "dev (111122223333) may replicate",
            "",
        ] {
            let said = capital(name);
            if name.starts_with("dev") {
                assert_eq!(capital_unless(name, "dev"), name);
            } else {
                assert_eq!(said, name);
            }
        }
        assert_eq!(capital_unless("nginx: not found", "nginx"), "nginx: not found");
        assert_eq!(capital_unless("localhost has no tags", "localhost"), "localhost has no tags");
    }

    #[test]
    fn plain_words_are() {
        assert_eq!(capital("no answer from localhost:5000"), "No answer from localhost:5000");
        assert_eq!(capital("source: ghcr.io denied it"), "Source: ghcr.io denied it");
        assert_eq!(capital_unless("localhosts are many", "localhost"), "Localhosts are many");
    }
}
