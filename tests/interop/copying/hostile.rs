//! Text in images and files cannot move the cursor or forge a line.

use longshore_tests::{image::Layout, longshore::Longshore};
use serde_json::json;

/// Whether a terminal would show something other than the text.
fn hides(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || ('\u{e0000}'..='\u{e007f}').contains(&c)
}

#[test]
fn platforms_of_an_image_and_names_in_a_layout_hide_nothing_on_the_terminal_or_in_json() {
    let home = tempfile::tempdir().unwrap();
    let longshore = Longshore::new(home.path());
    let directory = home.path().join("hostile");
    let mut layout = Layout::new(&directory);
    let mut image = layout.image("amd64", &[b"layer"], json!({}));
    image["platform"] =
        json!({"os": "linux\n1 copied\u{1b}[2J", "architecture": "\u{202e}46dma\u{200b}\u{e0041}"});
    let index = layout.index(&[image]);
    layout.tag(index, "1");
    let named = home.path().join("named");
    let mut layout = Layout::new(&named);
    let image = layout.image("amd64", &[b"layer"], json!({}));
    layout.tag(image, "\u{202e}txt.\u{1b}[31mname\n1 copied");
    let named = format!("oci:{}", named.display());
    let to = format!("oci:{}", home.path().join("to").display());
    let from = |name: &str| format!("oci:{}:{name}", directory.display());

    for arguments in [
        vec!["copy", "--platform", "linux/arm64", &from("1"), &format!("{to}:1")],
        vec!["copy", "--platform", "linux/arm64", &from("1"), &format!("{to}:1"), "--json"],
        vec!["copy", "--plan", &from("none"), &format!("{to}:1")],
        vec!["copy", "--plan", &named, &to],
        vec!["copy", &named, &to, "--json"],
        vec!["verify", &named],
        vec!["verify", &named, "--json"],
    ] {
        let said = longshore.say(&arguments);
        for text in [&said.text, &said.error] {
            assert!(!text.contains(hides), "{arguments:?}: {text:?}");
            assert!(!text.lines().any(|line| line.starts_with("1 copied")), "{arguments:?}: {text:?}");
        }
    }
    let said = longshore.say(&["copy", "--platform", "linux/arm64", &from("1"), &format!("{to}:1")]);
    let all = format!("{}{}", said.text, said.error);
    assert!(all.contains(r"\n1 copied\u{1b}[2J") && all.contains(r"\u{202e}46dma\u{200b}\u{e0041}"), "{all}");
}
