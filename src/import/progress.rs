//! How far an import has come, told on standard error.
//!
//! A terminal gets a bar over the bytes of the file; anything else a plain line
//! every few seconds, so that a log stays readable.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
    path::Path,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::report::grouped;

const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Where progress is told.
pub struct Progress(View);

enum View {
    Silent,
    Bar(ProgressBar),
    Lines { out: Box<dyn Write + Send>, every: Duration, name: String, total: u64, last: Instant },
}

impl Progress {
    /// Nowhere.
    #[must_use]
    pub fn silent() -> Self {
        Self(View::Silent)
    }

    /// On standard error: a bar where that is a terminal, plain lines elsewhere.
    #[must_use]
    pub fn on_stderr() -> Self {
        if io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style =
                "{msg} {wide_bar} {percent}% {bytes}/{total_bytes} {bytes_per_sec} {eta} left, {prefix} rows";
            bar.set_style(
                ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            Self(View::Bar(bar))
        } else {
            Self::in_lines(Box::new(io::stderr()), BETWEEN_LINES)
        }
    }

    fn in_lines(out: Box<dyn Write + Send>, every: Duration) -> Self {
        Self(View::Lines { out, every, name: String::new(), total: 0, last: Instant::now() })
    }

    /// A file of that many bytes begins.
    pub(super) fn start(&mut self, path: &Path, bytes: u64) {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match &mut self.0 {
            View::Silent => {}
            View::Bar(bar) => {
                bar.set_length(bytes);
                bar.set_message(file_name);
            }
            View::Lines { name, total, last, .. } => {
                *name = file_name;
                *total = bytes;
                *last = Instant::now();
            }
        }
    }

    /// So much has been read.
    pub(super) fn at(&mut self, bytes: u64, rows: u64) {
        match &mut self.0 {
            View::Silent => {}
            View::Bar(bar) => {
                bar.set_position(bytes);
                bar.set_prefix(grouped(rows));
            }
            View::Lines { out, every, name, total, last } => {
                if last.elapsed() >= *every {
                    *last = Instant::now();
                    let percent = bytes.saturating_mul(100).checked_div(*total).unwrap_or(100).min(100);
                    // Nobody may be listening any more; that is no reason to stop importing.
                    let _ = writeln!(out, "{name}: {percent} %, {} rows", grouped(rows));
                }
            }
        }
    }

    /// The summary takes over from here.
    pub(super) fn finish(&mut self) {
        if let View::Bar(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            View::Silent => "Progress(silent)",
            View::Bar(_) => "Progress(bar)",
            View::Lines { .. } => "Progress(lines)",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("one thread").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_say_how_far_it_is() {
        let log = Log::default();
        let mut progress = Progress::in_lines(Box::new(log.clone()), Duration::ZERO);
        progress.start(Path::new("/somewhere/npidata.csv"), 4_000);
        progress.at(1_000, 1_200);
        progress.at(4_000, 5_000);
        progress.finish();
        let told = String::from_utf8(log.0.lock().expect("one thread").clone()).expect("text");
        assert_eq!(told, "npidata.csv: 25 %, 1,200 rows\nnpidata.csv: 100 %, 5,000 rows\n");
    }

    #[test]
    fn lines_are_rare() {
        let log = Log::default();
        let mut progress = Progress::in_lines(Box::new(log.clone()), BETWEEN_LINES);
        progress.start(Path::new("x"), 0);
        for row in 0..10_000 {
            progress.at(row, row);
        }
        assert_eq!(log.0.lock().expect("one thread").len(), 0);
    }
}
