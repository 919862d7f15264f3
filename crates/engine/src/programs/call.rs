//! One call of a program: its arguments, its input and output, and the machine it runs on.

use crate::shell::{Data, Entry, Errno, Exit, Files, Flow, Shell, Stream, Who, is_known};

use super::Flavor;

/// A call of a program.
#[derive(Debug)]
pub struct Call<'c, 's, 'm> {
    /// The process, and the machine behind it.
    pub shell: &'c mut Shell<'s, 'm>,
    /// The name it was called by, then its arguments.
    pub arguments: &'c [String],
    /// Whose implementation it is.
    pub flavor: Flavor,
    /// How it ends; the worst so far.
    pub exit: Exit,
    output: Data,
}

impl<'c, 's, 'm> Call<'c, 's, 'm> {
    pub(super) fn new(
        shell: &'c mut Shell<'s, 'm>,
        arguments: &'c [String],
        flavor: Flavor,
    ) -> Self {
        Self {
            shell,
            arguments,
            flavor,
            exit: Exit::OK,
            output: Data::default(),
        }
    }

    /// The name it was called by.
    pub fn name(&self) -> &str {
        &self.arguments[0]
    }

    /// What follows the name.
    pub fn words(&self) -> &'c [String] {
        &self.arguments[1..]
    }

    /// Takes out what is at a path, with all below it; nothing where there is nothing.
    pub fn remove_all(&mut self, at: &str) {
        if let Ok(entry) = self.stat(at) {
            self.files().remove_tree(&entry.path, &Who::default());
        }
    }

    /// Whether it is busybox's.
    pub fn is_busybox(&self) -> bool {
        self.flavor == Flavor::Busybox
    }

    /// Files.
    pub fn files(&mut self) -> &mut Files {
        &mut self.shell.machine.files
    }

    /// On whose behalf it runs.
    pub fn who(&self) -> Who {
        self.shell.process.who.clone()
    }

    /// Leaves the traces of a program that works in a directory of its own below /tmp.
    pub fn work_in_tmp(&mut self) {
        let who = self.who();
        // There may be none.
        let _ = self.files().touch("/tmp", &who, true);
    }

    /// The user's home directory, as programs find it.
    pub fn home(&self) -> String {
        let home = self.shell.process.variable("HOME");
        home.unwrap_or("/root").to_owned()
    }

    /// A directory that a variable names, or else one below the home directory.
    pub fn directory(&self, variable: &str, at_home: &str) -> String {
        let stated = self.shell.process.variable(variable);
        stated.map_or_else(|| format!("{}/{at_home}", self.home()), str::to_owned)
    }

    /// A path from the working directory.
    pub fn at(&self, path: &str) -> String {
        self.shell.process.absolute(path)
    }

    /// What is at a path, links followed.
    ///
    /// # Errors
    /// As `stat`.
    pub fn stat(&self, path: &str) -> Result<Entry, Errno> {
        check_known(path)?;
        self.shell
            .machine
            .files
            .stat(&self.at(path), &self.shell.process.who)
    }

    /// What is at a path, a link at its end not followed.
    ///
    /// # Errors
    /// As `lstat`.
    pub fn lstat(&self, path: &str) -> Result<Entry, Errno> {
        check_known(path)?;
        self.shell
            .machine
            .files
            .lstat(&self.at(path), &self.shell.process.who)
    }

    /// Whether a path is a directory, links followed.
    pub fn is_directory(&self, path: &str) -> bool {
        self.stat(path).is_ok_and(|entry| entry.node.is_directory())
    }

    /// Whether it is certain that there is nothing at a path.
    pub fn is_missing(&self, path: &str) -> bool {
        matches!(self.stat(path), Err(Errno::NoEntry))
    }

    /// Prints.
    pub fn out(&mut self, text: &str) {
        self.output.push(text.as_bytes());
    }

    /// Prints a line.
    pub fn line(&mut self, text: &str) {
        self.out(text);
        self.out("\n");
    }

    /// Prints data.
    pub fn data(&mut self, data: Data) {
        self.output.append(data);
    }

    /// Hands over what was printed so far.
    ///
    /// # Errors
    /// A limit.
    pub fn flush(&mut self) -> Result<(), Flow> {
        let data = std::mem::take(&mut self.output);
        if data.is_empty() {
            return Ok(());
        }
        let stream = self.shell.process.streams.get(&1).cloned();
        if !self.shell.machine.write(stream.as_ref(), data) {
            self.complain("write error: Bad file descriptor");
            self.exit = Exit::code(1);
        }
        self.shell.machine.count(0)
    }

    /// Says what is wrong, after the program's name.
    pub fn complain(&mut self, message: &str) {
        let text = format!("{}: {message}", self.name());
        self.shell.error(&text);
    }

    /// Says what is wrong and notes that the program fails.
    pub fn fail(&mut self, message: &str) {
        self.complain(message);
        self.exit = Exit::code(1);
    }

    /// Notes that something failed; where it is not known whether, no more is said.
    pub fn problem(&mut self, message: &str, errno: Errno) {
        if errno == Errno::Unknown {
            self.doubt();
        } else {
            self.fail(&format!("{message}: {errno}"));
        }
    }

    /// Notes that it is not known how the program ends.
    pub fn doubt(&mut self) {
        if !self.exit.failed() {
            self.exit = Exit::UNKNOWN;
        }
    }

    /// Ends with a status, having said what is wrong.
    pub fn refuse(&mut self, message: &str, code: u8) -> Exit {
        self.complain(message);
        Exit::code(code)
    }

    /// Ends for a user or group that is not there: with a status, or not known to have failed
    /// where packages may have made it.
    pub fn not_there(&mut self, message: &str, code: u8) -> Exit {
        if self.shell.machine.knows_users() {
            self.refuse(message, code)
        } else {
            Exit::UNKNOWN
        }
    }

    /// All that is left of the input.
    pub fn standard_input(&mut self) -> Data {
        let stream = self.shell.process.streams.get(&0).cloned();
        self.shell.machine.read_all(stream.as_ref())
    }

    /// The content of a file; `-` is the input.
    ///
    /// # Errors
    /// As `open` and `read`.
    pub fn read(&mut self, path: &str) -> Result<Data, Errno> {
        if path == "-" {
            return Ok(self.standard_input());
        }
        check_known(path)?;
        let at = self.at(path);
        match self.shell.machine.files.stat(&at, &self.shell.process.who) {
            Ok(entry) if entry.node.is_directory() => Err(Errno::IsDirectory),
            Err(errno) if !path.starts_with("/dev/fd/") && !path.starts_with("/dev/std") => {
                Err(errno)
            }
            _ => {
                let stream = self.shell.open_input(path)?;
                Ok(self.shell.machine.read_all(Some(&stream)))
            }
        }
    }

    /// The whole of files, one after the other; those that cannot be read are complained of.
    /// Without names it is the input.
    pub fn read_files(&mut self, names: &[String]) -> Data {
        if names.is_empty() {
            return self.standard_input();
        }
        let mut out = Data::default();
        for name in names {
            match self.read(name) {
                Ok(data) => out.append(data),
                Err(errno) => self.problem(name, errno),
            }
        }
        out
    }

    /// Writes a file, as the program's own output file.
    ///
    /// # Errors
    /// As `open`.
    pub fn write(&mut self, path: &str, data: Data) -> Result<(), Errno> {
        if path == "-" {
            self.data(data);
            return Ok(());
        }
        check_known(path)?;
        let stream = self.shell.open_output(path, false)?;
        self.shell.machine.write(Some(&stream), data);
        Ok(())
    }

    /// Writes a program that can be run, and says what is known of it.
    ///
    /// # Errors
    /// As `open`.
    pub fn write_program(
        &mut self,
        path: &str,
        data: Data,
        program: crate::image::Program,
    ) -> Result<(), Errno> {
        self.write_part(path, data, program)?;
        let (at, who) = (self.at(path), self.who());
        self.files().change_mode(&at, 0o755, &who)
    }

    /// Writes a part of a program, and says what is known of it.
    ///
    /// # Errors
    /// As `open`.
    pub fn write_part(
        &mut self,
        path: &str,
        data: Data,
        program: crate::image::Program,
    ) -> Result<(), Errno> {
        self.write(path, data)?;
        let (at, who) = (self.at(path), self.who());
        self.files().set_program(&at, Some(program), &who)
    }

    /// Where a stream leads.
    pub fn stream(&self, number: i32) -> Option<Stream> {
        self.shell.process.streams.get(&number).cloned()
    }

    /// Runs another program; its name is looked up in PATH.
    ///
    /// # Errors
    /// A limit.
    pub fn execute(&mut self, arguments: &[String]) -> Result<Exit, Flow> {
        self.flush()?;
        crate::shell::execute(self.shell, arguments)
    }

    /// What another program prints.
    ///
    /// # Errors
    /// A limit.
    pub fn output_of(&mut self, arguments: &[String]) -> Result<String, Flow> {
        let (stream, buffer) = Stream::buffer();
        let own = self.shell.process.streams.insert(1, stream);
        let done = self.execute(arguments);
        match own {
            Some(own) => self.shell.process.streams.insert(1, own),
            None => self.shell.process.streams.remove(&1),
        };
        done?;
        let text = buffer.borrow().text();
        Ok(text)
    }

    /// The paths that a pattern stands for; `None` where they are too many.
    pub fn glob(&self, pattern: &str) -> Option<Vec<String>> {
        crate::shell::expand_paths(pattern, &self.shell.machine.files, self.shell.process)
    }
}

/// A path of which a part is unknown leads nobody knows where.
fn check_known(path: &str) -> Result<(), Errno> {
    if is_known(path) {
        Ok(())
    } else {
        Err(Errno::Unknown)
    }
}
