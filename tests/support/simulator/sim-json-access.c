/* SPDX-License-Identifier: MIT */
#include "sim-json.h"

#include <string.h>

#include "sim-write.h"

#define MAX_SORTED_DEPTH 64

/* What Go's errors call the kind of a value. */
const char *
sim_json_kind_name (const SimJson *value)
{
  static const char *const names[] = { "null", "bool", "number", "string", "array", "object" };

  return names[value->kind];
}

static char
fold (const char **at)
{
  const guchar *text = (const guchar *) *at;

  /* the two code points outside ASCII whose folding is an ASCII letter */
  if (text[0] == 0xc5 && text[1] == 0xbf)
    {
      *at += 2;
      return 'S';
    }
  if (text[0] == 0xe2 && text[1] == 0x84 && text[2] == 0xaa)
    {
      *at += 3;
      return 'K';
    }
  *at += 1;
  return g_ascii_toupper ((char) text[0]);
}

/* Whether a member belongs to the field @name, as Go folds names (the long s, the Kelvin sign). */
gboolean
sim_json_key_is (const SimJson *member, const char *name)
{
  const char *a = member->key, *b = name;

  if (member->key == NULL)
    return FALSE;
  while (*a != '\0' && *b != '\0')
    if (fold (&a) != fold (&b))
      return FALSE;
  return *a == '\0' && *b == '\0' && a == member->key + member->key_length;
}

/* The value that a plain field ends up with: the last one that is not null. */
const SimJson *
sim_json_get (const SimJson *object, const char *name)
{
  const SimJson *found = NULL;

  if (object == NULL || object->kind != SIM_JSON_OBJECT)
    return NULL;
  for (const SimJson *member = object->first; member != NULL; member = member->next)
    if (member->kind != SIM_JSON_NULL && sim_json_key_is (member, name))
      found = member;
  return found;
}

/* The same for a field that null empties: pointers, lists, maps. */
const SimJson *
sim_json_get_nullable (const SimJson *object, const char *name)
{
  const SimJson *found = NULL;

  if (object == NULL || object->kind != SIM_JSON_OBJECT)
    return NULL;
  for (const SimJson *member = object->first; member != NULL; member = member->next)
    if (sim_json_key_is (member, name))
      found = member;
  return found != NULL && found->kind != SIM_JSON_NULL ? found : NULL;
}

const SimJson *
sim_json_get_kind (const SimJson *object, const char *name, SimJsonKind kind)
{
  const SimJson *value = sim_json_get_nullable (object, name);

  return value != NULL && value->kind == kind ? value : NULL;
}

/* Never NULL. */
const char *
sim_json_get_string (const SimJson *object, const char *name)
{
  const SimJson *value = sim_json_get (object, name);

  return value != NULL && value->kind == SIM_JSON_STRING ? value->string : "";
}

gboolean
sim_json_get_boolean (const SimJson *object, const char *name, gboolean fallback)
{
  const SimJson *value = sim_json_get_nullable (object, name);

  return value != NULL && value->kind == SIM_JSON_BOOL ? value->boolean : fallback;
}

double
sim_json_number (const SimJson *value)
{
  char text[64];
  gsize length = MIN (value->raw_length, sizeof text - 1);

  memcpy (text, value->raw, length);
  text[length] = '\0';
  return g_ascii_strtod (text, NULL);
}

double
sim_json_get_number (const SimJson *object, const char *name, double fallback)
{
  const SimJson *value = sim_json_get_nullable (object, name);

  return value != NULL && value->kind == SIM_JSON_NUMBER ? sim_json_number (value) : fallback;
}

gboolean
sim_json_is_string (const SimJson *value, const char *text)
{
  return value != NULL && value->kind == SIM_JSON_STRING && g_str_equal (value->string, text);
}

static gint
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(SimJson *const *) a)->key, (*(SimJson *const *) b)->key);
}

static void
write_sorted (GString *out, const SimJson *value, guint depth)
{
  g_autoptr (GPtrArray) children = g_ptr_array_new ();
  gboolean object = value->kind == SIM_JSON_OBJECT;

  if ((!object && value->kind != SIM_JSON_ARRAY) || depth == MAX_SORTED_DEPTH)
    {
      sim_write_raw (out, value->raw, value->raw_length);
      return;
    }
  for (SimJson *child = value->first; child != NULL; child = child->next)
    g_ptr_array_add (children, child);
  if (object)
    g_ptr_array_sort (children, compare_keys);
  sim_write_open (out, object ? '{' : '[');
  for (guint i = 0; i < children->len; i++)
    {
      if (object)
        sim_write_key (out, ((SimJson *) children->pdata[i])->key);
      write_sorted (out, children->pdata[i], depth + 1);
    }
  sim_write_close (out, object ? '}' : ']');
}

/* Appends @value as Go writes a map it has read: with sorted keys. */
void
sim_json_write_sorted (GString *out, const SimJson *value)
{
  write_sorted (out, value, 0);
}
