#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define RECORD_SIZE    1024

static const struct {
    const char *message_id;
    int priority;
} kinds[LOG_KIND_COUNT] = {
    [LOG_STARTED] = {"50bd0aef6c5a4458b41f1cd11ad98e01", LOG_INFO},
    [LOG_STOPPED] = {"6bbec80a939c49798298078bf8066866", LOG_INFO},
    [LOG_CONNECTED] = {"c22f31f89b8c443fbedfc6656f45c899", LOG_INFO},
    [LOG_DISCONNECTED] = {"9764831dfcab4bd29723f4080ddc2260", LOG_NOTICE},
    [LOG_TASK_BEGUN] = {"6152032ba4724cacb8b4b2a793bfd00d", LOG_NOTICE},
    [LOG_TASK_DONE] = {"d81715887c244b9982f2705c00f96a20", LOG_NOTICE},
    [LOG_TASK_FAILED] = {"065ca92beb6843e1af219589056433a0", LOG_ERR},
    [LOG_OUTPUT] = {"25814784b7ed4a1b9fed0d6bc3eecafa", LOG_INFO},
    [LOG_PARTITION_STARTED] = {"bad742262c7545729ccc960994c4c629", LOG_NOTICE},
    [LOG_SUPERVISOR_LOST] = {"593c817667f54b86a6bbe6367a3891ce", LOG_ERR},
    [LOG_SUPERVISOR_CREATED] = {"623eb9d2287b41b6aaeb860423ffb3c1", LOG_NOTICE},
    [LOG_LAST_RESORT] = {"7287e69b5ded49cca42a85aa700419d0", LOG_CRIT},
    [LOG_PROBLEM] = {"6a3dc57698244113935df9c4f2e77ae8", LOG_WARNING},
};

const char *log_message_id(enum log_kind kind) {
    return kinds[kind].message_id;
}

void log_record(enum log_kind kind, const char *partition, const char *format, ...) {
    char text[RECORD_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (access(JOURNAL_SOCKET, F_OK) != 0) {
        fprintf(stderr, "xhm-agent: %s%s%s\n", partition != NULL ? partition : "", partition != NULL ? ": " : "", text);
        return;
    }
    sd_journal_send("MESSAGE=%s%s%s", partition != NULL ? partition : "", partition != NULL ? ": " : "", text,
                    "MESSAGE_ID=%s", kinds[kind].message_id, "PRIORITY=%d", kinds[kind].priority, "XHM_PARTITION=%s",
                    partition != NULL ? partition : "", "SYSLOG_IDENTIFIER=xhm-agent", NULL);
}
