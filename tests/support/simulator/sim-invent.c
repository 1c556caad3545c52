/* SPDX-License-Identifier: MIT */
#include "sim-invent.h"

#include <string.h>

#include "sim-text.h"
#include "sim-write.h"

/* JSON values made up to fit a schema. */

#define MAX_DEPTH 8

typedef struct
{
  gboolean english;
  guint64 seed;
  guint place;         /* counts the values made up */
  const char *message; /* (nullable) strings are taken from here where they can be */
} Inventor;

static void invent (Inventor *inventor, const SimJson *schema, guint depth, GString *out);

static guint64
draw (Inventor *inventor)
{
  return sim_mix (inventor->seed + ++inventor->place);
}

/* The last word of the message that is written with a capital and does not begin it: a name. */
static char *
find_name (const char *message)
{
  g_auto (GStrv) words = g_strsplit_set (message, " \t\n,.?!;:\"'", -1);
  char *found = NULL;

  for (guint i = 1; words[0] != NULL && words[i] != NULL; i++)
    if (g_ascii_isupper (*words[i]) && strlen (words[i]) > 1)
      {
        g_free (found);
        found = g_strdup (words[i]);
      }
  return found;
}

static void
invent_string (Inventor *inventor, GString *out)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *name = inventor->message != NULL ? find_name (inventor->message) : NULL;
  guint count = 1 + (guint) (draw (inventor) % 3);

  if (name != NULL)
    {
      sim_write_string (out, name);
      return;
    }
  for (guint i = 0; i < count; i++)
    {
      if (i > 0)
        g_string_append_c (text, ' ');
      sim_text_word (text, inventor->english, draw (inventor));
    }
  sim_write_string (out, text->str);
}

static void
invent_array (Inventor *inventor, const SimJson *schema, guint depth, GString *out)
{
  const SimJson *items = sim_json_get_kind (schema, "items", SIM_JSON_OBJECT);
  guint least = (guint) sim_json_get_number (schema, "minItems", 1);
  guint count = MAX (least, 1 + (guint) (draw (inventor) % 2));

  sim_write_open (out, '[');
  for (guint i = 0; i < count; i++)
    {
      if (items != NULL)
        invent (inventor, items, depth + 1, out);
      else
        invent_string (inventor, out);
    }
  sim_write_close (out, ']');
}

static void
write_key (GString *out, const SimJson *member)
{
  sim_write_string_len (out, member->key, member->key_length);
  g_string_append_c (out, ':');
}

static void
invent_object (Inventor *inventor, const SimJson *schema, guint depth, GString *out)
{
  const SimJson *properties = sim_json_get_kind (schema, "properties", SIM_JSON_OBJECT);

  sim_write_open (out, '{');
  for (const SimJson *p = properties != NULL ? properties->first : NULL; p != NULL; p = p->next)
    {
      write_key (out, p);
      invent (inventor, p, depth + 1, out);
    }
  if (properties == NULL && depth == 0)
    for (guint i = 0; i < 2; i++)
      {
        g_autoptr (GString) key = g_string_new (NULL);

        sim_text_word (key, inventor->english, draw (inventor));
        sim_write_key (out, key->str);
        invent_string (inventor, out);
      }
  sim_write_close (out, '}');
}

static const char *
type_of (const SimJson *schema)
{
  const SimJson *type = sim_json_get (schema, "type");

  if (type != NULL && type->kind == SIM_JSON_ARRAY)
    type = type->first;
  if (type != NULL && type->kind == SIM_JSON_STRING)
    return type->string;
  return sim_json_get (schema, "properties") != NULL ? "object" : "string";
}

static void
invent (Inventor *inventor, const SimJson *schema, guint depth, GString *out)
{
  const SimJson *choices = sim_json_get_kind (schema, "enum", SIM_JSON_ARRAY);
  const SimJson *any = sim_json_get_kind (schema, "anyOf", SIM_JSON_ARRAY);
  const SimJson *constant = sim_json_get (schema, "const");
  const char *type = type_of (schema);

  if (choices != NULL && choices->first != NULL)
    constant = choices->first;
  if (constant != NULL)
    sim_write_raw (out, constant->raw, constant->raw_length);
  else if (any != NULL && any->first != NULL && depth < MAX_DEPTH)
    invent (inventor, any->first, depth + 1, out);
  else if (g_str_equal (type, "object") && depth < MAX_DEPTH)
    invent_object (inventor, schema, depth, out);
  else if (g_str_equal (type, "array") && depth < MAX_DEPTH)
    invent_array (inventor, schema, depth, out);
  else if (g_str_equal (type, "integer") || g_str_equal (type, "number"))
    sim_write_int (out, (gint64) sim_json_get_number (schema, "minimum", 1) +
                            (gint64) (draw (inventor) % 40));
  else if (g_str_equal (type, "boolean"))
    sim_write_bool (out, draw (inventor) % 2 == 0);
  else if (g_str_equal (type, "null"))
    sim_write_raw (out, "null", 4);
  else
    invent_string (inventor, out);
}

/* Whether @schema is one that Ollama can make a grammar of. */
gboolean
sim_invent_can (const SimJson *schema)
{
  static const char *const types[] = { "object", "array",   "string", "integer",
                                       "number", "boolean", "null",   NULL };
  const SimJson *type = sim_json_get (schema, "type");

  return type == NULL || type->kind != SIM_JSON_STRING || g_strv_contains (types, type->string);
}

/* A value that fits @schema, or, with no schema, some object. Returns: (transfer full) */
char *
sim_invent_json (const SimJson *schema, gboolean english, guint64 seed)
{
  Inventor inventor = { english, seed, 0, NULL };
  GString *out = g_string_new (NULL);

  if (schema != NULL)
    invent (&inventor, schema, 0, out);
  else
    invent_object (&inventor, NULL, 0, out);
  return g_string_free (out, FALSE);
}

/* Arguments for a call that @message asks for. Returns: (transfer full) */
char *
sim_invent_arguments (const SimJson *parameters,
                      const char *message,
                      gboolean english,
                      guint64 seed)
{
  Inventor inventor = { english, seed, 0, message };
  GString *out = g_string_new (NULL);

  invent_object (&inventor, parameters, 1, out);
  return g_string_free (out, FALSE);
}
