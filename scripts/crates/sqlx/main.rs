use sqlx::postgres::PgPoolOptions;
#[tokio::main]
async fn main() -> Result<(), sqlx::Error> {
    dotenvy::dotenv().ok();
    let pool = PgPoolOptions::new()
        .max_connections(5)
        .connect("postgres://a@b/c")
        .await?;
    let row: (i64,) = sqlx::query_as("SELECT $1")
        .bind(150_i64)
        .fetch_one(&pool)
        .await?;
    println!("{} {} {}", row.0, uuid::Uuid::new_v4(), chrono::Utc::now());
    let app = axum::Router::new().route("/", axum::routing::get(|| async { "x" }));
    let l = tokio::net::TcpListener::bind("0.0.0.0:1").await.unwrap();
    axum::serve(l, app).await.unwrap();
    Ok(())
}
