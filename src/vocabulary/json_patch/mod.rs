//! JSON Patch (RFC 6902), within bounds that hold while it is applied: a patch of a few bytes must make no document that
//! fills the memory, nests too deep to be read, or takes long.

use crate::error::{Code, Fault, Problem, shortened};
use serde_json::{Number, Value};

/// The most operations of a patch.
pub const MOST_OPERATIONS: usize = 1000;
/// How deep the document may nest.
pub const DEEPEST: usize = 128;
/// How large the document may become, in bytes, unless it is larger already.
pub const LARGEST: usize = 1 << 20;
/// How much the operations may move about in all: bytes, or elements of lists.
const MOST_WORK: usize = 16 * LARGEST;

/// Operations, not yet known to apply.
#[derive(Debug, Clone)]
pub struct JsonPatch(Vec<Operation>);

#[derive(Debug, Clone)]
struct Operation {
    path: String,
    action: Action,
}

#[derive(Debug, Clone)]
enum Action {
    Add(Value),
    Remove,
    Replace(Value),
    Move(String),
    Copy(String),
    Test(Value),
}

impl JsonPatch {
    /// Reads a body. Whether its pointers are pointers shows when it is applied.
    ///
    /// # Errors
    /// 400 when it is no list of operations.
    pub fn read(body: Value) -> Result<Self, Problem> {
        let refused = |reason: String| Problem::new(Code::InvalidPatch).fact("reason", reason);
        let Value::Array(operations) = body else {
            return Err(refused("it is no array of operations".into()));
        };
        let read = |(number, operation): (usize, Value)| {
            read_operation(operation).map_err(|reason| refused(format!("operation {number} {reason}")))
        };
        operations.into_iter().enumerate().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an operation puts something in the place of the whole document.
    #[must_use]
    pub fn replaces_all(&self) -> bool {
        let replaces = |operation: &Operation| {
            operation.path.is_empty() && !matches!(operation.action, Action::Remove | Action::Test(_))
        };
        self.0.iter().any(replaces)
    }

    /// The document that the operations make of this one.
    ///
    /// # Errors
    /// The operation that does not apply, by its number.
    pub fn apply(&self, document: Value) -> Result<Value, Fault> {
        let failed = |number: usize, reason: String| {
            Fault::at(format!("/{number}"), Code::PatchFailed, vec![("reason", reason)])
        };
        if self.0.len() > MOST_OPERATIONS {
            return Err(failed(MOST_OPERATIONS, format!("a patch has at most {MOST_OPERATIONS} operations")));
        }
        let size = Extent::of(&document).size;
        let mut work = Work { document, size, largest: size.max(LARGEST), left: MOST_WORK };
        for (number, operation) in self.0.iter().enumerate() {
            work.run(operation).map_err(|reason| failed(number, reason))?;
        }
        Ok(work.document)
    }
}

fn read_operation(operation: Value) -> Result<Operation, String> {
    let Value::Object(mut members) = operation else { return Err("is no object".into()) };
    let mut text = |name: &str| match members.get_mut(name).map(Value::take) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("has a `{name}` that is no string")),
        None => Err(format!("has no `{name}`")),
    };
    let (op, path) = (text("op")?, text("path")?);
    let from = matches!(op.as_str(), "move" | "copy").then(|| text("from")).transpose()?;
    let value = matches!(op.as_str(), "add" | "replace" | "test");
    let value = value.then(|| members.get_mut("value").map(Value::take).ok_or("has no `value`"));
    let action = match (op.as_str(), from, value.transpose()?) {
        ("add", _, Some(value)) => Action::Add(value),
        ("replace", _, Some(value)) => Action::Replace(value),
        ("test", _, Some(value)) => Action::Test(value),
        ("move", Some(from), _) => Action::Move(from),
        ("copy", Some(from), _) => Action::Copy(from),
        ("remove", ..) => Action::Remove,
        _ => {
            let op = shortened(&op, 50);
            return Err(format!("has an `op` `{op}`: add, remove, replace, move, copy or test"));
        }
    };
    Ok(Operation { path, action })
}

/// How large a value is as JSON, about, and how deep it nests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Extent {
    size: usize,
    depth: usize,
}

impl Extent {
    fn of(value: &Value) -> Self {
        let all = |parts: &mut dyn Iterator<Item = Self>| {
            parts.fold(Self { size: 2, depth: 1 }, |all, part| Self {
                size: all.size + part.size + 1,
                depth: all.depth.max(part.depth + 1),
            })
        };
        let member = |(name, value): (&String, &Value)| {
            let extent = Self::of(value);
            Self { size: extent.size + name.len() + 3, ..extent }
        };
        match value {
            Value::Null | Value::Bool(_) => Self { size: 4, depth: 0 },
            Value::Number(number) => Self { size: digits(number), depth: 0 },
            Value::String(text) => Self { size: text.len() + 2, depth: 0 },
            Value::Array(items) => all(&mut items.iter().map(Self::of)),
            Value::Object(members) => all(&mut members.iter().map(member)),
        }
    }
}

fn digits(number: &Number) -> usize {
    let digits = |whole: u64| whole.checked_ilog10().unwrap_or_default() as usize + 1;
    number.as_u64().map_or(20, digits)
}

/// A document that is being changed.
struct Work {
    document: Value,
    size: usize,
    largest: usize,
    left: usize,
}

type Outcome<T = ()> = Result<T, String>;

impl Work {
    fn run(&mut self, operation: &Operation) -> Outcome {
        let path = tokens(&operation.path)?;
        match &operation.action {
            Action::Add(value) => self.add(&path, value.clone(), Extent::of(value)),
            Action::Remove => self.remove(&path).map(drop),
            Action::Replace(value) => self.replace(&path, value),
            Action::Move(from) => self.shift(&tokens(from)?, &path),
            Action::Copy(from) => {
                let (value, extent) = self.at(&tokens(from)?).map(|value| (value, Extent::of(value)))?;
                if self.size + extent.size > self.largest {
                    return Err(self.too_large());
                }
                let value = value.clone();
                self.spend(extent.size)?;
                self.add(&path, value, extent)
            }
            Action::Test(value) if is_same(self.at(&path)?, value) => Ok(()),
            Action::Test(_) => Err(format!("the value at {} is another", shown(&path))),
        }
    }

    /// Counts what is moved about.
    fn spend(&mut self, work: usize) -> Outcome {
        self.left = self.left.checked_sub(work).ok_or("the operations move or copy too much")?;
        Ok(())
    }

    fn too_large(&self) -> String {
        format!("the record would exceed {} bytes", self.largest)
    }

    fn at(&self, path: &[String]) -> Outcome<&Value> {
        path.iter().try_fold(&self.document, step_into).ok_or_else(|| nothing(path))
    }

    fn at_mut(&mut self, path: &[String]) -> Outcome<&mut Value> {
        path.iter().try_fold(&mut self.document, step_into_mut).ok_or_else(|| nothing(path))
    }

    fn add(&mut self, path: &[String], value: Value, extent: Extent) -> Outcome {
        if path.len() + extent.depth > DEEPEST {
            return Err(format!("the record would nest deeper than {DEEPEST}"));
        }
        let Some((last, above)) = path.split_last() else {
            self.document = value;
            self.size = extent.size;
            return self.fits();
        };
        let (replaced, moved) = match self.at_mut(above)? {
            Value::Object(members) => (members.insert(last.clone(), value), 0),
            Value::Array(items) => {
                let at = if last == "-" { items.len() } else { index(last, items.len() + 1)? };
                items.insert(at, value);
                (None, items.len() - at)
            }
            _ => return Err(nothing(path)),
        };
        self.spend(moved)?;
        self.size += extent.size + last.len() + 4;
        if let Some(replaced) = replaced {
            self.forget(&replaced, last)?;
        }
        self.fits()
    }

    /// Counts that a value of this name is gone.
    fn forget(&mut self, value: &Value, name: &str) -> Outcome<Extent> {
        let extent = Extent::of(value);
        self.spend(extent.size)?;
        self.size = self.size.saturating_sub(extent.size + name.len() + 4);
        Ok(extent)
    }

    fn fits(&self) -> Outcome {
        if self.size > self.largest { Err(self.too_large()) } else { Ok(()) }
    }

    fn remove(&mut self, path: &[String]) -> Outcome<(Value, Extent)> {
        let Some((last, above)) = path.split_last() else {
            return Err("the record itself cannot be removed or moved".into());
        };
        let (value, moved) = match self.at_mut(above)? {
            // Their order means nothing.
            Value::Object(members) => (members.swap_remove(last).ok_or_else(|| nothing(path))?, 0),
            Value::Array(items) => {
                let at = index(last, items.len())?;
                (items.remove(at), items.len() - at)
            }
            _ => return Err(nothing(path)),
        };
        self.spend(moved)?;
        let extent = self.forget(&value, last)?;
        Ok((value, extent))
    }

    fn replace(&mut self, path: &[String], value: &Value) -> Outcome {
        let extent = Extent::of(value);
        if path.len() + extent.depth > DEEPEST {
            return Err(format!("the record would nest deeper than {DEEPEST}"));
        }
        let old = std::mem::replace(self.at_mut(path)?, value.clone());
        self.size += extent.size + 4;
        self.forget(&old, "")?;
        self.fits()
    }

    fn shift(&mut self, from: &[String], path: &[String]) -> Outcome {
        self.at(from)?;
        if from == path {
            return Ok(());
        }
        if path.starts_with(from) {
            return Err("a value cannot be moved into itself".into());
        }
        let (value, extent) = self.remove(from)?;
        self.add(path, value, extent)
    }
}

fn step_into<'a>(value: &'a Value, token: &String) -> Option<&'a Value> {
    match value {
        Value::Object(members) => members.get(token),
        Value::Array(items) => items.get(index(token, items.len()).ok()?),
        _ => None,
    }
}

fn step_into_mut<'a>(value: &'a mut Value, token: &String) -> Option<&'a mut Value> {
    match value {
        Value::Object(members) => members.get_mut(token),
        Value::Array(items) => {
            let at = index(token, items.len()).ok()?;
            items.get_mut(at)
        }
        _ => None,
    }
}

/// The index that a token is, below `end`.
fn index(token: &str, end: usize) -> Outcome<usize> {
    let is_index = token == "0" || !token.starts_with('0') && token.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_index.then(|| token.parse().ok()).flatten().filter(|number| *number < end);
    number.ok_or_else(|| format!("`{}` is no index of the list", shortened(token, 50)))
}

/// The reference tokens of a pointer (RFC 6901).
fn tokens(pointer: &str) -> Outcome<Vec<String>> {
    let wrong = || format!("`{}` is no JSON Pointer", shortened(pointer, 100));
    if pointer.is_empty() {
        return Ok(vec![]);
    }
    let rest = pointer.strip_prefix('/').ok_or_else(wrong)?;
    let is_escaped = |token: &str| token.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
    let token = |token: &str| {
        is_escaped(token).then(|| token.replace("~1", "/").replace("~0", "~")).ok_or_else(wrong)
    };
    rest.split('/').map(token).collect()
}

fn nothing(path: &[String]) -> String {
    format!("there is nothing at {}", shown(path))
}

fn shown(path: &[String]) -> String {
    let mut pointer = String::new();
    for token in path {
        pointer.push('/');
        pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
    }
    format!("`{}`", shortened(&pointer, 100))
}

/// Whether two values are equal as RFC 6902 (4.6) says: numbers numerically.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || !(is_whole(one) && is_whole(other)) && one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has_same =
                |(name, one): (&String, &Value)| other.get(name).is_some_and(|other| is_same(one, other));
            one.len() == other.len() && one.iter().all(has_same)
        }
        _ => one == other,
    }
}

fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64()
}

#[cfg(test)]
mod tests;
