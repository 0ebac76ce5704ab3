//! The exact GELU by ratios of polynomials, which vectorise.

/// Replaces every number `x` by `x * Phi(x)` with the normal distribution `Phi` (Hendrycks and Gimpel 2016, eq. 1), `Phi` right
/// to 3e-7.
pub fn gelu(values: &mut [f32]) {
    pulp::Arch::new().dispatch(|| {
        for x in values {
            *x *= 0.5 + NORMAL.at(*x);
        }
    });
}

/// Puts the slope of GELU at every number into `slopes`, which is as long, and replaces the number by what the tangent there
/// has at 0.
pub fn gelu_tangents(values: &mut [f32], slopes: &mut [f32]) {
    pulp::Arch::new().dispatch(|| {
        for (x, slope) in values.iter_mut().zip(slopes) {
            *slope = 0.5 + SLOPE.at(*x);
            *x *= 0.5 + NORMAL.at(*x) - *slope;
        }
    });
}

/// An odd function `x P(x^2) / Q(x^2)` up to `end`, half of the sign of `x` beyond.
struct Odd {
    end: f32,
    over: [f32; 6],
    under: [f32; 6],
}

/// `Phi(x) - 1/2`; fitted by `benches/fit_gelu.py`.
const NORMAL: Odd = Odd {
    end: 5.5,
    over: [3.989_422_3e-1, 3.385_267e-2, 4.677_261_7e-3, 1.688_258_6e-4, 6.352_115e-6, 2.274_936_5e-8],
    under: [1.0, 2.515_219_7e-1, 2.864_588_4e-2, 1.884_445_9e-3, 7.364_754e-5, 1.197_503_7e-6],
};

/// The slope of GELU, `Phi(x) + x phi(x)`, less 1/2; fitted by `benches/fit_gelu.py`.
const SLOPE: Odd = Odd {
    end: 5.6,
    over: [7.978_853_6e-1, -3.097_535_5e-2, 1.422_607_1e-2, 1.975_125_5e-5, 3.589_934_6e-5, 1.921_679_3e-7],
    under: [1.0, 2.945_195_7e-1, 4.098_374_8e-2, 3.522_638_5e-3, 1.920_519_7e-4, 8.928_192e-6],
};

impl Odd {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "only what is inlined gets the caller's vector instructions")]
    fn at(&self, x: f32) -> f32 {
        let square = x * x;
        let polynomial = |of: &[f32; 6]| of.iter().rev().fold(0.0, |sum, next| sum * square + next);
        let inside = x * polynomial(&self.over) / polynomial(&self.under);
        if x.abs() < self.end { inside } else { 0.5_f32.copysign(x) }
    }
}
