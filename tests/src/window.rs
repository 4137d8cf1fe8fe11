//! The real window, driven over WebDriver (WebKitWebDriver).

use std::{
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element, key::Key};
use futures::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use crate::process::{Started, built, free_port, run};

/// How long anything on the screen may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The app's window.
pub struct Window {
    /// The WebDriver client, for actions without a helper.
    pub client: Client,
    driver: Started,
    actions: AtomicU32,
}

impl Window {
    /// Starts the app on a data directory. Needs a display and a session bus
    /// (`scripts/with-desktop.sh`).
    pub async fn open(data_directory: &Path, environment: &[(&str, &str)]) -> Self {
        let port = free_port();
        let mut command = Command::new("WebKitWebDriver");
        command
            .args([format!("--port={port}"), "--host=127.0.0.1".into()])
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("LONGSHORE_DATA_DIR", data_directory)
            .env("LONGSHORE_SANDBOX_PORT", "0")
            .envs(environment.iter().copied())
            .stdout(Stdio::null());
        let driver = Started::group(&mut command);
        let capabilities =
            json!({"webkitgtk:browserOptions": {"binary": built("longshore-desktop"), "args": []}});
        let capabilities = capabilities.as_object().cloned().unwrap();
        let address = format!("http://127.0.0.1:{port}");
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let client = loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            let session = builder.capabilities(capabilities.clone()).connect(&address);
            match tokio::time::timeout_at(deadline, session).await {
                Ok(Ok(client)) => break client,
                Ok(Err(error)) if tokio::time::Instant::now() > deadline => panic!("no window: {error}"),
                Err(_) => panic!("the window does not answer"),
                Ok(Err(_)) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        };
        Self { client, driver, actions: AtomicU32::new(0) }
    }

    /// The memory of the app's process, in bytes; without those of the web view.
    pub fn memory(&self) -> u64 {
        let driver = self.driver.child.id();
        let of_driver = |status: &str| {
            let field = |name| status.lines().find_map(|line: &str| line.strip_prefix(name)).map(str::trim);
            let is_app = field("Name:").is_some_and(|name| "longshore-desktop".starts_with(name));
            let resident = field("VmRSS:")?.trim_end_matches(" kB").parse::<u64>().ok()? * 1024;
            (is_app && field("PPid:") == Some(driver.to_string().as_str())).then_some(resident)
        };
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let statuses = processes.filter_map(|one| std::fs::read_to_string(one.path().join("status")).ok());
        statuses.filter_map(|status| of_driver(&status)).next().expect("the driver has started the app")
    }

    /// Waits for an element with this `data-testid`.
    pub async fn see(&self, id: &str) -> Element {
        self.wait(&format!("[data-testid='{id}']")).await
    }

    /// Waits for an element by CSS selector.
    pub async fn wait(&self, css: &str) -> Element {
        match self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("{css} does not appear: {error}"),
        }
    }

    /// Waits for a text inside an element with this `data-testid`.
    pub async fn see_text(&self, id: &str, text: &str) {
        self.until(&format!("`{text}` in {id}"), || async {
            self.texts(id).await.iter().any(|found| found.contains(text))
        })
        .await;
    }

    /// The texts of all elements with this `data-testid`.
    pub async fn texts(&self, id: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(`[data-testid='${arguments[0]}']`)].map(e => /INPUT|TEXTAREA/.test(e.tagName) ? e.value : e.textContent)";
        let value = self.client.execute(script, vec![json!(id)]).await.unwrap();
        serde_json::from_value(value).unwrap()
    }

    /// Waits until something holds.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, holds: impl Fn() -> F) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !holds().await {
            assert!(tokio::time::Instant::now() < deadline, "not seen in time: {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Clicks an element with this `data-testid` once it exists and is enabled.
    pub async fn click(&self, id: &str) {
        self.click_css(&format!("[data-testid='{id}']")).await;
    }

    /// Asserts that nothing on the screen is wider than its place, such as a dialog that has to be
    /// scrolled sideways. Only what can have the focus may be, such as
    /// tables and code, and what says that it is wide.
    pub async fn fits(&self) {
        let script = "
            const wide = e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0;
            const scrolls = e => /auto|scroll/.test(getComputedStyle(e).overflowX) && e.tabIndex < 0 && !('wide' in e.dataset);
            const root = document.documentElement;
            return [...document.querySelectorAll('*')]
                .filter(e => wide(e) && (e === root || scrolls(e)))
                .map(e => `${e.dataset.testid ?? e.className ?? e.tagName}: ${e.scrollWidth} in ${e.clientWidth}`)";
        let wide = self.client.execute(script, Vec::new()).await.unwrap();
        assert_eq!(wide, json!([]), "wider than its place");
    }

    /// Clicks an element by CSS selector once it exists and is enabled. What is on the screen until then
    /// has to fit.
    pub async fn click_css(&self, css: &str) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let element = self.wait(&format!("{css}:not(:disabled):not([aria-disabled='true'])")).await;
            self.fits().await;
            match element.click().await {
                Ok(()) => {
                    self.acted();
                    return;
                }
                Err(error) if tokio::time::Instant::now() > deadline => panic!("cannot click {css}: {error}"),
                Err(_) => {
                    // A part of it may be outside the scrolled area.
                    let show = "document.querySelector(arguments[0])?.scrollIntoView({ block: 'nearest' })";
                    self.client.execute(show, vec![json!(css)]).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    /// How many actions the person took: clicks, keys, and texts typed into a field, one each.
    pub fn actions(&self) -> u32 {
        self.actions.load(Ordering::Relaxed)
    }

    fn acted(&self) {
        self.actions.fetch_add(1, Ordering::Relaxed);
    }

    /// Clicks the row of a grid that has exactly this text in a cell.
    pub async fn open_row(&self, grid: &str, text: &str) {
        let row = format!(
            "//*[@data-testid='{grid}']//*[@role='row'][.//*[@role='gridcell'][normalize-space(.)='{text}']]"
        );
        // A list that is reloaded, or a new toast, may be in the way for a moment.
        self.until(&format!("row `{text}` in {grid}"), || async {
            match self.client.find(Locator::XPath(&row)).await {
                Ok(row) => row.click().await.is_ok(),
                Err(_) => false,
            }
        })
        .await;
        self.acted();
    }

    /// Chooses an option of a select field.
    pub async fn choose(&self, field: &str, value: &str) {
        self.click(field).await;
        self.click(&format!("{field}-{value}")).await;
    }

    /// Presses Escape where the focus is.
    pub async fn press_escape(&self) {
        self.client
            .active_element()
            .await
            .unwrap()
            .send_keys(&char::from(Key::Escape).to_string())
            .await
            .unwrap();
        self.acted();
    }

    /// Ticks a checkbox if it is not ticked.
    pub async fn tick(&self, id: &str) {
        if !self.is_ticked(id).await {
            self.click(id).await;
        }
        self.wait(&format!("[data-testid='{id}'][aria-checked='true']")).await;
    }

    /// Whether a checkbox is ticked.
    pub async fn is_ticked(&self, id: &str) -> bool {
        self.see(id).await.attr("aria-checked").await.unwrap().as_deref() == Some("true")
    }

    /// Waits until no element has this `data-testid`.
    pub async fn gone(&self, id: &str) {
        self.until(&format!("{id} gone"), || async { self.texts(id).await.is_empty() }).await;
    }

    /// Replaces the text of a field with this `data-testid`.
    pub async fn fill(&self, id: &str, text: &str) {
        self.click(id).await;
        let field = self.see(id).await;
        let select_all = format!("{}a{}", char::from(Key::Control), char::from(Key::Null));
        field.send_keys(&select_all).await.unwrap();
        field.send_keys(&format!("{}{text}", char::from(Key::Backspace))).await.unwrap();
    }

    /// Replaces the text of a field with this `data-testid` at once, as pasting does.
    pub async fn paste(&self, id: &str, text: &str) {
        self.click(id).await;
        let script =
            "document.activeElement.select(); document.execCommand('insertText', false, arguments[0])";
        self.client.execute(script, vec![json!(text)]).await.unwrap();
        let pasted = self.texts(id).await;
        assert_eq!(pasted, [text], "{id} has another text");
    }

    /// Writes what the display shows to a PNG file, cut to the window, which is at the top left
    /// because there is no window manager. WebKitGTK's own snapshot can hang on a virtual display.
    pub async fn screenshot(&self, file: &Path) {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).unwrap();
        }
        let size = self.client.execute("return [innerWidth, innerHeight]", Vec::new()).await.unwrap();
        let crop = format!("{}x{}+0+0", size[0], size[1]);
        run(Command::new("import").args(["-silent", "-window", "root", "-crop", &crop, "+repage"]).arg(file));
    }

    /// Kills the app, like a power cut.
    pub fn kill(&mut self) {
        self.driver.kill();
    }

    /// Closes the window as a person would.
    pub async fn close(mut self) {
        let _ = self.client.clone().close().await;
        self.driver.kill();
    }
}

/// Runs a journey; if it fails, a screenshot is saved in `test-results`.
pub async fn journey<F: Future<Output = ()>>(name: &str, window: &Window, steps: F) {
    if let Err(failure) = AssertUnwindSafe(steps).catch_unwind().await {
        let file = results().join(format!("{name}.png"));
        window.screenshot(&file).await;
        eprintln!("what the window showed is in {}", file.display());
        std::panic::resume_unwind(failure);
    }
}

/// The folder for screenshots of failures.
pub fn results() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-results")
}
