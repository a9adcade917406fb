//! Lead letters and printed text.

use super::raster::Plane;
use super::rng::Rng;

/// Five columns of seven bits for each letter, lowest bit on top.
fn glyph(c: char) -> [u8; 5] {
    match c {
        'A' => [0x7e, 0x09, 0x09, 0x09, 0x7e],
        'B' => [0x7f, 0x49, 0x49, 0x49, 0x36],
        'C' => [0x3e, 0x41, 0x41, 0x41, 0x22],
        'D' => [0x7f, 0x41, 0x41, 0x41, 0x3e],
        'E' => [0x7f, 0x49, 0x49, 0x49, 0x41],
        'G' => [0x3e, 0x41, 0x49, 0x49, 0x7a],
        'I' => [0x00, 0x41, 0x7f, 0x41, 0x00],
        'K' => [0x7f, 0x08, 0x14, 0x22, 0x41],
        'L' => [0x7f, 0x40, 0x40, 0x40, 0x40],
        'M' => [0x7f, 0x02, 0x0c, 0x02, 0x7f],
        'N' => [0x7f, 0x04, 0x08, 0x10, 0x7f],
        'O' => [0x3e, 0x41, 0x41, 0x41, 0x3e],
        'P' => [0x7f, 0x09, 0x09, 0x09, 0x06],
        'R' => [0x7f, 0x09, 0x19, 0x29, 0x46],
        'S' => [0x26, 0x49, 0x49, 0x49, 0x32],
        'T' => [0x01, 0x01, 0x7f, 0x01, 0x01],
        'U' => [0x3f, 0x40, 0x40, 0x40, 0x3f],
        'V' => [0x1f, 0x20, 0x40, 0x20, 0x1f],
        'X' => [0x63, 0x14, 0x08, 0x14, 0x63],
        '0' => [0x3e, 0x51, 0x49, 0x45, 0x3e],
        '1' => [0x00, 0x42, 0x7f, 0x40, 0x00],
        '2' => [0x62, 0x51, 0x49, 0x49, 0x46],
        '3' => [0x22, 0x41, 0x49, 0x49, 0x36],
        '4' => [0x18, 0x14, 0x12, 0x7f, 0x10],
        '5' => [0x27, 0x45, 0x45, 0x45, 0x39],
        '6' => [0x3c, 0x4a, 0x49, 0x49, 0x30],
        '7' => [0x01, 0x71, 0x09, 0x05, 0x03],
        '8' => [0x36, 0x49, 0x49, 0x49, 0x36],
        '9' => [0x06, 0x49, 0x49, 0x29, 0x1e],
        ':' => [0x00, 0x36, 0x36, 0x00, 0x00],
        '-' => [0x08, 0x08, 0x08, 0x08, 0x08],
        _ => [0; 5],
    }
}

/// Writes text with its top left corner at `at`, each glyph dot `dot` pixels wide, calling `put` for each pixel.
fn write(text: &str, at: (f32, f32), dot: f32, size: (usize, usize), mut put: impl FnMut(usize)) {
    let width = text.chars().count() as f32 * 6.0 * dot;
    for y in 0..(7.0 * dot).ceil() as usize {
        for x in 0..width.ceil() as usize {
            let (column, row) = ((x as f32 / dot) as usize, (y as f32 / dot) as usize);
            let Some(letter) = text.chars().nth(column / 6) else {
                continue;
            };
            let lit = column % 6 < 5 && row < 7 && glyph(letter)[column % 6] >> row & 1 == 1;
            let (px, py) = (at.0 + x as f32, at.1 + y as f32);
            if lit && px >= 0.0 && py >= 0.0 && (px as usize) < size.0 && (py as usize) < size.1 {
                put(py as usize * size.0 + px as usize);
            }
        }
    }
}

/// A lead side letter near an edge, as extra attenuation.
pub fn lead_letter(bone: &mut Plane, side: char, left_half: bool, r: &mut Rng) {
    let (w, h) = (bone.width as f32, bone.height as f32);
    let dot = w.max(h) * r.range(0.045, 0.085) / 7.0;
    let x = if left_half {
        r.range(0.03, 0.16)
    } else {
        r.range(0.78, 0.9)
    } * w;
    let y = if r.chance(0.5) {
        r.range(0.03, 0.3)
    } else {
        r.range(0.6, 0.9)
    } * h;
    let strength = r.range(1.2, 4.0);
    let size = (bone.width, bone.height);
    let text: String = match r.below(5) {
        0 => format!("{side}{}", r.below(10)),
        _ => side.to_string(),
    };
    write(&text, (x, y), dot, size, |i| bone.data[i] += strength);
}

/// Printed text, as some archives burn into the pixels.
pub fn printed(p: &mut Plane, r: &mut Rng) {
    const WORDS: [&str; 8] = ["AP", "PA", "LAT", "STANDING", "SUPINE", "PORTABLE", "ERECT", "CR"];
    let text = match r.below(3) {
        0 => WORDS[r.below(WORDS.len())].to_string(),
        1 => format!("{:02}:{:02}", r.below(24), r.below(60)),
        _ => format!("{} {}", WORDS[r.below(WORDS.len())], 1000 + r.below(9000)),
    };
    let dot = (p.width.max(p.height) as f32 * r.range(0.018, 0.04) / 7.0).max(0.8);
    let x = p.width as f32 * if r.chance(0.5) { 0.02 } else { 0.6 };
    let y = p.height as f32 * if r.chance(0.5) { 0.02 } else { 0.93 };
    let (size, value) = ((p.width, p.height), r.range(0.7, 1.0));
    write(&text, (x, y), dot, size, |i| p.data[i] = value);
}
