//! The desktop window: a thin shell around `longshore-app`. No decisions are made here.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

#[rustfmt::skip]
mod commands;
mod events;
mod logs;
mod open_files;
mod rendering;
mod shared;
mod window;

use std::{io::Write, path::PathBuf, process::ExitCode};

use longshore_app::{default_data_directory, make_files_private};
use tauri::{Manager, RunEvent};
use tauri_plugin_window_state::StateFlags;

use crate::{events::Watch, shared::Shared};

fn main() -> ExitCode {
    rendering::prepare();
    // One TLS provider for the whole process, chosen before anything opens a connection.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider is already installed");
    }
    // Logs, databases and the web view's data belong to this user only.
    make_files_private();
    let directory = default_data_directory();
    let _logs = logs::start(directory.as_deref());
    open_files::allow_many();
    match start(directory) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            // Nothing else reports it to a person who started it from a terminal.
            if writeln!(std::io::stderr(), "longshore: the window could not be opened: {error}").is_err() {
                tracing::debug!("standard error is closed");
            }
            ExitCode::FAILURE
        }
    }
}

/// Runs the window on a runtime that outlives it. The window itself must stay outside of the
/// runtime, because it owns the main thread.
fn start(directory: Option<PathBuf>) -> Result<(), Box<dyn std::error::Error>> {
    // Without optimization, the work of a plan needs more than the default 2 MiB of stack.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().thread_stack_size(8 << 20).enable_all().build()?;
    tauri::async_runtime::set(runtime.handle().clone());
    let shared = runtime.block_on(Shared::open(directory));
    run(shared)?;
    Ok(())
}

fn run(shared: Shared) -> tauri::Result<()> {
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _directory| window::focus(app)))
        .plugin(tauri_plugin_notification::init())
        .plugin(
            tauri_plugin_window_state::Builder::default()
                .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
                .build(),
        )
        .manage(shared)
        .manage(Watch::default())
        .invoke_handler(commands::handler())
        .setup(|app| {
            window::open(app.handle())?;
            events::watch(app.handle());
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            app.state::<Shared>().close();
        }
    });
    Ok(())
}
