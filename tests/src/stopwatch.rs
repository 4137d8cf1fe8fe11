//! Measures inside the page, with its own clock and its own frames.

use serde::Deserialize;
use serde_json::json;

use crate::window::Window;

/// A stopwatch in the window.
pub struct Stopwatch<'a> {
    /// The window.
    pub window: &'a Window,
}

/// The measurements of a scroll.
#[derive(Deserialize)]
pub struct Frames {
    /// Milliseconds from frame to frame.
    pub times: Vec<f64>,
    /// Rows in sight over all frames.
    pub painted: u64,
    /// Rows among them that had no content yet.
    pub empty: u64,
}

impl Stopwatch<'_> {
    /// Milliseconds from a click to the frame after the one in which a grid's first row has content.
    pub async fn rows(&self, click: &str, grid: &str) -> f64 {
        let script = "
            const [css, grid, done] = arguments;
            const row = `[data-testid='${grid}'] [role=row][aria-rowindex='2'] [role=gridcell]`;
            const start = performance.now();
            document.querySelector(css).click();
            const look = () => {
                const cells = [...document.querySelectorAll(row)];
                if (cells.some(cell => cell.innerText.trim() !== '')) {
                    requestAnimationFrame(() => done(performance.now() - start));
                } else requestAnimationFrame(look);
            };
            requestAnimationFrame(look);";
        let took = self.window.client.execute_async(script, vec![json!(click), json!(grid)]).await.unwrap();
        took.as_f64().unwrap()
    }

    /// Scrolls a grid to its end and back, five rows a frame. `textContent` causes no layout, so
    /// that only the window is measured.
    pub async fn scroll(&self, grid: &str) -> Frames {
        self.scroll_for(grid, usize::MAX).await
    }

    /// Like [`scroll`](Self::scroll), but for at most this many frames.
    pub async fn scroll_for(&self, grid: &str, most: usize) -> Frames {
        let script = "
            const [name, most, done] = arguments;
            const grid = document.querySelector(`[data-testid='${name}']`);
            const times = [];
            let painted = 0, empty = 0, step = 160, before = performance.now(), turns = 0;
            const frame = now => {
                times.push(now - before);
                before = now;
                for (const row of grid.querySelectorAll('[role=rowgroup] [role=row]')) {
                    painted += 1;
                    if (![...row.children].some(cell => cell.textContent.trim() !== '')) empty += 1;
                }
                const old = grid.scrollTop;
                grid.scrollTop += step;
                if (grid.scrollTop === old) { step = -step; turns += 1; }
                const more = turns < 2 || times.length < 60 && turns < 60;
                if (more && times.length <= most) requestAnimationFrame(frame);
                else done({ times: times.slice(1), painted, empty });
            };
            requestAnimationFrame(now => { before = now; requestAnimationFrame(frame); });";
        let arguments = vec![json!(grid), json!(most.min(1_000_000))];
        let frames = self.window.client.execute_async(script, arguments).await.unwrap();
        serde_json::from_value(frames).unwrap()
    }

    /// Milliseconds from frame to frame while the page is idle.
    pub async fn watch(&self, frames: usize) -> Vec<f64> {
        let script = "
            const [wanted, done] = arguments;
            const times = [];
            let before;
            const frame = now => {
                if (before !== undefined) times.push(now - before);
                before = now;
                if (times.length < wanted) requestAnimationFrame(frame);
                else done(times);
            };
            requestAnimationFrame(frame);";
        let times = self.window.client.execute_async(script, vec![json!(frames)]).await.unwrap();
        serde_json::from_value(times).unwrap()
    }

    /// Prints a line of the table: median, 95th percentile, largest.
    #[allow(clippy::print_stdout)]
    pub fn print(&self, what: &str, times: &[f64]) {
        let mut sorted = times.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |share: usize| sorted[(sorted.len() * share / 100).min(sorted.len() - 1)];
        println!("{what:<58} {:>8.1} {:>8.1} {:>8.1}", at(50), at(95), at(100));
    }
}
