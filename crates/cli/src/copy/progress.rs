//! Reports the progress of a run: a bar on a terminal, lines elsewhere, events for programs.

use std::{
    collections::HashMap,
    fmt::Write,
    io::IsTerminal,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use longshore_app::{
    bytes_in_words,
    transfer::{CopyPlan, Event, Reporter},
};
use serde_json::{Value, json};

use super::{
    summary::Names,
    width::{from_to, shortened, wrapped},
};
use crate::output;

/// Time between two `progress` events.
const PAUSE: Duration = Duration::from_millis(500);
/// Width of the first column of a line.
const INDENT: usize = 9;
/// Width of a terminal that does not report its size, and the minimum width of lines.
const USUAL_WIDTH: usize = 80;
const LEAST_WIDTH: usize = 40;
/// Columns for the destination's name before a bar.
const LONGEST_PREFIX: usize = 20;

/// A reporter for one run. Lines are printed by a separate thread, so that a slow reader does not
/// slow down the copy.
pub(crate) struct Progress {
    names: Names,
    images: Vec<Named>,
    as_json: bool,
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

/// An image as it is reported.
#[derive(Clone, Default)]
struct Named {
    source: String,
    destination: String,
    digest: String,
}

struct State {
    lines: Option<Sender<String>>,
    printer: Option<JoinHandle<()>>,
    /// Blobs in progress, by image and digest.
    moving: HashMap<(usize, String), u64>,
    moved: u64,
    total: u64,
    ended: usize,
    told: Option<Instant>,
}

impl Progress {
    /// For a plan that is about to run.
    pub(crate) fn new(plan: &CopyPlan, as_json: bool) -> Self {
        let bar = has_bar(as_json).then(|| bar(plan.totals.bytes_to_move));
        Self::with(plan, as_json, bar)
    }

    /// For plans that run concurrently: one bar below the other, each with the name of its
    /// destination.
    pub(crate) fn side_by_side<'a>(
        plans: impl ExactSizeIterator<Item = &'a CopyPlan>,
        as_json: bool,
    ) -> Vec<Arc<Self>> {
        if plans.len() < 2 {
            return plans.map(|plan| Arc::new(Self::new(plan, as_json))).collect();
        }
        let all = MultiProgress::new();
        plans
            .map(|plan| {
                let bar = has_bar(as_json).then(|| all.add(bar(plan.totals.bytes_to_move)));
                if let Some(bar) = &bar {
                    bar.set_prefix(format!("{} ", shortened(&plan.destination, LONGEST_PREFIX)));
                }
                Arc::new(Self::with(plan, as_json, bar))
            })
            .collect()
    }

    fn with(plan: &CopyPlan, as_json: bool, bar: Option<ProgressBar>) -> Self {
        let (lines, printer) = if bar.is_some() { (None, None) } else { printer() };
        let named = |image: &longshore_app::transfer::PlannedImage| Named {
            source: image.source_name(),
            destination: image.destination_name(),
            digest: image.digest.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        Self {
            names: Names::of(plan),
            images: plan.images.iter().map(named).collect(),
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

    /// Shows that the run was asked to stop.
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
        let named = self.images.get(image).cloned().unwrap_or_default();
        (self.names.source(&named.source), self.names.destination(&named.destination))
    }

    fn digest(&self, image: usize) -> &str {
        self.images.get(image).map_or("", |named| named.digest.as_str())
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
                Some(self.whole("done", Some(&source), &destination, self.digest(*image)))
            }
            Event::Skipped { image, .. } => {
                Some(self.whole("skipped", None, &self.full(*image).1, self.digest(*image)))
            }
            Event::Failed { image, failure } => {
                let (source, _) = self.full(*image);
                Some(format!("failed   {source}: {}", failure.in_words()))
            }
            Event::ReferrerRefused { image, digest, failure } => {
                let (source, _) = self.full(*image);
                let (referrer, why) = (digest.short(), &failure.message);
                Some(format!("warning  {source}: the referrer {referrer} was not accepted: {why}"))
            }
            Event::SourceMoved { image, planned, .. } => {
                let (source, _) = self.full(*image);
                Some(format!("moved    {source} now points elsewhere; {} was copied", planned.short()))
            }
            Event::Removed { repository, tag } => {
                Some(format!("removed  {}", self.names.destination(&format!("{repository}:{tag}"))))
            }
            Event::NotRemoved { repository, tag, failure } => {
                let name = self.names.destination(&format!("{repository}:{tag}"));
                Some(format!("kept     {name}: {}", failure.in_words()))
            }
            Event::Paused => Some("The run is waiting for its window.".to_owned()),
            Event::Resumed => Some("The run continues.".to_owned()),
            _ => None,
        }
    }

    /// An image that is at the destination, and its digest; in two lines if both do not fit into
    /// one line of the terminal.
    fn whole(&self, word: &str, source: Option<&str>, destination: &str, digest: &str) -> String {
        let both = match source {
            Some(source) => format!("{source} → {destination}"),
            None => destination.to_owned(),
        };
        let line = format!("{word:<8} {both}  {digest}");
        match self.width() {
            Some(width) if line.chars().count() > width => {
                let room = width.saturating_sub(INDENT);
                let names = match source {
                    Some(source) => from_to(source, destination, room),
                    None => shortened(destination, room),
                };
                format!("{word:<8} {names}\n{:INDENT$}{digest}", "")
            }
            _ => line,
        }
    }

    /// The width of the terminal, if lines are printed beside a bar to one.
    fn width(&self) -> Option<usize> {
        let terminal = Term::stdout();
        self.bar.as_ref().filter(|_| terminal.is_term())?;
        // A terminal that does not report its size is assumed to have the usual one.
        Some(
            terminal.size_checked().map_or(USUAL_WIDTH, |(_, columns)| usize::from(columns)).max(LEAST_WIDTH),
        )
    }

    fn report_line(&self, event: &Event) {
        let line = if self.as_json {
            self.as_event(event).and_then(|value| output::in_json(&value).ok())
        } else {
            self.as_line(event)
        };
        let Some(line) = line else { return };
        let Some(bar) = &self.bar else { return self.state().print(line) };
        let line = match self.width() {
            Some(width) => {
                let lines: Vec<String> = line.lines().map(|line| wrapped(line, width, INDENT)).collect();
                lines.join("\n")
            }
            None => line,
        };
        bar.suspend(|| output::line(&line));
    }

    /// Reports the total of bytes, at most twice a second.
    fn advance(&self) {
        let mut state = self.state();
        let moved = state.moved + state.moving.values().sum::<u64>();
        if let Some(bar) = &self.bar {
            bar.set_length(state.total.max(moved));
            bar.set_position(moved);
            bar.set_message(format!("{}/{} images", state.ended, self.images.len()));
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
    fn report(&self, event: Event) {
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
            // The summary reports it.
            Event::Ended { .. } => return,
            _ => {}
        }
        self.report_line(&event);
        if self.bar.is_some() {
            self.advance();
        }
    }
}

fn has_bar(as_json: bool) -> bool {
    !as_json && std::io::stderr().is_terminal()
}

/// A bar that fits 80 columns, with numbers in the same units as everything else.
fn bar(total: u64) -> ProgressBar {
    let template = "{prefix}{wide_bar} {moved}/{all} {rate} {left} left  {msg}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let style = style
        .with_key("moved", |state: &ProgressState, text: &mut dyn Write| {
            put(text, &bytes_in_words(state.pos()));
        })
        .with_key("all", |state: &ProgressState, text: &mut dyn Write| {
            put(text, &bytes_in_words(state.len().unwrap_or_default()));
        })
        .with_key("rate", |state: &ProgressState, text: &mut dyn Write| {
            put(text, &format!("{}/s", bytes_in_words(state.per_sec() as u64)));
        })
        .with_key("left", |state: &ProgressState, text: &mut dyn Write| {
            put(text, &time_in_words(state.eta()));
        });
    let bar = ProgressBar::new(total).with_style(style);
    bar.set_message("planned");
    bar
}

fn put(text: &mut dyn Write, value: &str) {
    if text.write_str(value).is_err() {
        tracing::trace!("the bar is not drawn");
    }
}

/// `40 s`, `3 min`, `2 h`.
fn time_in_words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..100 => format!("{seconds} s"),
        seconds @ 100..6_000 => format!("{} min", seconds.div_ceil(60)),
        seconds @ 6_000..600_000 => format!("{} h", seconds.div_ceil(3_600)),
        _ => "days".to_owned(),
    }
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
