//! Ctrl-C and SIGTERM: the first asks the run to stop at the next consistent state, the second ends at once.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit::Exit;
use crate::terminal::complain;

static LISTENING: Once = Once::new();
static CANCEL: AtomicBool = AtomicBool::new(false);
static SIGNAL: AtomicI32 = AtomicI32::new(0);

/// Installs the handler, once, and gives the flag that it sets.
pub fn cancel_flag() -> &'static AtomicBool {
    LISTENING.call_once(install);
    &CANCEL
}

fn install() {
    match Signals::new([SIGINT, SIGTERM]) {
        Ok(signals) => {
            std::thread::spawn(move || listen(signals));
        }
        Err(_) => complain("bodysite: signals cannot be caught here; a killed run can still be resumed"),
    }
}

fn listen(mut signals: Signals) {
    for signal in signals.forever() {
        SIGNAL.store(signal, Ordering::SeqCst);
        if CANCEL.swap(true, Ordering::SeqCst) {
            std::process::exit(128 + signal);
        }
        complain("bodysite: stopping; press again to stop at once");
    }
}

/// How a cancelled run ends.
pub fn cancelled() -> Exit {
    complain("bodysite: stopped before the end; run the same command again to go on");
    match SIGNAL.load(Ordering::SeqCst) {
        SIGTERM => Exit::Terminated,
        _ => Exit::Interrupted,
    }
}
