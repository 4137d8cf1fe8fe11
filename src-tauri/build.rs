//! Passes the generated command list to Tauri; commands that it does not contain cannot be called.

fn main() {
    let commands: &[&str] = &include!("commands.in");
    println!("cargo:rerun-if-changed=commands.in");
    let manifest = tauri_build::AppManifest::new().commands(commands);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        println!("cargo:warning={error:#}");
        std::process::exit(1);
    }
}
