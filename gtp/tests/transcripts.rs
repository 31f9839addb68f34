//! Whole sessions with a small engine, in the habits of the clients that people use.

use gtp::{
    ArgumentError, Color, Line, Reader, Request, Response, ResponseStream, TimeDialect,
    TimeSettings, Vertex,
};

/// Knows just enough to show what arrives.
fn answer(request: &Request) -> Result<String, ArgumentError> {
    let mut args = request.args();
    let text = match request.command() {
        "name" => "Transcript".to_owned(),
        "list_commands" => "protocol_version\nname\n\nquit\n".to_owned(),
        "boardsize" => {
            let width: u32 = args.read("board width")?;
            let height: Option<u32> = args.optional("board height")?;
            format!("{width}x{}", height.unwrap_or(width))
        }
        "komi" => args.read::<f64>("komi")?.to_string(),
        "play" => {
            let color: Color = args.read("color")?;
            format!("{color} {}", args.read::<Vertex>("vertex")?)
        }
        "set_free_handicap" => args.list::<Vertex>("vertex")?.len().to_string(),
        "time_settings" => TimeSettings::read(&mut args, TimeDialect::Gtp)?.to_string(),
        "kata-time_settings" => TimeSettings::read(&mut args, TimeDialect::Kata)?.to_string(),
        "loadsgf" => args.rest().to_owned(),
        "showboard" => "\n   A B\n 2 . .\n\n 1 X .".to_owned(),
        "quit" => String::new(),
        _ => return Ok("?".to_owned()),
    };
    args.finish()?;
    Ok(text)
}

/// Answers everything in `input`; analysis shows what ended it.
fn serve(input: &[u8]) -> String {
    let mut output = Vec::new();
    let mut analysis: Option<Option<u32>> = None;
    for line in Reader::new(input).map(Result::unwrap) {
        if let Some(id) = analysis.take() {
            let mut stream = ResponseStream::begin(&mut output, id).unwrap();
            let reason = match &line {
                line if line.is_interrupt() => "interrupted",
                Line::Comment(_) => "comment",
                Line::Blank => "blank",
                Line::Request(_) | Line::Invalid(_) => "command",
            };
            stream.line(&format!("info ended by {reason}")).unwrap();
        }
        let response = match line {
            Line::Request(request) if request.command() == "analyze" => {
                analysis = Some(request.id());
                continue;
            }
            Line::Request(request) => Response::from_result(answer(&request)).with_id(request.id()),
            Line::Invalid(invalid) => invalid.into(),
            Line::Comment(_) | Line::Blank => continue,
        };
        response.write_to(&mut output).unwrap();
    }
    String::from_utf8(output).unwrap()
}

#[test]
fn sessions() {
    fn check(client: &str, input: &str, expected: &str) {
        assert_eq!(serve(input.as_bytes()), expected, "{client}");
    }
    check(
        "Sabaki sends everything at once and stops analysis with the next command",
        "name\nlist_commands\nkomi 6.5\nboardsize 19\nanalyze B 50\nname\nplay B D4\n",
        "= Transcript\n\n= protocol_version\nname\nquit\n\n= 6.5\n\n= 19x19\n\n\
         =\ninfo ended by command\n\n= Transcript\n\n= b D4\n\n",
    );
    check(
        "gtp2ogs writes CRLF and lower case",
        "boardsize 19 13\r\nplay black q16\r\nplay white pass\r\ntime_settings 600 30 1\r\n",
        "= 19x13\n\n= b Q16\n\n= w pass\n\n= canadian 600 30 1\n\n",
    );
    check(
        "Lizzie numbers its commands",
        "1 name\n2 komi 0\n3 play B Z99\n4 time_settings 0 5 1\n",
        "=1 Transcript\n\n=2 0\n\n=3 b Z99\n\n=4 canadian 0 5 1\n\n",
    );
    check(
        "q5Go puts two blanks after the id",
        "7  play  w  (3,4)\n8 boardsize 19 19 19\n9 boardsize\n",
        "=7 w (3,4)\n\n?8 syntax error: unexpected argument '19'\n\n\
         ?9 syntax error: board width is missing, expected an integer from 0 to 4294967295\n\n",
    );
    check(
        "GoGui interrupts with a comment",
        "analyze\n# interrupt\nanalyze\n#interrupted\nanalyze\n\nshowboard\n",
        "=\ninfo ended by interrupted\n\n=\ninfo ended by comment\n\n=\ninfo ended by blank\n\n\
         = \n   A B\n 2 . .\n 1 X .\n\n",
    );
    check(
        "OGS has capped Fischer clocks",
        "kata-time_settings fischer-capped 120 30 300 -1\nkata-time_settings sudden 3\n",
        "= fischer-capped 120 30 300 -1\n\n\
         ? syntax error: time system must be none, absolute, byoyomi, canadian, fischer or fischer-capped, \
         not 'sudden'\n\n",
    );
    check(
        "people leave blanks in file names, and cut lines short",
        "loadsgf My  Games/Honinbo.sgf\n12\n99999999999 name\nplay b\nset_free_handicap D4 i9\nquit",
        "= My  Games/Honinbo.sgf\n\n?12 syntax error: no command\n\n\
         ? syntax error: the id is larger than 2147483647\n\n\
         ? syntax error: vertex is missing, expected a point such as D4 or pass\n\n\
         ? syntax error: vertex must be a point such as D4 or pass, not 'i9'\n\n= \n\n",
    );
}
