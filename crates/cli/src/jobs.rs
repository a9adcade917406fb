//! How many threads a command uses.

/// The number asked for, or one a core.
pub fn wanted(asked: Option<u16>) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    asked.map_or(cores, usize::from)
}
