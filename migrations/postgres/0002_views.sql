-- Views that an analyst would write herself. The same text serves both databases, up to the line that says otherwise.

-- One row a series: body part, side and projection with their codes and how each answer was reached.
create view v_series_body_site as
select
    s.study_uid,
    s.series_uid,
    s.modality,
    s.series_number,
    s.instances,
    e.verdict,
    e.codes,
    e.displays,
    e.exact_codes,
    e.confidence,
    e.original_text,
    e.because,
    l.codes as laterality_code,
    l.displays as laterality,
    p.codes as view_code,
    p.displays as view_name,
    v.codes as visible_codes,
    v.displays as visible,
    s.run,
    s.versions
from series s
left join series_resolutions e on e.study_uid = s.study_uid and e.series_uid = s.series_uid and e.facet = 'examined'
left join series_resolutions l on l.study_uid = s.study_uid and l.series_uid = s.series_uid and l.facet = 'laterality'
left join series_resolutions p on p.study_uid = s.study_uid and p.series_uid = s.series_uid and p.facet = 'view'
left join series_resolutions v on v.study_uid = s.study_uid and v.series_uid = s.series_uid and v.facet = 'visible';

-- One row a study: every body part that its series show, and the side where they show one part.
create view v_study_body_site as
select
    t.study_uid,
    t.study_date,
    t.series,
    t.instances,
    e.verdict,
    e.codes,
    e.displays,
    e.exact_codes,
    e.confidence,
    e.because,
    l.codes as laterality_code,
    l.displays as laterality,
    t.run,
    t.versions
from studies t
left join study_resolutions e on e.study_uid = t.study_uid and e.facet = 'examined'
left join study_resolutions l on l.study_uid = t.study_uid and l.facet = 'laterality';

-- Header texts that name no body part, with the reason and how many images carry them.
create view v_unmapped_values as
select selector, raw_text, no_map, count(*) as images
from assertions
where facet = 'examined' and no_map is not null and origin = 'header'
group by selector, raw_text, no_map;

-- Images whose sources contradict each other: one row a claim, so that both sides are seen.
create view v_conflicts as
select
    i.study_uid,
    i.series_uid,
    i.sop_instance_uid,
    r.path,
    r.facet,
    r.because,
    a.origin,
    a.ordinal,
    a.method,
    a.selector,
    a.raw_text,
    a.codes,
    a.displays,
    a.exact_codes,
    a.confidence
from resolutions r
join instances i on i.path = r.path
join assertions a on a.path = r.path and a.facet = r.facet and a.no_map is null
where r.verdict = 'conflicting';

-- What is known of each series in the shape of image_occurrence of the OMOP Medical Imaging CDM
-- (https://doi.org/10.1007/s10278-024-00982-6). Ids of the OMOP vocabularies are not known here and are null: join
-- anatomic_site_source_value (SNOMED CT) and modality_source_value (DICOM) with the concept table of your CDM.
create view v_image_occurrence as
select
    cast(null as bigint) as image_occurrence_id,
    cast(null as bigint) as person_id,
    cast(null as bigint) as procedure_occurrence_id,
    cast(null as bigint) as visit_occurrence_id,
    cast(null as bigint) as anatomic_site_concept_id,
    cast(null as text) as wadors_uri,
    (
        select min(i.path) from instances i
        where i.study_uid = s.study_uid and i.series_uid = s.series_uid
    ) as local_path,
    case
        when length(t.study_date) = 8
            then substr(t.study_date, 1, 4) || '-' || substr(t.study_date, 5, 2) || '-' || substr(t.study_date, 7, 2)
    end as image_occurrence_date,
    s.study_uid as image_study_uid,
    s.series_uid as image_series_uid,
    cast(null as bigint) as modality_concept_id,
    s.modality as modality_source_value,
    e.codes as anatomic_site_source_value,
    e.displays as anatomic_site_source_name,
    l.codes as laterality_source_value
from series s
left join studies t on t.study_uid = s.study_uid
left join series_resolutions e on e.study_uid = s.study_uid and e.series_uid = s.series_uid and e.facet = 'examined'
left join series_resolutions l on l.study_uid = s.study_uid and l.series_uid = s.series_uid and l.facet = 'laterality';

-- From here on each database has its own words, since each takes JSON apart in its own way.

-- One row a mapping row (`set#row`) that a claim rests on.
create view mapping_rows_used as
select
    a.path,
    a.origin,
    a.ordinal,
    r.position - 1 as position,
    r.mapping_row
from assertions a
cross join lateral json_array_elements_text(a.mapping_rows::json) with ordinality as r (mapping_row, position);
