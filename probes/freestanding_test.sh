#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Shows that the probe's core and the bare-metal example need no libc: they compile freestanding for x86-64 and aarch64,
# with gcc and clang, and leave nothing undefined but mem* and what the board itself provides.
set -eu
source_folder=$(cd "$(dirname "$0")" && pwd)
work_folder=$(mktemp -d)
trap 'rm -rf "$work_folder"' EXIT
flags="-std=c17 -ffreestanding -nostdlib -fno-stack-protector -Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Wvla
    -Wmissing-prototypes -Werror"
failures=0
checked=0

check() { # compiler command, optimisation
    for source in core/crc32p4.c core/xhm_probe.c bare_metal/example.c; do
        # shellcheck disable=SC2086
        $1 $flags "$2" -I"$source_folder/abi" -I"$source_folder/core" -c "$source_folder/$source" \
            -o "$work_folder/$(basename "$source" .c).o"
    done
    # A relocatable link resolves what the three files owe each other.
    # shellcheck disable=SC2086
    $1 -nostdlib -r -o "$work_folder/all.o" "$work_folder/crc32p4.o" "$work_folder/xhm_probe.o" "$work_folder/example.o"
    undefined=$($3 -u "$work_folder/all.o" | awk '{ print $2 }' |
        grep -vE '^(memcpy|memset|memmove|memcmp|board_now_ns|board_wait_until)$' || true)
    checked=$((checked + 1))
    if [ -n "$undefined" ]; then
        echo "$1 $2: undefined:" $undefined
        failures=$((failures + 1))
    fi
}

for optimisation in -O0 -O2 -Os; do
    check gcc "$optimisation" nm
    check clang "$optimisation" nm
    check aarch64-linux-gnu-gcc "$optimisation" aarch64-linux-gnu-nm
done
echo "$checked builds checked, $failures with undefined symbols"
[ "$failures" -eq 0 ]
