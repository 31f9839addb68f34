//! The customary points of handicap stones.

use super::{Point, Size};

/// Most stones with customary points on a board: none below 7 lines, four where there is no middle line or too little
/// room, else nine.
pub fn most_customary(size: Size) -> usize {
    let (width, height) = (size.width(), size.height());
    if width < 7 || height < 7 {
        0
    } else if width % 2 == 0 || height % 2 == 0 || width == 7 || height == 7 {
        4
    } else {
        9
    }
}

/// The customary points of `count` stones, in the order the protocol's specification gives them; `None` unless `count` is
/// from 2 to [`most_customary`].
pub fn customary_points(size: Size, count: usize) -> Option<Vec<Point>> {
    if !(2..=most_customary(size)).contains(&count) {
        return None;
    }
    // Columns and rows near the edge, in the middle, near the other edge; rows are counted from the top.
    let lines = |side: usize| {
        let margin = if side < 12 { 2 } else { 3 };
        [margin, side / 2, side - 1 - margin]
    };
    let (columns, rows) = (lines(size.width()), lines(size.height()));
    let (near, middle, far) = (0, 1, 2);
    let corners = [(near, far), (far, near), (near, near), (far, far)];
    let sides = [(near, middle), (far, middle), (middle, far), (middle, near)];
    let mut places: Vec<(usize, usize)> = Vec::new();
    places.extend(&corners[..count.min(4)]);
    if count >= 6 {
        places.extend(&sides[..if count >= 8 { 4 } else { 2 }]);
    }
    if count >= 5 && count % 2 == 1 {
        places.push((middle, middle));
    }
    places
        .into_iter()
        .map(|(column, row)| Point::new(columns[column], rows[row]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Column letter and row number, as players write points.
    fn written(points: &[Point], size: Size) -> String {
        let words: Vec<String> = points
            .iter()
            .map(|point| {
                let letter = b"ABCDEFGHJKLMNOPQRST"[point.x()] as char;
                format!("{letter}{}", size.height() - point.y())
            })
            .collect();
        words.join(" ")
    }

    /// What GNU Go 3.8 answers.
    #[test]
    fn customary_points_are_those_of_the_specification() {
        fn check(side: usize, count: usize, expected: &str) {
            let size = Size::square(side).unwrap();
            let points = customary_points(size, count).map(|points| written(&points, size));
            assert_eq!(
                points.as_deref().unwrap_or("none"),
                expected,
                "{count} on {side}"
            );
        }
        check(19, 2, "D4 Q16");
        check(19, 3, "D4 Q16 D16");
        check(19, 4, "D4 Q16 D16 Q4");
        check(19, 5, "D4 Q16 D16 Q4 K10");
        check(19, 6, "D4 Q16 D16 Q4 D10 Q10");
        check(19, 7, "D4 Q16 D16 Q4 D10 Q10 K10");
        check(19, 8, "D4 Q16 D16 Q4 D10 Q10 K4 K16");
        check(19, 9, "D4 Q16 D16 Q4 D10 Q10 K4 K16 K10");
        check(9, 5, "C3 G7 C7 G3 E5");
        check(11, 2, "C3 J9");
        check(12, 2, "D4 J9");
        check(7, 4, "C3 E5 C5 E3");
        check(7, 5, "none");
        check(8, 4, "C3 F6 C6 F3");
        check(18, 5, "none");
        check(6, 2, "none");
        check(19, 10, "none");
        check(19, 1, "none");
        check(19, 0, "none");
    }
}
