/**
 * Where events are told: one implementation for the journal, one for readable lines.
 */
#ifndef XHM_WRITER_SINK_H
#define XHM_WRITER_SINK_H

#include "event_catalogue.h"
#include "platform.h"
#include "writer.h"

/** Something to tell: an event, or a sentence that is none. */
struct xhm_telling {
    const struct xhm_event_info *info;
    const struct xhm_record *record; /**< NULL: a sentence only */
    const char *sentence;
};

/** An opened sink. */
struct xhm_sink_port {
    /** Tells it; can wait. @return 0 or -errno */
    int (*tell)(const struct xhm_sink_port *sink, const struct xhm_telling *telling);
    int descriptor;
    bool owns_descriptor;
};

/** Opens the sink that @p options name. @return false with a sentence in @p error */
bool sink_open(struct xhm_sink_port *sink, const struct xhm_writer_options *options, char error[XHM_ERROR_SIZE]);

/** A sink of readable lines on an open descriptor, which stays the caller's. */
void sink_open_lines(struct xhm_sink_port *sink, int descriptor);

/** True when somebody takes what is sent to the journal. */
bool sink_has_journal(void);

/** Closes; a sink of zeros is allowed. */
void sink_close(struct xhm_sink_port *sink);

#endif
