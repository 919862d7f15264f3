fn main() -> rusqlite::Result<()> {
    let c = rusqlite::Connection::open("a.db")?;
    c.execute("create table a(b)", ())?;
    let mut s = c.prepare("select b from a")?;
    let r = s.query_map([], |r| r.get::<_, i32>(0))?;
    for x in r {
        println!("{:?}", x);
    }
    Ok(())
}
