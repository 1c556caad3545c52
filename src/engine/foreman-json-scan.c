/* SPDX-License-Identifier: MIT */
#include "engine/foreman-json-scan.h"

#include <string.h>

#include "libforeman/foreman-error.h"

#define BITS_PER_WORD 64

/* Where the scan is, and once it has failed: where and why. */
typedef struct
{
  const char *p;
  const char *end;
  const char *problem; /* (nullable) (unowned): a static text */
} Scanner;

static gboolean
fail (Scanner *scanner, const char *problem)
{
  scanner->problem = scanner->p < scanner->end ? problem : "it ends too early";
  return FALSE;
}

static gboolean
set_error (GError **error, const char *data, const Scanner *scanner)
{
  g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
               "the body is not valid JSON at byte %" G_GSIZE_FORMAT ": %s",
               (gsize) (scanner->p - data), scanner->problem);
  return FALSE;
}

static char
peek (const Scanner *scanner)
{
  return scanner->p < scanner->end ? *scanner->p : '\0';
}

static void
skip_space (Scanner *scanner)
{
  while (scanner->p < scanner->end &&
         (*scanner->p == ' ' || *scanner->p == '\n' || *scanner->p == '\r' || *scanner->p == '\t'))
    scanner->p++;
}

static gboolean
expect (Scanner *scanner, char c, const char *problem)
{
  skip_space (scanner);
  if (peek (scanner) != c)
    return fail (scanner, problem);
  scanner->p++;
  return TRUE;
}

/* Eight bytes at a time over what means nothing in a string: an image in base64 is most of its
 * body. */
static const char *
skip_plain (const char *p, const char *end)
{
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);
  const guint64 highs = ones << 7;
  guint64 word;

  for (; end - p >= (gssize) sizeof word; p += sizeof word)
    {
      guint64 quote, backslash;

      memcpy (&word, p, sizeof word);
      quote = word ^ ones * '"';
      backslash = word ^ ones * '\\';
      if ((((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
           ((word - ones * ' ') & ~word)) &
          highs)
        break;
    }
  while (p < end && *p != '"' && *p != '\\' && (guchar) *p >= ' ')
    p++;
  return p;
}

static gboolean
skip_escape (Scanner *scanner)
{
  scanner->p++;
  switch (peek (scanner))
    {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      scanner->p++;
      return TRUE;
    case 'u':
      scanner->p++;
      for (guint i = 0; i < 4; i++, scanner->p++)
        if (!g_ascii_isxdigit (peek (scanner)))
          return fail (scanner, "\\u needs four hexadecimal digits");
      return TRUE;
    default:
      return fail (scanner, "unknown escape in a string");
    }
}

static gboolean
skip_string (Scanner *scanner)
{
  if (!expect (scanner, '"', "a string was expected"))
    return FALSE;
  for (;;)
    {
      scanner->p = skip_plain (scanner->p, scanner->end);
      switch (peek (scanner))
        {
        case '"':
          scanner->p++;
          return TRUE;
        case '\\':
          if (!skip_escape (scanner))
            return FALSE;
          break;
        default:
          return fail (scanner, "control character in a string");
        }
    }
}

static gboolean
skip_digits (Scanner *scanner)
{
  if (!g_ascii_isdigit (peek (scanner)))
    return fail (scanner, "a digit was expected");
  while (g_ascii_isdigit (peek (scanner)))
    scanner->p++;
  return TRUE;
}

static gboolean
skip_number (Scanner *scanner)
{
  if (peek (scanner) == '-')
    scanner->p++;
  if (peek (scanner) == '0')
    scanner->p++;
  else if (!skip_digits (scanner))
    return FALSE;

  if (peek (scanner) == '.')
    {
      scanner->p++;
      if (!skip_digits (scanner))
        return FALSE;
    }
  if (peek (scanner) == 'e' || peek (scanner) == 'E')
    {
      scanner->p++;
      if (peek (scanner) == '+' || peek (scanner) == '-')
        scanner->p++;
      return skip_digits (scanner);
    }
  return TRUE;
}

static gboolean
skip_literal (Scanner *scanner, const char *literal)
{
  for (; *literal != '\0'; literal++, scanner->p++)
    if (peek (scanner) != *literal)
      return fail (scanner, "a value was expected");
  return TRUE;
}

static gboolean
skip_scalar (Scanner *scanner)
{
  switch (peek (scanner))
    {
    case '"':
      return skip_string (scanner);
    case 't':
      return skip_literal (scanner, "true");
    case 'f':
      return skip_literal (scanner, "false");
    case 'n':
      return skip_literal (scanner, "null");
    case '-':
    case '0' ... '9':
      return skip_number (scanner);
    default:
      return fail (scanner, "a value was expected");
    }
}

static gboolean
skip_name (Scanner *scanner)
{
  return skip_string (scanner) && expect (scanner, ':', "a colon was expected");
}

/* After a value inside of something: to the next value if there is one (*more), otherwise past the
 * end of what the value was in. */
static gboolean
skip_separator (Scanner *scanner, gboolean in_object, gboolean *more)
{
  skip_space (scanner);
  *more = peek (scanner) == ',';
  if (*more)
    {
      scanner->p++;
      return !in_object || skip_name (scanner);
    }
  return expect (scanner, in_object ? '}' : ']',
                 in_object ? "a comma or } was expected" : "a comma or ] was expected");
}

/* One value with all that is in it, without recursion: of each level only one bit is kept, whether
 * it is an object. */
static gboolean
skip_value (Scanner *scanner, guint max_depth)
{
  guint64 objects[(FOREMAN_JSON_MAX_DEPTH + BITS_PER_WORD - 1) / BITS_PER_WORD];
  guint depth = 0;
  gboolean more;

  do
    {
      char open;

      skip_space (scanner);
      open = peek (scanner);
      if (open == '{' || open == '[')
        {
          guint64 bit = G_GUINT64_CONSTANT (1) << depth % BITS_PER_WORD;
          guint64 *word = &objects[depth / BITS_PER_WORD];

          if (depth == max_depth)
            return fail (scanner, "it is nested too deeply");
          depth++;
          *word = open == '{' ? *word | bit : *word & ~bit;
          scanner->p++;
          skip_space (scanner);
          if (peek (scanner) != (open == '{' ? '}' : ']'))
            {
              if (open == '{' && !skip_name (scanner))
                return FALSE;
              more = TRUE;
              continue;
            }
          scanner->p++;
          depth--;
        }
      else if (!skip_scalar (scanner))
        return FALSE;

      for (more = FALSE; depth > 0 && !more; depth -= !more)
        {
          guint level = depth - 1;
          gboolean in_object = objects[level / BITS_PER_WORD] >> level % BITS_PER_WORD & 1;

          if (!skip_separator (scanner, in_object, &more))
            return FALSE;
        }
    }
  while (more);
  return TRUE;
}

/**
 * foreman_json_iter_init:
 * @iter: the iterator
 * @data: JSON text
 * @span: where in @data to look: an object or an array, perhaps with white space before it; what
 * follows it is not read
 * @error: return location for an error
 *
 * Begins to walk over an object or an array. Nothing is copied; @data has to stay.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST if it is neither
 */
gboolean
foreman_json_iter_init (ForemanJsonIter *iter,
                        const char *data,
                        ForemanJsonSpan span,
                        GError **error)
{
  Scanner scanner = { .p = data + span.offset, .end = data + span.offset + span.length };

  skip_space (&scanner);
  if (peek (&scanner) != '{' && peek (&scanner) != '[')
    {
      fail (&scanner, "an object was expected");
      return set_error (error, data, &scanner);
    }
  *iter = (ForemanJsonIter){
    .data = data,
    .position = scanner.p + 1 - data,
    .end = span.offset + span.length,
    .is_object = *scanner.p == '{',
  };
  return TRUE;
}

/**
 * foreman_json_iter_init_object:
 * @iter: the iterator
 * @data: JSON text
 * @span: where in @data to look
 * @error: return location for an error
 *
 * As foreman_json_iter_init(), for an object only.
 *
 * Returns: %FALSE with %FOREMAN_ERROR_INVALID_REQUEST if there is no object
 */
gboolean
foreman_json_iter_init_object (ForemanJsonIter *iter,
                               const char *data,
                               ForemanJsonSpan span,
                               GError **error)
{
  if (!foreman_json_iter_init (iter, data, span, error))
    return FALSE;
  if (!iter->is_object)
    g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                         "the body is a JSON array: send an object");
  return iter->is_object;
}

static gboolean
iter_step (ForemanJsonIter *iter, Scanner *scanner, ForemanJsonSpan *name, ForemanJsonSpan *value)
{
  char close = iter->is_object ? '}' : ']';

  skip_space (scanner);
  if (peek (scanner) == close)
    {
      scanner->p++;
      iter->done = TRUE;
      return TRUE;
    }
  if (iter->started &&
      !expect (scanner, ',',
               iter->is_object ? "a comma or } was expected" : "a comma or ] was expected"))
    return FALSE;
  iter->started = TRUE;

  if (iter->is_object)
    {
      skip_space (scanner);
      name->offset = scanner->p - iter->data;
      if (!skip_string (scanner))
        return FALSE;
      name->length = scanner->p - iter->data - name->offset;
      if (!expect (scanner, ':', "a colon was expected"))
        return FALSE;
    }
  skip_space (scanner);
  value->offset = scanner->p - iter->data;
  if (!skip_value (scanner, FOREMAN_JSON_MAX_DEPTH - 1))
    return FALSE;
  value->length = scanner->p - iter->data - value->offset;
  return TRUE;
}

/**
 * foreman_json_iter_next:
 * @iter: the iterator
 * @name: (out) (optional): where the member's name is, with its quotes; of no length in an array
 * @value: (out): where the value is
 * @error: return location for an error
 *
 * Goes on to the next member or element and checks its grammar. Only once the iterator has come to
 * its end is the whole known to be valid.
 *
 * Returns: %FALSE at the end, or with %FOREMAN_ERROR_INVALID_REQUEST where the text is not valid
 */
gboolean
foreman_json_iter_next (ForemanJsonIter *iter,
                        ForemanJsonSpan *name,
                        ForemanJsonSpan *value,
                        GError **error)
{
  Scanner scanner = { .p = iter->data + iter->position, .end = iter->data + iter->end };
  ForemanJsonSpan key = { 0 };

  if (iter->done)
    return FALSE;
  *value = (ForemanJsonSpan){ 0 };
  if (!iter_step (iter, &scanner, &key, value))
    {
      iter->done = TRUE;
      return set_error (error, iter->data, &scanner);
    }
  iter->position = scanner.p - iter->data;
  if (name != NULL)
    *name = key;
  return !iter->done;
}
