//! Where a webhook goes and with which headers. What comes from the environment is a secret: it is in
//! no message, and nothing prints it.

use std::fmt;

use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::uri::Scheme;
use http::{HeaderName, HeaderValue, Uri};

use crate::trigger::definition::{Env, Wrong};

/// The longest URL.
const MAX_URL: usize = 4096;
/// The most headers.
const MAX_HEADERS: usize = 32;
/// Headers that belong to the connection.
const OURS: [HeaderName; 4] = [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION];

/// Where to post.
#[derive(Clone)]
pub struct Post {
    uri: Uri,
    headers: Vec<(HeaderName, HeaderValue)>,
    shown: String,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("shown", &self.shown).finish_non_exhaustive()
    }
}

impl Post {
    /// Reads an URL and headers, in which `${NAME}` stands for a variable. What is wrong quotes no
    /// value of the environment.
    pub fn of(url: &str, headers: &[String], env: Env<'_>) -> Result<Self, Wrong> {
        let wrong = || Wrong::new("post", "it is no URL: write \"https://host/path\"");
        let filled = filled(url, env).map_err(|why| Wrong::new("post", why))?;
        let uri: Uri = filled.parse().map_err(|_| wrong())?;
        let scheme = uri.scheme().ok_or_else(wrong)?;
        let authority = uri.authority().filter(|it| !it.host().is_empty()).ok_or_else(wrong)?;
        if filled.len() > MAX_URL || (*scheme != Scheme::HTTP && *scheme != Scheme::HTTPS) {
            return Err(wrong());
        }
        if authority.as_str().contains('@') {
            let why = "it holds a password, which belongs into a header: \
                       headers = [\"Authorization: Bearer ${NAME}\"]";
            return Err(Wrong::new("post", why));
        }
        if headers.len() > MAX_HEADERS {
            return Err(Wrong::new("headers", format!("more than {MAX_HEADERS} headers")));
        }
        let headers: Result<_, String> = headers.iter().map(|line| header(line, env)).collect();
        let headers = headers.map_err(|why| Wrong::new("headers", why))?;
        let shown = format!("{scheme}://{authority}/…");
        Ok(Self { uri, headers, shown })
    }

    /// Scheme, host and port.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Where.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// With what.
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    /// Whether it is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// The name or address of the host, without brackets, and the port.
    pub fn place(&self) -> (&str, u16) {
        let host = self.uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let usual = if self.is_encrypted() { 443 } else { 80 };
        (host, self.uri.port_u16().unwrap_or(usual))
    }

    /// Whether what is sent passes a network where others may read it.
    pub fn is_open(&self) -> bool {
        let (host, _) = self.place();
        let is_here = host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        !self.is_encrypted() && !is_here
    }
}

/// `Name: value`
fn header(line: &str, env: Env<'_>) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = line
        .split_once(':')
        .ok_or_else(|| format!("{line:?} is no header: write \"Name: value\""))?;
    let name = name.trim();
    let known = HeaderName::from_bytes(name.as_bytes());
    let known = known.map_err(|_| format!("{name:?} is no name of a header"))?;
    if OURS.contains(&known) {
        return Err(format!("the header {name} is not yours to set"));
    }
    let filled = filled(value.trim(), env)?;
    let mut value = HeaderValue::from_str(&filled).map_err(|_| {
        format!("the value of the header {name} cannot be sent: it is no plain text")
    })?;
    value.set_sensitive(true);
    Ok((known, value))
}

/// The text with every `${NAME}` replaced.
fn filled(text: &str, env: Env<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) =
            after.split_once('}').ok_or_else(|| "`${` is not closed: write ${NAME}".to_owned())?;
        let value = env(name).filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| format!("the environment has no variable {name:?}"))?;
        out.push_str(before);
        out.push_str(&value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}
