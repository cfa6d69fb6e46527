/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What devices are called: see device-id.h.
 */

#include <config.h>

#include <string.h>

#include "base/text.h"
#include "device-id.h"
#include "number.h"
#include "xen-public.h"

static const char *const kinds[DEVICE_KINDS] = {
  [DEVICE_VBD]   = "vbd",
  [DEVICE_QDISK] = "qdisk",
  [DEVICE_VBD3]  = "vbd3",
};

const char *
device_kind_name (enum device_kind kind)
{
  return kinds[kind];
}

/* Cut the text at the next slash; the part after it, or NULL. */
static char *
split (char *text)
{
  char *slash = strchr (text, '/');

  if (slash == NULL)
    return NULL;
  *slash = '\0';
  return slash + 1;
}

int
device_id_parse (const char *text, struct device_id *id)
{
  char copy[64], *domid, *devid;
  uint64_t dom, dev;
  unsigned kind;

  if (strlen (text) >= sizeof copy)
    return -1;
  text_copy (copy, sizeof copy, text);
  domid = split (copy);
  devid = domid ? split (domid) : NULL;
  /* A leading zero makes another node of the same number. */
  if (devid == NULL || (domid[0] == '0' && domid[1] != '\0') ||
      (devid[0] == '0' && devid[1] != '\0') ||
      number_parse (domid, XEN_DOMID_MAX, &dom) == -1 ||
      number_parse (devid, UINT32_MAX, &dev) == -1)
    return -1;
  for (kind = 0; kind < DEVICE_KINDS; kind++)
    if (strcmp (copy, kinds[kind]) == 0)
      break;
  if (kind == DEVICE_KINDS)
    return -1;
  id->kind = kind;
  id->domid = dom;
  id->devid = dev;
  return 0;
}

bool
device_id_equal (const struct device_id *a, const struct device_id *b)
{
  return a->kind == b->kind && a->domid == b->domid && a->devid == b->devid;
}
