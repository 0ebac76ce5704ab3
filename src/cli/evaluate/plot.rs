//! A reliability diagram made of characters.

use spanlight_models::metrics::ReliabilityBin;

/// Rows of the diagram.
const ROWS: usize = 10;

/// A bar's end, by eighths of a row.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Bars of accuracy beside the diagonal of perfect calibration, and below how many outcomes each bin has.
///
/// A `·` on the diagonal above a bar is a promise that was not kept, one in a bar (`▒`) was outdone.
pub fn reliability(bins: &[ReliabilityBin]) -> Vec<String> {
    let height = |share: f64| (share * (ROWS * 8) as f64).round() as usize;
    let mut lines = Vec::new();
    for row in (0..ROWS).rev() {
        let cells = bins.iter().map(|bin| {
            let filled = height(bin.accuracy).saturating_sub(row * 8).min(8);
            let on_diagonal = (f64::midpoint(bin.low, bin.high) * ROWS as f64) as usize == row;
            let mark = match (bin.count > 0 && filled > 0, on_diagonal) {
                (true, true) if filled == 8 => '▒',
                (true, _) => EIGHTHS[filled],
                (false, true) => '·',
                (false, false) => ' ',
            };
            format!(" {mark}{mark}")
        });
        let label = match row + 1 {
            ROWS => "100 %",
            row if row == ROWS / 2 => " 50 %",
            _ => "",
        };
        lines.push(format!("{label:>5} │{}", cells.collect::<String>()).trim_end().to_owned());
    }
    lines.push(format!("  0 % └{}", "─".repeat(3 * bins.len())));
    lines.push(format!("{}confidence, 0 to 100 %", " ".repeat(8)));
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0).max(1);
    let cells = bins.iter().map(|bin| {
        // What is there at all can be seen.
        let mark = EIGHTHS[(bin.count * 8).div_ceil(most)];
        format!(" {mark}{mark}")
    });
    lines.push(format!("count  {}", cells.collect::<String>()).trim_end().to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_where_accuracy_is_and_the_diagonal_shows_what_was_promised() {
        let bin =
            |low, count, accuracy| ReliabilityBin { low, high: low + 0.2, count, confidence: low + 0.1, accuracy };
        let bins = [bin(0.0, 0, 0.0), bin(0.2, 4, 0.55), bin(0.4, 1, 0.5), bin(0.6, 2, 0.0), bin(0.8, 8, 0.85)];
        let expected = [
            "100 % │             ··",
            "      │             ▄▄",
            "      │          ·· ██",
            "      │             ██",
            "      │    ▄▄ ··    ██",
            " 50 % │    ██ ██    ██",
            "      │    ▒▒ ██    ██",
            "      │    ██ ██    ██",
            "      │ ·· ██ ██    ██",
            "      │    ██ ██    ██",
            "  0 % └───────────────",
            "        confidence, 0 to 100 %",
            "count      ▄▄ ▁▁ ▂▂ ██",
        ];
        assert_eq!(reliability(&bins), expected);
    }
}
