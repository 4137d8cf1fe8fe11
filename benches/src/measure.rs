//! Runs a program once and measures it.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use wait4::Wait4;

use crate::Failure;

/// A program that takes longer is considered hung.
const PATIENCE: Duration = Duration::from_secs(1800);
/// How much of a failed program's output is shown.
const SHOWN: usize = 2000;

/// The measurements of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// From before the start to after the end, seconds.
    pub wall_s: f64,
    /// User and system, seconds.
    pub cpu_s: f64,
    /// Peak resident memory, MiB.
    pub rss_mib: f64,
    /// Its standard output.
    pub output: String,
}

/// Runs a program to its end. The driver must be small at that time: on Linux a process inherits
/// the peak memory of its parent.
///
/// # Errors
/// If it does not start, does not end or fails.
#[allow(clippy::cast_precision_loss)] // sizes of memory
pub fn run(command: &mut Command) -> Result<Sample, Failure> {
    let program = format!("{command:?}");
    let file = || tempfile::tempfile().map_err(Failure::io("a temporary file"));
    let (mut output, mut errors) = (file()?, file()?);
    let handle = |file: &File| file.try_clone().map_err(Failure::io("a temporary file"));
    command.stdin(Stdio::null()).stdout(handle(&output)?).stderr(handle(&errors)?);

    let begun = Instant::now();
    let process = command.spawn().map_err(Failure::io(program.clone()))?;
    let watch = watch(process.id());
    let ended = process.wait4().map_err(Failure::io(program.clone()))?;
    let wall_s = begun.elapsed().as_secs_f64();
    drop(watch);

    let output = text(&mut output)?;
    if !ended.status.success() {
        let all = format!("{output}{}", text(&mut errors)?);
        let from = all.char_indices().rev().nth(SHOWN).map_or(0, |(at, _)| at);
        return Err(Failure::Program {
            program,
            status: ended.status.to_string(),
            output: all[from..].to_owned(),
        });
    }
    let cpu_s = (ended.rusage.utime + ended.rusage.stime).as_secs_f64();
    Ok(Sample { wall_s, cpu_s, rss_mib: ended.rusage.maxrss as f64 / (1024.0 * 1024.0), output })
}

/// Kills a process that takes too long, until the value is dropped.
fn watch(id: u32) -> mpsc::Sender<()> {
    let (sender, ended) = mpsc::channel::<()>();
    thread::spawn(move || {
        if ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").args(["-KILL", &id.to_string()]).status();
        }
    });
    sender
}

fn text(file: &mut File) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes));
    read.map_err(Failure::io("a program's output"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The middle of the values, or the mean of the two in the middle; 0 without values.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[half],
        _ => f64::midpoint(values[half - 1], values[half]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_fails_shows_its_end() {
        let error = run(Command::new("sh").args(["-c", "echo out; echo wrong >&2; exit 3"])).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("exit status: 3") && text.contains("out\nwrong"), "{text}");
    }

    #[test]
    fn cpu_time_and_memory_are_the_programs_own() {
        let busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo $i";
        let sample = run(Command::new("sh").args(["-c", busy])).unwrap();
        assert_eq!(sample.output, "100000\n");
        assert!(sample.cpu_s > 0.0 && sample.rss_mib > 0.1, "{sample:?}");
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
    }
}
