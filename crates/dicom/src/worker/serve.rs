//! The worker's side: decodes what it is asked to until nobody asks any more.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::protocol::{Reply, read_request, write_reply};
use crate::frame::{FrameFailure, FrameLimits, read_frame};

/// Decodes frames for a parent process: the paths that come in on `input`, one reply each on `output`. Returns at the
/// end of the input.
///
/// Belongs into a process of its own: it limits the memory and the processor time of the process, and silences the
/// messages of panics, which would carry values out of the files.
pub fn decode_worker(input: impl Read, output: impl Write) -> io::Result<()> {
    limit_memory()?;
    std::panic::set_hook(Box::new(|_| {}));
    serve(input, output)
}

fn serve(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    while let Some((path, longest_side)) = read_request(&mut input)? {
        limit_processor_time()?;
        let limits = FrameLimits {
            longest_side,
            ..FrameLimits::default()
        };
        write_reply(&mut output, &decode(&path, &limits))?;
    }
    Ok(())
}

fn decode(path: &Path, limits: &FrameLimits) -> Reply {
    catch_unwind(AssertUnwindSafe(|| read_frame(path, limits))).unwrap_or(Err(FrameFailure::Panicked))
}

/// Address space of a worker. The largest frame that is decoded needs about half.
#[cfg(unix)]
const MEMORY: u64 = 1 << 30;

/// Seconds of the processor for one file. Counted here and not by the clock on the wall, so that a busy machine loses
/// no frames that an idle one has; and so that a decoder ends whose parent is gone.
#[cfg(unix)]
const SECONDS: u64 = 10;

#[cfg(unix)]
fn limit_memory() -> io::Result<()> {
    use rustix::process::Resource;
    limit(Resource::As, MEMORY)?;
    // A core file would hold pixels and header.
    limit(Resource::Core, 0)
}

#[cfg(unix)]
fn limit(resource: rustix::process::Resource, soft: u64) -> io::Result<()> {
    use rustix::process::{Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(resource).maximum;
    let current = Some(maximum.map_or(soft, |hard| hard.min(soft)));
    setrlimit(resource, Rlimit { current, maximum }).map_err(io::Error::from)
}

#[cfg(unix)]
fn limit_processor_time() -> io::Result<()> {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let used = u64::try_from(used.tv_sec).unwrap_or(0);
    limit(rustix::process::Resource::Cpu, used + SECONDS)
}

#[cfg(not(unix))]
fn limit_memory() -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn limit_processor_time() -> io::Result<()> {
    Ok(())
}
