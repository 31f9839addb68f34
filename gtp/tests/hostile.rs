//! Input that nobody means well with: nothing panics, nothing breaks the framing, and what was read
//! once reads the same again. The generator is seeded, so that a failure can be repeated.

use std::fmt::{Debug, Display};

use gtp::{
    Args, Argument, ArgumentError, Color, Decision, Line, MAX_ID, Reader, Request, Response,
    ResponseStream, TimeDialect, TimeLeft, TimeSettings, Vertex, parse_line,
};

/// Marsaglia's xorshift64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 11) as usize % bound
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Valid lines, and pieces that have a meaning somewhere.
const SEEDS: &[&[u8]] = &[
    b"12 play b D4 # joseki\r\n",
    b"007\tname\n",
    b"-1 genmove white\n",
    b"2147483648 komi 7.5\n",
    b"kata-analyze b 50 minmoves 3 ownership true avoid b A1,Q16 30\n",
    b"set_free_handicap D4 Q16 (3,15) AA26 pass resign\n",
    b"time_settings 300 30 5\n",
    b"kgs-time_settings byoyomi 300 30 5\n",
    b"kata-time_settings fischer-capped 60.5 10 300 -1\n",
    b"time_left w -0.5 3\n",
    b"loadsgf My Games/Honinbo.sgf 30\n",
    b"# interrupt\n",
    b"\xef\xbb\xbfname\n",
    b"echo M\xfcnster \xe7\xa2\x81 \xff\xfe\n",
    b"\n",
];
const PIECES: &[&[u8]] = &[
    b" ",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b"#",
    b"\x00",
    b"\x7f",
    b"\x1b[1m",
    b"-",
    b"0",
    b"99999999999",
    b"1e999",
    b"nan",
    b"=",
    b"?",
    b"\n\n",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\xe7\xa2",
    b"I9",
    b"(",
    b")",
    b",",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"pass",
];

fn hostile_bytes(random: &mut Random) -> Vec<u8> {
    if random.below(4) == 0 {
        return (0..random.below(40)).map(|_| random.next() as u8).collect();
    }
    let mut bytes = random.pick(SEEDS).to_vec();
    for _ in 0..random.below(6) {
        let at = random.below(bytes.len() + 1);
        match random.below(4) {
            0 => drop(bytes.splice(at..at, random.pick(PIECES).iter().copied())),
            1 => bytes.truncate(at),
            2 if at < bytes.len() => bytes[at] = random.next() as u8,
            _ => drop(bytes.drain(at..bytes.len().min(at + 3))),
        }
    }
    bytes
}

/// A value that was read shows as text that reads as the same value.
fn check_word<T: Argument + Display + PartialEq + Debug>(word: &str) {
    if let Some(value) = T::from_word(word) {
        assert_eq!(T::from_word(&value.to_string()), Some(value), "{word:?}");
    }
}

fn check_message(error: &ArgumentError) {
    let message = error.to_string();
    assert!(
        message.starts_with("syntax error") && message.len() < 600,
        "{message}"
    );
}

fn check_arguments(request: &Request) {
    let args = request.args();
    for word in args.clone().rest().split(' ') {
        check_word::<Color>(word);
        check_word::<Vertex>(word);
        check_word::<Decision>(word);
        check_word::<f64>(word);
        check_word::<bool>(word);
        check_word::<u64>(word);
    }
    for dialect in [TimeDialect::Gtp, TimeDialect::Kgs, TimeDialect::Kata] {
        match TimeSettings::read(&mut args.clone(), dialect) {
            Ok(settings) => {
                let shown = settings.to_string();
                assert_eq!(
                    TimeSettings::read(&mut Args::new(&shown), TimeDialect::Kata),
                    Ok(settings)
                );
                let command = settings.to_command(TimeDialect::Gtp);
                assert!(command.is_none_or(|command| Request::parse(&command).is_ok()));
            }
            Err(error) => check_message(&error),
        }
    }
    for error in [
        args.clone().list::<Vertex>("vertex").err(),
        TimeLeft::read(&mut args.clone()).err(),
        args.clone().read::<u32>("count").err(),
        args.clone().optional::<u64>("count").err(),
        args.finish().err(),
    ] {
        error.iter().for_each(check_message);
    }
}

#[test]
fn lines_never_panic_and_requests_read_back() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut requests = 0;
    for _ in 0..60_000 {
        let bytes = hostile_bytes(&mut random);
        match parse_line(&bytes) {
            Line::Request(request) => {
                let shown = request.to_string();
                assert!(
                    !shown.contains(|c: char| c.is_ascii_control() || c == '#'),
                    "{shown:?}"
                );
                assert!(request.id().is_none_or(|id| id <= MAX_ID));
                assert_eq!(Request::parse(&shown), Ok(request.clone()), "{bytes:?}");
                let numbered = request.clone().with_id(MAX_ID);
                assert_eq!(
                    Request::parse(&numbered.to_string()),
                    Ok(numbered),
                    "{bytes:?}"
                );
                check_arguments(&request);
                requests += 1;
            }
            Line::Invalid(invalid) => check_frame(&Response::from(invalid).to_string(), 1),
            Line::Comment(text) => assert!(!text.contains('\n')),
            Line::Blank => {}
        }
    }
    assert!(requests > 10_000, "only {requests} lines were requests");
}

#[test]
fn a_reader_sees_each_line_once() {
    let mut random = Random(0x0123_4567_89ab_cdef);
    for _ in 0..3_000 {
        let stream: Vec<u8> = (0..random.below(8))
            .flat_map(|_| hostile_bytes(&mut random))
            .collect();
        let lines = stream.split_inclusive(|&byte| byte == b'\n');
        let limit = 10 + random.below(60);
        let read: Vec<Line> = Reader::with_limit(&stream[..], limit)
            .map(Result::unwrap)
            .collect();
        assert_eq!(read.len(), lines.clone().count());
        for (line, read) in lines.zip(read) {
            if line.len() <= limit {
                assert_eq!(read, parse_line(line));
            }
        }
    }
}

/// Checks the replies in `text`, which have to be `count`, as the strictest client would.
fn check_frame(text: &str, count: usize) {
    let replies: Vec<&str> = text.split_inclusive("\n\n").collect();
    assert_eq!(replies.len(), count, "{text:?}");
    for reply in replies {
        assert!(
            reply.starts_with(['=', '?']) && reply.ends_with("\n\n"),
            "{text:?}"
        );
        let lines: Vec<&str> = reply.trim_end_matches('\n').split('\n').collect();
        assert!(
            lines.iter().all(|line| !line.contains(char::is_control)),
            "{text:?}"
        );
        let below = lines.get(1..).unwrap_or_default();
        assert!(below.iter().all(|line| !line.trim().is_empty()), "{text:?}");
        assert!(
            below.iter().all(|line| !line.starts_with(['=', '?'])),
            "{text:?}"
        );
    }
}

#[test]
fn no_text_breaks_the_framing() {
    let mut random = Random(0xdead_beef_cafe_f00d);
    for _ in 0..20_000 {
        let text: Vec<u8> = (0..random.below(4))
            .flat_map(|_| hostile_bytes(&mut random))
            .collect();
        let text = String::from_utf8_lossy(&text);
        let id = (random.below(2) == 0).then(|| random.below(100) as u32);

        let mut output = Vec::new();
        Response::success(text.as_ref())
            .with_id(id)
            .write_to(&mut output)
            .unwrap();
        let mut stream = ResponseStream::begin(&mut output, id).unwrap();
        for line in text.split_inclusive(' ') {
            stream.line(line).unwrap();
        }
        drop(stream);
        Response::failure(text)
            .with_id(id)
            .write_to(&mut output)
            .unwrap();
        check_frame(&String::from_utf8(output).unwrap(), 3);
    }
}

#[test]
fn a_line_far_beyond_the_limit_is_one_invalid_line() {
    /// Produces so many `x`.
    struct Many(usize);

    impl std::io::Read for Many {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = buffer.len().min(self.0);
            self.0 -= count;
            buffer[..count].fill(b'x');
            Ok(count)
        }
    }

    let input = std::io::Read::chain(Many(64 << 20), &b"\nname\n"[..]);
    let input = std::io::BufReader::with_capacity(1 << 16, input);
    let lines: Vec<Line> = Reader::with_limit(input, 1000)
        .map(Result::unwrap)
        .collect();
    assert!(matches!(lines[..], [Line::Invalid(_), Line::Request(_)]));
}
