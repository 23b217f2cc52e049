#include "announcement.h"

size_t announcement_parse_decimal(const char *text, size_t length, uint64_t maximum, uint64_t *value) {
    uint64_t result = 0;
    size_t used = 0;

    for (; used < length && text[used] >= '0' && text[used] <= '9'; used++) {
        const uint64_t digit = (uint64_t)(text[used] - '0');

        if (digit > maximum || result > (maximum - digit) / 10) {
            return 0;
        }
        result = result * 10 + digit;
    }
    if (used > 0) {
        *value = result;
    }
    return used;
}

struct xhm_announcement announcement_parse(const char *text, size_t length) {
    const struct xhm_announcement malformed = {.kind = XHM_ANNOUNCEMENT_MALFORMED};
    uint64_t reference = 0;
    uint64_t epoch = 0;
    const size_t reference_length = announcement_parse_decimal(text, length, UINT32_MAX, &reference);

    if (reference_length == 0 || reference_length == length || text[reference_length] != ' ') {
        return malformed;
    }

    const size_t epoch_start = reference_length + 1;
    const size_t epoch_length =
        announcement_parse_decimal(text + epoch_start, length - epoch_start, UINT64_MAX, &epoch);

    if (epoch_length == 0 || epoch_start + epoch_length != length) {
        return malformed;
    }
    return (struct xhm_announcement){
        .kind = XHM_ANNOUNCEMENT_GRANT,
        .grant_reference = (uint32_t)reference,
        .epoch = epoch,
    };
}

bool announcement_equals(const struct xhm_announcement *left, const struct xhm_announcement *right) {
    return left->kind == right->kind && left->grant_reference == right->grant_reference && left->epoch == right->epoch;
}
