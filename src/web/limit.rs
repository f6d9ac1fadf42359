//! How many requests one address may make.
//!
//! The address is the peer's; only a trusted proxy's `X-Forwarded-For` is
//! believed, read from the right to the first address that is no such proxy.
//! IPv6 counts by /64, which one household has.
//!
//! **Invariant:** a header alone never decides who is limited.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
};

use actix_web::{
    Error, ResponseError,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::HeaderName,
    middleware::Next,
    web,
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use ipnet::IpNet;

use super::problem::Problem;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Requests a second an address may make in the long run.
const A_SECOND: NonZeroU32 = NonZeroU32::new(50).unwrap();
/// Requests at once an address may make after a pause.
const AT_ONCE: NonZeroU32 = NonZeroU32::new(200).unwrap();
/// After how many requests addresses that have been quiet are forgotten.
const SWEEP_EVERY: u64 = 10_000;

/// The limits of one server.
pub struct Limits {
    limiter: Option<DefaultKeyedRateLimiter<IpAddr>>,
    trusted: Vec<IpNet>,
    seen: AtomicU64,
}

impl Limits {
    /// With limits, or without for tests.
    #[must_use]
    pub fn new(on: bool, trusted: Vec<IpNet>) -> Self {
        let quota = Quota::per_second(A_SECOND).allow_burst(AT_ONCE);
        Self { limiter: on.then(|| RateLimiter::keyed(quota)), trusted, seen: AtomicU64::new(0) }
    }

    /// Who is counted for a request from `peer` with that forwarding header.
    #[must_use]
    pub fn client(&self, peer: IpAddr, forwarded: Option<&str>) -> IpAddr {
        let is_trusted = |ip: &IpAddr| self.trusted.iter().any(|net| net.contains(ip));
        let hops = forwarded.unwrap_or("").split(',').rev().map(|hop| hop.trim().parse::<IpAddr>());
        let mut client = peer;
        for hop in hops {
            if !is_trusted(&client) {
                break;
            }
            match hop {
                Ok(ip) => client = ip,
                Err(_) => break,
            }
        }
        household(client)
    }

    /// Counts a request; `Err` with the seconds to wait when there were too many.
    fn count(&self, client: IpAddr) -> Result<(), u64> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if self.seen.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        limiter.check_key(&client).map_err(|until| {
            until.wait_time_from(governor::clock::DefaultClock::default().now()).as_secs() + 1
        })
    }
}

fn household(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        },
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Answers 429 to an address that asks too often.
pub async fn enforce(req: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, Error> {
    let counted = match (req.app_data::<web::Data<Limits>>(), client_of(&req)) {
        (Some(limits), Some(client)) => limits.count(client),
        _ => Ok(()),
    };
    match counted {
        Ok(()) => next.call(req).await,
        Err(seconds) => Ok(req.into_response(Problem::too_many_requests(seconds).error_response())),
    }
}

/// Who asks, as far as an address tells.
#[must_use]
pub fn client_of(req: &ServiceRequest) -> Option<IpAddr> {
    let (limits, peer) = (req.app_data::<web::Data<Limits>>()?, req.peer_addr()?);
    let forwarded = req.headers().get(FORWARDED_FOR).and_then(|value| value.to_str().ok());
    Some(limits.client(peer.ip(), forwarded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_speak_for_others() {
        let limits = Limits::new(true, vec!["10.0.0.0/8".parse().expect("a network")]);
        let table = "
            192.0.2.1 | 198.51.100.7           | 192.0.2.1
            10.0.0.1  | 198.51.100.7           | 198.51.100.7
            10.0.0.1  | 1.2.3.4, 198.51.100.7  | 198.51.100.7
            10.0.0.1  | 198.51.100.7, 10.0.0.2 | 198.51.100.7
            10.0.0.1  | nonsense               | 10.0.0.1
            10.0.0.1  |                        | 10.0.0.1
            2001:db8:1:2:3:4:5:6 |             | 2001:db8:1:2::
            ::ffff:192.0.2.9 |                 | 192.0.2.9";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let peer = cells[0].parse().expect("an address");
            let forwarded = Some(cells[1]).filter(|text| !text.is_empty());
            assert_eq!(limits.client(peer, forwarded).to_string(), cells[2], "{row}");
        }
    }
}
