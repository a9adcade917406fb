//! The same rows from either database: dumps of every table and view are compared.

use std::path::Path;
use std::sync::Arc;

use bodysite_core::{Answer, Ledger, Outcome, Reason, RunSummary, Status, Verdict};
use bodysite_store::Store;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection, TypeInfo, ValueRef};

use crate::contract::{filled, start};
use crate::records::{self, file, files, studies, versions};
use crate::server;

/// Tables and views with their columns, in the words of the migrations.
fn relations() -> Vec<(String, Vec<String>)> {
    let folder = std::path::PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for tests"))
        .join("../../migrations/sqlite");
    let tables = std::fs::read_to_string(folder.join("0001_tables.sql")).unwrap();
    let mut relations: Vec<(String, Vec<String>)> = Vec::new();
    for line in tables.lines() {
        if let Some(name) = line.strip_prefix("create table ") {
            relations.push((name.trim_end_matches(" (").to_owned(), Vec::new()));
        } else if let Some(column) = line.strip_prefix("    ").filter(|l| !l.starts_with("primary key")) {
            relations
                .last_mut()
                .unwrap()
                .1
                .push(column.split(' ').next().unwrap().to_owned());
        }
    }
    let views: [(&str, &[&str]); 6] = [
        (
            "mapping_rows_used",
            &["path", "origin", "ordinal", "position", "mapping_row"],
        ),
        (
            "v_series_body_site",
            &[
                "study_uid",
                "series_uid",
                "modality",
                "instances",
                "verdict",
                "codes",
                "displays",
                "exact_codes",
                "confidence",
                "laterality_code",
                "laterality",
                "view_code",
                "visible_codes",
                "versions",
            ],
        ),
        (
            "v_study_body_site",
            &[
                "study_uid",
                "study_date",
                "series",
                "instances",
                "verdict",
                "codes",
                "displays",
                "laterality",
                "versions",
            ],
        ),
        ("v_unmapped_values", &["selector", "raw_text", "no_map", "images"]),
        (
            "v_conflicts",
            &[
                "study_uid",
                "path",
                "facet",
                "because",
                "origin",
                "ordinal",
                "method",
                "raw_text",
                "codes",
            ],
        ),
        (
            "v_image_occurrence",
            &[
                "image_study_uid",
                "image_series_uid",
                "local_path",
                "image_occurrence_date",
                "modality_source_value",
                "anatomic_site_source_value",
                "laterality_source_value",
                "person_id",
            ],
        ),
    ];
    let names = |columns: &[&str]| columns.iter().map(|c| (*c).to_owned()).collect();
    relations.extend(views.map(|(view, columns)| (view.to_owned(), names(columns))));
    relations
}

/// Two runs with everything in them: amended, reviewed, re-mapped, duplicated, failed.
fn fill(store: &mut Store) {
    let files = files(0..120);
    let run = filled(store, &files);
    let mut all = studies(&files, &versions("m1"));
    // Of a study that the second run leaves alone.
    let reviewed = all.iter_mut().find(|s| s.uid == records::uids(100)[0]).unwrap();
    let instance = &mut reviewed.series[0].instances[0];
    instance.assertions.push(records::reviewed(
        "2026-01-01T00:00:00Z",
        Answer::Sites(vec![records::knee()]),
    ));
    instance.resolutions[0].verdict = Verdict::Reviewed;
    instance.adjusted = true;
    store.put_studies(run, &Arc::new(all)).unwrap();
    let summary = RunSummary {
        files: 120,
        done: 100,
        ..RunSummary::default()
    };
    store.finish(run, "2026-01-31T11:00:00Z", &summary).unwrap();
    let second = store.begin(&start("m2")).unwrap();
    store.put(second, &versions("m2"), &files[..60]).unwrap();
    store.seen(second, &[file(80).path]).unwrap();
    store
        .amend(
            second,
            &[(file(80).path, Outcome::new(Status::Done, vec![Reason::Duplicate]))],
        )
        .unwrap();
    store
        .put_studies(second, &Arc::new(studies(&files[..60], &versions("m2")).split_off(2)))
        .unwrap();
    store
        .add_review(
            "1.2.3",
            &records::reviewed("2026-01-01T00:00:00Z", Answer::NoMap("empty".into())),
        )
        .unwrap();
}

fn sqlite_rows(path: &Path, sql: &str) -> Vec<Vec<Option<String>>> {
    server::block_on(async {
        let url = format!("sqlite:{}", path.display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let rows = sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        // As text, SQLite would round a real to 15 digits.
        let value = |row: &sqlx::sqlite::SqliteRow, i| match row.try_get_unchecked::<Option<f64>, _>(i) {
            Ok(Some(real)) if row.try_get_raw(i).unwrap().type_info().name() == "REAL" => Some(real.to_string()),
            _ => row.try_get_unchecked::<Option<String>, _>(i).unwrap(),
        };
        let text = |row: &sqlx::sqlite::SqliteRow| (0..row.len()).map(|i| value(row, i)).collect();
        rows.iter().map(text).collect()
    })
}

/// Reals are compared by value: the two databases write them differently.
fn by_value(rows: Vec<Vec<Option<String>>>) -> Vec<Vec<Option<String>>> {
    let value = |text: Option<String>| {
        text.map(|t| match t.parse::<f64>() {
            Ok(real) if t.contains('.') && t.len() < 30 && t.matches('.').count() == 1 => real.to_string(),
            _ => t,
        })
    };
    rows.into_iter()
        .map(|row| row.into_iter().map(value).collect())
        .collect()
}

#[test]
fn either_database_holds_the_same_rows() {
    let Some(schema) = server::schema() else { return };
    let folder = tempfile::tempdir().unwrap();
    fill(&mut crate::sqlite_in(folder.path()));
    fill(&mut Store::open(&schema.url).unwrap());
    for (relation, columns) in relations() {
        let order: Vec<String> = (1..=columns.len()).map(|n| n.to_string()).collect();
        let select = format!("select {} from {relation} order by", columns.join(", "));
        let here = sqlite_rows(
            &folder.path().join("bodysite.db"),
            &format!("{select} {}", order.join(", ")),
        );
        let mut there = schema.rows(&format!("{select} {}", order.join(", ")));
        assert!(!here.is_empty(), "{relation} is empty");
        // Where a view's column has the locale of the server, its order is not that of bytes.
        let mut here = by_value(here);
        there = by_value(there);
        here.sort();
        there.sort();
        assert_eq!(here.len(), there.len(), "{relation}");
        for (here, there) in here.iter().zip(&there) {
            assert_eq!(here, there, "{relation}");
        }
    }
}

/// What an analyst reads: the views have the answers, not only rows.
#[test]
fn views_answer_an_analysts_questions() {
    let folder = tempfile::tempdir().unwrap();
    fill(&mut crate::sqlite_in(folder.path()));
    let path = folder.path().join("bodysite.db");
    let one = |sql: &str| {
        sqlite_rows(&path, sql)[0]
            .iter()
            .map(|v| v.clone().unwrap_or_default())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        one("select displays, codes, exact_codes, laterality, verdict from v_series_body_site limit 1"),
        ["Chest|Knee", "816094009|72696002", "816094009|", "Left", "agreed"]
    );
    assert_eq!(
        one("select displays, series, instances, verdict from v_study_body_site order by study_uid limit 1"),
        ["Chest|Knee", "2", "8", "agreed"]
    );
    assert_eq!(
        one("select selector, raw_text, no_map from v_unmapped_values where raw_text = 'a \u{2400} b'"),
        ["SeriesDescription", "a \u{2400} b", "empty"]
    );
    let conflicting = files(0..120)
        .iter()
        .filter_map(|f| f.instance.as_ref())
        .filter(|i| !i.issues.is_empty())
        .count();
    assert_eq!(
        one("select count(distinct path) from v_conflicts"),
        [conflicting.to_string()]
    );
    assert_eq!(
        one(
            "select image_occurrence_date, anatomic_site_source_value, laterality_source_value, person_id \
             from v_image_occurrence limit 1"
        ),
        ["2024-01-31", "816094009|72696002", "7771000", ""]
    );
    assert_eq!(
        one(
            "select count(*), sum(adjusted) from instances i join resolutions r on r.path = i.path \
             where r.verdict = 'reviewed' or i.adjusted = 1"
        ),
        one("select 2, 2")
    );
    assert_eq!(
        one("select max(c) from (select count(*) as c from images group by sop_instance_uid)"),
        ["1"]
    );
}
