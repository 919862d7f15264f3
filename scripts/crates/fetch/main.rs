#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let v: serde_json::Value = reqwest::get("https://example.org").await?.json().await?;
    println!("{v}");
    Ok(())
}
