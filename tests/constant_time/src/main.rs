//! T01, T02, T03: marks secrets as undefined, runs the engine's comparisons, and lets valgrind report every branch or index that depends on them.
//!
//! `valgrind -q --error-exitcode=9 constant-time MODE` ends with 0 for each mode of ours, and with 9 for `naive`, which leaves the
//! loop at the first difference: without that control, silence would prove nothing. Only x86-64 Linux.

use std::arch::asm;
use std::env::args;
use std::hint::black_box;
use std::process::ExitCode;

use hookseal::probe;

fn main() -> ExitCode {
    let verdict = match args().nth(1).as_deref() {
        Some("equal") => u32::from(probe::equal(&secret::<64>(), &[1; 64])),
        Some("scan") => {
            let keys: Vec<[u8; 32]> = (0..5).map(|_| secret::<32>()).collect();
            probe::scan(&keys, b"message", &[[0; 64], [1; 64], [2; 64]])
        }
        Some("credentials") => {
            let secrets: Vec<[u8; 24]> = (0..5).map(|_| secret::<24>()).collect();
            probe::credentials(&secrets, b"user:a guess of another length")
        }
        Some("hex") => u32::from(probe::hex(&secret::<64>())),
        Some("naive") => u32::from(naive(&secret::<64>(), &[1; 64])),
        _ => return ExitCode::from(2),
    };
    black_box(defined(verdict));
    ExitCode::SUCCESS
}

/// What nobody should write: it stops at the first difference.
#[inline(never)]
fn naive(left: &[u8; 64], right: &[u8; 64]) -> bool {
    left.iter().zip(right).all(|(left, right)| black_box(left) == black_box(right))
}

/// Bytes that valgrind takes for undefined: a decision that depends on them is reported.
fn secret<const N: usize>() -> [u8; N] {
    let mut bytes = [b'a'; N];
    request(MAKE_MEM_UNDEFINED, bytes.as_mut_ptr(), N);
    black_box(bytes)
}

/// A verdict is public once the whole scan is over.
fn defined(mut verdict: u32) -> u32 {
    request(MAKE_MEM_DEFINED, (&raw mut verdict).cast(), size_of::<u32>());
    verdict
}

const MAKE_MEM_UNDEFINED: u64 = 0x4D43_0001;
const MAKE_MEM_DEFINED: u64 = 0x4D43_0002;

/// A client request of valgrind (valgrind.h, amd64): instructions that do nothing on a real processor.
fn request(code: u64, address: *mut u8, length: usize) {
    let arguments: [u64; 6] = [code, address as u64, length as u64, 0, 0, 0];
    // SAFETY: the four rotations add up to 128 bits, so rdi is unchanged, and rbx is exchanged with itself.
    unsafe {
        asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") &arguments,
            inout("rdx") 0_u64 => _,
        );
    }
}
