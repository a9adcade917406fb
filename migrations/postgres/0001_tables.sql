-- What bodysite remembers of its runs, in PostgreSQL. The SQLite schema has the same tables, columns and rows.
--
-- Keys are natural: paths, UIDs and a hash over the versions. No random ids and no clock, so that the same input gives
-- the same rows in the same order from either database.
--
-- Two files may carry one SOP Instance UID, and neither is dropped: the key of a file's rows is its path. Uniqueness on
-- (SOP Instance UID, versions) is kept where it holds, in `images`, which names the file that stands for the image.
--
-- Rows that belong to one path are deleted and written together in one transaction, so foreign keys between them would
-- only check again, for every row, what a batch does as a whole; there are none.
--
-- Text is stored as read. U+0000 cannot be stored as text everywhere and is shown as U+2400 (SYMBOL FOR NULL); the JSON
-- columns `header`, `findings` and `assertion` are exact and write it as \u0000.
--
-- Several codes of one answer stand in one column, joined with '|', in the order of the answer; `displays` and
-- `exact_codes` have as many parts as `codes`. `exact_codes` is the finer concept that was said, empty where none is known.

-- Text columns sort by bytes (collate "C"), as in SQLite, whatever the locale of the server. The JSON columns are text and
-- not jsonb: jsonb refuses \u0000 and forgets the order of keys. Cast them (`header::jsonb`) in a query where that is no
-- concern.

-- What produced an answer. `versions` is the start of a SHA-256 over the other columns.
create table versions (
    versions text collate "C" not null primary key,
    software text collate "C" not null,
    mapping text collate "C" not null,
    dicom_edition text collate "C" not null,
    model text collate "C" not null,
    weights text collate "C" not null,
    policy text collate "C" not null
);

-- One row a run; the counts are null until it finishes. `roots` is a JSON array of the paths given.
create table runs (
    run bigint not null primary key,
    versions text collate "C" not null,
    roots text collate "C" not null,
    started text collate "C" not null,
    finished text collate "C",
    files bigint,
    done bigint,
    skipped bigint,
    failed bigint,
    studies bigint,
    series bigint,
    resolved bigint,
    unresolved bigint,
    conflicting bigint
);

-- One row an input file, whatever became of it. `reasons` is a JSON array of stable words, `seen_run` the last run that
-- met the file.
create table sources (
    path text collate "C" not null primary key,
    size bigint not null,
    mtime_ns bigint not null,
    header_hash text collate "C" not null,
    status text collate "C" not null,
    reasons text collate "C" not null,
    problem_offset bigint,
    versions text collate "C" not null,
    seen_run bigint not null
);

-- One row a normalised file. `header` holds all that was read, so that a changed mapping set needs no file; `findings`
-- the claims, answers and oddities of the file by itself. `adjusted` is 1 where a review or the files beside it changed
-- the rows of `assertions`, `resolutions` and `issues` from what `findings` says.
create table instances (
    path text collate "C" not null primary key,
    study_uid text collate "C" not null,
    series_uid text collate "C" not null,
    sop_instance_uid text collate "C" not null,
    sop_class_uid text collate "C" not null,
    modality text collate "C" not null,
    series_number text collate "C" not null,
    instance_number text collate "C" not null,
    study_date text collate "C" not null,
    transfer_syntax text collate "C" not null,
    patient_check bigint,
    versions text collate "C" not null,
    adjusted bigint not null,
    header text collate "C" not null,
    findings text collate "C" not null
);

create index instances_in_order on instances (study_uid, series_uid, sop_instance_uid, path);
create index instances_by_sop on instances (sop_instance_uid, path);
create index instances_adjusted on instances (path) where adjusted = 1;

-- The file that stands for an image: the first path, in byte order, of those with its SOP Instance UID in its last run.
create table images (
    sop_instance_uid text collate "C" not null,
    versions text collate "C" not null,
    path text collate "C" not null,
    primary key (sop_instance_uid, versions)
);

create index images_by_path on images (path);

-- One row a series and one a study, as last written out.
create table series (
    study_uid text collate "C" not null,
    series_uid text collate "C" not null,
    run bigint not null,
    versions text collate "C" not null,
    modality text collate "C" not null,
    series_number text collate "C" not null,
    instances bigint not null,
    primary key (study_uid, series_uid)
);

create table studies (
    study_uid text collate "C" not null primary key,
    run bigint not null,
    versions text collate "C" not null,
    study_date text collate "C" not null,
    series bigint not null,
    instances bigint not null
);

-- One row a claim. `origin` is header, image or review; `selector` and `raw_text` say which attribute said what.
-- `mapping_rows` is a JSON array of the mapping rows (`set#row`) that the claim rests on.
create table assertions (
    path text collate "C" not null,
    origin text collate "C" not null,
    ordinal bigint not null,
    facet text collate "C" not null,
    method text collate "C" not null,
    selector text collate "C",
    raw_text text collate "C",
    relationship text collate "C" not null,
    codes text collate "C",
    displays text collate "C",
    exact_codes text collate "C",
    no_map text collate "C",
    mapping_rows text collate "C",
    confidence double precision,
    primary key (path, origin, ordinal)
);

-- One answer a facet and image.
create table resolutions (
    path text collate "C" not null,
    facet text collate "C" not null,
    verdict text collate "C" not null,
    codes text collate "C",
    displays text collate "C",
    exact_codes text collate "C",
    no_map text collate "C",
    confidence double precision,
    original_text text collate "C",
    because text collate "C" not null,
    primary key (path, facet)
);

-- One answer a facet and series.
create table series_resolutions (
    study_uid text collate "C" not null,
    series_uid text collate "C" not null,
    facet text collate "C" not null,
    verdict text collate "C" not null,
    codes text collate "C",
    displays text collate "C",
    exact_codes text collate "C",
    no_map text collate "C",
    confidence double precision,
    original_text text collate "C",
    because text collate "C" not null,
    primary key (study_uid, series_uid, facet)
);

-- One answer a facet and study: the parts of all its series.
create table study_resolutions (
    study_uid text collate "C" not null,
    facet text collate "C" not null,
    verdict text collate "C" not null,
    codes text collate "C",
    displays text collate "C",
    exact_codes text collate "C",
    no_map text collate "C",
    confidence double precision,
    original_text text collate "C",
    because text collate "C" not null,
    primary key (study_uid, facet)
);

-- What was odd about a file; no value of the file is in it.
create table issues (
    path text collate "C" not null,
    ordinal bigint not null,
    code text collate "C" not null,
    severity text collate "C" not null,
    selector text collate "C",
    detail text collate "C",
    primary key (path, ordinal)
);

-- What was odd about a series, or, with an empty series UID, about a study as a whole.
create table study_issues (
    study_uid text collate "C" not null,
    series_uid text collate "C" not null,
    ordinal bigint not null,
    code text collate "C" not null,
    severity text collate "C" not null,
    selector text collate "C",
    detail text collate "C",
    primary key (study_uid, series_uid, ordinal)
);

-- Reviewers' decisions: added, never changed. `digest` is the start of a SHA-256 over `assertion`, so that adding the
-- same decision twice leaves one row.
create table reviews (
    sop_instance_uid text collate "C" not null,
    reviewed_at text collate "C" not null,
    digest text collate "C" not null,
    reviewer text collate "C" not null,
    facet text collate "C" not null,
    codes text collate "C",
    displays text collate "C",
    exact_codes text collate "C",
    no_map text collate "C",
    assertion text collate "C" not null,
    primary key (sop_instance_uid, reviewed_at, digest)
);
