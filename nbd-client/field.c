/* xen-nbdback
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * The fields of a target's text: see field.h.
 */

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "field.h"

int
field_echo (size_t length)
{
  return length < FIELD_ECHO_MAX ? (int) length : FIELD_ECHO_MAX;
}

int
field_copy (const char *what, const char *text, size_t length, char *out,
            size_t max, struct failure *failure)
{
  if (length > max)
    return failure_set (failure, "the %s is longer than %zu bytes", what, max);
  memcpy (out, text, length);
  out[length] = '\0';
  return 0;
}

static int
hex_digit (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/* The byte that the escape at `text` stands for, or -1 if it is broken. */
static int
unescape_byte (const char *text, size_t length)
{
  int high, low;

  if (length < 3)
    return -1;
  high = hex_digit (text[1]);
  low = hex_digit (text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

int
field_unescape (const char *what, const char *text, size_t length, char *out,
                size_t max, struct failure *failure)
{
  size_t n = 0;

  for (size_t i = 0; i < length; i++) {
    int c = (unsigned char) text[i];

    if (c == '%') {
      c = unescape_byte (text + i, length - i);
      if (c < 0)
        return failure_set (failure, "the %s has a bad percent escape '%.*s'"
                            " (allowed: %% and two hex digits)", what,
                            (int) (length - i < 3 ? length - i : 3), text + i);
      if (c < 0x20 || c == 0x7f)
        return failure_set (failure, "the %s has a control character '%.3s'",
                            what, text + i);
      i += 2;
    }
    if (n == max)
      return failure_set (failure, "the %s is longer than %zu bytes", what,
                          max);
    out[n++] = (char) c;
  }
  out[n] = '\0';
  return 0;
}

int
field_number (const char *what, const char *text, size_t length, uint32_t low,
              uint32_t high, uint32_t *out, struct failure *failure)
{
  uint64_t value = 0;
  bool good = length >= 1 && length <= 10;

  for (size_t i = 0; good && i < length; i++) {
    good = text[i] >= '0' && text[i] <= '9';
    value = value * 10 + (uint64_t) (text[i] - '0');
  }
  if (!good || value < low || value > high)
    return failure_set (failure, "the %s '%.*s' is not a number from %u to %u",
                        what, field_echo (length), text, low, high);
  *out = (uint32_t) value;
  return 0;
}

/* Would the resolver take this name for a number?  Its spellings of
 * addresses are many (127.1, 0x7f000001): only the usual one is allowed, or
 * one host could be written in ways that do not compare equal.
 */
static bool
host_is_numeric (const char *host)
{
  const char *dot = strrchr (host, '.');
  const char *last = dot ? dot + 1 : host;

  if (last[0] == '0' && last[1] == 'x')
    return true;
  return last[0] != '\0' && last[strspn (last, "0123456789")] == '\0';
}

int
field_host (struct nbd_target *target, const char *text, size_t length,
            struct failure *failure)
{
  char *host = target->host;
  struct in_addr ipv4;

  if (length == 0)
    return failure_set (failure, "the host is missing");
  if (field_copy ("host", text, length, host, NBD_TARGET_HOST_MAX,
                  failure) == -1)
    return -1;
  for (size_t i = 0; i < length; i++) {
    if (!isascii ((unsigned char) host[i]) ||
        (!isalnum ((unsigned char) host[i]) && !strchr ("-._", host[i])))
      return failure_set (failure, "the host '%.*s' is not a name or address"
                          " (allowed: letters, digits, '-', '.', '_';"
                          " IPv6 in [ ])", field_echo (length), text);
    host[i] = (char) tolower ((unsigned char) host[i]);
  }
  if (host_is_numeric (host) && inet_pton (AF_INET, host, &ipv4) != 1)
    return failure_set (failure, "the host '%.*s' is not an IPv4 address"
                        " (allowed: four numbers from 0 to 255 with dots)",
                        field_echo (length), text);
  return 0;
}

int
field_ipv6 (struct nbd_target *target, const char *text, size_t length,
            struct failure *failure)
{
  struct in6_addr address;
  char literal[INET6_ADDRSTRLEN + 1];

  if (length >= INET6_ADDRSTRLEN ||
      field_copy ("host", text, length, literal, INET6_ADDRSTRLEN,
                  failure) == -1 ||
      inet_pton (AF_INET6, literal, &address) != 1)
    return failure_set (failure, "the host '[%.*s]' is not an IPv6 address",
                        field_echo (length), text);
  /* One host, one text: an IPv4 address in IPv6 clothes is the IPv4 one. */
  if (IN6_IS_ADDR_V4MAPPED (&address))
    inet_ntop (AF_INET, &address.s6_addr[12], target->host,
               sizeof target->host);
  else
    inet_ntop (AF_INET6, &address, target->host, sizeof target->host);
  return 0;
}

int
field_port (struct nbd_target *target, const char *text, size_t length,
            struct failure *failure)
{
  target->port = NBD_TARGET_PORT;
  if (length == 0)
    return 0;
  return field_number ("port", text, length, 1, 65535, &target->port, failure);
}

int
field_host_port (struct nbd_target *target, const char *text, size_t length,
                 struct failure *failure)
{
  const char *end = text + length, *bracket, *colon;

  if (length > 0 && text[0] == '[') {
    bracket = memchr (text, ']', length);
    if (!bracket)
      return failure_set (failure, "the host '%.*s' lacks the closing ']'",
                          field_echo (length), text);
    if (field_ipv6 (target, text + 1, (size_t) (bracket - text) - 1,
                    failure) == -1)
      return -1;
    colon = bracket + 1;
    if (colon < end && *colon != ':')
      return failure_set (failure, "after ']' comes '%.*s' (allowed: ':PORT')",
                          field_echo ((size_t) (end - colon)), colon);
  }
  else {
    colon = memchr (text, ':', length);
    if (!colon)
      colon = end;
    else if (memchr (colon + 1, ':', (size_t) (end - colon) - 1))
      return failure_set (failure, "'%.*s' is not HOST:PORT (an IPv6 address"
                          " stands in [ ])", field_echo (length), text);
    if (field_host (target, text, (size_t) (colon - text), failure) == -1)
      return -1;
  }
  if (colon < end)
    colon++;
  return field_port (target, colon, (size_t) (end - colon), failure);
}

int
field_socket (struct nbd_target *target, const char *text, size_t length,
              struct failure *failure)
{
  size_t n = 0;

  if (length == 0)
    return failure_set (failure, "the socket path is missing");
  if (text[0] != '/')
    return failure_set (failure, "the socket path '%.*s' is not absolute"
                        " (it must begin with '/')", field_echo (length),
                        text);
  for (size_t i = 0; i < length; i++) {
    bool slash = n > 0 && target->socket[n - 1] == '/';

    if (text[i] == '/' && slash)
      continue;
    if (text[i] == '.' && slash && i + 1 < length && text[i + 1] == '/')
      continue;
    if (n == NBD_TARGET_SOCKET_MAX)
      return failure_set (failure, "the socket path is longer than %d bytes",
                          NBD_TARGET_SOCKET_MAX);
    target->socket[n++] = text[i];
  }
  target->socket[n] = '\0';
  return 0;
}
