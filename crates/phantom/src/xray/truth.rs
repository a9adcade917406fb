//! What is really in the field: for each of the 36 labels the share of that part that was exposed.
//!
//! Each label has probe points on its bones. Long bones are probed evenly along their length, other parts evenly
//! over their surface, joints within reach of the joint; of paired parts and single digits the best one counts.

use super::body::Body;
use super::exam::EXAMS;
use super::mesh::Mesh;
use super::tissue::main_axis;
use super::vector::V3;

/// A point fixed to a part.
pub type Probe = (usize, V3);

/// The probe sets of all labels; a label's share is that of its best set.
#[derive(Debug, Clone, Default)]
pub struct Probes {
    sets: Vec<Vec<Probe>>,
    /// For each label the numbers of its sets.
    labels: Vec<(&'static str, Vec<usize>)>,
}

const PROBES_A_PART: usize = 48;

fn face_centre(mesh: &Mesh, face: &[u32; 3]) -> V3 {
    let [a, b, c] = face.map(|i| mesh.vertices[i as usize]);
    (a + b + c) * (1.0 / 3.0)
}

/// Points evenly over the surface, by area.
fn over_surface(mesh: &Mesh, count: usize) -> Vec<V3> {
    let area = |f: &[u32; 3]| {
        let [a, b, c] = f.map(|i| mesh.vertices[i as usize]);
        (b - a).cross(c - a).norm()
    };
    let step = mesh.faces.iter().map(area).sum::<f32>() / count as f32;
    let mut due = step * 0.5;
    let mut out = Vec::with_capacity(count);
    for f in &mesh.faces {
        due -= area(f);
        if due <= 0.0 {
            out.push(face_centre(mesh, f));
            due = due.rem_euclid(step.max(1e-6));
        }
    }
    out
}

/// Points evenly along the longest axis.
fn along_length(mesh: &Mesh, count: usize) -> Vec<V3> {
    let (centre, axis, half) = main_axis(mesh);
    (0..count)
        .map(|k| centre + axis * (half * ((k as f32 + 0.5) / count as f32 * 2.0 - 1.0) * 0.97))
        .collect()
}

struct Maker<'a>(&'a Body);

impl Maker<'_> {
    fn surface(&self, groups: &[&str], side: &str) -> Vec<Probe> {
        let parts = groups.iter().flat_map(|g| self.members(g, side));
        parts
            .flat_map(|i| {
                over_surface(&self.0.parts[i].mesh, PROBES_A_PART)
                    .into_iter()
                    .map(move |p| (i, p))
            })
            .collect()
    }

    fn members(&self, group: &str, side: &str) -> Vec<usize> {
        let own = self.0.group(group);
        if own.is_empty() {
            self.0.group(&format!("{group}_{side}")).to_vec()
        } else {
            own.to_vec()
        }
    }

    fn length(&self, groups: &[&str], side: &str) -> Vec<Probe> {
        let parts = groups.iter().flat_map(|g| self.members(g, side));
        parts
            .flat_map(|i| {
                along_length(&self.0.parts[i].mesh, PROBES_A_PART)
                    .into_iter()
                    .map(move |p| (i, p))
            })
            .collect()
    }

    fn near(&self, joint: &str, groups: &[&str], side: &str, reach: f32) -> Vec<Probe> {
        let Some(joint) = self.0.joint(&format!("{joint}_{side}")) else {
            return Vec::new();
        };
        let parts = groups.iter().flat_map(|g| self.members(g, side));
        parts
            .flat_map(|i| {
                over_surface(&self.0.parts[i].mesh, 400)
                    .into_iter()
                    .map(move |p| (i, p))
            })
            .filter(|(_, p)| (*p - joint.pivot).norm() < reach)
            .collect()
    }

    /// One set a digit, so that a single finger in the field counts as a finger seen whole.
    fn digits(&self, group: &str, side: &str, names: &[&str]) -> Vec<Vec<Probe>> {
        let members = self.members(group, side);
        let of = |name: &str| -> Vec<Probe> {
            let parts = members.iter().copied().filter(|&i| self.0.parts[i].file.contains(name));
            parts
                .flat_map(|i| over_surface(&self.0.parts[i].mesh, 20).into_iter().map(move |p| (i, p)))
                .collect()
        };
        names.iter().map(|n| of(n)).collect()
    }

    fn limb(&self, key: &str, side: &str) -> Vec<Probe> {
        const ARM: [&str; 3] = ["humerus", "radius", "ulna"];
        const HAND: [&str; 3] = ["carpals", "metacarpals", "phalanges_hand"];
        const FOOT: [&str; 3] = ["tarsals", "metatarsals", "phalanges_foot"];
        match key {
            "CL" => self.length(&["clavicle"], side),
            "SH" => self.near("shoulder", &["humerus", "scapula", "clavicle"], side, 62.0),
            "UA" => self.length(&["humerus"], side),
            "EL" => self.near("elbow", &["humerus", "radius", "ulna"], side, 48.0),
            "FO" => self.length(&["radius", "ulna"], side),
            "WR" => {
                let mut probes = self.surface(&["carpals"], side);
                probes.extend(self.near("wrist", &["radius", "ulna", "metacarpals"], side, 40.0));
                probes
            }
            "HA" => self.surface(&HAND, side),
            "HI" => self.near("hip", &["femur", "hip_bone"], side, 58.0),
            "TH" => self.length(&["femur"], side),
            "KN" => self.near("knee", &["femur", "tibia", "fibula", "patella"], side, 58.0),
            "LE" => self.length(&["tibia", "fibula"], side),
            "AN" => self.near("ankle", &["tibia", "fibula", "tarsals"], side, 46.0),
            "FT" => self.surface(&FOOT, side),
            "CA" => {
                let heel = self.0.find(&format!("tarsals_{side}"), "calcaneus");
                let points = heel.map(|i| (i, over_surface(&self.0.parts[i].mesh, PROBES_A_PART)));
                points
                    .into_iter()
                    .flat_map(|(i, p)| p.into_iter().map(move |p| (i, p)))
                    .collect()
            }
            "RI" => self.surface(&["ribs"], side),
            "SI" => self.sacroiliac(side),
            "UL" => {
                let mut probes = self.length(&ARM, side);
                probes.extend(self.length(&HAND, side).into_iter().step_by(9));
                probes
            }
            "LL" => {
                let mut probes = self.length(&["femur", "tibia"], side);
                probes.extend(self.length(&FOOT, side).into_iter().step_by(14));
                probes
            }
            _ => Vec::new(),
        }
    }

    fn sacroiliac(&self, side: &str) -> Vec<Probe> {
        let Some(&hip) = self.members("hip_bone", side).first() else {
            return Vec::new();
        };
        let Some(&sacrum) = self.0.group("sacrum").first() else {
            return Vec::new();
        };
        let wing = over_surface(&self.0.parts[sacrum].mesh, 300);
        let close = |p: &V3| wing.iter().any(|q| (*p - *q).norm() < 14.0);
        over_surface(&self.0.parts[hip].mesh, 400)
            .into_iter()
            .filter(close)
            .map(|p| (hip, p))
            .collect()
    }

    fn middle(&self, key: &str) -> Vec<Probe> {
        let groups: &[&str] = match key {
            "HE" => &["skull", "face", "mandible"],
            "SK" => &["skull"],
            "FA" => &["face", "mandible"],
            "PS" => &["face"],
            "JA" => &["mandible", "teeth"],
            "NE" => &["cervical", "hyoid", "larynx"],
            "CS" => &["cervical"],
            "TS" => &["thoracic"],
            "LS" => &["lumbar"],
            "SC" => &["sacrum"],
            "SP" => &["cervical", "thoracic", "lumbar", "sacrum"],
            "CH" => &["lung_l", "lung_r", "sternum", "thoracic"],
            "AB" => &["lumbar", "kidney_l", "kidney_r", "liver", "bowel_large"],
            "PE" => &["hip_bone_l", "hip_bone_r", "sacrum"],
            _ => &[],
        };
        self.surface(groups, "")
    }

    fn sets(&self, key: &str) -> Vec<Vec<Probe>> {
        const FINGERS: [&str; 5] = ["thumb", "index_finger", "middle_finger", "ring_finger", "little_finger"];
        const TOES: [&str; 5] = ["big_toe", "second_toe", "third_toe", "fourth_toe", "little_toe"];
        let both = |f: &dyn Fn(&str) -> Vec<Vec<Probe>>| [f("l"), f("r")].concat();
        match key {
            "FI" => both(&|s| self.digits("phalanges_hand", s, &FINGERS)),
            "TO" => both(&|s| self.digits("phalanges_foot", s, &TOES)),
            // Any segment of a limb is an extremity; a film of a whole limb is rarely taken.
            "EX" => ["UA", "FO", "HA", "TH", "LE", "FT"]
                .iter()
                .flat_map(|k| self.sets(k))
                .collect(),
            "WB" => {
                let mut all = self.middle("SP");
                all.extend(self.middle("SK"));
                for s in ["l", "r"] {
                    all.extend(self.limb("UL", s).into_iter().chain(self.limb("LL", s)));
                }
                vec![all]
            }
            _ => {
                let middle = self.middle(key);
                if middle.is_empty() {
                    vec![self.limb(key, "l"), self.limb(key, "r")]
                } else {
                    vec![middle]
                }
            }
        }
    }
}

impl Probes {
    /// The probes of a body.
    #[must_use]
    pub fn of(body: &Body) -> Self {
        let mut out = Self::default();
        for exam in &EXAMS {
            let sets = Maker(body).sets(exam.key);
            let numbers = sets
                .into_iter()
                .filter(|s| !s.is_empty())
                .map(|s| out.number(s))
                .collect();
            out.labels.push((exam.key, numbers));
        }
        out
    }

    /// Many labels share a set, such as the thigh that is also an extremity: each is kept and looked at once.
    fn number(&mut self, set: Vec<Probe>) -> usize {
        self.sets.iter().position(|s| *s == set).unwrap_or_else(|| {
            self.sets.push(set);
            self.sets.len() - 1
        })
    }

    /// The share of each label for which `seen` holds, in the order of the exams.
    pub fn shares(&self, seen: impl Fn(&Probe) -> bool) -> Vec<(&'static str, f32)> {
        let share = |set: &Vec<Probe>| set.iter().filter(|p| seen(p)).count() as f32 / set.len() as f32;
        let shares: Vec<f32> = self.sets.iter().map(share).collect();
        let best = |numbers: &[usize]| numbers.iter().map(|&n| shares[n]).fold(0.0, f32::max);
        self.labels.iter().map(|(key, numbers)| (*key, best(numbers))).collect()
    }
}
