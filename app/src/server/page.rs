//! The web page, embedded.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::answer::Refusal;

#[derive(RustEmbed)]
#[folder = "../ui/dist"]
struct Assets;

/// A file of the page; the page itself for `/`.
pub async fn asset(uri: Uri) -> Response {
    let path = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    let Some(file) = Assets::get(path) else {
        let message = format!("there is nothing at {}", uri.path());
        return Refusal::new(
            StatusCode::NOT_FOUND,
            message,
            "the page is at /, the API at /api/v1",
        )
        .into_response();
    };
    // Vite puts a hash into the names of all files but the page.
    let caching = match path.starts_with("assets/") {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let mut response = Body::from(file.data.into_owned()).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
