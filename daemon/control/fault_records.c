// SPDX-License-Identifier: Apache-2.0
#include "fault_records.h"

#include "state.h"

#define FAULT_RECORDS 1024u
#define REASON(name)  XHM__V1__REFUSAL_REASON__REFUSAL_##name

static bool freeze_frame_encode(const struct xhm_freeze_frame *from, struct xhm_arena *arena,
                                Xhm__V1__FaultRecord *to) {
    to->freeze_frame = arena_message(arena, &xhm__v1__freeze_frame__descriptor);
    if (!to->freeze_frame) {
        return false;
    }
    to->freeze_frame->monotonic_ns = from->time_ns;
    to->freeze_frame->policy_hash = from->policy_hash;
    if (from->domid != XHM_NONE) {
        to->freeze_frame->instance_case = XHM__V1__FREEZE_FRAME__INSTANCE_DOMID;
        to->freeze_frame->domid = from->domid;
    }
    to->freeze_frame->n_values = 2;
    to->freeze_frame->values = (uint64_t *)(uintptr_t)from->values;
    return true;
}

static Xhm__V1__FaultRecord *fault_encode(const struct xhm_policy *policy, const struct xhm_fault_record *from,
                                          struct xhm_arena *arena) {
    const enum xhm_fault fault = faults_find(from->number);
    Xhm__V1__FaultRecord *to = arena_message(arena, &xhm__v1__fault_record__descriptor);

    if (!to) {
        return NULL;
    }
    to->fault = from->number;
    if (fault < XHM_FAULT_COUNT) {
        to->fault_name = (char *)(uintptr_t)faults_info(fault)->name;
        to->dtc = policy->dtcs[fault];
    }
    to->partition = (char *)(uintptr_t)from->partition;
    to->entity = (char *)(uintptr_t)from->entity;
    to->active = from->active;
    to->occurrences = from->occurrences;
    to->first_sequence = from->first_sequence;
    to->last_sequence = from->last_sequence;
    to->first_wall_clock_ns = from->first_wall_clock_ns;
    to->last_wall_clock_ns = from->last_wall_clock_ns;
    to->status = from->status;
    to->aging_cycles = from->aging_cycles;
    to->injected = from->injected;
    to->injection_sequence = from->injection_sequence;
    to->injection_wall_clock_ns = from->injection_wall_clock_ns;
    return freeze_frame_encode(&from->freeze_frame, arena, to) ? to : NULL;
}

static bool fault_records_encode(struct xhm_control *control, Xhm__V1__FaultsReply *to) {
    struct xhm_arena *arena = &control->arena;
    struct xhm_fault_record *records = arena_take(arena, FAULT_RECORDS * sizeof(records[0]));
    uint32_t count;

    if (!records) {
        return false;
    }
    count = writer_faults(control->options.writer, records, FAULT_RECORDS);
    to->records = arena_take(arena, count * sizeof(to->records[0]));
    for (uint32_t i = 0; to->records && i < count; i++) {
        if (!(to->records[i] = fault_encode(control_policy(control), &records[i], arena))) {
            return false;
        }
        to->n_records++;
    }
    return to->records != NULL;
}

void fault_records_show(struct peer *peer, const Xhm__V1__ClientMessage *message) {
    struct xhm_control *control = peer->control;
    Xhm__V1__ServerMessage reply = XHM__V1__SERVER_MESSAGE__INIT;
    Xhm__V1__FaultsReply faults = XHM__V1__FAULTS_REPLY__INIT;

    reply.request_id = message->request_id;
    reply.body_case = XHM__V1__SERVER_MESSAGE__BODY_FAULTS;
    reply.faults = &faults;
    faults.degraded = writer_degraded(control->options.writer);
    faults.recovered = control->options.fault_memory_recovered;
    if (!fault_records_encode(control, &faults)) {
        peer_refuse_room(peer, message->request_id, "faults");
        return;
    }
    peer_tell(peer, &reply);
}

/* The fault memory acts on the event, in the order of everything else that is recorded. */
void fault_records_clear(struct peer *peer, const Xhm__V1__ClientMessage *message) {
    struct xhm_control *control = peer->control;
    const Xhm__V1__FaultsClearRequest *clear = message->faults_clear;
    const bool all = clear->partition[0] == '\0';
    const uint32_t partition = all ? XHM_NONE : control_find_partition(control, clear->partition);

    if (!all && partition == XHM_NONE) {
        peer_refuse(peer, message->request_id, REASON(NOT_FOUND), "faults clear: the policy names no partition %.31s",
                    clear->partition);
    } else if (clear->fault != 0 && faults_find(clear->fault) == XHM_FAULT_COUNT) {
        peer_refuse(peer, message->request_id, REASON(NOT_FOUND), "faults clear: there is no fault 0x%04x",
                    clear->fault);
    } else {
        control_record(control, XHM_EVENT_FAULTS_CLEARED, partition, clear->fault,
                       credentials_peer(&peer->credentials));
        peer_accept(peer, message->request_id);
    }
}
