//! What a person does with Longshore: accounts, inventory, set-ups, promotions, history, settings,
//! keychain. The one API that the desktop window and the command line both call. Tauri-free.

pub mod api;
