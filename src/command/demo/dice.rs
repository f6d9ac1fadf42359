//! Chance that falls the same way every time (SplitMix64, by its published constants).

/// A source of numbers that look random.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both possible.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.abs_diff(low).saturating_add(1);
        low.saturating_add_unsigned(self.roll() % span)
    }

    /// Yes, so many times in a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.roll() % 100 < percent
    }

    /// A fraction of one, at both sides of zero.
    pub fn swing(&mut self) -> f64 {
        f64::from(u16::try_from(self.roll() % 20_001).unwrap_or(0)) / 10_000.0 - 1.0
    }

    /// One of them; `None` where there are none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.roll() % u64::try_from(from.len()).ok().filter(|len| *len > 0)?;
        from.get(usize::try_from(at).ok()?)
    }

    /// One of the texts; nothing where there are none.
    pub fn word<'a>(&mut self, from: &[&'a str]) -> &'a str {
        self.pick(from).copied().unwrap_or_default()
    }

    /// The first of them whose running weight reaches the roll.
    pub fn weighted<'a, T>(&mut self, from: &'a [T], weight: impl Fn(&T) -> u64) -> Option<&'a T> {
        let all: u64 = from.iter().map(&weight).sum();
        let mut left = self.roll().checked_rem(all)?;
        from.iter().find(|one| match left.checked_sub(weight(one)) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        })
    }

    /// `most` of them at most, in their order, none twice.
    pub fn some<'a>(&mut self, from: &[&'a str], most: usize) -> Vec<&'a str> {
        let mut left: Vec<&str> = from.to_vec();
        while left.len() > most {
            let at = usize::try_from(self.roll()).unwrap_or(usize::MAX) % left.len();
            left.remove(at);
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_falls_the_same_way() {
        let rolls = |seed| {
            let mut dice = Dice::new(seed);
            (0..8).map(|_| dice.between(1, 6)).collect::<Vec<_>>()
        };
        assert_eq!(rolls(7), rolls(7));
        assert_ne!(rolls(7), rolls(8));
    }

    #[test]
    fn weights_count() {
        let mut dice = Dice::new(1);
        let heads =
            (0..1_000).filter(|_| dice.weighted(&[(true, 9), (false, 1)], |s| s.1).unwrap().0).count();
        assert!((850..950).contains(&heads), "{heads}");
        assert_eq!(dice.weighted(&[(1, 0)], |s| s.1), None);
    }

    #[test]
    fn some_keep_their_order() {
        let mut dice = Dice::new(3);
        for _ in 0..100 {
            let some = dice.some(&["a", "b", "c", "d"], 2);
            assert!(some.len() == 2 && some[0] < some[1], "{some:?}");
        }
    }
}
