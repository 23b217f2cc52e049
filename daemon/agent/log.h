/**
 * The agent's records: the journal with a stable MESSAGE_ID per kind, or stderr when there is no journal.
 */
#ifndef XHM_AGENT_LOG_H
#define XHM_AGENT_LOG_H

/** Kinds of record; their MESSAGE_IDs are listed in xhm-agent(8) and never change. */
enum log_kind {
    LOG_STARTED,
    LOG_STOPPED,
    LOG_CONNECTED,
    LOG_DISCONNECTED,
    LOG_TASK_BEGUN,
    LOG_TASK_DONE,
    LOG_TASK_FAILED,
    LOG_OUTPUT,
    LOG_PARTITION_STARTED,
    LOG_SUPERVISOR_LOST,
    LOG_SUPERVISOR_CREATED,
    LOG_LAST_RESORT,
    LOG_PROBLEM,
    LOG_KIND_COUNT,
};

/** Records one sentence about @p partition (NULL: the agent itself). */
void log_record(enum log_kind kind, const char *partition, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The MESSAGE_ID of @p kind. */
const char *log_message_id(enum log_kind kind);

#endif
