//! The studies of `bodysite demo`: messy headers in many languages, with known truth.
//!
//! The rows are data (`data/demo_studies.tsv`); this file turns each into a DICOM file and a line of `truth.csv`.

use bodysite_core::Side;
use bodysite_terminology::Terminology;

use crate::dicom_file::DataSet;
use crate::uid::uid;

/// What a synthetic image shows: 8-bit grey, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grey {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// `width * height` values.
    pub pixels: Vec<u8>,
}

/// Where the pixels of a demo image come from: the key of the label shown, and a number that picks among several.
pub type Pixels<'a> = dyn Fn(&str, u64) -> Grey + 'a;

/// One file of the demo.
#[derive(Debug, Clone)]
pub struct DemoFile {
    /// Path inside the output folder, `/` between its parts.
    pub path: String,
    /// The DICOM file.
    pub bytes: Vec<u8>,
    /// SCTIDs of what was examined, `|` between several.
    pub examined: String,
    /// The true side, if the part has one and the image shows one.
    pub side: Option<Side>,
}

/// What is wrong with the table of demo studies.
#[derive(Debug, thiserror::Error)]
#[error("demo_studies.tsv, row {row}: {problem}")]
pub struct DemoError {
    /// Line number, counting from 1.
    pub row: usize,
    /// What is wrong.
    pub problem: String,
}

const TABLE: &str = include_str!("../data/demo_studies.tsv");
const COLUMNS: usize = 16;
const CR: &str = "1.2.840.10008.5.1.4.1.1.1";
const DX: &str = "1.2.840.10008.5.1.4.1.1.1.1";

/// The demo's files, in a fixed order. The same seed gives the same bytes.
pub fn demo_files(seed: u64, terminology: &Terminology, pixels: &Pixels<'_>) -> Result<Vec<DemoFile>, DemoError> {
    let rows = TABLE
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.starts_with('#'))
        .skip(1);
    let mut files: Vec<DemoFile> = Vec::new();
    for (at, line) in rows {
        let row = Row::parse(at + 1, line)?;
        files.push(row.file(seed, files.len(), terminology, pixels)?);
    }
    Ok(files)
}

struct Row<'a> {
    number: usize,
    cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    fn parse(number: usize, line: &'a str) -> Result<Self, DemoError> {
        let cells: Vec<&str> = line.split('\t').collect();
        let row = Row { number, cells };
        if row.cells.len() != COLUMNS {
            return Err(row.wrong(format!("{} cells instead of {COLUMNS}", row.cells.len())));
        }
        Ok(row)
    }

    fn wrong(&self, problem: impl Into<String>) -> DemoError {
        DemoError {
            row: self.number,
            problem: problem.into(),
        }
    }

    fn file(
        &self,
        seed: u64,
        index: usize,
        terminology: &Terminology,
        pixels: &Pixels<'_>,
    ) -> Result<DemoFile, DemoError> {
        let [study, series, ..] = self.cells[..] else {
            return Err(self.wrong("no study"));
        };
        let sop_class = if self.cells[2] == "DX" { DX } else { CR };
        let instance = uid(seed, &["instance", &index.to_string()]);
        let image = pixels(self.cells[15], index as u64);
        let set = self.data_set(seed, sop_class, &instance, &image)?;
        Ok(DemoFile {
            path: format!("study{study:0>2}/series{series}/image{:0>3}.dcm", index + 1),
            bytes: set.into_file(sop_class, &instance),
            examined: self.examined(terminology)?,
            side: Side::from_letter(self.cells[14]),
        })
    }

    fn examined(&self, terminology: &Terminology) -> Result<String, DemoError> {
        let id = |key| {
            let target = terminology.by_key(key);
            let target = target.ok_or_else(|| self.wrong(format!("no target {key:?}")))?;
            Ok(target.concept.code.to_string())
        };
        let ids: Vec<String> = self.cells[13].split('|').map(id).collect::<Result<_, _>>()?;
        Ok(ids.join("|"))
    }

    fn data_set(&self, seed: u64, sop_class: &str, instance: &str, image: &Grey) -> Result<DataSet, DemoError> {
        let c = &self.cells;
        let mut set = DataSet::default();
        set.text((0x0008, 0x0005), "CS", c[4]);
        set.text((0x0008, 0x0008), "CS", "ORIGINAL\\PRIMARY");
        set.text((0x0008, 0x0016), "UI", sop_class);
        set.text((0x0008, 0x0018), "UI", instance);
        set.text((0x0008, 0x0020), "DA", "20260105");
        set.text((0x0008, 0x0030), "TM", "");
        set.text((0x0008, 0x0050), "SH", "");
        set.text((0x0008, 0x0060), "CS", c[3]);
        if c[3] == "DX" {
            set.text((0x0008, 0x0068), "CS", "FOR PRESENTATION");
        }
        set.text((0x0008, 0x0070), "LO", "bodysite phantom");
        set.text((0x0008, 0x0090), "PN", "");
        self.optional(&mut set, (0x0008, 0x1030), "LO", c[8])?;
        self.optional(&mut set, (0x0008, 0x103E), "LO", c[6])?;
        self.region(&mut set)?;
        set.text((0x0010, 0x0010), "PN", "");
        set.text((0x0010, 0x0020), "LO", &format!("DEMO{}", c[0]));
        set.text((0x0010, 0x0030), "DA", "");
        set.text((0x0010, 0x0040), "CS", "");
        self.optional(&mut set, (0x0018, 0x0015), "CS", c[5])?;
        self.optional(&mut set, (0x0018, 0x1030), "LO", c[7])?;
        self.optional(&mut set, (0x0018, 0x5101), "CS", c[12])?;
        set.text((0x0020, 0x000D), "UI", &uid(seed, &["study", c[0]]));
        set.text((0x0020, 0x000E), "UI", &uid(seed, &["series", c[0], c[1]]));
        set.text((0x0020, 0x0010), "SH", "");
        set.text((0x0020, 0x0011), "IS", c[1]);
        set.text((0x0020, 0x0013), "IS", "1");
        self.optional(&mut set, (0x0020, 0x0060), "CS", c[9])?;
        self.optional(&mut set, (0x0020, 0x0062), "CS", c[10])?;
        image_pixels(&mut set, image);
        Ok(set)
    }

    fn optional(&self, set: &mut DataSet, tag: (u16, u16), vr: &str, cell: &str) -> Result<(), DemoError> {
        let value = match cell {
            "" => return Ok(()),
            "~" => Vec::new(),
            text => self.encode(text)?,
        };
        set.add(tag, vr, &value);
        Ok(())
    }

    fn encode(&self, text: &str) -> Result<Vec<u8>, DemoError> {
        if self.cells[4] == "ISO_IR 192" {
            return Ok(text.as_bytes().to_vec());
        }
        let latin = |c| u8::try_from(u32::from(c)).map_err(|_| self.wrong(format!("{c:?} is not in Latin-1")));
        text.chars().map(latin).collect()
    }

    /// `CODE SCHEME MEANING` as the single item of Anatomic Region Sequence.
    fn region(&self, set: &mut DataSet) -> Result<(), DemoError> {
        if self.cells[11].is_empty() {
            return Ok(());
        }
        let mut parts = self.cells[11].splitn(3, ' ');
        let (Some(code), Some(scheme), Some(meaning)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(self.wrong("region_code is not CODE SCHEME MEANING"));
        };
        let mut item = DataSet::default();
        item.text((0x0008, 0x0100), "SH", code);
        item.text((0x0008, 0x0102), "SH", scheme);
        item.text((0x0008, 0x0104), "LO", meaning);
        set.item((0x0008, 0x2218), &item);
        Ok(())
    }
}

/// Image Pixel module, PS3.3 section C.7.6.3.
pub(crate) fn image_pixels(set: &mut DataSet, image: &Grey) {
    set.short((0x0028, 0x0002), 1);
    set.text((0x0028, 0x0004), "CS", "MONOCHROME2");
    set.short((0x0028, 0x0010), image.height);
    set.short((0x0028, 0x0011), image.width);
    set.short((0x0028, 0x0100), 8);
    set.short((0x0028, 0x0101), 8);
    set.short((0x0028, 0x0102), 7);
    set.short((0x0028, 0x0103), 0);
    set.text((0x0028, 0x0301), "CS", "NO");
    set.add((0x7FE0, 0x0010), "OB", &image.pixels);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(_: &str, _: u64) -> Grey {
        Grey {
            width: 2,
            height: 2,
            pixels: vec![0, 1, 2, 3],
        }
    }

    #[test]
    fn every_row_of_the_table_becomes_a_file_with_truth() {
        let t = Terminology::builtin();
        let files = demo_files(1, t, &flat).unwrap();
        assert!(files.len() >= 50);
        let paths: std::collections::BTreeSet<_> = files.iter().map(|f| &f.path).collect();
        assert_eq!(paths.len(), files.len());
        for file in &files {
            for id in file.examined.split('|') {
                assert!(t.target(id.parse().unwrap()).is_some());
            }
        }
        let again = demo_files(1, t, &flat).unwrap();
        assert!(files.iter().zip(&again).all(|(a, b)| a.bytes == b.bytes));
    }
}
