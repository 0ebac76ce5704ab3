//! What `settings.toml` says about the providers of contexts.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::providers::{Prompts, TesseractOptions};

/// The table `[contexts]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContextSettings {
    /// Whether pictures may be sent to this machine only.
    pub offline: bool,
    /// The endpoint.
    pub endpoint: EndpointSettings,
    /// What models are asked.
    pub prompts: Prompts,
    /// Tesseract.
    pub tesseract: TesseractSettings,
}

/// The table `[contexts.endpoint]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct EndpointSettings {
    /// Address, up to and with the version.
    pub url: Option<String>,
    /// The model, by the endpoint's name for it.
    pub model: Option<String>,
    /// Environment variable with the key.
    pub key_env: Option<String>,
    /// Questions that are asked at the same time.
    pub parallel: usize,
    /// The most questions a minute; any number where it is 0.
    pub per_minute: u32,
    /// How often a question is asked again after a passing failure.
    pub retries: u32,
    /// Milliseconds before the second attempt; they double with every further one.
    pub back_off: u64,
    /// Seconds that one answer may take.
    pub timeout: u64,
    /// The most tokens of an answer.
    pub max_tokens: u32,
}

impl Default for EndpointSettings {
    fn default() -> Self {
        Self {
            url: None,
            model: None,
            key_env: None,
            parallel: 4,
            per_minute: 0,
            retries: 4,
            back_off: 1_000,
            timeout: 120,
            max_tokens: 256,
        }
    }
}

/// The table `[contexts.tesseract]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TesseractSettings {
    /// The program.
    pub program: PathBuf,
    /// Languages by Tesseract's own names.
    pub languages: Vec<String>,
    /// Seconds that one picture may take.
    pub timeout: u64,
    /// Words below are noise, 0 to 100.
    pub confidence: u8,
}

impl Default for TesseractSettings {
    fn default() -> Self {
        let TesseractOptions { program, languages, timeout, confidence } = TesseractOptions::default();
        Self { program, languages, timeout: timeout.as_secs(), confidence }
    }
}

impl TesseractSettings {
    /// The same for the provider.
    pub fn options(&self) -> TesseractOptions {
        TesseractOptions {
            program: self.program.clone(),
            languages: self.languages.clone(),
            timeout: Duration::from_secs(self.timeout),
            confidence: self.confidence,
        }
    }
}

#[cfg(test)]
mod tests {
    use spanlight_models::example::ContextKind;

    use super::*;

    #[test]
    fn what_is_absent_has_its_default_and_what_is_unknown_is_refused() {
        let text = "offline = true\n[endpoint]\nkey-env = \"KEY\"\nper-minute = 30\n[prompts]\ntags = \"Which?\"\n";
        let settings: ContextSettings = toml::from_str(text).expect("settings");
        assert!(settings.offline);
        let endpoint = EndpointSettings { key_env: Some("KEY".into()), per_minute: 30, ..EndpointSettings::default() };
        assert_eq!((settings.endpoint, settings.tesseract), (endpoint, TesseractSettings::default()));
        assert_eq!(settings.prompts.of(ContextKind::Tags), Some("Which?"));
        assert!(settings.prompts.of(ContextKind::Caption).is_some());
        assert_eq!(settings.prompts.of(ContextKind::Other), None);
        let mistake = toml::from_str::<ContextSettings>("[endpoint]\nkey = \"secret\"\n").expect_err("no such setting");
        assert!(mistake.to_string().contains("key"), "a key itself has no place in the settings");
    }
}
