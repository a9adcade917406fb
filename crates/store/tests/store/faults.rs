//! What happens when the database goes away, is locked, full, read-only, or not a database.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bodysite_core::{FileRecord, Ledger, LedgerError};
use bodysite_store::{Patience, Store, StoreError};

use crate::contract::{filled, pages, same, start};
use crate::records::{file, files, versions};
use crate::server;

fn impatient() -> Patience {
    Patience {
        attempts: 3,
        first_pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(20),
        limit: Duration::from_secs(5),
    }
}

fn refused(result: Result<Store, StoreError>) -> StoreError {
    match result {
        Ok(store) => panic!("{} was opened", store.address()),
        Err(error) => error,
    }
}

/// Batches are written while the caller goes on: what failed is told by the next call at the latest.
fn put_in_vain(store: &mut Store, run: i64, files: &[FileRecord]) -> LedgerError {
    let put = store.put(run, &versions("m1"), files);
    put.and_then(|()| store.reviews()).unwrap_err()
}

#[test]
fn a_connection_cut_fifty_times_loses_and_doubles_nothing() {
    let Some(schema) = server::schema() else { return };
    let url = format!("{}&application_name=cut", schema.url);
    let mut store = Store::open(&url).unwrap();
    let files = files(0..2000);
    let mut cuts = 0;
    let written = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let cutter = scope.spawn(|| {
            let begun = Instant::now();
            let mut cuts = 0;
            while cuts < 50 && begun.elapsed() < Duration::from_secs(120) {
                cuts += schema.cut("cut");
                wait_for_a_batch(&written);
            }
            cuts
        });
        let run = store.begin(&start("m1")).unwrap();
        // The load goes on until the connection was cut often enough, whatever the speed of the machine.
        while !cutter.is_finished() {
            for batch in files.chunks(50) {
                store.put(run, &versions("m1"), batch).unwrap();
                written.fetch_add(1, Ordering::Relaxed);
            }
        }
        cuts = cutter.join().unwrap();
    });
    assert!(cuts >= 50, "{cuts}");
    check_whole(&mut store, &files);
    let rows = schema.rows("select count(*) from assertions");
    let claims = files.iter().filter_map(|f| f.instance.as_ref());
    let claims: usize = claims.map(|i| i.assertions.len() + i.image_assertions.len()).sum();
    assert_eq!(rows[0][0].as_deref(), Some(claims.to_string().as_str()));
    assert_eq!(store.runs().unwrap().len(), 1);
}

/// However slow the machine, every second cut at the latest meets a connection that got something done.
fn wait_for_a_batch(written: &AtomicUsize) {
    let before = written.load(Ordering::Relaxed);
    let begun = Instant::now();
    std::thread::sleep(Duration::from_millis(80));
    while written.load(Ordering::Relaxed) == before && begun.elapsed() < Duration::from_secs(2) {
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn check_whole(store: &mut Store, files: &[FileRecord]) {
    let mut expected: Vec<_> = files.iter().filter(|f| f.instance.is_some()).cloned().collect();
    expected.sort_by_key(|f| f.cursor());
    same(&pages(store, 1, 500), &expected);
}

#[test]
fn a_server_that_restarts_is_waited_for_and_one_that_stays_away_is_not() {
    let Some(url) = server::throw_away() else { return };
    let files = files(0..600);
    let mut store = Store::open(&url).unwrap();
    let run = store.begin(&start("m1")).unwrap();
    store.put(run, &versions("m1"), &files[..300]).unwrap();
    server::restart(&url);
    store.put(run, &versions("m1"), &files[300..]).unwrap();
    check_whole(&mut store, &files);
    let mut impatient = Store::open_with(&url, impatient()).unwrap();
    server::stop(&url);
    let begun = Instant::now();
    let error = impatient.runs().unwrap_err();
    assert!(matches!(error, StoreError::Lost { attempts: 3, .. }), "{error}");
    assert!(error.to_string().contains("run the same command again"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_server_that_is_too_slow_is_given_up() {
    let Some(schema) = server::schema() else { return };
    let patience = Patience {
        limit: Duration::from_millis(300),
        ..impatient()
    };
    let mut store = Store::open(&schema.url).unwrap();
    let run = filled(&mut store, &files(0..10));
    drop(store);
    let mut store = Store::open_with(&schema.url, patience).unwrap();
    let (locked, go_on) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| hold_lock(&schema.url, &locked, &go_on));
        while !locked.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let error = put_in_vain(&mut store, run, &[file(1)]);
        assert!(error.to_string().contains("no answer in time"), "{error}");
        go_on.store(true, Ordering::Relaxed);
    });
    store.put(run, &versions("m1"), &[file(1)]).unwrap();
}

fn hold_lock(url: &str, locked: &AtomicBool, go_on: &AtomicBool) {
    use sqlx::Connection;
    server::block_on(async {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        let mut transaction = connection.begin().await.unwrap();
        sqlx::raw_sql("lock table sources in access exclusive mode")
            .execute(&mut *transaction)
            .await
            .unwrap();
        locked.store(true, Ordering::Relaxed);
        while !go_on.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        transaction.rollback().await.unwrap();
    });
}

#[test]
fn a_read_only_server_says_so() {
    let Some(schema) = server::schema() else { return };
    drop(Store::open(&schema.url).unwrap());
    let error = refused(Store::open(&schema.read_only()));
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}

#[test]
fn a_server_that_is_not_there_is_tried_and_its_password_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!(
        "postgres://reader:s3cret@localhost/images?host={}",
        folder.path().display()
    );
    let error = refused(Store::open_with(&url, impatient()));
    assert!(matches!(error, StoreError::Lost { attempts: 3, .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[test]
fn a_database_that_another_process_holds_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = crate::sqlite_in(folder.path());
    let run = filled(&mut store, &files(0..10));
    let path = folder.path().join("bodysite.db");
    std::thread::scope(|scope| {
        let (sender, locked) = std::sync::mpsc::channel();
        scope.spawn(move || {
            use sqlx::Connection;
            server::block_on(async {
                let url = format!("sqlite:{}", path.display());
                let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
                sqlx::raw_sql("begin immediate").execute(&mut other).await.unwrap();
                sender.send(()).unwrap();
                tokio::time::sleep(Duration::from_millis(300)).await;
                sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
            });
        });
        locked.recv().unwrap();
        store.put(run, &versions("m1"), &[file(20)]).unwrap();
    });
    assert_eq!(store.record(&file(20).path).unwrap(), Some(file(20)));
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let notes = "not a database, but long enough to look like one: ".repeat(40);
    std::fs::write(&path, &notes).unwrap();
    let error = refused(Store::open(&format!("sqlite:{}", path.display())));
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), notes);
    let error = refused(Store::open(&format!(
        "sqlite:{}/missing/bodysite.db",
        folder.path().display()
    )));
    assert!(matches!(error, StoreError::Denied { .. }), "{error}");
}

#[test]
fn a_database_of_a_later_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(crate::sqlite_in(folder.path()));
    let url = format!("sqlite:{}", folder.path().join("bodysite.db").display());
    server::block_on(async {
        use sqlx::Connection;
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let later = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
                     values (9999, 'later', 1, x'00', 0)";
        sqlx::raw_sql(later).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    let error = refused(Store::open(&url));
    assert!(matches!(error, StoreError::Schema { .. }), "{error}");
}

#[test]
fn a_full_disk_is_named_and_the_run_goes_on_once_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_mounted) = small_disk(folder.path()) else {
        return;
    };
    let mut store = crate::sqlite_in(folder.path());
    let ballast = folder.path().join("ballast");
    let run = store.begin(&start("m1")).unwrap();
    store.put(run, &versions("m1"), &files(0..50)).unwrap();
    store.reviews().unwrap();
    // Fills what is left; that the last write fails is the point.
    let _ = std::fs::write(&ballast, vec![0u8; 8 << 20]);
    let files = files(50..1050);
    let error = put_in_vain(&mut store, run, &files);
    assert!(error.to_string().contains("no space left"), "{error}");
    std::fs::remove_file(&ballast).unwrap();
    store.put(run, &versions("m1"), &files).unwrap();
    assert_eq!(store.runs().unwrap()[0].files.values().sum::<u64>(), 1050);
}

/// An 8 MiB disk; needs the right to mount, which is said where it is missing.
fn small_disk(folder: &std::path::Path) -> Option<Mounted> {
    let mount = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=8m", "bodysite-test"])
        .arg(folder)
        .output();
    match mount {
        Ok(output) if output.status.success() => Some(Mounted(folder.to_owned())),
        _ => {
            eprintln!("\n*** DISK-FULL TEST DID NOT RUN: a small disk cannot be mounted by this user ***\n");
            None
        }
    }
}

struct Mounted(std::path::PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
