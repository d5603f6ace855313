//! A set of durations by its middle and its tail.

/// How durations are spread, in seconds. Empty sets have zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spread {
    /// How many there are.
    pub count: usize,
    /// Half of them are at most this.
    pub p50: i64,
    /// Nine of ten are at most this.
    pub p90: i64,
    /// The longest.
    pub max: i64,
}

impl Spread {
    /// Of these durations in seconds; what lies before zero (clocks differ) counts as zero.
    pub fn of(durations: impl IntoIterator<Item = i64>) -> Self {
        let mut all: Vec<i64> = durations.into_iter().map(|one| one.max(0)).collect();
        all.sort_unstable();
        Self {
            count: all.len(),
            p50: nearest_rank(&all, 50),
            p90: nearest_rank(&all, 90),
            max: all.last().copied().unwrap_or_default(),
        }
    }
}

/// The smallest value that at least so many percent of all are not above (the nearest-rank method).
fn nearest_rank(sorted: &[i64], percent: usize) -> i64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    let index = rank.saturating_sub(1);
    sorted.get(index).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let spread = Spread::of([5, 1, 3, 2, 4, 6, 7, 8, 10, 9]);
        let wanted = Spread {
            count: 10,
            p50: 5,
            p90: 9,
            max: 10,
        };
        assert_eq!(spread, wanted);
        assert_eq!(Spread::of([7]).p50, 7);
        assert_eq!(Spread::of([-7, -1]).max, 0);
        assert_eq!(Spread::of([]), Spread::default());
    }
}
