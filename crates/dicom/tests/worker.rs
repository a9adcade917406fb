//! Frames come back from worker processes, whatever becomes of those.

mod instance;

use std::path::PathBuf;
use std::time::Duration;

use bodysite_dicom::{Decoder, FrameFailure, FrameLimits, frame_of_bytes};
use instance::Instance;

fn decoder() -> Decoder {
    Decoder::with_program(env!("CARGO_BIN_EXE_bodysite-decode-worker"), [""; 0])
}

fn written(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_worker_decodes_what_the_library_decodes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = Instance::new().build();
    let path = written(&folder, "one.dcm", &bytes);
    let expected = frame_of_bytes(&bytes, &FrameLimits::default());
    let decoder = decoder();
    for _ in 0..3 {
        assert_eq!(decoder.read_frame(&path), expected);
    }
    let missing = decoder.read_frame(&folder.path().join("none.dcm"));
    assert_eq!(missing, Err(FrameFailure::Unread(bodysite_core::Reason::IoNotFound)));
}

#[test]
fn threads_share_a_decoder() {
    let folder = tempfile::tempdir().unwrap();
    let decoder = decoder();
    std::thread::scope(|scope| {
        for thread in 0..4u16 {
            let (decoder, folder) = (&decoder, &folder);
            scope.spawn(move || {
                let mut instance = Instance::new();
                instance.without_window().size(2, 1).pixels(&[thread, 100]);
                let path = written(folder, &format!("{thread}.dcm"), &instance.build());
                let mut broken = instance.build();
                broken.truncate(broken.len() - 1);
                let cut = written(folder, &format!("{thread}-cut.dcm"), &broken);
                for _ in 0..20 {
                    assert_eq!(decoder.read_frame(&path).unwrap().0.values(), [0, 65_535]);
                    assert_eq!(decoder.read_frame(&cut), Err(FrameFailure::Truncated));
                }
            });
        }
    });
}

#[test]
fn a_worker_that_is_silent_is_ended() {
    let decoder = Decoder::with_program("sleep", ["60"]).time_limit(Duration::from_millis(50));
    let path = PathBuf::from("any.dcm");
    assert_eq!(decoder.read_frame(&path), Err(FrameFailure::TimedOut));
    assert_eq!(decoder.read_frame(&path), Err(FrameFailure::TimedOut));
}

#[test]
fn a_worker_that_uses_up_its_processor_time_ran_out_of_it() {
    let decoder = Decoder::with_program("sh", ["-c", "head -c 1 > /dev/null; kill -s XCPU $$"]);
    assert_eq!(
        decoder.read_frame(&PathBuf::from("any.dcm")),
        Err(FrameFailure::TimedOut)
    );
}

#[test]
fn a_worker_that_dies_or_talks_nonsense_costs_one_file() {
    let path = PathBuf::from("any.dcm");
    for (program, argument) in [("false", ""), ("echo", "nonsense"), ("cat", "-")] {
        let decoder = Decoder::with_program(program, [argument]);
        assert_eq!(decoder.read_frame(&path), Err(FrameFailure::Died), "{program}");
    }
    let nowhere = Decoder::with_program("/nowhere/at/all", [""; 0]);
    assert_eq!(nowhere.read_frame(&path), Err(FrameFailure::NoWorker));
}

#[test]
fn a_worker_killed_while_idle_is_replaced_unnoticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder, "one.dcm", &Instance::new().build());
    // Serves one request and is gone.
    let program = env!("CARGO_BIN_EXE_bodysite-decode-worker");
    let request = 8 + path.as_os_str().len();
    let script = format!("head -c {request} | '{program}'");
    let decoder = Decoder::with_program("sh", ["-c", &script]);
    for _ in 0..3 {
        assert!(decoder.read_frame(&path).is_ok());
        std::thread::sleep(Duration::from_millis(200));
    }
}
