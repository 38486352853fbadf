//! What a URL of a signer may be, and for how long it holds.

use crate::Error;

/// A URL as the platform's own parser reads it, so that nobody here reads it in another way.
pub struct ParsedUrl<'a> {
    /// With its colon.
    pub protocol: &'a str,
    /// Scheme, host and port.
    pub origin: &'a str,
    /// Whether it names a user.
    pub has_user: bool,
    /// Whether anything is behind a `#`.
    pub has_fragment: bool,
}

/// Whether a request may be sent there. The browser adds the user's cookies to what goes to the page's own origin, so a signer that is not
/// trusted with the page must not be able to aim it there. Whatever another origin redirects to gets no cookies.
///
/// # Errors
/// [`Error::PresignFailed`] for what is not http or https, names a user, or is of one of the page's `own` origins.
pub fn admit(url: &ParsedUrl<'_>, own: &[String]) -> Result<(), Error> {
    if !matches!(url.protocol, "http:" | "https:") || url.has_user || url.has_fragment {
        return Err(Error::PresignFailed(
            "the presign answer's url is not http or https, or it has a user name or a fragment",
        ));
    }
    if own.iter().any(|origin| origin == url.origin) {
        return Err(Error::PresignFailed(
            "the presign answer's url is of this page's own origin, where requests carry its cookies; storeOnPageOrigin: true allows it",
        ));
    }
    Ok(())
}

/// Seconds for which clocks may differ before a URL is taken for spent.
const SKEW_SECONDS: u64 = 2;

/// Whether a presigned URL says of itself that its time is over; `None` if it says nothing. `now`, in seconds since 1970, is the time of the
/// answer.
pub fn is_over(url: &str, now: u64) -> Option<bool> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let field = |name: &str| {
        let fields = query.split('&').filter_map(|field| field.split_once('='));
        fields.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
    };
    let seconds = |name: &str| field(name)?.parse::<u64>().ok();
    let end = match (field("X-Amz-Date").and_then(instant), seconds("X-Amz-Expires")) {
        (Some(start), Some(lasts)) => Some(start.saturating_add(lasts)),
        // Of signature version 2, in seconds since 1970.
        _ => field("Signature").and_then(|_| seconds("Expires")),
    };
    end.map(|end| end.saturating_add(SKEW_SECONDS) < now)
}

/// Seconds since 1970 of `20261130T153119Z`, and of the same with `-` and `:`, as S3 writes it in documents.
pub fn instant(text: &str) -> Option<u64> {
    let digits: String = text.chars().take(32).filter(|c| !matches!(c, '-' | ':')).collect();
    let (day, time) = digits.split_once('T')?;
    let number = |text: &str, from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    let (year, month, date) = (number(day, 0, 4)?, number(day, 4, 6)?, number(day, 6, 8)?);
    let (hour, minute, second) = (number(time, 0, 2)?, number(time, 2, 4)?, number(time, 4, 6)?);
    if year < 1970 || !(1..=12).contains(&month) {
        return None;
    }
    // Years begin in March, so that the leap day is their last.
    let (year, month) = match month {
        1 | 2 => (year.saturating_sub(1), month.saturating_add(9)),
        _ => (year, month.saturating_sub(3)),
    };
    let leap_days = (year / 4).saturating_sub(year / 100).saturating_add(year / 400);
    let days = year
        .saturating_mul(365)
        .saturating_add(leap_days)
        .saturating_add(month.saturating_mul(153).saturating_add(2) / 5)
        .saturating_add(date)
        .saturating_sub(719_469);
    let hours = days.saturating_mul(24).saturating_add(hour);
    let minutes = hours.saturating_mul(60).saturating_add(minute);
    Some(minutes.saturating_mul(60).saturating_add(second))
}

#[cfg(test)]
mod tests {
    use super::{ParsedUrl, admit, instant, is_over};
    use crate::Error;

    fn url<'a>(protocol: &'a str, origin: &'a str) -> ParsedUrl<'a> {
        let (has_user, has_fragment) = (false, false);
        ParsedUrl {
            protocol,
            origin,
            has_user,
            has_fragment,
        }
    }

    #[test]
    fn a_signer_cannot_aim_the_page_at_its_own_origin() {
        let own = ["https://page.test".to_string()];
        assert_eq!(admit(&url("https:", "https://store.test"), &own), Ok(()));
        assert_eq!(admit(&url("http:", "http://127.0.0.1:1"), &own), Ok(()));
        assert_eq!(admit(&url("https:", "https://page.test"), &[]), Ok(()));
        for refused in [
            url("https:", "https://page.test"),
            url("javascript:", "null"),
            url("data:", "null"),
            url("blob:", "https://store.test"),
            ParsedUrl {
                has_user: true,
                ..url("https:", "https://store.test")
            },
            ParsedUrl {
                has_fragment: true,
                ..url("https:", "https://store.test")
            },
        ] {
            assert!(matches!(admit(&refused, &own), Err(Error::PresignFailed(_))));
        }
    }

    #[test]
    fn instants_are_read() {
        for (text, seconds) in [
            ("19700101T000000Z", 0),
            ("20240229T235959Z", 1_709_251_199),
            ("2024-03-01T00:00:00Z", 1_709_251_200),
            ("20261130T153119Z", 1_796_052_679),
            ("2100-03-01T00:00:00.000Z", 4_107_542_400),
        ] {
            assert_eq!(instant(text), Some(seconds), "{text}");
        }
        for none in [
            "",
            "T",
            "20261130",
            "20261330T000000Z",
            "2026113éT000000Z",
            "Tue, 30 Nov 2026",
        ] {
            assert_eq!(instant(none), None, "{none}");
        }
    }

    #[test]
    fn a_url_tells_when_its_time_is_over() {
        let start = 1_796_052_679;
        let v4 = "https://b.test/k?X-Amz-Date=20261130T153119Z&X-Amz-Expires=300&X-Amz-Signature=0";
        let v2 = format!("https://b.test/k?AWSAccessKeyId=a&Expires={}&Signature=s", start + 300);
        assert_eq!(
            (is_over(v4, start + 299), is_over(v4, start + 310)),
            (Some(false), Some(true))
        );
        assert_eq!(
            (is_over(&v2, start + 299), is_over(&v2, start + 310)),
            (Some(false), Some(true))
        );
        for never in [
            "https://b.test/k",
            "https://b.test/k?Expires=1",
            "https://b.test/k?X-Amz-Date=x&X-Amz-Expires=1",
        ] {
            assert_ne!(is_over(never, u64::MAX), Some(true), "{never}");
        }
    }
}
