/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * How long tests wait for something: not for seconds of the wall's clock, but
 * for seconds in which nothing of the test ran or wanted to run.
 *
 * On a quiet machine the two are the same.  On one that is slow, or busy with
 * other things, a process that waits for a processor is not late, and the time
 * until it gets one does not count.  A test that hangs is still: its processes
 * sleep, so it ends as soon as ever.  One that spins ends, too, see below.
 *
 * The test's processes are those whose environment has the same D=, the folder
 * of the test, as the caller's, and the caller itself.  What they did is in
 * /proc/PID/task/TID/schedstat: nanoseconds on a processor and nanoseconds in
 * wait for one (Linux, Documentation/scheduler/sched-stats.rst).
 */

#ifndef TESTS_STILLNESS_H
#define TESTS_STILLNESS_H

#include <stdbool.h>

#define STILLNESS_SAMPLE 0.1  /* seconds between two looks, at least; more where
                               * a look takes long */
#define STILLNESS_SHARE  0.02 /* of one processor that looking may take */
#define STILLNESS_MOST   10.0 /* times the seconds, and a minute: a wait never
                               * takes longer, whatever moves */

struct stillness;

/* Begin to wait for `seconds`.  Never NULL: who has no memory is ended. */
extern struct stillness *stillness_new (double seconds);

/* Is it over?  To be called as often as the caller looks for what it waits for;
 * each call is cheap, and not each of them looks at processes.  What comes soon
 * costs no look at all.
 */
extern bool stillness_over (struct stillness *still);

/* NULL is allowed. */
extern void stillness_free (struct stillness *still);

#endif
