//! A small deterministic random generator (xoshiro256++), seeded for each image.

/// Random numbers that depend on the seed and the index of the image, never on the thread.
#[derive(Debug, Clone)]
pub struct Rng([u64; 4]);

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Rng {
    /// A generator for image `index` of the set `seed`.
    #[must_use]
    pub fn new(seed: u64, index: u64) -> Self {
        let mut state = seed.wrapping_mul(0xd134_2543_de82_ef95) ^ index.rotate_left(32);
        Self(std::array::from_fn(|_| splitmix(&mut state)))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let out = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        out
    }

    /// Uniform in `[0, 1)`.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / 16_777_216.0
    }

    /// Uniform between `low` and `high`.
    pub fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Uniform in the logarithm between `low` and `high`, both above zero.
    pub fn log_range(&mut self, low: f32, high: f32) -> f32 {
        self.range(low.ln(), high.ln()).exp()
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// A whole number below `n`; zero when `n` is zero.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f32) as usize).min(n.saturating_sub(1))
    }

    /// Approximately normal: the sum of eight bytes, which is enough for noise and jitter.
    pub fn normal(&mut self, mean: f32, deviation: f32) -> f32 {
        // The bytes are added in four lanes, the lanes by the multiplication.
        const LANES: u64 = 0x00ff_00ff_00ff_00ff;
        let bits = self.bits();
        let pairs = (bits & LANES) + (bits >> 8 & LANES);
        let sum = pairs.wrapping_mul(0x0001_0001_0001_0001) >> 48;
        mean + deviation * (sum as f32 - 1020.0) / 209.02
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn the_same_seed_and_index_give_the_same_numbers() {
        let (mut a, mut b, mut c) = (Rng::new(7, 3), Rng::new(7, 3), Rng::new(7, 4));
        let (x, y, z) = (a.bits(), b.bits(), c.bits());
        assert_eq!(x, y);
        assert_ne!(x, z);
    }

    #[test]
    fn normal_has_the_mean_and_deviation_asked_for() {
        let mut r = Rng::new(1, 1);
        let v: Vec<f32> = (0..20_000).map(|_| r.normal(2.0, 3.0)).collect();
        let mean = v.iter().sum::<f32>() / 20_000.0;
        let sd = (v.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 20_000.0).sqrt();
        assert!((mean - 2.0).abs() < 0.1 && (sd - 3.0).abs() < 0.1, "{mean} {sd}");
    }
}
