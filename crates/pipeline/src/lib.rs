//! Order, concurrency, back-pressure and resume of a run.
