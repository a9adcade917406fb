//! The server: transactions with bounded retries.

use std::time::Duration;

use anyhow::{anyhow, bail};
use bodysite_fhir::transaction;
use serde_json::{Value, json};
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::resources::Entry;
use crate::exit::Failure;

/// How long a server that is busy or away is waited for.
pub struct Patience {
    attempts: u32,
    first: Duration,
    longest: Duration,
}

impl Patience {
    /// Pauses double from half a second up to half a minute.
    pub fn of(attempts: u32) -> Patience {
        Patience {
            attempts,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
        }
    }

    /// The server's own wish is kept to, within reason.
    fn pause(&self, attempt: u32, wish: Option<u64>) -> Duration {
        let own = self
            .first
            .saturating_mul(2u32.saturating_pow(attempt))
            .min(self.longest);
        wish.map_or(own, |s| Duration::from_secs(s).min(Duration::from_secs(120)))
    }
}

/// What a server said to a transaction.
pub enum Answer {
    /// All of it is stored.
    Taken,
    /// None of it is; the OperationOutcome, or what came in its place.
    Refused(Value),
}

/// What one request came to.
enum Reply {
    Final(Answer),
    Again { why: String, wish: Option<u64> },
}

/// A server.
pub struct Client {
    agent: Agent,
    base: String,
    token: Option<String>,
    patience: Patience,
}

impl Client {
    /// A client for the server at `base`.
    pub fn new(base: &str, token: Option<String>, patience: Patience) -> Result<Client, Failure> {
        let base = base.trim_end_matches('/').to_owned();
        if !base.starts_with("https://") && !base.starts_with("http://") {
            let error = anyhow!("{base:?} is no address of a FHIR server");
            return Err(Failure::usage(error).remedy("write https://HOST/PATH"));
        }
        if base.contains('@') {
            let error = anyhow!("an address with a user or password in it");
            return Err(Failure::usage(error).remedy("use --token-file or BODYSITE_FHIR_TOKEN"));
        }
        let config = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(120)))
            .http_status_as_error(false)
            // A redirected POST becomes a GET: answered with success, and nothing is stored.
            .max_redirects(0)
            .build();
        Ok(Client {
            agent: config.into(),
            base,
            token,
            patience,
        })
    }

    /// The address, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Puts all of the resources or none. An error means that the server was not reached in time.
    pub fn transaction(&self, entries: &[Entry]) -> anyhow::Result<Answer> {
        let Some(body) = transaction(entries.iter().map(|e| &e.resource), &self.base) else {
            return Ok(Answer::Taken);
        };
        let mut attempt = 0;
        loop {
            let (why, wish) = match self.post(&body)? {
                Reply::Final(answer) => return Ok(answer),
                Reply::Again { why, wish } => (why, wish),
            };
            attempt += 1;
            if attempt >= self.patience.attempts {
                bail!("{}: not reachable after {attempt} attempts: {why}", self.base);
            }
            std::thread::sleep(self.patience.pause(attempt - 1, wish));
        }
    }

    fn post(&self, body: &str) -> anyhow::Result<Reply> {
        let mut request = self
            .agent
            .post(&self.base)
            .header("Content-Type", "application/fhir+json")
            .header("Accept", "application/fhir+json");
        if let Some(token) = &self.token {
            request = request.header("Authorization", &format!("Bearer {token}"));
        }
        match request.send(body) {
            Ok(response) => reply(response),
            Err(error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_))) => Err(error.into()),
            Err(error) => Ok(Reply::Again {
                why: error.to_string(),
                wish: None,
            }),
        }
    }
}

fn reply(mut response: Response<Body>) -> anyhow::Result<Reply> {
    let status = response.status();
    if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN {
        bail!("the server does not let us in ({status}); check the token");
    }
    if status.is_redirection() {
        let elsewhere = response.headers().get("Location").and_then(|l| l.to_str().ok());
        bail!(
            "the server is at another address ({status}): {}",
            elsewhere.unwrap_or("not said where")
        );
    }
    let none = [
        StatusCode::NOT_FOUND,
        StatusCode::METHOD_NOT_ALLOWED,
        StatusCode::NOT_IMPLEMENTED,
    ];
    if none.contains(&status) {
        bail!("the server has no FHIR transactions at this address ({status})");
    }
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT {
        let wish = response.headers().get("Retry-After");
        let wish = wish.and_then(|w| w.to_str().ok()?.trim().parse().ok());
        return Ok(Reply::Again {
            why: status.to_string(),
            wish,
        });
    }
    let text = match response.body_mut().with_config().limit(1 << 24).read_to_string() {
        Ok(text) => text,
        Err(error) => {
            return Ok(Reply::Again {
                why: error.to_string(),
                wish: None,
            });
        }
    };
    let said = serde_json::from_str(&text).unwrap_or_else(|_| json!({"status": status.as_u16()}));
    match status.is_success() {
        true => success(&said).map(Reply::Final),
        false => Ok(Reply::Final(Answer::Refused(said))),
    }
}

/// What a server says that answers with success. Some treat a transaction as a batch and say of each entry whether they
/// took it; a page that is none of a FHIR server says nothing of any.
fn success(said: &Value) -> anyhow::Result<Answer> {
    if said["resourceType"] != "Bundle" {
        bail!("the answer is none of a FHIR server");
    }
    let entries = said["entry"].as_array().into_iter().flatten();
    let refused = |response: &&Value| response["status"].as_str().is_some_and(|s| !s.starts_with('2'));
    let first = entries.map(|e| &e["response"]).find(refused);
    Ok(first.map_or(Answer::Taken, |response| Answer::Refused(response.clone())))
}
