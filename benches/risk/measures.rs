//! What an order is worth: the measures of the benchmark, ties broken by the commit's id.

/// A commit in an order.
#[derive(Debug, Clone)]
pub(crate) struct Ranked<'a> {
    pub(crate) score: f64,
    pub(crate) sha: &'a str,
    pub(crate) is_problem: bool,
    /// Lines that were changed.
    pub(crate) lines: u64,
}

/// The chance that a problem stands before a harmless commit; ties count half.
pub(crate) fn auc(ranked: &[Ranked<'_>]) -> f64 {
    let mut scores: Vec<(f64, bool)> = ranked.iter().map(|r| (r.score, r.is_problem)).collect();
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut above, mut wins) = (0.0, 0.0);
    for tied in scores.chunk_by(|a, b| a.0 == b.0) {
        let problems = tied.iter().filter(|(_, is_problem)| *is_problem).count() as f64;
        wins += (tied.len() as f64 - problems) * (above + problems / 2.0);
        above += problems;
    }
    let harmless = ranked.len() as f64 - above;
    wins / (above * harmless)
}

/// The share of the problems that are met before a fifth of the review time is spent: a commit takes
/// what opening it takes (25 lines' worth) and its lines, at most 1,000.
pub(crate) fn found_in_time(ranked: &[Ranked<'_>]) -> f64 {
    let time = |r: &Ranked<'_>| 25 + r.lines.min(1000);
    let all: u64 = ranked.iter().map(time).sum();
    let (mut spent, mut met, mut found) = (0, 0, 0);
    for one in order(ranked) {
        met += u64::from(one.is_problem);
        spent += time(one);
        if spent * 5 <= all {
            found = met;
        }
    }
    found as f64 / problems(ranked) as f64
}

/// How many times more problems than on average are among the first tenth.
pub(crate) fn lift(ranked: &[Ranked<'_>]) -> f64 {
    let first = ranked.len() / 10;
    let found = order(ranked).into_iter().take(first);
    let found = found.filter(|one| one.is_problem).count() as f64;
    let base = problems(ranked) as f64 / ranked.len() as f64;
    found / first as f64 / base
}

/// Where the bands of the likelihood end: the level table's two and one more on either side.
pub(crate) const BANDS: [(i64, i64); 5] = [(0, 35), (35, 45), (45, 55), (55, 65), (65, 101)];

/// How many commits a group has, how many of them are problems, and how many would be by the rate of
/// their repository.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rate {
    pub(crate) commits: usize,
    pub(crate) problems: usize,
    pub(crate) expected: f64,
}

impl Rate {
    /// The rate of the commits that are chosen.
    pub(crate) fn of<'a>(all: &[(i64, bool)], chosen: impl Iterator<Item = &'a bool>) -> Self {
        let base = all.iter().filter(|(_, p)| *p).count() as f64 / all.len() as f64;
        let chosen: Vec<&bool> = chosen.collect();
        Self {
            commits: chosen.len(),
            problems: chosen.iter().filter(|p| ***p).count(),
            expected: base * chosen.len() as f64,
        }
    }

    /// Several repositories together, each measured by its own rate.
    pub(crate) fn sum(rates: impl Iterator<Item = Self>) -> Self {
        rates.fold(Self::default(), |sum, rate| Self {
            commits: sum.commits + rate.commits,
            problems: sum.problems + rate.problems,
            expected: sum.expected + rate.expected,
        })
    }

    /// Problems found over problems expected.
    pub(crate) fn lift(self) -> f64 {
        self.problems as f64 / self.expected
    }
}

/// The rate of each band of likelihood.
pub(crate) fn bands(all: &[(i64, bool)]) -> [Rate; 5] {
    BANDS.map(|(from, to)| {
        let inside = all.iter().filter(|(l, _)| (from..to).contains(l));
        Rate::of(all, inside.map(|(_, is_problem)| is_problem))
    })
}

/// The value below which a share of the values lies.
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or(f64::NAN)
}

/// The mean; not a number of none.
pub(crate) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

fn order<'r, 'a>(ranked: &'r [Ranked<'a>]) -> Vec<&'r Ranked<'a>> {
    let mut order: Vec<&Ranked<'_>> = ranked.iter().collect();
    order.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.sha.cmp(b.sha)));
    order
}

fn problems(ranked: &[Ranked<'_>]) -> usize {
    ranked.iter().filter(|one| one.is_problem).count()
}
