/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The functions behind the table in verbs.c, see verbs.h.
 */

#ifndef BRIDGE_VERBS_LIST_H
#define BRIDGE_VERBS_LIST_H

#include "verbs.h"

/* verbs-show.c */
extern bool verb_list (struct verb_call *call, struct disk *disk);
extern bool verb_show (struct verb_call *call, struct disk *disk);
extern bool verb_log_level (struct verb_call *call, struct disk *disk);

/* verbs-attach.c */
extern bool verb_attach (struct verb_call *call, struct disk *disk);
extern bool verb_attach_poll (struct verb_call *call, struct disk *disk);
extern void verb_attach_late (struct verb_call *call, struct disk *disk);
extern bool verb_detach (struct verb_call *call, struct disk *disk);
extern bool verb_detach_poll (struct verb_call *call, struct disk *disk);
extern void verb_detach_late (struct verb_call *call, struct disk *disk);

/* verbs-task.c */
extern bool verb_flush (struct verb_call *call, struct disk *disk);
extern bool verb_flush_poll (struct verb_call *call, struct disk *disk);
extern bool verb_drain (struct verb_call *call, struct disk *disk);
extern bool verb_drain_poll (struct verb_call *call, struct disk *disk);
extern bool verb_resize (struct verb_call *call, struct disk *disk);
extern bool verb_resize_poll (struct verb_call *call, struct disk *disk);

/* verbs-stats.c */
extern bool verb_stats (struct verb_call *call, struct disk *disk);
extern bool verb_stats_poll (struct verb_call *call, struct disk *disk);

/* verbs-tune.c */
extern bool verb_limit (struct verb_call *call, struct disk *disk);
extern bool verb_limit_poll (struct verb_call *call, struct disk *disk);
extern bool verb_policy (struct verb_call *call, struct disk *disk);
extern bool verb_policy_poll (struct verb_call *call, struct disk *disk);
extern bool verb_stop (struct verb_call *call, struct disk *disk);
extern bool verb_resume (struct verb_call *call, struct disk *disk);
extern bool verb_stop_poll (struct verb_call *call, struct disk *disk);

/* Is the disk stopped, why, and by which kind of error? */
extern json_t *verbs_describe_stop (const struct disk *disk);

#endif
