//! Damaged bytes: the same ones for the same seed, on every machine.

/// Makes bytes that are nearly right.
pub struct Mutator(u64);

/// Bytes at which readers of formats decide something.
const TELLING: [u8; 16] = [0, 1, 0x7f, 0x80, 0xff, b'"', b',', b'\n', b'\r', b'{', b'}', b'[', b']', b'-', b'.', b'9'];

impl Mutator {
    /// The same number gives the same bytes.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// A number below a bound, and 0 where that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        // Marsaglia, 2003.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from((self.0 >> 11) % bound).unwrap_or_default()
    }

    /// A few changes of one of the seeds: bits and bytes, parts that are left out, repeated, cut off, or come from another.
    pub fn bytes(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(4) {
            let (at, length) = (self.below(bytes.len() + 1), 1 + self.below(16));
            let end = bytes.len().min(at + length);
            match self.below(8) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 if at < bytes.len() => bytes[at] = TELLING[self.below(TELLING.len())],
                2 => drop(bytes.drain(at..end)),
                3 => {
                    let part = bytes[at..end].to_vec();
                    let to = self.below(bytes.len() + 1);
                    drop(bytes.splice(to..to, part));
                }
                4 => bytes.truncate(at),
                5 => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len() + 1);
                    let part = other[from..other.len().min(from + length)].to_vec();
                    drop(bytes.splice(at..at, part));
                }
                6 => bytes.insert(at, TELLING[self.below(TELLING.len())]),
                _ => {
                    // Numbers that say how long something is.
                    for (byte, to) in bytes[at..].iter_mut().zip(TELLING[self.below(5)..].iter().take(4)) {
                        *byte = *to;
                    }
                }
            }
        }
        bytes
    }
}
