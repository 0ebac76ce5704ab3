//! Any endpoint that speaks OpenAI's chat completions with pictures: vLLM, llama.cpp's server, Ollama, and others.

mod answer;
mod pace;
mod request;
mod retry;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use spanlight_models::example::{Context, ContextKind};
use ureq::Agent;
use ureq::http::Uri;

use super::{Answer, Failure, Provider, ProviderError, Stop, Subject};
use crate::corpus::contexts::Said;

use pace::Pace;
use retry::Attempt;

/// After so many questions in a row without an answer the endpoint is taken for down.
const PATIENCE: usize = 5;

/// The largest answer, in bytes; words of a few thousand tokens are far below.
const MAX_BODY: u64 = 4 << 20;

/// The path of chat completions.
const PATH: &str = "/chat/completions";

/// How an endpoint is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointOptions {
    /// Address, up to and with the version: `http://127.0.0.1:8000/v1`.
    pub url: String,
    /// The model, by the endpoint's name for it.
    pub model: String,
    /// What the answers are.
    pub kind: ContextKind,
    /// The question.
    pub prompt: String,
    /// The key, if the endpoint wants one.
    pub key: Option<String>,
    /// The most tokens of an answer.
    pub max_tokens: u32,
    /// How long one answer may take.
    pub timeout: Duration,
    /// How often a question is asked again after a passing failure.
    pub retries: u32,
    /// The wait before the second attempt; it doubles with every further one.
    pub back_off: Duration,
    /// The most questions a minute; any number where it is 0.
    pub per_minute: u32,
    /// Whether only this machine may be asked.
    pub offline: bool,
}

/// An endpoint.
#[derive(Debug)]
pub struct Endpoint {
    options: EndpointOptions,
    address: String,
    source: String,
    fingerprint: String,
    agent: Agent,
    pace: Pace,
    /// Questions in a row that were not answered.
    troubles: AtomicUsize,
}

impl Endpoint {
    /// Checks the address; nothing is sent yet.
    pub fn new(options: EndpointOptions) -> Result<Self, ProviderError> {
        let url = options.url.trim_end_matches('/').trim_end_matches(PATH).to_owned();
        let bad = |what: &str| ProviderError::BadUrl { url: url.clone(), what: what.to_owned() };
        let uri: Uri = url.parse().map_err(|error| bad(&format!("{error}")))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(bad("it begins neither with http:// nor with https://"));
        }
        let host = uri.host().ok_or_else(|| bad("it names no machine"))?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(bad("keys go into an environment variable, not into the address"));
        }
        let here = is_here(host);
        if options.offline && !here {
            return Err(ProviderError::Offline { url });
        }
        if options.model.is_empty() {
            return Err(ProviderError::NoModel);
        }
        let config = Agent::config_builder()
            .timeout_global(Some(options.timeout))
            // What a status means is decided here; a picture is sent nowhere else than was said.
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("spanlight/", env!("CARGO_PKG_VERSION")));
        let config = if here { config.proxy(None) } else { config };
        let EndpointOptions { model, kind, prompt, max_tokens, .. } = &options;
        let fingerprint = format!("{model}\0{kind}\0{prompt}\0{max_tokens}");
        let pace = Pace::new(options.per_minute);
        let address = format!("{url}{PATH}");
        let agent = config.build().new_agent();
        Ok(Self { address, source: url, fingerprint, agent, pace, troubles: AtomicUsize::new(0), options })
    }

    /// Asks until there is an answer, it is hopeless, or the attempts are used up.
    fn insist(&self, id: &str, body: &[u8], stop: &Stop) -> Result<String, Failure> {
        let mut number = 0;
        loop {
            if !self.pace.wait(stop) {
                return Err(Failure::Stopped);
            }
            match self.attempt(body) {
                Attempt::Answered(text) => return Ok(text),
                Attempt::Hopeless(why) => return Err(Failure::Tweet(why)),
                Attempt::Down(why) => return Err(Failure::Down(why)),
                Attempt::Passing { why, .. } if number == self.options.retries => return Err(Failure::Tweet(why)),
                Attempt::Passing { why, after } => {
                    tracing::info!(tweet = id, attempt = number + 1, why, "asking again");
                    let wait = retry::wait(self.options.back_off, number, id, after);
                    // An endpoint that asks for time asks everyone for it.
                    if after.is_some() {
                        self.pace.hold(wait);
                    } else if !stop.sleep(wait) {
                        return Err(Failure::Stopped);
                    }
                    number += 1;
                }
            }
        }
    }

    fn attempt(&self, body: &[u8]) -> Attempt {
        let mut request = self.agent.post(&self.address).header("content-type", "application/json");
        if let Some(key) = &self.options.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        match request.send(body) {
            Err(error) => retry::of_error(&error),
            Ok(mut response) => {
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                match response.body_mut().with_config().limit(MAX_BODY).read_to_vec() {
                    Err(error) => retry::of_error(&error),
                    Ok(body) => retry::of_response(status, &headers, &body),
                }
            }
        }
    }
}

impl Provider for Endpoint {
    fn name(&self) -> &'static str {
        "endpoint"
    }

    fn source(&self) -> &str {
        &self.source
    }

    fn kind(&self) -> Option<ContextKind> {
        Some(self.options.kind)
    }

    fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn needs_picture(&self) -> bool {
        true
    }

    fn ask(&self, subject: &Subject<'_>, stop: &Stop) -> Result<Answer, Failure> {
        let picture = subject.picture.ok_or_else(|| Failure::Tweet("it has no picture".to_owned()))?;
        let EndpointOptions { model, prompt, max_tokens, kind, .. } = &self.options;
        let body = request::body(model, prompt, *max_tokens, picture)?;
        let text = self.insist(subject.id, &body, stop).map_err(|failure| match failure {
            Failure::Tweet(why) => {
                let troubles = self.troubles.fetch_add(1, Ordering::Relaxed) + 1;
                if troubles < PATIENCE {
                    Failure::Tweet(why)
                } else {
                    Failure::Down(down(&self.source, troubles, &why))
                }
            }
            other => other,
        })?;
        self.troubles.store(0, Ordering::Relaxed);
        let (context, cleaned) = answer::context(*kind, &text);
        let context = context.ok_or_else(|| Failure::Tweet("the answer is empty".to_owned()))?;
        let context = Context {
            image: Some(picture.id.to_owned()),
            source: Some(self.source.clone()),
            model: Some(model.clone()),
            ..context
        };
        Ok(Answer { said: Said::contexts(vec![context]), cleaned })
    }
}

fn down(source: &str, troubles: usize, why: &str) -> String {
    format!("{source} did not answer {troubles} questions in a row; the last time: {why}")
}

/// Whether an address names this machine.
fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str, offline: bool) -> Result<Endpoint, ProviderError> {
        Endpoint::new(EndpointOptions {
            url: url.to_owned(),
            model: "m".to_owned(),
            kind: ContextKind::Caption,
            prompt: "p".to_owned(),
            key: None,
            max_tokens: 8,
            timeout: Duration::from_secs(1),
            retries: 0,
            back_off: Duration::ZERO,
            per_minute: 0,
            offline,
        })
    }

    #[test]
    fn addresses_are_checked_before_anything_is_sent() {
        for url in ["http://127.0.0.1:8000/v1/", "http://localhost:1/v1/chat/completions", "https://[::1]/v1"] {
            let endpoint = endpoint(url, true).expect("on this machine");
            assert!(endpoint.address.ends_with("/v1/chat/completions"), "{}", endpoint.address);
        }
        assert!(endpoint("https://example.org/v1", false).is_ok());
        let refused = |url: &str| endpoint(url, true).expect_err("refused").to_string();
        assert!(refused("https://example.org/v1").contains("offline"));
        assert!(refused("http://localhost.example.org/v1").contains("offline"));
        assert!(refused("ftp://localhost").contains("neither with http"));
        assert!(refused("http://key@localhost/v1").contains("environment variable"));
        assert!(refused("no address at all").contains("looks like"));
    }
}
