//! What an import did, in numbers.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use super::Counts;

/// The sum of one import. `rows` = `kept` + `closing` + all of `skipped` + `rejected`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows of the file, header and blank lines aside.
    pub rows: u64,
    /// Handed to the sink to be there.
    pub kept: u64,
    /// Handed to the sink to be taken off the list.
    pub closing: u64,
    /// What the sink did with both.
    pub counts: Counts,
    /// Left out on purpose, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Rows whose key had come before in this file; the last one wins. They are counted above as well.
    pub duplicates: u64,
    /// Could not be read.
    pub rejected: u64,
    /// Where those are, if there are any.
    pub reject_file: Option<PathBuf>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Summary {
    /// All rows left out on purpose.
    #[must_use]
    pub fn skipped_in_all(&self) -> u64 {
        self.skipped.values().sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { inserted, updated, unchanged, closed } = self.counts;
        writeln!(f, "{:>10} rows read in {:.1} s", grouped(self.rows), self.elapsed.as_secs_f64())?;
        writeln!(
            f,
            "{:>10} kept: {} new, {} changed, {} as before",
            grouped(self.kept),
            grouped(inserted),
            grouped(updated),
            grouped(unchanged)
        )?;
        if self.closing > 0 || closed > 0 {
            writeln!(
                f,
                "{:>10} no longer valid: {} taken off the list",
                grouped(self.closing),
                grouped(closed)
            )?;
        }
        for (reason, count) in &self.skipped {
            writeln!(f, "{:>10} skipped: {}", grouped(*count), reason.replace('_', " "))?;
        }
        if self.duplicates > 0 {
            writeln!(f, "{:>10} repeated an earlier row; the last one counts", grouped(self.duplicates))?;
        }
        write!(f, "{:>10} rejected", grouped(self.rejected))?;
        match &self.reject_file {
            Some(path) => write!(f, ", see {}", path.display()),
            None => Ok(()),
        }
    }
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped() {
        for (number, want) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), want);
        }
    }

    #[test]
    fn a_summary_reads_as_a_list() {
        let summary = Summary {
            rows: 2_108,
            kept: 100,
            closing: 630,
            counts: Counts { inserted: 90, updated: 4, unchanged: 6, closed: 3 },
            skipped: BTreeMap::from([("organisation", 207), ("other_profession", 1_170)]),
            duplicates: 2,
            rejected: 1,
            reject_file: Some("x.rejected.csv".into()),
            elapsed: Duration::from_millis(1_250),
        };
        let want = "     2,108 rows read in 1.2 s
       100 kept: 90 new, 4 changed, 6 as before
       630 no longer valid: 3 taken off the list
       207 skipped: organisation
     1,170 skipped: other profession
         2 repeated an earlier row; the last one counts
         1 rejected, see x.rejected.csv";
        assert_eq!(summary.to_string(), want);
    }
}
