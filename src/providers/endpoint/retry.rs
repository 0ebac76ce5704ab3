//! What a failure means: to be tried again, hopeless for this tweet, or the end for all.

use std::time::Duration;

use ureq::http::HeaderMap;

use super::answer;
use crate::corpus::shown;
use crate::hash::stable_hash;

/// The longest wait between two attempts.
const LONGEST: Duration = Duration::from_mins(2);

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The words of the answer.
    Answered(String),
    /// May be better the next time, and not before `after` where the endpoint says so.
    Passing {
        /// What happened.
        why: String,
        /// The wait that the endpoint asks for.
        after: Option<Duration>,
    },
    /// Will not be better for this tweet.
    Hopeless(String),
    /// Will not be better for any tweet.
    Down(String),
}

impl Attempt {
    fn passing(why: impl Into<String>) -> Self {
        Self::Passing { why: why.into(), after: None }
    }
}

/// The wait before the attempt after attempt `number`: doubled each time, a little different for each tweet, so that
/// not all come back at once; or what the endpoint asks for.
pub fn wait(back_off: Duration, number: u32, id: &str, after: Option<Duration>) -> Duration {
    if let Some(after) = after {
        return after.min(LONGEST);
    }
    let doubled = back_off.saturating_mul(2_u32.saturating_pow(number));
    let spread = stable_hash(&[id.as_bytes(), &number.to_le_bytes()]) % 256;
    (doubled + doubled.mul_f64(spread as f64 / 1024.0)).min(LONGEST)
}

/// What a request that got no response means.
pub fn of_error(error: &ureq::Error) -> Attempt {
    use ureq::Error::{BadUri, HostNotFound, InvalidProxyUrl, Timeout, Tls};
    match error {
        Timeout(_) => Attempt::passing("no answer in time (a longer --timeout may help)"),
        HostNotFound => Attempt::Down("no machine of this name was found; is the address right?".to_owned()),
        BadUri(_) | InvalidProxyUrl | Tls(_) => Attempt::Down(error.to_string()),
        other => Attempt::passing(format!("no connection, or it broke ({other}); is the endpoint running?")),
    }
}

/// What a response means.
pub fn of_response(status: u16, headers: &HeaderMap, body: &[u8]) -> Attempt {
    let said = || {
        let value = serde_json::from_slice(body).ok();
        value.as_ref().and_then(answer::message).unwrap_or_else(|| shown(&String::from_utf8_lossy(body)))
    };
    match status {
        200..=299 => match answer::words(body) {
            Ok(words) => Attempt::Answered(words),
            Err(what) => Attempt::passing(what),
        },
        401 | 403 => Attempt::Down(format!(
            "the endpoint refuses the key (status {status}: {}); set the environment variable that holds it",
            said()
        )),
        404 | 405 => {
            Attempt::Down(format!("the endpoint knows no such address or model (status {status}: {})", said()))
        }
        300..=399 => {
            let target = headers.get("location").and_then(|value| value.to_str().ok()).unwrap_or("another address");
            Attempt::Down(format!("the endpoint sends us on to {}; use that address", shown(target)))
        }
        408 | 425 | 429 | 500.. => {
            Attempt::Passing { why: format!("status {status}: {}", said()), after: retry_after(headers) }
        }
        _ => Attempt::Hopeless(format!("status {status}: {}", said())),
    }
}

/// The wait that the endpoint asks for: seconds, or the time of day.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds.max(0.0)).ok();
    }
    let time = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Duration::try_from(time.duration_since(jiff::Timestamp::now())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_or_are_what_is_asked_for() {
        let base = Duration::from_millis(100);
        for number in 0..4 {
            let doubled = base * 2_u32.pow(number);
            let wait = wait(base, number, "7", None);
            assert!((doubled..=doubled.mul_f64(1.25)).contains(&wait), "{wait:?}");
        }
        assert_eq!(wait(base, 40, "7", None), LONGEST);
        assert_ne!(wait(base, 0, "7", None), wait(base, 0, "8", None));
        assert_eq!(wait(base, 0, "7", Some(Duration::from_secs(3))), Duration::from_secs(3));
        assert_eq!(wait(base, 0, "7", Some(Duration::from_secs(9_999))), LONGEST);
    }

    #[test]
    fn statuses_mean_what_they_say() {
        let of = |status, body: &str| of_response(status, &HeaderMap::new(), body.as_bytes());
        assert!(matches!(of(500, "x"), Attempt::Passing { after: None, .. }));
        assert!(matches!(of(200, "{\"cho"), Attempt::Passing { .. }));
        assert!(matches!(of(401, "{\"error\": \"no key\"}"), Attempt::Down(why) if why.contains("no key")));
        assert!(matches!(of(404, ""), Attempt::Down(_)));
        assert!(matches!(of(400, "{\"detail\": \"too large\"}"), Attempt::Hopeless(why) if why.contains("too large")));
        let mut headers = HeaderMap::new();
        let after = |headers: &HeaderMap| match of_response(429, headers, b"slow down") {
            Attempt::Passing { after, .. } => after,
            other => panic!("{other:?}"),
        };
        headers.insert("retry-after", "1.5".parse().expect("a value"));
        assert_eq!(after(&headers), Some(Duration::from_millis(1_500)));
        headers.insert("retry-after", "Fri, 01 Jan 2100 00:00:00 GMT".parse().expect("a value"));
        assert!(after(&headers) > Some(Duration::from_secs(1 << 30)));
        headers.insert("retry-after", "soon".parse().expect("a value"));
        assert_eq!(after(&headers), None);
    }
}
