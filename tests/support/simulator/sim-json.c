/* SPDX-License-Identifier: MIT */
#include "sim-json.h"

#include <string.h>

#define MAX_DEPTH   10000
#define BLOCK_BYTES 4096

typedef struct _Block Block;
struct _Block
{
  Block *next;
  gsize used;
  gsize size;
};

struct _SimDocument
{
  Block *blocks;
  SimJson *root;
};

typedef struct
{
  SimDocument *document;
  const char *data;
  gsize length;
  gsize at;
  char *error; /* (owned) (nullable) */
} Parser;

static gpointer
allocate (SimDocument *document, gsize size)
{
  Block *block = document->blocks;
  gpointer memory;

  size = (size + 15) & ~(gsize) 15;
  if (block == NULL || block->used + size > block->size)
    {
      gsize wanted = MAX (size, (gsize) BLOCK_BYTES);

      block = g_malloc (sizeof (Block) + 16 + wanted);
      block->next = document->blocks;
      block->used = 0;
      block->size = wanted;
      document->blocks = block;
    }
  memory = (char *) (((gsize) (block + 1) + 15) & ~(gsize) 15) + block->used;
  block->used += size;
  return memory;
}

/* How Go's scanner names a byte in an error: as the code point of that number, quoted. */
char *
sim_go_quote_byte (guchar c)
{
  static const char names[] = "abtnvfr";
  char utf8[7] = { 0 };

  if (c == '\'')
    return g_strdup ("'\\''");
  if (c == '\\')
    return g_strdup ("'\\\\'");
  if (c >= 7 && c <= 13)
    return g_strdup_printf ("'\\%c'", names[c - 7]);
  if (c < 0x20 || c == 0x7f)
    return g_strdup_printf ("'\\x%02x'", c);
  if ((c >= 0x80 && c <= 0xa0) || c == 0xad)
    return g_strdup_printf ("'\\u%04x'", c);
  g_unichar_to_utf8 (c, utf8);
  return g_strdup_printf ("'%s'", utf8);
}

static gboolean
fail (Parser *p, const char *where)
{
  g_autofree char *quoted = NULL;

  if (p->at >= p->length)
    {
      p->error = g_strdup ("unexpected EOF");
      return FALSE;
    }
  quoted = sim_go_quote_byte ((guchar) p->data[p->at]);
  p->error = g_strdup_printf ("invalid character %s %s", quoted, where);
  return FALSE;
}

static int
peek (Parser *p)
{
  return p->at < p->length ? (guchar) p->data[p->at] : -1;
}

static void
skip_space (Parser *p)
{
  while (p->at < p->length && strchr (" \t\r\n", p->data[p->at]) != NULL && p->data[p->at] != '\0')
    p->at++;
}

/* First pass over a string: finds its end and refuses what Go's scanner refuses. */
static gboolean
scan_string (Parser *p, gsize *start, gsize *end)
{
  *start = ++p->at;
  for (;;)
    {
      int c = peek (p);

      if (c == '"')
        break;
      if (c < 0x20)
        return fail (p, "in string literal");
      p->at++;
      if (c != '\\')
        continue;
      c = peek (p);
      if (c == 'u')
        {
          p->at++;
          for (int i = 0; i < 4; i++, p->at++)
            if (peek (p) < 0 || !g_ascii_isxdigit (peek (p)))
              return fail (p, "in \\u hexadecimal character escape");
        }
      else if (c > 0 && strchr ("bfnrt\\/\"", c) != NULL)
        p->at++;
      else
        return fail (p, "in string escape code");
    }
  *end = p->at++;
  return TRUE;
}

static gunichar
hex4 (const char *text)
{
  gunichar value = 0;

  for (int i = 0; i < 4; i++)
    value = value * 16 + (gunichar) g_ascii_xdigit_value (text[i]);
  return value;
}

static gsize
decode_escape (const char *in, gsize left, char **out)
{
  static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
  const char *simple = strchr (from, in[1]);
  gunichar c;
  gsize used = 6;

  if (in[1] != 'u')
    {
      *(*out)++ = simple != NULL ? to[simple - from] : in[1];
      return 2;
    }
  c = hex4 (in + 2);
  if (c >= 0xd800 && c < 0xe000)
    {
      gunichar low = 0;

      if (c < 0xdc00 && left >= 12 && in[6] == '\\' && in[7] == 'u')
        low = hex4 (in + 8);
      if (low >= 0xdc00 && low < 0xe000)
        {
          c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
          used = 12;
        }
      else
        c = 0xfffd;
    }
  *out += g_unichar_to_utf8 (c, *out);
  return used;
}

static void
decode_string (SimDocument *document,
               const char *in,
               gsize length,
               const char **string,
               gsize *string_length)
{
  char *start = allocate (document, length * 3 + 1), *out = start;

  for (gsize i = 0; i < length;)
    {
      gunichar c;

      if (in[i] == '\\')
        {
          i += decode_escape (in + i, length - i, &out);
          continue;
        }
      if ((guchar) in[i] < 0x80)
        {
          *out++ = in[i++];
          continue;
        }
      c = g_utf8_get_char_validated (in + i, (gssize) (length - i));
      if (c == (gunichar) -1 || c == (gunichar) -2)
        {
          out += g_unichar_to_utf8 (0xfffd, out);
          i++;
          continue;
        }
      memcpy (out, in + i, (gsize) g_unichar_to_utf8 (c, NULL));
      out += g_unichar_to_utf8 (c, NULL);
      i += (gsize) g_unichar_to_utf8 (c, NULL);
    }
  *out = '\0';
  *string = start;
  *string_length = (gsize) (out - start);
}

static gboolean
read_string (Parser *p, const char **string, gsize *length)
{
  gsize start = 0, end = 0;

  if (!scan_string (p, &start, &end))
    return FALSE;
  if (memchr (p->data + start, '\\', end - start) == NULL &&
      g_utf8_validate_len (p->data + start, end - start, NULL))
    {
      char *copy = allocate (p->document, end - start + 1);

      memcpy (copy, p->data + start, end - start);
      copy[end - start] = '\0';
      *string = copy;
      *length = end - start;
      return TRUE;
    }
  decode_string (p->document, p->data + start, end - start, string, length);
  return TRUE;
}

static gboolean
digits (Parser *p, const char *where)
{
  if (peek (p) < 0 || !g_ascii_isdigit (peek (p)))
    return fail (p, where);
  while (peek (p) >= 0 && g_ascii_isdigit (peek (p)))
    p->at++;
  return TRUE;
}

static gboolean
read_number (Parser *p)
{
  if (peek (p) == '-')
    p->at++;
  if (peek (p) == '0')
    p->at++;
  else if (!digits (p, "in numeric literal"))
    return FALSE;
  if (peek (p) == '.')
    {
      p->at++;
      if (!digits (p, "after decimal point in numeric literal"))
        return FALSE;
    }
  if (peek (p) == 'e' || peek (p) == 'E')
    {
      p->at++;
      if (peek (p) == '+' || peek (p) == '-')
        p->at++;
      return digits (p, "in exponent of numeric literal");
    }
  return TRUE;
}

static gboolean
read_literal (Parser *p, const char *word)
{
  for (gsize i = 0; word[i] != '\0'; i++, p->at++)
    if (peek (p) != word[i])
      {
        g_autofree char *where = g_strdup_printf ("in literal %s (expecting '%c')", word, word[i]);

        return fail (p, where);
      }
  return TRUE;
}

/* Reads a scalar, or opens an object or array. */
static gboolean
read_value (Parser *p, SimJson *value)
{
  int c = peek (p);

  value->raw = p->data + p->at;
  if (c == '{' || c == '[')
    {
      value->kind = c == '{' ? SIM_JSON_OBJECT : SIM_JSON_ARRAY;
      p->at++;
      return TRUE;
    }
  if (c == '"')
    {
      value->kind = SIM_JSON_STRING;
      if (!read_string (p, &value->string, &value->string_length))
        return FALSE;
    }
  else if (c == 't' || c == 'f')
    {
      value->kind = SIM_JSON_BOOL;
      value->boolean = c == 't';
      if (!read_literal (p, c == 't' ? "true" : "false"))
        return FALSE;
    }
  else if (c == 'n')
    {
      if (!read_literal (p, "null"))
        return FALSE;
    }
  else if (c == '-' || (c >= '0' && c <= '9'))
    {
      value->kind = SIM_JSON_NUMBER;
      if (!read_number (p))
        return FALSE;
    }
  else
    return fail (p, "looking for beginning of value");
  value->raw_length = (gsize) (p->data + p->at - value->raw);
  return TRUE;
}

static SimJson *
add_value (Parser *p, SimJson *parent)
{
  SimJson *value = allocate (p->document, sizeof (SimJson));

  memset (value, 0, sizeof *value);
  value->parent = parent;
  if (parent == NULL)
    p->document->root = value;
  else
    {
      if (parent->last != NULL)
        parent->last->next = value;
      else
        parent->first = value;
      parent->last = value;
      parent->count++;
    }
  return value;
}

static gboolean
read_key (Parser *p, SimJson *value)
{
  skip_space (p);
  if (peek (p) != '"')
    return fail (p, "looking for beginning of object key string");
  if (!read_string (p, &value->key, &value->key_length))
    return FALSE;
  skip_space (p);
  if (peek (p) != ':')
    return fail (p, "after object key");
  p->at++;
  return TRUE;
}

static gboolean
is_container (const SimJson *value)
{
  return value->kind == SIM_JSON_OBJECT || value->kind == SIM_JSON_ARRAY;
}

static int
closing (const SimJson *container)
{
  return container->kind == SIM_JSON_OBJECT ? '}' : ']';
}

/* After a value: closes the containers that end here. Returns the container that goes on, or NULL.
 */
static gboolean
close_containers (Parser *p, SimJson **container, guint *depth)
{
  while (*container != NULL)
    {
      gboolean empty = (*container)->first == NULL;

      skip_space (p);
      if (peek (p) == closing (*container))
        {
          p->at++;
          (*container)->raw_length = (gsize) (p->data + p->at - (*container)->raw);
          *container = (*container)->parent;
          (*depth)--;
          continue;
        }
      if (empty)
        return TRUE;
      if (peek (p) != ',')
        return fail (p, (*container)->kind == SIM_JSON_OBJECT ? "after object key:value pair"
                                                              : "after array element");
      p->at++;
      return TRUE;
    }
  return TRUE;
}

static gboolean
parse (Parser *p)
{
  SimJson *container = NULL;
  guint depth = 0;

  do
    {
      SimJson *value = add_value (p, container);

      if (container != NULL && container->kind == SIM_JSON_OBJECT && !read_key (p, value))
        return FALSE;
      skip_space (p);
      if (!read_value (p, value))
        return FALSE;
      if (is_container (value))
        {
          if (++depth > MAX_DEPTH)
            {
              p->at--;
              return fail (p, "exceeded max depth");
            }
          container = value;
        }
      if (!close_containers (p, &container, &depth))
        return FALSE;
    }
  while (container != NULL);
  return TRUE;
}

/* Parses the first value of @data, which must outlive the result. Returns NULL and an error in Go's
 * words: "EOF" for nothing at all. */
SimDocument *
sim_document_parse (const char *data, gsize length, char **error)
{
  SimDocument *document = g_new0 (SimDocument, 1);
  Parser parser = { document, data, length, 0, NULL };

  skip_space (&parser);
  if (parser.at == length)
    parser.error = g_strdup ("EOF");
  else if (parse (&parser))
    return document;
  *error = parser.error;
  sim_document_free (document);
  return NULL;
}

void
sim_document_free (SimDocument *document)
{
  if (document == NULL)
    return;
  while (document->blocks != NULL)
    {
      Block *block = document->blocks;

      document->blocks = block->next;
      g_free (block);
    }
  g_free (document);
}

const SimJson *
sim_document_root (SimDocument *document)
{
  return document->root;
}
