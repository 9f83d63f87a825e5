//! Checked arithmetic for `#[apply(Event += value)]` rules: what leaves the range of a field is a
//! replay error, never a wrapped value.
//!
//! The choice between checked and plain operators is made by the field's type, through autoref
//! specialisation (dtolnay's case study of that name): aliases such as `type Cents = u64` are seen
//! through, and types without checked arithmetic use their own operators.

use std::marker::PhantomData;
use std::time::Duration;

use crate::aggregate::{EvolveError, Rule};

macro_rules! operator {
    ($Checked:ident::$checked:ident, $Via:ident, $Plain:ident, $method:ident, $Assign:ident::$assign:ident, $sign:literal) => {
        #[doc = concat!("Types whose `", $sign, "` in a rule is checked.")]
        ///
        /// Implemented for the standard integers and, where it makes sense, `Duration` and (feature
        /// `rust_decimal`) `Decimal`. Implement it for a type of your own and its rules are checked.
        pub trait $Checked: Sized {
            /// The one type on the right-hand side.
            type Rhs;

            /// The result, or `None` if it is out of range.
            fn $checked(&self, rhs: Self::Rhs) -> Option<Self>;
        }

        /// Chosen where the field's type is checked.
        pub trait $Via<T: $Checked> {
            /// Assigns, or leaves the field alone and answers `None`.
            fn $method(&self, field: &mut T, rhs: T::Rhs) -> Option<()>;
        }

        impl<T: $Checked> $Via<T> for Slot<T> {
            #[inline]
            fn $method(&self, field: &mut T, rhs: T::Rhs) -> Option<()> {
                *field = field.$checked(rhs)?;
                Some(())
            }
        }

        /// Chosen where the field's type has nothing but its own operator.
        pub trait $Plain<T> {
            /// Assigns.
            fn $method<R>(&self, field: &mut T, rhs: R) -> Option<()>
            where
                T: std::ops::$Assign<R>;
        }

        impl<T> $Plain<T> for &Slot<T> {
            #[inline]
            fn $method<R>(&self, field: &mut T, rhs: R) -> Option<()>
            where
                T: std::ops::$Assign<R>,
            {
                std::ops::$Assign::$assign(field, rhs);
                Some(())
            }
        }
    };
}

operator! { CheckedAdd::checked_add, AddVia, AddPlain, add_rule, AddAssign::add_assign, "+=" }
operator! { CheckedSub::checked_sub, SubVia, SubPlain, sub_rule, SubAssign::sub_assign, "-=" }
operator! { CheckedMul::checked_mul, MulVia, MulPlain, mul_rule, MulAssign::mul_assign, "*=" }
operator! { CheckedDiv::checked_div, DivVia, DivPlain, div_rule, DivAssign::div_assign, "/=" }
operator! { CheckedRem::checked_rem, RemVia, RemPlain, rem_rule, RemAssign::rem_assign, "%=" }
operator! { CheckedShl::checked_shl, ShlVia, ShlPlain, shl_rule, ShlAssign::shl_assign, "<<=" }
operator! { CheckedShr::checked_shr, ShrVia, ShrPlain, shr_rule, ShrAssign::shr_assign, ">>=" }

/// Stands for a field's type while its operator is chosen.
#[derive(Debug)]
pub struct Slot<T>(PhantomData<fn() -> T>);

/// The slot of a field.
#[inline]
pub fn slot<T>(_: &T) -> Slot<T> {
    Slot(PhantomData)
}

/// Names the rule if its arithmetic left the range.
///
/// # Errors
/// [`EvolveError::Overflow`] for `None`.
#[inline]
pub fn in_range(result: Option<()>, rule: &'static Rule) -> Result<(), EvolveError> {
    result.ok_or(EvolveError::Overflow(rule))
}

/// Runs a `|field, event|` rule; gives the closure's arguments their types.
#[inline]
pub fn run<F, E>(field: &mut F, event: &E, rule: impl FnOnce(&mut F, &E)) {
    rule(field, event);
}

macro_rules! checked {
    ($Type:ty, $Rhs:ty: $($Checked:ident::$checked:ident)+) => {$(
        impl $Checked for $Type {
            type Rhs = $Rhs;

            #[inline]
            fn $checked(&self, rhs: $Rhs) -> Option<Self> {
                <$Type>::$checked(*self, rhs)
            }
        }
    )+};
}

macro_rules! integers {
    ($($Int:ty)+) => {$(
        checked!($Int, $Int: CheckedAdd::checked_add CheckedSub::checked_sub CheckedMul::checked_mul
            CheckedDiv::checked_div CheckedRem::checked_rem);
        checked!($Int, u32: CheckedShl::checked_shl CheckedShr::checked_shr);
    )+};
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);
checked!(Duration, Duration: CheckedAdd::checked_add CheckedSub::checked_sub);
checked!(Duration, u32: CheckedMul::checked_mul CheckedDiv::checked_div);

#[cfg(feature = "rust_decimal")]
checked!(rust_decimal::Decimal, rust_decimal::Decimal: CheckedAdd::checked_add CheckedSub::checked_sub
    CheckedMul::checked_mul CheckedDiv::checked_div CheckedRem::checked_rem);
