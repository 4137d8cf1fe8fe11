//! What people type, and which errors they get: one table per type.

use std::fmt::Debug;

use longshore_names::{
    AccountId, Algorithm, Digest, NameError, NameKind, Partition, Prefix, Region, RegistryId, RepositoryName,
    Tag,
};

/// Each row is a text and either what it becomes or a part of the problem that is shown.
fn check<T: Debug + AsRef<str>>(
    parse: fn(&str) -> Result<T, NameError>,
    kind: NameKind,
    rows: &[(&str, Result<&str, &str>)],
) {
    for (text, expected) in rows {
        match (parse(text), expected) {
            (Ok(name), Ok(wanted)) => assert_eq!(name.as_ref(), *wanted, "for {text:?}"),
            (Err(error), Err(part)) => {
                assert!(error.problem.contains(part), "for {text:?}: `{}` lacks `{part}`", error.problem);
                assert_eq!(error.kind, kind, "for {text:?}");
                assert!(!error.problem.ends_with('.'), "for {text:?}");
            }
            (got, wanted) => panic!("for {text:?}: got {got:?}, wanted {wanted:?}"),
        }
    }
}

#[test]
fn account_ids() {
    check(
        AccountId::for_input,
        NameKind::AccountId,
        &[
            ("111122223333", Ok("111122223333")),
            ("  111122223333\n", Ok("111122223333")),
            ("1111-2222-3333", Ok("111122223333")),
            ("000000000001", Ok("000000000001")),
            ("11112222333", Err("12 digits, this has 11")),
            ("1111222233334", Err("12 digits, this has 13")),
            ("11112222333a", Err("digits only, not `a`")),
            ("prod", Err("digits only, not `p`")),
            ("", Err("12 digits, this has 0")),
            ("１１１１22223333", Err("digits only")),
        ],
    );
}

#[test]
fn regions() {
    check(
        Region::for_input,
        NameKind::Region,
        &[
            ("us-west-2", Ok("us-west-2")),
            (" eu-west-1 ", Ok("eu-west-1")),
            ("cn-north-1", Ok("cn-north-1")),
            ("us-wst-2", Err("did you mean `us-west-2`")),
            ("us-west", Err("did you mean `us-west-")),
            ("eu-central-9", Err("did you mean `eu-central-1`")),
            ("US-WEST-2", Err("lower-case")),
            ("u", Err("2 to 25")),
            ("us_west_2", Err("dashes")),
            ("", Err("2 to 25")),
        ],
    );
    assert_eq!(
        "us-future-7".parse::<Region>().unwrap().as_str(),
        "us-future-7",
        "services may be ahead of us"
    );
    assert!("abcdefghijklmnopqrstuvwxyz".parse::<Region>().is_err());
}

#[test]
fn partitions_follow_from_regions() {
    for partition in Partition::ALL {
        for region in partition.regions() {
            let region: Region = region.parse().unwrap();
            assert!(region.is_known());
            assert_eq!(region.partition(), partition, "{region}");
        }
    }
    let unknown = [
        ("cn-east-9", Partition::AwsCn),
        ("us-gov-north-1", Partition::AwsUsGov),
        ("us-iso-north-1", Partition::AwsIso),
        ("us-isob-north-1", Partition::AwsIsoB),
        ("us-isof-north-1", Partition::AwsIsoF),
        ("eu-isoe-north-1", Partition::AwsIsoE),
        ("eusc-fr-north-1", Partition::AwsEusc),
        ("us-north-1", Partition::Aws),
    ];
    for (region, partition) in unknown {
        let region: Region = region.parse().unwrap();
        assert!(!region.is_known());
        assert_eq!(region.partition(), partition, "{region}");
    }
}

#[test]
fn hosts_and_arns_carry_the_partition() {
    let account: AccountId = "111122223333".parse().unwrap();
    let china: Region = "cn-north-1".parse().unwrap();
    let name: RepositoryName = "team/app".parse().unwrap();
    let registry = RegistryId::new(account.clone(), china.clone());
    assert_eq!(registry.host(), "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn");
    assert_eq!(registry.to_string(), "111122223333/cn-north-1");
    assert_eq!(name.arn(&account, &china), "arn:aws-cn:ecr:cn-north-1:111122223333:repository/team/app");
    assert_eq!(account.root_arn(Partition::AwsCn), "arn:aws-cn:iam::111122223333:root");
}

#[test]
fn repository_names() {
    check(
        RepositoryName::for_input,
        NameKind::RepositoryName,
        &[
            ("prod-microservice", Ok("prod-microservice")),
            (" team/prod-microservice ", Ok("team/prod-microservice")),
            ("a__b/c--d.e_f", Ok("a__b/c--d.e_f")),
            ("0a", Ok("0a")),
            ("p", Err("2 to 256 characters, this has 1")),
            ("", Err("this has 0")),
            ("Prod", Err("`P` is upper case")),
            ("prod*", Err("`*` cannot be in a name")),
            ("prod:42", Err("`:` cannot be in a name")),
            ("prod//x", Err("nothing between two slashes")),
            ("/prod", Err("nothing between two slashes")),
            ("prod/", Err("nothing between two slashes")),
            ("prod-", Err("`prod-` must begin and end")),
            ("-prod", Err("`-prod` must begin and end")),
            ("a..b", Err("`a..b` must")),
            ("a___b", Err("`a___b` must")),
            ("a-_b", Err("`a-_b` must")),
            ("é", Err("this has 1")),
            ("éé", Err("`é` cannot be in a name")),
        ],
    );
    let longest = "a".repeat(256);
    assert!(RepositoryName::for_input(&longest).is_ok());
    assert!(RepositoryName::for_input(&format!("{longest}a")).unwrap_err().problem.contains("this has 257"));
}

#[test]
fn a_service_may_send_other_repository_names_but_never_a_path() {
    for accepted in ["Upper/Case", "a..b", "x", "trailing-"] {
        assert!(accepted.parse::<RepositoryName>().is_ok(), "{accepted}");
    }
    for refused in
        ["", "..", "a/../b", "a/./b", "/a", "a/", "a//b", "a b", "a?b", "a#b", "a%2fb", "a\\b", "a\nb"]
    {
        assert!(refused.parse::<RepositoryName>().is_err(), "{refused:?}");
    }
    assert!("a".repeat(513).parse::<RepositoryName>().is_err());
}

#[test]
fn tags() {
    check(
        Tag::for_input,
        NameKind::Tag,
        &[
            ("42", Ok("42")),
            (" v1.0_x-y ", Ok("v1.0_x-y")),
            ("_x", Ok("_x")),
            ("", Err("at least one")),
            (".x", Err("begins with")),
            ("-x", Err("begins with")),
            ("a:b", Err("`:` cannot be in a tag")),
            ("a b", Err("` ` cannot be in a tag")),
            ("a/b", Err("`/` cannot be in a tag")),
        ],
    );
    assert!(Tag::for_input(&"t".repeat(128)).is_ok());
    let error = Tag::for_input(&"t".repeat(129)).unwrap_err();
    assert_eq!(error.problem, "a tag has at most 128 characters, this has 129");
    assert_eq!(error.text.len(), 100, "an error shows no more than 100 characters");
    assert!("t".repeat(300).parse::<Tag>().is_ok(), "ECR allows 300");
    assert!("t".repeat(301).parse::<Tag>().is_err());
}

#[test]
fn prefixes() {
    check(
        Prefix::for_input,
        NameKind::Prefix,
        &[
            ("prod-microservice", Ok("prod-microservice")),
            (" prod/ ", Ok("prod/")),
            ("team/prod-", Ok("team/prod-")),
            ("prod__", Ok("prod__")),
            ("a.b", Ok("a.b")),
            ("-prod", Ok("-prod")),
            ("PROD", Err("`P` is upper case")),
            ("prod*", Err("prefix, not a pattern; leave the `*` out")),
            ("prod?", Err("prefix, not a pattern; leave the `?` out")),
            ("PROD*", Err("prefix, not a pattern")),
            ("p", Err("2 to 256 characters, this has 1")),
            ("", Err("this has 0")),
            ("/prod", Err("not at the beginning")),
            ("prod//x", Err("single slashes")),
            ("team/-x/y", Err("single slashes")),
            ("pröd", Err("lower-case letters")),
        ],
    );
    assert!(Prefix::for_input(&"a".repeat(256)).is_ok());
    assert!(Prefix::for_input(&"a".repeat(257)).is_err());
    let prefix = Prefix::for_input("prod").unwrap();
    assert!(prefix.matches(&"production".parse().unwrap()));
    assert!(!prefix.matches(&"dev/prod".parse().unwrap()));
}

#[test]
fn digests() {
    let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let digest = Digest::for_input(&format!(" sha256:{hex}\n")).unwrap();
    assert_eq!(digest.hex(), hex);
    assert_eq!(digest.short(), "sha256:9f86d081884c");
    assert_eq!(digest.algorithm(), Algorithm::Sha256);
    assert_eq!(Digest::from_hex(Algorithm::Sha256, hex).unwrap(), digest);
    let long = Digest::from_hex(Algorithm::Sha512, &hex.repeat(2)).unwrap();
    assert_eq!(long.algorithm(), Algorithm::Sha512);
    assert_eq!(long.hex().len(), 128);
    check(
        Digest::for_input,
        NameKind::Digest,
        &[
            ("9f86d081", Err("an algorithm, a colon")),
            ("md5:9f86", Err("`md5` is not a supported")),
            ("sha256:9f86", Err("sha256 has 64 digits, this has 4")),
            (&format!("sha256:{}", hex.to_uppercase()), Err("lower case")),
            (&format!("sha512:{hex}"), Err("sha512 has 128 digits, this has 64")),
        ],
    );
}

#[test]
fn an_error_cannot_play_tricks_on_a_terminal() {
    let error = RepositoryName::for_input("x\u{1b}[2J").unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'), "{error:?}");
    assert!(error.to_string().contains("is not a valid repository name"));
}

#[test]
fn every_kind_has_its_own_code() {
    let kinds = [
        NameKind::AccountId,
        NameKind::Region,
        NameKind::RepositoryName,
        NameKind::Tag,
        NameKind::Digest,
        NameKind::Prefix,
    ];
    let codes: std::collections::BTreeSet<_> = kinds.iter().map(|k| k.code()).collect();
    assert_eq!(codes.len(), kinds.len());
}

#[test]
fn names_are_plain_strings_in_json_and_checked_on_the_way_in() {
    let account: AccountId = serde_json::from_str("\"111122223333\"").unwrap();
    assert_eq!(serde_json::to_string(&account).unwrap(), "\"111122223333\"");
    let error = serde_json::from_str::<AccountId>("\"1111\"").unwrap_err();
    assert!(error.to_string().contains("12 digits, this has 4"), "{error}");
}
