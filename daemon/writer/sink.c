#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

/* Where libsystemd sends to; it cannot be asked, and reports success when nobody listens there. */
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

#define MAX_FIELDS 11
#define FIELD_SIZE (XHM_SENTENCE_SIZE + 16)
#define LINE_SIZE  (XHM_SENTENCE_SIZE + 80)

bool sink_has_journal(void) {
    struct stat status;

    return stat(JOURNAL_SOCKET, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* The fields of one journal entry. */
struct fields {
    int count;
    struct iovec vectors[MAX_FIELDS];
    char texts[MAX_FIELDS][FIELD_SIZE];
};

__attribute__((format(printf, 2, 3))) static void add(struct fields *fields, const char *format, ...) {
    char *text = fields->texts[fields->count];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, FIELD_SIZE, format, arguments);
    va_end(arguments);
    fields->vectors[fields->count++] = (struct iovec){.iov_base = text, .iov_len = strlen(text)};
}

static void add_event(struct fields *fields, const struct xhm_record *record) {
    const struct xhm_event *event = &record->event;

    add(fields, "XHM_EVENT=%s", event_catalogue_info(event->kind)->name);
    add(fields, "XHM_SEQUENCE=%" PRIu64, record->sequence);
    if (record->partition[0] != '\0') {
        add(fields, "XHM_PARTITION=%s", record->partition);
    }
    if (record->entity[0] != '\0') {
        add(fields, "XHM_ENTITY=%s", record->entity);
    }
    if (event->domid != XHM_NONE) {
        add(fields, "XHM_DOMID=%" PRIu32, event->domid);
    }
    if ((unsigned)event->fault < XHM_FAULT_COUNT) {
        add(fields, "XHM_FAULT=%s", faults_info(event->fault)->name);
        add(fields, "XHM_FAULT_NUMBER=0x%04" PRIx32, faults_info(event->fault)->number);
    }
    add(fields, "XHM_VALUES=%" PRIu64 " %" PRIu64, event->values[0], event->values[1]);
}

static int tell_journal(const struct xhm_sink_port *sink, const struct xhm_telling *telling) {
    struct fields fields;

    if (!sink_has_journal()) {
        return -ENOENT;
    }
    fields.count = 0;
    add(&fields, "MESSAGE=%s", telling->sentence);
    add(&fields, "MESSAGE_ID=%s", telling->info->message_id);
    add(&fields, "PRIORITY=%d", telling->info->priority);
    if (telling->record != NULL) {
        add_event(&fields, telling->record);
    }
    return sd_journal_sendv(fields.vectors, fields.count);
}

static size_t write_time(char *line, size_t size, uint64_t wall_clock_ns) {
    const time_t seconds = (time_t)(wall_clock_ns / 1000000000u);
    const unsigned milliseconds = (unsigned)(wall_clock_ns / 1000000u % 1000u);
    char text[32] = "";
    struct tm parts;

    if (gmtime_r(&seconds, &parts) == NULL || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts) == 0) {
        return 0;
    }
    return (size_t)snprintf(line, size, "%s.%03uZ ", text, milliseconds);
}

static int tell_line(const struct xhm_sink_port *sink, const struct xhm_telling *telling) {
    char line[LINE_SIZE];
    size_t length = 0;
    size_t written = 0;

    if (telling->record != NULL) {
        length = write_time(line, sizeof(line), telling->record->wall_clock_ns);
        length += (size_t)snprintf(line + length, sizeof(line) - length, "%" PRIu64 " ", telling->record->sequence);
    }
    length += (size_t)snprintf(line + length, sizeof(line) - length, "%s\n", telling->sentence);
    while (written < length) {
        const ssize_t count = write(sink->descriptor, line + written, length - written);

        if (count > 0) {
            written += (size_t)count;
        } else if (count < 0 && errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}

void sink_open_lines(struct xhm_sink_port *sink, int descriptor) {
    *sink = (struct xhm_sink_port){.tell = tell_line, .descriptor = descriptor};
}

static bool open_journal(struct xhm_sink_port *sink, const struct xhm_writer_options *options,
                         char error[XHM_ERROR_SIZE]) {
    *sink = (struct xhm_sink_port){.tell = tell_journal, .descriptor = -1};
    return true;
}

static bool open_stderr(struct xhm_sink_port *sink, const struct xhm_writer_options *options,
                        char error[XHM_ERROR_SIZE]) {
    sink_open_lines(sink, STDERR_FILENO);
    return true;
}

static bool open_file(struct xhm_sink_port *sink, const struct xhm_writer_options *options,
                      char error[XHM_ERROR_SIZE]) {
    const char *path = options->sink_path != NULL ? options->sink_path : "";

    sink_open_lines(sink, open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640));
    sink->owns_descriptor = true;
    if (sink->descriptor < 0) {
        snprintf(error, XHM_ERROR_SIZE, "cannot open %.160s to write events to it: %.60s", path, strerror(errno));
        return false;
    }
    return true;
}

bool sink_open(struct xhm_sink_port *sink, const struct xhm_writer_options *options, char error[XHM_ERROR_SIZE]) {
    static bool (*const open_kind[])(struct xhm_sink_port *, const struct xhm_writer_options *,
                                     char error[XHM_ERROR_SIZE]) = {
        [XHM_SINK_JOURNAL] = open_journal,
        [XHM_SINK_STDERR] = open_stderr,
        [XHM_SINK_FILE] = open_file,
    };

    return open_kind[options->sink](sink, options, error);
}

void sink_close(struct xhm_sink_port *sink) {
    if (sink->owns_descriptor && sink->descriptor >= 0) {
        close(sink->descriptor);
    }
    *sink = (struct xhm_sink_port){.descriptor = -1};
}
