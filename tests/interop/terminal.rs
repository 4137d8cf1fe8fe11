//! What a person sees on a terminal.

use std::{path::Path, process::Command};

use longshore_tests::{aws::venv, longshore::Said};

use crate::copying::world::World;

/// Runs `longshore` on a terminal with this many columns.
fn on_terminal(world: &World, columns: usize, arguments: &[&str]) -> Said {
    let command = world.longshore.command(arguments);
    let mut terminal = Command::new(venv().join("bin/python3"));
    terminal
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/terminal.py"))
        .arg(columns.to_string())
        .arg(command.get_program())
        .args(command.get_args())
        .env("TERM", "xterm-256color");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    Said::of(&terminal.output().unwrap())
}

/// The lines that a terminal showed, with each redraw of a bar on its own line.
fn drawn(text: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => {
                // `ESC [ … letter`: colours and cursor movements.
                assert_eq!(characters.next(), Some('['), "{text:?}");
                let end = characters.find(char::is_ascii_alphabetic);
                if end != Some('m') {
                    plain.push('\n');
                }
            }
            '\r' => plain.push('\n'),
            other => plain.push(other),
        }
    }
    plain.lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[test]
fn on_a_terminal_each_finished_image_has_a_line_with_its_digest() {
    let world = World::new();
    let name = "a-team-with-a-long-name/and-a-service-with-a-longer-one/that-goes-on-and-on";
    let digests: Vec<String> = ["1.0.0", "2.0.0"].map(|tag| world.push(&world.source(name), tag)).to_vec();
    let (source, to) = (world.source(name), world.destination(&format!("mirror/{name}")));
    for columns in [80, 200] {
        let to = format!("{to}-{columns}");
        let said = on_terminal(&world, columns, &["copy", &source, &to]);
        assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
        let lines = drawn(&said.text);
        for (tag, digest) in ["1.0.0", "2.0.0"].iter().zip(&digests) {
            assert!(lines.iter().any(|line| line.trim().ends_with(digest.as_str())), "{digest}: {lines:#?}");
            let of_it = lines.iter().any(|line| line.starts_with("done") && line.contains(tag));
            assert!(of_it, "{tag}: {lines:#?}");
        }
    }
}

#[test]
fn progress_and_lines_fit_the_terminal_and_have_the_units_of_everything_else() {
    let world = World::new();
    let name = "a-team-with-a-long-name/and-a-service-with-a-longer-one/that-goes-on-and-on";
    world.push_big(&world.source(name), "big");
    let (source, to) = (world.source(name), world.destination(&format!("mirror/{name}")));
    let said = on_terminal(&world, 80, &["copy", &source, &to, "--bandwidth", "20MB/s"]);
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    let lines = drawn(&said.text);
    let widest = lines.iter().max_by_key(|line| line.chars().count()).unwrap();
    assert!(widest.chars().count() <= 80, "{} columns: {widest}", widest.chars().count());
    let bars: Vec<&String> = lines.iter().filter(|line| line.contains(" left")).collect();
    assert!(!bars.is_empty(), "{lines:#?}");
    assert!(bars.iter().any(|bar| bar.contains("/18.0 MB") && bar.contains("MB/s")), "{bars:#?}");
    assert!(!said.text.contains("iB"), "{}", said.text);
    assert!(lines.iter().any(|line| line.starts_with("done") && line.contains('…')), "{lines:#?}");

    // A failure is printed in full, over several lines.
    let gone = format!("{}/{name}:gone", world.from.host);
    let said = on_terminal(&world, 80, &["copy", &gone, &to]);
    assert_eq!(said.code, Some(1), "{}", said.text);
    let words = drawn(&said.text).join(" ");
    assert!(words.contains("gone"), "{words}");
}
