//! `GetSessionToken`, and codes of multi-factor devices.

use std::time::Duration;

use serde_json::json;

use crate::control_client::{Answer, DEV, Fixture, Keys, PROD, WEST, element};

const SERIAL: &str = "arn:aws:iam::111122223333:mfa/me";

async fn token(fixture: &Fixture, keys: &Keys, more: &str) -> Answer {
    fixture.sts(keys, &format!("Action=GetSessionToken&Version=2011-06-15{more}")).await
}

fn with_code(code: &str) -> String {
    format!("&SerialNumber={}&TokenCode={code}", urlencoding::encode(SERIAL))
}

#[track_caller]
fn session(answer: &Answer) -> Keys {
    assert_eq!(answer.status, 200, "{}", answer.text);
    Keys {
        id: element(&answer.text, "AccessKeyId").to_owned(),
        secret: element(&answer.text, "SecretAccessKey").to_owned(),
        token: Some(element(&answer.text, "SessionToken").to_owned()),
    }
}

#[track_caller]
fn refusal(answer: &Answer) -> (u16, &str, &str) {
    (answer.status, element(&answer.text, "Code"), element(&answer.text, "Message"))
}

#[tokio::test]
async fn a_session_token_is_its_users_and_ends() {
    let fixture = Fixture::start().await;
    let keys = session(&token(&fixture, &fixture.keys(DEV), "&DurationSeconds=900").await);
    let me = fixture.sts(&keys, "Action=GetCallerIdentity&Version=2011-06-15").await;
    assert_eq!(element(&me.text, "Arn"), "arn:aws:iam::111122223333:user/administrator");
    let call = async || fixture.send(fixture.request(&keys, WEST, "DescribeRegistry", &json!({}))).await;
    assert_eq!(call().await.ok()["registryId"], DEV);
    fixture.clock.advance(Duration::from_secs(900));
    assert_eq!(call().await.code(), "ExpiredTokenException");
}

#[tokio::test]
async fn its_holder_assumes_roles_and_gets_no_other_token() {
    let fixture = Fixture::start().await;
    let keys = session(&token(&fixture, &fixture.keys(DEV), "").await);
    let again = token(&fixture, &keys, "").await;
    let said = "Cannot call GetSessionToken with session credentials";
    assert_eq!(refusal(&again), (403, "AccessDenied", said));
    let role = urlencoding::encode("arn:aws:iam::444455556666:role/deployer").into_owned();
    let assume = format!(
        "Action=AssumeRole&Version=2011-06-15&RoleArn={role}&RoleSessionName=ci&DurationSeconds=43200"
    );
    let assumed = fixture.sts(&keys, &assume).await;
    assert_eq!(assumed.status, 200, "no role is chained: {}", assumed.text);
    let assumed = session(&assumed);
    let described = fixture.send(fixture.request(&assumed, WEST, "DescribeRegistry", &json!({}))).await;
    assert_eq!(described.ok()["registryId"], PROD);
    assert_eq!(refusal(&token(&fixture, &assumed, "").await).1, "AccessDenied");
    assert_eq!(refusal(&fixture.sts(&assumed, &assume).await).1, "ValidationError", "a role is chained");
}

#[tokio::test]
async fn every_code_of_six_digits_is_right_but_one() {
    let fixture = Fixture::start().await;
    let keys = fixture.keys(DEV);
    session(&token(&fixture, &keys, &with_code("123456")).await);
    let wrong = token(&fixture, &keys, &with_code("000000")).await;
    let said = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
    assert_eq!(refusal(&wrong), (403, "AccessDenied", said));
    for alone in ["&TokenCode=123456".to_owned(), format!("&SerialNumber={}", urlencoding::encode(SERIAL))] {
        assert_eq!(refusal(&token(&fixture, &keys, &alone).await).1, "AccessDenied", "{alone}");
    }
    for malformed in ["12345", "1234567", "12345a"] {
        let answer = token(&fixture, &keys, &with_code(malformed)).await;
        assert_eq!(refusal(&answer).1, "ValidationError", "{malformed}");
    }
    for (seconds, status) in [(899, 400), (900, 200), (129_600, 200), (129_601, 400)] {
        let answer = token(&fixture, &keys, &format!("&DurationSeconds={seconds}")).await;
        assert_eq!(answer.status, status, "{seconds}");
    }
    let role = urlencoding::encode("arn:aws:iam::444455556666:role/deployer").into_owned();
    let assume = format!("Action=AssumeRole&Version=2011-06-15&RoleArn={role}&RoleSessionName=ci");
    session(&fixture.sts(&keys, &format!("{assume}{}", with_code("654321"))).await);
    let answer = fixture.sts(&keys, &format!("{assume}{}", with_code("000000"))).await;
    assert_eq!(refusal(&answer), (403, "AccessDenied", said));
}
