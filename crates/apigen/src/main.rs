//! Writes what follows from the API table: the Tauri wrappers, the command list, the capability
//! file, the TypeScript types and client; the JSON Schemas of rule and path files, and the table of error codes.
//!
//! `longshore-apigen` writes the files; `longshore-apigen --check` only compares them, and fails
//! when one is stale. Run it from the root of the checkout.

mod rust;
mod table;
mod typescript;

use std::{fs, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let table = table::Table::read();
    let files = [
        ("src-tauri/src/commands.rs", rust::wrappers(&table)),
        ("src-tauri/commands.in", rust::command_list(&table)),
        ("src-tauri/capabilities/main.json", rust::capability(&table)),
        ("ui/src/api/types.ts", typescript::types(&table)),
        ("ui/src/api/client.ts", typescript::client(&table)),
        ("docs/rules.schema.json", format!("{:#}\n", longshore_policy::rule::schema())),
        ("docs/paths.schema.json", format!("{}\n", longshore_app::promotion::path_schema())),
        ("docs/guide/error-codes.md", longshore_codes::markdown()),
    ];
    let mut stale = Vec::new();
    for (path, content) in files {
        if fs::read_to_string(path).is_ok_and(|old| old == content) {
            continue;
        }
        stale.push(path);
        if !check && let Err(error) = write(Path::new(path), &content) {
            report(&format!("cannot write {path}: {error}"));
            return ExitCode::FAILURE;
        }
    }
    if check && !stale.is_empty() {
        report(&format!("stale: {}; run `make generate` and commit", stale.join(", ")));
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn write(path: &Path, content: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content)
}

#[allow(clippy::print_stderr)] // a command-line tool speaks on standard error
fn report(message: &str) {
    eprintln!("longshore-apigen: {message}");
}
