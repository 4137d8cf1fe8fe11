//! The types against ECR's own patterns, and against each other.

use longshore_names::{AccountId, Digest, Prefix, Region, RepositoryName, Tag};
use proptest::prelude::*;
use regex::Regex;

/// Texts that are mostly near-misses: few characters, many joints.
fn near_names() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c0-1._/-]{0,12}",
        "[a-c0-1._/-]{0,12}[A-Z*?: ]?[a-c._/-]{0,3}",
        "[a-b]{1,3}([._-]{1,3}[a-b]{1,2}){0,3}(/[a-b]{1,2}([._-]{1,3}[a-b]{1,2}){0,2}){0,2}",
        proptest::collection::vec(any::<char>(), 0..8).prop_map(|c| c.into_iter().collect()),
        (250usize..260).prop_map(|n| "a".repeat(n)),
    ]
}

fn fits(pattern: &str, text: &str) -> bool {
    (2..=256).contains(&text.len()) && Regex::new(pattern).unwrap().is_match(text)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_typed_repository_name_is_what_the_api_model_allows(text in near_names()) {
        prop_assume!(text == text.trim());
        let model = r"\A[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\z";
        prop_assert_eq!(RepositoryName::for_input(&text).is_ok(), fits(model, &text), "{:?}", text);
    }

    #[test]
    fn a_typed_prefix_is_what_the_api_model_allows(text in near_names()) {
        prop_assume!(text == text.trim());
        let model = r"\A(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*\z";
        prop_assert_eq!(Prefix::for_input(&text).is_ok(), fits(model, &text), "{:?}", text);
    }

    #[test]
    fn a_typed_tag_is_the_oci_grammar(text in prop_oneof!["[A-Za-z0-9_.:/ -]{0,8}", "[a-z]{125,131}"]) {
        prop_assume!(text == text.trim());
        let grammar = Regex::new(r"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\z").unwrap();
        prop_assert_eq!(Tag::for_input(&text).is_ok(), grammar.is_match(&text), "{:?}", text);
    }

    #[test]
    fn what_a_person_may_type_a_service_may_send(text in near_names(), digits in "[0-9]{12}", hex in "[0-9a-f]{64}") {
        if let Ok(name) = RepositoryName::for_input(&text) {
            prop_assert_eq!(name.as_str().parse::<RepositoryName>().unwrap(), name);
        }
        if let Ok(prefix) = Prefix::for_input(&text) {
            prop_assert_eq!(prefix.as_str().parse::<Prefix>().unwrap(), prefix);
        }
        if let Ok(tag) = Tag::for_input(&text) {
            prop_assert_eq!(tag.as_str().parse::<Tag>().unwrap(), tag);
        }
        if let Ok(region) = Region::for_input(&text) {
            prop_assert_eq!(region.as_str().parse::<Region>().unwrap(), region);
        }
        let account = AccountId::for_input(&digits).unwrap();
        prop_assert_eq!(account.as_str().parse::<AccountId>().unwrap(), account);
        let digest = Digest::for_input(&format!("sha256:{hex}")).unwrap();
        prop_assert_eq!(digest.as_str().parse::<Digest>().unwrap(), digest);
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in any::<String>()) {
        let _ = (AccountId::for_input(&text), Region::for_input(&text), RepositoryName::for_input(&text));
        let _ = (Tag::for_input(&text), Digest::for_input(&text), Prefix::for_input(&text));
        let _ = (text.parse::<RepositoryName>(), text.parse::<Digest>(), text.parse::<Tag>());
    }

    #[test]
    fn a_name_survives_json(text in near_names()) {
        if let Ok(name) = text.parse::<RepositoryName>() {
            let json = serde_json::to_string(&name).unwrap();
            prop_assert_eq!(serde_json::from_str::<RepositoryName>(&json).unwrap(), name);
        }
    }
}
