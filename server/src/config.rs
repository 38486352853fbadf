//! What the command line and the environment say, checked before anything starts.

use std::{
    collections::BTreeMap,
    env, fmt,
    net::IpAddr,
    path::{Path, PathBuf},
};
use url::Url;

/// The text of `--help`.
pub const HELP: &str = "\
Usage: presealed-server [--flag value]...   (or PRESEALED_FLAG=value in the environment)

Serves the page, signs URLs, and without --endpoint keeps an S3-compatible store and a small KMS of its own.
  --port N --s3-port N --kms-port N   ports of the page, the store and the KMS (default 0: any that is free)
  --bind ADDRESS                      default 127.0.0.1; another machine's need --allow-remote-clients true
  --allow-remote-clients true         say plainly that others may use the store and the presigner
  --www DIR --pkg DIR                 the page, and the wasm package served as /pkg/ (default www and pkg)
  --data-dir DIR                      objects, keys and credentials (default .presealed)
  --access-key K --secret-key S       of the store and the KMS (default: made once, kept in the data directory)
  --bucket B --region R               default presealed-demo and us-east-1
  --url-expiry SECONDS                how long a signed URL lives (default 900)
  --link-mbit N                       limits the store's link, in each direction, for benchmarks
  --link-rtt MS                       makes the store as far away as that, there and back, for benchmarks
  --object-lock DAYS                  gives the bucket, from now on, Object Lock with a default retention: S3 then
                                      refuses uploads without Content-MD5 or a checksum
A real account (AWS, R2, MinIO, Garage...), with the credentials in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
perhaps AWS_SESSION_TOKEN:
  --endpoint URL [--path-style true] [--signs-sse-c-key true] --bucket B [--region R]
  [--kms-key-id ARN [--kms-endpoint URL]]
";

const FLAGS: &[&str] = &[
    "port",
    "s3-port",
    "kms-port",
    "bind",
    "allow-remote-clients",
    "www",
    "pkg",
    "data-dir",
    "access-key",
    "secret-key",
    "bucket",
    "region",
    "url-expiry",
    "link-mbit",
    "link-rtt",
    "object-lock",
    "endpoint",
    "path-style",
    "signs-sse-c-key",
    "kms-key-id",
    "kms-endpoint",
];

/// An access key. It has no `Debug`, so that it cannot be printed by accident.
#[derive(Clone)]
pub struct Credentials {
    pub access_key: String,
    pub secret_key: String,
    pub session_token: Option<String>,
}

/// Where objects are.
pub enum Account {
    /// In this program's own store.
    Embedded {
        data_dir: PathBuf,
        credentials: Option<Credentials>,
        s3_port: u16,
        kms_port: u16,
        link_mbit: Option<f64>,
        /// Milliseconds.
        link_rtt: Option<u32>,
        /// Days.
        object_lock: Option<i32>,
    },
    /// With somebody else.
    Remote {
        endpoint: Url,
        path_style: bool,
        credentials: Credentials,
        kms: Option<RemoteKms>,
    },
}

/// The KMS of a remote account.
#[derive(Clone)]
pub struct RemoteKms {
    pub endpoint: Url,
    pub key_id: String,
}

/// Everything that was said.
pub struct Config {
    pub bind: IpAddr,
    pub port: u16,
    pub www: PathBuf,
    pub pkg: PathBuf,
    pub bucket: String,
    pub region: String,
    pub url_expiry: u32,
    /// Whether the store wants the SSE-C key itself signed, as MinIO does; the page then sends it here.
    pub signs_customer_key: bool,
    pub account: Account,
}

/// Why it cannot start.
#[derive(Debug)]
pub enum Stop {
    /// `--help`.
    Help,
    /// What is wrong, and with what.
    Bad(String),
}

impl<T: fmt::Display> From<T> for Stop {
    fn from(text: T) -> Self {
        Self::Bad(text.to_string())
    }
}

struct Said(BTreeMap<String, String>);

impl Said {
    fn read(
        arguments: impl Iterator<Item = String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Stop> {
        let from_environment = |flag: &&str| {
            let name = format!("PRESEALED_{}", flag.to_uppercase().replace('-', "_"));
            environment(&name)
                .filter(|value| !value.is_empty())
                .map(|value| (flag.to_string(), value))
        };
        let mut said: BTreeMap<_, _> = FLAGS.iter().filter_map(from_environment).collect();
        let mut arguments = arguments.peekable();
        while let Some(argument) = arguments.next() {
            if argument == "--help" || argument == "-h" {
                return Err(Stop::Help);
            }
            let flag = argument
                .strip_prefix("--")
                .ok_or(format!("what is '{argument}'? Flags begin with --"))?;
            let (flag, value) = match flag.split_once('=') {
                Some((flag, value)) => (flag, value.to_string()),
                None => (flag, arguments.next().ok_or(format!("--{flag} needs a value"))?),
            };
            if !FLAGS.contains(&flag) {
                return Err(format!("there is no --{flag}; see --help").into());
            }
            said.insert(flag.into(), value);
        }
        Ok(Self(said))
    }

    fn text(&self, flag: &str) -> Option<String> {
        self.0.get(flag).cloned()
    }

    fn parse<T: std::str::FromStr<Err: fmt::Display>>(&self, flag: &str) -> Result<Option<T>, Stop> {
        let parse = |text: &String| text.parse().map_err(|error| format!("--{flag} {text}: {error}").into());
        self.0.get(flag).map(parse).transpose()
    }

    fn path(&self, flag: &str, default: &str) -> PathBuf {
        self.text(flag).map_or_else(|| default.into(), PathBuf::from)
    }

    fn refuse(&self, flags: &[&str], why: &str) -> Result<(), Stop> {
        match flags.iter().find(|flag| self.0.contains_key(**flag)) {
            Some(flag) => Err(format!("--{flag}: {why}").into()),
            None => Ok(()),
        }
    }
}

impl Config {
    /// From this process's command line and environment.
    pub fn read() -> Result<Self, Stop> {
        Self::from(env::args().skip(1), |name| env::var(name).ok())
    }

    fn from(
        arguments: impl Iterator<Item = String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Stop> {
        let said = Said::read(arguments, &environment)?;
        let bind = said.parse("bind")?.unwrap_or(IpAddr::from([127, 0, 0, 1]));
        if !bind.is_loopback() && said.parse("allow-remote-clients")? != Some(true) {
            return Err(format!("--bind {bind} would let other machines use the store and have URLs signed; if that is meant, add --allow-remote-clients true").into());
        }
        let url_expiry = said.parse("url-expiry")?.unwrap_or(900);
        if !(1..=604_800).contains(&url_expiry) {
            return Err(format!("--url-expiry {url_expiry}: S3 takes 1 to 604800 seconds").into());
        }
        let www = folder(said.path("www", "www"), "--www")?;
        let account = match said.parse::<Url>("endpoint")? {
            Some(endpoint) => remote(&said, endpoint, &environment)?,
            None => embedded(&said)?,
        };
        if matches!(account, Account::Remote { .. }) && !said.0.contains_key("bucket") {
            return Err("--endpoint needs --bucket".into());
        }
        let region = said.text("region").unwrap_or_else(|| "us-east-1".into());
        Ok(Self {
            bind,
            port: said.parse("port")?.unwrap_or(0),
            www,
            pkg: said.path("pkg", "pkg"),
            bucket: said.text("bucket").unwrap_or_else(|| "presealed-demo".into()),
            region,
            url_expiry,
            signs_customer_key: said.parse("signs-sse-c-key")?.unwrap_or(false),
            account,
        })
    }
}

fn folder(path: PathBuf, flag: &str) -> Result<PathBuf, Stop> {
    match Path::new(&path).is_dir() {
        true => Ok(path),
        false => Err(format!("{flag} {}: there is no such folder", path.display()).into()),
    }
}

fn embedded(said: &Said) -> Result<Account, Stop> {
    said.refuse(
        &["path-style", "kms-endpoint", "kms-key-id"],
        "only means something with --endpoint",
    )?;
    let credentials = match (said.text("access-key"), said.text("secret-key")) {
        (Some(access_key), Some(secret_key)) => Some(Credentials {
            access_key,
            secret_key,
            session_token: None,
        }),
        (None, None) => None,
        _ => return Err("--access-key and --secret-key go together".into()),
    };
    let link_mbit = said.parse("link-mbit")?;
    if link_mbit.is_some_and(|mbit: f64| !(mbit.is_finite() && mbit >= 0.1)) {
        return Err("--link-mbit takes a number of at least 0.1".into());
    }
    let object_lock = said.parse("object-lock")?;
    if object_lock.is_some_and(|days: i32| !(1..=36_500).contains(&days)) {
        return Err("--object-lock: S3 takes 1 to 36500 days".into());
    }
    Ok(Account::Embedded {
        data_dir: said.path("data-dir", ".presealed"),
        credentials,
        s3_port: said.parse("s3-port")?.unwrap_or(0),
        kms_port: said.parse("kms-port")?.unwrap_or(0),
        link_mbit,
        link_rtt: said.parse("link-rtt")?,
        object_lock,
    })
}

fn remote(said: &Said, endpoint: Url, environment: impl Fn(&str) -> Option<String>) -> Result<Account, Stop> {
    let why = "only means something without --endpoint";
    said.refuse(
        &[
            "s3-port",
            "kms-port",
            "link-mbit",
            "link-rtt",
            "object-lock",
            "data-dir",
            "access-key",
            "secret-key",
        ],
        why,
    )?;
    let endpoint = web(endpoint, "--endpoint")?;
    let need = |name: &str| {
        let value = environment(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| Stop::Bad(format!("--endpoint needs {name} in the environment")))
    };
    let credentials = Credentials {
        access_key: need("AWS_ACCESS_KEY_ID")?,
        secret_key: need("AWS_SECRET_ACCESS_KEY")?,
        session_token: environment("AWS_SESSION_TOKEN").filter(|token| !token.is_empty()),
    };
    let region = said.text("region").unwrap_or_else(|| "us-east-1".into());
    let kms = match (said.text("kms-key-id"), said.parse::<Url>("kms-endpoint")?) {
        (Some(key_id), Some(endpoint)) => Some(RemoteKms {
            endpoint: web(endpoint, "--kms-endpoint")?,
            key_id,
        }),
        (Some(key_id), None) => {
            let endpoint = format!("https://kms.{region}.amazonaws.com/");
            Some(RemoteKms {
                endpoint: endpoint
                    .parse()
                    .map_err(|error| format!("--region {region}: {error}"))?,
                key_id,
            })
        }
        (None, Some(_)) => return Err("--kms-endpoint needs --kms-key-id".into()),
        (None, None) => None,
    };
    let path_style = said.parse("path-style")?.unwrap_or(false);
    Ok(Account::Remote {
        endpoint,
        path_style,
        credentials,
        kms,
    })
}

fn web(url: Url, flag: &str) -> Result<Url, Stop> {
    match matches!(url.scheme(), "http" | "https") && url.host_str().is_some() {
        true => Ok(url),
        false => Err(format!("{flag} {url}: give an http or https URL").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, environment: &[(&str, &str)]) -> Result<Config, Stop> {
        let line = format!("--www . {line}");
        let arguments: Vec<_> = line.split_whitespace().map(str::to_string).collect();
        let find = |name: &str| {
            environment
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, value)| value.to_string())
        };
        Config::from(arguments.into_iter(), find)
    }

    #[test]
    fn a_store_that_wants_the_customer_key_signed_is_told_by_name() {
        for (line, signs) in [
            ("", false),
            ("--signs-sse-c-key true", true),
            ("--signs-sse-c-key false", false),
        ] {
            assert_eq!(
                read(line, &[]).map_or(!signs, |config| config.signs_customer_key),
                signs,
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said_at_start() {
        let keys = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "s")];
        for (line, environment, word) in [
            ("--bind 0.0.0.0", &[][..], "--allow-remote-clients"),
            ("--nonsense 1", &[], "--nonsense"),
            ("--port x", &[], "--port x"),
            ("--url-expiry 604801", &[], "604800"),
            ("--access-key a", &[], "go together"),
            ("--endpoint https://s3.example --bucket b", &[], "AWS_ACCESS_KEY_ID"),
            ("--endpoint https://s3.example", &keys, "--bucket"),
            ("--endpoint ftp://s3.example --bucket b", &keys, "http"),
            (
                "--endpoint https://s3.example --bucket b --link-mbit 5",
                &keys,
                "--link-mbit",
            ),
            (
                "--endpoint https://s3.example --bucket b --link-rtt 5",
                &keys,
                "--link-rtt",
            ),
            ("--link-rtt x", &[], "--link-rtt x"),
            ("--kms-key-id k", &[], "--endpoint"),
            ("--object-lock 0", &[], "days"),
        ] {
            match read(line, environment) {
                Err(Stop::Bad(text)) => assert!(text.contains(word), "{line}: {text}"),
                _ => assert_eq!(line, "refused"),
            }
        }
        assert!(read("--endpoint https://s3.example --bucket b --kms-key-id k", &keys).is_ok());
        assert!(read("--link-mbit 100", &[("PRESEALED_PORT", "8080")]).is_ok_and(|config| config.port == 8080));
    }
}
