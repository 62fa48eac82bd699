//! Messages in the encoding of Protocol Buffers.

/// A message in the making; fields stand in it in the order in which they are given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message(Vec<u8>);

/// How the length of a field is told.
const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const WITH_LENGTH: u64 = 2;
const FOUR_BYTES: u64 = 5;

impl Message {
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// An `int64` that is not negative, or an enumeration.
    #[must_use]
    pub fn count(mut self, field: u64, value: u64) -> Self {
        self.key(field, VARINT);
        self.varint(value);
        self
    }

    #[must_use]
    pub fn double(mut self, field: u64, value: f64) -> Self {
        self.key(field, EIGHT_BYTES);
        self.0.extend(value.to_le_bytes());
        self
    }

    #[must_use]
    pub fn float(mut self, field: u64, value: f32) -> Self {
        self.key(field, FOUR_BYTES);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A repeated `double`, packed.
    #[must_use]
    pub fn doubles(self, field: u64, values: &[f64]) -> Self {
        let packed: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.with_length(field, &packed)
    }

    #[must_use]
    pub fn text(self, field: u64, value: &str) -> Self {
        self.with_length(field, value.as_bytes())
    }

    #[must_use]
    pub fn message(self, field: u64, value: &Self) -> Self {
        self.with_length(field, &value.0)
    }

    fn with_length(mut self, field: u64, bytes: &[u8]) -> Self {
        self.key(field, WITH_LENGTH);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    fn key(&mut self, field: u64, kind: u64) {
        self.varint(field << 3 | kind);
    }

    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    fn varint(&mut self, mut value: u64) {
        loop {
            let [low, ..] = value.to_le_bytes();
            value >>= 7;
            if value == 0 {
                self.0.push(low);
                return;
            }
            self.0.push(low | 0x80);
        }
    }
}
