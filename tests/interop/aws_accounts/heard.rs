//! What crosses the border between the app and its window: answers of the API, and events.

use longshore_tests::window::Window;
use serde_json::{Value, json};

use super::canary::call;

/// Commands without a request that only read.
const READS: [&str; 11] = [
    "status",
    "accounts",
    "profiles",
    "sso_sessions",
    "guard",
    "settings",
    "network_settings",
    "sandbox_settings",
    "engine_settings",
    "policy_recipes",
    "other_registries",
];

/// Keeps every answer and event from now on: those that the page itself gets, and a subscription of its own.
pub(super) async fn listen(window: &Window) {
    let script = "const done = arguments[0]; \
        const heard = window.heard = []; \
        const fetch = window.fetch; \
        window.fetch = async (...args) => { \
            const answer = await fetch(...args); \
            heard.push(await answer.clone().text()); \
            return answer; \
        }; \
        const internals = window.__TAURI_INTERNALS__; \
        const id = internals.transformCallback(event => heard.push(JSON.stringify(event))); \
        internals.invoke('subscribe', { channel: `__CHANNEL__:${id}` }).then(() => done(true), done)";
    let subscribed = window.client.execute_async(script, Vec::new()).await.unwrap();
    assert_eq!(subscribed, true, "no subscription");
}

/// Reads what there is to read, and returns everything that was heard.
pub(super) async fn heard(window: &Window, account: &str) -> Vec<String> {
    let mut all = Vec::new();
    for command in READS {
        let answer = call(window, command, Value::Null).await;
        assert!(answer["ok"].is_object() || answer["ok"].is_array(), "{command}: {answer}");
        all.push(answer.to_string());
    }
    let regions = call(window, "account_regions", json!({"space": "aws", "id": account})).await;
    all.push(regions.to_string());
    let heard = window.client.execute("return window.heard", Vec::new()).await.unwrap();
    let heard: Vec<String> = serde_json::from_value(heard).unwrap();
    let has = |text: &str| heard.iter().any(|one| one.contains(text));
    assert!(has(r#""event":"accounts""#), "no event was heard: {heard:?}");
    assert!(has(&format!(r#""id":"{account}""#)), "no answer was heard: {heard:?}");
    all.extend(heard);
    all
}
