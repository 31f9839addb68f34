//! Little-endian numbers and texts in a row of bytes, written and read.

use half::f16;

/// What was read is not what was written: the place, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {what}")]
pub struct Malformed {
    /// Offset of the byte.
    pub at: usize,
    /// What is wrong.
    pub what: &'static str,
}

/// Rounded to half precision and to `bits` significant ones, of 11; what is not a number becomes 0, what is too large the
/// largest.
pub(super) fn rounded(value: f32, bits: u32) -> f16 {
    let limit = f16::MAX.to_f32();
    let value = if value.is_nan() {
        0.0
    } else {
        value.clamp(-limit, limit)
    };
    let dropped = f32::MANTISSA_DIGITS - bits;
    let nearest = (value.to_bits() + ((1 << dropped) >> 1)) >> dropped << dropped;
    f16::from_f32(f32::from_bits(nearest).clamp(-limit, limit))
}

/// Appends numbers to bytes.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    /// Where columns begin, and the high bytes of their numbers.
    pub(super) columns: Vec<usize>,
}

impl Writer {
    pub(super) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// As [`rounded`] says.
    pub(super) fn half(&mut self, value: f32, bits: u32) {
        self.u16(rounded(value, bits).to_bits());
    }

    /// A column.
    pub(super) fn u8s(&mut self, values: impl Iterator<Item = u8>) {
        self.columns.push(self.bytes.len());
        self.bytes.extend(values);
    }

    /// A column: all low bytes, then all high ones.
    pub(super) fn u16s(&mut self, values: impl Iterator<Item = u16>) {
        let (low, high): (Vec<u8>, Vec<u8>) = values.map(u16::to_le_bytes).map(Into::into).unzip();
        self.u8s(low.into_iter());
        self.u8s(high.into_iter());
    }

    /// Length and bytes; a text of more than 65,535 bytes is cut.
    pub(super) fn text(&mut self, text: &str) {
        let mut end = text.len().min(usize::from(u16::MAX));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.u16(end as u16);
        self.bytes.extend_from_slice(&text.as_bytes()[..end]);
    }
}

/// Takes numbers from bytes.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// An error at the place reached.
    pub(super) fn wrong<T>(&self, what: &'static str) -> Result<T, Malformed> {
        Err(Malformed { at: self.at, what })
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(count);
        match end.and_then(|end| self.bytes.get(self.at..end)) {
            Some(taken) => {
                self.at += count;
                Ok(taken)
            }
            None => self.wrong("there should be more"),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn half(&mut self) -> Result<f32, Malformed> {
        let bits = self.u16()?;
        self.finite(bits)
    }

    fn finite(&self, bits: u16) -> Result<f32, Malformed> {
        let value = f16::from_bits(bits).to_f32();
        if value.is_finite() {
            Ok(value)
        } else {
            self.wrong("not a finite number")
        }
    }

    /// What [`Writer::u16s`] wrote.
    pub(super) fn u16s(&mut self, count: usize) -> Result<Vec<u16>, Malformed> {
        let low = self.bytes(count)?;
        let high = self.bytes(count)?;
        let pairs = low.iter().zip(high);
        Ok(pairs
            .map(|(&low, &high)| u16::from_le_bytes([low, high]))
            .collect())
    }

    /// Halves that [`Writer::u16s`] wrote.
    pub(super) fn halves(&mut self, count: usize) -> Result<Vec<f32>, Malformed> {
        let bits = self.u16s(count)?.into_iter();
        bits.map(|bits| self.finite(bits)).collect()
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Malformed> {
        let length = usize::from(self.u16()?);
        let bytes = self.bytes(length)?;
        std::str::from_utf8(bytes).or_else(|_| self.wrong("a text that is not UTF-8"))
    }

    /// `count` numbers in a row.
    pub(super) fn column<T>(
        &mut self,
        count: usize,
        read: impl Fn(&mut Reader<'a>) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        // No more memory than the bytes can fill: a count is only a claim.
        let mut values = Vec::with_capacity(count.min(self.bytes.len() - self.at));
        for _ in 0..count {
            values.push(read(self)?);
        }
        Ok(values)
    }
}
