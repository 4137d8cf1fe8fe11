//! Rendering of the web view on Linux.
//!
//! With the DMA-BUF renderer, WebKitGTK shows a blank window on some drivers and compositors. It is
//! turned off before GTK starts, unless the person set the variable.

#[cfg(target_os = "linux")]
const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Makes the web view draw without DMA-BUF. A process with threads cannot safely change its own
/// environment, so the program replaces itself, with the same process id, before it does anything
/// else.
#[cfg(target_os = "linux")]
pub(crate) fn prepare() {
    use std::{env, os::unix::process::CommandExt, process::Command};

    if env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    let mut command = Command::new(program);
    if let Some(name) = env::args_os().next() {
        command.arg0(name);
    }
    // It returns only when the program could not be replaced; the window then uses WebKit's choice.
    let error = command.args(env::args_os().skip(1)).env(VARIABLE, "1").exec();
    tracing::warn!(%error, "the web view keeps its renderer");
}

/// Other web views need no preparation.
#[cfg(not(target_os = "linux"))]
pub(crate) fn prepare() {}
