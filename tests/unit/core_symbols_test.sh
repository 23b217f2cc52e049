#!/bin/sh
# Covers: XHM-CORE-1
# The supervision core stands on nothing: no undefined symbol but mem*, str*, its own and the probe's checksum, and no
# header beyond the freestanding ones, string.h and its own.
#
# usage: core_symbols_test.sh LIBRARY SOURCE_FOLDER
set -eu

library=$1
folder=$2
failed=0

# stack protector and sanitizers are the build's, not the source's
allowed='^(mem|str)[a-z]+$|^xhm_crc32p4$|^__stack_chk_fail$|^_GLOBAL_OFFSET_TABLE_$|^__(asan|ubsan|sanitizer|gcov|llvm)_|^__gcov'

# A thin archive is read by its members; nm prints one "U name" for each use.
symbols=$(nm --defined-only "$library" | awk 'NF == 3 { print $3 }' | sort -u)
[ -n "$symbols" ] || { echo "$library defines nothing"; exit 1; }
for symbol in $(nm --undefined-only "$library" | awk '$1 == "U" { print $2 }' | sort -u); do
    if ! echo "$symbols" | grep -qxF "$symbol" && ! echo "$symbol" | grep -Eq "$allowed"; then
        echo "undefined symbol: $symbol"
        failed=1
    fi
done

for header in $(sed -n 's/^#include <\(.*\)>.*/\1/p' "$folder"/*.c "$folder"/*.h | sort -u); do
    case $header in
    stdint.h | stdbool.h | stddef.h | string.h) ;;
    *)
        echo "includes <$header>: $(grep -l "<$header>" "$folder"/*.c "$folder"/*.h | tr '\n' ' ')"
        failed=1
        ;;
    esac
done

for header in $(sed -n 's/^#include "\(.*\)".*/\1/p' "$folder"/*.c "$folder"/*.h | sort -u); do
    case $header in
    xhm_config.h | xhm_probe_abi.h | crc32p4.h) ;;
    *)
        if [ ! -f "$folder/$header" ]; then
            echo "includes \"$header\", which is not of the core"
            failed=1
        fi
        ;;
    esac
done
exit "$failed"
