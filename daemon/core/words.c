#include "words.h"

#include "outcome.h"

#define WORDS_MAX 12

/* Each table is indexed by the numbers of its enumeration; what has no number has no word. */
static const char *const words[XHM_VOCABULARY_COUNT][WORDS_MAX] = {
    [XHM_WORDS_STATUS] = {[XHM_STATUS_OK] = "OK",
                          [XHM_STATUS_DEACTIVATED] = "DEACTIVATED",
                          [XHM_STATUS_FAILED] = "FAILED",
                          [XHM_STATUS_EXPIRED] = "EXPIRED",
                          [XHM_STATUS_STOPPED] = "STOPPED"},
    [XHM_WORDS_REACTION] = {[XHM_REACTION_REPORT] = "report",
                            [XHM_REACTION_RESTART] = "restart",
                            [XHM_REACTION_STOP] = "stop",
                            [XHM_REACTION_PAUSE] = "pause",
                            [XHM_REACTION_FAIL_OVER] = "fail_over",
                            [XHM_REACTION_SAFE_STATE] = "safe_state",
                            [XHM_REACTION_LAST_RESORT] = "last_resort"},
    [XHM_WORDS_FAULT_CLASS] = {[XHM_CLASS_PRESENCE] = "presence",
                               [XHM_CLASS_ENTITY] = "entity",
                               [XHM_CLASS_PROBE] = "probe",
                               [XHM_CLASS_DEADLINE] = "deadline",
                               [XHM_CLASS_PLACEMENT] = "placement",
                               [XHM_CLASS_MEMORY] = "memory",
                               [XHM_CLASS_LOAD] = "load",
                               [XHM_CLASS_DEVICE] = "device",
                               [XHM_CLASS_RECOVERY] = "recovery",
                               [XHM_CLASS_SUPERVISOR] = "supervisor",
                               [XHM_CLASS_PLATFORM] = "platform"},
    [XHM_WORDS_DISPOSITION] = {[XHM_DISPOSITION_LEAVE] = "leave",
                               [XHM_DISPOSITION_PAUSE] = "pause",
                               [XHM_DISPOSITION_STOP] = "stop",
                               [XHM_DISPOSITION_START] = "start"},
    [XHM_WORDS_SAFE_STATE_CAUSE] = {[XHM_CAUSE_LADDER] = "ladder",
                                    [XHM_CAUSE_REQUEST] = "request",
                                    [XHM_CAUSE_LATCH_UNKNOWN] = "latch_unknown",
                                    [XHM_CAUSE_BOOT_LOOP] = "boot_loop",
                                    [XHM_CAUSE_REMEMBERED] = "remembered"},
    [XHM_WORDS_MODE] = {[XHM_MODE_STARTUP] = "startup",
                        [XHM_MODE_RUN] = "run",
                        [XHM_MODE_SHUTDOWN] = "shutdown",
                        [XHM_MODE_UPDATE] = "update"},
    [XHM_WORDS_LAST_RESORT] = {[XHM_LAST_RESORT_NONE] = "none",
                               [XHM_LAST_RESORT_REBOOT_ECU] = "reboot_ecu",
                               [XHM_LAST_RESORT_RESTART_SUPERVISOR] = "restart_supervisor"},
    [XHM_WORDS_DEVICE_KIND] = {[XHM_DEVICE_VIF] = "vif",
                               [XHM_DEVICE_VBD] = "vbd",
                               [XHM_DEVICE_VFB] = "vfb",
                               [XHM_DEVICE_VKBD] = "vkbd",
                               [XHM_DEVICE_9PFS] = "9pfs",
                               [XHM_DEVICE_VSND] = "vsnd",
                               [XHM_DEVICE_VUSB] = "vusb",
                               [XHM_DEVICE_OTHER] = "other"},
    [XHM_WORDS_POLICY_REFUSAL] = {[XHM_POLICY_UNSIGNED] = "unsigned",
                                  [XHM_POLICY_BAD_ENVELOPE] = "bad_envelope",
                                  [XHM_POLICY_FOREIGN_KEY] = "foreign_key",
                                  [XHM_POLICY_ALTERED] = "altered",
                                  [XHM_POLICY_OTHER_ECU] = "other_ecu",
                                  [XHM_POLICY_OLDER] = "older",
                                  [XHM_POLICY_OTHER_CONTENT] = "other_content",
                                  [XHM_POLICY_UNSOUND] = "unsound",
                                  [XHM_POLICY_DROPS_PAUSED] = "drops_paused"},
};

const char *words_find(enum xhm_vocabulary vocabulary, uint64_t number) {
    return number < WORDS_MAX ? words[vocabulary][number] : NULL;
}
