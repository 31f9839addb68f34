//! Numbers as TensorBoard reads them: event files.
//!
//! Such a file is a series of records (length, its check sum, data, its check sum; the framing of TensorFlow's TFRecord),
//! each of which is a protocol buffer: `Event { wall_time = 1: double, step = 2: int64, file_version = 3: string,
//! summary = 5: { value = 1: { tag = 1: string, simple_value = 2: float } } }` (tensorflow/core/util/event.proto).

/// What TensorBoard looks for in the names of such files.
pub const FILE_NAME: &str = "events.out.tfevents.0.df_console";

/// A number at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scalar<'a> {
    /// What it is; `/` makes groups.
    pub tag: &'a str,
    /// Place on the horizontal axis.
    pub step: u64,
    /// When, in seconds since 1970.
    pub at: f64,
    /// The number.
    pub value: f64,
}

/// The content of an event file.
pub fn encode<'a>(scalars: impl IntoIterator<Item = Scalar<'a>>) -> Vec<u8> {
    let mut version = Message::default();
    version.double(1, 0.0);
    version.bytes(3, b"brain.Event:2");
    let mut file = Vec::new();
    record(&version.0, &mut file);
    for scalar in scalars {
        let mut value = Message::default();
        value.bytes(1, scalar.tag.as_bytes());
        value.float(2, scalar.value as f32);
        let mut summary = Message::default();
        summary.bytes(1, &value.0);
        let mut event = Message::default();
        event.double(1, scalar.at);
        event.varint_field(2, scalar.step);
        event.bytes(5, &summary.0);
        record(&event.0, &mut file);
    }
    file
}

/// A protocol buffer being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn key(&mut self, field: u64, wire_type: u64) {
        self.varint(field << 3 | wire_type);
    }

    fn varint_field(&mut self, field: u64, number: u64) {
        self.key(field, 0);
        self.varint(number);
    }

    fn double(&mut self, field: u64, number: f64) {
        self.key(field, 1);
        self.0.extend(number.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.key(field, 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn float(&mut self, field: u64, number: f32) {
        self.key(field, 5);
        self.0.extend(number.to_le_bytes());
    }
}

fn record(data: &[u8], file: &mut Vec<u8>) {
    let length = (data.len() as u64).to_le_bytes();
    file.extend(length);
    file.extend(masked(crc32c(&length)).to_le_bytes());
    file.extend(data);
    file.extend(masked(crc32c(data)).to_le_bytes());
}

/// A check sum of data that may itself hold check sums (tensorflow/core/lib/hash/crc32c.h).
fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xA282_EAD8)
}

/// Castagnoli's check sum, bit by bit: event files are small.
fn crc32c(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x82F6_3B78;
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            let low = crc & 1;
            crc = crc >> 1 ^ (POLYNOMIAL * low);
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test values of RFC 3720, appendix B.4.
    #[test]
    fn check_sums_are_castagnolis() {
        assert_eq!(crc32c(&[0; 32]), 0x8A91_36AA);
        assert_eq!(crc32c(&[0xFF; 32]), 0x62A8_AB43);
        assert_eq!(crc32c(&(0..32).collect::<Vec<u8>>()), 0x46DD_794E);
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
    }

    /// The first record of every file that TensorFlow 2 writes, but for its time.
    #[test]
    fn records_are_framed_as_tensorflow_does() {
        let file = encode([]);
        assert_eq!(file[..8], 24u64.to_le_bytes());
        // The check sum of a length of 24, as found in such files.
        assert_eq!(file[8..12], [0xA3, 0x7F, 0x4B, 0x22]);
        assert_eq!(&file[12 + 9..12 + 24], b"\x1a\x0dbrain.Event:2");
        assert_eq!(file.len(), 12 + 24 + 4);
    }

    #[test]
    fn a_scalar_is_an_event() {
        let scalar = Scalar {
            tag: "elo",
            step: 300,
            at: 1.0,
            value: 2.5,
        };
        let file = encode([scalar]);
        let event = &file[40 + 12..file.len() - 4];
        let mut expected = vec![0x09];
        expected.extend(1f64.to_le_bytes());
        expected.extend([0x10, 0xAC, 0x02, 0x2A, 12, 0x0A, 10, 0x0A, 3]);
        expected.extend(b"elo");
        expected.push(0x15);
        expected.extend(2.5f32.to_le_bytes());
        assert_eq!(event, expected);
    }
}
