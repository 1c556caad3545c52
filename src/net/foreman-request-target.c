/* SPDX-License-Identifier: MIT */
/* The grammar inside a request line and a Host field: pure functions over bytes. */
#include "net/foreman-request-target-private.h"

#include <arpa/inet.h>
#include <string.h>

/* RFC 9110 tchar, RFC 3986 pchar and "/" without "%", RFC 3986 unreserved */
enum
{
  TOKEN = 1 << 0,
  PATH = 1 << 1,
  NAME = 1 << 2,
};

static const guint8 classes[256] = {
  ['0' ... '9'] = TOKEN | PATH | NAME,
  ['A' ... 'Z'] = TOKEN | PATH | NAME,
  ['a' ... 'z'] = TOKEN | PATH | NAME,
  ['-'] = TOKEN | PATH | NAME,
  ['.'] = TOKEN | PATH | NAME,
  ['_'] = TOKEN | PATH | NAME,
  ['~'] = TOKEN | PATH | NAME,
  ['!'] = TOKEN | PATH,
  ['$'] = TOKEN | PATH,
  ['&'] = TOKEN | PATH,
  ['\''] = TOKEN | PATH,
  ['*'] = TOKEN | PATH,
  ['+'] = TOKEN | PATH,
  ['#'] = TOKEN,
  ['%'] = TOKEN,
  ['^'] = TOKEN,
  ['`'] = TOKEN,
  ['|'] = TOKEN,
  ['('] = PATH,
  [')'] = PATH,
  [','] = PATH,
  [';'] = PATH,
  ['='] = PATH,
  [':'] = PATH,
  ['@'] = PATH,
  ['/'] = PATH,
  /* not URI characters, but what they decode to is checked, and nobody reads them in two ways */
  [0x80 ... 0xff] = PATH,
};

/*
 * foreman_byte_is_token:
 * @byte: a byte
 *
 * Returns: whether methods and field names may hold it
 */
gboolean
foreman_byte_is_token (guint8 byte)
{
  return (classes[byte] & TOKEN) != 0;
}

static gboolean
is_port (const char *digits, gsize length)
{
  guint port = 0;

  if (length > 5)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (digits[i]))
        return FALSE;
      port = port * 10 + g_ascii_digit_value (digits[i]);
    }
  return port <= 65535;
}

static gboolean
is_ipv6_literal (const char *text, gsize length)
{
  char literal[INET6_ADDRSTRLEN];
  struct in6_addr address;

  if (length >= sizeof literal)
    return FALSE;
  memcpy (literal, text, length);
  literal[length] = '\0';
  return inet_pton (AF_INET6, literal, &address) == 1;
}

/*
 * foreman_request_authority_is_valid:
 * @authority: what a Host field or an absolute-form target names
 * @length: its length in bytes
 *
 * A host name, an IPv4 address or an IPv6 literal in brackets, with or without a port. Host names
 * are letters, digits and `-._~` only: the rest of what RFC 3986 allows there (a comma, `%41`)
 * serves no name and has been used to fool readers.
 *
 * Returns: whether it is one; the empty authority is
 */
gboolean
foreman_request_authority_is_valid (const char *authority, gsize length)
{
  gsize end = 0;

  if (length > 0 && authority[0] == '[')
    {
      const char *bracket = memchr (authority, ']', length);

      if (bracket == NULL || !is_ipv6_literal (authority + 1, bracket - authority - 1))
        return FALSE;
      end = bracket - authority + 1;
    }
  else
    {
      while (end < length && (classes[(guint8) authority[end]] & NAME))
        end++;
    }
  if (end == length)
    return TRUE;
  return end > 0 && authority[end] == ':' && is_port (authority + end + 1, length - end - 1);
}

/*
 * foreman_request_target_check:
 * @target: an origin-form target
 * @length: its length in bytes
 *
 * Checks the characters of path and query. The query is lenient, as it decides nothing here and
 * clients send `{` and `|` in it; a `#` is refused, because some readers end the target there.
 *
 * Returns: (nullable): %NULL if it is one, else what is wrong
 */
const char *
foreman_request_target_check (const char *target, gsize length)
{
  gsize i = 0;

  if (length == 0 || target[0] != '/')
    return "The request target must be a path";
  while (i < length && ((classes[(guint8) target[i]] & PATH) || target[i] == '%'))
    i++;
  if (i < length && target[i] != '?')
    return "The request target has a character that a path cannot have";
  for (; i < length; i++)
    if ((guint8) target[i] <= ' ' || target[i] == '#' || target[i] == 0x7f)
      return "The request target has a character that a query cannot have";
  return NULL;
}

static const char *
check_segment (const char *segment, gsize length, gboolean last)
{
  if (length == 0 && !last)
    return "The path has an empty segment (`//`)";
  if ((length == 1 && segment[0] == '.') || (length == 2 && segment[0] == '.' && segment[1] == '.'))
    return "The path has a dot segment";
  return NULL;
}

static const char *
check_segments (const char *path, gsize length)
{
  const char *segment = path + 1;
  const char *end = path + length;

  for (;;)
    {
      const char *slash = memchr (segment, '/', end - segment);
      const char *wrong = check_segment (segment, (slash ? slash : end) - segment, slash == NULL);

      if (wrong != NULL || slash == NULL)
        return wrong;
      segment = slash + 1;
    }
}

/*
 * foreman_request_path_decode:
 * @path: the path of a target that foreman_request_target_check() let through
 * @length: its length in bytes
 * @decoded: (out): where the decoded path goes, NUL-terminated; @length + 1 bytes
 *
 * Decodes percent escapes once. Refused is all that would make another reader take the path for
 * another one.
 *
 * Returns: (nullable): %NULL if the path is fine, else what is wrong
 */
const char *
foreman_request_path_decode (const char *path, gsize length, char *decoded)
{
  gsize n = 0;

  for (gsize i = 0; i < length; i++)
    {
      char byte = path[i];

      if (byte == '%')
        {
          if (length - i < 3 || !g_ascii_isxdigit (path[i + 1]) || !g_ascii_isxdigit (path[i + 2]))
            return "The path has a bad percent escape";
          byte =
              (char) (g_ascii_xdigit_value (path[i + 1]) * 16 + g_ascii_xdigit_value (path[i + 2]));
          i += 2;
          if (byte == '/')
            return "The path has an encoded slash";
          if (byte == '\0')
            return "The path has an encoded NUL";
        }
      decoded[n++] = byte;
    }
  decoded[n] = '\0';
  if (!g_utf8_validate_len (decoded, n, NULL))
    return "The path is not UTF-8";
  return check_segments (decoded, n);
}
