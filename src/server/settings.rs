//! Every setting, with its environment variable and default. `kakehashi --help` is the reference.

use super::logging::LogFormat;
use crate::http::client_address::parse_network;
use crate::http::public_url::PublicUrl;
use crate::http::rate_limit::RateLimit;
use clap::Args;
use ipnet::IpNet;
use std::net::SocketAddr;

/// Where the registry is kept.
#[derive(Debug, Clone, Args)]
pub struct DatabaseSettings {
    /// `sqlite://FILE` or `postgres://USER@HOST/DATABASE`
    #[arg(
        long = "database-url",
        env = "DATABASE_URL",
        default_value = "sqlite://kakehashi.db",
        hide_env_values = true
    )]
    pub url: String,
    /// The most connections of a pool
    #[arg(long, env = "KAKEHASHI_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub connections: u32,
    /// The longest that a statement of a request may take, in milliseconds
    #[arg(long, env = "KAKEHASHI_STATEMENT_TIMEOUT", default_value_t = 30_000, value_parser = clap::value_parser!(u32).range(1..=3_600_000), value_name = "MS")]
    pub statement_timeout: u32,
}

/// Where the registry may be read.
#[derive(Debug, Clone, Args)]
pub struct ReplicaSettings {
    /// A streaming replica of a PostgreSQL database, for reads; where it lags, they go to the primary
    #[arg(
        id = "replica_url",
        long = "database-replica-url",
        env = "DATABASE_REPLICA_URL",
        hide_env_values = true
    )]
    pub url: Option<String>,
    /// How old, in milliseconds, what is read from the replica may be; for so long it is read when the primary is down
    #[arg(id = "replica_lag", long = "replica-lag", env = "KAKEHASHI_REPLICA_LAG", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(100..=60_000))]
    pub lag: u64,
}

impl ReplicaSettings {
    /// No replica.
    #[must_use]
    pub fn none() -> Self {
        Self { url: None, lag: 1000 }
    }
}

/// The settings of the server.
#[derive(Debug, Clone, Args)]
pub struct ServerSettings {
    /// The address and port to listen on
    #[arg(long, env = "KAKEHASHI_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: std::net::SocketAddr,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseSettings,
    /// The replica.
    #[command(flatten)]
    pub replica: ReplicaSettings,
    /// Leave an empty database empty, instead of filling it with the founding dataset
    #[arg(long, env = "KAKEHASHI_NO_FOUNDING_DATA")]
    pub no_founding_data: bool,
    /// The threads that answer requests; by default one for each core
    #[arg(long, env = "KAKEHASHI_WORKERS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: Option<u16>,
    /// The memory for answers that are given again, in MiB; 0 keeps none
    #[arg(long, env = "KAKEHASHI_CACHE_SIZE", default_value_t = crate::http::response_cache::DEFAULT_CACHE_MIB, value_parser = clap::value_parser!(u32).range(0..=65_536))]
    pub cache_size: u32,
    /// Let webhooks reach addresses that are not public: loopback, private and link-local ones
    #[arg(long, env = "KAKEHASHI_WEBHOOKS_ALLOW_PRIVATE")]
    pub webhooks_allow_private: bool,
    /// Seconds for which SIGTERM lets requests be accepted, while `/health/ready` is 503 already
    #[arg(long, env = "KAKEHASHI_DRAIN", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=3600))]
    pub drain: u16,
    /// How it is operated.
    #[command(flatten)]
    pub operations: OperationSettings,
}

/// How the server is operated: what it tells of itself, and how much it lets callers ask for.
#[derive(Debug, Clone, Default, Args)]
pub struct OperationSettings {
    /// The address and port at which `/metrics` is served, and nowhere else; by default it is served like the rest
    #[arg(long, env = "KAKEHASHI_METRICS_LISTEN", value_name = "ADDRESS")]
    pub metrics_listen: Option<SocketAddr>,
    /// How the log is written: lines for people, or a JSON object a line; `RUST_LOG` decides what is in it
    #[arg(
        long,
        env = "KAKEHASHI_LOG_FORMAT",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "text|json"
    )]
    pub log_format: LogFormat,
    /// From how many milliseconds on a statement is logged as slow; 0 logs none
    #[arg(long, env = "KAKEHASHI_SLOW_QUERY", default_value_t = 500, value_name = "MS")]
    pub slow_query: u32,
    /// The most requests of an address, or `off`; by default 6000/60, from which this machine is free
    #[arg(long, env = "KAKEHASHI_RATE_LIMIT", value_name = "REQUESTS/SECONDS")]
    pub rate_limit: Option<RateLimit>,
    /// The most requests of a key, or `off`; by default 60000/60, from which this machine is free
    #[arg(long, env = "KAKEHASHI_RATE_LIMIT_KEY", value_name = "REQUESTS/SECONDS")]
    pub rate_limit_key: Option<RateLimit>,
    /// The memory for bodies that are being received and worked on, in MiB; by default 64
    #[arg(long, env = "KAKEHASHI_BODY_MEMORY", value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub body_memory: Option<u32>,
    /// The same for those of one address; by default 16
    #[arg(long, env = "KAKEHASHI_BODY_MEMORY_ADDRESS", value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub body_memory_address: Option<u32>,
    /// A network of proxies that are believed when they say who calls, by `Forwarded` or `X-Forwarded-For` (repeatable;
    /// in the environment separated by commas); by default none is
    #[arg(long = "trusted-proxy", env = "KAKEHASHI_TRUSTED_PROXIES", value_delimiter = ',', value_parser = parse_network, value_name = "NETWORK")]
    pub trusted_proxies: Vec<IpNet>,
    /// An address by which the registry is known, `https://registry.example` (repeatable; in the environment separated by
    /// commas): absolute links begin with the one that the caller used, or else with the first; by default with whatever
    /// host the caller named
    #[arg(long = "public-url", env = "KAKEHASHI_PUBLIC_URL", value_delimiter = ',', value_name = "URL")]
    pub public_urls: Vec<PublicUrl>,
    /// How much callers may do at a time.
    #[command(flatten)]
    pub capacities: CapacitySettings,
}

/// How much callers may do at a time. Over it they are told so at once (429, or 503 where everybody is).
#[derive(Debug, Clone, Args)]
pub struct CapacitySettings {
    /// The most requests of an address that are answered at a time
    #[arg(long, env = "KAKEHASHI_REQUESTS_PER_ADDRESS", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=100_000), value_name = "NUMBER")]
    pub requests_per_address: u32,
    /// The most connections of an address, from which trusted proxies are free
    #[arg(long, env = "KAKEHASHI_CONNECTIONS_PER_ADDRESS", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=100_000), value_name = "NUMBER")]
    pub connections_per_address: u32,
    /// The most streams of changes of an address, requests that wait for a change among them
    #[arg(long, env = "KAKEHASHI_STREAMS_PER_ADDRESS", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000), value_name = "NUMBER")]
    pub streams_per_address: u32,
    /// The most imports of a key at a time
    #[arg(long, env = "KAKEHASHI_IMPORTS_PER_KEY", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1000), value_name = "NUMBER")]
    pub imports_per_key: u32,
    /// The most imports of all keys at a time
    #[arg(long, env = "KAKEHASHI_IMPORTS", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1000), value_name = "NUMBER")]
    pub imports: u32,
}

impl Default for CapacitySettings {
    fn default() -> Self {
        Self {
            requests_per_address: 1024,
            connections_per_address: 1024,
            streams_per_address: 64,
            imports_per_key: 4,
            imports: 32,
        }
    }
}
