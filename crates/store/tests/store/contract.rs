//! What `bodysite_core::Ledger` promises, asked of either database.

use std::collections::BTreeSet;
use std::sync::Arc;

use bodysite_core::{
    Answer, Attribute, Cursor, FileRecord, Issue, IssueCode, Ledger, Outcome, Reason, RunStart, RunSummary, Status,
    Verdict,
};
use bodysite_store::Store;

use crate::records::{self, file, files, path, studies, versions};

pub fn start(mapping: &str) -> RunStart {
    RunStart {
        versions: versions(mapping),
        roots: vec!["archive".to_owned(), "second \u{e4}".to_owned()],
        started: "2026-01-31T10:00:00Z".to_owned(),
    }
}

/// A store with these files put in one run.
pub fn filled(store: &mut Store, files: &[FileRecord]) -> i64 {
    let run = store.begin(&start("m1")).unwrap();
    for batch in files.chunks(64) {
        store.put(run, &versions("m1"), batch).unwrap();
    }
    run
}

/// Every record of a run, by pages of this size.
pub fn pages(store: &mut Store, run: i64, limit: usize) -> Vec<FileRecord> {
    let mut all = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let page = store.instances_after(run, after.as_ref(), limit).unwrap();
        assert!(page.len() <= limit);
        let Some(last) = page.last() else { return all };
        after = Some(last.cursor());
        all.extend(page);
    }
}

/// Compares without printing thousands of records.
pub fn same(got: &[FileRecord], expected: &[FileRecord]) {
    for (got, expected) in got.iter().zip(expected) {
        assert_eq!(got, expected);
    }
    assert_eq!(got.len(), expected.len());
}

fn outcomes(store: &mut Store, run: i64) -> Vec<(String, Outcome)> {
    let mut all = Vec::new();
    let visit = &mut |path: &str, outcome: &Outcome| {
        all.push((path.to_owned(), outcome.clone()));
        Ok(())
    };
    store.each_outcome(run, visit).unwrap();
    all
}

fn duplicates(store: &mut Store, run: i64) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let visit = &mut |uid: &str, path: &str| {
        all.push((uid.to_owned(), path.to_owned()));
        Ok(())
    };
    store.each_duplicate(run, visit).unwrap();
    all
}

pub fn records_come_back_as_they_were(mut store: Store) {
    let files = files(0..150);
    filled(&mut store, &files);
    for file in &files {
        same(
            &[store.record(&file.path).unwrap().unwrap()],
            std::slice::from_ref(file),
        );
    }
    assert_eq!(store.record("elsewhere").unwrap(), None);
}

pub fn instances_come_in_byte_order_whatever_the_page(mut store: Store) {
    let files = files(0..150);
    let run = filled(&mut store, &files);
    let mut expected: Vec<FileRecord> = files.into_iter().filter(|f| f.instance.is_some()).collect();
    expected.sort_by_key(FileRecord::cursor);
    for limit in [1000, 7] {
        same(&pages(&mut store, run, limit), &expected);
    }
}

pub fn outcomes_come_in_byte_order_of_their_paths(mut store: Store) {
    let names = ["b", "a", "\u{e4}", "B", "a/b", "a b", "a-b", "Z", "_"];
    let mut given = files(0..names.len() as u64);
    for (file, name) in given.iter_mut().zip(names) {
        file.path = name.to_owned();
    }
    let run = filled(&mut store, &given);
    let mut expected: Vec<(String, Outcome)> = given.into_iter().map(|f| (f.path, f.outcome)).collect();
    expected.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    assert_eq!(outcomes(&mut store, run), expected);
}

pub fn known_tells_what_made_the_answers(mut store: Store) {
    let run = filled(&mut store, &files(0..3));
    store.put(run, &versions("m2"), &[file(1)]).unwrap();
    let asked = [path(2), "elsewhere".to_owned(), path(1)];
    let known = store.known(&asked).unwrap();
    assert_eq!(known[1], None);
    let (two, one) = (known[0].as_ref().unwrap(), known[2].as_ref().unwrap());
    assert_eq!((two.size, two.mtime_ns), (file(2).size, file(2).mtime_ns));
    assert_eq!(
        [&*two.mapping, &*two.model, &*two.policy],
        ["m1", "w1", "on-conflict=none"]
    );
    assert_eq!(one.mapping, "m2");
}

pub fn a_run_has_only_what_it_saw(mut store: Store) {
    filled(&mut store, &files(0..20));
    let second = store.begin(&start("m1")).unwrap();
    store.seen(second, &[path(1), path(5), "elsewhere".to_owned()]).unwrap();
    store.put(second, &versions("m1"), &files(10..12)).unwrap();
    let seen: BTreeSet<String> = outcomes(&mut store, second).into_iter().map(|o| o.0).collect();
    assert_eq!(seen, [1, 5, 10, 11].map(path).into());
    let paths: BTreeSet<String> = pages(&mut store, second, 10).into_iter().map(|f| f.path).collect();
    assert_eq!(paths, [1, 5, 10, 11].map(path).into());
}

pub fn a_batch_written_twice_is_there_once(mut store: Store) {
    let files = files(0..30);
    let run = filled(&mut store, &files);
    let once = pages(&mut store, run, 100);
    let twice_in_one = [files.clone(), files].concat();
    store.put(run, &versions("m1"), &twice_in_one).unwrap();
    same(&pages(&mut store, run, 100), &once);
    assert_eq!(outcomes(&mut store, run).len(), 30);
}

pub fn a_file_that_became_unreadable_loses_its_image(mut store: Store) {
    let run = filled(&mut store, &files(0..3));
    let mut broken = file(1);
    broken.instance = None;
    broken.outcome = Outcome::new(Status::Failed, vec![Reason::IoError]);
    store.put(run, &versions("m1"), std::slice::from_ref(&broken)).unwrap();
    assert_eq!(store.record(&path(1)).unwrap(), Some(broken));
    let paths: Vec<String> = pages(&mut store, run, 100).into_iter().map(|f| f.path).collect();
    assert!(!paths.contains(&path(1)) && paths.len() == 2, "{paths:?}");
}

/// Files 0 and 2 under the UID of file 1, file 7 under that of file 6; file 9 only was so in an earlier run.
fn with_duplicates() -> Vec<FileRecord> {
    let mut files = files(0..10);
    for (number, of) in [(0, 1), (2, 1), (7, 6), (9, 8)] {
        let [_, _, sop] = records::uids(of);
        let header = &mut files[number].instance.as_mut().unwrap().header;
        header.set(Attribute::SOPInstanceUID, bodysite_core::Raw::Present(sop));
    }
    files
}

pub fn duplicates_are_those_of_this_run(mut store: Store) {
    let files = with_duplicates();
    filled(&mut store, &files);
    let run = store.begin(&start("m1")).unwrap();
    let paths: Vec<String> = (0..9).map(path).collect();
    store.seen(run, &paths).unwrap();
    let uid = |number| records::uids(number)[2].clone();
    let mut expected: Vec<(String, String)> = [(1, 0), (1, 1), (1, 2), (6, 6), (6, 7)]
        .map(|(of, number)| (uid(of), path(number)))
        .into();
    expected.sort();
    assert_eq!(duplicates(&mut store, run), expected);
}

pub fn outcomes_can_be_amended(mut store: Store) {
    let run = filled(&mut store, &files(0..6));
    let amended = Outcome::new(Status::Done, vec![Reason::DuplicateUid]);
    let mut with_offset = Outcome::new(Status::Failed, vec![Reason::Truncated]);
    with_offset.offset = Some(132);
    store
        .amend(run, &[(path(0), amended.clone()), (path(1), with_offset.clone())])
        .unwrap();
    let now: Vec<Outcome> = outcomes(&mut store, run).into_iter().map(|o| o.1).collect();
    assert_eq!(now[..3], [amended.clone(), with_offset, file(2).outcome]);
    let record = store.record(&path(0)).unwrap().unwrap();
    assert_eq!((record.outcome, record.instance), (amended, file(0).instance));
}

pub fn studies_replace_those_of_an_earlier_run(mut store: Store) {
    let files = files(0..40);
    let run = filled(&mut store, &files);
    let mut studies = studies(&files, &versions("m1"));
    store.put_studies(run, &Arc::new(studies.clone())).unwrap();
    studies[0].series.truncate(1);
    let studies = Arc::new(studies);
    store.put_studies(run, &studies).unwrap();
    store.put_studies(run, &studies).unwrap();
    assert_eq!(
        pages(&mut store, run, 100).len(),
        files.iter().filter(|f| f.instance.is_some()).count()
    );
}

pub fn reviews_come_oldest_first_and_survive_a_reset(mut store: Store) {
    let chest = || Answer::Sites(vec![records::chest()]);
    let (old, new) = (
        records::reviewed("2026-01-01T00:00:00Z", chest()),
        records::reviewed("2026-02-01T00:00:00Z", Answer::Sites(vec![records::knee()])),
    );
    for (uid, review) in [("1.3", &old), ("1.2", &new), ("1.2", &old), ("1.2", &new)] {
        store.add_review(uid, review).unwrap();
    }
    let expected = [("1.2", &old), ("1.2", &new), ("1.3", &old)].map(|(u, r)| (u.to_owned(), r.clone()));
    assert_eq!(store.reviews().unwrap(), expected);
    filled(&mut store, &files(0..3));
    store.reset().unwrap();
    assert_eq!(store.runs().unwrap(), []);
    assert_eq!(store.known(&[path(0)]).unwrap(), [None]);
    assert_eq!(store.reviews().unwrap(), expected);
    let claim = file(0).instance.unwrap().assertions.remove(0);
    store.add_review("1.2", &claim).unwrap_err();
}

/// What is stored of a file stays what the file says; the answers of the images change with the review.
pub fn a_review_changes_answers_and_not_what_was_read(mut store: Store) {
    let files = files(0..3);
    let run = filled(&mut store, &files);
    let mut studies = studies(&files, &versions("m1"));
    let instance = &mut studies[0].series[0].instances[0];
    instance.assertions.push(records::reviewed(
        "2026-01-01T00:00:00Z",
        Answer::Sites(vec![records::knee()]),
    ));
    instance.resolutions[0].verdict = Verdict::Reviewed;
    instance.issues.push(Issue::new(IssueCode::DuplicateFile));
    instance.adjusted = true;
    let changed = instance.path.clone();
    store.put_studies(run, &Arc::new(studies)).unwrap();
    let stored = files.iter().find(|f| f.path == changed).cloned();
    assert_eq!(store.record(&changed).unwrap(), stored);
}

pub fn runs_are_numbered_and_remembered(mut store: Store) {
    let first = filled(&mut store, &files(0..20));
    let second = store.begin(&start("m2")).unwrap();
    assert_eq!((first, second), (1, 2));
    let summary = RunSummary {
        files: 20,
        done: 17,
        conflicting: 2,
        ..RunSummary::default()
    };
    store.finish(second, "2026-01-31T11:00:00Z", &summary).unwrap();
    let runs = store.runs().unwrap();
    assert_eq!(runs.len(), 2);
    assert_eq!((&runs[0].finished, &runs[0].summary), (&None, &None));
    assert_eq!(runs[0].files.values().sum::<u64>(), 20);
    assert_eq!(runs[1].versions, versions("m2"));
    assert_eq!(runs[1].roots, start("m2").roots);
    assert_eq!(
        (&runs[1].finished, &runs[1].summary),
        (&Some("2026-01-31T11:00:00Z".to_owned()), &Some(summary))
    );
}

pub fn header_values_are_counted(mut store: Store) {
    let files = files(0..50);
    let run = filled(&mut store, &files);
    let values = store.header_values(run, Attribute::BodyPartExamined).unwrap();
    let texts = files
        .iter()
        .filter_map(|f| f.instance.as_ref()?.header.text(Attribute::BodyPartExamined));
    let mut expected = std::collections::BTreeMap::<String, u64>::new();
    for text in texts {
        *expected.entry(text.to_owned()).or_default() += 1;
    }
    assert_eq!(values, expected);
    assert!(values.len() == 6 && values["CHEST"] > 1, "{values:?}");
}
