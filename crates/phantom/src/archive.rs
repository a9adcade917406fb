//! A simulated archive: studies with known truth whose headers are wrong as often, and in the way, that real ones are.
//!
//! Wrong headers come in runs: the technologist leaves the protocol of an earlier patient selected, and the studies
//! that follow carry its part. Others carry what the device writes unless told. The rest of the damage is a missing
//! value, a coarse word, or the other side. Everything depends on the seed alone.

use std::collections::BTreeMap;

use bodysite_core::{Attribute, Header, Sctid, Side};
use bodysite_terminology::Terminology;

use crate::archive_images::ArchiveImage;
use crate::archive_words::{Value, Words, WordsError};
use crate::demo::{Grey, image_pixels};
use crate::dicom_file::DataSet;
use crate::uid::uid;
use crate::xray::rng::Rng;

const CR: &str = "1.2.840.10008.5.1.4.1.1.1";

/// Images a study has at most.
const IMAGES: usize = 3;

/// Studies that one forgotten protocol spoils at most.
const RUN: usize = 4;

/// How often which damage is done, as shares of the studies.
///
/// The share of wrong values is that of Güld et al. 2002 (SPIE 4685:280); the others are set beside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Body Part Examined names another part.
    pub wrong: f64,
    /// It is absent, empty or a placeholder.
    pub missing: f64,
    /// It names a coarse region that holds the part.
    pub coarse: f64,
    /// The header names the other side.
    pub side: f64,
    /// Of the wrong ones, those left over from an earlier patient; the others are a device's default.
    pub left_over: f64,
    /// Studies whose series carry a text that names a part.
    pub series_text: f64,
    /// Studies with a study text that names the part; it comes from the order and is right.
    pub study_text: f64,
}

impl Default for Rates {
    fn default() -> Self {
        Rates {
            wrong: 0.15,
            missing: 0.10,
            coarse: 0.10,
            side: 0.03,
            left_over: 0.7,
            series_text: 0.3,
            study_text: 0.2,
        }
    }
}

/// What was done to a study's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Corruption {
    /// Nothing.
    None,
    /// The part of an earlier patient's study.
    LeftOver,
    /// A device's default.
    Default,
    /// No value.
    Missing,
    /// A coarse region.
    Coarse,
    /// The other side.
    OtherSide,
}

impl Corruption {
    /// The word in the table of truth.
    pub fn word(self) -> &'static str {
        match self {
            Corruption::None => "none",
            Corruption::LeftOver => "wrong_left_over",
            Corruption::Default => "wrong_default",
            Corruption::Missing => "missing",
            Corruption::Coarse => "coarse",
            Corruption::OtherSide => "other_side",
        }
    }
}

/// One file of the archive.
#[derive(Debug, Clone)]
pub struct ArchiveFile {
    /// Path inside the output folder, `/` between its parts.
    pub path: String,
    /// Which picture it shows, by index.
    pub image: usize,
    /// What was done to its header.
    pub corruption: Corruption,
    texts: BTreeMap<Attribute, String>,
    patient: String,
}

/// A study before its files are written.
struct Study {
    images: Vec<usize>,
    language: String,
    corruption: Corruption,
    /// The study whose protocol is left selected.
    left_over: Option<usize>,
}

/// What the modality has selected: the same for all series-level texts.
struct Selection {
    body_part_examined: Option<String>,
    text: String,
}

/// What the pictures of one study have in common: parts, side, source.
type Alike<'a> = (&'a [Sctid], Option<Side>, &'a str);

struct Planner<'a> {
    images: &'a [ArchiveImage],
    words: Words,
    rates: &'a Rates,
    terminology: &'a Terminology,
    seed: u64,
}

/// Plans an archive of so many studies. Each picture is used once until all were; then they come again.
pub fn archive(
    images: &[ArchiveImage],
    studies: usize,
    seed: u64,
    rates: &Rates,
    terminology: &Terminology,
) -> Result<Vec<ArchiveFile>, WordsError> {
    let planner = Planner {
        images,
        words: Words::builtin(terminology)?,
        rates,
        terminology,
        seed,
    };
    let mut plan = planner.studies(studies);
    planner.damage(&mut plan);
    Ok(planner.files(&plan))
}

fn shuffle<T>(items: &mut [T], rng: &mut Rng) {
    for at in (1..items.len()).rev() {
        items.swap(at, rng.below(at + 1));
    }
}

impl Planner<'_> {
    fn rng(&self, purpose: u64) -> Rng {
        Rng::new(self.seed, purpose)
    }

    /// Pictures of one part, side and source make up studies of one to three; their order is drawn.
    fn studies(&self, wanted: usize) -> Vec<Study> {
        let mut rng = self.rng(1);
        let mut studies = Vec::new();
        while studies.len() < wanted && !self.images.is_empty() {
            let mut round = self.round(&mut rng);
            shuffle(&mut round, &mut rng);
            studies.extend(round.into_iter().take(wanted - studies.len()));
        }
        studies
    }

    fn round(&self, rng: &mut Rng) -> Vec<Study> {
        let mut alike: BTreeMap<Alike<'_>, Vec<usize>> = BTreeMap::new();
        for (at, image) in self.images.iter().enumerate() {
            let key = (image.examined.as_slice(), image.side, image.group.as_str());
            alike.entry(key).or_default().push(at);
        }
        let mut studies = Vec::new();
        for mut images in alike.into_values() {
            shuffle(&mut images, rng);
            while !images.is_empty() {
                let size = (1 + rng.below(IMAGES)).min(images.len());
                let language = self.words.languages[rng.below(self.words.languages.len())].clone();
                studies.push(Study {
                    images: images.split_off(images.len() - size),
                    language,
                    corruption: Corruption::None,
                    left_over: None,
                });
            }
        }
        studies
    }

    fn truth(&self, study: &Study) -> &[Sctid] {
        &self.images[study.images[0]].examined
    }

    fn side(&self, study: &Study) -> Option<Side> {
        self.images[study.images[0]].side
    }

    /// Whether a value that means `said` is plainly wrong for parts that are `truth`.
    fn contradicts(&self, said: &[Sctid], truth: &[Sctid]) -> bool {
        let relations = self.terminology.relations();
        let related = |a: &Sctid, b: &Sctid| a == b || relations.contains(*a, *b) || relations.contains(*b, *a);
        !said.iter().any(|s| truth.iter().any(|t| related(s, t)))
    }

    /// Does each damage as often as its rate says, where enough studies can have it.
    fn damage(&self, studies: &mut [Study]) {
        let mut rng = self.rng(2);
        let count = |share: f64| (share * studies.len() as f64).round() as usize;
        let wrong = count(self.rates.wrong);
        let left_over = (wrong as f64 * self.rates.left_over).round() as usize;
        let counts = [
            (Corruption::Default, wrong - left_over),
            (Corruption::Missing, count(self.rates.missing)),
            (Corruption::Coarse, count(self.rates.coarse)),
            (Corruption::OtherSide, count(self.rates.side)),
        ];
        self.leave_protocols(studies, left_over, &mut rng);
        for (corruption, count) in counts {
            self.spoil(studies, corruption, count, &mut rng);
        }
    }

    fn leave_protocols(&self, studies: &mut [Study], mut count: usize, rng: &mut Rng) {
        let mut starts: Vec<usize> = (1..studies.len()).collect();
        shuffle(&mut starts, rng);
        for start in starts {
            let length = 1 + rng.below(RUN);
            let before = start - 1;
            let run = start..studies.len().min(start + length);
            let free = |s: &Study| s.corruption == Corruption::None;
            if !free(&studies[before]) || !run.clone().all(|at| free(&studies[at])) {
                continue;
            }
            // A study that the protocol fits ends the run: nobody can tell where it was selected anew.
            let spoilt = |at: &usize| self.contradicts(self.truth(&studies[before]), self.truth(&studies[*at]));
            let run: Vec<usize> = run.take_while(spoilt).take(count).collect();
            count -= run.len();
            for at in run {
                studies[at].corruption = Corruption::LeftOver;
                studies[at].left_over = Some(before);
            }
        }
    }

    fn spoil(&self, studies: &mut [Study], corruption: Corruption, count: usize, rng: &mut Rng) {
        let sources: Vec<usize> = studies.iter().filter_map(|s| s.left_over).collect();
        let mut order: Vec<usize> = (0..studies.len()).filter(|at| !sources.contains(at)).collect();
        shuffle(&mut order, rng);
        let can = |study: &Study| study.corruption == Corruption::None && self.can_have(study, corruption);
        let order: Vec<usize> = order.into_iter().filter(|at| can(&studies[*at])).take(count).collect();
        for at in order {
            studies[at].corruption = corruption;
        }
    }

    fn can_have(&self, study: &Study, corruption: Corruption) -> bool {
        let truth = self.truth(study);
        match corruption {
            Corruption::Default => self
                .words
                .defaults
                .iter()
                .any(|(part, _)| self.contradicts(&[*part], truth)),
            Corruption::Coarse => {
                let mut rng = self.rng(3);
                let mut coarse = |t: &Sctid| {
                    self.words
                        .coarse(*t, &study.language, self.terminology, &mut rng)
                        .is_some()
                };
                matches!(truth, [only] if coarse(only))
            }
            Corruption::OtherSide => matches!(self.side(study), Some(Side::Right | Side::Left)),
            _ => true,
        }
    }

    fn files(&self, studies: &[Study]) -> Vec<ArchiveFile> {
        let study = |(at, study): (usize, &Study)| {
            let texts = self.texts(studies, at);
            let files: Vec<ArchiveFile> = (0..study.images.len())
                .map(|i| self.file(study, at, i, &texts))
                .collect();
            files
        };
        studies.iter().enumerate().flat_map(study).collect()
    }

    fn selection(&self, study: &Study, rng: &mut Rng) -> Selection {
        let values: Vec<&Value> = self
            .truth(study)
            .iter()
            .filter_map(|t| self.words.value(*t, &study.language, rng))
            .collect();
        let join = |f: fn(&Value) -> &str, by: &str| values.iter().map(|v| f(v)).collect::<Vec<_>>().join(by);
        Selection {
            body_part_examined: Some(join(|v| &v.body_part_examined, " ")),
            text: join(|v| &v.text, " + "),
        }
    }

    /// What the modality writes for this study; the draw depends on the study's place, so that a left-over protocol
    /// is word for word the earlier one's.
    fn selected(&self, studies: &[Study], at: usize) -> Selection {
        let study = &studies[at];
        let mut rng = self.rng(1000 + study.left_over.unwrap_or(at) as u64);
        let true_one = self.selection(&studies[study.left_over.unwrap_or(at)], &mut rng);
        let mut rng = self.rng(1_000_000_000 + at as u64);
        let body_part_examined = match study.corruption {
            Corruption::Missing => self.no_value(&mut rng),
            Corruption::Default => Some(self.default_value(study, &mut rng)),
            Corruption::Coarse => {
                let part = self.truth(study)[0];
                let coarse = self.words.coarse(part, &study.language, self.terminology, &mut rng);
                coarse.map(|v| v.body_part_examined.clone())
            }
            _ => true_one.body_part_examined,
        };
        Selection {
            body_part_examined,
            ..true_one
        }
    }

    /// Absent, empty or a placeholder.
    fn no_value(&self, rng: &mut Rng) -> Option<String> {
        match rng.below(3) {
            0 => None,
            1 => Some(String::new()),
            _ => Some(self.words.placeholders[rng.below(self.words.placeholders.len())].clone()),
        }
    }

    fn default_value(&self, study: &Study, rng: &mut Rng) -> String {
        let wrong = |d: &&(Sctid, String)| self.contradicts(&[d.0], self.truth(study));
        let values: Vec<&(Sctid, String)> = self.words.defaults.iter().filter(wrong).collect();
        values[rng.below(values.len())].1.clone()
    }

    /// The texts that all images of a study share.
    fn texts(&self, studies: &[Study], at: usize) -> BTreeMap<Attribute, String> {
        let study = &studies[at];
        let mut rng = self.rng(2_000_000_000 + at as u64);
        let selected = self.selected(studies, at);
        let language = study.language.as_str();
        let true_side = self.side(study);
        let side = match (study.corruption, true_side) {
            (Corruption::OtherSide, Some(Side::Right)) => Some(Side::Left),
            (Corruption::OtherSide, Some(Side::Left)) => Some(Side::Right),
            (_, side) => side,
        };
        let with_side = |text: &str, side: Option<Side>| match side {
            Some(side) => format!("{text} {}", self.words.side(side, language)),
            None => text.to_owned(),
        };
        let mut texts = BTreeMap::new();
        if let Some(value) = selected.body_part_examined {
            texts.insert(Attribute::BodyPartExamined, value);
        }
        if rng.chance(self.rates.series_text as f32) {
            texts.insert(Attribute::SeriesDescription, with_side(&selected.text, side));
            if rng.chance(0.5) {
                texts.insert(Attribute::ProtocolName, selected.text.clone());
            }
        }
        let ordered = self.selection(study, &mut rng).text;
        let generic = self.words.study(language);
        if rng.chance(self.rates.study_text as f32) {
            texts.insert(
                Attribute::StudyDescription,
                with_side(&format!("{generic} {ordered}"), true_side),
            );
        } else if rng.chance(0.5) {
            texts.insert(Attribute::StudyDescription, generic.to_owned());
        }
        if let Some(side) = side.filter(|_| rng.chance(0.7)) {
            texts.insert(Attribute::ImageLaterality, side.letter().to_owned());
        }
        texts
    }

    fn file(&self, study: &Study, at: usize, i: usize, texts: &BTreeMap<Attribute, String>) -> ArchiveFile {
        let image = &self.images[study.images[i]];
        let (place, number) = (at.to_string(), i.to_string());
        let mut texts = texts.clone();
        let view = image.view.to_uppercase();
        if matches!(view.as_str(), "AP" | "PA") {
            if let Some(text) = texts.get_mut(&Attribute::SeriesDescription) {
                text.push(' ');
                text.push_str(&view);
            }
            texts.insert(Attribute::ViewPosition, view);
        }
        let uids = [
            (
                Attribute::SOPInstanceUID,
                uid(self.seed, &["archive instance", &place, &number]),
            ),
            (Attribute::StudyInstanceUID, uid(self.seed, &["archive study", &place])),
            (
                Attribute::SeriesInstanceUID,
                uid(self.seed, &["archive series", &place]),
            ),
        ];
        texts.extend(uids);
        texts.insert(Attribute::InstanceNumber, (i + 1).to_string());
        ArchiveFile {
            path: format!("study{:05}/image{}.dcm", at + 1, i + 1),
            image: study.images[i],
            corruption: study.corruption,
            texts,
            patient: format!("ARCHIVE{:05}", at + 1),
        }
    }
}

impl ArchiveFile {
    /// What a reader finds in the header.
    pub fn header(&self) -> Header {
        let texts: Vec<(Attribute, &str)> = self.texts.iter().map(|(a, t)| (*a, t.as_str())).collect();
        Header::of(&texts)
    }

    /// The DICOM file with these pixels.
    pub fn dicom(&self, pixels: &Grey) -> Vec<u8> {
        let mut set = DataSet::default();
        set.text((0x0008, 0x0005), "CS", "ISO_IR 192");
        set.text((0x0008, 0x0008), "CS", "ORIGINAL\\PRIMARY");
        set.text((0x0008, 0x0016), "UI", CR);
        self.put(&mut set, Attribute::SOPInstanceUID, "UI");
        set.text((0x0008, 0x0020), "DA", "20260105");
        set.text((0x0008, 0x0030), "TM", "");
        set.text((0x0008, 0x0050), "SH", "");
        set.text((0x0008, 0x0060), "CS", "CR");
        set.text((0x0008, 0x0070), "LO", "bodysite phantom");
        set.text((0x0008, 0x0090), "PN", "");
        self.put(&mut set, Attribute::StudyDescription, "LO");
        self.put(&mut set, Attribute::SeriesDescription, "LO");
        set.text((0x0010, 0x0010), "PN", "");
        set.text((0x0010, 0x0020), "LO", &self.patient);
        set.text((0x0010, 0x0030), "DA", "");
        set.text((0x0010, 0x0040), "CS", "");
        self.put(&mut set, Attribute::BodyPartExamined, "CS");
        self.put(&mut set, Attribute::ProtocolName, "LO");
        self.put(&mut set, Attribute::ViewPosition, "CS");
        self.put(&mut set, Attribute::StudyInstanceUID, "UI");
        self.put(&mut set, Attribute::SeriesInstanceUID, "UI");
        set.text((0x0020, 0x0010), "SH", "");
        set.text((0x0020, 0x0011), "IS", "1");
        self.put(&mut set, Attribute::InstanceNumber, "IS");
        self.put(&mut set, Attribute::ImageLaterality, "CS");
        image_pixels(&mut set, pixels);
        set.into_file(
            CR,
            self.texts.get(&Attribute::SOPInstanceUID).map_or("", String::as_str),
        )
    }

    fn put(&self, set: &mut DataSet, attribute: Attribute, vr: &str) {
        if let Some(text) = self.texts.get(&attribute) {
            set.text(attribute.tag(), vr, text);
        }
    }
}

/// The table of truth: `path,examined,visible,laterality,corruption,group`, as `evaluate --labels` reads it.
pub fn archive_labels(files: &[ArchiveFile], images: &[ArchiveImage]) -> String {
    let codes = |codes: &[Sctid]| {
        let codes: Vec<String> = codes.iter().map(Sctid::to_string).collect();
        codes.join("|")
    };
    let mut csv = csv::Writer::from_writer(Vec::new());
    let mut write = |cells: [&str; 6]| csv.write_record(cells).expect("six cells a line, into memory");
    write(["path", "examined", "visible", "laterality", "corruption", "group"]);
    for file in files {
        let image = &images[file.image];
        let visible = image.visible.as_deref().map(codes).unwrap_or_default();
        write([
            &file.path,
            &codes(&image.examined),
            &visible,
            image.side.map_or("", Side::letter),
            file.corruption.word(),
            &image.group,
        ]);
    }
    let bytes = csv.into_inner().expect("memory takes it");
    String::from_utf8(bytes).expect("written from text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive_images::archive_images;

    const SAMPLES: &str = include_str!("../../../models/phantom-samples/labels.csv");

    fn plan(studies: usize, seed: u64) -> (Vec<ArchiveImage>, Vec<ArchiveFile>) {
        let t = Terminology::builtin();
        let images = archive_images(SAMPLES, 0.5, t).unwrap();
        let files = archive(&images, studies, seed, &Rates::default(), t).unwrap();
        (images, files)
    }

    /// Studies by what was done to their header.
    fn counts(files: &[ArchiveFile]) -> BTreeMap<Corruption, usize> {
        let mut studies: BTreeMap<&str, Corruption> = BTreeMap::new();
        for file in files {
            studies.insert(file.path.split('/').next().unwrap(), file.corruption);
        }
        let mut counts = BTreeMap::new();
        for corruption in studies.into_values() {
            *counts.entry(corruption).or_default() += 1;
        }
        counts
    }

    #[test]
    fn each_damage_is_done_as_often_as_stated() {
        let (_, files) = plan(1000, 7);
        let counts = counts(&files);
        let expect = [
            (Corruption::None, 620),
            (Corruption::LeftOver, 105),
            (Corruption::Default, 45),
            (Corruption::Missing, 100),
            (Corruption::Coarse, 100),
            (Corruption::OtherSide, 30),
        ];
        assert_eq!(counts, expect.into());
    }

    #[test]
    fn a_left_over_protocol_is_that_of_the_study_before_the_run() {
        let (images, files) = plan(300, 7);
        let value = |f: &ArchiveFile| f.header().text(Attribute::BodyPartExamined).map(str::to_owned);
        let part = |f: &ArchiveFile| images[f.image].examined.clone();
        let mut before = None;
        let mut seen = 0;
        for file in &files {
            if file.corruption == Corruption::LeftOver {
                let (said, truth): &(Option<String>, Vec<Sctid>) = before.as_ref().unwrap();
                assert_eq!(&value(file), said);
                assert_ne!(&part(file), truth);
                seen += 1;
            } else {
                before = Some((value(file), part(file)));
            }
        }
        assert!(seen > 30);
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
        let grey = Grey {
            width: 2,
            height: 2,
            pixels: vec![0, 1, 2, 3],
        };
        let bytes = |seed| {
            let (images, files) = plan(40, seed);
            let all: Vec<Vec<u8>> = files.iter().map(|f| f.dicom(&grey)).collect();
            (archive_labels(&files, &images), all)
        };
        assert!(bytes(3) == bytes(3));
        assert!(bytes(3) != bytes(4));
    }

    #[test]
    fn what_is_written_is_what_a_reader_finds() {
        let (_, files) = plan(20, 1);
        let grey = Grey {
            width: 2,
            height: 1,
            pixels: vec![0, 255],
        };
        let folder = std::env::temp_dir().join(format!("bodysite-archive-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for file in &files {
            let path = folder.join("image.dcm");
            std::fs::write(&path, file.dicom(&grey)).unwrap();
            let read = bodysite_dicom::read_header(&path).unwrap().header;
            let planned = file.header();
            for attribute in [
                Attribute::BodyPartExamined,
                Attribute::SeriesDescription,
                Attribute::StudyDescription,
                Attribute::ProtocolName,
                Attribute::ImageLaterality,
                Attribute::StudyInstanceUID,
            ] {
                assert_eq!(read.get(attribute), planned.get(attribute), "{}", file.path);
            }
            assert!(read.has_pixel_data);
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_table_of_truth_has_a_line_for_every_file() {
        let (images, files) = plan(25, 2);
        let labels = archive_labels(&files, &images);
        assert_eq!(labels.lines().count(), files.len() + 1);
        assert!(labels.starts_with("path,examined,visible,laterality,corruption,group\nstudy00001/image1.dcm,"));
    }
}
