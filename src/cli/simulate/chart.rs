//! Curves made of characters.

/// Columns and rows of the field.
const COLUMNS: usize = 60;
const ROWS: usize = 16;

/// Marks of curves, one each.
const MARKS: [char; 8] = ['●', '○', '▲', '△', '■', '□', '◆', '◇'];

/// Where two curves meet.
const MEETING: char = '✱';

/// A line of the chart: its name, and points by `x` and `y`.
pub struct Line {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

/// The curves with axes and, below, what each mark means; nothing without two different `x`.
pub fn chart(lines: &[Line], x: &str, y: &str) -> Vec<String> {
    let points = || lines.iter().flat_map(|line| &line.points);
    let range = |of: fn(&(f64, f64)) -> f64| {
        let values = points().map(of);
        (values.clone().fold(f64::INFINITY, f64::min), values.fold(f64::NEG_INFINITY, f64::max))
    };
    let ((left, right), (low, high)) = (range(|point| point.0), range(|point| point.1));
    if left.is_nan() || left >= right {
        return Vec::new();
    }
    let high = if high > low { high } else { low + 1.0 };
    let place = |value: f64, from: f64, to: f64, cells: usize| {
        ((value - from) / (to - from) * (cells - 1) as f64).round().clamp(0.0, (cells - 1) as f64) as usize
    };
    let mut field = vec![vec![' '; COLUMNS]; ROWS];
    for (number, line) in lines.iter().enumerate() {
        let mark = MARKS[number % MARKS.len()];
        for (at, value) in &line.points {
            let cell = &mut field[ROWS - 1 - place(*value, low, high, ROWS)][place(*at, left, right, COLUMNS)];
            *cell = if *cell == ' ' || *cell == mark { mark } else { MEETING };
        }
    }
    let mut drawn = vec![format!("{:>7}", y)];
    for (row, cells) in field.iter().enumerate() {
        let value = high - (high - low) * row as f64 / (ROWS - 1) as f64;
        let label = if row % 5 == 0 { format!("{value:>7.2}") } else { " ".repeat(7) };
        drawn.push(format!("{label} │{}", cells.iter().collect::<String>()).trim_end().to_owned());
    }
    drawn.push(format!("{} └{}", " ".repeat(7), "─".repeat(COLUMNS)));
    let (first, last) = (format!("{left:.0}"), format!("{right:.0} {x}"));
    drawn.push(format!("{}{first}{last:>width$}", " ".repeat(9), width = COLUMNS - first.len()));
    let legend = |(number, line): (usize, &Line)| format!("{} {}", MARKS[number % MARKS.len()], line.name);
    drawn.push(format!("{}{}", " ".repeat(9), lines.iter().enumerate().map(legend).collect::<Vec<_>>().join("   ")));
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_stand_between_their_least_and_their_greatest_value() {
        let line = |name: &str, points: &[(f64, f64)]| Line { name: name.into(), points: points.to_vec() };
        let lines = [line("up", &[(0.0, 10.0), (59.0, 40.0)]), line("level", &[(0.0, 10.0), (59.0, 10.0)])];
        let drawn = chart(&lines, "tweets", "F1");
        assert_eq!(drawn.len(), ROWS + 4);
        assert_eq!(drawn[1], format!("  40.00 │{}●", " ".repeat(59)));
        assert_eq!(drawn[ROWS], format!("  10.00 │✱{}○", " ".repeat(58)));
        assert!(drawn[ROWS + 2].ends_with("59 tweets") && drawn[ROWS + 3].ends_with("● up   ○ level"));
        assert!(chart(&[line("one", &[(1.0, 1.0)])], "x", "y").is_empty());
        assert!(chart(&[], "x", "y").is_empty());
    }
}
