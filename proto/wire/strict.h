/**
 * Refusal of unknown fields.
 */
#ifndef XHM_STRICT_H
#define XHM_STRICT_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/** True when neither @p message nor any message inside it carries a field that the schema does not know. */
bool strict_is_known(const ProtobufCMessage *message);

#endif
