#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let c = tonic::transport::Channel::from_static("http://[::1]:50051")
        .connect()
        .await?;
    let _c = c;
    let r = tonic::transport::Server::builder().add_routes(tonic::service::Routes::default());
    r.serve("[::1]:1".parse()?).await?;
    Ok(())
}
