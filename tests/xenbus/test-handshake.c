/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What holds for the table whatever the facts are: every combination of them
 * is tried.  How known frontends fare, see test-handshake-walks.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "handshake.h"

#define STEPS_MAX 6 /* actions in a row before there is nothing to do */

typedef struct handshake_facts facts_t;

/* Call `check` with all facts there can be. */
static void
for_all (void (*check) (const facts_t *, enum handshake_action))
{
  unsigned n = 0;

  for (unsigned frontend = 0; frontend < HANDSHAKE_STATES; frontend++)
    for (unsigned own = 0; own < HANDSHAKE_STATES; own++)
      for (unsigned target = 0; target < HANDSHAKE_TARGETS; target++)
        for (unsigned rings = 0; rings < HANDSHAKE_RINGS; rings++)
          for (unsigned flags = 0; flags < 16; flags++) {
            const facts_t facts = {
              .frontend = frontend, .own = own, .target = target,
              .rings = rings, .frontend_gone = flags & 1,
              .online = flags & 2, .unclaimed = flags & 4,
              .broken = flags & 8,
            };

            assert_in_range (handshake_next (&facts), 0, HANDSHAKE_ACTIONS - 1);
            check (&facts, handshake_next (&facts));
            n++;
          }
  assert_int_equal (n, 8 * 8 * 3 * 4 * 16);
}

/* Fail with the facts in the message, so that the case can be found. */
static void
require (bool good, const facts_t *facts, enum handshake_action action)
{
  if (good)
    return;
  fail_msg ("frontend %d%s, own %d, %s, %s, %s, target %d, rings %d: %s",
            facts->frontend, facts->frontend_gone ? " (gone)" : "",
            facts->own, facts->online ? "online" : "offline",
            facts->unclaimed ? "unclaimed" : "claimed",
            facts->broken ? "broken" : "sound", facts->target, facts->rings,
            handshake_action_name (action));
}

static bool
alive (const facts_t *facts)
{
  return !facts->frontend_gone && facts->frontend >= HANDSHAKE_INIT_WAIT &&
         facts->frontend <= HANDSHAKE_CONNECTED;
}

static bool
initialising (const facts_t *facts)
{
  return !facts->frontend_gone && facts->frontend == HANDSHAKE_INITIALISING;
}

/* What is never done. */

static void
check_connect (const facts_t *facts, enum handshake_action action)
{
  if (action == HANDSHAKE_CONNECT)
    require (alive (facts) && !facts->unclaimed && !facts->broken &&
             facts->target == HANDSHAKE_TARGET_OPEN &&
             facts->rings == HANDSHAKE_RINGS_NONE, facts, action);
}

static void
test_connects_only_claimed_open_sound_devices (void **state)
{
  (void) state;
  for_all (check_connect);
}

static void
check_publish (const facts_t *facts, enum handshake_action action)
{
  if (action == HANDSHAKE_PUBLISH)
    require (alive (facts) && !facts->broken &&
             facts->target == HANDSHAKE_TARGET_OPEN &&
             facts->rings == HANDSHAKE_RINGS_CONNECTED, facts, action);
}

static void
test_publishes_only_with_rings_connected (void **state)
{
  (void) state;
  for_all (check_publish);
}

static void
check_offer (const facts_t *facts, enum handshake_action action)
{
  if (action == HANDSHAKE_OFFER)
    require (alive (facts) || initialising (facts), facts, action);
}

static void
test_offers_only_to_frontends_that_are_there (void **state)
{
  (void) state;
  for_all (check_offer);
}

static void
check_offer_online (const facts_t *facts, enum handshake_action action)
{
  if (action == HANDSHAKE_OFFER)
    require (facts->online, facts, action);
}

static void
test_offers_only_what_the_toolstack_wants (void **state)
{
  (void) state;
  for_all (check_offer_online);
}

/* The guest gets its pages back with state Closed. */
static void
check_finish (const facts_t *facts, enum handshake_action action)
{
  if (action == HANDSHAKE_FINISH)
    require (facts->rings == HANDSHAKE_RINGS_NONE &&
             facts->own != HANDSHAKE_CLOSED, facts, action);
}

static void
test_finishes_only_without_rings (void **state)
{
  (void) state;
  for_all (check_finish);
}

static void
check_disconnect (const facts_t *facts, enum handshake_action action)
{
  if (action == HANDSHAKE_DISCONNECT)
    require (!alive (facts) && (facts->rings == HANDSHAKE_RINGS_CONNECTING ||
                                facts->rings == HANDSHAKE_RINGS_CONNECTED),
             facts, action);
}

/* Closing or not: it may still be flushing. */
static void
test_takes_no_rings_from_a_living_frontend (void **state)
{
  (void) state;
  for_all (check_disconnect);
}

static void
check_closing (const facts_t *facts, enum handshake_action action)
{
  if (!facts->frontend_gone && facts->frontend == HANDSHAKE_CLOSING)
    require (action == HANDSHAKE_WAIT || action == HANDSHAKE_CLOSE, facts,
             action);
}

/* OVMF takes anything above 5 for an error then. */
static void
test_closing_frontend_sees_closing_and_no_more (void **state)
{
  (void) state;
  for_all (check_closing);
}

static void
check_coming_up (const facts_t *facts, enum handshake_action action)
{
  if (facts->online && !facts->broken &&
      (initialising (facts) || alive (facts)) &&
      facts->own <= HANDSHAKE_INITIALISED)
    require (action != HANDSHAKE_CLOSE && action != HANDSHAKE_FINISH, facts,
             action);
}

/* Mini-os and OVMF give up when they see a state above 4. */
static void
test_no_closing_while_a_frontend_comes_up (void **state)
{
  (void) state;
  for_all (check_coming_up);
}

/* What comes of it.  An action has several outcomes: the worker may be fast,
 * slow or fail.  They are put into `after`; returns how many there are.
 */
static unsigned
outcomes (const facts_t *facts, enum handshake_action action,
          facts_t after[3])
{
  after[0] = after[1] = after[2] = *facts;
  switch (action) {
  case HANDSHAKE_OFFER:
    after[0].own = HANDSHAKE_INIT_WAIT;
    after[0].broken = false;
    return 1;
  case HANDSHAKE_CONNECT:
    after[0].rings = HANDSHAKE_RINGS_CONNECTED;
    after[1].rings = HANDSHAKE_RINGS_CONNECTING;
    after[2].broken = true;
    return 3;
  case HANDSHAKE_PUBLISH:
    after[0].own = HANDSHAKE_CONNECTED;
    return 1;
  case HANDSHAKE_CLOSE:
    after[0].own = HANDSHAKE_CLOSING;
    return 1;
  case HANDSHAKE_DISCONNECT:
    after[0].rings = HANDSHAKE_RINGS_NONE;
    after[1].rings = HANDSHAKE_RINGS_DISCONNECTING;
    after[2].rings = HANDSHAKE_RINGS_NONE; /* the worker died over it */
    after[2].broken = true;
    return 3;
  case HANDSHAKE_FINISH:
    after[0].own = HANDSHAKE_CLOSED;
    after[0].broken = false;
    return 1;
  default:
    return 0;
  }
}

static void (*check_rest) (const facts_t *);

/* Follow every outcome to where nothing is left to do. */
static void
follow (const facts_t *facts, unsigned steps)
{
  const enum handshake_action action = handshake_next (facts);
  facts_t after[3];
  unsigned n = outcomes (facts, action, after);

  require (n == 0 || steps < STEPS_MAX, facts, action);
  if (n == 0 && check_rest)
    check_rest (facts);
  while (n-- > 0) {
    require (memcmp (&after[n], facts, sizeof *facts) != 0, facts, action);
    follow (&after[n], steps + 1);
  }
}

static void
follow_first (const facts_t *facts, enum handshake_action action)
{
  (void) action;
  follow (facts, 0);
}

static void
test_every_walk_ends (void **state)
{
  (void) state;
  check_rest = NULL;
  for_all (follow_first);
}

static void
rest_of_absent (const facts_t *facts)
{
  if (facts->frontend_gone || facts->frontend == HANDSHAKE_UNKNOWN ||
      facts->frontend == HANDSHAKE_CLOSED)
    require (facts->rings == HANDSHAKE_RINGS_DISCONNECTING ||
             (facts->rings == HANDSHAKE_RINGS_NONE &&
              facts->own == HANDSHAKE_CLOSED), facts, HANDSHAKE_WAIT);
}

static void
test_absent_frontend_ends_in_closed (void **state)
{
  (void) state;
  check_rest = rest_of_absent;
  for_all (follow_first);
}

static void
rest_of_initialising (const facts_t *facts)
{
  if (initialising (facts) && facts->online &&
      facts->rings != HANDSHAKE_RINGS_DISCONNECTING)
    require (facts->own == HANDSHAKE_INIT_WAIT &&
             facts->rings == HANDSHAKE_RINGS_NONE, facts, HANDSHAKE_WAIT);
}

/* Whatever becomes of the target: libxl waits 10 s for just that. */
static void
test_initialising_frontend_ends_in_init_wait (void **state)
{
  (void) state;
  check_rest = rest_of_initialising;
  for_all (follow_first);
}

static void
rest_of_failure (const facts_t *facts)
{
  if (initialising (facts) && facts->online &&
      facts->rings == HANDSHAKE_RINGS_NONE)
    require (!facts->broken, facts, HANDSHAKE_WAIT);
}

/* Else the next connection would be closed for what went wrong before it. */
static void
test_failure_is_forgotten_when_a_frontend_starts_over (void **state)
{
  (void) state;
  check_rest = rest_of_failure;
  for_all (follow_first);
}

static void
rest_of_ready (const facts_t *facts)
{
  if (!facts->frontend_gone && facts->online && !facts->unclaimed &&
      !facts->broken && facts->target == HANDSHAKE_TARGET_OPEN &&
      (facts->frontend == HANDSHAKE_INITIALISED ||
       facts->frontend == HANDSHAKE_CONNECTED) &&
      facts->own < HANDSHAKE_CLOSING &&
      (facts->rings == HANDSHAKE_RINGS_NONE ||
       facts->rings == HANDSHAKE_RINGS_CONNECTED))
    require (facts->own == HANDSHAKE_CONNECTED &&
             facts->rings == HANDSHAKE_RINGS_CONNECTED, facts,
             HANDSHAKE_WAIT);
}

static void
test_ready_frontend_ends_connected (void **state)
{
  (void) state;
  check_rest = rest_of_ready;
  for_all (follow_first);
}

static void
rest_of_broken (const facts_t *facts)
{
  if (facts->broken && alive (facts))
    require (facts->own == HANDSHAKE_CLOSING ||
             facts->own == HANDSHAKE_CLOSED, facts, HANDSHAKE_WAIT);
}

static void
test_broken_frontend_is_told_so (void **state)
{
  (void) state;
  check_rest = rest_of_broken;
  for_all (follow_first);
}

static void
test_every_action_has_a_name (void **state)
{
  (void) state;
  for (unsigned a = 0; a <= HANDSHAKE_ACTIONS; a++)
    for (unsigned b = 0; b < a; b++)
      assert_string_not_equal (handshake_action_name (a),
                               handshake_action_name (b));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_connects_only_claimed_open_sound_devices),
    cmocka_unit_test (test_publishes_only_with_rings_connected),
    cmocka_unit_test (test_offers_only_to_frontends_that_are_there),
    cmocka_unit_test (test_offers_only_what_the_toolstack_wants),
    cmocka_unit_test (test_finishes_only_without_rings),
    cmocka_unit_test (test_takes_no_rings_from_a_living_frontend),
    cmocka_unit_test (test_closing_frontend_sees_closing_and_no_more),
    cmocka_unit_test (test_no_closing_while_a_frontend_comes_up),
    cmocka_unit_test (test_every_walk_ends),
    cmocka_unit_test (test_absent_frontend_ends_in_closed),
    cmocka_unit_test (test_initialising_frontend_ends_in_init_wait),
    cmocka_unit_test (test_failure_is_forgotten_when_a_frontend_starts_over),
    cmocka_unit_test (test_ready_frontend_ends_connected),
    cmocka_unit_test (test_broken_frontend_is_told_so),
    cmocka_unit_test (test_every_action_has_a_name),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
