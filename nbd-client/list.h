/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * Rows of commands, linked through nbd_command.next.  A command is on one
 * list at most.  All of it costs the same however long the list is.
 */

#ifndef NBD_CLIENT_LIST_H
#define NBD_CLIENT_LIST_H

#include <stddef.h>

#include "command.h"

/* All zero is an empty list. */
struct command_list {
  struct nbd_command *first, *last;
};

/* Put it at the end. */
static inline void
list_append (struct command_list *list, struct nbd_command *command)
{
  command->next = NULL;
  if (list->last)
    list->last->next = command;
  else
    list->first = command;
  list->last = command;
}

/* The first command, taken off, or NULL. */
static inline struct nbd_command *
list_pop (struct command_list *list)
{
  struct nbd_command *command = list->first;

  if (command) {
    list->first = command->next;
    if (!list->first)
      list->last = NULL;
    command->next = NULL;
  }
  return command;
}

/* Put all of `front` before all of `list`; `front` is empty afterwards. */
static inline void
list_prepend_all (struct command_list *list, struct command_list *front)
{
  if (!front->first)
    return;
  front->last->next = list->first;
  list->first = front->first;
  if (!list->last)
    list->last = front->last;
  front->first = front->last = NULL;
}

#endif
