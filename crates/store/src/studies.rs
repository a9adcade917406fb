//! What the study pass writes: series, studies, and the answers that a review or the files beside an image changed.

use bodysite_core::{Attribute, NormalizedInstance, NormalizedSeries, NormalizedStudy};

use crate::error::Fault;
use crate::ledger::{forget_answers, write_answers};
use crate::rows::{self, AnswerRows, Reader};
use crate::session::{Query, Session, list};
use crate::table::Kind::Text;
use crate::table::{self, Row, Value};

/// Paths asked for at once, so that a study of any size takes bounded memory for what is stored of it.
const CHUNK: usize = 1000;

static FORGET_STUDIES: [Query; 4] = [
    Query {
        sqlite: "delete from series where study_uid in (select value from json_each($1))",
        postgres: "delete from series where study_uid = any(array(select json_array_elements_text($1::json)))",
    },
    Query {
        sqlite: "delete from series_resolutions where study_uid in (select value from json_each($1))",
        postgres: "delete from series_resolutions where study_uid = any(array(select json_array_elements_text($1::json)))",
    },
    Query {
        sqlite: "delete from study_resolutions where study_uid in (select value from json_each($1))",
        postgres: "delete from study_resolutions where study_uid = any(array(select json_array_elements_text($1::json)))",
    },
    Query {
        sqlite: "delete from study_issues where study_uid in (select value from json_each($1))",
        postgres: "delete from study_issues where study_uid = any(array(select json_array_elements_text($1::json)))",
    },
];

/// Paths whose answers an earlier run adjusted.
static ADJUSTED_BEFORE: Query = Query {
    sqlite: "select path from instances where adjusted = 1 and path in (select value from json_each($1))",
    postgres: "select path from instances \
               where adjusted = 1 and path = any(array(select json_array_elements_text($1::json)))",
};

static ADJUSTED: Query = Query {
    sqlite: "update instances set adjusted = $1 where path in (select value from json_each($2))",
    postgres: "update instances set adjusted = $1 \
               where path = any(array(select json_array_elements_text($2::json)))",
};

/// Of the files with one SOP Instance UID that this run met, the first path in byte order.
static IMAGES: Query = Query {
    sqlite: "insert into images (sop_instance_uid, versions, path) \
             select i.sop_instance_uid, i.versions, min(i.path) from instances i join sources s on s.path = i.path \
             where s.seen_run = $1 and i.sop_instance_uid in (select value from json_each($2)) \
             group by i.sop_instance_uid, i.versions \
             on conflict (sop_instance_uid, versions) do update set path = excluded.path",
    // Found by UID first: without statistics, as in a new database, the planner would go through all sources.
    postgres: "with mine as materialized ( \
                   select sop_instance_uid, versions, path from instances \
                   where sop_instance_uid = any(array(select json_array_elements_text($2::json)))) \
               insert into images (sop_instance_uid, versions, path) \
               select i.sop_instance_uid, i.versions, min(i.path) from mine i join sources s on s.path = i.path \
               where s.seen_run = $1 \
               group by i.sop_instance_uid, i.versions \
               on conflict (sop_instance_uid, versions) do update set path = excluded.path",
};

/// The rows of some studies.
#[derive(Default)]
struct StudyRows {
    studies: Vec<Row>,
    series: Vec<Row>,
    series_resolutions: Vec<Row>,
    study_resolutions: Vec<Row>,
    issues: Vec<Row>,
}

impl StudyRows {
    fn add(&mut self, study: &NormalizedStudy, run: i64, versions: &str) {
        let uid = Value::text(&study.uid);
        let instances: usize = study.series.iter().map(|s| s.instances.len()).sum();
        self.studies.push(vec![
            uid.clone(),
            Value::Int(run),
            Value::text(versions),
            Value::text(first_text(study.series.first(), Attribute::StudyDate)),
            Value::count(study.series.len() as u64),
            Value::count(instances as u64),
        ]);
        self.study_resolutions
            .extend(rows::resolutions(std::slice::from_ref(&uid), &study.resolutions));
        self.issues
            .extend(rows::issues(&[uid.clone(), Value::text("")], &study.issues));
        for series in &study.series {
            self.add_series(&uid, series, run, versions);
        }
    }

    fn add_series(&mut self, study: &Value, series: &NormalizedSeries, run: i64, versions: &str) {
        let key = [study.clone(), Value::text(&series.uid)];
        let mut row = key.to_vec();
        row.extend([
            Value::Int(run),
            Value::text(versions),
            Value::text(first_text(Some(series), Attribute::Modality)),
            Value::text(first_text(Some(series), Attribute::SeriesNumber)),
            Value::count(series.instances.len() as u64),
        ]);
        self.series.push(row);
        self.series_resolutions
            .extend(rows::resolutions(&key, &series.resolutions));
        self.issues.extend(rows::issues(&key, &series.issues));
    }
}

fn first_text(series: Option<&NormalizedSeries>, attribute: Attribute) -> &str {
    let first = series.and_then(|s| s.instances.first());
    first.and_then(|i| i.header.text(attribute)).unwrap_or_default()
}

/// Writes the rows of these studies in the transaction that is open.
pub(crate) async fn put(session: &mut Session, run: i64, studies: &[NormalizedStudy]) -> Result<(), Fault> {
    let mut all = StudyRows::default();
    for study in studies {
        all.add(study, run, &rows::versions_key(&study.versions)?);
    }
    let uids = list(studies.iter().map(|s| s.uid.as_str()));
    for query in &FORGET_STUDIES {
        session.execute(query, std::slice::from_ref(&uids)).await?;
    }
    session.write(&table::STUDIES, all.studies).await?;
    session.add(&table::SERIES, all.series).await?;
    session.add(&table::SERIES_RESOLUTIONS, all.series_resolutions).await?;
    session.add(&table::STUDY_RESOLUTIONS, all.study_resolutions).await?;
    session.add(&table::STUDY_ISSUES, all.issues).await?;
    let instances: Vec<&NormalizedInstance> = studies
        .iter()
        .flat_map(|s| &s.series)
        .flat_map(|s| &s.instances)
        .collect();
    put_images(session, run, &instances).await?;
    put_changed(session, &instances).await
}

async fn put_images(session: &mut Session, run: i64, instances: &[&NormalizedInstance]) -> Result<(), Fault> {
    for chunk in instances.chunks(CHUNK) {
        let uid = |i: &&NormalizedInstance| i.header.text(Attribute::SOPInstanceUID).unwrap_or_default().to_owned();
        let uids: Vec<String> = chunk.iter().map(uid).collect();
        let values = [Value::Int(run), list(uids.iter().map(String::as_str))];
        session.execute(&IMAGES, &values).await?;
    }
    Ok(())
}

/// Rewrites the answers that differ from what the file by itself says, and those that did and no longer do.
async fn put_changed(session: &mut Session, instances: &[&NormalizedInstance]) -> Result<(), Fault> {
    let mut changed = Changed::default();
    for chunk in instances.chunks(CHUNK) {
        changed.find(session, chunk).await?;
    }
    for (adjusted, paths) in (0..).zip(&changed.paths).filter(|(_, paths)| !paths.is_empty()) {
        let paths = list(paths.iter().map(String::as_str));
        forget_answers(session, &paths).await?;
        session.execute(&ADJUSTED, &[Value::Int(adjusted), paths]).await?;
    }
    write_answers(session, changed.answers).await
}

/// The answers to rewrite; paths by what their `adjusted` becomes.
#[derive(Default)]
struct Changed {
    paths: [Vec<String>; 2],
    answers: AnswerRows,
}

impl Changed {
    async fn find(&mut self, session: &mut Session, chunk: &[&NormalizedInstance]) -> Result<(), Fault> {
        let asked = list(chunk.iter().map(|i| i.path.as_str()));
        let before = session.fetch(&ADJUSTED_BEFORE, &[asked], &[Text]).await?;
        let before = before.into_iter().map(|row| Reader::new(row).text());
        let before: std::collections::HashSet<String> = before.collect::<Result<_, Fault>>()?;
        for instance in chunk {
            if instance.adjusted || before.contains(&instance.path) {
                self.take(instance);
            }
        }
        Ok(())
    }

    fn take(&mut self, instance: &NormalizedInstance) {
        self.paths[usize::from(instance.adjusted)].push(instance.path.clone());
        let (resolutions, issues) = (&instance.resolutions, &instance.issues);
        self.answers
            .add(&instance.path, &instance.assertions, resolutions, issues);
    }
}
