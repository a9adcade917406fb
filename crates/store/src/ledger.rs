//! The ledger's verbs as transactions and pages.

use std::collections::HashSet;
use std::sync::Arc;

use bodysite_core::{
    Assertion, Cursor, FileRecord, Known, Ledger, LedgerError, NormalizedStudy, Outcome, RunStart, RunSummary, Versions,
};

use crate::error::Fault;
use crate::rows::{self, AnswerRows, Reader};
use crate::session::{Query, Session, list};
use crate::share::share;
use crate::table::Kind::{Int, Text};
use crate::table::{self, Row, Value};
use crate::{Store, studies};

/// Rows a page where the caller gives no limit.
const PAGE: usize = 4096;

static LAST_RUN: Query = Query::same("select coalesce(max(run), 0) from runs");

static BEGIN: Query = Query::same(
    "insert into runs (run, versions, roots, started) values ($1, $2, $3, $4) on conflict (run) do nothing",
);

static BEGUN: Query = Query::same("select versions, roots, started from runs where run = $1");

static KNOWN: Query = Query {
    sqlite: "select s.path, s.size, s.mtime_ns, v.mapping, v.weights, v.policy from sources s \
             join versions v on v.versions = s.versions where s.path in (select value from json_each($1))",
    postgres: "select s.path, s.size, s.mtime_ns, v.mapping, v.weights, v.policy from sources s \
               join versions v on v.versions = s.versions \
               where s.path = any(array(select json_array_elements_text($1::json)))",
};

static STORED: Query = Query {
    sqlite: "select path from sources where path in (select value from json_each($1))",
    postgres: "select path from sources where path = any(array(select json_array_elements_text($1::json)))",
};

static RECORD: Query = Query::same(
    "select s.path, s.size, s.mtime_ns, s.header_hash, s.status, s.reasons, s.problem_offset, i.header, i.findings \
     from sources s left join instances i on i.path = s.path where s.path = $1",
);

static SEEN: Query = Query {
    sqlite: "update sources set seen_run = $1 where path in (select value from json_each($2))",
    postgres: "update sources set seen_run = $1 where path = any(array(select json_array_elements_text($2::json)))",
};

static INSTANCES: Query = Query::same(
    "select s.path, s.size, s.mtime_ns, s.header_hash, s.status, s.reasons, s.problem_offset, i.header, i.findings \
     from instances i join sources s on s.path = i.path \
     where s.seen_run = $1 and (i.study_uid, i.series_uid, i.sop_instance_uid, i.path) > ($2, $3, $4, $5) \
     order by i.study_uid, i.series_uid, i.sop_instance_uid, i.path limit $6",
);

static OUTCOMES: Query = Query::same(
    "select path, status, reasons, problem_offset from sources where seen_run = $1 and path > $2 order by path limit $3",
);

static DUPLICATES: Query = Query::same(
    "with shared as (select sop_instance_uid from instances where sop_instance_uid >= $2 \
                     group by sop_instance_uid having count(*) > 1) \
     select i.sop_instance_uid, i.path from shared \
     join instances i on i.sop_instance_uid = shared.sop_instance_uid \
     join sources s on s.path = i.path \
     where s.seen_run = $1 and (i.sop_instance_uid, i.path) > ($2, $3) and exists ( \
         select 1 from instances j join sources t on t.path = j.path \
         where j.sop_instance_uid = i.sop_instance_uid and j.path <> i.path and t.seen_run = $1) \
     order by i.sop_instance_uid, i.path limit $4",
);

static AMEND: Query =
    Query::same("update sources set status = $1, reasons = $2, problem_offset = $3 where path = $4 and seen_run = $5");

static AMEND_WITHOUT_OFFSET: Query = Query::same(
    "update sources set status = $1, reasons = $2, problem_offset = null where path = $3 and seen_run = $4",
);

static REVIEWS: Query = Query::same(
    "select sop_instance_uid, reviewed_at, digest, assertion from reviews \
     where (sop_instance_uid, reviewed_at, digest) > ($1, $2, $3) \
     order by sop_instance_uid, reviewed_at, digest limit $4",
);

static FINISH: Query = Query::same(
    "update runs set finished = $2, files = $3, done = $4, skipped = $5, failed = $6, studies = $7, series = $8, \
     resolved = $9, unresolved = $10, conflicting = $11 where run = $1",
);

/// Deletes the rows of some paths from the tables that hold answers.
static FORGET_ANSWERS: [Query; 3] = [
    Query {
        sqlite: "delete from assertions where path in (select value from json_each($1))",
        postgres: "delete from assertions where path = any(array(select json_array_elements_text($1::json)))",
    },
    Query {
        sqlite: "delete from resolutions where path in (select value from json_each($1))",
        postgres: "delete from resolutions where path = any(array(select json_array_elements_text($1::json)))",
    },
    Query {
        sqlite: "delete from issues where path in (select value from json_each($1))",
        postgres: "delete from issues where path = any(array(select json_array_elements_text($1::json)))",
    },
];

/// The same for the tables that say which image a path holds.
static FORGET_INSTANCES: [Query; 2] = [
    Query {
        sqlite: "delete from instances where path in (select value from json_each($1))",
        postgres: "delete from instances where path = any(array(select json_array_elements_text($1::json)))",
    },
    Query {
        sqlite: "delete from images where path in (select value from json_each($1))",
        postgres: "delete from images where path = any(array(select json_array_elements_text($1::json)))",
    },
];

/// Deletes the answers of some paths, a JSON list.
pub(crate) async fn forget_answers(session: &mut Session, paths: &Value) -> Result<(), Fault> {
    for query in &FORGET_ANSWERS {
        session.execute(query, std::slice::from_ref(paths)).await?;
    }
    Ok(())
}

/// Writes answers whose paths have none.
pub(crate) async fn write_answers(session: &mut Session, answers: AnswerRows) -> Result<(), Fault> {
    session.add(&table::ASSERTIONS, answers.assertions).await?;
    session.add(&table::RESOLUTIONS, answers.resolutions).await?;
    session.add(&table::ISSUES, answers.issues).await
}

/// Deletes all rows of those paths that have any but their `sources` row; for a new file there is nothing to delete.
async fn forget(session: &mut Session, paths: &Value) -> Result<(), Fault> {
    let stored = session.fetch(&STORED, std::slice::from_ref(paths), &[Text]).await?;
    if stored.is_empty() {
        return Ok(());
    }
    let stored = stored.into_iter().map(|row| Reader::new(row).text());
    let stored = stored.collect::<Result<Vec<String>, Fault>>()?;
    let stored = list(stored.iter().map(String::as_str));
    forget_answers(session, &stored).await?;
    for query in &FORGET_INSTANCES {
        session.execute(query, std::slice::from_ref(&stored)).await?;
    }
    Ok(())
}

/// The last record of each path, in the order of the paths.
fn last_of_each(files: &[FileRecord]) -> Vec<&FileRecord> {
    let by_path: std::collections::BTreeMap<&str, &FileRecord> = files.iter().map(|f| (f.path.as_str(), f)).collect();
    by_path.into_values().collect()
}

/// Everything that one batch writes.
#[derive(Default, Clone)]
struct Batch {
    paths: Vec<String>,
    sources: Vec<Row>,
    instances: Vec<Row>,
    answers: AnswerRows,
}

impl Batch {
    fn of(files: &[FileRecord], run: i64, versions: &str) -> Result<Batch, Fault> {
        let parts = share(last_of_each(files), |part| Batch::of_part(&part, run, versions));
        let mut batch = Batch::default();
        for part in parts {
            batch.append(part?);
        }
        Ok(batch)
    }

    fn of_part(files: &[&FileRecord], run: i64, versions: &str) -> Result<Batch, Fault> {
        let mut batch = Batch::default();
        for file in files {
            batch.paths.push(file.path.clone());
            batch.sources.push(rows::source(file, run, versions));
            if let Some(instance) = &file.instance {
                batch.instances.push(rows::instance(&file.path, instance, versions)?);
                let assertions = instance.assertions.iter().chain(&instance.image_assertions);
                let (resolutions, issues) = (&instance.resolutions, &instance.issues);
                batch.answers.add(&file.path, assertions, resolutions, issues);
            }
        }
        Ok(batch)
    }

    fn append(&mut self, more: Batch) {
        self.paths.extend(more.paths);
        self.sources.extend(more.sources);
        self.instances.extend(more.instances);
        self.answers.append(more.answers);
    }

    async fn write(self, session: &mut Session, versions: Row) -> Result<(), Fault> {
        forget(session, &list(self.paths.iter().map(String::as_str))).await?;
        session.write(&table::VERSIONS, vec![versions]).await?;
        session.write(&table::SOURCES, self.sources).await?;
        session.write(&table::INSTANCES, self.instances).await?;
        write_answers(session, self.answers).await
    }
}

/// Starts a run under the number after the last. The number is found before the first attempt, so that one whose
/// commit was not confirmed finds its own row; a row of another process makes it look for a number again.
async fn begin(session: &mut Session, number: i64, start: &[Value; 3], versions: Row) -> Result<bool, Fault> {
    session.begin().await?;
    session.write(&table::VERSIONS, vec![versions]).await?;
    let mut values = vec![Value::Int(number)];
    values.extend(start.iter().cloned());
    session.execute(&BEGIN, &values).await?;
    let begun = session
        .fetch(&BEGUN, &[Value::Int(number)], &[Text, Text, Text])
        .await?;
    session.commit().await?;
    Ok(begun.first().is_some_and(|row| row.as_slice() == start))
}

impl Ledger for Store {
    fn begin(&mut self, run: &RunStart) -> Result<i64, LedgerError> {
        let roots = list(run.roots.iter().map(String::as_str));
        loop {
            let number = self.work(async |session| {
                let last = session.fetch(&LAST_RUN, &[], &[Int]).await?;
                Ok(last
                    .into_iter()
                    .next()
                    .map(Reader::new)
                    .map_or(Ok(0), |mut r| r.int())?
                    + 1)
            })?;
            let begun = self.work(async |session| {
                let start = [
                    Value::Text(rows::versions_key(&run.versions)?),
                    roots.clone(),
                    Value::text(&run.started),
                ];
                begin(session, number, &start, rows::versions(&run.versions)?).await
            })?;
            if begun {
                return Ok(number);
            }
        }
    }

    fn known(&mut self, paths: &[String]) -> Result<Vec<Option<Known>>, LedgerError> {
        self.settle_those(paths.iter().map(String::as_str))?;
        let asked = list(paths.iter().map(String::as_str));
        let found = self.beside(async |session| {
            let kinds = [Text, Int, Int, Text, Text, Text];
            let found = session.fetch(&KNOWN, std::slice::from_ref(&asked), &kinds).await?;
            let known = found.into_iter().map(known);
            known.collect::<Result<std::collections::HashMap<String, Known>, Fault>>()
        })?;
        Ok(paths.iter().map(|path| found.get(path).cloned()).collect())
    }

    fn record(&mut self, path: &str) -> Result<Option<FileRecord>, LedgerError> {
        self.settle_those(std::iter::once(path))?;
        let record = self.beside(async |session| {
            let found = session.fetch(&RECORD, &[Value::text(path)], rows::RECORD).await?;
            found.into_iter().next().map(rows::record).transpose()
        })?;
        Ok(record)
    }

    fn put(&mut self, run: i64, versions: &Versions, files: &[FileRecord]) -> Result<(), LedgerError> {
        let told = |fault: Fault| fault.into_error(&self.address(), 1);
        let key = rows::versions_key(versions).map_err(told)?;
        let batch = Batch::of(files, run, &key).map_err(told)?;
        let versions = rows::versions(versions).map_err(told)?;
        let paths = batch.paths.iter().cloned().collect();
        self.later(paths, move |client| {
            client.transaction(async |session| batch.clone().write(session, versions.clone()).await)
        })?;
        Ok(())
    }

    fn seen(&mut self, run: i64, paths: &[String]) -> Result<(), LedgerError> {
        let asked = list(paths.iter().map(String::as_str));
        self.later(paths.iter().cloned().collect(), move |client| {
            client.transaction(async |session| session.execute(&SEEN, &[Value::Int(run), asked.clone()]).await)
        })?;
        Ok(())
    }

    fn instances_after(
        &mut self,
        run: i64,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Vec<FileRecord>, LedgerError> {
        let from = match after {
            None => ["", "", "", ""],
            Some(c) => [&*c.study, &*c.series, &*c.instance, &*c.path],
        };
        self.settle_files()?;
        let found = self.beside(async |session| {
            let mut values = vec![Value::Int(run)];
            values.extend(from.map(Value::text));
            values.push(Value::count(limit as u64));
            session.fetch(&INSTANCES, &values, rows::RECORD).await
        })?;
        let records = |part: Vec<Row>| part.into_iter().map(rows::record).collect::<Result<Vec<_>, Fault>>();
        let mut all = Vec::with_capacity(found.len());
        for part in share(found, records) {
            all.extend(part.map_err(|fault| fault.into_error(&self.address(), 1))?);
        }
        Ok(all)
    }

    fn each_outcome(
        &mut self,
        run: i64,
        visit: &mut dyn FnMut(&str, &Outcome) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let mut after = String::new();
        loop {
            let page = self.work(async |session| {
                let values = [Value::Int(run), Value::text(&after), Value::count(PAGE as u64)];
                let found = session.fetch(&OUTCOMES, &values, &[Text, Text, Text, Int]).await?;
                found.into_iter().map(outcome).collect::<Result<Vec<_>, Fault>>()
            })?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after.clone_from(last);
            for (path, outcome) in &page {
                visit(path, outcome)?;
            }
        }
    }

    fn each_duplicate(
        &mut self,
        run: i64,
        visit: &mut dyn FnMut(&str, &str) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let mut after = (String::new(), String::new());
        loop {
            let page = self.work(async |session| {
                let values = [
                    Value::Int(run),
                    Value::text(&after.0),
                    Value::text(&after.1),
                    Value::count(PAGE as u64),
                ];
                let found = session.fetch(&DUPLICATES, &values, &[Text, Text]).await?;
                found.into_iter().map(pair).collect::<Result<Vec<_>, Fault>>()
            })?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(last);
            for (uid, path) in &page {
                visit(uid, path)?;
            }
        }
    }

    fn amend(&mut self, run: i64, outcomes: &[(String, Outcome)]) -> Result<(), LedgerError> {
        let outcomes = outcomes.to_vec();
        let paths = outcomes.iter().map(|(path, _)| path.clone()).collect();
        self.later(paths, move |client| {
            client.transaction(async |session| {
                for (path, outcome) in &outcomes {
                    amend(session, run, path, outcome).await?;
                }
                Ok(())
            })
        })?;
        Ok(())
    }

    fn put_studies(&mut self, run: i64, studies: &Arc<Vec<NormalizedStudy>>) -> Result<(), LedgerError> {
        let studies = Arc::clone(studies);
        self.later(HashSet::new(), move |client| {
            client.transaction(async |session| studies::put(session, run, &studies).await)
        })?;
        Ok(())
    }

    fn reviews(&mut self) -> Result<Vec<(String, Assertion)>, LedgerError> {
        let mut reviews = Vec::new();
        let mut after = [String::new(), String::new(), String::new()].map(Value::Text);
        loop {
            let page = self.work(async |session| {
                let mut values = after.to_vec();
                values.push(Value::count(PAGE as u64));
                let found = session.fetch(&REVIEWS, &values, &[Text, Text, Text, Text]).await?;
                found.into_iter().map(review).collect::<Result<Vec<_>, Fault>>()
            })?;
            let Some((last, _)) = page.last() else {
                return Ok(reviews);
            };
            after = last.clone().map(Value::Text);
            reviews.extend(page.into_iter().map(|([uid, ..], assertion)| (uid, assertion)));
        }
    }

    fn finish(&mut self, run: i64, finished: &str, summary: &RunSummary) -> Result<(), LedgerError> {
        let counts = [
            summary.files,
            summary.done,
            summary.skipped,
            summary.failed,
            summary.studies,
            summary.series,
            summary.resolved,
            summary.unresolved,
            summary.conflicting,
        ];
        self.transaction(async |session| {
            let mut values = vec![Value::Int(run), Value::text(finished)];
            values.extend(counts.map(Value::count));
            session.execute(&FINISH, &values).await
        })?;
        self.work(async |session| session.settle().await)?;
        Ok(())
    }
}

fn known(row: Row) -> Result<(String, Known), Fault> {
    let mut row = Reader::new(row);
    let path = row.text()?;
    let known = Known {
        size: row.count()?,
        mtime_ns: row.int()?,
        mapping: row.text()?,
        model: row.text()?,
        policy: row.text()?,
    };
    Ok((path, known))
}

fn outcome(row: Row) -> Result<(String, Outcome), Fault> {
    let mut row = Reader::new(row);
    let path = row.text()?;
    let outcome = row.outcome(&path)?;
    Ok((path, outcome))
}

fn pair(row: Row) -> Result<(String, String), Fault> {
    let mut row = Reader::new(row);
    Ok((row.text()?, row.text()?))
}

/// The key of a review, and the review.
fn review(row: Row) -> Result<([String; 3], Assertion), Fault> {
    let mut row = Reader::new(row);
    let key = [row.text()?, row.text()?, row.text()?];
    let assertion = rows::parse(&row.text()?, "a review")?;
    Ok((key, assertion))
}

async fn amend(session: &mut Session, run: i64, path: &str, outcome: &Outcome) -> Result<(), Fault> {
    let (status, reasons) = (rows::status(outcome.status), rows::reasons(&outcome.reasons));
    let (path, run) = (Value::text(path), Value::Int(run));
    match rows::offset(outcome) {
        Value::Null => {
            session
                .execute(&AMEND_WITHOUT_OFFSET, &[status, reasons, path, run])
                .await
        }
        offset => session.execute(&AMEND, &[status, reasons, offset, path, run]).await,
    }
}
