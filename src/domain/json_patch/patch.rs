//! JSON Patch (RFC 6902) with limits on size, depth and work, which hold at every step: a small patch must
//! not make a document that fills the memory, nests too deeply to be read, or takes long.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::Problem;
use crate::util::truncate::truncate;
use serde_json::{Number, Value};

/// The most operations of a patch.
pub const MAX_OPERATIONS: usize = 1000;

/// Deepest nesting of the document.
pub const MAX_DEPTH: usize = 128;

/// Largest size of the document in bytes, unless it is larger already.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// The most work of all operations together: bytes copied or removed, and list items shifted.
const MAX_WORK: usize = 16 * MAX_DOCUMENT_BYTES;

/// A parsed patch. Whether its operations apply is known only when it is applied.
#[derive(Debug, Clone)]
pub struct JsonPatch(Vec<PatchOperation>);

#[derive(Debug, Clone)]
struct PatchOperation {
    path: String,
    action: PatchAction,
}

#[derive(Debug, Clone)]
enum PatchAction {
    Add(Value),
    Remove,
    Replace(Value),
    Move(String),
    Copy(String),
    Test(Value),
}

impl JsonPatch {
    /// Parses the body of a request; pointers are checked only when the patch is applied.
    ///
    /// # Errors
    /// 400 where it is not a list of operations.
    pub fn read(body: Value) -> Result<Self, Problem> {
        let refused = |reason: String| Problem::new(ErrorCode::InvalidPatch).with_arg("reason", reason);
        let Value::Array(operations) = body else {
            return Err(refused("it is no array of operations".into()));
        };
        let read = |(number, operation): (usize, Value)| {
            read_operation(operation).map_err(|reason| refused(format!("operation {number} {reason}")))
        };
        operations.into_iter().enumerate().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an operation replaces the whole document.
    #[must_use]
    pub fn replaces_document(&self) -> bool {
        let replaces = |operation: &PatchOperation| {
            operation.path.is_empty()
                && !matches!(operation.action, PatchAction::Remove | PatchAction::Test(_))
        };
        self.0.iter().any(replaces)
    }

    /// Returns the document with the operations applied.
    ///
    /// # Errors
    /// The first operation that fails, as the pointer `/number`.
    pub fn apply(&self, document: Value) -> Result<Value, Fault> {
        let failed = |number: usize, reason: String| {
            Fault::at_pointer(format!("/{number}"), ErrorCode::PatchFailed, vec![("reason", reason)])
        };
        if self.0.len() > MAX_OPERATIONS {
            return Err(failed(MAX_OPERATIONS, format!("a patch has at most {MAX_OPERATIONS} operations")));
        }
        let size = JsonSize::of(&document).bytes;
        let mut work =
            PatchedDocument { document, size, max_size: size.max(MAX_DOCUMENT_BYTES), work_left: MAX_WORK };
        for (number, operation) in self.0.iter().enumerate() {
            work.apply_operation(operation).map_err(|reason| failed(number, reason))?;
        }
        Ok(work.document)
    }
}

fn read_operation(operation: Value) -> Result<PatchOperation, String> {
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
        ("add", _, Some(value)) => PatchAction::Add(value),
        ("replace", _, Some(value)) => PatchAction::Replace(value),
        ("test", _, Some(value)) => PatchAction::Test(value),
        ("move", Some(from), _) => PatchAction::Move(from),
        ("copy", Some(from), _) => PatchAction::Copy(from),
        ("remove", ..) => PatchAction::Remove,
        _ => {
            let op = truncate(&op, 50);
            return Err(format!("has an `op` `{op}`: add, remove, replace, move, copy or test"));
        }
    };
    Ok(PatchOperation { path, action })
}

/// Approximate size of a value as JSON, in bytes, and its depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct JsonSize {
    bytes: usize,
    depth: usize,
}

impl JsonSize {
    fn of(value: &Value) -> Self {
        let all = |parts: &mut dyn Iterator<Item = Self>| {
            parts.fold(Self { bytes: 2, depth: 1 }, |all, part| Self {
                bytes: all.bytes + part.bytes + 1,
                depth: all.depth.max(part.depth + 1),
            })
        };
        let member = |(name, value): (&String, &Value)| {
            let extent = Self::of(value);
            Self { bytes: extent.bytes + name.len() + 3, ..extent }
        };
        match value {
            Value::Null | Value::Bool(_) => Self { bytes: 4, depth: 0 },
            Value::Number(number) => Self { bytes: number_len(number), depth: 0 },
            Value::String(text) => Self { bytes: text.len() + 2, depth: 0 },
            Value::Array(items) => all(&mut items.iter().map(Self::of)),
            Value::Object(members) => all(&mut members.iter().map(member)),
        }
    }
}

fn number_len(number: &Number) -> usize {
    let digits = |whole: u64| whole.checked_ilog10().unwrap_or_default() as usize + 1;
    number.as_u64().map_or(20, digits)
}

/// The document while operations are applied to it.
struct PatchedDocument {
    document: Value,
    size: usize,
    max_size: usize,
    work_left: usize,
}

type PatchResult<T = ()> = Result<T, String>;

impl PatchedDocument {
    fn apply_operation(&mut self, operation: &PatchOperation) -> PatchResult {
        let path = parse_pointer(&operation.path)?;
        match &operation.action {
            PatchAction::Add(value) => self.add(&path, value.clone(), JsonSize::of(value)),
            PatchAction::Remove => self.remove(&path).map(drop),
            PatchAction::Replace(value) => self.replace(&path, value),
            PatchAction::Move(from) => self.move_value(&parse_pointer(from)?, &path),
            PatchAction::Copy(from) => {
                let (value, extent) =
                    self.value_at(&parse_pointer(from)?).map(|value| (value, JsonSize::of(value)))?;
                if self.size + extent.bytes > self.max_size {
                    return Err(self.too_large_message());
                }
                let value = value.clone();
                self.charge_work(extent.bytes)?;
                self.add(&path, value, extent)
            }
            PatchAction::Test(value) if is_equal(self.value_at(&path)?, value) => Ok(()),
            PatchAction::Test(_) => Err(format!("the value at {} is another", display_pointer(&path))),
        }
    }

    /// Subtracts from the work that is left.
    fn charge_work(&mut self, work: usize) -> PatchResult {
        self.work_left = self.work_left.checked_sub(work).ok_or("the operations move or copy too much")?;
        Ok(())
    }

    fn too_large_message(&self) -> String {
        format!("the record would exceed {} bytes", self.max_size)
    }

    fn value_at(&self, path: &[String]) -> PatchResult<&Value> {
        path.iter().try_fold(&self.document, step_into).ok_or_else(|| not_found_message(path))
    }

    fn value_at_mut(&mut self, path: &[String]) -> PatchResult<&mut Value> {
        path.iter().try_fold(&mut self.document, step_into_mut).ok_or_else(|| not_found_message(path))
    }

    fn add(&mut self, path: &[String], value: Value, extent: JsonSize) -> PatchResult {
        if path.len() + extent.depth > MAX_DEPTH {
            return Err(format!("the record would nest deeper than {MAX_DEPTH}"));
        }
        let Some((last, above)) = path.split_last() else {
            self.document = value;
            self.size = extent.bytes;
            return self.check_size();
        };
        let (replaced, moved) = match self.value_at_mut(above)? {
            Value::Object(members) => (members.insert(last.clone(), value), 0),
            Value::Array(items) => {
                let at = if last == "-" { items.len() } else { parse_index(last, items.len() + 1)? };
                items.insert(at, value);
                (None, items.len() - at)
            }
            _ => return Err(not_found_message(path)),
        };
        self.charge_work(moved)?;
        self.size += extent.bytes + last.len() + 4;
        if let Some(replaced) = replaced {
            self.subtract_size(&replaced, last)?;
        }
        self.check_size()
    }

    /// Subtracts the size of a removed value and its name.
    fn subtract_size(&mut self, value: &Value, name: &str) -> PatchResult<JsonSize> {
        let extent = JsonSize::of(value);
        self.charge_work(extent.bytes)?;
        self.size = self.size.saturating_sub(extent.bytes + name.len() + 4);
        Ok(extent)
    }

    fn check_size(&self) -> PatchResult {
        if self.size > self.max_size { Err(self.too_large_message()) } else { Ok(()) }
    }

    fn remove(&mut self, path: &[String]) -> PatchResult<(Value, JsonSize)> {
        let Some((last, above)) = path.split_last() else {
            return Err("the record itself cannot be removed or moved".into());
        };
        let (value, moved) = match self.value_at_mut(above)? {
            // The order of members has no meaning.
            Value::Object(members) => (members.swap_remove(last).ok_or_else(|| not_found_message(path))?, 0),
            Value::Array(items) => {
                let at = parse_index(last, items.len())?;
                (items.remove(at), items.len() - at)
            }
            _ => return Err(not_found_message(path)),
        };
        self.charge_work(moved)?;
        let extent = self.subtract_size(&value, last)?;
        Ok((value, extent))
    }

    fn replace(&mut self, path: &[String], value: &Value) -> PatchResult {
        let extent = JsonSize::of(value);
        if path.len() + extent.depth > MAX_DEPTH {
            return Err(format!("the record would nest deeper than {MAX_DEPTH}"));
        }
        let old = std::mem::replace(self.value_at_mut(path)?, value.clone());
        self.size += extent.bytes + 4;
        self.subtract_size(&old, "")?;
        self.check_size()
    }

    fn move_value(&mut self, from: &[String], path: &[String]) -> PatchResult {
        self.value_at(from)?;
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
        Value::Array(items) => items.get(parse_index(token, items.len()).ok()?),
        _ => None,
    }
}

fn step_into_mut<'a>(value: &'a mut Value, token: &String) -> Option<&'a mut Value> {
    match value {
        Value::Object(members) => members.get_mut(token),
        Value::Array(items) => {
            let at = parse_index(token, items.len()).ok()?;
            items.get_mut(at)
        }
        _ => None,
    }
}

/// Parses a reference token as an index below `end`.
fn parse_index(token: &str, end: usize) -> PatchResult<usize> {
    let is_index = token == "0" || !token.starts_with('0') && token.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_index.then(|| token.parse().ok()).flatten().filter(|number| *number < end);
    number.ok_or_else(|| format!("`{}` is no index of the list", truncate(token, 50)))
}

/// Returns the reference tokens of a JSON Pointer (RFC 6901).
fn parse_pointer(pointer: &str) -> PatchResult<Vec<String>> {
    let wrong = || format!("`{}` is no JSON Pointer", truncate(pointer, 100));
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

fn not_found_message(path: &[String]) -> String {
    format!("there is nothing at {}", display_pointer(path))
}

fn display_pointer(path: &[String]) -> String {
    let mut pointer = String::new();
    for token in path {
        pointer.push('/');
        pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
    }
    format!("`{}`", truncate(&pointer, 100))
}

/// Whether two values are equal after RFC 6902, section 4.6: numbers are compared numerically.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || !(is_whole(one) && is_whole(other)) && one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has_same =
                |(name, one): (&String, &Value)| other.get(name).is_some_and(|other| is_equal(one, other));
            one.len() == other.len() && one.iter().all(has_same)
        }
        _ => one == other,
    }
}

fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64()
}
