//! Reading lines from a pipe without trusting their length.

use std::io::{self, BufRead, ErrorKind};

/// How a line that [`read_line`] read came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The stream had no more bytes; nothing was read.
    EndOfStream,
    /// The whole line is in the buffer, without its line feed. The last line of a stream may lack
    /// one.
    Complete,
    /// The line was longer than the limit. The buffer has its beginning; the rest was read and
    /// dropped.
    Cut,
}

/// Reads one line into `buffer`, keeping at most `limit` bytes of it. The stream is always left at
/// the start of the next line, however long this one was, and memory stays bounded by `limit`.
///
/// # Errors
/// Whatever the stream reports, except for interruptions by a signal, which are retried.
pub(crate) fn read_line(
    input: &mut impl BufRead,
    limit: usize,
    buffer: &mut Vec<u8>,
) -> io::Result<Ending> {
    buffer.clear();
    let mut seen_any = false;
    let mut cut = false;
    loop {
        let available = match input.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if available.is_empty() {
            return Ok(match (seen_any, cut) {
                (false, _) => Ending::EndOfStream,
                (true, false) => Ending::Complete,
                (true, true) => Ending::Cut,
            });
        }
        seen_any = true;
        let line_feed = available.iter().position(|&byte| byte == b'\n');
        let piece = &available[..line_feed.unwrap_or(available.len())];
        let kept = piece.len().min(limit - buffer.len());
        buffer.extend_from_slice(&piece[..kept]);
        cut |= kept < piece.len();
        let used = piece.len() + usize::from(line_feed.is_some());
        input.consume(used);
        if line_feed.is_some() {
            return Ok(if cut { Ending::Cut } else { Ending::Complete });
        }
    }
}

/// Text from bytes that are UTF-8 or, failing that, Latin-1: GTP allows 8-bit text but names no
/// encoding.
pub(crate) fn decode(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    #[test]
    fn lines_of_every_length_stay_in_step() {
        fn check(input: &str, expected: &[(&str, Ending)]) {
            // A one-byte buffer exercises every split of the stream.
            for capacity in [1, 3, 64] {
                let mut input = BufReader::with_capacity(capacity, input.as_bytes());
                let mut buffer = Vec::new();
                for &(text, ending) in expected {
                    let read = read_line(&mut input, 4, &mut buffer).unwrap();
                    assert_eq!((decode(buffer.clone()).as_str(), read), (text, ending));
                }
                assert_eq!(
                    read_line(&mut input, 4, &mut buffer).unwrap(),
                    Ending::EndOfStream
                );
            }
        }
        use Ending::{Complete, Cut};
        check("", &[]);
        check("\n", &[("", Complete)]);
        check("ab\ncd", &[("ab", Complete), ("cd", Complete)]);
        check(
            "abcd\nabcde\nx\n",
            &[("abcd", Complete), ("abcd", Cut), ("x", Complete)],
        );
        check("abcdefghijkl", &[("abcd", Cut)]);
        check(
            "\n\nabcdefgh\n\n",
            &[
                ("", Complete),
                ("", Complete),
                ("abcd", Cut),
                ("", Complete),
            ],
        );
    }

    #[test]
    fn text_that_is_not_utf8_reads_as_latin1() {
        assert_eq!(decode("Gyōji".into()), "Gyōji");
        assert_eq!(decode(vec![b'M', 0xfc, b'n']), "Mün");
    }
}
