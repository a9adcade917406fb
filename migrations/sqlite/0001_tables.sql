-- What bodysite remembers of its runs, in SQLite. The PostgreSQL schema has the same tables, columns and rows.
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

-- What produced an answer. `versions` is the start of a SHA-256 over the other columns.
create table versions (
    versions text not null primary key,
    software text not null,
    mapping text not null,
    dicom_edition text not null,
    model text not null,
    weights text not null,
    policy text not null
) strict, without rowid;

-- One row a run; the counts are null until it finishes. `roots` is a JSON array of the paths given.
create table runs (
    run integer not null primary key,
    versions text not null,
    roots text not null,
    started text not null,
    finished text,
    files integer,
    done integer,
    skipped integer,
    failed integer,
    studies integer,
    series integer,
    resolved integer,
    unresolved integer,
    conflicting integer
) strict;

-- One row an input file, whatever became of it. `reasons` is a JSON array of stable words, `seen_run` the last run that
-- met the file.
create table sources (
    path text not null primary key,
    size integer not null,
    mtime_ns integer not null,
    header_hash text not null,
    status text not null,
    reasons text not null,
    problem_offset integer,
    versions text not null,
    seen_run integer not null
) strict;

-- One row a normalised file. `header` holds all that was read, so that a changed mapping set needs no file; `findings`
-- the claims, answers and oddities of the file by itself. `adjusted` is 1 where a review or the files beside it changed
-- the rows of `assertions`, `resolutions` and `issues` from what `findings` says.
create table instances (
    path text not null primary key,
    study_uid text not null,
    series_uid text not null,
    sop_instance_uid text not null,
    sop_class_uid text not null,
    modality text not null,
    series_number text not null,
    instance_number text not null,
    study_date text not null,
    transfer_syntax text not null,
    patient_check integer,
    versions text not null,
    adjusted integer not null,
    header text not null,
    findings text not null
) strict;

create index instances_in_order on instances (study_uid, series_uid, sop_instance_uid, path);
create index instances_by_sop on instances (sop_instance_uid, path);
create index instances_adjusted on instances (path) where adjusted = 1;

-- The file that stands for an image: the first path, in byte order, of those with its SOP Instance UID in its last run.
create table images (
    sop_instance_uid text not null,
    versions text not null,
    path text not null,
    primary key (sop_instance_uid, versions)
) strict, without rowid;

create index images_by_path on images (path);

-- One row a series and one a study, as last written out.
create table series (
    study_uid text not null,
    series_uid text not null,
    run integer not null,
    versions text not null,
    modality text not null,
    series_number text not null,
    instances integer not null,
    primary key (study_uid, series_uid)
) strict, without rowid;

create table studies (
    study_uid text not null primary key,
    run integer not null,
    versions text not null,
    study_date text not null,
    series integer not null,
    instances integer not null
) strict, without rowid;

-- One row a claim. `origin` is header, image or review; `selector` and `raw_text` say which attribute said what.
-- `mapping_rows` is a JSON array of the mapping rows (`set#row`) that the claim rests on.
create table assertions (
    path text not null,
    origin text not null,
    ordinal integer not null,
    facet text not null,
    method text not null,
    selector text,
    raw_text text,
    relationship text not null,
    codes text,
    displays text,
    exact_codes text,
    no_map text,
    mapping_rows text,
    confidence real,
    primary key (path, origin, ordinal)
) strict, without rowid;

-- One answer a facet and image.
create table resolutions (
    path text not null,
    facet text not null,
    verdict text not null,
    codes text,
    displays text,
    exact_codes text,
    no_map text,
    confidence real,
    original_text text,
    because text not null,
    primary key (path, facet)
) strict, without rowid;

-- One answer a facet and series.
create table series_resolutions (
    study_uid text not null,
    series_uid text not null,
    facet text not null,
    verdict text not null,
    codes text,
    displays text,
    exact_codes text,
    no_map text,
    confidence real,
    original_text text,
    because text not null,
    primary key (study_uid, series_uid, facet)
) strict, without rowid;

-- One answer a facet and study: the parts of all its series.
create table study_resolutions (
    study_uid text not null,
    facet text not null,
    verdict text not null,
    codes text,
    displays text,
    exact_codes text,
    no_map text,
    confidence real,
    original_text text,
    because text not null,
    primary key (study_uid, facet)
) strict, without rowid;

-- What was odd about a file; no value of the file is in it.
create table issues (
    path text not null,
    ordinal integer not null,
    code text not null,
    severity text not null,
    selector text,
    detail text,
    primary key (path, ordinal)
) strict, without rowid;

-- What was odd about a series, or, with an empty series UID, about a study as a whole.
create table study_issues (
    study_uid text not null,
    series_uid text not null,
    ordinal integer not null,
    code text not null,
    severity text not null,
    selector text,
    detail text,
    primary key (study_uid, series_uid, ordinal)
) strict, without rowid;

-- Reviewers' decisions: added, never changed. `digest` is the start of a SHA-256 over `assertion`, so that adding the
-- same decision twice leaves one row.
create table reviews (
    sop_instance_uid text not null,
    reviewed_at text not null,
    digest text not null,
    reviewer text not null,
    facet text not null,
    codes text,
    displays text,
    exact_codes text,
    no_map text,
    assertion text not null,
    primary key (sop_instance_uid, reviewed_at, digest)
) strict, without rowid;
