use super::*;
use TimeDialect::{Gtp, Kata, Kgs};
use TimeSettings::{Absolute, Byoyomi, Canadian, Fischer};

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn fischer(
    main: f64,
    increment: f64,
    main_limit: Option<f64>,
    move_limit: Option<f64>,
) -> TimeSettings {
    Fischer {
        main: seconds(main),
        increment: seconds(increment),
        main_limit: main_limit.map(seconds),
        move_limit: move_limit.map(seconds),
    }
}

#[test]
fn settings_read_in_each_dialect() {
    fn check(dialect: TimeDialect, text: &str, expected: Result<TimeSettings, &str>) {
        let read =
            TimeSettings::read(&mut Args::new(text), dialect).map_err(|error| error.to_string());
        assert_eq!(
            read,
            expected.map_err(|why| format!("syntax error: {why}")),
            "{text}"
        );
    }
    let absolute = |main| Absolute {
        main: seconds(main),
    };
    let capped = |main_limit, move_limit| fischer(60.0, 10.0, main_limit, move_limit);
    check(Gtp, "1800 0 0", Ok(absolute(1800.0)));
    check(Gtp, "1800 0 5", Ok(absolute(1800.0)));
    check(
        Gtp,
        "0 5 1",
        Ok(Canadian {
            main: seconds(0.0),
            period: seconds(5.0),
            stones: 1,
        }),
    );
    check(
        Gtp,
        "0.5 2.5 1",
        Ok(Canadian {
            main: seconds(0.5),
            period: seconds(2.5),
            stones: 1,
        }),
    );
    check(Gtp, "1 1 0", Ok(TimeSettings::None));
    check(Gtp, "0 1 0", Ok(TimeSettings::None));
    check(Gtp, "-0 0 0", Ok(absolute(0.0)));
    check(
        Gtp,
        "-1 0 0",
        Err("main time must be a number of at least 0, not '-1'"),
    );
    check(
        Gtp,
        "1 2",
        Err("byo-yomi stones is missing, expected an integer from 0 to 4294967295"),
    );
    check(Gtp, "1 2 3 4", Err("unexpected argument '4'"));
    check(Kgs, "none", Ok(TimeSettings::None));
    check(Kgs, "absolute 300", Ok(absolute(300.0)));
    check(
        Kgs,
        "byoyomi 300 30 5",
        Ok(Byoyomi {
            main: seconds(300.0),
            period: seconds(30.0),
            periods: 5,
        }),
    );
    check(Kgs, "byoyomi 300 30 0", Ok(absolute(300.0)));
    check(Kgs, "canadian 300 0 20", Ok(absolute(300.0)));
    check(Kgs, "canadian 300 0 0", Ok(absolute(300.0)));
    check(Kgs, "canadian 300 30 0", Ok(TimeSettings::None));
    check(Kata, "canadian 300 30 0", Ok(TimeSettings::None));
    check(
        Kgs,
        "Canadian 300 600 20",
        Ok(Canadian {
            main: seconds(300.0),
            period: seconds(600.0),
            stones: 20,
        }),
    );
    check(
        Kgs,
        "fischer 1 1",
        Err("time system must be none, absolute, byoyomi or canadian, not 'fischer'"),
    );
    check(
        Kgs,
        "",
        Err("time system is missing, expected none, absolute, byoyomi or canadian"),
    );
    check(Kata, "fischer 60 10.5", Ok(fischer(60.0, 10.5, None, None)));
    check(
        Kata,
        "fischer-capped 60 10 300 -1",
        Ok(capped(Some(300.0), None)),
    );
    check(Kata, "fischer-capped 60 10 -1 -1", Ok(capped(None, None)));
    check(Kata, "absolute 1e300", Ok(absolute(3.1536e9)));
    check(
        Kata,
        "fischer-capped 60 10 -1 20",
        Ok(capped(None, Some(20.0))),
    );
    check(
        Kata,
        "fischer-capped 60 10 -1",
        Err("time per move limit is missing, expected a number"),
    );
    check(
        Kata,
        "byoyomi inf 30 5",
        Err("main time must be a number, not 'inf'"),
    );
}

#[test]
fn settings_are_written_where_the_dialect_can_say_them() {
    fn check(settings: TimeSettings, gtp: Option<&str>, kgs: Option<&str>, kata: &str) {
        let words = |dialect| {
            let command = settings.to_command(dialect)?;
            Some(
                command
                    .strip_prefix(dialect.command())?
                    .trim_start()
                    .to_owned(),
            )
        };
        assert_eq!(words(Gtp).as_deref(), gtp);
        assert_eq!(words(Kgs).as_deref(), kgs);
        assert_eq!(words(Kata).as_deref(), Some(kata));
        assert_eq!(TimeSettings::read(&mut Args::new(kata), Kata), Ok(settings));
    }
    let byoyomi = |periods| Byoyomi {
        main: seconds(60.5),
        period: seconds(30.0),
        periods,
    };
    let capped = fischer(60.0, 0.5, None, Some(7.25));
    let canadian = |period| Canadian {
        main: seconds(9.9),
        period: seconds(period),
        stones: 3,
    };
    check(TimeSettings::None, Some("0 1 0"), Some("none"), "none");
    check(
        Absolute { main: seconds(1.5) },
        Some("1 0 0"),
        Some("absolute 1.5"),
        "absolute 1.5",
    );
    check(
        canadian(2.5),
        Some("9 2 3"),
        Some("canadian 9.9 2.5 3"),
        "canadian 9.9 2.5 3",
    );
    check(
        canadian(0.5),
        None,
        Some("canadian 9.9 0.5 3"),
        "canadian 9.9 0.5 3",
    );
    check(
        byoyomi(1),
        Some("60 30 1"),
        Some("byoyomi 60.5 30 1"),
        "byoyomi 60.5 30 1",
    );
    check(
        byoyomi(5),
        None,
        Some("byoyomi 60.5 30 5"),
        "byoyomi 60.5 30 5",
    );
    check(fischer(60.0, 10.0, None, None), None, None, "fischer 60 10");
    check(capped, None, None, "fischer-capped 60 0.5 -1 7.25");
}

#[test]
fn time_left_reads_and_shows() {
    fn check(text: &str, expected: Result<&str, &str>) {
        let read = TimeLeft::read(&mut Args::new(text)).map(|left| left.to_string());
        let expected = expected
            .map(str::to_owned)
            .map_err(|why| format!("syntax error: {why}"));
        assert_eq!(read.map_err(|error| error.to_string()), expected);
    }
    check("b 12.34 5", Ok("b 12 5"));
    check("White 300 0", Ok("w 300 0"));
    check("w -0.5 0", Ok("w 0 0"));
    check(
        "w 300",
        Err("stones is missing, expected an integer from 0 to 4294967295"),
    );
    check(
        "300 0",
        Err("color must be b, w, black or white, not '300'"),
    );
}
