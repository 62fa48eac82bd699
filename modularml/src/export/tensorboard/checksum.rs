//! CRC-32C, the checksum of Castagnoli's polynomial.

/// The polynomial with its bits in reverse order, as RFC 3720 uses it.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// What each byte adds.
const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        #[allow(clippy::cast_possible_truncation, reason = "below 256")]
        let mut rest = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 1 { rest >> 1 ^ POLYNOMIAL } else { rest >> 1 };
            bit += 1;
        }
        table[byte] = rest;
        byte += 1;
    }
    table
}

/// The checksum of some bytes.
pub(super) fn crc32c(bytes: &[u8]) -> u32 {
    let add = |rest: u32, byte: &u8| {
        let [low, ..] = rest.to_le_bytes();
        // There is an entry for each byte.
        rest >> 8 ^ TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default()
    };
    !bytes.iter().fold(u32::MAX, add)
}

/// The checksum as it stands in a file of records: that of data which holds checksums itself would tell little.
pub(super) fn masked(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}
