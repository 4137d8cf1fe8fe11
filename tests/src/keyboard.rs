//! A person who has no mouse.

use fantoccini::{
    actions::{InputSource, KeyAction, KeyActions},
    key::Key,
};
use serde_json::json;

use crate::window::Window;

/// More stops than any screen has.
const MOST_STOPS: usize = 80;

/// The keyboard of a window.
pub struct Keyboard<'a>(pub &'a Window);

impl Keyboard<'_> {
    /// Presses a key wherever the focus is.
    pub async fn press(&self, key: Key) {
        self.keys(&[key.into()]).await;
    }

    /// Types a text wherever the focus is.
    pub async fn write(&self, text: &str) {
        self.keys(&text.chars().collect::<Vec<_>>()).await;
    }

    async fn keys(&self, keys: &[char]) {
        let keys = keys.iter().fold(KeyActions::new("keyboard".into()), |actions, &value| {
            actions.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.0.client.perform_actions(keys).await.unwrap();
    }

    /// Presses Tab until the element with this `data-testid` has the focus.
    pub async fn tab_to(&self, id: &str) {
        self.0.see(id).await;
        let mut stops = Vec::new();
        for _ in 0..MOST_STOPS {
            let focused = self.focused().await;
            if focused == id {
                return;
            }
            stops.push(focused);
            self.press(Key::Tab).await;
        }
        panic!("Tab does not reach {id}; it stops at {stops:?}");
    }

    /// Moves to an element and presses Enter on it.
    pub async fn enter(&self, id: &str) {
        self.tab_to(id).await;
        self.press(Key::Enter).await;
    }

    /// Moves to a field and replaces its text.
    pub async fn fill(&self, id: &str, text: &str) {
        self.tab_to(id).await;
        self.0.client.execute("document.activeElement.select()", vec![]).await.unwrap();
        self.write(text).await;
        self.0.see_text(id, text).await;
    }

    /// Waits until an element has the focus without a key press.
    pub async fn focus_comes_to(&self, id: &str) {
        self.0.until(&format!("the focus on {id}"), || async { self.focused().await == id }).await;
    }

    /// The focused element, by its `data-testid` or, without one, its name.
    async fn focused(&self) -> String {
        let script = "const e = document.activeElement;
            return e?.dataset?.testid ?? e?.closest?.('[data-testid]')?.dataset.testid.concat(' / ', e.tagName)
                ?? e?.tagName ?? ''";
        let focused = self.0.client.execute(script, vec![json!(null)]).await.unwrap();
        focused.as_str().unwrap_or_default().to_owned()
    }
}
