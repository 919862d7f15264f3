//! awk's grammar.

use crate::programs::regex::Regex;

/// How deep expressions may be nested.
const MAX_DEPTH: usize = 60;

/// Why a program cannot be run.
#[derive(Debug)]
pub(super) enum Problem {
    /// It is not one.
    Syntax(String),
    /// It uses what is not modelled.
    NotModelled,
}

type Parsed<T> = Result<T, Problem>;

/// A program.
#[derive(Debug, Default)]
pub(super) struct Program {
    /// Patterns with their actions.
    pub(super) rules: Vec<(Pattern, Vec<Statement>)>,
}

/// When an action is done.
#[derive(Debug)]
pub(super) enum Pattern {
    Begin,
    End,
    Always,
    When(Expr),
    Range(Expr, Expr),
}

/// A statement.
#[derive(Debug, Clone)]
pub(super) enum Statement {
    Expr(Expr),
    Print(Vec<Expr>, Option<(String, Expr)>),
    Printf(Vec<Expr>, Option<(String, Expr)>),
    If(Expr, Vec<Self>, Vec<Self>),
    While(Expr, Vec<Self>, bool),
    For(
        Option<Box<Self>>,
        Option<Expr>,
        Option<Box<Self>>,
        Vec<Self>,
    ),
    ForIn(String, String, Vec<Self>),
    Next,
    Exit(Option<Expr>),
    Break,
    Continue,
    Delete(String, Option<Expr>),
}

/// An expression.
#[derive(Debug, Clone)]
pub(super) enum Expr {
    Number(f64),
    Text(String),
    Regex(Regex),
    Variable(String),
    Field(Box<Self>),
    Element(String, Box<Self>),
    In(Box<Self>, String),
    Assign(Box<Self>, char, Box<Self>),
    Step(Box<Self>, f64, bool),
    Not(Box<Self>),
    Negative(Box<Self>),
    Binary(&'static str, Box<Self>, Box<Self>),
    Match(Box<Self>, Box<Self>, bool),
    Choice(Box<Self>, Box<Self>, Box<Self>),
    Join(Box<Self>, Box<Self>),
    Call(String, Vec<Self>),
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(f64),
    Text(String),
    Regex(String),
    Name(String),
    Function(String),
    Symbol(&'static str),
    Newline,
}

const SYMBOLS: [&str; 45] = [
    "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "==", "!=", "<=", ">=", ">>", "!~",
    "{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", "<", ">", "?", ":",
    "~", "$", "=", "|", "**", "\\", "@", "&", "#", "`",
];

const FUNCTIONS: [&str; 16] = [
    "length", "substr", "index", "split", "sub", "gsub", "match", "sprintf", "sin", "cos", "int",
    "sqrt", "tolower", "toupper", "exp", "log",
];

/// Reads a program.
pub(super) fn parse(text: &str) -> Parsed<Program> {
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens,
        at: 0,
        depth: 0,
        no_in: false,
        no_greater: false,
    };
    let mut program = Program::default();
    parser.skip_ends();
    while parser.at < parser.tokens.len() {
        let pattern = match parser.peek() {
            Some(Token::Name(name)) if name == "BEGIN" => {
                parser.at += 1;
                Pattern::Begin
            }
            Some(Token::Name(name)) if name == "END" => {
                parser.at += 1;
                Pattern::End
            }
            Some(Token::Name(name)) if name == "function" || name == "func" => {
                return Err(Problem::NotModelled);
            }
            Some(Token::Symbol("{")) => Pattern::Always,
            _ => {
                let first = parser.expr()?;
                if parser.takes(",") {
                    Pattern::Range(first, parser.expr()?)
                } else {
                    Pattern::When(first)
                }
            }
        };
        let action = if parser.is("{") {
            parser.block()?
        } else {
            vec![Statement::Print(Vec::new(), None)]
        };
        program.rules.push((pattern, action));
        parser.skip_ends();
    }
    Ok(program)
}

fn syntax() -> Problem {
    Problem::Syntax("syntax error in the program".to_owned())
}

fn tokens(text: &str) -> Parsed<Vec<Token>> {
    let chars: Vec<char> = text.chars().collect();
    let mut out: Vec<Token> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let ch = chars[at];
        match ch {
            '\n' => {
                out.push(Token::Newline);
                at += 1;
            }
            '\\' if chars.get(at + 1) == Some(&'\n') => at += 2,
            ch if ch.is_whitespace() => at += 1,
            '#' => {
                while at < chars.len() && chars[at] != '\n' {
                    at += 1;
                }
            }
            '"' => {
                let mut raw = String::new();
                at += 1;
                loop {
                    match chars.get(at) {
                        None => return Err(syntax()),
                        Some('"') => break,
                        Some('\\') => {
                            raw.push('\\');
                            raw.extend(chars.get(at + 1));
                            at += 2;
                        }
                        Some(ch) => {
                            raw.push(*ch);
                            at += 1;
                        }
                    }
                }
                at += 1;
                out.push(Token::Text(super::run::escaped(&raw)));
            }
            '/' if regex_may_follow(out.last()) => {
                let mut raw = String::new();
                at += 1;
                let mut bracket = false;
                loop {
                    match chars.get(at) {
                        None | Some('\n') => return Err(syntax()),
                        Some('/') if !bracket => break,
                        Some('\\') => {
                            if chars.get(at + 1) != Some(&'/') {
                                raw.push('\\');
                            }
                            raw.extend(chars.get(at + 1));
                            at += 2;
                            continue;
                        }
                        Some('[') => bracket = true,
                        Some(']') => bracket = false,
                        Some(_) => {}
                    }
                    raw.push(chars[at]);
                    at += 1;
                }
                at += 1;
                out.push(Token::Regex(raw));
            }
            ch if ch.is_ascii_digit()
                || ch == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit) =>
            {
                let start = at;
                while at < chars.len() && (chars[at].is_ascii_digit() || chars[at] == '.') {
                    at += 1;
                }
                if matches!(chars.get(at), Some('e' | 'E'))
                    && chars
                        .get(at + 1)
                        .is_some_and(|ch| ch.is_ascii_digit() || *ch == '-')
                {
                    at += 2;
                    while at < chars.len() && chars[at].is_ascii_digit() {
                        at += 1;
                    }
                }
                let number: String = chars[start..at].iter().collect();
                out.push(Token::Number(number.parse().map_err(|_| syntax())?));
            }
            ch if ch.is_ascii_alphabetic() || ch == '_' => {
                let start = at;
                while at < chars.len() && (chars[at].is_ascii_alphanumeric() || chars[at] == '_') {
                    at += 1;
                }
                let name: String = chars[start..at].iter().collect();
                if matches!(
                    name.as_str(),
                    "getline"
                        | "system"
                        | "close"
                        | "fflush"
                        | "srand"
                        | "rand"
                        | "strftime"
                        | "systime"
                        | "gensub"
                ) {
                    return Err(Problem::NotModelled);
                }
                out.push(if FUNCTIONS.contains(&name.as_str()) {
                    Token::Function(name)
                } else {
                    Token::Name(name)
                });
            }
            _ => {
                let rest: String = chars[at..chars.len().min(at + 2)].iter().collect();
                let symbol = SYMBOLS
                    .iter()
                    .filter(|symbol| rest.starts_with(**symbol))
                    .max_by_key(|symbol| symbol.len())
                    .ok_or_else(syntax)?;
                at += symbol.len();
                out.push(Token::Symbol(if *symbol == "**" { "^" } else { symbol }));
            }
        }
    }
    Ok(out)
}

fn regex_may_follow(last: Option<&Token>) -> bool {
    !matches!(
        last,
        Some(Token::Number(_) | Token::Text(_) | Token::Name(_) | Token::Symbol(")" | "]" | "$"))
    )
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    no_in: bool,
    no_greater: bool,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Some(Token::Symbol(own)) if *own == symbol)
    }

    fn takes(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        self.at += usize::from(found);
        found
    }

    fn expects(&mut self, symbol: &str) -> Parsed<()> {
        if self.takes(symbol) {
            Ok(())
        } else {
            Err(syntax())
        }
    }

    fn word(&self, name: &str) -> bool {
        matches!(self.peek(), Some(Token::Name(own)) if own == name)
    }

    fn skip_newlines(&mut self) {
        while self.peek() == Some(&Token::Newline) {
            self.at += 1;
        }
    }

    fn skip_ends(&mut self) {
        while self.peek() == Some(&Token::Newline) || self.is(";") {
            self.at += 1;
        }
    }

    fn block(&mut self) -> Parsed<Vec<Statement>> {
        self.expects("{")?;
        let mut out = Vec::new();
        self.skip_ends();
        while !self.takes("}") {
            if self.at >= self.tokens.len() {
                return Err(syntax());
            }
            out.push(self.statement()?);
            self.skip_ends();
        }
        Ok(out)
    }

    fn body(&mut self) -> Parsed<Vec<Statement>> {
        self.skip_newlines();
        if self.is("{") {
            return self.block();
        }
        if self.takes(";") {
            return Ok(Vec::new());
        }
        Ok(vec![self.statement()?])
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            Err(Problem::NotModelled)
        } else {
            Ok(())
        }
    }

    fn statement(&mut self) -> Parsed<Statement> {
        self.deeper()?;
        let out = self.statement_inner();
        self.depth -= 1;
        out
    }

    fn statement_inner(&mut self) -> Parsed<Statement> {
        let name = match self.peek() {
            Some(Token::Name(name)) => name.clone(),
            Some(Token::Symbol("{")) => {
                return Ok(Statement::If(Expr::Number(1.0), self.block()?, Vec::new()));
            }
            _ => String::new(),
        };
        match name.as_str() {
            "print" | "printf" => {
                self.at += 1;
                self.print(name == "printf")
            }
            "if" => {
                self.at += 1;
                self.expects("(")?;
                let condition = self.expr()?;
                self.expects(")")?;
                let then = self.body()?;
                let back = self.at;
                self.skip_ends();
                let otherwise = if self.word("else") {
                    self.at += 1;
                    self.body()?
                } else {
                    self.at = back;
                    Vec::new()
                };
                Ok(Statement::If(condition, then, otherwise))
            }
            "while" => {
                self.at += 1;
                self.expects("(")?;
                let condition = self.expr()?;
                self.expects(")")?;
                Ok(Statement::While(condition, self.body()?, false))
            }
            "do" => {
                self.at += 1;
                let body = self.body()?;
                self.skip_ends();
                if !self.word("while") {
                    return Err(syntax());
                }
                self.at += 1;
                self.expects("(")?;
                let condition = self.expr()?;
                self.expects(")")?;
                Ok(Statement::While(condition, body, true))
            }
            "for" => {
                self.at += 1;
                self.for_loop()
            }
            "next" => {
                self.at += 1;
                Ok(Statement::Next)
            }
            "break" => {
                self.at += 1;
                Ok(Statement::Break)
            }
            "continue" => {
                self.at += 1;
                Ok(Statement::Continue)
            }
            "exit" => {
                self.at += 1;
                let ends = matches!(self.peek(), None | Some(Token::Newline))
                    || self.is(";")
                    || self.is("}");
                Ok(Statement::Exit(if ends {
                    None
                } else {
                    Some(self.expr()?)
                }))
            }
            "delete" => {
                self.at += 1;
                let Some(Token::Name(name)) = self.peek().cloned() else {
                    return Err(syntax());
                };
                self.at += 1;
                let index = if self.takes("[") {
                    let index = self.subscripts()?;
                    Some(index)
                } else {
                    None
                };
                Ok(Statement::Delete(name, index))
            }
            _ => Ok(Statement::Expr(self.expr()?)),
        }
    }

    fn for_loop(&mut self) -> Parsed<Statement> {
        self.expects("(")?;
        if let (Some(Token::Name(name)), Some(Token::Name(word)), Some(Token::Name(array))) = (
            self.tokens.get(self.at),
            self.tokens.get(self.at + 1),
            self.tokens.get(self.at + 2),
        ) && word == "in"
        {
            let (name, array) = (name.clone(), array.clone());
            self.at += 3;
            self.expects(")")?;
            return Ok(Statement::ForIn(name, array, self.body()?));
        }
        let first = if self.is(";") {
            None
        } else {
            Some(Box::new(self.statement()?))
        };
        self.expects(";")?;
        let condition = if self.is(";") {
            None
        } else {
            Some(self.expr()?)
        };
        self.expects(";")?;
        let step = if self.is(")") {
            None
        } else {
            Some(Box::new(self.statement()?))
        };
        self.expects(")")?;
        Ok(Statement::For(first, condition, step, self.body()?))
    }

    fn print(&mut self, formatted: bool) -> Parsed<Statement> {
        let mut arguments = Vec::new();
        let before = std::mem::replace(&mut self.no_greater, true);
        let ends = |parser: &Self| {
            matches!(
                parser.peek(),
                None | Some(Token::Newline | Token::Symbol(";" | "}" | ">" | ">>" | "|"))
            )
        };
        if !ends(self) {
            arguments.push(self.expr()?);
            while self.takes(",") {
                self.skip_newlines();
                arguments.push(self.expr()?);
            }
        }
        // `print(a, b)` is a list in parentheses.
        if let [Expr::Call(name, list)] = arguments.as_slice()
            && name.is_empty()
        {
            arguments = list.clone();
        }
        let target = if self.takes(">") {
            Some((">".to_owned(), self.concatenation()?))
        } else if self.takes(">>") {
            Some((">>".to_owned(), self.concatenation()?))
        } else if self.is("|") {
            return Err(Problem::NotModelled);
        } else {
            None
        };
        self.no_greater = before;
        Ok(if formatted {
            Statement::Printf(arguments, target)
        } else {
            Statement::Print(arguments, target)
        })
    }

    fn expr(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        let out = self.choice();
        self.depth -= 1;
        out
    }

    fn choice(&mut self) -> Parsed<Expr> {
        let left = self.or()?;
        if self.takes("?") {
            self.skip_newlines();
            let then = self.expr()?;
            self.skip_newlines();
            self.expects(":")?;
            self.skip_newlines();
            let otherwise = self.expr()?;
            return Ok(Expr::Choice(
                Box::new(left),
                Box::new(then),
                Box::new(otherwise),
            ));
        }
        for (symbol, operator) in [
            ("=", '='),
            ("+=", '+'),
            ("-=", '-'),
            ("*=", '*'),
            ("/=", '/'),
            ("%=", '%'),
            ("^=", '^'),
        ] {
            if self.is(symbol) {
                if !matches!(left, Expr::Variable(_) | Expr::Field(_) | Expr::Element(..)) {
                    return Err(syntax());
                }
                self.at += 1;
                self.skip_newlines();
                let right = self.expr()?;
                return Ok(Expr::Assign(Box::new(left), operator, Box::new(right)));
            }
        }
        Ok(left)
    }

    fn or(&mut self) -> Parsed<Expr> {
        let mut left = self.and()?;
        while self.takes("||") {
            self.skip_newlines();
            left = Expr::Binary("||", Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expr> {
        let mut left = self.membership()?;
        while self.takes("&&") {
            self.skip_newlines();
            left = Expr::Binary("&&", Box::new(left), Box::new(self.membership()?));
        }
        Ok(left)
    }

    fn membership(&mut self) -> Parsed<Expr> {
        let mut left = self.matching()?;
        while !self.no_in && self.word("in") {
            self.at += 1;
            let Some(Token::Name(name)) = self.peek().cloned() else {
                return Err(syntax());
            };
            self.at += 1;
            left = Expr::In(Box::new(left), name);
        }
        Ok(left)
    }

    fn matching(&mut self) -> Parsed<Expr> {
        let mut left = self.comparison()?;
        loop {
            let wanted = if self.takes("~") {
                true
            } else if self.takes("!~") {
                false
            } else {
                return Ok(left);
            };
            left = Expr::Match(Box::new(left), Box::new(self.comparison()?), wanted);
        }
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let left = self.concatenation()?;
        for symbol in ["<=", ">=", "==", "!=", "<", ">"] {
            if symbol == ">" && self.no_greater {
                continue;
            }
            if self.takes(symbol) {
                return Ok(Expr::Binary(
                    symbol,
                    Box::new(left),
                    Box::new(self.concatenation()?),
                ));
            }
        }
        Ok(left)
    }

    fn concatenation(&mut self) -> Parsed<Expr> {
        let mut left = self.sum()?;
        loop {
            let begins = match self.peek() {
                Some(Token::Number(_) | Token::Text(_) | Token::Function(_) | Token::Regex(_)) => {
                    true
                }
                Some(Token::Name(name)) => name != "in" && name != "else" && name != "while",
                Some(Token::Symbol(symbol)) => matches!(*symbol, "$" | "(" | "!" | "++" | "--"),
                _ => false,
            };
            if !begins {
                return Ok(left);
            }
            left = Expr::Join(Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Parsed<Expr> {
        let mut left = self.product()?;
        loop {
            let operator = if self.takes("+") {
                "+"
            } else if self.takes("-") {
                "-"
            } else {
                return Ok(left);
            };
            left = Expr::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Parsed<Expr> {
        let mut left = self.unary()?;
        loop {
            let operator = if self.takes("*") {
                "*"
            } else if self.takes("/") {
                "/"
            } else if self.takes("%") {
                "%"
            } else {
                return Ok(left);
            };
            left = Expr::Binary(operator, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        let out = if self.takes("!") {
            Ok(Expr::Not(Box::new(self.unary()?)))
        } else if self.takes("-") {
            Ok(Expr::Negative(Box::new(self.unary()?)))
        } else if self.takes("+") {
            Ok(Expr::Binary(
                "+",
                Box::new(Expr::Number(0.0)),
                Box::new(self.unary()?),
            ))
        } else {
            self.power()
        };
        self.depth -= 1;
        out
    }

    fn power(&mut self) -> Parsed<Expr> {
        let left = self.postfix()?;
        if self.takes("^") {
            return Ok(Expr::Binary("^", Box::new(left), Box::new(self.unary()?)));
        }
        Ok(left)
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        for (symbol, step) in [("++", 1.0), ("--", -1.0)] {
            if self.takes(symbol) {
                return Ok(Expr::Step(Box::new(self.primary()?), step, true));
            }
        }
        let operand = self.primary()?;
        let place = matches!(
            operand,
            Expr::Variable(_) | Expr::Field(_) | Expr::Element(..)
        );
        for (symbol, step) in [("++", 1.0), ("--", -1.0)] {
            if place && self.takes(symbol) {
                return Ok(Expr::Step(Box::new(operand), step, false));
            }
        }
        Ok(operand)
    }

    fn subscripts(&mut self) -> Parsed<Expr> {
        let mut index = self.expr()?;
        while self.takes(",") {
            let separator = Expr::Join(Box::new(index), Box::new(Expr::Text("\u{1c}".to_owned())));
            index = Expr::Join(Box::new(separator), Box::new(self.expr()?));
        }
        self.expects("]")?;
        Ok(index)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let token = self.peek().cloned().ok_or_else(syntax)?;
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Regex(text) => Ok(Expr::Regex(
                Regex::new(&text, true, false).map_err(|_| Problem::NotModelled)?,
            )),
            Token::Symbol("$") => {
                let index = if self.is("++") || self.is("--") {
                    self.postfix()?
                } else {
                    self.primary()?
                };
                Ok(Expr::Field(Box::new(index)))
            }
            Token::Symbol("-") => Ok(Expr::Negative(Box::new(self.unary()?))),
            Token::Symbol("!") => Ok(Expr::Not(Box::new(self.unary()?))),
            Token::Symbol("(") => {
                let greater = std::mem::replace(&mut self.no_greater, false);
                let first = self.expr()?;
                let mut list = vec![first];
                while self.takes(",") {
                    self.skip_newlines();
                    list.push(self.expr()?);
                }
                self.expects(")")?;
                self.no_greater = greater;
                if list.len() == 1 {
                    return list.pop().ok_or_else(syntax);
                }
                // A list: `(a, b) in c`, or the arguments of print.
                Ok(Expr::Call(String::new(), list))
            }
            Token::Function(name) => {
                let mut arguments = Vec::new();
                if self.takes("(") {
                    let greater = std::mem::replace(&mut self.no_greater, false);
                    while !self.takes(")") {
                        self.skip_newlines();
                        arguments.push(self.expr()?);
                        self.skip_newlines();
                        if !self.takes(",") && !self.is(")") {
                            return Err(syntax());
                        }
                    }
                    self.no_greater = greater;
                }
                Ok(Expr::Call(name, arguments))
            }
            Token::Name(name) => {
                if self.takes("[") {
                    let index = self.subscripts()?;
                    return Ok(Expr::Element(name, Box::new(index)));
                }
                if self.is("(") {
                    return Err(Problem::NotModelled);
                }
                Ok(Expr::Variable(name))
            }
            _ => Err(syntax()),
        }
    }
}
