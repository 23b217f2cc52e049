// SPDX-License-Identifier: Apache-2.0
/* One child process of exec_server: its descriptors, its standard input that waits to be read, its end. */
#ifndef VECU_EXEC_COMMAND_H
#define VECU_EXEC_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct bytes {
    uint8_t *data;
    size_t length;
    size_t capacity;
};

struct command {
    pid_t pid;                              /* 0: none is running */
    int to_stdin, from_stdout, from_stderr; /* -1: closed; nonblocking */
    bool stdin_ended;
    struct bytes input; /* standard input that the command has not read yet */
};

void command_init(struct command *command);

/* Starts the child on three pipes, or on one pseudo-terminal, leading a process group. False with errno on failure. */
bool command_start(struct command *command, char *const arguments[], bool terminal);

/* Keeps standard input for the child; false if it has not read so much that there is no room. */
bool command_input(struct command *command, const uint8_t *data, size_t length);

/* Hands over what the child's standard input takes now, and its end after the last of it. */
void command_feed(struct command *command);

/* Forgets the child, after killing all of its process group if it still runs. */
void command_abandon(struct command *command);

#endif
