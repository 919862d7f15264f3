use axum::{
    routing::{get, post},
    Json, Router,
};
use serde::{Deserialize, Serialize};
#[derive(Deserialize)]
struct C {
    username: String,
}
#[derive(Serialize)]
struct U {
    id: u64,
    username: String,
}
async fn create(Json(p): Json<C>) -> Json<U> {
    Json(U {
        id: 1,
        username: p.username,
    })
}
#[tokio::main]
async fn main() {
    tracing_subscriber::fmt::init();
    let app = Router::new()
        .route("/", get(|| async { "Hello" }))
        .route("/users", post(create));
    let l = tokio::net::TcpListener::bind("0.0.0.0:3000").await.unwrap();
    tracing::info!("up");
    axum::serve(l, app).await.unwrap();
}
