//! The one way values become JSON text, and no float is lost on it.
//!
//! serde_json writes a float that is NaN or infinite as `null`, and does not say so: the event is
//! stored, and then cannot be read back, or is read as a `None` that nobody wrote. What is stored
//! cannot be changed, so such a value must not get there. The text says whether one may be in it: only
//! if `null` is found is the value walked a second time, by a serializer that writes nothing and
//! refuses such floats. A value without `null` costs the search.
//!
//! serde_path_to_error would tell the path, but loses it within an `Option` and a newtype. Here each
//! level puts its own part before the path when an error passes it.

use std::fmt;

use serde::ser::{self, Serialize, Serializer};
use serde_json::Value;

use crate::event::EncodeError;

/// The value as JSON text. The errors call it `name`.
#[inline]
pub(crate) fn to_json<T: Serialize>(value: &T, name: &'static str) -> Result<String, EncodeError> {
    let json = serde_json::to_string(value).map_err(|error| EncodeError::NoJsonForm {
        name,
        reason: error.to_string(),
    })?;
    if json.contains("null") {
        check(value, name)?;
    }
    Ok(json)
}

/// Looks at every float in the value.
#[inline(never)]
fn check<T: Serialize>(value: &T, name: &'static str) -> Result<(), EncodeError> {
    value.serialize(Check).map_err(|odd| match odd {
        Odd::Float { path, value } => EncodeError::NotFinite { name, path, value },
        Odd::Other(reason) => EncodeError::NoJsonForm { name, reason },
    })
}

/// Visits a value, and writes nothing.
struct Check;

/// Visits the parts of a value.
#[derive(Default)]
struct Parts {
    /// The variant of an enum that they are of.
    variant: Option<&'static str>,
    /// The number of the next, in a list.
    index: usize,
    /// The key of the next, in a map.
    key: String,
}

/// What cannot be written.
#[derive(Debug)]
enum Odd {
    /// A float that is not finite.
    Float { path: String, value: &'static str },
    /// What a type's own `Serialize` said.
    Other(String),
}

impl Odd {
    /// The same, seen from what has it as this part.
    #[cold]
    fn within(self, part: &str) -> Self {
        match self {
            Self::Float { path, value } => {
                let dot = if path.is_empty() || path.starts_with('[') {
                    ""
                } else {
                    "."
                };
                let path = format!("{part}{dot}{path}");
                Self::Float { path, value }
            }
            Self::Other(_) => self,
        }
    }
}

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Float { value, .. } => value,
            Self::Other(reason) => reason,
        })
    }
}

impl std::error::Error for Odd {}

impl ser::Error for Odd {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::Other(reason.to_string())
    }
}

type Checked = Result<(), Odd>;

impl Parts {
    fn of_variant(variant: &'static str) -> Self {
        Self {
            variant: Some(variant),
            ..Self::default()
        }
    }

    #[inline]
    fn part<T: Serialize + ?Sized>(&self, value: &T, name: impl FnOnce() -> String) -> Checked {
        value.serialize(Check).map_err(|odd| {
            let odd = odd.within(&name());
            match self.variant {
                Some(variant) => odd.within(variant),
                None => odd,
            }
        })
    }

    #[inline]
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Checked {
        let index = self.index;
        self.index += 1;
        self.part(value, || format!("[{index}]"))
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Checked {
        self.part(value, || name.to_owned())
    }
}

/// A key as text.
fn text<T: Serialize + ?Sized>(key: &T) -> String {
    match serde_json::to_value(key) {
        Ok(Value::String(key)) => key,
        Ok(key) => key.to_string(),
        Err(_) => "?".to_owned(),
    }
}

/// What holds no float.
macro_rules! fine {
    ($($method:ident($($argument:ty),*))*) => {$(
        #[inline]
        fn $method(self, $(_: $argument),*) -> Checked {
            Ok(())
        }
    )*};
}

/// What has parts.
macro_rules! parts {
    ($($method:ident($($argument:ty),*))*) => {$(
        #[inline]
        fn $method(self, $(_: $argument),*) -> Result<Parts, Odd> {
            Ok(Parts::default())
        }
    )*};
}

impl Serializer for Check {
    type Ok = ();
    type Error = Odd;
    type SerializeSeq = Parts;
    type SerializeTuple = Parts;
    type SerializeTupleStruct = Parts;
    type SerializeTupleVariant = Parts;
    type SerializeMap = Parts;
    type SerializeStruct = Parts;
    type SerializeStructVariant = Parts;

    fine! {
        serialize_bool(bool) serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_i128(i128)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_u128(u128)
        serialize_none() serialize_unit() serialize_unit_struct(&'static str)
        serialize_unit_variant(&'static str, u32, &'static str)
    }

    parts! {
        serialize_seq(Option<usize>)
        serialize_tuple(usize)
        serialize_tuple_struct(&'static str, usize)
        serialize_map(Option<usize>)
        serialize_struct(&'static str, usize)
    }

    #[inline]
    fn serialize_f32(self, value: f32) -> Checked {
        self.serialize_f64(f64::from(value))
    }

    #[inline]
    fn serialize_f64(self, value: f64) -> Checked {
        let value = if value.is_finite() {
            return Ok(());
        } else if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "infinite"
        } else {
            "negative infinite"
        };
        let path = String::new();
        Err(Odd::Float { path, value })
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Checked {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Checked {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Checked {
        value.serialize(self).map_err(|odd| odd.within(variant))
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts, Odd> {
        Ok(Parts::of_variant(variant))
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts, Odd> {
        Ok(Parts::of_variant(variant))
    }

    #[inline]
    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Checked {
        Ok(())
    }
}

/// Items by their number, fields by their name.
macro_rules! visit {
    ($($Trait:ident: $method:ident($($name:ident: $ty:ty)?) => $part:ident;)*) => {$(
        impl ser::$Trait for Parts {
            type Ok = ();
            type Error = Odd;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, $($name: $ty,)? value: &T) -> Checked {
                self.$part($($name,)? value)
            }

            #[inline]
            fn end(self) -> Checked {
                Ok(())
            }
        }
    )*};
}

visit! {
    SerializeSeq: serialize_element() => item;
    SerializeTuple: serialize_element() => item;
    SerializeTupleStruct: serialize_field() => item;
    SerializeTupleVariant: serialize_field() => item;
    SerializeStruct: serialize_field(name: &'static str) => field;
    SerializeStructVariant: serialize_field(name: &'static str) => field;
}

/// serde_json refuses a key that is such a float by itself.
impl ser::SerializeMap for Parts {
    type Ok = ();
    type Error = Odd;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Checked {
        self.key = text(key);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Checked {
        self.part(value, || self.key.clone())
    }

    #[inline]
    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Checked {
        self.part(value, || text(key))
    }

    #[inline]
    fn end(self) -> Checked {
        Ok(())
    }
}
