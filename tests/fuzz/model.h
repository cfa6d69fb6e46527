/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What must hold between a guest and a server, whatever lies between them.
 *
 * The model is told what was taken from a ring, what was handed to the NBD
 * client, and what was answered, and knows the disk's and the guest's bytes.
 */

#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "fake-nbd.h"
#include "xenbus/blkif.h"

struct volume;

/* Begin.  Both stay the caller's. */
extern void model_init (const struct volume *volume,
                        const struct nbd_client *client);

/* The request `raw` was taken from ring `queue`. */
extern void model_taken (unsigned queue, const struct blkif_abi *abi,
                         const void *raw);

/* The command was handed over. */
extern void model_submitted (const struct nbd_command *command);

/* This stands on ring `queue` as an answer, for the guest to see. */
extern void model_answered (unsigned queue, uint64_t id, uint8_t operation,
                            int16_t status);

/* Requests taken and not answered. */
extern unsigned model_open (void);

#endif
