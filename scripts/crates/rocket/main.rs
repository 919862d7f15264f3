#[macro_use]
extern crate rocket;
#[get("/<name>")]
fn hi(name: &str) -> String {
    format!("hi {name}")
}
#[launch]
fn rocket() -> _ {
    rocket::build().mount("/", routes![hi])
}
