//! The parent's side: a pool of worker processes, asked one file at a time and replaced when they fail.

use std::ffi::OsString;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bodysite_core::{Frame, Issue};

use super::protocol::{Reply, read_reply, write_request};
use crate::frame::{FrameFailure, FrameLimits};

/// Decodes frames in worker processes.
///
/// Can be shared by threads: each call takes an idle worker or starts one, so that there are as many workers as there
/// were calls at a time. A worker that dies, is silent for too long or answers nonsense is ended, and the next call
/// starts another.
#[derive(Debug)]
pub struct Decoder {
    program: PathBuf,
    arguments: Vec<OsString>,
    time_limit: Duration,
    longest_side: usize,
    idle: Mutex<Vec<Worker>>,
}

impl Decoder {
    /// Workers are this program, called with `decode-worker`.
    pub fn new() -> io::Result<Self> {
        let program = std::env::current_exe()?;
        Ok(Decoder::with_program(program, ["decode-worker"]))
    }

    /// Workers are another program that calls [`decode_worker`](super::decode_worker).
    pub fn with_program(program: impl Into<PathBuf>, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Decoder {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            time_limit: Duration::from_secs(60),
            longest_side: FrameLimits::default().longest_side,
            idle: Mutex::default(),
        }
    }

    /// How long one file may take by the clock; a minute where nothing else is said. A worker gives itself ten seconds
    /// of the processor, so that this is for those that wait for something.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// The longer side of the frames given; 1,024 pixels where nothing else is said.
    pub fn longest_side(mut self, side: usize) -> Self {
        self.longest_side = side;
        self
    }

    /// Decodes the representative frame of a file, as [`read_frame`](crate::read_frame) does.
    pub fn read_frame(&self, path: &Path) -> Result<(Frame, Vec<Issue>), FrameFailure> {
        let idle = self.workers().pop();
        let (mut worker, used) = match idle {
            Some(worker) => (worker, true),
            None => (self.start()?, false),
        };
        let mut reply = worker.ask(path, self.longest_side, self.time_limit);
        if used && reply == Err(Silence::Refused) {
            // It died while nobody looked; this file has done nothing.
            worker = self.start()?;
            reply = worker.ask(path, self.longest_side, self.time_limit);
        }
        match reply {
            Ok(reply) => {
                self.workers().push(worker);
                reply
            }
            Err(Silence::Died) if worker.ran_out_of_time() => Err(FrameFailure::TimedOut),
            Err(Silence::TimedOut) => Err(FrameFailure::TimedOut),
            Err(Silence::Refused | Silence::Died) => Err(FrameFailure::Died),
        }
    }

    fn workers(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> Result<Worker, FrameFailure> {
        Worker::start(&self.program, &self.arguments).map_err(|_| FrameFailure::NoWorker)
    }
}

/// Why a worker gave no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Silence {
    /// It did not even take the request.
    Refused,
    Died,
    TimedOut,
}

#[derive(Debug)]
struct Worker {
    child: Child,
    input: ChildStdin,
    replies: Receiver<Reply>,
}

impl Worker {
    fn start(program: &Path, arguments: &[OsString]) -> io::Result<Worker> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Threads, their heaps and what an allocator reserves ahead would use up the address space that a worker
            // may have.
            .env("MALLOC_ARENA_MAX", "1")
            .env("MIMALLOC_ARENA_RESERVE", "32MiB")
            .env("RAYON_NUM_THREADS", "1");
        apart(&mut command);
        let mut child = command.spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Worker {
            child,
            input,
            replies: listen(output)?,
        })
    }

    fn ask(&mut self, path: &Path, longest_side: usize, limit: Duration) -> Result<Reply, Silence> {
        write_request(&mut self.input, path, longest_side).map_err(|_| Silence::Refused)?;
        self.replies.recv_timeout(limit).map_err(|error| match error {
            RecvTimeoutError::Timeout => Silence::TimedOut,
            RecvTimeoutError::Disconnected => Silence::Died,
        })
    }

    /// Whether a worker that is gone used up its time on the processor.
    #[cfg(unix)]
    fn ran_out_of_time(&mut self) -> bool {
        use std::os::unix::process::ExitStatusExt;
        // It may have closed its output only, and would be waited for in vain.
        let _ = self.child.kill();
        self.child
            .wait()
            .is_ok_and(|status| status.signal() == Some(libc::SIGXCPU))
    }

    #[cfg(not(unix))]
    fn ran_out_of_time(&mut self) -> bool {
        false
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Either may fail for a process that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Passes replies on, so that they can be waited for with a limit; ends with the worker.
fn listen(output: ChildStdout) -> io::Result<Receiver<Reply>> {
    let (sender, replies) = channel();
    let mut output = BufReader::new(output);
    std::thread::Builder::new()
        .name("decoder".into())
        .stack_size(128 * 1024)
        .spawn(move || {
            while let Ok(reply) = read_reply(&mut output) {
                if sender.send(reply).is_err() {
                    return;
                }
            }
        })?;
    Ok(replies)
}

/// A signal that ends the run at the keyboard is the parent's to handle: files being decoded are still finished.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn apart(_: &mut Command) {}
