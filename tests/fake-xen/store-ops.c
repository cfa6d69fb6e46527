/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 */

#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "store.h"

void
request_reply (struct request *r, const void *data, size_t length)
{
  connection_send (r->c, r->type, r->id, r->transaction, data, length);
}

void
request_ok (struct request *r)
{
  request_reply (r, "OK", 3);
}

static void
reply_error (struct request *r, int error)
{
  const char *text = "EINVAL";
  size_t i;

  for (i = 0; i < sizeof xsd_errors / sizeof xsd_errors[0]; i++)
    if (xsd_errors[i].errnum == error)
      text = xsd_errors[i].errstring;
  if (store.have_host)
    fx_count (FX_COUNT_store_refused, 1);
  connection_send (r->c, XS_ERROR, r->id, r->transaction, text,
                   strlen (text) + 1);
}

static bool
valid_path (const char *path)
{
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz"
                                "0123456789-/_@";
  size_t n = strlen (path);

  return n > 0 && n < STORE_PATH_SIZE && strspn (path, allowed) == n &&
         strstr (path, "//") == NULL && (n == 1 || path[n - 1] != '/');
}

int
request_path (struct request *r, const char *text, char *path)
{
  int n;

  if (text[0] == '/')
    n = snprintf (path, STORE_PATH_SIZE, "%s", text);
  else
    n = snprintf (path, STORE_PATH_SIZE, "/local/domain/%u/%s",
                  r->c->domid, text);
  if (n >= (int) STORE_PATH_SIZE || !valid_path (path))
    return EINVAL;
  return 0;
}

/* The request's n-th string as a domain number. */
static int
domid_argument (struct request *r, uint32_t *domid)
{
  char *end;

  if (r->c->domid != 0 && r->type != XS_GET_DOMAIN_PATH)
    return EACCES;
  *domid = strtoul (r->data, &end, 10);
  return end == r->data || *end != '\0' || *domid >= FX_DOMIDS ? EINVAL : 0;
}

static int
do_introduce (struct request *r)
{
  uint32_t domid;
  int error = domid_argument (r, &domid);

  if (error)
    return error;
  domain_introduce (domid);
  request_ok (r);
  watches_fire_special ("@introduceDomain");
  return 0;
}

static int
do_release (struct request *r)
{
  uint32_t domid;
  int error = domid_argument (r, &domid);

  if (error)
    return error;
  if (!domain_introduced (domid))
    return ENOENT;
  domain_release (domid);
  request_ok (r);
  watches_fire_special ("@releaseDomain");
  return 0;
}

static int
do_is_introduced (struct request *r)
{
  uint32_t domid;
  int error = domid_argument (r, &domid);

  if (error)
    return error;
  request_reply (r, domid == 0 || domain_introduced (domid) ? "T" : "F", 2);
  return 0;
}

static int
do_domain_path (struct request *r)
{
  char path[64];
  uint32_t domid;
  int error = domid_argument (r, &domid);

  if (error)
    return error;
  request_reply (r, path,
                 snprintf (path, sizeof path, "/local/domain/%u", domid) + 1);
  return 0;
}

static int
do_nothing (struct request *r)
{
  request_ok (r);
  return 0;
}

static int
do_reset_watches (struct request *r)
{
  watches_free (r->c);
  transactions_free (r->c);
  request_ok (r);
  return 0;
}

/* "outage" SECONDS [lose]: as if xenstored were restarted. */
static int
do_control (struct request *r)
{
  const char *end = r->data + r->length, *seconds, *lose;

  if (r->c->domid != 0)
    return EACCES;
  if (strcmp (r->data, "outage") != 0)
    return EINVAL;
  seconds = r->data + strlen (r->data) + 1;
  if (seconds >= end)
    return EINVAL;
  lose = seconds + strlen (seconds) + 1;
  request_ok (r);
  store_outage (atof (seconds), lose < end && strcmp (lose, "lose") == 0);
  return 0;
}

#define NO_FAULT FX_FAULT_MAX

static const struct {
  int (*run) (struct request *r);
  enum fx_fault fault;
} operations[XS_TYPE_COUNT] = {
  [XS_CONTROL] = { do_control, NO_FAULT },
  [XS_DIRECTORY] = { do_directory, FX_FAULT_store_read },
  [XS_DIRECTORY_PART] = { do_directory_part, NO_FAULT },
  [XS_READ] = { do_read, FX_FAULT_store_read },
  [XS_GET_PERMS] = { do_get_perms, NO_FAULT },
  [XS_WATCH] = { do_watch, FX_FAULT_store_watch },
  [XS_UNWATCH] = { do_unwatch, NO_FAULT },
  [XS_TRANSACTION_START] = { do_transaction_start, NO_FAULT },
  [XS_TRANSACTION_END] = { do_transaction_end, NO_FAULT },
  [XS_INTRODUCE] = { do_introduce, NO_FAULT },
  [XS_RELEASE] = { do_release, NO_FAULT },
  [XS_GET_DOMAIN_PATH] = { do_domain_path, NO_FAULT },
  [XS_WRITE] = { do_write, FX_FAULT_store_write },
  [XS_MKDIR] = { do_mkdir, NO_FAULT },
  [XS_RM] = { do_rm, FX_FAULT_store_rm },
  [XS_SET_PERMS] = { do_set_perms, NO_FAULT },
  [XS_IS_DOMAIN_INTRODUCED] = { do_is_introduced, NO_FAULT },
  [XS_RESUME] = { do_nothing, NO_FAULT },
  [XS_SET_TARGET] = { do_nothing, NO_FAULT },
  [XS_RESET_WATCHES] = { do_reset_watches, NO_FAULT },
};

static int
run (struct request *r)
{
  int error;

  if (r->type >= XS_TYPE_COUNT || operations[r->type].run == NULL)
    return ENOSYS;
  if (r->transaction) {
    r->t = transaction_find (r->c, r->transaction);
    if (r->t == NULL)
      return ENOENT;
    r->root = transaction_root (r->t);
  }
  if (operations[r->type].fault != NO_FAULT && store.have_host &&
      fx_fault (operations[r->type].fault, EIO, &error))
    return error;
  return operations[r->type].run (r);
}

/* The connection has a whole message. */
void
request_run (struct connection *c)
{
  struct request r = {
    .c = c, .root = store.root,
    .type = c->in.header.type, .id = c->in.header.req_id,
    .transaction = c->in.header.tx_id,
    .data = c->in.data, .length = c->in.header.len,
  };
  int error;

  c->in.data[r.length] = '\0';
  if (store.have_host)
    fx_count (FX_COUNT_store_request, 1);
  error = run (&r);
  if (error)
    reply_error (&r, error);
}
