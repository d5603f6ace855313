//! Which steps of a range are judged together: the range is cut into disjoint runs, so that two
//! approvals that overlap can never carry an edit that neither saw.

use crate::policy::Decision;

/// Steps `start..end` of the range, judged as one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// Index of the first step.
    pub(super) start: usize,
    /// Index behind the last step.
    pub(super) end: usize,
    /// What the run alone decides.
    pub(super) decision: Decision,
}

/// How bad a partition is: steps that cannot be judged, steps denied, steps that wait, and then
/// the number of runs. Compared in this order, so that the range passes if any partition passes.
type Cost = (usize, usize, usize, usize);

/// The windows (by index) of the best partition of `steps` steps, in order. Every step must have a
/// window of its own; without one the range cannot be cut and the answer is none.
pub(super) fn best(steps: usize, windows: &[Window]) -> Option<Vec<usize>> {
    // best[i]: the cheapest way to cut steps i.., with the window it begins with.
    let mut best: Vec<Option<(Cost, usize)>> = vec![None; steps + 1];
    best[steps] = Some(((0, 0, 0, 0), usize::MAX));
    for start in (0..steps).rev() {
        for (index, window) in windows.iter().enumerate() {
            if window.start != start || window.end <= start || window.end > steps {
                continue;
            }
            let Some((rest, _)) = best[window.end] else {
                continue;
            };
            let cost = add(cost(window), rest);
            if best[start].is_none_or(|(least, _)| cost < least) {
                best[start] = Some((cost, index));
            }
        }
    }
    let mut chosen = Vec::new();
    let mut at = 0;
    while at < steps {
        let (_, index) = best[at]?;
        chosen.push(index);
        at = windows[index].end;
    }
    Some(chosen)
}

const fn cost(window: &Window) -> Cost {
    let steps = window.end - window.start;
    match window.decision {
        Decision::Allow => (0, 0, 0, 1),
        Decision::Pending => (0, 0, steps, 1),
        Decision::Deny => (0, steps, 0, 1),
        Decision::Error => (steps, 0, 0, 1),
    }
}

const fn add(a: Cost, b: Cost) -> Cost {
    (a.0 + b.0, a.1 + b.1, a.2 + b.2, a.3 + b.3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(start: usize, end: usize, decision: Decision) -> Window {
        Window {
            start,
            end,
            decision,
        }
    }

    fn singles(steps: usize) -> Vec<Window> {
        (0..steps)
            .map(|at| window(at, at + 1, Decision::Pending))
            .collect()
    }

    #[test]
    fn a_run_that_passes_is_taken_over_its_single_steps() {
        let mut windows = singles(3);
        windows.push(window(0, 3, Decision::Allow));
        assert_eq!(best(3, &windows), Some(vec![3]));
    }

    #[test]
    fn overlapping_approvals_cannot_both_be_used() {
        // Approved: steps 0-1, and steps 1-2. No cut uses both, so one step stays uncovered.
        let mut windows = singles(3);
        windows.push(window(0, 2, Decision::Allow));
        windows.push(window(1, 3, Decision::Allow));
        let chosen = best(3, &windows).unwrap_or_default();
        let pending = chosen
            .iter()
            .filter(|index| windows[**index].decision == Decision::Pending)
            .count();
        assert_eq!(pending, 1);
    }

    #[test]
    fn adjacent_runs_cover_a_range_that_greed_would_not() {
        // Taking 0-1 first leaves 2 uncovered; the cut 0 | 1-2 passes.
        let mut windows = singles(3);
        windows.push(window(0, 2, Decision::Allow));
        windows.push(window(0, 1, Decision::Allow));
        windows.push(window(1, 3, Decision::Allow));
        assert_eq!(best(3, &windows), Some(vec![4, 5]));
    }

    #[test]
    fn a_step_without_any_window_cannot_be_cut() {
        assert_eq!(best(2, &[window(0, 1, Decision::Allow)]), None);
        assert_eq!(best(0, &[]), Some(vec![]));
    }
}
