//! Support for the tests: the real window over WebDriver, skopeo, sample images.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)] // test code: a failure is a failed test, and says where its picture is

pub mod aws;
pub mod camera;
pub mod counterpart;
pub mod crowd;
pub mod disk;
pub mod docker;
pub mod image;
pub mod intercept;
pub mod keyboard;
pub mod listing;
pub mod longshore;
pub mod many_accounts;
pub mod ministack;
pub mod moto;
pub mod past;
pub mod person;
pub mod plain;
pub mod process;
pub mod pusher;
pub mod releases;
pub mod skopeo;
pub mod stopwatch;
pub mod window;
pub mod world;

/// Installs the process's TLS provider once; every test that opens a connection calls it.
pub fn tls() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    });
}
