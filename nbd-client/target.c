/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * From a disk's "params" to a target and from there to its canonical URI.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "field.h"
#include "target.h"
#include "uri.h"

#define EXPORT_NAME ":exportname="

/* Without the format that libxl puts in front. */
static const char *
target_text (const char *params)
{
  if (strncmp (params, "aio:", 4) == 0 || strncmp (params, "raw:", 4) == 0)
    return params + 4;
  return params;
}

bool
nbd_target_is_nbd (const char *params)
{
  static const char *const beginnings[] = { "nbd:", "nbds:", "nbd+", "nbds+" };
  const char *text;

  if (!params)
    return false;
  text = target_text (params);
  for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
    if (strncasecmp (text, beginnings[i], strlen (beginnings[i])) == 0)
      return true;
  }
  return false;
}

/* `text` is what stands after "nbd:" in QEMU's old spelling. */
static int
target_parse_old (const char *text, struct nbd_target *target,
                  struct failure *failure)
{
  const char *name = strstr (text, EXPORT_NAME);
  size_t length = name ? (size_t) (name - text) : strlen (text);

  if (name) {
    name += strlen (EXPORT_NAME);
    if (field_copy ("export name", name, strlen (name), target->export_name,
                    NBD_TARGET_EXPORT_MAX, failure) == -1)
      return -1;
  }
  if (length >= 5 && strncmp (text, "unix:", 5) == 0) {
    target->transport = NBD_TARGET_UNIX;
    return field_socket (target, text + 5, length - 5, failure);
  }
  target->transport = NBD_TARGET_TCP;
  return field_host_port (target, text, length, failure);
}

static int
target_check_text (const char *params, struct failure *failure)
{
  size_t length = strnlen (params, NBD_TARGET_LENGTH_MAX + 1);

  if (length > NBD_TARGET_LENGTH_MAX)
    return failure_set (failure, "the target is longer than %d bytes",
                        NBD_TARGET_LENGTH_MAX);
  for (size_t i = 0; i < length; i++) {
    if ((unsigned char) params[i] < 0x20 || params[i] == 0x7f)
      return failure_set (failure,
                          "the target has a control character (byte %zu)",
                          i + 1);
  }
  if (!nbd_target_is_nbd (params))
    return failure_set (failure, "'%.*s' is not an NBD target (allowed: an NBD"
                        " URI, nbd:unix:PATH, nbd:HOST:PORT)",
                        field_echo (length), params);
  return 0;
}

int
nbd_target_parse (const char *params, struct nbd_target *target,
                  struct failure *failure)
{
  const char *text, *colon;

  memset (target, 0, sizeof *target);
  if (target_check_text (params, failure) == -1)
    return -1;
  text = target_text (params);
  colon = strchr (text, ':');
  if (colon && strncmp (colon, "://", 3) == 0)
    return uri_parse (text, target, failure);
  if (colon == text + 3 && strncasecmp (text, "nbd", 3) == 0)
    return target_parse_old (text + 4, target, failure);
  return failure_set (failure, "'%.*s' lacks '://' after the scheme",
                      field_echo (strlen (text)), text);
}

/* A text being written into the caller's memory. */
struct writer {
  char *out;
  size_t size, used;  /* used > size: it did not fit */
};

static void __attribute__ ((format (printf, 2, 3)))
write_format (struct writer *writer, const char *format, ...)
{
  size_t used = writer->used < writer->size ? writer->used : writer->size;
  va_list args;
  int n;

  va_start (args, format);
  n = vsnprintf (writer->out + used, writer->size - used, format, args);
  va_end (args);
  writer->used += n < 0 ? writer->size : (size_t) n;
}

/* `text` with all bytes escaped that mean something in a URI. */
static void
write_escaped (struct writer *writer, const char *text)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:@,";

  for (; *text; text++) {
    if (strchr (plain, *text))
      write_format (writer, "%c", *text);
    else
      write_format (writer, "%%%02X", (unsigned char) *text);
  }
}

int
nbd_target_format (const struct nbd_target *target, char *out, size_t size)
{
  static const char *const transports[] = {
    [NBD_TARGET_UNIX] = "+unix", [NBD_TARGET_TCP] = "",
    [NBD_TARGET_VSOCK] = "+vsock",
  };
  struct writer writer = { out, size, 0 };

  write_format (&writer, "nbd%s%s://", target->tls ? "s" : "",
                transports[target->transport]);
  if (target->transport == NBD_TARGET_TCP)
    write_format (&writer, strchr (target->host, ':') ? "[%s]" : "%s",
                  target->host);
  if (target->transport == NBD_TARGET_VSOCK)
    write_format (&writer, "%u", target->cid);
  if (target->transport != NBD_TARGET_UNIX && target->port != NBD_TARGET_PORT)
    write_format (&writer, ":%u", target->port);
  write_format (&writer, "/");
  write_escaped (&writer, target->export_name);
  if (target->transport == NBD_TARGET_UNIX) {
    write_format (&writer, "?socket=");
    write_escaped (&writer, target->socket);
  }
  return writer.used < writer.size ? 0 : -1;
}
