//! Words and numbers of a network file, unwrapped from gzip on the way, with bounds on everything.
//!
//! Nothing is allocated for what a file only declares: memory grows with the values that have been read, and how much
//! a file may unpack to, and how many values that may be, is bounded by its own size, so a small file cannot ask for
//! much.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::{GzDecoder, MultiGzDecoder};

use crate::net::validate::{MAX_VALUES, Problem};
use crate::spelling::counted;

/// First bytes of a gzip file.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// A compressed file may unpack to this many bytes...
const UNPACKED_BASE: u64 = 16 << 20;
/// ...and this many for each of its own. Weights as random numbers compress to nine tenths, as text to a half; initial
/// ones with whole tensors of zeros to a few hundredths.
const UNPACKED_RATIO: u64 = 64;
/// It may hold this many values, 16 MiB in memory...
const VALUES_BASE: usize = 4 << 20;
/// ...and this many for each of its bytes, 16 bytes in memory: room for networks that are zeros but for a sixteenth.
/// What a file may unpack to does not bound them so well, as a zero takes two characters of a text and other values
/// take ten.
const VALUES_RATIO: usize = 4;
/// Longest word.
const MAX_WORD: usize = 256;
/// Longest run of white space.
const MAX_SPACE: usize = 4096;
/// What announces a block of binary floats.
const BINARY_MARK: &[u8; 5] = b"@BIN@";
/// Values read at a time.
const CHUNK: usize = 1 << 14;

/// How blocks of numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// 32-bit floats, little-endian.
    Binary,
    /// Decimal numbers.
    Text,
}

/// Whether `bytes` is a gzip file.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&GZIP_MAGIC)
}

/// The first `most` bytes of a file's content, unwrapped where it is compressed; fewer if it ends or is damaged.
pub fn peek(bytes: &[u8], most: usize) -> Vec<u8> {
    let mut start = Vec::new();
    // What is damaged is reported by the reader that the start chooses.
    let _ = open(bytes).take(most as u64).read_to_end(&mut start);
    start
}

fn open<'a>(bytes: &'a [u8]) -> Box<dyn Read + 'a> {
    if is_gzip(bytes) {
        Box::new(MultiGzDecoder::new(bytes))
    } else {
        Box::new(bytes)
    }
}

/// How many bytes follow a compressed file that is whole, unpacks to `most` at most, and are not another one.
fn behind_compressed(bytes: &[u8], most: u64) -> Option<usize> {
    if !is_gzip(bytes) {
        return None;
    }
    let mut first = GzDecoder::new(bytes);
    let unpacked = io::copy(&mut first.by_ref().take(most + 1), &mut io::sink());
    unpacked.ok().filter(|&length| length <= most)?;
    let rest = first.into_inner();
    (!rest.is_empty() && !is_gzip(rest)).then_some(rest.len())
}

/// Reads a file from front to back.
pub struct Scanner<'a> {
    /// The file as it is.
    bytes: &'a [u8],
    input: BufReader<Box<dyn Read + 'a>>,
    /// Bytes of content read so far, and how many there may be.
    read: u64,
    limit: u64,
    /// How blocks are written; found out at the first one when the file's name does not say.
    encoding: Option<Encoding>,
    /// The layer being read, for errors.
    layer: Option<String>,
    /// Values read so far.
    values: usize,
    word: Vec<u8>,
}

impl<'a> Scanner<'a> {
    /// Starts at the first byte of a file.
    pub fn new(bytes: &'a [u8], encoding: Option<Encoding>) -> Scanner<'a> {
        let length = bytes.len() as u64;
        Scanner {
            bytes,
            input: BufReader::with_capacity(1 << 16, open(bytes)),
            read: 0,
            limit: if is_gzip(bytes) {
                UNPACKED_BASE.saturating_add(length.saturating_mul(UNPACKED_RATIO))
            } else {
                length
            },
            encoding,
            layer: None,
            values: 0,
            word: Vec::new(),
        }
    }

    /// Errors are about `layer` from now on.
    pub fn enter(&mut self, layer: &str) {
        self.layer = Some(layer.to_owned());
    }

    /// Errors are about no layer from now on.
    pub fn leave(&mut self) {
        self.layer = None;
    }

    /// An error at the current position.
    pub fn problem(&self, what: impl Into<String>) -> Problem {
        Problem {
            layer: self.layer.clone(),
            what: what.into(),
        }
    }

    /// The next word.
    pub fn word(&mut self, what: &str) -> Result<String, Problem> {
        self.next_word(what)?;
        Ok(String::from_utf8_lossy(&self.word).into_owned())
    }

    /// The next word as an integer from `least` to `most`.
    pub fn integer(&mut self, what: &str, least: usize, most: usize) -> Result<usize, Problem> {
        let word = self.word(what)?;
        match word.parse::<usize>() {
            Ok(value) if (least..=most).contains(&value) => Ok(value),
            Ok(value) => {
                Err(self.problem(format!("{what} is {value}; {least} to {most} are allowed")))
            }
            Err(_) => Err(self.problem(format!("{what} is {word:?}, which is not a whole number"))),
        }
    }

    /// The next word as 0 or 1.
    pub fn flag(&mut self, what: &str) -> Result<bool, Problem> {
        Ok(self.integer(what, 0, 1)? == 1)
    }

    /// The next word as a finite number.
    pub fn real(&mut self, what: &str) -> Result<f32, Problem> {
        self.next_word(what)?;
        self.parse_word(what)
    }

    /// The next block of `count` floats.
    pub fn floats(&mut self, what: &str, count: usize) -> Result<Vec<f32>, Problem> {
        let start = self.skip_space()?;
        let encoding = match (self.encoding, start) {
            (_, None) => return Err(self.ended(what)),
            (Some(Encoding::Text), Some(b'@')) => {
                return Err(self.problem(
                    "binary numbers where text was expected (by the file's name or its first block)",
                ));
            }
            (Some(Encoding::Binary), Some(byte)) if byte != b'@' => {
                return Err(
                    self.problem(format!("{what}: no {} mark before binary numbers", "@BIN@"))
                );
            }
            (Some(encoding), _) => encoding,
            (None, Some(b'@')) => Encoding::Binary,
            (None, Some(_)) => Encoding::Text,
        };
        self.encoding = Some(encoding);
        let least = match encoding {
            Encoding::Binary => 4,
            Encoding::Text => 2,
        };
        if (count as u64).saturating_mul(least) > (self.limit - self.read).saturating_add(1) {
            return Err(self.problem(format!(
                "{what} needs {count} values, more than the file can hold"
            )));
        }
        self.count_values(count)?;
        match encoding {
            Encoding::Binary => self.binary_floats(what, count),
            Encoding::Text => self.text_floats(what, count),
        }
    }

    /// The numbers of the next line; `None` at the end of the file.
    pub fn line(&mut self) -> Result<Option<Vec<f32>>, Problem> {
        let mut values = Vec::new();
        if self.peek()?.is_none() {
            return Ok(None);
        }
        let mut space = 0;
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() {
                self.count_values(1)?;
                self.next_word("a number")?;
                values.push(self.parse_word("a number")?);
                space = 0;
                continue;
            }
            self.advance(1)?;
            if byte == b'\n' {
                break;
            }
            space += 1;
            if space > MAX_SPACE {
                return Err(self.problem("a long run of white space"));
            }
        }
        Ok(Some(values))
    }

    /// Makes sure that nothing but white space is left, and that what was read is undamaged.
    pub fn end(&mut self) -> Result<(), Problem> {
        match self.skip_space()? {
            None => Ok(()),
            Some(_) => Err(self.problem(format!(
                "more content after the last layer, at byte {}",
                self.read
            ))),
        }
    }

    fn binary_floats(&mut self, what: &str, count: usize) -> Result<Vec<f32>, Problem> {
        let mut mark = [0; BINARY_MARK.len()];
        self.bytes(what, &mut mark)?;
        if mark != *BINARY_MARK {
            return Err(self.problem(format!("{what}: no @BIN@ mark before binary numbers")));
        }
        let mut values = Vec::with_capacity(count.min(CHUNK));
        let mut chunk = vec![0; 4 * count.min(CHUNK)];
        while values.len() < count {
            let bytes = &mut chunk[..4 * (count - values.len()).min(CHUNK)];
            self.bytes(what, bytes)?;
            let (quads, _) = bytes.as_chunks::<4>();
            for quad in quads {
                let value = f32::from_le_bytes(*quad);
                if !value.is_finite() {
                    return Err(
                        self.problem(format!("value {} of {what} is {value}", values.len()))
                    );
                }
                values.push(value);
            }
        }
        Ok(values)
    }

    fn text_floats(&mut self, what: &str, count: usize) -> Result<Vec<f32>, Problem> {
        let mut values = Vec::with_capacity(count.min(CHUNK));
        while values.len() < count {
            self.next_word(what)?;
            values.push(self.parse_word(what)?);
        }
        // Digits may be missing from a number that nothing follows.
        match self.peek()? {
            Some(_) => Ok(values),
            None => Err(self.problem(format!("the file ends in the last number of {what}"))),
        }
    }

    /// The current word as a finite number.
    fn parse_word(&self, what: &str) -> Result<f32, Problem> {
        let word = std::str::from_utf8(&self.word).unwrap_or_default();
        match word.parse::<f32>() {
            Ok(value) if value.is_finite() => Ok(value),
            Ok(_) => Err(self.problem(format!("{what}: {word} is not a finite number"))),
            Err(_) => Err(self.problem(format!("{what}: {word:?} is not a number"))),
        }
    }

    /// Reads the next word into `self.word`: visible ASCII only.
    fn next_word(&mut self, what: &str) -> Result<(), Problem> {
        if self.skip_space()?.is_none() {
            return Err(self.ended(what));
        }
        self.word.clear();
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) => return Err(self.damaged(&error)),
            };
            let end = buffer.iter().position(|byte| !byte.is_ascii_graphic());
            let length = end.unwrap_or(buffer.len());
            let length = length.min(MAX_WORD - self.word.len());
            self.word.extend_from_slice(&buffer[..length]);
            let next = buffer.get(length).copied();
            self.advance(length)?;
            match next {
                Some(byte) if byte.is_ascii_whitespace() => return Ok(()),
                Some(byte) if byte.is_ascii_graphic() => {
                    return Err(
                        self.problem(format!("{what}: a word of more than {MAX_WORD} characters"))
                    );
                }
                Some(_) => {
                    return Err(self.problem(format!(
                        "{what}: byte {} of the content does not belong there",
                        self.read
                    )));
                }
                None if length == 0 => return Ok(()),
                None => (),
            }
        }
    }

    /// Skips white space; the byte after it.
    fn skip_space(&mut self) -> Result<Option<u8>, Problem> {
        for _ in 0..MAX_SPACE {
            match self.peek()? {
                Some(byte) if byte.is_ascii_whitespace() => self.advance(1)?,
                other => return Ok(other),
            }
        }
        Err(self.problem("a long run of white space"))
    }

    /// Fills `bytes` with the next ones of the content.
    fn bytes(&mut self, what: &str, bytes: &mut [u8]) -> Result<(), Problem> {
        self.count(bytes.len())?;
        self.input
            .read_exact(bytes)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => self.ended(what),
                _ => self.damaged(&error),
            })
    }

    /// The next byte, which stays the next one.
    fn peek(&mut self) -> Result<Option<u8>, Problem> {
        match self.input.fill_buf() {
            Ok(buffer) => Ok(buffer.first().copied()),
            Err(error) => Err(self.damaged(&error)),
        }
    }

    /// Goes on behind bytes that have been peeked at.
    fn advance(&mut self, count: usize) -> Result<(), Problem> {
        self.input.consume(count);
        self.count(count)
    }

    /// Counts values against their limits, before there is memory for them.
    fn count_values(&mut self, count: usize) -> Result<(), Problem> {
        self.values = self.values.saturating_add(count);
        if self.values > MAX_VALUES {
            return Err(self.problem(format!("more than {MAX_VALUES} weights")));
        }
        let length = self.bytes.len();
        let most = VALUES_BASE.saturating_add(length.saturating_mul(VALUES_RATIO));
        if self.values > most {
            return Err(self.problem(format!(
                "more than {most} weights, which is more than a file of this size can hold"
            )));
        }
        Ok(())
    }

    /// Counts bytes of content against the limit.
    fn count(&mut self, bytes: usize) -> Result<(), Problem> {
        self.read = self.read.saturating_add(bytes as u64);
        if self.read <= self.limit {
            return Ok(());
        }
        self.read = self.limit;
        Err(self.problem(format!(
            "the content needs more than {} bytes, which is more than a file of this size can hold",
            self.limit
        )))
    }

    fn ended(&self, what: &str) -> Problem {
        self.problem(format!("the file ends before {what}"))
    }

    fn damaged(&self, error: &io::Error) -> Problem {
        if let Some(junk) = behind_compressed(self.bytes, self.limit) {
            return self.problem(format!(
                "what is compressed ends {} before the file does",
                counted(junk, "byte")
            ));
        }
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return self.problem("the compressed file is cut off");
        }
        self.problem(format!("the compressed file is damaged: {error}"))
    }
}
