//! Tells how a run goes: a bar on a terminal, lines elsewhere, events for programs.

use std::{
    collections::HashMap,
    io::IsTerminal,
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{self, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};
use longshore_app::transfer::{CopyPlan, Event, Reporter};
use serde_json::{Value, json};

use super::summary::Names;
use crate::output;

/// Time between two `progress` events.
const PAUSE: Duration = Duration::from_millis(500);

/// A reporter for one run. Lines are printed by a thread of their own: a reader that is slow does
/// not slow the copy down.
pub(crate) struct Progress {
    names: Names,
    images: Vec<(String, String)>,
    as_json: bool,
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

struct State {
    lines: Option<Sender<String>>,
    printer: Option<JoinHandle<()>>,
    /// Blobs under way, by image and digest.
    moving: HashMap<(usize, String), u64>,
    moved: u64,
    total: u64,
    ended: usize,
    told: Option<Instant>,
}

impl Progress {
    /// For a plan that is about to run.
    pub(crate) fn new(plan: &CopyPlan, as_json: bool) -> Self {
        let bar = (!as_json && std::io::stderr().is_terminal()).then(|| bar(plan.totals.bytes_to_move));
        let (lines, printer) = if bar.is_some() { (None, None) } else { printer() };
        let names =
            |image: &longshore_app::transfer::PlannedImage| (image.source_name(), image.destination_name());
        Self {
            names: Names::of(plan),
            images: plan.images.iter().map(names).collect(),
            as_json,
            bar,
            state: Mutex::new(State {
                lines,
                printer,
                moving: HashMap::new(),
                moved: 0,
                total: plan.totals.bytes_to_move,
                ended: 0,
                told: None,
            }),
        }
    }

    /// Says that the run was asked to stop.
    pub(crate) fn stopping(&self) {
        match &self.bar {
            Some(bar) => bar.set_message("stopping"),
            None if !self.as_json => output::note("Stopping."),
            None => {}
        }
    }

    /// Waits until everything is printed.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let printer = {
            let mut state = self.state();
            state.lines = None;
            state.printer.take()
        };
        if printer.is_some_and(|printer| printer.join().is_err()) {
            tracing::debug!("the printing thread ended early");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Source and destination of an image in full.
    fn full(&self, image: usize) -> (String, String) {
        let (source, destination) = self.images.get(image).cloned().unwrap_or_default();
        (self.names.source(&source), self.names.destination(&destination))
    }

    fn as_event(&self, event: &Event) -> Option<Value> {
        let mut value = serde_json::to_value(event).ok()?;
        if let Some(image) = value.get("image").and_then(Value::as_u64) {
            let (source, destination) = self.full(usize::try_from(image).unwrap_or(usize::MAX));
            let fields = value.as_object_mut()?;
            fields.insert("source".into(), source.into());
            fields.insert("destination".into(), destination.into());
        }
        Some(value)
    }

    fn as_line(&self, event: &Event) -> Option<String> {
        match event {
            Event::Finished { image } => {
                let (source, destination) = self.full(*image);
                Some(format!("done     {source} → {destination}"))
            }
            Event::Skipped { image, .. } => Some(format!("there    {}", self.full(*image).1)),
            Event::Failed { image, failure } => {
                let (source, _) = self.full(*image);
                Some(format!("failed   {source}: {}", failure.in_words()))
            }
            Event::ReferrerRefused { image, digest, failure } => {
                let (source, _) = self.full(*image);
                Some(format!("without  {source}: {} is not taken: {}", digest.short(), failure.message))
            }
            Event::SourceMoved { image, planned, .. } => {
                let (source, _) = self.full(*image);
                Some(format!("moved    {source} points elsewhere now; {} was copied", planned.short()))
            }
            Event::Removed { repository, tag } => {
                Some(format!("removed  {}", self.names.destination(&format!("{repository}:{tag}"))))
            }
            Event::NotRemoved { repository, tag, failure } => {
                let name = self.names.destination(&format!("{repository}:{tag}"));
                Some(format!("stays    {name}: {}", failure.in_words()))
            }
            Event::Paused => Some("The run waits for its window.".to_owned()),
            Event::Resumed => Some("The run goes on.".to_owned()),
            _ => None,
        }
    }

    fn tell_line(&self, event: &Event) {
        let line = if self.as_json {
            self.as_event(event).and_then(|value| output::in_json(&value).ok())
        } else {
            self.as_line(event)
        };
        let Some(line) = line else { return };
        match (&self.bar, event) {
            // The bar says it.
            (Some(_), Event::Finished { .. } | Event::Skipped { .. }) => {}
            (Some(bar), _) => bar.suspend(|| output::line(&line)),
            (None, _) => self.state().print(line),
        }
    }

    /// Bytes in all, at most twice a second.
    fn advance(&self) {
        let mut state = self.state();
        let moved = state.moved + state.moving.values().sum::<u64>();
        if let Some(bar) = &self.bar {
            bar.set_length(state.total.max(moved));
            bar.set_position(moved);
            bar.set_message(format!("{} of {} images", state.ended, self.images.len()));
        } else if self.as_json && state.told.is_none_or(|told| told.elapsed() >= PAUSE) {
            state.told = Some(Instant::now());
            let (images, ended) = (self.images.len(), state.ended);
            let total = state.total.max(moved);
            let event = json!({
                "event": "progress", "bytes_moved": moved, "bytes_total": total,
                "images_ended": ended, "images": images,
            });
            state.print(event.to_string());
        }
    }
}

impl State {
    fn print(&self, line: String) {
        if self.lines.as_ref().is_some_and(|lines| lines.send(line).is_err()) {
            tracing::debug!("the printing thread has ended");
        }
    }
}

impl Reporter for Progress {
    fn tell(&self, event: Event) {
        match &event {
            Event::Bytes { image, digest, moved, .. } => {
                self.state().moving.insert((*image, digest.to_string()), *moved);
                return self.advance();
            }
            Event::Uploaded { image, digest, size } => {
                let mut state = self.state();
                state.moving.remove(&(*image, digest.to_string()));
                state.moved += size;
            }
            Event::Finished { .. } | Event::Skipped { .. } | Event::Failed { .. } => self.state().ended += 1,
            // The summary says it.
            Event::Ended { .. } => return,
            _ => {}
        }
        self.tell_line(&event);
        if self.bar.is_some() {
            self.advance();
        }
    }
}

fn bar(total: u64) -> ProgressBar {
    let template = "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} left  {msg}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(total).with_style(style);
    bar.set_message(format!("{} to upload", DecimalBytes(total)));
    bar
}

fn printer() -> (Option<Sender<String>>, Option<JoinHandle<()>>) {
    let (sender, lines) = mpsc::channel::<String>();
    let print = move || lines.iter().for_each(|line| output::line(&line));
    match thread::Builder::new().name("printer".into()).spawn(print) {
        Ok(printer) => (Some(sender), Some(printer)),
        Err(error) => {
            tracing::warn!(%error, "progress cannot be shown");
            (None, None)
        }
    }
}
