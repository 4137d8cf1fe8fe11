//! What can be asked.

use longshore_policy::iam::authorize::{Action, Caller, Context, Resource};

#[test]
fn principals_that_make_requests_are_read() {
    let account = "111122223333";
    for (text, owner) in [
        ("arn:aws:iam::111122223333:user/team/ana", Some(account)),
        ("arn:aws-us-gov:iam::111122223333:role/build", Some(account)),
        ("arn:aws:sts::111122223333:assumed-role/build/run@1", Some(account)),
        ("arn:aws:sts::111122223333:federated-user/bob", Some(account)),
        (" arn:aws:iam::111122223333:root ", Some(account)),
        (account, Some(account)),
        ("replication.ecr.amazonaws.com", None),
        ("cognito-identity.amazonaws.com", None),
    ] {
        let caller = Caller::parse(text).unwrap();
        assert_eq!(caller.account().map(ToString::to_string).as_deref(), owner, "{text}");
        assert_eq!(caller.as_str(), text.trim());
    }
}

#[test]
fn what_is_no_principal_is_refused_with_a_hint() {
    for text in [
        "",
        "*",
        "ana",
        "arn:aws:iam::111122223333:user/",
        "arn:aws:iam::111122223333:user/*",
        "arn:aws:iam::1111:user/ana",
        "arn:aws:iam::111122223333:group/team",
        "arn:aws:iam::111122223333:policy/p",
        "arn:aws:sts::111122223333:assumed-role/build",
        "arn:aws:ecr:us-west-2:111122223333:repository/app",
        "arn::iam::111122223333:user/ana",
        "ecr.example.com",
    ] {
        let error = Caller::parse(text).unwrap_err();
        assert_eq!(error.part, "principal");
        assert!(error.problem.ends_with('.') && error.hint.ends_with('.'), "{text}: {error:?}");
    }
    assert!(Caller::parse(&format!("arn:aws:iam::111122223333:user/{}", "a".repeat(3000))).is_err());
    assert!(Caller::parse("arn:aws:iam::111122223333:group/team").unwrap_err().problem.contains("group"));
}

#[test]
fn one_action_and_one_resource_are_asked() {
    assert_eq!(Action::parse(" ecr:BatchGetImage ").unwrap().as_str(), "ecr:BatchGetImage");
    for text in ["", "*", "ecr:*", "ecr:Batch?", "BatchGetImage", "ecr:", ":x", "ecr:a:b", "ecr:\u{e9}"] {
        assert_eq!(Action::parse(text).unwrap_err().part, "action", "{text}");
    }
    let resource = Resource::parse("arn:aws:ecr:us-west-2:111122223333:repository/team/app").unwrap();
    assert_eq!(
        (resource.account().unwrap().as_str(), resource.region()),
        ("111122223333", Some("us-west-2"))
    );
    let bucket = Resource::parse("arn:aws:s3:::bucket/key").unwrap();
    assert_eq!((bucket.account(), bucket.region()), (None, None));
    assert_eq!(Resource::parse("*").unwrap().as_str(), "*");
    for text in
        ["", "app", "arn:aws:ecr:us-west-2:111122223333", "arn:aws:ecr:us-west-2:111122223333:repository/*"]
    {
        assert_eq!(Resource::parse(text).unwrap_err().part, "resource", "{text}");
    }
}

#[test]
fn context_is_given_as_key_and_value() {
    let mut context = Context::new();
    context.add_text("aws:SourceIp=203.0.113.7").unwrap();
    context.add_text("aws:PrincipalTag/a=b=c").unwrap();
    context.add_text("aws:TagKeys=").unwrap();
    for text in ["aws:SourceIp", "SourceIp=1", "=1", "aws:=1", ""] {
        assert_eq!(context.add_text(text).unwrap_err().part, "context", "{text}");
    }
    assert!(context.add("aws:UserAgent", &"x".repeat(20_000)).is_err());
}
