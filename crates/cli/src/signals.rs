//! Ctrl-C and SIGTERM: the first asks the run to stop at the next consistent state, the second ends at once.

use std::sync::atomic::{AtomicBool, Ordering};

static CANCEL: AtomicBool = AtomicBool::new(false);

/// Installs the handler and gives the flag that it sets.
pub fn cancel_flag() -> &'static AtomicBool {
    let handler = || {
        if CANCEL.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        crate::terminal::complain("bodysite: stopping; press again to stop at once");
    };
    if ctrlc::set_handler(handler).is_err() {
        crate::terminal::complain("bodysite: signals cannot be caught here; a killed run can still be resumed");
    }
    &CANCEL
}
