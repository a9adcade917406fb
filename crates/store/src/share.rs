//! Work on a list, shared among a few threads; results keep their order.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

/// Items for which a thread is worth its start.
const WORTH: usize = 128;

/// More would only wait for memory.
const MOST_THREADS: usize = 4;

/// What `work` makes of each part of a list, in the order of the parts.
pub(crate) fn share<T: Send, U: Send>(mut items: Vec<T>, work: impl Fn(Vec<T>) -> U + Sync) -> Vec<U> {
    let cores = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(MOST_THREADS);
    let parts = (items.len() / WORTH).clamp(1, cores);
    let each = items.len().div_ceil(parts);
    thread::scope(|scope| {
        let mut threads = Vec::new();
        while items.len() > each {
            let rest = items.split_off(each);
            let part = std::mem::replace(&mut items, rest);
            let work = &work;
            threads.push(scope.spawn(move || work(part)));
        }
        // The last part is this thread's own.
        let last = work(items);
        let mut results: Vec<U> = Vec::with_capacity(parts);
        for thread in threads {
            results.push(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        results.push(last);
        results
    })
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn parts_come_back_in_order_and_nothing_is_lost() {
        for many in [0, 1, 127, 128, 1000, 5003] {
            let parts = share((0..many).collect::<Vec<u32>>(), |part| part);
            assert_eq!(parts.concat(), (0..many).collect::<Vec<u32>>());
        }
    }
}
