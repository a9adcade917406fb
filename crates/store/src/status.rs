//! What the command line asks of a store beside the ledger: its runs, starting over, reviews, header values.

use std::collections::{BTreeMap, BTreeSet};

use bodysite_core::{Assertion, Attribute, Header, RunSummary, Versions};

use crate::error::Fault;
use crate::rows::{self, Reader};
use crate::session::{Query, list};
use crate::table::Kind::{Int, Text};
use crate::table::{self, Kind, Row, Value};
use crate::{Store, StoreError};

/// Headers a page.
const PAGE: u64 = 2000;

/// UIDs asked for at once.
const CHUNK: usize = 1000;

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Its number, from 1.
    pub run: i64,
    /// What produced its answers.
    pub versions: Versions,
    /// The roots given on the command line.
    pub roots: Vec<String>,
    /// Start time as given.
    pub started: String,
    /// End time as given; none while it runs, and for ever where it was interrupted.
    pub finished: Option<String>,
    /// Its counts, once it has finished.
    pub summary: Option<RunSummary>,
    /// Files whose last run it is, by status; shows how far an unfinished run came.
    pub files: BTreeMap<String, u64>,
}

static RUNS: Query = Query::same(
    "select r.run, v.software, v.mapping, v.dicom_edition, v.model, v.weights, v.policy, r.roots, r.started, \
     r.finished, r.files, r.done, r.skipped, r.failed, r.studies, r.series, r.resolved, r.unresolved, r.conflicting \
     from runs r join versions v on v.versions = r.versions order by r.run",
);

const RUN: &[Kind] = &[
    Int, Text, Text, Text, Text, Text, Text, Text, Text, Text, Int, Int, Int, Int, Int, Int, Int, Int, Int,
];

static FILES: Query = Query::same("select seen_run, status, count(*) from sources group by seen_run, status");

static HEADERS: Query = Query::same(
    "select i.path, i.header from instances i join sources s on s.path = i.path \
     where s.seen_run = $1 and i.path > $2 order by i.path limit $3",
);

static KNOWN: Query = Query {
    sqlite: "select distinct sop_instance_uid from instances \
             where sop_instance_uid in (select value from json_each($1))",
    postgres: "select distinct sop_instance_uid from instances \
               where sop_instance_uid = any(array(select json_array_elements_text($1::json)))",
};

/// Reviews are a person's work and survive a fresh start.
static RESET: [Query; 13] = [
    Query::same("delete from runs"),
    Query::same("delete from sources"),
    Query::same("delete from instances"),
    Query::same("delete from images"),
    Query::same("delete from series"),
    Query::same("delete from studies"),
    Query::same("delete from assertions"),
    Query::same("delete from resolutions"),
    Query::same("delete from series_resolutions"),
    Query::same("delete from study_resolutions"),
    Query::same("delete from issues"),
    Query::same("delete from study_issues"),
    Query::same("delete from versions"),
];

impl Store {
    /// Every run, oldest first.
    pub fn runs(&mut self) -> Result<Vec<RunRow>, StoreError> {
        self.work(async |session| {
            let mut runs = session
                .fetch(&RUNS, &[], RUN)
                .await?
                .into_iter()
                .map(run)
                .collect::<Result<Vec<RunRow>, Fault>>()?;
            for row in session.fetch(&FILES, &[], &[Int, Text, Int]).await? {
                let mut row = Reader::new(row);
                let (number, status, files) = (row.int()?, row.text()?, row.count()?);
                if let Some(run) = runs.iter_mut().find(|r| r.run == number) {
                    run.files.insert(status, files);
                }
            }
            Ok(runs)
        })
    }

    /// Forgets every run and file, so that the next run reads all files again. Reviews stay.
    pub fn reset(&mut self) -> Result<(), StoreError> {
        self.transaction(async |session| {
            for query in &RESET {
                session.execute(query, &[]).await?;
            }
            Ok(())
        })
    }

    /// Adds a reviewer's decision about an image; the next run takes it into account. Adding it twice leaves one.
    pub fn add_review(&mut self, sop_instance_uid: &str, assertion: &Assertion) -> Result<(), StoreError> {
        self.add_reviews(&[(sop_instance_uid.to_owned(), assertion.clone())])
    }

    /// Adds reviewers' decisions by SOP Instance UID, all of them or none.
    pub fn add_reviews(&mut self, reviews: &[(String, Assertion)]) -> Result<(), StoreError> {
        self.transaction(async |session| {
            let row = |(uid, assertion): &(String, Assertion)| {
                let row = rows::review(uid, assertion)?;
                row.ok_or_else(|| Fault::Corrupt("a review without a reviewer".to_owned()))
            };
            let rows = reviews.iter().map(row).collect::<Result<Vec<Row>, Fault>>()?;
            session.write(&table::REVIEWS, rows).await
        })
    }

    /// Those of these SOP Instance UIDs that an image stored by any run has.
    pub fn known_images(&mut self, sop_instance_uids: &[&str]) -> Result<BTreeSet<String>, StoreError> {
        let mut known = BTreeSet::new();
        for chunk in sop_instance_uids.chunks(CHUNK) {
            let asked = list(chunk.iter().copied());
            let rows = self.work(async |session| session.fetch(&KNOWN, std::slice::from_ref(&asked), &[Text]).await)?;
            for row in rows {
                if let Some(Value::Text(uid)) = row.into_iter().next() {
                    known.insert(uid);
                }
            }
        }
        Ok(known)
    }

    /// The distinct values of an attribute among the images that a run met, with how many carry each, in byte order.
    pub fn header_values(&mut self, run: i64, selector: Attribute) -> Result<BTreeMap<String, u64>, StoreError> {
        let mut counts = BTreeMap::new();
        let mut after = String::new();
        loop {
            let page = self.work(async |session| {
                let values = [Value::Int(run), Value::text(&after), Value::count(PAGE)];
                let page = session.fetch(&HEADERS, &values, &[Text, Text]).await?;
                page.into_iter().map(header).collect::<Result<Vec<_>, Fault>>()
            })?;
            let Some((last, _)) = page.last() else {
                return Ok(counts);
            };
            after.clone_from(last);
            for (_, header) in &page {
                if let Some(text) = header.text(selector) {
                    *counts.entry(text.to_owned()).or_default() += 1;
                }
            }
        }
    }
}

fn header(row: Row) -> Result<(String, Header), Fault> {
    let mut row = Reader::new(row);
    let path = row.text()?;
    let header = rows::parse(&row.text()?, &path)?;
    Ok((path, header))
}

fn run(row: Row) -> Result<RunRow, Fault> {
    let mut row = Reader::new(row);
    Ok(RunRow {
        run: row.int()?,
        versions: versions(&mut row)?,
        roots: rows::parse(&row.text()?, "the roots of a run")?,
        started: row.text()?,
        finished: row.text_or_null()?,
        summary: summary(&mut row)?,
        files: BTreeMap::new(),
    })
}

fn versions(row: &mut Reader) -> Result<Versions, Fault> {
    let (software, mapping, dicom_edition) = (row.text()?, row.text()?, row.text()?);
    let (model, weights, policy) = (row.text()?, row.text()?, row.text()?);
    Ok(Versions {
        software,
        mapping,
        dicom_edition,
        model: (!weights.is_empty()).then_some((model, weights)),
        policy,
    })
}

fn summary(row: &mut Reader) -> Result<Option<RunSummary>, Fault> {
    let Some(files) = row.int_or_null()? else {
        return Ok(None);
    };
    Ok(Some(RunSummary {
        files: u64::try_from(files).unwrap_or_default(),
        done: row.count()?,
        skipped: row.count()?,
        failed: row.count()?,
        studies: row.count()?,
        series: row.count()?,
        resolved: row.count()?,
        unresolved: row.count()?,
        conflicting: row.count()?,
    }))
}
