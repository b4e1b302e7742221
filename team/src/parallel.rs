//! The same for many, on every core.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// As much as the main thread has: letters are parsed here.
const STACK_BYTES: usize = 8 << 20;

/// How many threads there is work for.
pub(crate) fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Does something for each, in order of `items`; `done` is told from any thread how many are done.
///
/// # Panics
/// If `work` does.
pub(crate) fn map<'a, T: Sync, R: Send>(
    items: &'a [T],
    threads: usize,
    work: impl Fn(&'a T) -> R + Sync,
    done: impl Fn(usize) + Sync,
) -> Vec<R> {
    let count = AtomicUsize::new(0);
    let one = |item| {
        let result = work(item);
        done(count.fetch_add(1, Ordering::Relaxed) + 1);
        result
    };
    if threads < 2 || items.len() < 2 {
        return items.iter().map(one).collect();
    }
    let size = items.len().div_ceil(threads);
    thread::scope(|scope| {
        let start = |part: &'a [T]| {
            let work = || part.iter().map(&one).collect::<Vec<R>>();
            (part, thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work))
        };
        let running: Vec<_> = items.chunks(size).map(start).collect();
        let results = running.into_iter().flat_map(|(part, running)| match running {
            Ok(running) => running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // Where no thread can be had, this one does the work.
            Err(_) => part.iter().map(&one).collect(),
        });
        results.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_what_they_are_of() {
        let items: Vec<usize> = (0..1_000).collect();
        for threads in [0, 1, 3, 2_000] {
            let most = AtomicUsize::new(0);
            let results = map(
                &items,
                threads,
                |n| n * 2,
                |done| {
                    let _before = most.fetch_max(done, Ordering::Relaxed);
                },
            );
            assert_eq!(results, items.iter().map(|n| n * 2).collect::<Vec<_>>());
            assert_eq!(most.into_inner(), items.len());
        }
        assert!(map(&[], 4, |n: &usize| *n, |_| ()).is_empty());
    }
}
